"""The life of a text: nothing reaches the agents unless somebody answered for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import approvals, articles, gate, lifecycle, reviews
from kb.articles import Edit
from kb.errors import KbError, OutOfTurn
from kb.gate import EVERYTHING
from kb.lifecycle import ACTIONS, CLOCK, OUT, STATES, TABLE, VOUCHING, open_to, step
from kb.models import PUBLISHED, Article, Revision
from kb.records import Record
from web.access import PERMISSIONS
from web.db import SYSTEM, Database

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
WALKS = st.lists(st.sampled_from(sorted(ACTIONS)), max_size=12)


# The table


@given(WALKS)
def test_no_path_leads_to_the_agents_without_approval_or_urgency(walk: list[str]) -> None:
    state, taken = "", set()
    for action in walk:
        try:
            state = step(state, action).becomes
        except OutOfTurn:
            continue
        taken = set() if state == "" else taken | {action}
        assert state not in OUT or taken & VOUCHING
        if action == "write" and state == "draft":
            taken -= {"approve"}  # another word, and the approval is for another text


def test_every_state_can_be_reached_and_every_line_is_named_once() -> None:
    reached = {""}
    while more := {s.becomes for s in TABLE if s.state in reached} - reached:
        reached |= more
    assert reached == {"", *STATES}
    assert len({(s.state, s.action) for s in TABLE}) == len(TABLE)
    assert {s.action for s in TABLE} == set(ACTIONS)
    assert {s.permission for s in TABLE} <= {*PERMISSIONS, CLOCK}


def test_a_published_text_is_left_alone_for_ever() -> None:
    assert open_to("published", PERMISSIONS) == frozenset()
    assert open_to("taken_back", PERMISSIONS) == frozenset()


def test_who_may_only_write_cannot_bring_a_text_out() -> None:
    for state in STATES:
        ends = {step(state, action).becomes for action in open_to(state, {"kb.write"})}
        assert not ends & OUT


# The same in the database


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.work(SYSTEM, "test") as session:
        yield session


DEEDS = st.tuples(
    st.sampled_from(
        [
            "write",
            "submit",
            "withdraw",
            "approve",
            "send_back",
            "publish",
            "schedule",
            "unschedule",
            "urgent",
            "take_back",
            "discard",
            "import",
            "retire",
            "restore",
        ]
    ),
    st.sampled_from([1, 2, 3]),
    st.sampled_from([0, 1, 30]),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(DEEDS, min_size=1, max_size=14))
def test_whatever_people_do_what_is_shown_was_answered_for(
    database: Database, deeds: list[tuple[str, int, int]]
) -> None:
    """Three people, any order, time going on: states follow the table, and every published text
    has the word of somebody who did not write it, or of one who said: on my own responsibility.
    """
    at = NOW
    with database.reading() as session:  # thrown away at the end
        for count, (deed, who, minutes) in enumerate(deeds):
            at += timedelta(minutes=minutes)
            try:
                with session.begin_nested():
                    do(session, deed, Edit(who, at), count)
            except KbError:
                pass
            session.expire_all()
            article = articles.find(session, "fee")
            if article is None:
                continue
            numbers = [r.number for r in article.revisions]
            assert numbers == sorted(set(numbers))
            assert article.draft in (None, article.latest)
            for revision in article.revisions:
                check(revision, at)
            shown = session.scalars(select(Revision).join(Article).where(gate.holds(at))).all()
            assert all(r.published_at is not None and r.published_at <= at for r in shown)


def do(session: Session, deed: str, edit: Edit, count: int) -> None:
    record = Record("fee", "退票费", f"第{count}稿。")
    article = articles.find(session, "fee")
    if article is None:
        if deed in ("write", "import"):
            articles.put(session, record, edit, publish_it=deed == "import")
        return
    match deed:
        case "write":
            articles.save(session, article, record, edit)
        case "import":
            articles.put(session, record, edit, publish_it=True)
        case "submit":
            reviews.submit(session, article, edit)
        case "withdraw":
            reviews.withdraw(session, article, edit)
        case "approve":
            reviews.approve(session, article, edit, reviews.waiting(article).version)
        case "send_back":
            reviews.send_back(session, article, edit, "再改改")
        case "publish":
            reviews.publish(session, article, edit)
        case "schedule":
            reviews.publish(session, article, edit, at=edit.at + timedelta(minutes=20))
        case "unschedule":
            reviews.unschedule(session, article, edit)
        case "urgent":
            reviews.publish_urgently(session, article, edit, "等不及")
        case "take_back":
            reviews.take_back(session, article, edit, "写错了")
        case "discard":
            articles.discard(session, article)
        case "retire":
            articles.retire(session, article, edit)
        case "restore":
            reviews.restore(session, article, 1, edit)


def check(revision: Revision, at: datetime) -> None:
    state = approvals.state_of(revision, at)
    assert state in lifecycle.STATES
    if revision.state != PUBLISHED:
        assert state in ("draft", "review", "approved")
        return
    if state in ("urgent", "taken_back"):
        assert revision.reviews[-1].reason
        return
    word = approvals.on_whose_word(revision.reviews)
    assert word is not None
    assert word.version == revision.version
    if word.kind in ("review", "urgent"):
        assert word.decided_by not in approvals.writers(revision)
    assert all(r.decided_at or not r.outcome for r in revision.reviews)


def test_a_scheduled_text_is_not_there_before_its_moment_and_is_there_at_it(
    session: Session,
) -> None:
    articles.put(session, Record("fee", "旧", "旧。"), Edit(1, NOW), publish_it=True)
    article = articles.get(session, "fee")
    articles.save(session, article, Record("fee", "新", "新。"), Edit(1, NOW))
    due = NOW + timedelta(hours=8)
    reviews.publish(session, article, Edit(2, NOW), at=due)
    session.expire_all()
    just_before = due - timedelta(microseconds=1)
    assert gate.in_force(session, EVERYTHING, just_before, "fee").title == "旧"
    assert gate.in_force(session, EVERYTHING, due, "fee").title == "新"
    assert [r.title for r in gate.live(articles.get(session, "fee").revisions, NOW)] == ["旧", "新"]
