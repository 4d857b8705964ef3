"""Corrected keys: what they would change, and what they change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from exams import corrections, given, gradings, impact
from exams.errors import BadQuestion
from exams.tables import Attempt, BankQuestion, Certificate, Exam, QuestionVersion
from kb.errors import InvalidContent, Settled

from ..exam_world import add_attempt, add_exam, add_paper, add_question, add_version
from ..world import NOW

LATER = NOW + timedelta(hours=1)
BY = 41


def sat(
    session: Session, asked: BankQuestion, responses: dict[int, Any], **fields: Any
) -> tuple[Exam, dict[int, Attempt]]:
    """An exam of the question and an easy one, that these people handed in: {person: answer}."""
    session.refresh(asked.latest)
    if asked.latest.used_at is None:
        asked.latest.used_at = NOW
    exam = add_exam(session, add_paper(session, [asked, add_question(session)]), **fields)
    found = {}
    for person, response in responses.items():
        found[person] = add_attempt(session, exam, person, [response, "B"])
        gradings.grade(session, found[person], NOW, cause="automatic")
    return exam, found


def content(version: QuestionVersion, **changed: Any) -> dict[str, Any]:
    return dict(version.content) | changed


def carry_out(
    session: Session, version: QuestionVersion, mode: str, *, lowers: bool = False, **changed: Any
) -> int:
    asked = content(version, **changed) if mode in ("key", "both") else None
    proposed = corrections.propose(session, version, mode, asked, lowers=lowers)
    shown = corrections.fingerprint(session, version, proposed)
    made = corrections.apply(session, version, proposed, "答案登错", shown, by=BY, at=LATER)
    return corrections.regrade(session, made, impact.met(session, version.id), LATER)


def marks(session: Session, attempts: dict[int, Attempt]) -> dict[int, tuple[float, float]]:
    found = gradings.currents(session, [each.id for each in attempts.values()])
    return {who: (found[a.id].points, found[a.id].possible) for who, a in attempts.items()}


def test_a_preview_says_for_every_exam_who_would_pass(session: Session) -> None:
    asked = add_question(session)
    monthly, _ = sat(session, asked, {11: "B", 12: "C", 13: "A"})
    promotion, _ = sat(session, asked, {12: "C"}, kind="promotion", title="晋级")
    version = asked.latest
    proposed = corrections.propose(session, version, "key", content(version, answer="C"))
    shown = impact.preview(session, version.id, proposed.change)
    found = {each.exam.id: each for each in shown.exams}
    one = found[monthly.id]
    assert (one.people, one.raised, one.lowered, one.passes, one.fails) == (3, 1, 0, 1, 0)
    [shift] = one.shifts
    assert (shift.person_id, shift.before.percent, shift.after.percent) == (12, 50, 100)
    assert (shown.total("passes"), shown.promotions) == (2, 1)
    assert session.query(gradings.Grading).filter_by(cause="regrade").count() == 0
    assert found[promotion.id].passes == 1


def test_who_loses_a_pass_and_a_certificate_is_told_where_lowering_is_allowed(
    session: Session,
) -> None:
    asked = add_question(session)
    exam, attempts = sat(session, asked, {11: "B", 12: "C"})
    session.add(
        Certificate(
            number="ZX-1",
            exam_id=exam.id,
            person_id=11,
            attempt_id=attempts[11].id,
            issued_at=NOW,
        )
    )
    version = asked.latest
    for lowers, fails, certificates in [(False, 0, 0), (True, 1, 1)]:
        proposed = corrections.propose(
            session, version, "key", content(version, answer="C"), lowers=lowers
        )
        [found] = impact.preview(session, version.id, proposed.change).exams
        assert (found.lowered, found.fails, found.certificates) == (fails, fails, certificates)


def test_what_was_previewed_is_what_happens(session: Session) -> None:
    asked = add_question(session)
    exam, attempts = sat(session, asked, {11: "B", 12: "C", 13: None})
    version = asked.latest
    proposed = corrections.propose(session, version, "key", content(version, answer="C"))
    [shown] = impact.preview(session, version.id, proposed.change).exams
    assert carry_out(session, version, "key", answer="C") == 1
    assert marks(session, attempts) == {11: (2, 2), 12: (2, 2), 13: (1, 2)}
    after = impact.counting.counting(session, exam)
    assert {s.person_id: s.after for s in shown.shifts} == {12: after[12]}
    made = gradings.current(session, attempts[12])
    assert made is not None
    assert (made.cause, made.by, made.reason) == ("regrade", BY, "答案登错")


def test_the_bank_gets_the_right_key_as_a_new_version(session: Session) -> None:
    asked = add_question(session)
    sat(session, asked, {11: "C"})
    version = asked.latest
    carry_out(session, version, "key", answer="C")
    assert [(v.number, v.content["answer"]) for v in asked.versions] == [(1, "B"), (2, "C")]
    assert asked.latest.note == "改正答案：答案登错"
    assert asked.latest.author_id == BY
    carry_out(session, version, "full")
    assert len(asked.versions) == 2


def test_a_question_that_was_put_right_in_the_bank_already_stays(session: Session) -> None:
    asked = add_question(session)
    sat(session, asked, {11: "C"})
    first = asked.latest
    add_version(session, asked, answer="D", stem="另一个说法")
    session.refresh(asked, ["versions"])
    carry_out(session, first, "key", answer="C")
    assert [v.content["answer"] for v in asked.versions] == ["B", "D"]


def test_again_changes_nothing(session: Session) -> None:
    asked = add_question(session)
    _, attempts = sat(session, asked, {11: "B", 12: "C"})
    version = asked.latest
    assert carry_out(session, version, "void") == 2
    before = [len(gradings.history(session, each)) for each in attempts.values()]
    [correction] = corrections.history(session, version.id)
    ids = impact.met(session, version.id)
    assert corrections.regrade(session, correction, ids, LATER) == 0
    assert [len(gradings.history(session, each)) for each in attempts.values()] == before
    assert marks(session, attempts) == {11: (1, 1), 12: (1, 1)}


def test_somebody_who_hands_in_later_is_graded_by_the_corrected_key(session: Session) -> None:
    asked = add_question(session)
    exam, _ = sat(session, asked, {11: "B"})
    version = asked.latest
    carry_out(session, version, "key", answer="C")
    late = add_attempt(session, exam, 15, ["C", "B"])
    assert gradings.grade(session, late, LATER, cause="automatic").points == 2


def test_the_preview_must_be_of_the_data_as_they_are(session: Session) -> None:
    asked = add_question(session)
    exam, _ = sat(session, asked, {11: "C"})
    version = asked.latest
    proposed = corrections.propose(session, version, "full")
    shown = corrections.fingerprint(session, version, proposed)
    assert corrections.fingerprint(session, version, proposed) == shown
    other = add_attempt(session, exam, 12, ["C", "B"])
    gradings.grade(session, other, NOW, cause="automatic")
    with pytest.raises(Settled, match="数据有了变化"):
        corrections.apply(session, version, proposed, "错", shown, by=BY, at=LATER)
    assert corrections.history(session) == []


@pytest.mark.parametrize(
    ("kind", "mode", "changed", "said"),
    [
        ("single", "odd", {}, "请选怎样改判"),
        ("single", "key", {}, "和考过的一样"),
        ("single", "key", {"explanation": "别的解析"}, "和考过的一样"),
        (
            "single",
            "both",
            {"options": [{"key": "A", "text": "1"}, {"key": "B", "text": "2"}]},
            "考过的选项 C、D",
        ),
        ("blank", "key", {"answer": [["30天"]]}, "有 2 个空"),
        ("match", "key", {"answer": {"G": "动车"}}, "左项"),
        ("essay", "key", {"answer": []}, "由人评分"),
    ],
)
def test_a_correction_that_fits_no_answer_is_refused(
    session: Session, kind: str, mode: str, changed: dict[str, Any], said: str
) -> None:
    asked = add_question(session, kind=kind)
    sat(session, asked, {11: None})
    version = asked.latest
    with pytest.raises(InvalidContent, match=said):
        corrections.propose(session, version, mode, content(version, **changed))


def test_a_correction_needs_answers_a_key_and_a_reason(session: Session) -> None:
    asked = add_question(session)
    version = asked.latest
    with pytest.raises(InvalidContent, match="还没有人交过"):
        corrections.propose(session, version, "full")
    sat(session, asked, {11: "C"})
    with pytest.raises(InvalidContent, match="请写改正后的答案"):
        corrections.propose(session, version, "key")
    with pytest.raises(BadQuestion, match="没有 X"):
        corrections.propose(session, version, "key", content(version, answer="X"))
    proposed = corrections.propose(session, version, "full")
    shown = corrections.fingerprint(session, version, proposed)
    for words, said in [("  ", "请写明"), ("长" * 501, "最多 500")]:
        with pytest.raises(InvalidContent, match=said):
            corrections.apply(session, version, proposed, words, shown, by=BY, at=LATER)


# What was written into blanks


def test_what_was_written_is_listed_by_how_often_and_accepted(session: Session) -> None:
    asked = add_question(session, kind="blank")
    said = ["一个月", "1个月", "30天", "", "一个月 "]
    _, attempts = sat(
        session, asked, {n: [text, "手续费"] for n, text in enumerate(said, start=11)}
    )
    version = asked.latest
    first, second = given.written(session, corrections_question(session, version), version.id)
    assert [(one.text, one.n, one.right) for one in first.written] == [
        ("一个月", 3, False),
        ("30天", 1, True),
    ]
    assert (first.n, first.none) == (5, 1)
    assert [(one.text, one.n) for one in second.written] == [("手续费", 5)]
    more = corrections.accepting(corrections.latest(session, version), 0, "一个月")
    assert carry_out(session, version, "key", answer=more["answer"]) == 3
    assert marks(session, attempts)[11] == (1.5, 2)
    again = corrections.accepting(corrections.latest(session, version), 1, "手续费")
    assert again["answer"] == [["三十天", "30天", "一个月"], ["退票费", "手续费"]]
    for blank, text in [(2, "x"), (0, " ")]:
        with pytest.raises(InvalidContent):
            corrections.accepting(version.content, blank, text)


def corrections_question(session: Session, version: QuestionVersion) -> Any:
    return gradings.read(corrections.latest(session, version))
