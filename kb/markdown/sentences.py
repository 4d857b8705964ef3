"""A body's sentences: verbatim, with their headings and the condition they stand under."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from markdown_it.token import Token

from . import prose
from .parse import Parsed, parse
from .render import LONGEST
from .source import line_map, row_cells

Kind = Literal["prose", "item", "row", "callout", "heading"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: ``text == body[start:end]``.

    ``headings`` is its section path, outermost first. ``condition`` says when it holds: what
    leads into its list, its callout's label, the section's 适用/例外/时限, or its own leading
    clause. ``columns`` are the column titles of a table row. ``paragraph`` numbers the block
    it stands in: neighbours in running text share it.
    """

    text: str
    start: int
    end: int
    headings: tuple[str, ...] = ()
    condition: str | None = None
    kind: Kind = "prose"
    columns: tuple[str, ...] = ()
    paragraph: int = 0


_CELL = re.compile(r"(?<!\\)\|")


def row_pairs(text: str, columns: tuple[str, ...]) -> list[tuple[str, str]]:
    """A table row as (column title, value), empty cells left out; the words are the row's own.

    ``text`` as in :class:`Sentence`. A cell beyond the titles has the title ``""``.
    """
    cells = [cell.strip().replace("\\|", "|") for cell in _CELL.split(text)]
    titles = [title.replace("\\|", "|") for title in columns]
    titles += [""] * (len(cells) - len(titles))
    return [(title, cell) for title, cell in zip(titles, cells, strict=False) if cell]


_RULES = ("适用", "时限", "例外")
_ITEM_WHOLE = 60
"""A list item up to this many characters is read as one, however many sentences it has."""

_RULE_HEADING = re.compile(r"适用|適用|例外|时限|時限|前提|条件|條件|[的时時]$|情况下?$|情形$")
_IN_CLAUSE = r"[^，,：:；;。！？“”「」]"
_CLAUSE = re.compile(
    rf"{_IN_CLAUSE}{{0,2}}?(?:如果?|若|倘若|假如|要是|凡|当|當|除非|只要|只有|一旦|对于|對於|遇|未|已)"
    rf"{_IN_CLAUSE}{{1,38}}(?=[，,])"
    rf"|{_IN_CLAUSE}{{2,38}}(?:的|时|時|后|後|前|情况下|情況下|者)(?=[，,])"
)
_HAS_WORD = re.compile(r"\w")
_MARKUP = re.compile(r"[*`~]+|(?<!\w)_+|_+(?!\w)")


def sentences(body: str) -> list[Sentence]:
    """Every sentence of the body, in order: prose, list items, table rows, callouts, headings.

    A row is the verbatim text of its line between the outer pipes. Code and images are left
    out, and so is text without a letter or digit.
    """
    parsed = parse(body) if len(body) <= LONGEST else None
    if parsed is None or parsed.too_deep:
        spans = prose.spans(body, 0, len(body))
        return [Sentence(body[a:b], a, b) for a, b in spans if _HAS_WORD.search(body, a, b)]
    return _Reader(parsed, body).read()


@dataclass(slots=True)
class _List:
    """A list being read: what led into it, and whether an item has begun."""

    lead: str | None


@dataclass(slots=True)
class _Section:
    """A heading's range: its callouts, and the sentences they hold for."""

    callouts: list[tuple[str, str]] = field(default_factory=list)
    members: list[int] = field(default_factory=list)


class _Reader:
    """Walks the block tokens of one body."""

    def __init__(self, parsed: Parsed, body: str) -> None:
        self._tokens = parsed.tokens
        self._parsed = parsed
        self._body = body
        self._found: list[Sentence] = []
        self._headings: list[tuple[int, str]] = []
        self._lists: list[_List] = []
        self._callouts: list[str] = []
        self._sections = [_Section()]
        self._lead: str | None = None
        self._columns: tuple[str, ...] = ()
        self._paragraph = 0

    def read(self) -> list[Sentence]:
        for index, token in enumerate(self._tokens):
            match token.type:
                case "heading_open":
                    self._heading(token, self._tokens[index + 1])
                case "paragraph_open":
                    self._block(self._tokens[index + 1])
                case "bullet_list_open" | "ordered_list_open":
                    self._lists.append(_List(self._lead))
                case "bullet_list_close" | "ordered_list_close":
                    self._lists.pop()
                    self._lead = None
                case "callout_open":
                    self._callouts.append(token.meta["kind"])
                    self._lead = None
                case "callout_close":
                    self._callouts.pop()
                    self._lead = None
                case "thead_open":
                    self._columns = self._cells(token)
                case "tr_open":
                    self._row(token)
                case "table_close" | "hr" | "fence":
                    self._lead = None
        for section in self._sections:
            self._hold(section)
        return self._found

    def _heading(self, token: Token, content: Token) -> None:
        level = int(token.tag[1])
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        path = tuple(text for _, text in self._headings)
        title = _MARKUP.sub("", content.content).strip()
        start = line_map(self._parsed, content).offset(0)
        text = self._body[start : start + len(content.content)]
        if "\n" not in content.content and _HAS_WORD.search(text):
            self._found.append(Sentence(text, start, start + len(text), path, None, "heading"))
        self._headings.append((level, title))
        self._sections.append(_Section())
        self._lead = None

    def _block(self, content: Token) -> None:
        """A paragraph, in or out of a list item or callout."""
        self._paragraph += 1
        spans = list(self._spans(content))
        if self._lists and len(spans) > 1 and spans[-1][1] - spans[0][0] <= _ITEM_WHOLE:
            between = self._body[spans[0][0] : spans[-1][1]]
            if "\n" not in between and "\r" not in between:
                spans = [(spans[0][0], spans[-1][1])]
        lead = None
        for start, end in spans:
            text = self._body[start:end]
            if not _HAS_WORD.search(text):
                continue
            numbered = not self._lists and prose.is_numbered(text)
            if not numbered:
                lead = text if text[-1] in "：:" else None
            self._sentence(start, end, numbered=numbered, lead=lead)
        if spans:
            self._lead = _without_colon(self._body[spans[-1][0] : spans[-1][1]])

    def _spans(self, content: Token) -> Iterator[tuple[int, int]]:
        if "\n" not in content.content:
            start = line_map(self._parsed, content).offset(0)
            yield from prose.spans(self._body, start, start + len(content.content))
            return
        for start, end in self._runs(content):
            yield from prose.spans(self._body, start, end)

    def _runs(self, content: Token) -> Iterator[tuple[int, int]]:
        """Stretches of the body that are one running text: lines, wrapped ones joined."""
        source = line_map(self._parsed, content)
        begin = finish = -1
        position, before = 0, ""
        for line in content.content.split("\n"):
            words = line.lstrip(" \t")
            start = source.offset(position + len(line) - len(words))
            position += len(line) + 1
            if begin >= 0 and not (
                self._body[finish:start].isspace() and prose.joins(before, words)
            ):
                yield begin, finish
                begin = -1
            if begin < 0:
                begin = start
            finish, before = start + len(words), words
        yield begin, finish

    def _sentence(self, start: int, end: int, *, numbered: bool, lead: str | None) -> None:
        kind: Kind = "callout" if self._callouts else "item" if self._lists else "prose"
        if numbered and kind == "prose":
            kind = "item"
        condition = None
        if self._callouts:
            condition = self._callouts[-1]
        elif self._lists:
            condition = self._lists[-1].lead
        elif numbered and lead:
            condition = _without_colon(lead)
        self._add(start, end, kind, condition)

    def _add(self, start: int, end: int, kind: Kind, condition: str | None) -> None:
        text = self._body[start:end]
        section = self._sections[-1]
        if kind == "callout":
            section.callouts.append((self._callouts[-1], text))
        else:
            section.members.append(len(self._found))
        headings = tuple(title for _, title in self._headings)
        columns = self._columns if kind == "row" else ()
        self._found.append(
            Sentence(text, start, end, headings, condition, kind, columns, self._paragraph)
        )

    def _row(self, token: Token) -> None:
        line = (token.map or [0])[0]
        cells = row_cells(self._parsed, line)
        if not cells or self._cells(token) == self._columns:
            return
        self._paragraph += 1
        start, end = cells[0].start, cells[-1].end
        if _HAS_WORD.search(self._body, start, end):
            self._add(start, end, "row", self._lead)

    def _cells(self, token: Token) -> tuple[str, ...]:
        cells = row_cells(self._parsed, (token.map or [0])[0])
        return tuple(self._body[cell.start : cell.end] for cell in cells)

    def _hold(self, section: _Section) -> None:
        """Give a section's sentences the rules that hold there, or their own clause."""
        rules = "；".join(_rules(section.callouts))
        for index in section.members:
            sentence = self._found[index]
            parts = [part for part in (sentence.condition, _rule_heading(sentence), rules) if part]
            condition = "；".join(parts) or _clause(sentence)
            if condition != sentence.condition:
                self._found[index] = replace(sentence, condition=condition)


def _rules(callouts: list[tuple[str, str]]) -> Iterator[str]:
    """One text for each kind of rule in force, its first sentence."""
    for kind in _RULES:
        text = next((text for found, text in callouts if found == kind), None)
        if text is not None:
            yield f"{kind}：{text.rstrip('。；;')}"


def _rule_heading(sentence: Sentence) -> str | None:
    if sentence.headings and _RULE_HEADING.search(sentence.headings[-1]):
        return sentence.headings[-1]
    return None


def _clause(sentence: Sentence) -> str | None:
    match = _CLAUSE.match(sentence.text)
    return _MARKUP.sub("", match[0]).strip() if match else None


def _without_colon(text: str) -> str:
    return text.rstrip("：: ")
