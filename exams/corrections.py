"""A question was wrong: how its answers are graded instead, looked at first, then applied.

    proposed = propose(session, version, "key", content)
    shown = fingerprint(session, version, proposed)        # with exams.impact.preview
    made = apply(session, version, proposed, "…", shown, by=41, at=now)
    regrade(session, made, ids, at=now)

Functions flush and never commit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.database import dump_json
from kb.errors import InvalidContent, NotFound, Settled

from . import gradings, impact, kept
from .kept import parts
from .questions import Question
from .reading import read
from .tables import (
    Attempt,
    BankQuestion,
    Certificate,
    Correction,
    Exam,
    Grading,
    QuestionVersion,
)
from .totals import Change

MODES: Mapping[str, str] = MappingProxyType(
    {
        "key": "改正答案",
        "both": "原来的和改正的答案都算对",
        "full": "全部给满分",
        "void": "作废，不计分",
    }
)

AT_ONCE = 100
"""Attempts that are graded again while one waits; with more a job does it, batch by batch, so
that nobody who sits an exam meanwhile waits for a save."""

BATCH = 50

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Proposal:
    """A checked correction; ``content``: the corrected question of ``key`` and ``both``."""

    mode: str
    content: Mapping[str, Any] | None = None
    lowers: bool = False

    @property
    def change(self) -> Change:
        return Change(self.mode, read(self.content) if self.content else None, self.lowers)


def version_of(session: Session, id: int) -> QuestionVersion:
    """A version of a question. Raises NotFound."""
    found = session.get(QuestionVersion, id) if 0 < id < 2**31 else None
    if found is None:
        raise NotFound("试题", str(id))
    return found


def propose(
    session: Session,
    version: QuestionVersion,
    mode: str,
    content: Mapping[str, Any] | None = None,
    *,
    lowers: bool = False,
) -> Proposal:
    """Check a correction. ``content``: the question with the right answer, as JSON.

    Answers were given to the options of the version: they must all be there still. Raises
    InvalidContent, BadQuestion.
    """
    if mode not in MODES:
        raise InvalidContent("mode", "请选怎样改判。")
    if not impact.met(session, version.id):
        raise InvalidContent("mode", "还没有人交过考这一版的答卷，请直接在题库里修改这道题。")
    if mode in ("full", "void"):
        return Proposal(mode, None, lowers)
    if content is None:
        raise InvalidContent("answer", "请写改正后的答案。")
    before, after = read(version.content), read(content)
    _check(before, after)
    if _plain(after) == _plain(before) and not history(session, version.id):
        raise InvalidContent("answer", "改正的答案和考过的一样，没有可改判的。")
    return Proposal(mode, after.as_dict(), lowers)


def _check(before: Question, after: Question) -> None:
    if after.kind == "essay":
        raise InvalidContent("mode", "问答题由人评分，没有可改的答案；可以全部给满分或作废。")
    if after.kind != before.kind:
        raise InvalidContent("answer", "题型换了，原来的回答不能按它判分。")
    missing = sorted(before.texts().keys() - after.texts().keys())
    if missing:
        raise InvalidContent("answer", f"改正后的题里没有考过的选项 {'、'.join(missing)}。")
    if after.kind == "blank" and len(after.answer) != len(before.answer):
        raise InvalidContent("answer", f"这道题有 {len(before.answer)} 个空，答案也要这么多。")
    if after.kind == "match" and {k for k, _ in after.answer} != {k for k, _ in before.answer}:
        raise InvalidContent("answer", "左项要和考过的一样，只能改右项。")


def _plain(question: Question) -> Question:
    """The question without what no mark depends on."""
    return replace(question, explanation="", source=None)


def accepting(asked: Mapping[str, Any], blank: int, text: str) -> dict[str, Any]:
    """The question (JSON) with one more form that a blank takes. Raises InvalidContent."""
    if asked["kind"] != "blank" or not 0 <= blank < len(asked["answer"]):
        raise InvalidContent("answer", "这道题没有这个空。")
    if not text.strip():
        raise InvalidContent("answer", "空的回答不能算对。")
    forms = [list(each) for each in asked["answer"]]
    forms[blank].append(text)
    return dict(asked) | {"answer": forms}


def latest(session: Session, version: QuestionVersion) -> dict[str, Any]:
    """The question as the newest correction has it, else as it was asked; as JSON."""
    query = select(Correction).where(
        Correction.version_id == version.id, Correction.content.is_not(None)
    )
    found = session.scalars(query.order_by(Correction.id.desc())).first()
    return dict(found.content) if found and found.content else dict(version.content)


def history(session: Session, version_id: int | None = None) -> Sequence[Correction]:
    """Corrections, of one version or of all, the newest first."""
    query = select(Correction).order_by(Correction.id.desc())
    if version_id is not None:
        query = query.where(Correction.version_id == version_id)
    return session.scalars(query.limit(200)).all()


def fingerprint(session: Session, version: QuestionVersion, proposed: Proposal) -> str:
    """What a preview stands on, in a few letters: if anything is different, so are they."""
    ids = impact.met(session, version.id)
    attempts: list[list[Any]] = []
    for part in parts(ids):
        query = select(Attempt.id, Attempt.graded, Attempt.exam_id).where(Attempt.id.in_(part))
        attempts += [list(row) for row in session.execute(query.order_by(Attempt.id))]
    exams = sorted({row[2] for row in attempts})
    said = [
        version.id,
        [proposed.mode, proposed.content, proposed.lowers],
        [row.id for row in history(session, version.id)],
        kept.mark(version.question),
        attempts,
        _rules(session, exams),
    ]
    return hashlib.sha256(dump_json(said).encode()).hexdigest()[:24]


def _rules(session: Session, exam_ids: Iterable[int]) -> list[list[Any]]:
    """What of the exams decides who passes, all their attempts, and who holds a certificate."""
    found: list[list[Any]] = []
    for part in parts(exam_ids):
        rules = select(Exam.id, Exam.pass_percent, Exam.counts).where(Exam.id.in_(part))
        held = select(Certificate.id).where(
            Certificate.exam_id.in_(part), Certificate.revoked_at.is_(None)
        )
        others = select(Attempt.id, Attempt.graded).where(
            Attempt.exam_id.in_(part), Attempt.state == "submitted"
        )
        found += [list(row) for row in session.execute(rules.order_by(Exam.id))]
        found.append(list(session.scalars(held.order_by(Certificate.id))))
        found += [list(row) for row in session.execute(others.order_by(Attempt.id))]
    return found


def apply(
    session: Session,
    version: QuestionVersion,
    proposed: Proposal,
    reason: str,
    shown: str,
    *,
    by: int,
    at: datetime,
) -> Correction:
    """Keep the correction; from now on it decides what answers to the version are worth.

    ``shown`` is the fingerprint of the preview that was looked at. With ``key`` the bank's
    question is put right too, where it still has the wrong answer. Raises InvalidContent without
    a reason, Settled where anything has changed since the preview.
    """
    words = " ".join(reason.split())
    if not words:
        raise InvalidContent("reason", "请写明改判的原因，考生和审计都看得到。")
    if len(words) > LONGEST_REASON:
        raise InvalidContent("reason", f"原因最多 {LONGEST_REASON} 个字，现在有 {len(words)} 个。")
    row = session.scalars(
        select(BankQuestion)
        .where(BankQuestion.id == version.question_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if fingerprint(session, version, proposed) != shown:
        raise Settled("您看过预览以后，数据有了变化。没有改判；请看新的预览，再决定一次。")
    made = Correction(
        version_id=version.id,
        mode=proposed.mode,
        content=dict(proposed.content) if proposed.content else None,
        lowers=proposed.lowers,
        reason=words,
        at=at,
        by=by,
    )
    session.add(made)
    if proposed.mode == "key":
        _fix(session, row, version, proposed, words, by, at)
    session.flush()
    return made


def _fix(
    session: Session,
    row: BankQuestion,
    version: QuestionVersion,
    proposed: Proposal,
    reason: str,
    by: int,
    at: datetime,
) -> None:
    """The bank's question gets the right answer, unless it has another already."""
    newest, right = kept.question_of(row.latest), read(proposed.content)
    if not any(_same_key(newest, read(wrong)) for wrong in _contents(session, version)):
        return
    fixed = replace(newest, options=right.options, answer=right.answer, strict=right.strict)
    kept.revise(session, row, fixed, by, at, f"改正答案：{reason}")


def _contents(session: Session, version: QuestionVersion) -> list[Mapping[str, Any]]:
    """The question as it was asked, and as each correction had it."""
    found = [row.content for row in history(session, version.id) if row.content]
    return [version.content, *found]


def _same_key(one: Question, other: Question) -> bool:
    return (one.kind, one.options, one.answer) == (other.kind, other.options, other.answer)


def regrade(
    session: Session, correction: Correction, attempt_ids: Iterable[int], at: datetime
) -> int:
    """Grade these attempts as the tables now say; returns how many have other marks.

    Again is harmless: an attempt that is graded so already gets no new grading.
    """
    changed = 0
    for part in parts(attempt_ids):
        before = gradings.currents(session, part)
        made = gradings.grade_all(
            session,
            part,
            at,
            cause="regrade",
            by=correction.by,
            reason=correction.reason,
        )
        changed += sum(_marks(before.get(id)) != _marks(made[id]) for id in made)
    return changed


def _marks(grading: Grading | None) -> tuple[float, float, bool | None] | None:
    return (grading.points, grading.possible, grading.passed) if grading else None
