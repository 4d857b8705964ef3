"""A paper drawn for a person: the same seed and the same bank, the same paper.

drawn = draw(session, paper, taker, seed="17-42-1", unseen_first=True,
             seen=met(session, taker.person_id), at=now)
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from . import papers
from .blueprints import Blueprint, Fixed, Row
from .errors import PoolTooSmall
from .kept import parts
from .kinship import kin
from .matching import Lanes, Short, Want, fill
from .pools import Candidate, askable, candidates, hidden_articles
from .questions import DIFFICULTIES, KINDS
from .tables.attempts import Attempt, AttemptQuestion
from .tables.bank import BankQuestion, QuestionVersion
from .tables.papers import Paper
from .takers import Taker


@dataclass(frozen=True, slots=True)
class Drawn:
    """One question of somebody's paper. ``row``: of the blueprint, from 0; 0 on a fixed one."""

    version: QuestionVersion
    points: Fraction
    row: int = 0


def draw(
    session: Session,
    paper: Paper,
    taker: Taker,
    *,
    seed: str,
    unseen_first: bool,
    seen: Collection[int],
    at: datetime,
) -> list[Drawn]:
    """The questions for ``taker``, in the order of the rows.

    Of a blueprint: the newest versions of questions in use, not out of date and resting on what
    the taker may read at ``at``; none twice, and no two that are akin (``exams.kinship``).
    ``seen``: ids of questions this person has met, the longest ago first (``met``; a set has no
    such order). With ``unseen_first`` they are drawn only where the rest does not fill the rows,
    the longest ago first. Where the paper has weights for the taker's grade, its difficulties
    are shared out by them (``Blueprint.shares``). Rows are filled together (``exams.matching``):
    if there is a way to fill them all, they are. Otherwise raises PoolTooSmall.

    Of a fixed paper: its questions in its order, without those that are out of date or out of
    use by now, or may not be asked of the taker: they count for nobody who begins from then on.
    Raises PoolTooSmall where none is left.
    """
    content = papers.content(paper)
    if isinstance(content, Fixed):
        return _fixed(session, content, taker, at)
    layout = lay_out(content, candidates(session, taker.viewer, at), taker.grade)
    chosen = choose(layout, seed, seen if unseen_first else ())
    found = _versions(session, [each.version for some in chosen for each in some])
    return [
        Drawn(found[each.version], row.points, n)
        for n, (row, some) in enumerate(zip(content.rows, chosen, strict=True))
        for each in some
    ]


@dataclass(frozen=True, slots=True)
class Layout:
    """A blueprint laid over a bank for one grade, ready to be drawn from with any seed."""

    rows: Sequence[Row]
    shares: Mapping[str, int] | None
    wants: Sequence[Want[str]]
    there: Mapping[str, Candidate]
    """By key, as far as they fit any row."""
    kin: Mapping[str, str]


def lay_out(content: Blueprint, there: Sequence[Candidate], grade: str) -> Layout:
    pools = [[each for each in there if each.fits(row, grade)] for row in content.rows]
    wants = [
        Want(row.number, frozenset(c.key for c in found))
        for row, found in zip(content.rows, pools, strict=True)
    ]
    fitting = {each.key: each for found in pools for each in found}
    texts = frozenset((each.key, each.content) for each in there)
    return Layout(content.rows, content.shares(grade), wants, fitting, kin(texts))


def choose(layout: Layout, seed: str, seen: Collection[int] = ()) -> list[list[Candidate]]:
    """The questions of each row. Pure. Raises PoolTooSmall."""
    order = _order(layout.there.values(), seed, seen)
    lanes = None
    if layout.shares is not None:
        of = {key: each.difficulty for key, each in layout.there.items()}
        lanes = Lanes(of, layout.shares)
    filled = fill(layout.wants, order, layout.kin, lanes)
    if isinstance(filled, Short):
        raise _too_small(layout, filled)
    return [[layout.there[key] for key in keys] for keys in filled]


def _order(there: Iterable[Candidate], seed: str, seen: Collection[int]) -> list[str]:
    """The keys: not met before, then met, the longest ago first; else by chance."""
    when = dict.fromkeys(seen, 0)
    if not isinstance(seen, AbstractSet):
        when = {id: n for n, id in enumerate(seen)}
    return [c.key for c in sorted(there, key=lambda c: (when.get(c.id, -1), chance(seed, c.key)))]


def chance(seed: str, key: str) -> bytes:
    """What decides about a question: the same for ever, whatever else is in the bank."""
    return hashlib.blake2b(f"{seed}\0{key}".encode(), digest_size=16).digest()


def met(session: Session, person_id: int) -> list[int]:
    """Ids of the questions that stood on papers of this person, the longest ago first."""
    query = (
        select(QuestionVersion.question_id)
        .join(AttemptQuestion, AttemptQuestion.version_id == QuestionVersion.id)
        .join(Attempt, Attempt.id == AttemptQuestion.attempt_id)
        .where(Attempt.person_id == person_id)
        .group_by(QuestionVersion.question_id)
        .order_by(func.max(Attempt.begun_at), QuestionVersion.question_id)
    )
    return list(session.scalars(query))


def _versions(session: Session, ids: Sequence[int]) -> dict[int, QuestionVersion]:
    found: dict[int, QuestionVersion] = {}
    for part in parts(ids):
        query = select(QuestionVersion).where(QuestionVersion.id.in_(part))
        rows = session.scalars(query.options(joinedload(QuestionVersion.question)))
        found |= {version.id: version for version in rows}
    return found


def _fixed(session: Session, content: Fixed, taker: Taker, at: datetime) -> list[Drawn]:
    found = _versions(session, [each.version for each in content.questions])
    may = askable_of(session, found.values(), taker, at)
    drawn = [
        Drawn(found[each.version], each.points) for each in content.questions if each.version in may
    ]
    if not drawn:
        raise PoolTooSmall("整张试卷", content.number, 0)
    return drawn


def askable_of(
    session: Session, versions: Collection[QuestionVersion], taker: Taker, at: datetime
) -> frozenset[int]:
    """Ids of those of the versions whose questions may be asked of the taker now."""
    ids = {version.question_id for version in versions}
    hidden = hidden_articles(session, taker.viewer, at)
    may: set[int] = set()
    for part in parts(sorted(ids)):
        query = select(BankQuestion.id, BankQuestion.article_key)
        rows = session.execute(query.where(BankQuestion.id.in_(part), askable(taker.viewer)))
        may |= {id for id, article in rows if article not in hidden}
    return frozenset(version.id for version in versions if version.question_id in may)


# Words


def _too_small(layout: Layout, short: Short) -> PoolTooSmall:
    named = [row_words(n, layout.rows[n]) for n in short.wants]
    if not named:
        named = [f"难度比例（{shares_words(layout.shares or {})}）"]
    return PoolTooSmall("和".join(named), short.wanted, short.found)


def shares_words(shares: Mapping[str, int]) -> str:
    """易 5、中 3、难 2"""
    return "、".join(f"{word} {shares.get(key, 0)}" for key, word in DIFFICULTIES.items())


def row_words(n: int, row: Row) -> str:
    """第2行（票务/退票，易，单选题）; ``n`` counts from 0."""
    told = (row.topic, DIFFICULTIES.get(row.difficulty, ""), KINDS.get(row.kind, ""), row.grade)
    words = "，".join(word for word in told if word)
    return f"第{n + 1}行" + (f"（{words}）" if words else "")
