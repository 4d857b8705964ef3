"""What held on a day gone by, as it was known then, and for those who may see it today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from kb import articles, gate, past, pastsearch
from kb.articles import Edit
from kb.errors import NotFound
from kb.gate import EVERYTHING, Viewer
from kb.index.contract import Scope
from kb.models import Revision
from kb.past import Then
from kb.records import Record
from web.db import SYSTEM, Database

DAY0 = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


def day(count: float) -> datetime:
    return DAY0 + timedelta(days=count)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.work(SYSTEM, "test") as session:
        yield session


def publish(session: Session, at: float, body: str = "正文。", **more: object) -> None:
    """Publish one more revision of the fee on that day."""
    record = replace(Record("fee", "退票费怎么收", body), **more)  # type: ignore[arg-type]
    articles.put(session, record, Edit(1, day(at)), publish_it=True)


def number(
    session: Session,
    at: float,
    *,
    known: float | None = None,
    now: float = 100,
    viewer: Viewer = EVERYTHING,
) -> int:
    """The number of the revision that held on a day, 0 for none."""
    then = Then(day(at), day(at if known is None else known))
    try:
        return past.in_force(session, viewer, day(now), then, "fee").number
    except NotFound:
        return 0


def test_each_day_has_the_text_that_the_desk_showed_on_it(session: Session) -> None:
    for count in (0, 10, 20):
        publish(session, count, f"第{count}天的。")
    assert [number(session, at) for at in (-1, 0, 9.9, 10, 19, 20, 50)] == [0, 1, 1, 2, 2, 3, 3]


def test_a_text_published_later_but_effective_earlier_was_not_known_then(
    session: Session,
) -> None:
    """On the record it did not hold for anybody; looking back from today it does."""
    publish(session, 0)
    publish(session, 20, "追溯的。", effective_from=day(5))
    assert [number(session, 10), number(session, 10, known=100)] == [1, 2]
    assert [number(session, 4, known=100), number(session, 20)] == [1, 2]
    assert past.since(session, EVERYTHING, day(100), Then(day(10), day(10)), "fee") == 2
    assert past.since(session, EVERYTHING, day(100), Then(day(4), day(4)), "fee") is None


def test_a_time_that_was_over_brings_nothing_older_back(session: Session) -> None:
    publish(session, 0)
    publish(session, 5, "短期的。", effective_to=day(8))
    assert [number(session, at) for at in (4, 6, 8, 9)] == [1, 2, 0, 0]


def test_what_was_out_of_use_did_not_hold_and_a_later_revival_does_not_hide_it(
    session: Session,
) -> None:
    publish(session, 0)
    article = articles.get(session, "fee")
    articles.retire(session, article, Edit(1, day(10)))
    articles.publish(session, article, Edit(1, day(20)))
    articles.retire(session, article, Edit(1, day(30)))
    assert [number(session, at) for at in (5, 10, 15, 20, 29, 30)] == [1, 0, 0, 1, 1, 0]


def test_what_is_yet_to_come_is_no_part_of_the_past(session: Session) -> None:
    publish(session, 0)
    articles.save(
        session, articles.get(session, "fee"), Record("fee", "密", "密。"), Edit(1, day(1))
    )
    articles.publish(session, articles.get(session, "fee"), Edit(1, day(1)), at=day(50))
    assert number(session, 40, known=40, now=40) == 1
    assert past.since(session, EVERYTHING, day(40), Then(day(39), day(39)), "fee") is None


def test_nobody_sees_by_going_back_what_they_may_not_see_today(session: Session) -> None:
    publish(session, 0, "人人可读。")
    publish(session, 10, "只给班长。", audiences=("班长",))
    agent, supervisor = Viewer(frozenset({"座席"})), Viewer(frozenset({"班长"}))
    assert number(session, 5, viewer=agent) == 0
    assert number(session, 5, viewer=supervisor) == 1


def test_what_was_for_others_then_stays_theirs_though_today_all_may_read_on(
    session: Session,
) -> None:
    publish(session, 0, "只给班长。", audiences=("班长",))
    publish(session, 10, "人人可读。")
    agent = Viewer(frozenset({"座席"}))
    assert [number(session, 5, viewer=agent), number(session, 10, viewer=agent)] == [0, 2]


SPANS = st.tuples(
    st.integers(0, 30), st.none() | st.integers(-5, 40), st.none() | st.integers(1, 20)
)


@given(st.lists(SPANS, max_size=6), st.integers(-6, 45))
def test_looked_at_from_its_own_moment_the_past_is_what_the_gate_said(
    spans: list[tuple[int, int | None, int | None]], at: int
) -> None:
    spans = sorted(spans, key=lambda span: span[0])
    revisions = [
        Revision(
            number=count,
            state="published",
            published_at=day(published),
            effective_from=None if begins is None else day(begins),
            effective_to=None if lasts is None else day((begins or published) + lasts),
        )
        for count, (published, begins, lasts) in enumerate(spans, 1)
    ]
    assert past.decide(revisions, Then(day(at), day(at))) is gate.decide(revisions, day(at))


# Search


def found(
    session: Session, text: str, at: float, viewer: Viewer = EVERYTHING, scope: Scope = Scope()
) -> list[tuple[str, int]]:
    then = Then(day(at), day(at))
    results = pastsearch.search(session, viewer, day(100), then, text, scope=scope)
    return [(hit.key, hit.revision) for hit in results.hits]


@pytest.fixture
def shelf(session: Session) -> Session:
    publish(session, 0, "开车前8天以上退票，不收退票费。其他时间收5%。", kind="faq")
    publish(session, 10, "开车前15天以上退票，不收退票费。其他时间收20%。", kind="faq")
    luggage = Record("luggage", "随身行李限重", "成人每人可免费携带20千克行李。")
    articles.put(session, luggage, Edit(1, day(0)), publish_it=True)
    hidden = Record("duty", "值班安排", "退票组值班。", audiences=("班长",))
    articles.put(session, hidden, Edit(1, day(0)), publish_it=True)
    return session


def test_search_finds_the_text_of_that_day_and_its_answer(shelf: Session) -> None:
    then = Then(day(5), day(5))
    results = pastsearch.search(shelf, EVERYTHING, day(100), then, "退票要扣多少钱")
    first = results.hits[0]
    assert (first.key, first.revision) == ("fee", 1)
    assert first.answer is not None
    assert "15天" not in first.answer.text
    assert found(shelf, "退票费", 12)[0] == ("fee", 2)
    assert found(shelf, "退票费", -1) == []


@pytest.mark.parametrize(
    "asked", ["退票費", "tuipiao", "8天以上", "八天以上", "ＸＬ 退票费", "退票非"]
)
def test_the_past_is_asked_in_all_the_ways_of_the_desk(shelf: Session, asked: str) -> None:
    assert ("fee", 1) in found(shelf, asked, 5)


def test_search_in_the_past_keeps_permission_and_scope(shelf: Session) -> None:
    agent = Viewer(frozenset({"座席"}))
    assert "duty" in dict(found(shelf, "值班", 5))
    assert "duty" not in dict(found(shelf, "值班", 5, agent))
    assert found(shelf, "退票 行李", 5, scope=Scope(kinds=frozenset({"article"})))[0][0] != "fee"
