"""The life of an article: drafted, published, frozen, retired, revived."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import articles, changes
from kb.articles import Edit
from kb.errors import (
    EditConflict,
    FrozenRevision,
    InvalidContent,
    NotFound,
    NothingToPublish,
)
from kb.models import DRAFT, PUBLISHED, Article, IndexChange
from kb.records import Record
from web.db import SYSTEM, Database

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
WRITER = Edit(7, NOW)
FEE = Record(
    "fee", "退票费怎么收", "开车前8天以上退票，不收退票费。", kind="faq", category="票务/退票"
)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.work(SYSTEM, "test") as session:
        yield session


def later(**length: float) -> Edit:
    return Edit(8, NOW + timedelta(**length))


# Drafts


def test_a_new_article_is_a_first_draft_of_its_writer(session: Session) -> None:
    draft = articles.create(session, FEE, WRITER, note="按新规")
    assert (draft.number, draft.state, draft.version, draft.note) == (1, DRAFT, 1, "按新规")
    assert draft.author_id == 7
    assert draft.article.owner_id == 7
    assert draft.record() == FEE


def test_a_key_belongs_to_one_article(session: Session) -> None:
    articles.create(session, FEE, WRITER)
    with pytest.raises(InvalidContent) as wrong:
        articles.create(session, replace(FEE, title="另一篇"), WRITER)
    assert wrong.value.field == "key"


def test_saving_goes_on_with_the_draft_that_is_there(session: Session) -> None:
    article = articles.create(session, FEE, WRITER).article
    draft = articles.save(session, article, replace(FEE, title="退票费"), later(hours=1), version=1)
    assert (draft.number, draft.version, draft.title) == (1, 2, "退票费")
    assert (draft.author_id, draft.changed_at) == (8, NOW + timedelta(hours=1))
    assert len(article.revisions) == 1


def test_a_draft_that_was_changed_meanwhile_is_not_overwritten(session: Session) -> None:
    article = articles.create(session, FEE, WRITER).article
    articles.save(session, article, replace(FEE, title="他写的"), WRITER, version=1)
    with pytest.raises(EditConflict):
        articles.save(session, article, replace(FEE, title="我写的"), WRITER, version=1)
    assert article.latest.title == "他写的"


def test_who_saw_no_draft_does_not_write_over_one(session: Session) -> None:
    article = articles.create(session, FEE, WRITER).article
    with pytest.raises(EditConflict):
        articles.save(session, article, FEE, WRITER, version=0)


def test_a_published_text_is_continued_in_a_draft_of_its_own(session: Session) -> None:
    article = _published(session)
    draft = articles.save(session, article, replace(FEE, title="新标题"), WRITER, version=0)
    assert (draft.number, draft.state) == (2, DRAFT)
    assert article.revisions[0].title == FEE.title


def test_a_thrown_away_draft_leaves_what_was_published(session: Session) -> None:
    article = _published(session)
    articles.save(session, article, replace(FEE, title="新标题"), WRITER)
    articles.discard(session, article)
    assert [(r.number, r.state) for r in article.revisions] == [(1, PUBLISHED)]


def test_an_article_that_was_only_a_draft_goes_with_it(session: Session) -> None:
    article = articles.create(session, FEE, WRITER).article
    articles.discard(session, article)
    assert articles.find(session, "fee") is None


def test_without_a_draft_there_is_nothing_to_throw_away(session: Session) -> None:
    article = _published(session)
    articles.discard(session, article)
    assert len(articles.get(session, "fee").revisions) == 1


# Publishing and retiring


def test_publishing_says_who_and_when(session: Session) -> None:
    article = articles.create(session, FEE, WRITER).article
    revision = articles.publish(session, article, later(hours=2))
    assert revision.state == PUBLISHED
    assert (revision.published_by, revision.published_at) == (8, NOW + timedelta(hours=2))
    assert revision.author_id == 7


def test_there_must_be_something_to_publish(session: Session) -> None:
    with pytest.raises(NothingToPublish):
        articles.publish(session, _published(session), WRITER)


def test_a_retired_article_comes_back_as_it_was(session: Session) -> None:
    article = _published(session)
    articles.retire(session, article, later(days=1))
    assert (article.retired_by, article.retired_at) == (8, NOW + timedelta(days=1))
    articles.publish(session, article, later(days=2))
    assert article.retired_at is None
    assert [r.number for r in article.revisions] == [1]


def test_retiring_twice_keeps_the_first_time(session: Session) -> None:
    article = _published(session)
    articles.retire(session, article, later(days=1))
    articles.retire(session, article, later(days=2))
    assert article.retired_at == NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", "改过的标题"),
        ("body", "改过的正文"),
        ("audiences", ["班长"]),
        ("effective_to", NOW),
        ("state", DRAFT),
        ("published_by", 99),
        ("data", {"改": 1}),
    ],
)
def test_a_published_text_cannot_be_rewritten(database: Database, name: str, value: object) -> None:
    with database.work(SYSTEM, "test") as session:
        _published(session)
    with pytest.raises(FrozenRevision), database.work(SYSTEM, "test") as session:
        setattr(articles.get(session, "fee").latest, name, value)
    with database.reading() as session:
        assert articles.get(session, "fee").latest.record() == FEE


def test_a_published_text_cannot_be_deleted(database: Database) -> None:
    with database.work(SYSTEM, "test") as session:
        _published(session)
    with pytest.raises(FrozenRevision), database.work(SYSTEM, "test") as session:
        session.delete(articles.get(session, "fee").latest)
    with pytest.raises(FrozenRevision), database.work(SYSTEM, "test") as session:
        session.delete(articles.get(session, "fee"))
    with database.reading() as session:
        assert articles.get(session, "fee").latest.state == PUBLISHED


# What may be kept


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"key": "  "}, "key"),
        ({"title": " \u3000"}, "title"),
        ({"title": "字" * 301}, "title"),
        ({"body": "\n \n"}, "body"),
        ({"body": "字" * 200_001}, "body"),
        ({"body": "a\0b"}, "body"),
        ({"kind": "poem"}, "kind"),
        ({"category": "/".join("abcdefg")}, "category"),
        ({"category": "长" * 61}, "category"),
        ({"tags": tuple(map(str, range(51)))}, "tags"),
        ({"questions": ("问" * 201,)}, "questions"),
        ({"effective_from": NOW, "effective_to": NOW}, "effective_to"),
        ({"effective_from": NOW, "effective_to": NOW - timedelta(days=1)}, "effective_to"),
    ],
)
def test_content_that_cannot_be_kept_names_its_field(
    session: Session, changed: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidContent) as wrong:
        articles.create(session, replace(FEE, **changed), WRITER)  # type: ignore[arg-type]
    assert wrong.value.field == field
    assert session.scalars(select(Article)).all() == []


def test_labels_lose_blanks_and_repeats() -> None:
    record = articles.clean(
        replace(FEE, tags=(" 退票 ", "", "费用", "退票"), category=" 票务 // 退票/")
    )
    assert record.tags == ("退票", "费用")
    assert record.category == "票务/退票"


def test_every_character_of_a_text_comes_back(session: Session) -> None:
    odd = replace(
        FEE,
        title="𠮷野家 🚄 “％_\\'”",
        body="第一行\n\t第二行 \U0010ffff 👩\u200d👩\u200d👧 ％_%\\ ' \" \u2028 完",
        tags=("C++", '"引号"', "百分%号_"),
        data={"来源": {"行": [1, 2.5, None, True, "𠮷"]}},
    )
    articles.create(session, odd, WRITER)
    session.flush()
    session.expire_all()
    assert articles.get(session, "fee").latest.record() == odd


def test_an_unknown_key_is_named(session: Session) -> None:
    with pytest.raises(NotFound) as missing:
        articles.get(session, "没有这篇")
    assert missing.value.name == "没有这篇"


# Imports


def test_the_same_record_again_changes_nothing(session: Session) -> None:
    assert articles.put(session, FEE, WRITER, publish_it=True) == "created"
    assert articles.put(session, FEE, later(days=1), publish_it=True) == "unchanged"
    assert len(articles.get(session, "fee").revisions) == 1


def test_a_changed_record_is_a_new_revision(session: Session) -> None:
    articles.put(session, FEE, WRITER, publish_it=True)
    assert articles.put(session, replace(FEE, title="改"), WRITER, publish_it=True) == "revised"
    assert [r.title for r in articles.get(session, "fee").published] == [FEE.title, "改"]


def test_an_import_to_publish_brings_back_what_was_retired(session: Session) -> None:
    articles.put(session, FEE, WRITER, publish_it=True)
    articles.retire(session, articles.get(session, "fee"), WRITER)
    assert articles.put(session, FEE, WRITER, publish_it=True) == "revised"
    assert articles.get(session, "fee").retired_at is None


# The index hears of it


def test_every_change_is_noted_for_the_index(database: Database) -> None:
    def noted(act: Callable[[Session], object]) -> int:
        with database.work(SYSTEM, "test") as session:
            act(session)
        with database.work(SYSTEM, "test") as session:
            waiting = changes.batch(session)
            changes.acknowledge(session, [token for token, _ in waiting])
        return len(waiting)

    assert noted(lambda session: articles.create(session, FEE, WRITER)) == 1
    assert noted(lambda session: articles.publish(session, articles.get(session, "fee"), WRITER))
    assert noted(lambda session: articles.retire(session, articles.get(session, "fee"), WRITER))
    assert noted(lambda session: articles.publish(session, articles.get(session, "fee"), WRITER))
    assert noted(lambda session: articles.get(session, "fee")) == 0


def test_what_is_rolled_back_is_not_noted(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.work(SYSTEM, "test") as session:
        articles.create(session, FEE, WRITER)
        raise ZeroDivisionError
    with database.reading() as session:
        assert articles.find(session, "fee") is None
        assert session.scalars(select(IndexChange)).all() == []


# Any order of events


STEPS = st.lists(
    st.sampled_from(["save", "publish", "discard", "retire", "put"]), min_size=1, max_size=12
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_history_only_grows(database: Database, steps: list[str]) -> None:
    """At most one draft, always the newest; published texts stay word for word."""
    with database.reading() as session:  # thrown away at the end
        articles.create(session, FEE, WRITER)
        frozen: dict[int, Record] = {}
        for count, step in enumerate(steps):
            article = articles.find(session, "fee")
            if article is None:  # only ever a draft, and thrown away
                assert not frozen
                articles.create(session, FEE, WRITER)
                article = articles.get(session, "fee")
            _take(session, article, step, replace(FEE, title=f"第{count}稿"), later(hours=count))
            session.expire_all()
            found = articles.find(session, "fee")
            revisions = found.revisions if found else []
            drafts = [r for r in revisions if r.state == DRAFT]
            assert [r.number for r in revisions] == sorted({r.number for r in revisions})
            assert drafts in ([], revisions[-1:])
            for number, record in frozen.items():
                assert {r.number: r for r in revisions}[number].record() == record
            frozen = {r.number: r.record() for r in revisions if r.state == PUBLISHED}


def _take(session: Session, article: Article, step: str, record: Record, edit: Edit) -> None:
    if step == "save":
        articles.save(session, article, record, edit)
    elif step == "publish" and (article.draft or article.retired_at):
        articles.publish(session, article, edit)
    elif step == "discard":
        articles.discard(session, article)
    elif step == "retire":
        articles.retire(session, article, edit)
    elif step == "put":
        articles.put(session, record, edit, publish_it=True)


def _published(session: Session) -> Article:
    article = articles.create(session, FEE, WRITER).article
    articles.publish(session, article, WRITER)
    return article
