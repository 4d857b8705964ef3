"""What a page of the bank shows of a question: its evidence, its versions, its likes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import select

from exams import bank_search, duplicates, kept, refreshing
from exams.exact import decimal
from exams.questions import DIFFICULTIES, KINDS, POLICIES, Question
from exams.staleness import SAME, STALE
from exams.tables import BankQuestion, QuestionVersion
from kb import gate
from kb.compare import Run, woven
from kb.errors import NotFound
from kb.models import Revision

from .context import now, reading, viewer

AROUND = 160
"""Characters of the article shown on each side of a sentence."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sentence a question rests on, as this person may read it.

    ``text``: what is in force now, None = nothing is, or not for this person. ``runs``: how the
    sentence became what it is now, where it did. ``cut``: (before, sentence, after) of the
    text in force, None where the sentence has no place there.
    """

    article: str
    quote: str
    revision: int | None
    text: Revision | None
    state: str
    cut: tuple[str, str, str] | None
    runs: Sequence[Run]

    @property
    def why(self) -> str:
        """Why the question is out of date, '' where it is not."""
        return STALE.get(self.state, "")


def evidence(row: BankQuestion) -> Evidence | None:
    """Where a question comes from; None where it names no article."""
    source = kept.question_of(row.latest).source
    if source is None:
        return None
    found = refreshing.standing(reading(), row, now())
    text = _readable(source.article) if found and found.text else None
    verdict = found.verdict if found else None
    cut = runs = None
    if text is not None and verdict is not None and verdict.quote:
        cut = _cut(text.body, verdict.start, verdict.end)
        if verdict.quote != source.quote:
            runs = woven(source.quote, verdict.quote)
    return Evidence(
        source.article,
        source.quote,
        source.revision,
        text,
        verdict.state if verdict else SAME,
        cut,
        runs or (),
    )


def _readable(key: str) -> Revision | None:
    try:
        return gate.in_force(reading(), viewer(), now(), key)
    except NotFound:
        return None


def _cut(body: str, start: int, end: int) -> tuple[str, str, str]:
    """The sentence with what stands around it in its block: a paragraph, a list, a table."""
    before, after = body[:start].rpartition("\n\n")[2], body[end:].partition("\n\n")[0]
    first = "…" + before[-AROUND:] if len(before) > AROUND else before
    last = after[:AROUND] + "…" if len(after) > AROUND else after
    return first.lstrip("\n"), body[start:end], last.rstrip()


def likes(row: BankQuestion) -> list[tuple[BankQuestion, int]]:
    """Other questions that ask nearly the same, with their similarity in per cent."""
    there = bank_search.contents(reading(), viewer())
    others = ((str(id), duplicates.said(text)) for id, text in there.items() if id != row.id)
    found = duplicates.like(duplicates.said(row.latest.content), others)
    ids = [int(id) for id, _ in found]
    wanted = select(BankQuestion).where(BankQuestion.id.in_(ids))
    rows = {each.id: each for each in reading().scalars(wanted)}
    return [(rows[int(id)], round(100 * score)) for id, score in found]


@dataclass(frozen=True, slots=True)
class Step:
    """A version, and what it changed of the one before."""

    version: QuestionVersion
    runs: Sequence[Run]


def history(row: BankQuestion) -> list[Step]:
    """The newest first; the first version changed nothing."""
    texts = [spelled(kept.question_of(version)) for version in row.versions]
    steps = [Step(row.versions[0], ())]
    steps += [
        Step(version, woven(old, new))
        for version, (old, new) in zip(row.versions[1:], pairwise(texts), strict=True)
    ]
    return steps[::-1]


def spelled(question: Question) -> str:
    """All that a question says, a line each, for people who compare."""
    return "\n".join(_lines(question)) + "\n"


def _lines(question: Question) -> Iterator[str]:
    yield f"{KINDS[question.kind]}：{question.stem}"
    for option in question.options:
        yield f"{option.key}. {option.text}"
    yield f"答案：{key_words(question)}"
    yield f"分值：{decimal(question.points)}"
    if question.policy:
        yield f"评分规则：{POLICIES[question.policy]}"
    if question.difficulty:
        yield f"难度：{DIFFICULTIES[question.difficulty]}"
    if question.topics:
        yield f"知识点：{'、'.join(question.topics)}"
    if question.explanation:
        yield f"解析：{question.explanation}"
    if question.source:
        number = f"第 {question.source.revision} 版" if question.source.revision else ""
        yield f"出处：{question.source.article}{number} {question.source.quote}"


def key_words(question: Question) -> str:
    """The right answer in one line."""
    answer, kind = question.answer, question.kind
    if kind == "single":
        return str(answer)
    if kind in ("multiple", "order"):
        return ("、" if kind == "multiple" else " → ").join(answer)
    if kind == "judge":
        return "对" if answer else "错"
    if kind == "blank":
        return "｜".join(" 或 ".join(forms) for forms in answer)
    if kind == "number":
        spread = f" ± {decimal(answer.tolerance)}" if answer.tolerance else ""
        return f"{decimal(answer.value)}{spread}{answer.unit}"
    if kind == "match":
        return "；".join(f"{left} = {right}" for left, right in answer)
    return (
        "；".join(f"{'、'.join(p.words)}（{decimal(p.points)} 分）" for p in answer) or "人工评阅"
    )
