"""Sound over HTTP: any part is the slice of the whole, only for those who may, and on record."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from qa.tables import Call, Listening, Recording, Review
from web import ranges
from web.ranges import Part, Unsatisfiable, part_of

from ..browsing import Client
from ..qa.sounds import samples
from ..qa_world import add_review, add_scorecard, add_scored
from ..world import CAST, World
from .sounding import CONVERSATION, TONES, call_with_sound, content_of

AsPerson = Callable[[str], Client]
URL = "/qa/calls/C-sound/sound/1"
PAGE = "a-page-of-tests"


@pytest.fixture
def call(world: World) -> Call:
    return call_with_sound(world)


def listenings(world: World) -> list[Listening]:
    with world.reading() as session:
        return list(session.scalars(select(Listening).order_by(Listening.id)))


# What a range asks for


@given(size=st.integers(1, 10**9), data=st.data())
def test_a_range_is_the_slice_that_it_names(size: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, size - 1))
    last = data.draw(st.integers(first, size + 10))
    assert part_of(f"bytes={first}-{last}", size) == Part(first, min(last + 1, size))
    most = min(first + ranges.MOST, size)
    assert part_of(f"bytes={first}-", size) == Part(first, most)
    assert part_of(f"bytes=-{last + 1}", size) == Part(max(0, size - last - 1), size)


@given(size=st.integers(0, 1000), past=st.integers(0, 1000))
def test_a_range_after_the_end_cannot_be_satisfied(size: int, past: int) -> None:
    for header in (f"bytes={size + past}-", f"bytes={size + past}-{size + past + 5}", "bytes=-0"):
        with pytest.raises(Unsatisfiable):
            part_of(header, size)


@pytest.mark.parametrize(
    "header",
    [
        *("", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,4-5", "seconds=1-2"),
        *("bytes=a-b", "bytes=０-１", "bytes=1-2-3", "bytes=--5", "bytes=" + "9" * 80 + "-"),
    ],
)
def test_what_is_no_single_range_of_bytes_asks_for_everything(header: str) -> None:
    assert part_of(header, 1000) is None


@given(st.text(max_size=40))
def test_no_header_breaks_the_reading(header: str) -> None:
    try:
        part = part_of(f"bytes={header}", 500)
    except Unsatisfiable:
        return
    assert part is None or 0 <= part.start < part.stop <= 500


# Over HTTP


def test_parts_of_a_recording_put_together_are_the_recording(
    world: World, call: Call, as_person: AsPerson
) -> None:
    client, found, size = as_person("inspector"), b"", 1
    while len(found) < size:
        asked = {"Range": f"bytes={len(found)}-{len(found) + 99_999}"}
        part = client.get(URL, headers=asked)
        assert part.status_code == 206
        span, _, total = part.headers["Content-Range"].removeprefix("bytes ").partition("/")
        assert span == f"{len(found)}-{len(found) + len(part.data) - 1}"
        assert part.content_length == len(part.data)
        size, found = int(total), found + part.data
    whole = client.get(URL)
    assert (whole.status_code, whole.data, whole.mimetype) == (200, found, "audio/wav")
    assert found[44:] == samples(CONVERSATION).tobytes()
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.headers["Cache-Control"] == "no-store"


def test_head_tells_the_size_and_sends_nothing(call: Call, as_person: AsPerson) -> None:
    client = as_person("inspector")
    whole, head = client.get(URL), client.head(URL)
    assert (head.status_code, head.data, head.content_length) == (200, b"", len(whole.data))
    part = client.head(URL, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content_length) == (206, 10)


def test_a_range_after_the_end_is_answered_with_the_size(call: Call, as_person: AsPerson) -> None:
    client = as_person("inspector")
    size = client.head(URL).content_length
    past = client.get(URL, headers={"Range": f"bytes={size}-"})
    assert (past.status_code, past.headers["Content-Range"]) == (416, f"bytes */{size}")


def test_a_part_of_something_else_than_before_is_not_sent(call: Call, as_person: AsPerson) -> None:
    client = as_person("inspector")
    tag = client.head(URL).headers["ETag"]
    asked = {"Range": "bytes=10-19"}
    assert client.get(URL, headers=asked | {"If-Range": tag}).status_code == 206
    for other in ('"another"', f"W/{tag}", "Sun, 22 Nov 2026 02:00:00 GMT"):
        assert client.get(URL, headers=asked | {"If-Range": other}).status_code == 200


def test_an_endless_range_is_answered_in_pieces(
    call: Call, as_person: AsPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No connection stays open for as long as somebody listens."""
    monkeypatch.setattr(ranges, "MOST", 5000)
    part = as_person("inspector").get(URL, headers={"Range": "bytes=1000-"})
    assert (part.status_code, len(part.data)) == (206, 5000)
    assert part.headers["Content-Range"].startswith("bytes 1000-5999/")


@pytest.mark.parametrize("measured", [True, False])
@pytest.mark.both_databases
def test_what_can_only_be_read_from_its_beginning_is_converted_once(
    world: World, as_person: AsPerson, measured: bool
) -> None:
    """When it is measured; or with the first range, where somebody listens before that."""
    target = io.BytesIO()
    soundfile.write(target, TONES[0], 8000, format="WAV", subtype="GSM610")
    about = {"channels": 1, "agent_side": "", "format": "WAV GSM610", "seconds": 3.0}
    call_with_sound(world, content=target.getvalue(), measured=measured, **about)
    client = as_person("inspector")
    assert (played_of(world) is not None) == measured
    first = client.get(URL, headers={"Range": "bytes=2000-2999"})
    played = played_of(world)
    assert played is not None
    assert world.services.recordings.exists(played)
    kept = {name for name, _ in world.services.recordings.all()}
    assert client.get(URL).data[2000:3000] == first.data
    assert {name for name, _ in world.services.recordings.all()} == kept


def played_of(world: World) -> str | None:
    with world.reading() as session:
        return session.get_one(Recording, 1).played


def test_a_recording_whose_file_is_gone_or_cut_says_so_and_breaks_nothing(
    world: World, as_person: AsPerson
) -> None:
    call_with_sound(world, content=content_of(TONES)[:3000], measured=False)
    client = as_person("inspector")
    assert client.get(URL).status_code == 422
    with world.reading() as session:
        world.services.recordings.delete(session.get_one(Recording, 1).sha256)
    assert client.get(URL).status_code == 404
    assert "不在存储里" in client.get("/qa/calls/C-sound").text


# The waveform


def test_the_waveform_comes_by_windows(call: Call, as_person: AsPerson) -> None:
    client = as_person("inspector")
    window = client.get(f"{URL}/peaks?thin=1&first=0&count=8192")
    assert len(window.data) == 24 + 24 * 50 * 4  # 50 points a second, two channels of two
    for query in ("", "?thin=1", "?thin=3&first=0&count=1", "?thin=x&first=0&count=1"):
        assert client.get(f"{URL}/peaks{query}").status_code == 400
    assert client.get(f"{URL}/peaks?thin=1&first={10**30}&count=1").status_code == 200


# Who may


def test_whoever_may_not_see_the_call_does_not_learn_that_there_is_one(
    world: World, call: Call, as_person: AsPerson
) -> None:
    """Somebody else's call is answered as one that does not exist: by every route of it."""
    paths = ("/qa/calls/{}", "/qa/calls/{}/sound/1", "/qa/calls/{}/sound/1/peaks?thin=1")
    for who in ("agent", "other_agent", "editor", "trainer"):
        client = as_person(who)
        for path in paths:
            there, nowhere = client.get(path.format(call.key)), client.get(path.format("C-none"))
            assert there.status_code == nowhere.status_code == 404, (who, path)
        assert client.post(f"{URL}/heard", data={"seconds": 5}).status_code == 404
    for who in ("inspector", "qa_lead", "supervisor", "administrator"):
        assert as_person(who).get(URL).status_code == 200, who
    assert {row.person_id for row in listenings(world)} == {
        world.person(who).id for who in ("inspector", "qa_lead", "supervisor", "administrator")
    }


def test_an_agent_hears_an_own_call_once_it_has_been_scored(
    world: World, call: Call, as_person: AsPerson
) -> None:
    client = as_person("agent")
    assert client.get(URL).status_code == 404
    with world.work(doing="test.score") as session:
        add_scored(session, session.get_one(Call, call.id), add_scorecard(session))
    assert client.get(URL).status_code == 200
    assert as_person("other_agent").get(URL).status_code == 404


def test_the_number_of_a_recording_opens_nothing_under_another_call(
    world: World, call: Call, as_person: AsPerson
) -> None:
    call_with_sound(world, "C-other", content_of(TONES), measured=False)
    client = as_person("inspector")
    assert client.get("/qa/calls/C-other/sound/2").status_code == 200
    for path in ("C-other/sound/1", "C-sound/sound/2", "C-sound/sound/99"):
        assert client.get(f"/qa/calls/{path}").status_code == 404


# On record


@pytest.mark.both_databases
def test_a_page_that_plays_is_one_line_of_the_record(
    world: World, call: Call, as_person: AsPerson
) -> None:
    client = as_person("inspector")
    client.get("/qa/calls/C-sound")
    assert listenings(world) == []  # the page was opened, the sound was not
    for _ in range(3):
        client.get(f"{URL}?page={PAGE}", headers={"Range": "bytes=0-99"})
        world.clock.forward(seconds=20)
    answer = client.post(f"{URL}/heard", data={"page": PAGE, "seconds": "21.5"})
    assert (answer.status_code, answer.data) == (204, b"")
    [row] = listenings(world)
    assert (row.person_id, row.page, row.heard) == (world.person("inspector").id, PAGE, 21.5)
    assert (row.until - row.at).total_seconds() == 60
    assert row.address == "127.0.0.1"


def test_a_range_that_cannot_be_answered_is_no_listening_of_a_call_one_may_not_see(
    world: World, call: Call, as_person: AsPerson
) -> None:
    as_person("other_agent").get(URL)
    assert listenings(world) == []


def test_a_report_of_a_page_that_never_got_the_sound_adds_nothing(
    world: World, call: Call, as_person: AsPerson
) -> None:
    client = as_person("inspector")
    for seconds in ("5", "nan", "abc", "", "-1", "1e400"):
        data = {"page": PAGE, "seconds": seconds}
        assert client.post(f"{URL}/heard", data=data).status_code == 204
    assert listenings(world) == []


def test_who_listened_is_told_to_those_who_plan_and_report_alone(
    world: World, call: Call, as_person: AsPerson
) -> None:
    as_person("inspector").get(f"{URL}?page={PAGE}")
    name = CAST["inspector"].name
    lead = as_person("qa_lead").get("/qa/calls/C-sound").text
    assert "谁听过" in lead
    assert name in lead.partition("谁听过")[2]
    assert "谁听过" not in as_person("inspector").get("/qa/calls/C-sound").text


@pytest.mark.both_databases
def test_whoever_scores_blind_is_not_told_the_agent_on_the_page_of_the_call(
    world: World, call: Call, as_person: AsPerson
) -> None:
    with world.work(doing="test.review") as session:
        mine = world.person("inspector").id
        row = session.get_one(Call, call.id)
        add_review(session, row, add_scorecard(session), inspector_id=mine, blind=True)
    page = as_person("inspector").get("/qa/calls/C-sound").text
    for hidden in (CAST["agent"].name, CAST["agent"].number, "8001"):
        assert hidden not in page
    assert "评完才显示" in page
    with world.work(doing="test.review") as session:
        session.query(Review).one().state = "finished"
    assert CAST["agent"].name in as_person("inspector").get("/qa/calls/C-sound").text
