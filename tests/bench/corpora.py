"""Articles and questions to measure search with, in the contract's formats.

Any file or folder the import reads; questions as JSON lines with ``query`` and ``expect``.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kb.formats import read_paths
from kb.index import Document
from kb.records import Record
from kb.text import fold
from kb.text.segment import character_frequencies
from kb.text.sound import alike, readings
from kb.vocabulary import EMPTY, Vocabulary

from . import shelves

ROOT = Path(__file__).parents[2]
SYNONYMS = ROOT / "web" / "demo" / "synonyms.txt"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the key of the article that answers it."""

    query: str
    expect: str


@dataclass(frozen=True)
class Corpus:
    """What is searched and what is asked; the demo centre's where nothing is given."""

    documents: Sequence[Document]
    asked: Sequence[Asked]
    vocabulary: Vocabulary = EMPTY

    @classmethod
    def load(cls, articles: Sequence[Path] = (), questions: Path | None = None) -> Corpus:
        items = read_paths(list(articles) or [shelves.CENTRE])
        documents = as_documents(item for item in items if isinstance(item, Record))
        own = Vocabulary(synonyms=_groups(SYNONYMS)) if not articles else EMPTY
        return cls(documents, read_questions(questions), own)

    def parts(self, asked: Sequence[Asked]) -> dict[str, list[int]]:
        """Places of questions by the part of the corpus they ask for: the key before ``-``."""
        found: dict[str, list[int]] = {}
        for place, question in enumerate(asked):
            part = question.expect.partition("-")[0]
            found.setdefault(part if part in _PARTS else "all", []).append(place)
        return found


_PARTS = ("cmrc", "drcd")


def as_documents(records: Iterable[Record]) -> list[Document]:
    return [
        Document(
            id=number,
            article=number,
            key=record.key,
            title=record.title,
            body=record.body,
            questions=record.questions,
            tags=record.tags,
            kind=record.kind,
            category=record.category,
        )
        for number, record in enumerate(records, start=1)
    ]


def read_questions(path: Path | None) -> list[Asked]:
    files = [path] if path else sorted(shelves.QUESTIONS.glob("*.jsonl"))
    lines = (line for file in files for line in file.read_text(encoding="utf-8").splitlines())
    rows = (json.loads(line) for line in lines if line.strip())
    return [Asked(row["query"], row["expect"]) for row in rows]


def _groups(path: Path) -> tuple[frozenset[str], ...]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    rows = (line.replace("=", " ").split() for line in lines if not line.startswith("#"))
    return tuple(frozenset(row) for row in rows if len(row) > 1)


def other_script(asked: Sequence[Asked]) -> list[Asked]:
    """Each question in the other script: traditional if it was simplified, and back."""
    from opencc import OpenCC  # type: ignore[import-untyped]

    to_simplified, to_traditional = OpenCC("t2s"), OpenCC("s2t")

    def turned(text: str) -> str:
        simplified = str(to_simplified.convert(text))
        return simplified if simplified != text else str(to_traditional.convert(text))

    return [replace(question, query=turned(question.query)) for question in asked]


def with_slips(asked: Sequence[Asked], seed: int = 11) -> list[Asked]:
    """Each question with one character swapped for the commonest that sounds the same."""
    chance = random.Random(seed)
    return [replace(question, query=_slip(question.query, chance)) for question in asked]


def _slip(text: str, chance: random.Random) -> str:
    count = character_frequencies()
    places = [p for p, c in enumerate(text) if "\u4e00" <= c <= "\u9fff"]
    for place in chance.sample(places, len(places)):
        right = fold(text[place]).text
        sound = readings(right)[:1]
        same = [c for c in alike(right) if readings(c)[:1] == sound]
        if same:
            return text[:place] + max(same, key=lambda c: count[c]) + text[place + 1 :]
    return text
