"""Which courses are proposed to whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from exams.proposing import Answer, Late, Offer, Standing, propose

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
EARLIER = AT - timedelta(days=3)
OFFER = Offer(1, frozenset({"票务/退票"}), frozenset({"fee"}))
ME, OTHER = 7, 8


def answered(
    *shares: float, topics: tuple[str, ...] = ("票务/退票",), who: int = ME
) -> list[Answer]:
    return [Answer(who, topics, share, EARLIER) for share in shares]


def found(
    answers: list[Answer], late: Sequence[Late] = (), mine: Standing | None = None
) -> list[tuple[object, ...]]:
    has = {(1, ME): mine} if mine else {}
    return [
        (p.person_id, p.why, p.about, p.share, p.n) for p in propose([OFFER], answers, late, has)
    ]


def test_five_answers_with_less_than_sixty_percent_make_a_topic_weak() -> None:
    assert found(answered(1, 1, 0, 0, 0.5)) == [(ME, "weak", "票务/退票", 0.5, 5)]
    assert found(answered(1, 1, 1, 0, 0)) == []
    assert found(answered(0, 0, 0, 0)) == []


def test_a_course_is_for_its_topic_and_for_what_stands_above_it() -> None:
    assert found(answered(*[0] * 5, topics=("票务",)))[0][2] == "票务"
    assert found(answered(*[0] * 5, topics=("票务/退票/团体",))) == []
    assert found(answered(*[0] * 5, topics=("票",))) == []


def test_who_has_it_open_gets_none_and_old_answers_do_not_count_after_it_is_done() -> None:
    bad = answered(*[0] * 5)
    assert found(bad, mine=Standing(None)) == []
    assert found(bad, mine=Standing(EARLIER)) == []
    assert found(bad, mine=Standing(EARLIER - timedelta(days=1))) != []


def test_an_unsigned_rule_comes_before_a_topic_and_one_course_is_proposed_once() -> None:
    late = [Late(ME, "fee", EARLIER), Late(OTHER, "another", EARLIER)]
    assert found(answered(*[0] * 5) + answered(*[0] * 6, who=OTHER), late) == [
        (ME, "unsigned", "fee", None, 0),
        (OTHER, "weak", "票务/退票", 0.0, 6),
    ]
    assert found([], late, mine=Standing(AT)) == []
