"""From a call before an inspector to its score, and to the scores after that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from kb.errors import InvalidContent, Settled
from qa import drafts, reviews, rubric_read, settings
from qa.drafts import Marked
from qa.errors import BadMarks, NotYours, OwnCall, StaleDraft, Unfinished
from qa.marks import so_far
from qa.score import score, worth
from qa.tables import Call, Draft, Review, Scorecard, ScorecardVersion

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
AGENT, INSPECTOR, OTHER, LEAD = 1, 3, 4, 9
YES_NO = [{"key": "yes", "points": 10}, {"key": "no", "points": 0}]
CONTENT: dict[str, Any] = {
    "title": "通话",
    "mode": "points",
    "sections": [
        {
            "key": "s",
            "title": "全部",
            "items": [
                {"key": "greet", "title": "开场", "kind": "choice", "na": True, "options": YES_NO},
                {
                    "key": "answer",
                    "title": "答复",
                    "kind": "choice",
                    "options": [*YES_NO, {"key": "wrong", "points": 0, "fails": True}],
                    "fatal": "form",
                },
                {
                    "key": "why",
                    "title": "错在哪里",
                    "kind": "number",
                    "when": {"item": "answer", "in": ["no"]},
                    "ranges": [{"from": 0, "to": 5, "points": 2}],
                },
                {
                    "key": "extra",
                    "title": "额外",
                    "kind": "choice",
                    "bonus": True,
                    "options": [{"key": "yes", "points": 5}, {"key": "no", "points": 0}],
                },
            ],
        }
    ],
}
WHOLE = {"greet": "yes", "answer": "yes", "extra": "no"}


def a_call(session: Session, key: str = "C1", agent: int = AGENT) -> Call:
    call = Call(key=key, agent_id=agent, started_at=NOW, seconds=120.0, added_at=NOW)
    session.add(call)
    session.flush()
    return call


def a_version(session: Session, content: dict[str, Any] | None = None) -> ScorecardVersion:
    version = ScorecardVersion(
        number=1,
        state="active",
        title="通话",
        content=content or CONTENT,
        created_at=NOW,
        changed_at=NOW,
    )
    session.add(Scorecard(key="calls", created_at=NOW, versions=[version]))
    session.flush()
    return version


@pytest.fixture
def review(session: Session) -> Review:
    """A review that waits for the inspector."""
    return reviews.create(
        session, a_call(session), a_version(session), by=LEAD, at=NOW, inspector=INSPECTOR
    )


def put(session: Session, review: Review, saves: int, after: float = 0, **marked: Any) -> Draft:
    at = NOW + timedelta(seconds=after)
    return reviews.save(session, review, Marked(**marked), saves, by=INSPECTOR, at=at)


def test_finishing_makes_the_first_score_with_a_row_for_every_item_that_was_shown(
    session: Session, review: Review
) -> None:
    """By hand: 10 + 10 of 20 points, the bonus not earned: 100.00."""
    put(session, review, 0, answers=WHOLE, notes={"greet": "很自然"}, comment="好")
    made = reviews.finish(session, review, by=INSPECTOR, at=NOW)
    assert (made.number, made.cause, made.reported, review.scored) == (1, "review", 100.0, 1)
    assert (review.state, review.finished_at) == ("finished", NOW)
    assert review.appeal_until == NOW + timedelta(days=settings.value(session, "appeal_days"))
    assert [(i.item, i.applies, i.failed, i.earned, i.possible) for i in made.items] == [
        ("greet", True, False, 10.0, 10.0),
        ("answer", True, False, 10.0, 10.0),
        ("extra", True, False, 0.0, 0.0),
    ]
    assert (made.notes, made.comment) == ({"greet": "很自然"}, "好")
    assert reviews.current(session, review).answers == WHOLE


def test_a_fatal_answer_fails_its_item_and_an_item_that_does_not_apply_fails_nothing(
    session: Session, review: Review
) -> None:
    put(session, review, 0, answers={"greet": "na", "answer": "wrong", "extra": "yes"})
    made = reviews.finish(session, review, by=INSPECTOR, at=NOW)
    assert made.reported == 0.0
    assert [(i.item, i.applies, i.failed, i.earned) for i in made.items] == [
        ("greet", False, False, None),
        ("answer", True, True, 0.0),
        ("extra", True, False, 5.0),
    ]


def test_what_is_unanswered_is_named_and_nothing_is_scored(
    session: Session, review: Review
) -> None:
    put(session, review, 0, answers={"answer": "no", "why": 7})
    with pytest.raises(Unfinished) as caught:
        reviews.finish(session, review, by=INSPECTOR, at=NOW)
    assert [(key, told) for key, _, told in caught.value.items] == [
        ("greet", "没有作答"),
        ("why", "数值 7 不在任何区间内"),
        ("extra", "没有作答"),
    ]
    assert (review.state, review.scores) == ("begun", [])


def test_a_review_is_finished_once(session: Session, review: Review) -> None:
    put(session, review, 0, answers=WHOLE)
    reviews.finish(session, review, by=INSPECTOR, at=NOW)
    for again in (
        lambda: reviews.finish(session, review, by=INSPECTOR, at=NOW),
        lambda: put(session, review, 1, answers={}),
        lambda: reviews.cancel(session, review, by=LEAD, at=NOW, reason="x"),
        lambda: reviews.reassign(session, review, OTHER, by=LEAD, at=NOW),
    ):
        with pytest.raises(Settled, match="已经完成"):
            again()
    assert [s.number for s in review.scores] == [1]


def test_only_its_inspector_marks_and_finishes_a_review(session: Session, review: Review) -> None:
    with pytest.raises(NotYours):
        reviews.save(session, review, Marked(WHOLE), 0, by=OTHER, at=NOW)
    with pytest.raises(NotYours):
        reviews.finish(session, review, by=OTHER, at=NOW)


def test_nobody_is_given_his_own_call_or_one_he_may_never_score(session: Session) -> None:
    call, version = a_call(session), a_version(session)
    for inspector, never in ((AGENT, frozenset[int]()), (INSPECTOR, frozenset({AGENT}))):
        with pytest.raises(OwnCall):
            reviews.create(
                session, call, version, by=LEAD, at=NOW, inspector=inspector, never=never
            )
    free = reviews.create(session, call, version, by=LEAD, at=NOW)
    with pytest.raises(OwnCall):
        reviews.reassign(session, free, AGENT, by=LEAD, at=NOW)
    with pytest.raises(OwnCall):
        reviews.begin(session, free, by=AGENT, at=NOW)
    reviews.begin(session, free, by=INSPECTOR, at=NOW)
    assert (free.inspector_id, free.state) == (INSPECTOR, "begun")


def test_a_call_is_scored_once_on_a_scorecard_unless_that_review_was_cancelled(
    session: Session, review: Review
) -> None:
    again: dict[str, Any] = {"by": LEAD, "at": NOW, "inspector": OTHER}
    with pytest.raises(Settled, match="已经派出去了"):
        reviews.create(session, review.call, review.version, **again)
    second = reviews.create(session, review.call, review.version, purpose="calibration", **again)
    assert second.purpose == "calibration"
    reviews.cancel(session, review, by=LEAD, at=NOW, reason="录音坏了")
    assert reviews.create(session, review.call, review.version, **again).state == "waiting"
    with pytest.raises(InvalidContent, match="请写明取消的理由"):
        reviews.cancel(session, second, by=LEAD, at=NOW, reason="　")


def test_a_save_from_an_older_page_changes_nothing_and_says_so(
    session: Session, review: Review
) -> None:
    put(session, review, 0, answers={"greet": "yes"}, page="old", turn=1)
    assert reviews.claim(session, review, "new", 1, by=INSPECTOR, at=NOW).saves == 2
    put(session, review, 2, answers={"greet": "no"}, page="new", turn=1)
    with pytest.raises(StaleDraft) as caught:
        put(session, review, 1, answers={"greet": "na"}, page="old", turn=2)
    assert caught.value.saves == 3
    assert reviews.current(session, review).answers == {"greet": "no"}


def test_a_page_whose_answer_was_lost_on_the_way_saves_over_its_own(
    session: Session, review: Review
) -> None:
    """The page never heard of save 1; what was overtaken by its own successor changes nothing."""
    put(session, review, 0, answers={"greet": "yes"}, page="p", turn=1)
    put(session, review, 0, answers={"greet": "no"}, page="p", turn=3)
    assert put(session, review, 0, answers={"greet": "yes"}, page="p", turn=2).saves == 2
    assert reviews.current(session, review).answers == {"greet": "no"}


def test_marks_go_with_their_inspector_when_a_review_is_given_to_somebody_else(
    session: Session, review: Review
) -> None:
    put(session, review, 0, answers=WHOLE)
    reviews.reassign(session, review, OTHER, by=LEAD, at=NOW, reason="请假")
    assert (review.state, review.inspector_id, review.reason) == ("waiting", OTHER, "请假")
    assert reviews.current(session, review).answers == {}


def test_work_is_no_longer_than_the_time_that_passed(session: Session, review: Review) -> None:
    """Shown by the page: at most what has passed. Not shown: at most a minute for each save."""
    put(session, review, 0, worked=0.0, page="p", turn=1)
    assert put(session, review, 1, after=90, worked=80.0, page="p", turn=2).worked == 80.0
    assert put(session, review, 2, after=100, worked=9e9, page="p", turn=3).worked == 90.0
    assert put(session, review, 3, after=700, page="p", turn=4).worked == 150.0
    assert put(session, review, 4, after=710, worked=float("nan"), page="q").worked == 150.0


@pytest.mark.parametrize(
    ("marked", "told"),
    [
        ({"answers": {"nobody": "yes"}}, "没有评分项“nobody”"),
        ({"answers": {"greet": {"x": 1}}}, "“开场”的答案无法识别"),
        ({"answers": {"greet": True}}, "“开场”的答案无法识别"),
        ({"answers": {"why": 1e300}}, "“错在哪里”的答案无法识别"),
        ({"answers": {"greet": "长" * 101}}, "最多 100 字"),
        ({"notes": {"greet": "\ud800"}}, "无法保存的字符"),
        ({"comment": "a\0b"}, "无法保存的字符"),
        ({"comment": "长" * 5001}, "最多 5000 字"),
    ],
)
def test_what_no_form_could_have_sent_is_refused_and_the_draft_stays(
    session: Session, review: Review, marked: dict[str, Any], told: str
) -> None:
    put(session, review, 0, answers={"greet": "yes"})
    with pytest.raises(InvalidContent, match=told):
        put(session, review, 1, **marked)
    assert reviews.current(session, review).answers == {"greet": "yes"}


def test_a_draft_keeps_what_is_wrong_so_that_it_can_be_put_right(
    session: Session, review: Review
) -> None:
    put(session, review, 0, answers={"answer": "no", "why": "三"})
    now = reviews.current(session, review)
    assert now.answers["why"] == "三"
    assert ("why", "错在哪里", "应为一个数字，这个答案不是数字") in now.open


def test_a_later_score_stands_beside_the_first(session: Session, review: Review) -> None:
    put(session, review, 0, answers=WHOLE | {"answer": "no", "why": 3}, notes={"why": "漏答"})
    with pytest.raises(Settled, match="还没有完成"):
        reviews.rescore(session, review, WHOLE, "slip", by=LEAD, at=NOW)
    first = reviews.finish(session, review, by=INSPECTOR, at=NOW)
    second = reviews.rescore(session, review, WHOLE, "appeal", by=LEAD, at=NOW, reason="听得出")
    assert [s.number for s in review.scores] == [1, 2]
    assert (first.reported, second.reported, review.score) == (54.55, 100.0, second)
    assert (second.reason, second.notes, second.by) == ("听得出", {"why": "漏答"}, LEAD)
    with pytest.raises(BadMarks):
        reviews.rescore(session, review, {}, "appeal", by=LEAD, at=NOW)


ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "greet": st.sampled_from(["yes", "no", "na", "x"]),
        "answer": st.sampled_from(["yes", "no", "wrong"]),
        "why": st.integers(-2, 7),
        "extra": st.sampled_from(["yes", "no"]),
    },
)


@given(ANSWERS)
def test_a_form_half_filled_in_is_scored_by_its_valid_marks_alone(answers: dict[str, Any]) -> None:
    """Where nothing is open the live score is the score itself."""
    rubric = rubric_read.parse(CONTENT)
    marks, faults = so_far(rubric, answers)
    live = worth(rubric, marks)
    assert set(marks.given) | set(marks.hidden) | set(faults) == {i.key for i in rubric.items()}
    if faults:
        assert {key for key, line in live.items.items() if line} <= set(marks.given)
    else:
        assert live.as_dict() == score(rubric, answers).as_dict()


def test_empty_answers_are_no_answers() -> None:
    rubric = rubric_read.parse(CONTENT)
    assert drafts.clean_answers(rubric, {"greet": "", "answer": None, "extra": "yes"}) == {
        "extra": "yes"
    }
