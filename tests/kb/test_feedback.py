"""Votes and reports: counted once, owned by somebody, answered, and never rewritten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb import articles, feedback
from kb.errors import InvalidContent, NotFound, Settled
from kb.feedback import CHANGED, KEPT, OPEN, Passage, Report, Vote, context, locate
from kb.models import Revision

from ..world import NOW, REFUND, World


@pytest.fixture
def revision(world: World) -> Revision:
    return world.article("refund-fee").published[0]


def report(world: World, reason: str = "已经改成7天了", who: str = "agent", **more: object) -> int:
    with world.work(who, "test") as session:
        text = articles.get(session, "refund-fee").published[0]
        passage = locate(text.body, "开车前8天以上退票")
        by = world.person(who).id
        return feedback.report(session, text, passage, reason, by, world.clock(), **more).id  # type: ignore[arg-type]


def test_a_vote_counts_once_and_the_opposite_takes_its_place(
    world: World, revision: Revision
) -> None:
    for helpful in (True, True, False):
        with world.work("agent", "test") as session:
            text = session.get_one(Revision, revision.id)
            feedback.vote(session, text, Passage(), helpful, 1, NOW)
            feedback.vote(session, text, Passage(0, 12), True, 1, NOW)
    with world.reading() as session:
        assert session.query(Vote).count() == 2  # the article, and its answer
        (tally,) = feedback.tallies(session, NOW - timedelta(days=1))
        assert (tally.helpful, tally.unhelpful, tally.n) == (1, 1, 2)
        assert feedback.tallies(session, NOW + timedelta(days=1)) == []


def test_a_report_is_the_owners_and_due_in_three_days(world: World) -> None:
    id = report(world)
    with world.reading() as session:
        found = session.get_one(Report, id)
        assert found.quote == "开车前8天以上退票"
        assert found.owner_id == world.person("reviewer").id
        assert found.due_at == NOW + timedelta(days=3)
        assert not found.is_late(NOW + timedelta(days=3))
        assert found.is_late(NOW + timedelta(days=3, seconds=1))


def test_the_same_person_raises_the_same_passage_once(world: World) -> None:
    first = report(world)
    assert report(world) == first
    assert report(world, "不对，是15天") == first
    assert report(world, who="other_agent") != first
    with world.reading() as session:
        found = session.get_one(Report, first)
        assert found.reason == "不对，是15天"
        assert [(s.kind, s.text) for s in found.steps] == [("again", "不对，是15天")]


def test_an_answered_report_opens_again_with_a_new_reason_and_a_new_date(world: World) -> None:
    id = report(world)
    with world.work("editor", "test") as session:
        feedback.answer(session, id, CHANGED, "", 2, NOW)
    assert report(world) == id  # the same words change nothing
    with world.reading() as session:
        assert session.get_one(Report, id).state == CHANGED
    world.clock.forward(days=1)
    report(world, "还是没改对")
    with world.reading() as session:
        found = session.get_one(Report, id)
        assert (found.state, found.due_at) == (OPEN, NOW + timedelta(days=4))
        assert found.answer is None
        assert [s.kind for s in found.steps] == ["changed", "again"]


def test_keeping_a_text_needs_a_reason_and_an_answer_is_given_once(world: World) -> None:
    id = report(world)
    with world.work("editor", "test") as session:
        with pytest.raises(InvalidContent, match="写明原因"):
            feedback.answer(session, id, KEPT, " ", 2, NOW)
        with pytest.raises(InvalidContent):
            feedback.answer(session, id, "gone", "?", 2, NOW)
        feedback.answer(session, id, KEPT, "文件没有变", 2, NOW)
    with world.work("editor", "test") as session:
        with pytest.raises(Settled, match="不改"):
            feedback.answer(session, id, CHANGED, "", 2, NOW)
        with pytest.raises(NotFound):
            feedback.answer(session, 4711, CHANGED, "", 2, NOW)
    with world.reading() as session:
        (told,) = feedback.untold(session, world.person("agent").id)
        assert told.answer is not None
        assert told.answer.text == "文件没有变"


def test_a_report_is_passed_on_with_its_date(world: World) -> None:
    id, editor = report(world), world.person("editor").id
    with world.work("reviewer", "test") as session:
        feedback.pass_on(session, id, editor, "您管退票", 2, NOW)
        with pytest.raises(InvalidContent, match="已经在他手上"):
            feedback.pass_on(session, id, editor, "", 2, NOW)
    with world.reading() as session:
        assert feedback.queue(session, owner=editor)[0] == 1
        assert feedback.queue(session, owner=world.person("reviewer").id)[0] == 0
        assert session.get_one(Report, id).due_at == NOW + timedelta(days=3)


@pytest.mark.parametrize("reason", ["", "  ", "长" * 1001, "坏\0字", "\ud800"])
def test_what_is_no_reason_is_refused(world: World, reason: str) -> None:
    with pytest.raises(InvalidContent):
        report(world, reason)


# Where a passage stands


@pytest.mark.parametrize(
    "quote, stands",
    [
        ("开车前8天以上退票", "开车前8天以上退票"),
        ("开车前8天以上 退票，不收\n退票费。", "开车前8天以上退票，不收退票费。"),
        ("开车前24小时以上、不足48小时 票价的10%", "开车前24小时以上、不足48小时 | 票价的10%"),
        ("退票时间\t退票费", "退票时间 | 退票费"),
        ("因铁路责任停运的", "因铁路责任停运的"),
        ("没有这句", ""),
        ("", ""),
    ],
)
def test_a_quote_from_the_page_is_found_in_the_markdown(quote: str, stands: str) -> None:
    place = locate(REFUND.body, quote)
    assert REFUND.body[place.start : place.end] == stands


def test_the_second_of_two_equal_quotes_can_be_meant() -> None:
    body = "退票免费。改签免费。"
    assert locate(body, "免费", 1) == Passage(7, 9)
    assert locate(body, "免费", 99) == Passage(7, 9)


@given(st.text(max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_a_passage_is_either_within_the_body_or_all_of_it(body: str, start: int, end: int) -> None:
    kept = Passage(start, end).within(body)
    assert kept == Passage() or body[kept.start : kept.end]
    shown = context(body, start, end)
    assert "\n" not in shown.before + shown.quote + shown.after


def test_the_context_reads_as_words_not_as_markdown() -> None:
    start = REFUND.body.index("票价的5%")
    shown = context(REFUND.body, start, start + 5)
    assert "---" not in shown.before
    assert "|" not in shown.before + shown.after
    assert shown.quote == "票价的5%"
