"""Calls brought in: each row whole or not at all, from a folder, a ZIP, or one by one."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from qa import settings
from qa.errors import BadFile
from qa.tables import Call, Recording
from web.audit_names import DOINGS
from web.call_import import Packed
from web.cli import main
from web.models import AuditEntry, Job

from ..browsing import Client
from ..processes import environment
from ..qa import sounds
from ..world import World

AsPerson = Callable[[str], Client]
HEAD = "通话编号,工号,开始时间,时长,录音,转写,录音同意\n"
VTT = "WEBVTT\n\n00:01.000 --> 00:03.000\n<v agent>您好，这里是服务中心\n"
TALK = sounds.wav(sounds.samples([sounds.tone(2), sounds.silent(2)]).tobytes(), 2)


@pytest.fixture(params=["sqlite"])
def backend(request: pytest.FixtureRequest) -> str:
    """What is written is tested on both elsewhere; this is about what is read."""
    return str(request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "录音"
    made.mkdir()
    (made / "a.wav").write_bytes(TALK)
    (made / "a.vtt").write_text(VTT, encoding="utf-8")
    (made / "坏.wav").write_bytes(TALK[:-500])
    return made


def listed(folder: Path, *lines: str) -> Path:
    (folder / "清单.csv").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    return folder


def run(world: World, *arguments: str | Path) -> Result:
    env = environment(world.services.settings)
    return CliRunner().invoke(main, ["qa", "import", *map(str, arguments)], env=env)


def all_calls(world: World) -> dict[str, Call]:
    with world.reading() as session:
        found = {call.key: call for call in session.scalars(select(Call))}
        for call in found.values():
            assert call.recordings is not None
            assert call.transcripts is not None
        return found


FINE = "C-1,1001,2026-11-21 14:05,2,a.wav,a.vtt,同意"


def test_a_folder_is_imported_with_its_sound_and_words(world: World, folder: Path) -> None:
    found = run(world, listed(folder, FINE))
    assert found.exit_code == 0, found.output
    assert "新增 1 通" in found.stdout
    call = all_calls(world)["C-1"]
    assert call.agent_id == world.person("agent").id
    assert call.recording is not None
    assert (call.recording.name, call.recording.agent_side) == ("a.wav", "left")
    assert call.transcript is not None
    assert call.transcript.turns[0]["role"] == "agent"
    assert world.services.recordings.exists(call.recording.sha256)
    with world.reading() as session:
        assert [job.kind for job in session.scalars(select(Job))].count("qa.measure") == 1


def test_importing_again_changes_nothing_and_a_correction_is_one(
    world: World, folder: Path
) -> None:
    run(world, listed(folder, FINE))
    assert "没有变化 1 通" in run(world, folder).stdout
    assert "更正 1 通" in run(world, listed(folder, FINE.replace("1001", "1002"))).stdout
    call = all_calls(world)["C-1"]
    assert call.agent_id == world.person("other_agent").id
    assert len(call.recordings) == len(call.transcripts) == 1


@pytest.mark.parametrize(
    "line, words",
    [
        ("C-2,1001,2026-11-21 14:05,2,坏.wav,a.vtt,同意", "坏.wav：文件不完整"),
        ("C-2,1001,2026-11-21 14:05,2,没有.wav,,同意", "找不到"),
        ("C-2,1001,2026-11-21 14:05,2,a.wav,a.wav,同意", "UTF-8"),
        ("C-2,1001,2026-11-21 14:05,2,a.wav,,不同意", "不同意录音"),
        ("C-2,9999,2026-11-21 14:05,2,a.wav,,同意", "没有工号"),
        ("C-2,1001,2036-11-21 14:05,2,a.wav,,同意", "将来"),
        ("C 2/,1001,2026-11-21 14:05,2,a.wav,,同意", "只能用字母"),
    ],
)
def test_a_row_with_anything_wrong_is_not_taken_at_all_and_the_rest_is(
    world: World, folder: Path, line: str, words: str
) -> None:
    found = run(world, listed(folder, line, FINE))
    assert found.exit_code == 0
    assert "第2行" in found.stderr
    assert words in found.stderr
    assert set(all_calls(world)) == {"C-1"}


def test_a_symbolic_link_out_of_the_folder_is_not_followed(world: World, folder: Path) -> None:
    (folder.parent / "secret.wav").write_bytes(TALK)
    (folder / "link.wav").symlink_to(folder.parent / "secret.wav")
    found = run(world, listed(folder, FINE.replace("a.wav", "link.wav")))
    assert found.exit_code == 2
    assert "外面" in found.stderr


def test_a_dry_run_says_what_would_be_done_and_does_nothing(world: World, folder: Path) -> None:
    listed(folder, FINE, "C-2,1001,2026-11-21 14:05,2,a.wav,,不同意")
    found = run(world, folder, "--dry-run", "--json")
    told = json.loads(found.stdout)
    assert (told["created"], told["recordings"], told["refused"]) == (1, 1, 1)
    assert told["errors"][0]["line"] == 3
    assert "不同意" in told["errors"][0]["message"]
    assert all_calls(world) == {}
    assert list(world.services.recordings.all()) == []


def test_without_a_list_a_folder_is_refused(world: World, tmp_path: Path) -> None:
    found = run(world, tmp_path)
    assert (found.exit_code, found.stdout) == (2, "")
    assert "清单" in found.stderr
    assert run(world, tmp_path / "nowhere").exit_code == 2


def test_a_recording_over_the_limit_of_the_settings_is_refused(world: World, folder: Path) -> None:
    (folder / "a.wav").write_bytes(
        sounds.wav(sounds.samples([sounds.tone(75)] * 2).tobytes(), 2, 8000)
    )
    with world.work("qa_lead", "qa.settings") as session:
        settings.put(session, {"recording_mb": 1})
    found = run(world, listed(folder, FINE))
    assert "最多 1 MB" in found.stderr


# On the page


def archive(parts: Mapping[str, bytes]) -> io.BytesIO:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    made.seek(0)
    return made


def post(client: Client, url: str, form: dict[str, Any]) -> tuple[int, str]:
    answer = client.post(url, data=form, content_type="multipart/form-data")
    return answer.status_code, answer.text


def test_a_zip_with_a_list_is_imported(world: World, as_person: AsPerson) -> None:
    parts = {
        "十一月/清单.csv": (HEAD + FINE + "\nC-2,1001,昨天,2,,,").encode("gb18030"),
        "十一月/a.wav": TALK,
        "十一月/a.vtt": VTT.encode(),
    }
    lead = as_person("qa_lead")
    status, page = post(lead, "/qa/import/list", {"file": (archive(parts), "十一月.zip")})
    assert status == 200
    assert "新增 1 通" in page
    assert "不是时间" in page
    call = all_calls(world)["C-1"]
    assert call.recording is not None
    assert call.added_by == world.person("qa_lead").id


@pytest.mark.parametrize(
    "content, words",
    [
        (b"PK\x03\x04 broken", "不是完整的 ZIP"),
        (archive({"a.wav": TALK}).read(), "找不到清单"),
        (archive({"[Content_Types].xml": b"<x/>"}).read(), "另存为"),
        (archive({"清单.csv": b"0" * 9_000_000}).read(), "压缩"),
        (b"", "没有通话"),
        (TALK, "清单"),
        ((HEAD + FINE).encode(), "只传了清单"),
    ],
)
def test_an_upload_that_cannot_be_used_says_why(
    world: World, as_person: AsPerson, content: bytes, words: str
) -> None:
    lead = as_person("qa_lead")
    status, page = post(lead, "/qa/import/list", {"file": (io.BytesIO(content), "x.zip")})
    assert status == 422
    assert words in page
    assert all_calls(world) == {}


def one(**given: Any) -> dict[str, Any]:
    return {"call_id": "C-1", "agent": "1001", "started_at": "2026-11-21 14:05"} | given


def test_one_call_is_added_with_its_sound_and_can_be_given_more(
    world: World, as_person: AsPerson
) -> None:
    lead = as_person("qa_lead")
    sound = {"recording": (io.BytesIO(TALK), "../通话.wav"), "agent_side": "right"}
    assert post(lead, "/qa/import/call", one(**sound))[0] == 302
    call = all_calls(world)["C-1"]
    assert call.recording is not None
    assert (call.recording.name, call.recording.agent_side) == ("通话.wav", "right")
    words = {"transcript": (io.BytesIO(VTT.encode()), "a.vtt")}
    assert post(lead, "/qa/calls/C-1/files", words)[0] == 302
    assert all_calls(world)["C-1"].transcript is not None


def test_what_is_wrong_with_one_call_stands_at_its_field_and_the_rest_is_still_there(
    as_person: AsPerson,
) -> None:
    given = one(started_at="昨天", agent="9999", queue="退票", satisfaction="100")
    status, page = post(as_person("qa_lead"), "/qa/import/call", given)
    assert status == 422
    assert 'id="started_at-error"' in page
    assert 'id="agent-error"' in page
    assert 'value="退票"' in page


def test_a_recording_is_let_go_by_hand_with_a_reason(world: World, as_person: AsPerson) -> None:
    lead = as_person("qa_lead")
    post(lead, "/qa/import/call", one(recording=(io.BytesIO(TALK), "a.wav")))
    row = all_calls(world)["C-1"].recording
    assert row is not None
    assert lead.post(f"/qa/recordings/{row.id}/removal", data={"reason": " "}).status_code == 422
    assert (
        lead.post(f"/qa/recordings/{row.id}/removal", data={"reason": "录错了"}).status_code == 302
    )
    with world.reading() as session:
        gone = session.get_one(Recording, row.id)
        assert (gone.removed_why, gone.removed_by) == ("录错了", world.person("qa_lead").id)
        doings = set(session.scalars(select(AuditEntry.doing)))
    assert not world.services.recordings.exists(row.sha256)
    assert {"qa.import", "qa.recording.remove"} <= doings <= set(DOINGS) | {"test.cast"}
    assert lead.post(f"/qa/recordings/{row.id}/removal", data={"reason": "又"}).status_code == 404


def test_measuring_again_is_asked_for_one_and_for_all(world: World, as_person: AsPerson) -> None:
    lead = as_person("qa_lead")
    post(lead, "/qa/import/call", one(recording=(io.BytesIO(TALK), "a.wav")))
    row = all_calls(world)["C-1"].recording
    assert row is not None
    assert lead.post(f"/qa/recordings/{row.id}/measuring").status_code == 302
    lead.post("/qa/settings/measuring")
    lead.post("/qa/settings/measuring")
    with world.reading() as session:
        kinds = [job.kind for job in session.scalars(select(Job))]
    assert (kinds.count("qa.measure"), kinds.count("qa.remeasure")) == (2, 1)


def test_a_part_whose_stream_is_damaged_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """Its bytes are no deflate stream at all, which zlib says in an error of its own."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.wav", b"0123456789" * 200)
    data = bytearray(whole.getvalue())
    begin = 30 + len("a.wav")
    data[begin : begin + 4] = b"\xff\xff\xff\xff"
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive, pytest.raises(BadFile):
        Packed(archive, tmp_path).find("a.wav")
