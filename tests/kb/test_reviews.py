"""Reviews: who may judge, what an approval is worth, and what urgency costs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from kb import approvals, articles, gate, policy, remarks, reviews
from kb.articles import Edit
from kb.errors import (
    EditConflict,
    FrozenRevision,
    InvalidContent,
    NothingToPublish,
    OutOfTurn,
    OwnText,
)
from kb.gate import EVERYTHING
from kb.models import DRAFT, Article
from kb.records import Record
from kb.remarks import find_again
from web.db import SYSTEM, Database

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
AUTHOR, OTHER, THIRD = Edit(1, NOW), Edit(2, NOW), Edit(3, NOW)
FEE = Record("fee", "退票费", "开车前8天以上退票，不收退票费。")


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.work(SYSTEM, "test") as session:
        yield session


@pytest.fixture
def article(session: Session) -> Article:
    """A draft of the author's, not yet sent to anybody."""
    articles.create(session, FEE, AUTHOR)
    return articles.get(session, "fee")


def state(article: Article) -> str:
    return approvals.state_of(article.latest, NOW)


def write(session: Session, article: Article, body: str, edit: Edit = AUTHOR) -> None:
    articles.save(session, article, Record("fee", "退票费", body), edit)


def test_a_draft_is_reviewed_by_another_and_then_published(
    session: Session, article: Article
) -> None:
    reviews.submit(session, article, AUTHOR, reviewer=2, reason="新规")
    assert [r.revision.article.key for r in reviews.queue(session, reviewer=2)] == ["fee"]
    assert reviews.queue(session, reviewer=3) == []
    reviews.approve(session, article, OTHER, 1)
    assert state(article) == "approved"
    reviews.publish(session, article, THIRD)
    word = approvals.on_whose_word(article.latest.reviews)
    assert word is not None
    assert (word.kind, word.decided_by, article.latest.published_by) == ("review", 2, 3)


def test_nobody_approves_what_they_wrote_even_when_another_wrote_last(
    session: Session, article: Article
) -> None:
    write(session, article, "别人改过。", OTHER)
    reviews.submit(session, article, OTHER)
    for writer in (AUTHOR, OTHER):
        with pytest.raises(OwnText):
            reviews.approve(session, article, writer, article.latest.version)
    reviews.approve(session, article, THIRD, article.latest.version)


def test_an_approval_is_for_the_text_that_was_seen_and_for_no_other(
    session: Session, article: Article
) -> None:
    reviews.submit(session, article, AUTHOR)
    write(session, article, "送审以后又改了。")
    with pytest.raises(EditConflict):
        reviews.approve(session, article, OTHER, 1)
    reviews.approve(session, article, OTHER, 2)
    write(session, article, "通过以后又改了。")
    assert state(article) == "draft"


def test_what_is_sent_back_says_why_and_can_be_sent_again(
    session: Session, article: Article
) -> None:
    reviews.submit(session, article, AUTHOR)
    with pytest.raises(InvalidContent):
        reviews.send_back(session, article, OTHER, "  ")
    reviews.send_back(session, article, OTHER, "第二段没有依据")
    assert state(article) == "draft"
    assert [r.verdict for r in reviews.sent_back_to(session, 1)] == ["第二段没有依据"]
    reviews.submit(session, article, AUTHOR)
    assert reviews.sent_back_to(session, 1) == []


def test_asking_twice_and_judging_twice_are_refused(session: Session, article: Article) -> None:
    reviews.submit(session, article, AUTHOR)
    with pytest.raises(OutOfTurn):
        reviews.submit(session, article, AUTHOR)
    reviews.approve(session, article, OTHER, 1)
    with pytest.raises(NothingToPublish):
        reviews.approve(session, article, OTHER, 1)


def test_a_reviewer_may_not_be_one_of_the_writers(session: Session, article: Article) -> None:
    with pytest.raises(OwnText):
        reviews.submit(session, article, AUTHOR, reviewer=1)


def test_who_may_publish_answers_for_an_unreviewed_text_and_it_is_recorded(
    session: Session, article: Article
) -> None:
    reviews.publish(session, article, AUTHOR)
    (word,) = article.latest.reviews
    assert (word.kind, word.outcome, word.decided_by) == ("direct", "approved", 1)


def test_where_four_eyes_are_asked_for_ones_own_text_needs_another(
    session: Session, article: Article
) -> None:
    policy.put(session, policy.FOUR_EYES, 1)
    with pytest.raises(OwnText):
        reviews.publish(session, article, AUTHOR)
    reviews.publish(session, article, OTHER)
    assert article.latest.published_by == 2


def test_an_import_is_its_own_approval_and_says_so(session: Session) -> None:
    policy.put(session, policy.FOUR_EYES, 1)
    articles.put(session, FEE, AUTHOR, publish_it=True)
    (word,) = articles.get(session, "fee").latest.reviews
    assert (word.kind, word.outcome) == ("import", "approved")


# Later, and not at all


def test_a_schedule_can_be_put_off_until_its_moment(session: Session, article: Article) -> None:
    reviews.publish(session, article, OTHER, at=NOW + timedelta(hours=1))
    assert state(article) == "scheduled"
    reviews.unschedule(session, article, Edit(2, NOW + timedelta(minutes=59)))
    assert (state(article), article.latest.state) == ("approved", DRAFT)
    reviews.publish(session, article, OTHER, at=NOW + timedelta(hours=1))
    with pytest.raises(OutOfTurn):
        reviews.unschedule(session, article, Edit(2, NOW + timedelta(hours=1)))


def test_what_has_been_shown_cannot_be_made_a_draft_by_any_way_round(
    session: Session, article: Article
) -> None:
    reviews.publish(session, article, OTHER)
    shown = article.latest
    shown.state, shown.published_at, shown.changed_at = DRAFT, None, NOW
    with pytest.raises(FrozenRevision):
        session.flush()


@pytest.mark.parametrize("field", ["effective_from", "effective_to", "published_at", "audiences"])
def test_no_date_of_a_published_revision_can_be_changed(
    session: Session, article: Article, field: str
) -> None:
    """A change of dates is a new revision, like any other."""
    reviews.publish(session, article, OTHER)
    setattr(article.latest, field, ["班长"] if field == "audiences" else NOW + timedelta(days=1))
    with pytest.raises(FrozenRevision):
        session.flush()


def test_a_draft_put_off_comes_after_what_was_published_meanwhile(
    session: Session, article: Article
) -> None:
    reviews.publish(session, article, OTHER, at=NOW + timedelta(days=1))
    write(session, article, "等不及，先发这一版。")
    reviews.publish(session, article, OTHER)
    put_off = reviews.unschedule(session, article, OTHER)
    assert (put_off.number, article.latest) == (3, put_off)
    reviews.publish(session, article, OTHER)
    assert gate.in_force(session, EVERYTHING, NOW, "fee").body == FEE.body


def test_a_schedule_lies_ahead(session: Session, article: Article) -> None:
    with pytest.raises(InvalidContent):
        reviews.publish(session, article, OTHER, at=NOW)


# What could not wait


def test_an_urgent_text_is_out_at_once_and_waits_for_its_review(
    session: Session, article: Article
) -> None:
    with pytest.raises(InvalidContent):
        reviews.publish_urgently(session, article, AUTHOR, "")
    reviews.publish_urgently(session, article, AUTHOR, "线路刚刚中断")
    assert gate.in_force(session, EVERYTHING, NOW, "fee").number == 1
    assert [r.reason for r in reviews.queue(session, kind="urgent")] == ["线路刚刚中断"]
    with pytest.raises(OwnText):
        reviews.approve(session, article, AUTHOR, 1)
    reviews.approve(session, article, OTHER, 1)
    assert (state(article), reviews.queue(session, kind="urgent")) == ("published", [])


def test_who_published_in_a_hurry_does_not_review_it_either(
    session: Session, article: Article
) -> None:
    reviews.publish_urgently(session, article, OTHER, "等不及")
    with pytest.raises(OwnText):
        reviews.approve(session, article, OTHER, 1)


def test_taken_back_the_text_before_is_in_force_again_and_nothing_is_rewritten(
    session: Session, article: Article
) -> None:
    reviews.publish(session, article, OTHER)
    write(session, article, "写错了的。")
    reviews.publish_urgently(session, article, AUTHOR, "等不及")
    write(session, article, "有人已经在写下一稿。", THIRD)
    reviews.take_back(session, article, OTHER, "数字不对")
    held = gate.in_force(session, EVERYTHING, NOW, "fee")
    assert (held.number, held.body) == (3, FEE.body)
    assert article.draft is article.latest
    assert [r.body for r in article.revisions][-1] == "有人已经在写下一稿。"
    assert approvals.state_of(article.revisions[1], NOW) == "taken_back"


def test_taken_back_a_text_with_none_before_it_is_retired(
    session: Session, article: Article
) -> None:
    reviews.publish_urgently(session, article, AUTHOR, "等不及")
    assert reviews.take_back(session, article, OTHER, "没有这回事") is None
    assert article.retired_at == NOW


def test_an_old_text_comes_back_as_a_draft(session: Session, article: Article) -> None:
    reviews.publish(session, article, OTHER)
    write(session, article, "新的。")
    reviews.publish(session, article, OTHER)
    reviews.restore(session, article, 1, THIRD)
    assert article.draft is not None
    assert (article.draft.number, article.draft.body) == (3, FEE.body)
    with pytest.raises(InvalidContent):
        reviews.restore(session, article, 1, THIRD)


# Remarks


def test_a_remark_stays_with_its_words_when_the_text_moves(
    session: Session, article: Article
) -> None:
    remark = remarks.add(session, article.latest, OTHER, text="依据？", quote="不收退票费")
    write(session, article, "先说明。\n\n" + FEE.body)
    place = find_again(article.latest.body, remark.quote, remark.start)
    assert place is not None
    assert article.latest.body[slice(*place)] == "不收退票费"
    remarks.settle(session, remark, AUTHOR, resolved=True)
    assert remark.resolved_by == 1
    remarks.settle(session, remark, OTHER, resolved=False)
    assert remark.resolved_at is None


def test_words_taken_from_the_set_page_are_found_in_their_source(
    session: Session, article: Article
) -> None:
    write(session, article, "| 时间 | 费用 |\n| --- | --- |\n| 24小时**以内** | 票价的20% |")
    remark = remarks.add(
        session, article.latest, OTHER, text="多少？", quote="24小时以内 票价的20%"
    )
    assert remark.quote == "24小时**以内** | 票价的20%"


@pytest.mark.parametrize(
    "given", [{"text": " "}, {"text": "字" * 1001}, {"text": "a\0"}, {"quote": "没有这句"}]
)
def test_a_remark_that_cannot_be_kept_says_why(
    session: Session, article: Article, given: dict[str, str]
) -> None:
    with pytest.raises(InvalidContent):
        remarks.add(session, article.latest, OTHER, **({"text": "好"} | given))


@given(st.text("甲乙*\n |"), st.text("甲乙 *"), st.integers(0, 30))
def test_what_is_found_again_lies_in_the_text(body: str, quote: str, start: int) -> None:
    place = find_again(body, quote, start)
    if place is not None:
        assert 0 <= place[0] < place[1] <= len(body)
    if quote and quote in body:
        assert place is not None
        assert body[slice(*place)] == quote
