"""Recordings: what is kept, what is refused, and when the sound is let go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from kb.storage import Files, Kept
from qa import recordings, settings
from qa.errors import BadAudio, NoConsent
from qa.peaks import Peaks
from qa.recordings import EXPIRED, NOT_AGREED, Examined, Limits
from qa.tables import Appeal, Calibration, CalibrationCall, Call, Review

from ..qa_world import add_call, add_recording, add_review, add_score, add_scorecard
from ..world import NOW
from . import sounds

MOST = Limits(10_000_000, 3600)
OLD = NOW - timedelta(days=181)
FOUND = Examined("a.wav", "WAV PCM 16", 2, 8000, 35.0)


def kept(n: int = 1) -> Kept:
    return Kept(f"{n:064x}", 100)


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    return sounds.saved(tmp_path / "sound", sounds.call())


def test_a_recording_is_told_by_its_content_whatever_it_is_called(talk: Path) -> None:
    found = recordings.examine(talk, "../../一通来电.mp3", MOST)
    assert found == Examined("一通来电.mp3", "WAV PCM 16", 2, 8000, 35.0)


def broken(path: Path) -> bytes:
    return path.read_bytes()[:-20_000]


def empty(path: Path) -> bytes:
    return b""


def mute(path: Path) -> bytes:
    return sounds.wav(sounds.samples([sounds.silent(5)]).tobytes(), 1)


def no_sound(path: Path) -> bytes:
    return b"RIFF....WAVE" + b"hello" * 20


def a_page(path: Path) -> bytes:
    return b"<html>not found</html>"


@pytest.mark.parametrize(
    "made, words",
    [
        (broken, "不完整"),
        (empty, "空的"),
        (mute, "没有一点声音"),
        (no_sound, "可能"),
        (a_page, "不是能识别的录音"),
    ],
)
def test_what_cannot_be_heard_is_refused_with_the_name_people_know(
    talk: Path, made: Callable[[Path], bytes], words: str
) -> None:
    content = made(talk)
    talk.write_bytes(content)
    with pytest.raises(BadAudio, match=words) as wrong:
        recordings.examine(talk, "来电7.wav", MOST)
    assert wrong.value.name == "来电7.wav"


@pytest.mark.parametrize(
    "most, words", [(Limits(100_000, 3600), "MB"), (Limits(10_000_000, 30), "先切分")]
)
def test_too_large_and_too_long_are_refused(talk: Path, most: Limits, words: str) -> None:
    with pytest.raises(BadAudio, match=words):
        recordings.examine(talk, "a.wav", most)


def test_the_same_file_again_is_the_recording_there_is(session: Session) -> None:
    call = add_call(session)
    first, new = recordings.keep(session, call, FOUND, kept(), "", 1, NOW)
    again, newer = recordings.keep(session, call, FOUND, kept(), "left", 2, NOW)
    assert (new, newer, again) == (True, False, first)
    assert (first.agent_side, first.state) == ("left", "waiting")


def test_the_other_side_is_a_correction_and_measured_again(session: Session) -> None:
    call = add_call(session)
    row, _ = recordings.keep(session, call, FOUND, kept(), "left", 1, NOW)
    row.state = "ready"
    recordings.keep(session, call, FOUND, kept(), "right", 1, NOW)
    assert (row.agent_side, row.state) == ("right", "waiting")


def test_who_refused_to_be_recorded_is_not_recorded(session: Session) -> None:
    call = add_call(session, consent="no")
    with pytest.raises(NoConsent, match="不同意"):
        recordings.keep(session, call, FOUND, kept(), "", 1, NOW)


def test_a_recording_much_unlike_its_call_is_doubted(session: Session) -> None:
    call = add_call(session, seconds=300)
    row, _ = recordings.keep(session, call, FOUND, kept(), "", 1, NOW)
    assert "核对" in recordings.unlike(call, row)
    assert recordings.unlike(add_call(session, seconds=33), row) == ""


def test_figures_and_waveform_come_of_the_sound(session: Session, talk: Path) -> None:
    values = settings.sound(session), settings.thresholds(session)
    figures, waveform = recordings.measure(talk, "left", None, *values)
    assert figures["agent"]["talk"] == pytest.approx(sounds.total(sounds.AGENT), abs=0.5)
    assert Peaks.from_bytes(waveform).channels == 2


def test_other_settings_make_a_measurement_outdated(session: Session, talk: Path) -> None:
    row = add_recording(session, add_call(session))
    values = settings.sound(session), settings.thresholds(session)
    row.figures, _ = recordings.measure(talk, "left", None, *values)
    assert not recordings.outdated(row, settings.load(session))
    settings.put(session, {"appeal_days": 9})
    assert not recordings.outdated(row, settings.load(session))
    settings.put(session, {"gap": 0.5})
    assert recordings.outdated(row, settings.load(session))


# Letting go


def gone(session: Session) -> list[tuple[Call, str]]:
    return [(row.call, why) for row, why in recordings.overdue(session, NOW)]


def test_sound_goes_when_its_time_is_over_and_not_before(session: Session) -> None:
    old, fresh = add_call(session, at=OLD), add_call(session, at=NOW - timedelta(days=179))
    add_recording(session, old)
    add_recording(session, fresh)
    assert gone(session) == [(old, EXPIRED)]


def test_sound_goes_at_once_where_the_caller_says_no(session: Session) -> None:
    call = add_call(session)
    row = add_recording(session, call)
    assert call.recording is row
    call.consent = "no"
    assert call.recording is None
    assert gone(session) == [(call, NOT_AGREED)]


def reviewed(session: Session, call: Call) -> Review:
    return add_review(session, call, add_scorecard(session))


def waiting(session: Session, call: Call) -> None:
    reviewed(session, call)


def may_appeal(session: Session, call: Call) -> None:
    add_score(session, reviewed(session, call))


def appealed(session: Session, call: Call) -> None:
    review = reviewed(session, call)
    score = add_score(session, review, at=OLD)
    review.appeal_until = OLD + timedelta(days=5)
    appeal: dict[str, Any] = {"item": "fee", "reason": "我答对了", "by": call.agent_id, "at": NOW}
    session.add(Appeal(review=review, score_id=score.id, **appeal))
    session.flush()


def calibrated(session: Session, call: Call) -> None:
    version = add_scorecard(session).active
    assert version is not None
    made = Calibration(title="十一月", version=version, created_at=NOW)
    made.calls = [CalibrationCall(call=call, position=1)]
    session.add(made)
    session.flush()


@pytest.mark.parametrize("business", [waiting, may_appeal, appealed, calibrated])
def test_sound_stays_while_something_about_the_call_is_open(
    session: Session, business: Callable[[Session, Call], None]
) -> None:
    call = add_call(session, at=OLD)
    add_recording(session, call)
    assert gone(session) != []
    business(session, call)
    assert gone(session) == []


def test_sound_goes_when_the_time_to_appeal_is_over(session: Session) -> None:
    call = add_call(session, at=OLD)
    add_recording(session, call)
    review = reviewed(session, call)
    add_score(session, review)
    review.appeal_until = NOW - timedelta(seconds=1)
    assert gone(session) == [(call, EXPIRED)]


def test_what_was_measured_stays_when_the_sound_goes(session: Session) -> None:
    call = add_call(session, at=OLD)
    row = add_recording(session, call, figures={"duration": 35}, peaks=kept(9).sha256)
    recordings.remove(row, EXPIRED, None, NOW)
    session.flush()
    assert (row.removed_at, row.removed_why, row.figures) == (NOW, EXPIRED, {"duration": 35})
    assert (call.recording, recordings.used(session)) == (None, set())


def test_the_sweep_takes_only_old_files_that_no_recording_names(
    session: Session, talk: Path, tmp_path: Path
) -> None:
    store = Files(tmp_path / "store")
    with talk.open("rb") as file:
        named = store.put(file)
    with talk.open("rb") as file:
        file.seek(100)
        unnamed = store.put(file)
    add_recording(session, add_call(session), sha256=named.sha256)
    put_at = max(at for _, at in store.all())
    then = NOW.fromtimestamp(put_at, NOW.tzinfo)
    assert recordings.sweep(session, store, then + timedelta(hours=1)) == 0
    assert recordings.sweep(session, store, then + timedelta(days=2)) == 1
    assert (store.exists(named.sha256), store.exists(unnamed.sha256)) == (True, False)
