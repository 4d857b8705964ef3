"""The demo centre: filled once, completed after a kill, never mixed with anything else."""

from __future__ import annotations

import re
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from sqlalchemy import func, select

from exams import duplicates
from exams.from_articles import in_force
from exams.generate.metrics import blind
from exams.kept import question_of
from exams.tables import BankQuestion
from kb import articles
from kb.articles import Edit
from kb.formats import find_files, read_files
from kb.gate import EVERYTHING
from kb.models import Article, Category, Revision
from kb.records import Fault, Record
from qa import calibrations, calls, suggesting
from qa.knowledge import KnowledgeBase
from qa.tables import (
    Appeal,
    Calibration,
    Call,
    Coaching,
    Recheck,
    Recording,
    Remedy,
    Review,
    Transcript,
)
from web import accounts, demo, seen_articles
from web.access import DEFAULT_ROLES
from web.demo import dispatch
from web.demo.centre import CATEGORIES, FOLDER, NotADemo
from web.demo.conversations import talks
from web.demo.flows import KEYS
from web.demo.life import REVISIONS
from web.demo.questions import REJECTED
from web.demo.stories import APPEALS, COACHING, TOO_LATE
from web.demo.strictness import STRICTNESS
from web.models import Job, Person, Team
from web.settings import Settings

from .. import demo_home
from ..homes import SEARCH, SECRET, opened
from ..processes import serving, until, zhixi
from ..world import Clock, World

Counts = tuple[int, int, int]
Judged = tuple[int, int, int, int, int]
JUDGED = (len(talks()), sum(bool(talk.sound) for talk in talks()), 99, len(APPEALS), 1)
PROPOSED = 1
"""Handled cases that somebody proposed: each is an article of its own, and a draft."""


@pytest.fixture
def fresh(home: Path, empty_url: str) -> Settings:
    return Settings(home, empty_url, SEARCH, SECRET)


def records() -> list[Record]:
    found = list(read_files(find_files([FOLDER])))
    assert [item for item in found if isinstance(item, Fault)] == []
    return [item for item in found if isinstance(item, Record)]


def whole(found: list[Record]) -> tuple[int, int]:
    """How many articles and revisions a filled home has."""
    texts = len(found) + len(KEYS) + len(dispatch.ROWS) + PROPOSED
    return texts, texts + REVISIONS


def counts(settings: Settings) -> Counts:
    """How many people, articles and revisions there are."""
    with opened(settings, Clock()) as services, services.db.reading() as session:
        tables = (Person.id, Article.id, Revision.id)
        people, texts, revisions = (session.scalar(select(func.count(t))) or 0 for t in tables)
        return people, texts, revisions


def judged(settings: Settings) -> Judged:
    """How many calls, recordings, reviews, appeals and sessions of calibration there are."""
    tables = (Call.id, Recording.id, Review.id, Appeal.id, Calibration.id)
    with opened(settings, Clock()) as services, services.db.reading() as session:
        calls, sounds, reviews, appeals, sessions = (
            session.scalar(select(func.count(table))) or 0 for table in tables
        )
        return calls, sounds, reviews, appeals, sessions


def test_every_article_of_the_demo_is_readable_and_named_by_its_key() -> None:
    found = records()
    assert len({record.key for record in found}) == len(found) >= 150
    files = {file.path.stem: file.category for file in find_files([FOLDER])}
    assert {record.key: record.category for record in found} == files
    assert {record.category.partition("/")[0] for record in found} == set(CATEGORIES)


def test_an_audience_of_the_demo_is_a_role_or_a_team_there() -> None:
    known = {role.name for role in DEFAULT_ROLES} | {member.team for member in demo.PEOPLE}
    assert {name for record in records() for name in record.audiences} <= known


def test_some_twenty_people_hold_all_roles_in_three_teams() -> None:
    assert {role for member in demo.PEOPLE for role in member.roles} == {
        role.key for role in DEFAULT_ROLES
    }
    assert {member.team for member in demo.PEOPLE} == {"票务一组", "票务二组", "综合服务组"}
    assert len({member.number for member in demo.PEOPLE}) == len(demo.PEOPLE) == 23


def test_a_fresh_home_is_filled_and_everything_is_in_force_and_indexed(filled: Settings) -> None:
    found = records()
    assert counts(filled) == (len(demo.PEOPLE), *whole(found))
    with opened(filled, Clock(datetime.now(UTC))) as services:
        assert services.library.differences() == {}
        assert services.library.search("退票要扣多少钱").hits
        with services.db.reading() as session:
            assert (
                session.scalar(select(func.count(Revision.id)).where(Revision.state == "draft"))
                == 3 + PROPOSED  # two under review, one sent back
            )
            top = session.scalars(
                select(Category.path)
                .where(Category.parent_id.is_(None))
                .order_by(Category.position)
            ).all()
            assert tuple(top) == CATEGORIES
            assert session.scalar(select(func.count(Team.id))) == 3


def test_the_bank_holds_what_was_generated_and_judged(filled: Settings) -> None:
    with opened(filled, Clock(datetime.now(UTC))) as services, services.db.reading() as session:
        rows = list(session.scalars(select(BankQuestion)))
        asked = [question_of(row.latest) for row in rows]
        there = {article.key for article in in_force(session, services.now())}
    judged = {row.key: row.reason for row in rows if row.state == "rejected"}
    assert {row.state for row in rows} == {"kept", "rejected"}
    # What a notice that has ended said is not asked any more, and so not refused either.
    lasting = {key: why for key, why in REJECTED.items() if key.rpartition("-")[0] in there}
    assert judged == lasting
    assert sum(row.state == "kept" for row in rows) >= 400
    assert [rule for rule, found in blind(asked).items() if found["ahead"]] == []
    assert duplicates.pairs((q.key, duplicates.said(q.as_dict())) for q in asked) == []


def test_calls_wait_to_be_measured_and_can_be_found_by_what_was_said(filled: Settings) -> None:
    with opened(filled, Clock(datetime.now(UTC))) as services, services.db.reading() as session:
        kind = select(func.count(Job.id)).where(Job.kind == "qa.measure")
        assert session.scalar(kind) == JUDGED[1]
        for row in session.scalars(select(Recording)):
            assert row.state == "waiting"
            assert services.recordings.exists(row.sha256)
        said = select(Transcript.call_id).where(Transcript.folded.contains("不归我管"))
        assert [session.get_one(Call, id).key for id in session.scalars(said)] == ["T1011"]


def test_what_the_agent_looked_up_is_beside_the_call(filled: Settings) -> None:
    """In the text that held then, which is not always today's."""
    with opened(filled, Clock(datetime.now(UTC))) as services, services.db.reading() as session:
        call = calls.get(session, "T1001")
        used = seen_articles.during(session, EVERYTHING, call, services.now())
        assert [(each.revision.article.key, each.revision.number) for each in used] == [
            ("refund-fee-tiers", 1),
            ("refund-arrival-time", 1),
        ]


def test_the_wrong_rate_is_found_against_the_article_of_that_day(filled: Settings) -> None:
    with opened(filled, Clock(datetime.now(UTC))) as services, services.db.reading() as session:
        call = calls.get(session, "T1002")
        knowledge = KnowledgeBase(session, EVERYTHING, services.now())
        for version in suggesting.versions_of(session, call):
            found = suggesting.find(call, version, knowledge)
            (checked,) = [each for each in found if each.kind == "answer"]
            assert checked.outcome == "differs"
            assert "15%" in checked.reason
            assert checked.answer is None  # a person judges who is wrong


def test_the_centre_has_judged_coached_and_calibrated_and_nothing_happened_in_the_future(
    filled: Settings,
) -> None:
    now = datetime.now(UTC)
    with opened(filled, Clock(now)) as services, services.db.reading() as session:
        reviews = session.scalars(select(Review)).unique().all()
        assert {review.state for review in reviews} == {"finished", "waiting", "begun"}
        assert {r.purpose for r in reviews} == {"score", "calibration", "recheck"}
        assert {r.chosen for r in reviews} >= {"random", "risk", "resample"}
        assert not [r for r in reviews if r.inspector_id == r.call.agent_id]
        moments = [m for r in reviews for m in (r.created_at, r.begun_at, r.finished_at) if m]
        assert max(moments) < now
        states = {
            (each.state, each.at < now - timedelta(days=4))
            for each in session.scalars(select(Appeal)).unique()
        }
        assert states >= {
            ("waiting", True),
            ("waiting", False),
            ("upheld", True),
            ("rejected", True),
            ("withdrawn", True),
        }
        causes = [score.cause for review in reviews for score in review.scores[1:]]
        assert sorted(causes) == ["appeal", "slip"]
        assert session.scalars(select(Recheck)).unique().one().outcome == "kept"
        scored = [r for r in reviews if r.purpose == "score" and r.state == "finished"]
        seen = {r.call.key for r in scored if r.acknowledged_at}
        assert TOO_LATE not in seen
        assert len(scored) / 2 < len(seen) < len(scored)
        tasks = session.scalars(select(Coaching)).all()
        assert len(tasks) == len(COACHING)
        assert {(t.acknowledged_at is None, t.closed_at is None) for t in tasks} == {
            (True, True),
            (False, True),
            (False, False),
        }
        closed = session.scalars(select(Remedy).where(Remedy.closed_at.is_not(None)))
        assert [remedy for remedy in closed if remedy.read_at is not None]


def test_the_calibration_finds_who_is_strict(filled: Settings) -> None:
    """As strong as it was put in: the strict and the lenient inspector do not overlap."""
    with opened(filled, Clock(datetime.now(UTC))) as services, services.db.reading() as session:
        held = session.scalars(select(Calibration)).unique().one()
        found = calibrations.report(session, held).severities.found
        by = {number: str(accounts.get_person(session, number).id) for number in STRICTNESS}
        strict, lenient = found[by["DEMO23"]].points, found[by["DEMO20"]].points
        assert strict.n == lenient.n == 6
        assert strict.high is not None
        assert lenient.low is not None
        assert strict.high < 0 < lenient.low


def test_everybody_printed_can_sign_in_at_once(filled: Settings) -> None:
    """With what is printed, and without having to change the password first."""
    printed = demo.sign_ins()
    with opened(filled, Clock(datetime.now(UTC))) as services, services.db.reading() as session:
        for role, member in demo.one_a_role():
            assert re.search(
                rf"{role}\s+{member.number}\s+{demo.PASSWORD}\s+{member.name}", printed
            )
            person = accounts.check_credentials(
                session, member.number, demo.PASSWORD, services.now()
            )
            assert not person.must_change_password


def test_a_second_filling_changes_nothing(fresh: Settings, filled: Settings, backend: str) -> None:
    """Least of all what people have changed since."""
    if backend == "sqlite":
        demo_home.copied(filled.home, fresh.home)
    else:
        demo.fill(fresh)
    before = counts(fresh)
    assert before == counts(filled)
    assert judged(fresh) == JUDGED
    with opened(fresh, Clock(datetime.now(UTC))) as services, services.db.reading() as session:
        record = session.scalars(select(Revision).order_by(Revision.id).limit(1)).one().record()
    with opened(fresh, Clock(datetime.now(UTC))) as services:
        with services.db.reading() as session:
            writer = accounts.get_person(session, demo.PEOPLE[1].number)
        with services.db.work(writer, "kb.publish") as session:
            changed = Record(record.key, "改过的标题", record.body, kind=record.kind)
            articles.put(session, changed, Edit(writer.id, services.now()), publish_it=True)
    demo.fill(fresh)
    assert counts(fresh) == (before[0], before[1], before[2] + 1)
    assert judged(fresh) == JUDGED
    with opened(fresh, Clock(datetime.now(UTC))) as services, services.db.reading() as session:
        assert articles.get(session, record.key).latest.title == "改过的标题"
        assert services.library.differences() == {}


def is_whole(settings: Settings) -> None:
    assert counts(settings) == (len(demo.PEOPLE), *whole(records()))
    assert judged(settings) == JUDGED
    with opened(settings, Clock(datetime.now(UTC))) as services:
        assert services.library.differences() == {}


def test_a_home_with_data_of_its_own_is_refused(world: World) -> None:
    """The demo's passwords are public: they must not open a real centre."""
    before = counts(world.services.settings)
    with pytest.raises(NotADemo):
        demo.fill(world.services.settings)
    assert counts(world.services.settings) == before


def test_what_kills_left_is_completed(filled: Settings) -> None:
    """``filled`` was killed with people only, and again in the middle of the articles."""
    is_whole(filled)
    with opened(filled, Clock()) as services, services.db.reading() as session:
        hashed = accounts.get_person(session, demo.PEOPLE[0].number).password_hash
        assert extract_parameters(hashed) == RFC_9106_LOW_MEMORY


def test_the_command_tells_the_address_and_every_sign_in(filled: Settings, home: Path) -> None:
    settings = demo_home.copied(filled.home, home)
    with serving(settings, command="demo") as service:
        assert service.get("/readyz").status == 200
        told = service.out.read_text(encoding="utf-8")
        assert service.address in told
        assert demo.sign_ins() in told
        until(lambda: len(service.children()) > 2, "the job worker is there")
        assert service.stop(signal.SIGINT) == 0
    is_whole(settings)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_demo_serves_this_machine_alone_unless_told(fresh: Settings) -> None:
    refused = zhixi(fresh, "demo", "--host", "0.0.0.0")
    assert refused.returncode == 2
    assert "--public" in refused.stderr
    assert not (fresh.home / "zhixi.sqlite").exists()
