"""One search: from what was typed to the hits a person sees, and why."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from . import ranking
from .answer import Answer, Question, Reading, ask, choose, read
from .found_in_file import in_file
from .index.contract import Document, Found, Index, Scope
from .query import Query, parse
from .repair import Repair, repaired
from .snippets import Piece, snippet
from .text import fold
from .text.sound import reads_as
from .vocabulary import EMPTY, Vocabulary

Fetch = Callable[[Sequence[int]], Mapping[int, Document]]
"""The gate: revision ids → those this person may see and that are in force now."""

WINDOW = 16
"""How many candidates are read and put in their final order."""

ENOUGH = 0.5
"""A first hit that covers less of the question is weak: then a repair is tried."""

FAR_BEHIND = 0.5
"""A hit with less than this share of the first one's score is there to be looked through, and is
not read for a sentence that answers: it would be the wrong one, and is most of the work."""

TRIES = 4
"""How often more candidates are asked for when the gate or a phrase turned some away."""


@dataclass(frozen=True, slots=True)
class Note:
    """What was done to the query, as a sentence; ``data`` for those who want to act on it."""

    kind: str
    sentence: str
    data: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "sentence": self.sentence, **self.data}


@dataclass(frozen=True, slots=True)
class Hit:
    """One revision found. ``revision`` is its id; ``snippet`` pieces of its text."""

    key: str
    title: str
    kind: str
    category: str
    revision: int
    score: float
    snippet: tuple[Piece, ...]
    answer: Answer | None = None
    attachment: str = ""
    """The file in which it was found, where the article itself does not say it."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "title": self.title,
            "kind": self.kind,
            "category": self.category,
            "revision": self.revision,
            "score": round(self.score, 4),
            "snippet": [{"text": piece.text, "hit": piece.hit} for piece in self.snippet],
            "answer": None
            if self.answer is None
            else {
                "text": self.answer.text,
                "start": self.answer.start,
                "end": self.answer.end,
                "condition": self.answer.condition,
            },
            **({"attachment": self.attachment} if self.attachment else {}),
        }


@dataclass(frozen=True, slots=True)
class Results:
    """Hits, best first. ``total`` counts what matched, also beyond them."""

    query: str
    took_ms: float
    total: int
    notes: tuple[Note, ...]
    hits: tuple[Hit, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "query": self.query,
            "took_ms": round(self.took_ms, 2),
            "total": self.total,
            "notes": [note.as_dict() for note in self.notes],
            "hits": [hit.as_dict() for hit in self.hits],
        }


def search(
    index: Index,
    text: str,
    scope: Scope,
    *,
    limit: int = 10,
    fetch: Fetch,
    vocabulary: Vocabulary = EMPTY,
    pinned: Document | None = None,
    literal: bool = False,
) -> Results:
    """The best ``limit`` answers to ``text`` among what ``fetch`` lets through.

    ``pinned`` comes first where it is within the scope: editors decided so. ``literal`` takes
    every character as typed: the way back from a repair.
    """
    begun = time.perf_counter()
    query = parse(text, vocabulary)
    total, ranked, notes = _ranked(index, query, scope, limit, fetch)
    if not literal and _weak(query, ranked):
        mended, repairs = repaired(query.text, index.frequency)
        if repairs:
            tried = replace(parse(mended, vocabulary), **_kept(query))
            again = _ranked(index, tried, scope, limit, fetch)
            if _borne_out(repairs, again[1]):
                query, (total, ranked, notes) = tried, again
                notes = (*notes, _repair_note(text, mended, repairs))
    total, ranked = _pinned(query, scope, pinned, total, ranked)
    question = ask(query.text)
    least = FAR_BEHIND * ranked[0].score if ranked else 0.0
    hits = tuple(
        _hit(query, item, _answer(question, item.document) if item.score >= least else None)
        for item in ranked[:limit]
    )
    took = (time.perf_counter() - begun) * 1000
    return Results(text, took, total, (*_synonym_notes(query), *notes), hits)


def ordered(
    index: Index,
    text: str,
    scope: Scope,
    *,
    fetch: Fetch,
    vocabulary: Vocabulary = EMPTY,
    pinned: Document | None = None,
) -> list[ranking.Ranked]:
    """The candidates read for ``text``, in their final order, with the parts of their scores."""
    query = parse(text, vocabulary)
    total, ranked, _ = _ranked(index, query, scope, WINDOW, fetch)
    return _pinned(query, scope, pinned, total, ranked)[1]


def _pinned(
    query: Query, scope: Scope, pinned: Document | None, total: int, ranked: list[ranking.Ranked]
) -> tuple[int, list[ranking.Ranked]]:
    """The pinned document first, where there is one within what was asked for."""
    if pinned is None or not _narrowed(scope, query).admits(pinned):
        return total, ranked
    return _pin(pinned, total, ranked)


def _pin(
    pinned: Document, total: int, ranked: list[ranking.Ranked]
) -> tuple[int, list[ranking.Ranked]]:
    """Total and order with the pinned document first, whether it was found or not."""
    rest = [item for item in ranked if item.document.id != pinned.id]
    found = next((item for item in ranked if item.document.id == pinned.id), None)
    first = found or ranking.Ranked(pinned, 0.0, (), {})
    top = max((item.score for item in ranked), default=0.0)
    part = ranking.Part("pin", top + 1 - first.score, "编辑为这个问法置顶")
    lifted = replace(first, score=top + 1, parts=(*first.parts, part))
    return total + (found is None), [lifted, *rest]


def _ranked(
    index: Index, query: Query, scope: Scope, limit: int, fetch: Fetch
) -> tuple[int, list[ranking.Ranked], tuple[Note, ...]]:
    """Total, documents in their final order, and notes on what had to be loosened."""
    found, documents = _find(index, query, scope, limit, fetch)
    notes: tuple[Note, ...] = ()
    if query.phrases and not documents:
        found, documents = _find(index, query.without_phrases(), scope, limit, fetch)
        if documents:
            quoted = "”“".join(query.phrases)
            notes = (Note("phrase", f"没有与“{quoted}”完全一致的内容，已按普通词语搜索。"),)
    ranked = ranking.rank(query, found.candidates, documents, found.rarity)
    return max(found.total, len(ranked)), ranked, (*notes, *_spelled_notes(found, ranked))


def _weak(query: Query, ranked: Sequence[ranking.Ranked]) -> bool:
    """Has the first hit less than half of what the question says, rare words counting more?"""
    if query.phrases:
        return False
    return not ranked or ranking.covered(query, ranked[0]) < ENOUGH


def _borne_out(repairs: Sequence[Repair], ranked: Sequence[ranking.Ranked]) -> bool:
    """Does every mended word stand in something this person may read?

    The index counts words of all texts: one that only a hidden text has must not be named.
    """
    return all(any(_says(item.document, repair.right) for item in ranked) for repair in repairs)


def _says(document: Document, word: str) -> bool:
    labels = fold("\n".join((*document.tags, document.category))).text
    return ranking.text_of(document).holds(word) or word in labels


def _kept(query: Query) -> dict[str, Any]:
    """What a repaired question keeps of the one that was typed."""
    names = ("phrases", "excluded", "kinds", "category", "tags")
    return {name: getattr(query, name) for name in names}


def _repair_note(text: str, mended: str, repairs: Sequence[Repair]) -> Note:
    wrong, right = ("、".join(getattr(r, side) for r in repairs) for side in ("wrong", "right"))
    data = {"query": mended, "original": text, "wrong": wrong, "right": right}
    return Note("repair", f"已按“{right}”搜索（您输入的是“{wrong}”）", data)


def _spelled_notes(found: Found, ranked: Sequence[ranking.Ranked]) -> tuple[Note, ...]:
    """Which letters were read as pinyin, and as what in the first hit."""
    notes = []
    for run in found.spelled if ranked else ():
        document = ranked[0].document
        names = (document.title, *document.questions)
        read = next((r for name in names if (r := reads_as(name, run))), None)
        as_what = f"“{read}”" if read else "拼音"
        notes.append(
            Note("pinyin", f"“{run}”已按{as_what}搜索", {"typed": run, "read": read or ""})
        )
    return tuple(notes)


def _find(
    index: Index, query: Query, scope: Scope, limit: int, fetch: Fetch
) -> tuple[Found, dict[int, Document]]:
    """Candidates, and the documents of those that passed; more are asked for until enough did."""
    scope = _narrowed(scope, query)
    asked = max(limit, WINDOW)
    documents: dict[int, Document] = {}
    seen: set[int] = set()
    for _ in range(TRIES):
        found = index.search(query, scope, asked)
        fresh = [c.id for c in found.candidates if c.id not in seen]
        seen.update(fresh)
        admitted = fetch(fresh).items()
        documents.update((id, d) for id, d in admitted if ranking.satisfies(query, d))
        if len(documents) >= limit or len(found.candidates) < asked:
            break
        asked *= 4
    turned_away = sum(1 for c in found.candidates if c.id not in documents)
    if turned_away:
        found = replace(found, total=max(found.total - turned_away, len(documents)))
    return found, documents


def _narrowed(scope: Scope, query: Query) -> Scope:
    """The caller's scope, narrowed by the filters in the query; it is never widened."""
    kinds = query.kinds
    if kinds and scope.kinds:
        kinds = kinds & scope.kinds or frozenset({""})
    return replace(
        scope,
        kinds=kinds or scope.kinds,
        section=query.category or scope.section,
        tags=scope.tags | query.tags,
    )


def _hit(query: Query, ranked: ranking.Ranked, answer: Answer | None) -> Hit:
    document = ranked.document
    if document.attached and (found := in_file(query, ranked)):
        name, pieces = found
        return Hit(
            key=document.key,
            title=document.title,
            kind=document.kind,
            category=document.category,
            revision=document.id,
            score=ranked.score,
            snippet=pieces,
            attachment=name,
        )
    return Hit(
        key=document.key,
        title=document.title,
        kind=document.kind,
        category=document.category,
        revision=document.id,
        score=ranked.score,
        snippet=_snippet(query, ranked),
        answer=answer,
    )


def _snippet(query: Query, ranked: ranking.Ranked) -> tuple[Piece, ...]:
    body = ranked.document.body
    terms = [*ranked.terms, *(wide.term for wide in query.widened if wide.sort == "words")]
    return snippet(body, ranking.text_of(ranked.document).body, ranked.place, terms)


def _answer(question: Question, document: Document) -> Answer | None:
    return choose(question, _reading(document.body, document.title))


# Revisions are frozen, so what was read of one stays true.
@lru_cache(maxsize=4096)
def _reading(body: str, title: str) -> Reading:
    return read(body, title)


def _synonym_notes(query: Query) -> tuple[Note, ...]:
    return (*_editors_notes(query), *_spoken_notes(query))


def _spoken_notes(query: Query) -> tuple[Note, ...]:
    """One note for all words of the telephone that were understood as others."""
    if not query.spoken:
        return ()
    data = {said.word: list(said.others) for said in query.spoken}
    understood = "；".join(f"{word}→{'、'.join(others)}" for word, others in data.items())
    return (Note("spoken", f"口语已对应：{understood}", {"words": data}),)


def _editors_notes(query: Query) -> tuple[Note, ...]:
    return tuple(
        Note(
            "synonym",
            f"已包含：{synonym.word} = {'、'.join(synonym.others)}",
            {"word": synonym.word, "others": list(synonym.others)},
        )
        for synonym in query.synonyms
    )
