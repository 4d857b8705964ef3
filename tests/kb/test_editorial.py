"""What an editor looks for: states, filters, counts, dates that are coming."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy.orm import Session

from kb import articles, editorial, reviews
from kb.articles import Edit
from kb.editorial import STATES
from kb.errors import EditConflict, NotFound
from kb.records import Record
from web.db import SYSTEM, Database

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
WRITER = Edit(7, NOW)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.work(SYSTEM, "test") as session:
        yield session


def put(session: Session, key: str, *, publish: bool = True, **more: object) -> None:
    record = replace(Record(key, f"标题{key}", "正文。"), **more)  # type: ignore[arg-type]
    articles.put(session, record, WRITER, publish_it=publish)


def states(session: Session, key: str, at: datetime = NOW) -> set[str]:
    page = editorial.listing(session, at, text=key)
    return set(next(row for row in page.rows if row.article.key == key).states)


def keys(session: Session, **wanted: str) -> list[str]:
    return [row.article.key for row in editorial.listing(session, NOW, **wanted).rows]


# States


def test_a_published_text_is_in_force(session: Session) -> None:
    put(session, "fee")
    assert states(session, "fee") == {"in_force"}


def test_an_article_in_force_may_have_a_draft_too(session: Session) -> None:
    put(session, "fee")
    put(session, "fee", publish=False, title="新标题")
    assert states(session, "fee") == {"in_force", "draft"}


def test_an_article_in_force_may_have_its_next_text_waiting(session: Session) -> None:
    put(session, "fee")
    put(session, "fee", effective_from=NOW + DAY)
    assert states(session, "fee") == {"in_force", "coming"}
    assert states(session, "fee", NOW + 2 * DAY) == {"in_force"}


def test_what_only_begins_later_is_coming(session: Session) -> None:
    put(session, "fee", effective_from=NOW + DAY)
    assert states(session, "fee") == {"coming"}


def test_what_has_ended_is_expired_until_something_new_holds(session: Session) -> None:
    put(session, "fee", effective_to=NOW - DAY)
    assert states(session, "fee") == {"expired"}
    put(session, "fee", title="新的一版")
    assert states(session, "fee") == {"in_force"}


def test_a_retired_article_is_retired_and_nothing_else(session: Session) -> None:
    put(session, "fee")
    put(session, "gone", effective_to=NOW - DAY)
    for key in ("fee", "gone"):
        articles.retire(session, articles.get(session, key), WRITER)
        assert states(session, key) == {"retired"}


def test_every_state_finds_what_shows_it(session: Session) -> None:
    put(session, "a")
    put(session, "b", publish=False)
    put(session, "c", effective_from=NOW + DAY)
    put(session, "d", effective_to=NOW - DAY)
    put(session, "e")
    articles.retire(session, articles.get(session, "e"), WRITER)
    for key in ("review", "approved", "urgent"):
        put(session, key, publish=False)
        article = articles.get(session, key)
        if key == "urgent":
            reviews.publish_urgently(session, article, WRITER, "等不及")
        else:
            reviews.submit(session, article, WRITER)
        if key == "approved":
            reviews.approve(session, article, Edit(8, NOW), 1)
    long_ago = Edit(7, NOW - 100 * DAY)
    rule = Record("overdue", "旧规章", "正文。", kind="regulation")
    articles.put(session, rule, long_ago, publish_it=True)
    shown = {row.article.key: row.states for row in editorial.listing(session, NOW).rows}
    for state in STATES:
        assert set(keys(session, state=state)) == {key for key in shown if state in shown[key]}
    counts = editorial.counts_by_state(session, NOW)
    assert counts == {"": 9, **dict.fromkeys(STATES, 1), "draft": 3, "in_force": 3}


# Narrowing


def test_filters_narrow_together(session: Session) -> None:
    put(session, "a", kind="faq", category="票务/退票")
    put(session, "b", kind="notice", category="票务/退票")
    put(session, "c", kind="faq", category="行李")
    assert keys(session, kind="faq", category="票务") == ["a"]
    assert keys(session, kind="faq", category="票务", text="标题b") == []


@pytest.mark.parametrize("text", ["100%", "_", "退票", "REFUND", "refund", "\\"])
def test_text_is_found_as_it_is_written_whatever_its_case(session: Session, text: str) -> None:
    put(session, "x1", title="优惠100%")
    put(session, "x2", title="下划线_与\\反斜线")
    put(session, "Refund-3", title="退票")
    found = keys(session, text=text)
    expected = {"100%": "x1", "_": "x2", "退票": "Refund-3", "\\": "x2"}
    assert found == [expected.get(text, "Refund-3")]


def test_the_newest_text_is_what_is_listed(session: Session) -> None:
    put(session, "fee", category="旧")
    put(session, "fee", publish=False, category="新", title="改过的")
    row = editorial.listing(session, NOW).rows[0]
    assert (row.latest.title, row.latest.number) == ("改过的", 2)
    assert keys(session, category="旧") == []


def test_the_last_change_comes_first_and_pages_follow_each_other(session: Session) -> None:
    for hour in range(5):
        record = Record(f"k{hour}", "标题", "正文。")
        articles.put(session, record, Edit(7, NOW + timedelta(hours=hour)))
    first = editorial.listing(session, NOW, limit=3)
    rest = editorial.listing(session, NOW, limit=3, offset=3)
    assert first.total == rest.total == 5
    assert [row.article.key for row in (*first.rows, *rest.rows)] == ["k4", "k3", "k2", "k1", "k0"]


def test_an_export_takes_all_that_the_list_would_page_through(session: Session) -> None:
    for number in range(7):
        put(session, f"k{number}", kind="notice" if number % 2 else "faq")
    found = [r.article.key for r in editorial.newest(session, NOW, kind="notice")]
    assert found == ["k1", "k3", "k5"]


def test_articles_are_counted_by_the_category_of_their_newest_text(session: Session) -> None:
    put(session, "a", category="票务/退票")
    put(session, "b", category="票务")
    put(session, "b", publish=False, category="票务/退票", title="搬过来")
    put(session, "c")
    by_path = {
        path: count
        for id, count in editorial.counts_by_category(session).items()
        for path in editorial.categories_used(session)
        if editorial.listing(session, NOW, category=path).rows[0].latest.category_id == id
    }
    assert by_path["票务/退票"] == 2
    assert sum(editorial.counts_by_category(session).values()) == 2


# Dates that are coming


def test_dates_within_the_span_come_soonest_first(session: Session) -> None:
    put(session, "ends", effective_to=NOW + 2 * DAY)
    put(session, "begins", effective_from=NOW + DAY)
    put(session, "far", effective_from=NOW + 40 * DAY)
    put(session, "past", effective_to=NOW - DAY)
    put(session, "gone", effective_to=NOW + DAY)
    articles.retire(session, articles.get(session, "gone"), WRITER)
    found = editorial.upcoming(session, NOW, 30 * DAY)
    assert [r.article.key for r in found] == ["begins", "ends"]


# Writing


def test_an_article_held_for_writing_is_read_afresh(database: Database) -> None:
    with database.work(SYSTEM, "test") as session:
        put(session, "fee")
    with database.work(SYSTEM, "test") as session:
        seen = articles.get(session, "fee")
        assert articles.hold(session, "fee") is seen
        with pytest.raises(NotFound):
            articles.hold(session, "nowhere")


def test_of_two_who_save_at_the_same_moment_one_is_told(database: Database) -> None:
    """Nobody's text disappears under another's, however close the two come."""
    with database.work(SYSTEM, "test") as session:
        put(session, "fee")
    together = Barrier(2)

    def save(title: str) -> str:
        together.wait()
        try:
            with database.work(SYSTEM, "test") as session:
                article = articles.hold(session, "fee")
                record = replace(article.latest.record(), title=title)
                articles.save(session, article, record, WRITER, version=0)
        except EditConflict:
            return "told"
        return title

    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(save, ["甲", "乙"]))
    with database.reading() as session:
        kept = articles.get(session, "fee").latest.title
    assert sorted(outcomes) == sorted(["told", kept])
