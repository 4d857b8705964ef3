"""What is wrong with the questions that a fixed paper names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from kb.database import dump_json
from kb.gate import Viewer

from . import papers
from .blueprints import Fixed
from .kept import parts
from .kinship import alike
from .pools import hidden_articles
from .staleness import STALE
from .tables.bank import KEPT, BankQuestion, QuestionVersion


@dataclass(frozen=True, slots=True)
class Trouble:
    """``place`` of the question, from 1. ``left_out``: it is not asked as things are.

    ``question`` is its id in the bank, 0 where it is not there.
    """

    place: int
    question: int
    sentence: str
    left_out: bool


def troubles(session: Session, content: Fixed, viewer: Viewer, at: datetime) -> list[Trouble]:
    """In the order of the paper."""
    versions = papers.versions(session, content)
    rows = _rows(session, versions)
    hidden = hidden_articles(session, viewer, at)
    found: list[Trouble] = []
    for place, each in enumerate(content.questions, 1):
        version = versions.get(each.version)
        if version is None:
            found.append(Trouble(place, 0, "题库里没有这道题了。", True))
            continue
        row = rows[version.question_id]
        found += [
            Trouble(place, row.id, sentence, left_out)
            for sentence, left_out in _of(row, version, viewer, hidden)
        ]
    return sorted([*found, *_alike(content, versions)], key=lambda trouble: trouble.place)


def _rows(session: Session, versions: Mapping[int, QuestionVersion]) -> dict[int, BankQuestion]:
    found: dict[int, BankQuestion] = {}
    for part in parts({version.question_id for version in versions.values()}):
        query = select(BankQuestion).where(BankQuestion.id.in_(part))
        rows = session.scalars(query.options(selectinload(BankQuestion.versions)))
        found |= {row.id: row for row in rows}
    return found


def _of(
    row: BankQuestion, version: QuestionVersion, viewer: Viewer, hidden: frozenset[str]
) -> Iterator[tuple[str, bool]]:
    if row.state != KEPT:
        yield "在题库里不是在用的题，不会考到。", True
    if row.stale_why:
        yield f"已过时：{STALE[row.stale_why]}，不会考到。", True
    if row.article_key in hidden or not viewer.may_see(row.audiences):
        yield "依据的文章您现在看不到。", True
    elif row.audiences:
        yield "只有一部分人能看依据的文章，其他人的卷上没有这道题。", False
    if row.latest is not version:
        yield f"用的是第 {version.number} 版，题库里已有第 {row.latest.number} 版。", False


def _alike(content: Fixed, versions: Mapping[int, QuestionVersion]) -> Sequence[Trouble]:
    places = {
        str(place): versions[each.version]
        for place, each in enumerate(content.questions, 1)
        if each.version in versions
    }
    groups = alike((place, dump_json(version.content)) for place, version in places.items())
    return [
        Trouble(
            min(map(int, group)),
            places[group[0]].question_id,
            f"第 {'、'.join(sorted(group, key=int))} 题问的差不多，或出自同一句话。",
            False,
        )
        for group in groups
    ]
