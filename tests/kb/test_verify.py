"""Verification: what should have been confirmed, by whom, and that publishing confirms."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from kb import articles, editorial, policy, verify
from kb.articles import Edit
from kb.errors import InvalidContent
from kb.records import Record
from web.db import SYSTEM, Database

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
RULES = policy.DEFAULTS


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.work(SYSTEM, "test") as session:
        yield session


def publish(session: Session, key: str, kind: str, days_ago: float, owner: int = 1) -> None:
    edit = Edit(owner, NOW - timedelta(days=days_ago))
    articles.put(session, Record(key, key, "正文。", kind=kind), edit, publish_it=True)


def late(session: Session, owner: int | None = None) -> list[str]:
    return [r.article.key for r in verify.overdue(session, NOW, owner=owner)[1]]


def test_each_kind_has_its_interval_and_the_longest_unconfirmed_comes_first(
    session: Session,
) -> None:
    publish(session, "rule", "regulation", 90.5)
    publish(session, "fresh-rule", "regulation", 89.5)
    publish(session, "faq", "faq", 200)
    publish(session, "notice", "notice", 4000)
    assert late(session) == ["faq", "rule"]
    page = editorial.listing(session, NOW, state="overdue")
    assert {row.article.key for row in page.rows} == {"faq", "rule"}
    assert editorial.counts_by_state(session, NOW)["overdue"] == 2


def test_to_confirm_or_to_publish_again_starts_the_interval_anew(session: Session) -> None:
    publish(session, "rule", "regulation", 100)
    publish(session, "other", "regulation", 100)
    verify.confirm(session, articles.get(session, "rule"), Edit(1, NOW))
    articles.put(
        session, Record("other", "新", "新。", kind="regulation"), Edit(1, NOW), publish_it=True
    )
    assert late(session) == []


def test_an_owner_is_asked_for_their_own(session: Session) -> None:
    publish(session, "mine", "regulation", 100, owner=7)
    publish(session, "theirs", "regulation", 100, owner=8)
    assert late(session, owner=7) == ["mine"]
    verify.entrust(session, articles.get(session, "theirs"), 7)
    assert late(session, owner=7) == ["mine", "theirs"]


@pytest.mark.parametrize(("days", "over"), [(89.9, 0), (90, 0), (90.1, 1), (91, 1), (102, 12)])
def test_the_days_are_counted_as_people_count_them(
    session: Session, days: float, over: int
) -> None:
    publish(session, "rule", "regulation", days)
    revision = articles.get(session, "rule").latest
    assert verify.overdue_days(revision, RULES, NOW) == over


def test_a_rule_can_be_changed_and_switched_off(session: Session) -> None:
    publish(session, "rule", "regulation", 100)
    policy.put(session, "verify.regulation", 0)
    assert late(session) == []
    policy.put(session, "verify.regulation", 7)
    assert late(session) == ["rule"]
    assert policy.load(session)["verify.regulation"] == 7


@pytest.mark.parametrize(("name", "value"), [("verify.faq", -1), ("verify.faq", 3651), ("x", 1)])
def test_a_rule_that_makes_no_sense_is_refused(session: Session, name: str, value: int) -> None:
    with pytest.raises(InvalidContent):
        policy.put(session, name, value)
