"""The self-check finds what is wrong, says what to do, and changes nothing."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from kb import articles
from kb.articles import Edit
from kb.models import Article
from qa import recordings
from qa.tables import Recording
from web import doctor
from web.doctor import CHECKS, Finding, examine, person_columns
from web.jobs import enqueue
from web.models import Job
from web.settings import Settings

from ..commands import run
from ..homes import SEARCH, SECRET
from ..qa_world import add_call, add_recording
from ..world import NOW, REFUND, World
from .coursing import add_course


@pytest.fixture
def findings(world: World) -> Callable[[], dict[str, Finding]]:
    def made() -> dict[str, Finding]:
        return {finding.check: finding for finding in examine(world.services.settings)}

    return made


Findings = Callable[[], dict[str, Finding]]


def test_nothing_is_wrong_with_a_sound_home(findings: Findings) -> None:
    found = findings()
    assert list(found) == list(CHECKS)
    assert [finding.line() for finding in found.values() if not finding.ok] == []


def test_a_database_behind_the_program_is_named_with_its_remedy(empty_url: str, home: Path) -> None:
    found = {f.check: f for f in examine(Settings(home, empty_url, SEARCH, SECRET))}
    assert not found["schema"].ok
    assert "zhixi migrate" in found["schema"].remedy


def test_a_database_out_of_reach_is_a_finding_and_no_crash(tmp_path: Path) -> None:
    nowhere = f"postgresql+psycopg://nobody@/none?host={tmp_path}"
    found = {f.check: f for f in examine(Settings(tmp_path, nowhere, SEARCH, SECRET))}
    assert not found["schema"].ok
    assert not found["people"].ok
    assert found["disk"].ok
    assert all("\n" not in finding.line() for finding in found.values())


def test_an_index_that_does_not_match_the_database_is_found_and_not_mended(
    world: World, findings: Findings
) -> None:
    """An edit that went around the program leaves no note on the index's to-do list."""
    with world.work(doing="test") as session:
        session.execute(
            text("update article set retired_at = created_at where key = :key"),
            {"key": REFUND.key},
        )
        wanted = session.scalar(select(Article.id).where(Article.key == REFUND.key))
    for _ in range(2):
        assert not findings()["index"].ok
        assert str(wanted) in findings()["index"].detail


def test_an_edit_that_waits_for_the_index_is_no_fault(world: World, findings: Findings) -> None:
    with world.work("editor", "kb.write") as session:
        edit = Edit(world.person("editor").id, NOW)
        articles.retire(session, articles.get(session, REFUND.key), edit)
    assert findings()["index"].ok


def test_an_index_that_is_gone_is_found_and_not_made(world: World, findings: Findings) -> None:
    (world.services.settings.index_folder / "current").unlink()
    assert "zhixi kb rebuild" in findings()["index"].remedy
    assert not (world.services.settings.index_folder / "current").exists()


def test_a_record_of_somebody_who_does_not_exist_is_found(world: World, findings: Findings) -> None:
    with world.work(doing="test") as session:
        articles.get(session, REFUND.key).owner_id = 424242
    assert "article.owner_id 1 条" in findings()["people"].detail


def test_a_recording_whose_file_is_gone_is_found(world: World, findings: Findings) -> None:
    with world.work(doing="test.calls") as session:
        call = add_call(session, agent_id=world.person("agent").id)
        row = add_recording(session, call)
    found = findings()["recordings"]
    assert not found.ok
    assert row.sha256[:12] in found.detail
    with world.work(doing="test.calls") as session:
        kept = session.get_one(Recording, row.id)
        recordings.remove(kept, "超过录音保存期", None, NOW)
    assert findings()["recordings"].ok


def test_every_column_that_names_a_person_is_watched() -> None:
    watched = {f"{table.name}.{column.name}" for table, column in person_columns()}
    assert {
        "article.owner_id",
        "article.created_by",
        "article.retired_by",
        "revision.author_id",
        "revision.published_by",
        "audit_entry.actor_id",
    } <= watched
    assert "index_change.article_id" not in watched
    assert [name for name in watched if name.endswith((".team_id", ".of_id"))] == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_reference_to_nothing_is_found_where_it_was_not_prevented(
    world: World, findings: Findings
) -> None:
    with world.services.db.engine.connect() as connection:
        connection.exec_driver_sql("commit")
        connection.exec_driver_sql("pragma foreign_keys = off")
        connection.exec_driver_sql("begin immediate")
        connection.exec_driver_sql("update revision set category_id = 424242 where id = 1")
        connection.exec_driver_sql("commit")
        connection.invalidate()
    assert "revision" in findings()["integrity"].detail


def test_a_job_that_nobody_does_and_one_that_failed_are_found(
    world: World, findings: Findings
) -> None:
    with world.work(doing="test") as session:
        job = enqueue(session, "kb.sync")
        job.state = "failed"
    assert "失败" in findings()["jobs"].detail
    with world.work(doing="test") as session:
        job = enqueue(session, "kb.sync")
        job.run_at -= timedelta(hours=1)
    assert "zhixi work" in findings()["jobs"].remedy
    with world.reading() as session:
        assert len(session.scalars(select(Job)).all()) == 2


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_weak_or_readable_secret_is_found(world: World) -> None:
    settings = world.services.settings
    (settings.home / "secret_key").write_text("x")
    (settings.home / "secret_key").chmod(0o644)
    found = {f.check: f for f in examine(settings)}
    assert "chmod 600" in found["settings"].remedy
    weak = {f.check: f for f in examine(replace(settings, secret_key="secret"))}
    assert "ZHIXI_SECRET_KEY" in weak["settings"].remedy


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_package_of_ours_that_another_distribution_installed_too_is_found(
    findings: Findings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """web.py installs a package of the name ``web`` and says nothing."""
    owners = dict(importlib.metadata.packages_distributions()) | {"web": ["zhixi", "web.py"]}
    monkeypatch.setattr(doctor, "packages_distributions", lambda: owners)
    assert "web.py" in findings()["names"].detail


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_command_says_it_in_lines_or_in_json_and_by_its_exit_status(world: World) -> None:
    sound = run(world.services.settings, "doctor", "--json")
    assert sound.exit_code == 0, sound.output
    assert {finding["check"] for finding in json.loads(sound.stdout)} == set(CHECKS)
    ill = run(replace(world.services.settings, secret_key="secret"), "doctor")
    assert ill.exit_code == 1
    assert sum(line.startswith("✗") for line in ill.stdout.splitlines()) == 1


def test_a_lesson_whose_film_is_gone_is_told(world: World, findings: Findings) -> None:
    add_course(world)
    assert findings()["lessons"].ok
    [(name, _)] = world.services.lessons.all()
    world.services.lessons.delete(name)
    assert "lessons 文件夹" in findings()["lessons"].remedy
