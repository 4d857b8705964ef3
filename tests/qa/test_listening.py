"""The record of who listened, and the windows of a waveform."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from kb.errors import NotFound
from kb.storage import Files
from qa import listening, waveform
from qa.peaks import Peaks, peaks
from qa.sound import open_sound
from qa.tables import Listening, Recording

from ..qa_world import AGENT, INSPECTOR, add_call, add_recording
from ..world import NOW
from .sounds import noise, saved, tone

PAGE = "a-page-of-tests"


@pytest.fixture
def recording(session: Session) -> Recording:
    return add_recording(session, add_call(session))


def later(**length: float) -> timedelta:
    return timedelta(**length)


def test_all_ranges_of_one_page_are_one_listening(session: Session, recording: Recording) -> None:
    for seconds in (0, 1, 30, 29):  # the last one was asked for before the one before it
        at = NOW + later(seconds=seconds)
        listening.opened(session, recording, INSPECTOR, PAGE, "10.0.0.8", at)
    [row] = listening.of_call(session, recording.call)
    assert (row.person_id, row.at, row.until) == (INSPECTOR, NOW, NOW + later(seconds=30))
    assert row.address == "10.0.0.8"


def test_another_page_and_another_person_are_listenings_of_their_own(
    session: Session, recording: Recording
) -> None:
    for person, page in ((INSPECTOR, PAGE), (INSPECTOR, "another-page"), (AGENT, PAGE)):
        listening.opened(session, recording, person, page, "", NOW)
    assert len(listening.of_call(session, recording.call)) == 3


def test_what_was_played_is_added_up_and_no_report_adds_more_than_is_possible(
    session: Session, recording: Recording
) -> None:
    listening.opened(session, recording, INSPECTOR, PAGE, "", NOW)
    for seconds in (12.5, 2.5, -3.0, float("nan"), float("inf"), 1e9):
        listening.played(session, recording, INSPECTOR, PAGE, seconds, NOW)
    [row] = listening.of_call(session, recording.call)
    assert row.heard == 15.0 + listening.MOST_REPORTED


def test_a_page_that_was_given_no_sound_has_nothing_to_report(
    session: Session, recording: Recording
) -> None:
    assert listening.played(session, recording, INSPECTOR, PAGE, 5.0, NOW) is None
    assert listening.of_call(session, recording.call) == []


def test_two_requests_at_once_make_one_row(session: Session, recording: Recording) -> None:
    """The second finds no row when it looks, and meets the first's when it writes."""
    first = listening.opened(session, recording, INSPECTOR, PAGE, "", NOW)
    second = listening._made(session, recording, INSPECTOR, PAGE, "", NOW)
    assert second is first
    assert session.query(Listening).count() == 1


def test_who_comes_without_a_token_is_on_one_page_an_hour() -> None:
    assert listening.page_of(PAGE, NOW) == PAGE
    made = {listening.page_of(given, NOW) for given in ("", "短", "x" * 41, "a b c d e f g", "'--")}
    assert len(made) == 1
    assert listening.page_of("", NOW + later(hours=1)) not in made


def test_a_row_is_written_at_once_and_then_now_and_then() -> None:
    row = Listening(until=NOW)
    assert listening.is_due(None, NOW)
    assert not listening.is_due(row, NOW + later(seconds=3))
    assert listening.is_due(row, NOW + listening.STEP)


# The waveform


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(tmp_path_factory.mktemp("recordings"))


@pytest.fixture(scope="module")
def whole(store: Files, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Peaks]:
    path = saved(tmp_path_factory.mktemp("sound") / "a.wav", [noise(40, -20), tone(40)])
    with open_sound(path) as sound:
        made = peaks(sound)
    return store.put(io.BytesIO(made.as_bytes())).sha256, made


@given(thin=st.sampled_from(waveform.LEVELS), first=st.integers(0, 2500), count=st.integers(1, 900))
def test_a_window_is_the_slice_of_its_level(
    store: Files, whole: tuple[str, Peaks], thin: int, first: int, count: int
) -> None:
    sha256, made = whole
    level = made.thinned(thin)
    found = Peaks.from_bytes(waveform.tile(store, sha256, thin, first, count))
    assert (found.rate, found.samples) == (level.rate, level.samples)
    for c in range(2):
        assert found.lows[c] == level.lows[c][first : first + count]
        assert found.highs[c] == level.highs[c][first : first + count]


@pytest.mark.parametrize(
    ("thin", "first", "count"), [(3, 0, 1), (1, -1, 1), (1, 0, 0), (1, 0, 8193), (0, 0, 1)]
)
def test_a_window_that_cannot_be_is_refused(
    store: Files, whole: tuple[str, Peaks], thin: int, first: int, count: int
) -> None:
    with pytest.raises(ValueError, match="no such window"):
        waveform.tile(store, whole[0], thin, first, count)


def test_a_waveform_that_is_gone_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        waveform.tile(Files(tmp_path), "0" * 64, 1, 0, 10)
