"""What of people's words waits for somebody: answers to be read, reports and gaps to be handled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb import feedback, gapbook, gate
from kb.feedback import Report
from kb.gapbook import Asking, Gap
from kb.gate import Viewer


@dataclass(frozen=True, slots=True)
class Untold:
    """What was answered and its giver has not read."""

    reports: Sequence[Report]
    askings: Sequence[Asking]

    def __len__(self) -> int:
        return len(self.reports) + len(self.askings)


def untold(session: Session, person: int) -> Untold:
    return Untold(feedback.untold(session, person), gapbook.untold(session, person))


@dataclass(frozen=True, slots=True)
class News:
    """One answer as a sentence; ``key`` names it for ever. ``what`` is report or asking."""

    key: str
    what: str
    id: int
    sentence: str
    at: datetime


def news(session: Session, person: int, viewer: Viewer, at: datetime) -> list[News]:
    """What is new for somebody, newest first. A title is named only to those who may read it."""
    found = untold(session, person)
    ids = [r.revision.article_id for r in found.reports]
    texts = gate.in_force_of(session, viewer, at, ids)
    made = [_of_report(r, texts.get(r.revision.article_id)) for r in found.reports]
    made += [_of_asking(a) for a in found.askings]
    return sorted(made, key=lambda n: n.at, reverse=True)


def _of_report(report: Report, text: object) -> News:
    title = f"《{getattr(text, 'title', '')}》" if text is not None else "一篇文章"
    answer = report.answer
    because = f"：{answer.text}" if answer is not None and answer.text and text is not None else ""
    assert report.answered_at is not None
    sentence = f"您指出{title}有误，答复是{feedback.STATES[report.state]}{because}"
    key = f"report:{report.id}:{report.answered_at.isoformat()}"
    return News(key, "report", report.id, sentence, report.answered_at)


def _of_asking(asking: Asking) -> News:
    gap = asking.gap
    assert gap.closed_at is not None
    became = "有答案了" if gap.end == gapbook.ANSWERED else f"不写：{gap.note}"
    sentence = f"您提交的“{asking.query}”{became}"
    return News(f"asking:{asking.id}", "asking", asking.id, sentence, gap.closed_at)


def news_stamp(session: Session, at: datetime) -> str:
    """Changes whenever something was answered for anybody, or read by them."""
    newest = (Report.answered_at, Report.told_at, Gap.closed_at, Asking.told_at)
    query = select(*(select(func.max(column)).scalar_subquery() for column in newest))
    return "|".join(str(moment) for moment in session.execute(query).one())
