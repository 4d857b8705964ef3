"""Phrases in what was said.

Compared is folded text (kb's: traditional = simplified, full = half width) without punctuation
and spaces, numbers with units in canonical form (三十天 = 30天). Between the units of a phrase
fillers are passed over (嗯, 那个). Neighbouring utterances of one speaker are read as one text,
so that a phrase may be split over them; a match begins and ends at whole words and numbers
where they are Latin or digits (5% is not in 15%).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache, partial

from kb.text import fold
from kb.text.numbers import quantities

from ..transcripts import Role, Utterance
from .contract import Evidence, quoted

JOINED = Fraction(2)
"""Seconds between two utterances of one speaker up to which a phrase may go on."""

FILLERS = ("就是说", "那个", "这个", "就是", "然后", *"嗯呃啊哦噢喔诶欸唉哎呀嘛呢")
MOST_FILLERS = 3
"""So many in a row are passed over."""

_UNIT = re.compile(r"[a-z0-9]+|[^\W_]")

_NEGATED = re.compile(
    r"(?:不|没有?办?法?|未|勿|并非|无法|无需|(?<![特级差区分个])别)"
    r"(?:再|给|向|对|跟|和|为|帮|您|你|我|去|来|能|会|要|得|敢|曾|用|必|可以|可|轻易|随便|直接|说|讲"
    r"|是|有|做|把){0,4}$"
)
"""How the words before a phrase end that deny it: 我们**不能给您**保证退款."""

_BEFORE = 8
"""Characters before a phrase in which a negation is looked for."""


@dataclass(frozen=True, slots=True)
class Compact:
    """A text as it is compared; ``spans[i]`` is where its i-th character stands in the original.

    ``begins`` and ``ends``: the places between characters at which a match may begin and end.
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    begins: frozenset[int]
    ends: frozenset[int]
    units: tuple[str, ...]


@lru_cache(maxsize=16384)
def compact(text: str) -> Compact:
    """The comparable form of one text."""
    folded = fold(text)
    made: list[str] = []
    spans: list[tuple[int, int]] = []
    begins, ends, size = [], [], 0
    for unit, start, end in _units(folded.text):
        begins.append(size)
        size += len(unit)
        ends.append(size)
        made.append(unit)
        spans += [folded.original(start, end)] * len(unit)
    return Compact("".join(made), tuple(spans), frozenset(begins), frozenset(ends), tuple(made))


def _units(folded: str) -> Iterator[tuple[str, int, int]]:
    place = 0
    for each in quantities(folded):
        yield from _words(folded, place, each.start)
        yield each.text.lower(), each.start, each.end
        place = each.end
    yield from _words(folded, place, len(folded))


def _words(folded: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    for m in _UNIT.finditer(folded, start, end):
        yield m.group(), m.start(), m.end()


@dataclass(frozen=True, slots=True)
class Stream:
    """What one speaker said in one go: ``text`` is compact, ``places[i]`` = (utterance, start,
    end) of its i-th character.
    """

    role: Role | None
    text: str
    places: Sequence[tuple[int, int, int]]
    begins: frozenset[int]
    ends: frozenset[int]


def streams(utterances: Sequence[Utterance], wanted: Sequence[int]) -> Iterator[Stream]:
    """The utterances with the ``wanted`` indices, neighbours of one speaker joined."""
    runs: list[list[int]] = []
    last: dict[Role | None, list[int]] = {}
    for index in wanted:
        said = utterances[index]
        run = last.get(said.role)
        if run is not None and said.start - utterances[run[-1]].end <= JOINED:
            run.append(index)
        else:
            last[said.role] = [index]
            runs.append(last[said.role])
    for run in runs:
        yield _joined(utterances, run)


def _joined(utterances: Sequence[Utterance], run: Sequence[int]) -> Stream:
    text: list[str] = []
    places: list[tuple[int, int, int]] = []
    begins: set[int] = set()
    ends: set[int] = set()
    for index in run:
        said, before = compact(utterances[index].text), len(places)
        text.append(said.text)
        places += [(index, start, end) for start, end in said.spans]
        begins |= {before + place for place in said.begins}
        ends |= {before + place for place in said.ends}
    return Stream(
        utterances[run[0]].role, "".join(text), places, frozenset(begins), frozenset(ends)
    )


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase as it was said, in one or more utterances. ``negated``: it was denied."""

    phrase: str
    role: Role | None
    places: tuple[Evidence, ...]
    negated: bool

    @property
    def at(self) -> Fraction:
        return self.places[0].at

    @property
    def until(self) -> Fraction:
        return self.places[-1].until


def matches(
    utterances: Sequence[Utterance], wanted: Sequence[int], phrases: Sequence[str]
) -> list[Match]:
    """Every mention of any of the phrases, in the order of time; of several that begin at one
    place the longest.
    """
    found: dict[tuple[int, int], Match] = {}
    for stream in streams(utterances, wanted):
        for phrase in phrases:
            for first, last in _spans(stream, phrase):
                made = _match(utterances, stream, phrase, first, last)
                known = found.get(_start(made))
                if known is None or _end(known) < _end(made):
                    found[_start(made)] = made
    return sorted(found.values(), key=lambda match: (match.at, _start(match)))


def _start(match: Match) -> tuple[int, int]:
    return match.places[0].utterance or 0, match.places[0].start


def _end(match: Match) -> tuple[int, int]:
    return match.places[-1].utterance or 0, match.places[-1].end


def _spans(stream: Stream, phrase: str) -> Iterator[tuple[int, int]]:
    units = compact(phrase).units
    passed = cache(partial(_passed, stream.text))
    place = stream.text.find(units[0]) if units else -1
    while place >= 0:
        end = _reached(stream, place, units, passed) if place in stream.begins else None
        if end is not None:
            yield place, end
        place = stream.text.find(units[0], place + 1 if end is None else end)


def _reached(
    stream: Stream, start: int, units: Sequence[str], passed: Callable[[int], frozenset[int]]
) -> int | None:
    """Where the units end, read from ``start`` on with fillers between them; None if they do not
    follow. All ways are gone at once: a phrase may have words of its own that are fillers.
    """
    places = {start + len(units[0])}
    for unit in units[1:]:
        onward = frozenset[int]().union(*map(passed, places))
        places = {p + len(unit) for p in onward if stream.text.startswith(unit, p)}
        if not places:
            return None
    return min((place for place in places if place in stream.ends), default=None)


def _passed(text: str, place: int) -> frozenset[int]:
    """The place, and those behind fillers that follow it."""
    found = edge = {place}
    for _ in range(MOST_FILLERS):
        edge = {p + len(each) for p in edge for each in FILLERS if text.startswith(each, p)}
        found = found | edge
    return frozenset(found)


def _match(
    utterances: Sequence[Utterance], stream: Stream, phrase: str, first: int, last: int
) -> Match:
    spans: dict[int, tuple[int, int]] = {}
    for index, start, end in stream.places[first:last]:
        spans[index] = (spans.get(index, (start, end))[0], end)
    places = tuple(quoted(utterances, index, start, end) for index, (start, end) in spans.items())
    begun = places[0]
    said = utterances[begun.utterance or 0].text[max(0, begun.start - _BEFORE) : begun.start]
    return Match(phrase, stream.role, places, denied(said))


def denied(before: str) -> bool:
    """Do the words right before a phrase deny it? 能不能, 特别 and 不好意思 do not."""
    text = fold(before).text.rstrip()
    found = _NEGATED.search(text)
    if found is None:
        return False
    place = found.start()
    asks = place > 0 and text[place] in "不没" and text[place - 1] == text[place + 1 : place + 2]
    return not asks
