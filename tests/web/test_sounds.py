"""Jobs on recordings: measured, measured again, let go with their files."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from kb.storage import Kept
from qa import recogniser, recordings, settings
from qa.tables import Recording
from web import chores
from web.audit_names import DOINGS
from web.chores import Workshop, run
from web.job_words import why
from web.jobs import claim, enqueue, enqueue_measuring
from web.models import AuditEntry, Job

from ..qa import sounds
from ..qa_world import add_call, add_transcript
from ..world import NOW, World


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    return sounds.saved(tmp_path / "talk", sounds.call())


def store(world: World, path: Path) -> Kept:
    with path.open("rb") as file:
        return world.services.recordings.put(file)


def recorded(world: World, path: Path, kept: Kept | None = None, days: int = 1) -> int:
    """The id of a recording that waits for its job."""
    found = recordings.Examined("talk.wav", "WAV PCM 16", 2, 8000, 35.0)
    with world.work("qa_lead", "qa.import") as session:
        agent = world.person("agent").id
        call = add_call(session, agent_id=agent, at=NOW - timedelta(days=days), seconds=35)
        row, _ = recordings.keep(session, call, found, kept or store(world, path), "", 1, NOW)
        enqueue_measuring(session, row)
        return row.id


def row(world: World, id: int) -> Recording:
    with world.reading() as session:
        found = session.get_one(Recording, id)
        assert found.call is not None
        return found


def work_off(world: World) -> list[Job]:
    workshop = Workshop.of(world.services)
    while job := claim(workshop.db, "test", datetime.now(UTC)):
        run(workshop, job)
    with world.reading() as session:
        return list(session.scalars(select(Job).where(Job.kind.startswith("qa."))))


def ask(world: World, kind: str) -> None:
    with world.work("qa_lead", "qa.remeasure") as session:
        enqueue(session, kind)


def test_a_recording_is_measured_under_the_settings_that_hold(world: World, talk: Path) -> None:
    with world.work("qa_lead", "qa.settings") as session:
        settings.put(session, {"gap": 0.4})
    id = recorded(world, talk)
    assert {job.state for job in work_off(world)} == {"done"}
    found = row(world, id)
    assert (found.state, found.measured_at) == ("ready", NOW)
    assert found.figures is not None
    assert found.figures["settings"]["gap"] == 0.4
    assert found.peaks is not None
    assert world.services.recordings.exists(found.peaks)


def test_with_a_transcript_the_figures_have_the_speech_rate(world: World, talk: Path) -> None:
    id = recorded(world, talk)
    with world.work("qa_lead", "qa.import") as session:
        add_transcript(session, session.get_one(Recording, id).call)
    work_off(world)
    figures = row(world, id).figures
    assert figures is not None
    assert figures["agent"]["rate_cpm"] > 0


def test_a_file_that_is_gone_is_told_and_can_be_tried_again(world: World, talk: Path) -> None:
    kept = store(world, talk)
    id = recorded(world, talk, kept)
    world.services.recordings.delete(kept.sha256)
    assert {job.state for job in work_off(world)} == {"done"}  # trying again would not help
    assert row(world, id).state == "failed"
    assert "不见了" in row(world, id).error
    store(world, talk)
    ask(world, "qa.remeasure")
    work_off(world)
    assert (row(world, id).state, row(world, id).error) == ("ready", "")


def test_only_what_was_measured_under_other_settings_is_measured_again(
    world: World, talk: Path
) -> None:
    id = recorded(world, talk)
    work_off(world)
    ask(world, "qa.remeasure")
    assert [job.kind for job in work_off(world)].count("qa.measure") == 1
    with world.work("qa_lead", "qa.settings") as session:
        settings.put(session, {"long_silence": 1.0})
    ask(world, "qa.remeasure")
    assert [job.kind for job in work_off(world)].count("qa.measure") == 2
    figures = row(world, id).figures
    assert figures is not None
    assert figures["settings"]["long_silence"] == 1.0


def test_sound_past_its_time_is_deleted_with_its_waveform_and_the_trail_says_so(
    world: World, talk: Path
) -> None:
    kept = store(world, talk)
    old = recorded(world, talk, kept, days=181)
    work_off(world)
    peaks = row(world, old).peaks
    assert peaks is not None
    ask(world, "qa.retain")
    work_off(world)
    found = row(world, old)
    assert (found.removed_at, found.removed_why) == (NOW, recordings.EXPIRED)
    files = world.services.recordings
    assert not files.exists(kept.sha256)
    assert not files.exists(peaks)
    with world.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.doing == "qa.retain"))
        assert any("removed_at" in entry.values for entry in entries)


def test_a_file_of_two_recordings_stays_until_both_are_gone(world: World, talk: Path) -> None:
    kept = store(world, talk)
    old, fresh = recorded(world, talk, kept, days=181), recorded(world, talk, kept)
    ask(world, "qa.retain")
    work_off(world)
    assert row(world, old).removed_at is not None
    assert row(world, fresh).removed_at is None
    assert world.services.recordings.exists(kept.sha256)


def test_what_a_recogniser_hears_becomes_the_transcript_and_gives_the_speech_rate(
    world: World, talk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Parrot:
        def __init__(self, folder: Path) -> None:
            self.said = folder.name

        def text(self, samples: object, rate: int) -> str:
            return self.said

    monkeypatch.setitem(recogniser.KINDS, "parrot", Parrot)  # type: ignore[call-overload]
    id = recorded(world, talk)
    with world.work("qa_lead", "qa.remeasure") as session:
        enqueue(session, "qa.transcribe", {"recording": id})
    workshop = replace(Workshop.of(world.services), recogniser="parrot:您好请讲")
    while job := claim(workshop.db, "test", datetime.now(UTC)):
        run(workshop, job)
    recogniser.opened.cache_clear()
    found = row(world, id)
    with world.reading() as session:
        transcript = session.get_one(Recording, id).call.transcript
    assert transcript is not None
    assert transcript.source == "recogniser"
    assert {turn["text"] for turn in transcript.turns} == {"您好请讲"}
    assert {turn["role"] for turn in transcript.turns} == {"agent", "customer"}
    assert found.figures is not None
    assert found.figures["agent"]["rate_cpm"] > 0


def test_without_a_recogniser_the_job_says_what_is_missing(world: World, talk: Path) -> None:
    id = recorded(world, talk)
    with world.work("qa_lead", "qa.remeasure") as session:
        wanted = enqueue(session, "qa.transcribe", {"recording": id}).id
    work_off(world)
    with world.reading() as session:
        assert "ZHIXI_RECOGNISER" in why(session.get_one(Job, wanted).error)


def test_every_job_has_a_name() -> None:
    assert set(chores.NAMES) == set(chores.KINDS)
    assert {"qa.measure", "qa.retain", "qa.remeasure"} <= set(DOINGS)
