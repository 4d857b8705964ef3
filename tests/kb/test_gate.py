"""The gate: which text holds at a moment, and whom it may be shown to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import articles, gate
from kb.articles import Edit
from kb.errors import NotFound
from kb.gate import EVERYTHING, Viewer
from kb.models import PUBLISHED, Article, Revision
from kb.records import Record
from web.db import SYSTEM, Database

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
WRITER = Edit(7, NOW)
EVERYONE = Viewer()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.work(SYSTEM, "test") as session:
        yield session


def days(count: float | None) -> datetime | None:
    return None if count is None else NOW + timedelta(days=count)


def publish(
    session: Session,
    key: str = "fee",
    *,
    begins: float | None = None,
    ends: float | None = None,
    **more: object,
) -> Revision:
    """Publish one more revision of an article; its time in days from now."""
    record = Record(
        key, f"标题{key}", "正文。", effective_from=days(begins), effective_to=days(ends)
    )
    articles.put(session, replace(record, **more), WRITER, publish_it=True)  # type: ignore[arg-type]
    return articles.get(session, key).latest


def held(session: Session, at: datetime = NOW, viewer: Viewer = EVERYONE, key: str = "fee") -> int:
    """The number of the revision in force, 0 for none."""
    try:
        return gate.in_force(session, viewer, at, key).number
    except NotFound:
        return 0


# Which text holds


def test_the_newest_published_text_holds(session: Session) -> None:
    publish(session)
    publish(session, title="新")
    assert held(session) == 2


def test_a_text_holds_from_its_first_moment_until_before_its_last(session: Session) -> None:
    publish(session, begins=1, ends=3)
    moments = [NOW, NOW + timedelta(days=1), NOW + timedelta(days=3, microseconds=-1)]
    assert [held(session, at) for at in moments] == [0, 1, 1]
    assert held(session, NOW + timedelta(days=3)) == 0


def test_a_coming_text_waits_and_the_present_one_goes_on(session: Session) -> None:
    publish(session)
    publish(session, begins=2)
    assert held(session) == 1
    assert held(session, NOW + timedelta(days=2)) == 2


def test_when_the_newest_has_ended_an_older_one_does_not_come_back(session: Session) -> None:
    publish(session)
    publish(session, ends=1)
    assert held(session, NOW + timedelta(days=2)) == 0


def test_a_draft_does_not_hold_and_hides_nothing(session: Session) -> None:
    publish(session)
    article = articles.get(session, "fee")
    articles.save(session, article, Record("fee", "草稿", "没发布。"), WRITER)
    assert held(session) == 1


def test_nothing_of_a_retired_article_holds(session: Session) -> None:
    publish(session)
    articles.retire(session, articles.get(session, "fee"), WRITER)
    assert held(session) == 0


def test_unknown_and_forbidden_are_told_apart_by_nobody(session: Session) -> None:
    publish(session, audiences=("班长",))
    with pytest.raises(NotFound) as hidden:
        gate.in_force(session, EVERYONE, NOW, "fee")
    with pytest.raises(NotFound) as missing:
        gate.in_force(session, EVERYONE, NOW, "nowhere")
    assert str(hidden.value).replace("fee", "X") == str(missing.value).replace("nowhere", "X")


OFFSETS = st.none() | st.integers(-3, 3)


@st.composite
def spans(draw: st.DrawFn) -> tuple[int | None, int | None]:
    begins, ends = draw(OFFSETS), draw(OFFSETS)
    if begins is not None and ends is not None and ends <= begins:
        ends = begins + 1
    return begins, ends


STEPS = st.one_of(
    st.tuples(st.sampled_from(["publish", "save"]), spans()),
    st.tuples(st.sampled_from(["retire", "revive", "discard"]), st.none()),
)
HISTORIES = st.lists(st.tuples(st.sampled_from(["one", "two"]), STEPS), min_size=1, max_size=12)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORIES, at=st.integers(-4, 4), edge=st.sampled_from([-1, 0, 1]))
def test_the_database_and_the_pure_rule_agree_on_every_history(
    database: Database,
    history: list[tuple[str, tuple[str, tuple[int | None, int | None] | None]]],
    at: int,
    edge: int,
) -> None:
    """Two articles with random drafts, publications, dates and retirements, at any moment."""
    moment = NOW + timedelta(days=at, microseconds=edge)
    with database.reading() as session:  # thrown away at the end
        for count, (key, (step, span)) in enumerate(history):
            _take(session, key, step, span, count)
        session.expire_all()
        said = set(session.scalars(select(Revision.id).join(Article).where(gate.holds(moment))))
        meant = {
            holding.id
            for article in session.scalars(select(Article))
            if article.retired_at is None
            and (holding := gate.decide(article.revisions, moment)) is not None
        }
        assert said == meant
        assert said <= {r.id for a in session.scalars(select(Article)) for r in _index_holds(a)}
        assert {r.id for r in gate.browse(session, EVERYONE, moment).revisions} == said
        assert set(gate.admit(session, EVERYONE, moment, _all_ids(session))) == said


def _take(
    session: Session, key: str, step: str, span: tuple[int | None, int | None] | None, count: int
) -> None:
    article = articles.find(session, key)
    if span is not None:
        record = Record(
            key, f"第{count}稿", "正文。", effective_from=days(span[0]), effective_to=days(span[1])
        )
        articles.put(session, record, WRITER, publish_it=step == "publish")
    elif article is None:
        return
    elif step == "retire":
        articles.retire(session, article, WRITER)
    elif step == "discard":
        articles.discard(session, article)
    elif article.retired_at is not None:
        articles.publish(session, article, WRITER)


def _index_holds(article: Article) -> list[Revision]:
    """What an index built at the very beginning would keep of it."""
    return gate.live(article.revisions, NOW - timedelta(days=10))


def _all_ids(session: Session) -> Sequence[int]:
    return session.scalars(select(Revision.id)).all()


# Whom it may be shown to


NAMES = [
    "A",
    "班长",
    "票务一组",
    "票务",
    "a",
    "a%",
    "_",
    "%",
    '"',
    "'",
    "\\",
    'a","b',
    "[]",
    "𠮷",
    "a/b",
]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(
        st.lists(st.sampled_from(NAMES), max_size=3, unique=True), min_size=1, max_size=5
    ),
    names=st.frozensets(st.sampled_from(NAMES), max_size=3) | st.none(),
)
def test_the_database_and_the_viewer_agree_on_every_name(
    database: Database, texts: list[list[str]], names: frozenset[str] | None
) -> None:
    """Also where names hold quotes, backslashes, %, _ or parts of each other."""
    viewer = Viewer(names)
    with database.reading() as session:  # thrown away at the end
        for number, audiences in enumerate(texts):
            publish(session, f"k{number}", audiences=tuple(audiences))
        said = {r.article.key for r in gate.browse(session, viewer, NOW).revisions}
        assert said == {f"k{n}" for n, audiences in enumerate(texts) if viewer.may_see(audiences)}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    audience=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=6),
    wider=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=3),
)
def test_a_longer_name_is_another_name(database: Database, audience: str, wider: str) -> None:
    with database.reading() as session:
        publish(session, audiences=(audience,))
        kept = articles.get(session, "fee").latest.audiences
        viewer = Viewer(frozenset({audience.strip() + wider}))
        assert bool(held(session, viewer=viewer)) == viewer.may_see(kept)


def test_a_text_for_nobody_in_particular_is_for_everyone(session: Session) -> None:
    publish(session)
    assert held(session, viewer=Viewer(frozenset())) == 1


def test_who_may_see_everything_sees_what_is_for_others(session: Session) -> None:
    publish(session, audiences=("班长",))
    assert held(session) == 0
    assert held(session, viewer=EVERYTHING) == 1


# Looking around


def test_a_category_shows_its_branches_and_not_its_namesakes(session: Session) -> None:
    publish(session, "a", category="票务/退票")
    publish(session, "b", category="票务")
    publish(session, "c", category="票务说明")
    publish(session, "d", category="票%务")
    found = gate.browse(session, EVERYONE, NOW, category="票务").revisions
    assert {r.article.key for r in found} == {"a", "b"}
    assert gate.counts_by_category(session, EVERYONE, NOW) == {
        "票务/退票": 1,
        "票务": 1,
        "票务说明": 1,
        "票%务": 1,
    }


def test_a_page_of_a_longer_list_knows_the_whole(session: Session) -> None:
    for number in range(5):
        publish(session, f"k{number}", kind="notice", tags=("春运",))
    publish(session, "other")
    page = gate.browse(session, EVERYONE, NOW, kind="notice", tag="春运", offset=4, limit=2)
    assert (page.total, len(page.revisions)) == (5, 1)


def test_the_index_holds_what_is_and_what_will_be_in_force(session: Session) -> None:
    publish(session)
    publish(session, begins=2, ends=4)
    publish(session, begins=3)
    revisions = articles.get(session, "fee").published
    kept = [r.number for r in gate.live(revisions, NOW)]
    assert kept == [1, 2, 3]
    assert [r.number for r in gate.live(revisions, NOW + timedelta(days=3))] == [3]
    assert all(r.state == PUBLISHED for r in revisions)
