"""Questions on tables and on lists that read like one: what stands in this row?

The other rows give the wrong options. A list whose items say 情形：做法 is a table of two columns.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from kb.markdown import row_pairs
from kb.text import analyse

from ..answers import normal
from .corpus import Article, Corpus, Line, source
from .drafts import (
    GAP,
    Draft,
    Turns,
    chance,
    choice,
    gives_away,
    shared,
    shuffled,
    titled,
    value,
    worded,
)

_LONGEST = 30
_JUDGED = 44
_MOST = 3
"""Choices from one table: more would be answered by leaving out what the others had."""

_LISTS = frozenset(("", "比较", "对比", "项目", "内容", "序号", "步骤"))
_SPOKEN = re.compile(r"[您我你]|……|为例|[见見]《|[？?]$")
_EMPTY = frozenset(("", "-", "—", "无", "/", "同上", "不限"))
_LABELLED = re.compile(r"(?P<label>[^：，。；、“”（）《》]{2,14})：(?P<said>[^：]{4,40})$")
_CONDITION = re.compile(r"(?P<label>[^，。；：《》]{3,24}的)，(?P<said>.{5,40})$")


@dataclass(frozen=True, slots=True)
class Table:
    """``cells[row][column]`` under ``titles``; ``lines`` are its rows. A list has no titles."""

    lines: Sequence[Line]
    titles: tuple[str, ...]
    cells: Sequence[Sequence[str]]

    def column(self, number: int) -> list[str]:
        return [row[number] for row in self.cells]


def tables(corpus: Corpus, article: Article) -> Iterator[Table]:
    """The tables of an article that are filled in every cell."""
    run: list[Line] = []
    for line in [*corpus.lines[article.key], None]:
        row = line is not None and line.sentence.kind == "row"
        if run and not (row and line and line.sentence.columns == run[0].sentence.columns):
            if found := _table(run):
                yield found
            run = []
        if row and line:
            run.append(line)


def _table(rows: Sequence[Line]) -> Table | None:
    width = len(rows[0].sentence.columns)
    read = [row_pairs(_bare(row.sentence.text), row.sentence.columns) for row in rows]
    if width < 2 or any(len(pairs) != width for pairs in read):
        return None
    cells = [tuple(cell for _, cell in pairs) for pairs in read]
    titles = tuple(title.removeprefix("您的") for title, _ in read[0])
    if width > 2 and len({row[0] for row in cells}) < len(cells):
        # What a row is about stands in its first two columns together.
        titles = (f"{titles[0]}、{titles[1]}", *titles[2:])
        cells = [(f"{row[0]}，{row[1]}", *row[2:]) for row in cells]
    return Table(rows, titles, cells)


def lists(runs: Sequence[Sequence[Line]]) -> Iterator[Table]:
    """Lists of at least three items that each say 情形：做法."""
    for lines in runs:
        for pattern in (_LABELLED, _CONDITION):
            found = [(line, m) for line in lines if (m := pattern.match(line.text))]
            fit = [(line, m) for line, m in found if "。" not in line.text and "→" not in line.text]
            if len(fit) >= 3:
                cells = [(m["label"], m["said"]) for _, m in fit]
                yield Table([line for line, _ in fit], (), cells)
                break


def asked(article: Article, table: Table, turns: Turns) -> Iterator[Draft]:
    """The whole table as pairs or as those of one sort, or questions on its rows."""
    if table.titles and _against(*table.titles[:2]):
        return
    column = 1 + turns.next("column", max(1, len(table.cells[0]) - 1))
    several = _several(article, table)
    if several is not None:
        yield several
        return
    pairs = _pairs(article, table, column)
    labels = not table.titles and not all(name.endswith("的") for name in table.column(0))
    if pairs is not None and (labels or turns.next("table", 2)):
        yield pairs
        return
    if labels:
        return  # 留证据：____ answers itself
    yield from _rows(article, table, turns)


def _pairs(article: Article, table: Table, column: int) -> Draft | None:
    """Put together what stands in one row; for two columns in which nothing stands twice."""
    columns = [table.column(0), table.column(column)]
    if not 3 <= len(table.lines) <= 6:
        return None
    for texts in columns:
        forms = {normal(text) for text in texts}
        if len(forms) < len(texts) or any(
            len(t) > _LONGEST or _SPOKEN.search(t) or t in _EMPTY for t in texts
        ):
            return None
    if not all(_of_one_sort(text, columns[1][0]) for text in columns[1]):
        return None
    if table.titles and table.titles[0] in _LISTS:
        return None
    stem = titled(article, table.lines[0].sentence.headings)
    if table.titles:
        stem += worded(article, f"把“{table.titles[0]}”和“{table.titles[column]}”对应起来。")
    else:
        stem += worded(article, "把各项和相应的说明对应起来。")
    answer = dict(zip(*columns, strict=True))
    made = value("match", article, "".join(row.text for row in table.lines), stem, answer=answer)
    evidence = source(article, table.lines[0].sentence.start, table.lines[-1].sentence.end)
    return Draft(made, evidence, article, stem + " ".join(answer), tuple(table.lines))


def _against(one: str, other: str) -> bool:
    """可以 and 不可以 stand over two lists, of which no row is a pair."""
    return one in other or other in one


def _several(article: Article, table: Table) -> Draft | None:
    """Which rows have the same in one column? For a column in which two or more have it."""
    names = table.column(0)
    if not table.titles or not 3 <= len(names) <= 6 or table.titles[0] in _LISTS:
        return None
    if len({normal(name) for name in names}) < len(names) or any(
        len(name) > _LONGEST or _SPOKEN.search(name) for name in names
    ):
        return None
    for column in range(1, len(table.titles)):
        rows: dict[str, list[str]] = defaultdict(list)
        for name, cell in zip(names, table.column(column), strict=True):
            rows[normal(cell)].append(name)
        for cell in table.column(column):
            right = rows[normal(cell)]
            nested = any(f != normal(cell) and normal(cell) in f for f in rows)
            fit = cell not in _EMPTY and len(cell) <= _LONGEST and not _SPOKEN.search(cell)
            if 2 <= len(right) < len(names) and fit and not nested:
                return _which(article, table, column, cell, right)
    return None


def _which(article: Article, table: Table, column: int, cell: str, right: Sequence[str]) -> Draft:
    about, asked_for = table.titles[0], table.titles[column]
    stem = titled(article, table.lines[0].sentence.headings) + worded(
        article, f"下列“{about}”中，“{asked_for}”为“{cell}”的有哪些？"
    )
    seed = f"{table.lines[0].text}@{column}@{cell}"
    shown = shuffled(table.column(0), seed)
    answer = [key for key, text in zip("ABCDEF", shown, strict=False) if text in right]
    made = value(
        "multiple", article, seed, stem, options=choice(shown), answer=answer, policy="partial"
    )
    evidence = source(article, table.lines[0].sentence.start, table.lines[-1].sentence.end)
    return Draft(made, evidence, article, stem + " ".join(shown), tuple(table.lines))


def _rows(article: Article, table: Table, turns: Turns) -> Iterator[Draft]:
    """A question for each row: its first cell is given, one of the others is asked."""
    names = table.column(0)
    if len({normal(name) for name in names}) < len(names):
        return
    width = len(table.cells[0])
    if table.titles and table.titles[0] in _LISTS:
        if width > 2:
            for number in range(len(table.lines)):
                if draft := _compared(article, table, number, turns):
                    yield draft
        return
    singles = 0
    for number, row in enumerate(table.lines):
        first = chance(row.text, "column")
        columns = [1 + (first + n) % (width - 1) for n in range(width - 1)]
        made = [
            d for c in columns if singles < _MOST and (d := _cell(article, table, number, c, turns))
        ]
        if made:
            singles += 1
        else:
            made = [d for c in columns if (d := _judged(article, table, number, c, turns))]
        yield from made[:1]


def _cell(article: Article, table: Table, number: int, column: int, turns: Turns) -> Draft | None:
    row, name, right = table.lines[number], table.cells[number][0], table.cells[number][column]
    others = table.column(column)
    wrong = _wrong(others, right)
    alone = sum(normal(other) == normal(right) for other in others) == 1
    if not alone or len(wrong) < 2 or right in f"{article.title}{name}":
        return None
    if not _fit(table, column, [name, right, *wrong]):
        return None
    stem = titled(article, row.sentence.headings) + _said(article, table, name, column, GAP)
    wrong = sorted(shuffled(wrong, row.text), key=partial(shared, set(stem)), reverse=True)[:3]
    if gives_away(stem, right, wrong) and chance(row.text, "given") % 2:
        return None
    shown = turns.placed(right, shuffled(wrong, row.text, "shown"))
    answer = "ABCD"[shown.index(right)]
    seed = f"{row.text}@{column}"
    made = value("single", article, seed, stem, options=choice(shown), answer=answer)
    return Draft(made, row.source, article, stem, (row,))


def _judged(article: Article, table: Table, number: int, column: int, turns: Turns) -> Draft | None:
    """What stands in the row, or in another row of this column: is it so?"""
    row, name, right = table.lines[number], table.cells[number][0], table.cells[number][column]
    wrong = _wrong(table.column(column), right, _JUDGED)
    alone = sum(normal(other) == normal(right) for other in table.column(column)) == 1
    if not alone or not wrong or len(right) > _JUDGED or not table.titles:
        return None
    other = shuffled(wrong, row.text)[0]
    if not _fit(table, column, [name, right, other]):
        return None
    true = turns.next("truth", 2) == 0
    said = _said(article, table, name, column, right if true else other)
    stem = titled(article, row.sentence.headings) + said
    made = value("judge", article, f"{row.text}@{column}", stem, answer=true)
    if not true:
        told = worded(article, "原文：")
        made["explanation"] = told + _said(article, table, name, column, right)
    return Draft(made, row.source, article, stem, (row,))


def _compared(article: Article, table: Table, number: int, turns: Turns) -> Draft | None:
    """Of things compared in columns: is this said of the one, or of another?"""
    row, (about, *cells) = table.lines[number], table.cells[number]
    column = turns.next("compared", len(cells))
    right = cells[column]
    wrong = _wrong(cells, right, _JUDGED)
    shown = [about, table.titles[1 + column], right, *wrong[:1]]
    alone = sum(normal(cell) == normal(right) for cell in cells) == 1
    told_above = normal(right) in normal(table.titles[1 + column])
    if (
        not wrong
        or not alone
        or told_above
        or right in _EMPTY
        or any(_SPOKEN.search(text) for text in shown)
    ):
        return None
    told = [f"“{table.titles[1 + column]}”的“{about}”是：{cell}。" for cell in (right, wrong[0])]
    true = turns.next("truth", 2) == 0
    stem = titled(article, row.sentence.headings) + told[not true]
    made = value("judge", article, f"{row.text}@{column}", stem, answer=true)
    if not true:
        made["explanation"] = worded(article, "原文：") + told[0]
    return Draft(made, row.source, article, stem, (row,))


def _said(article: Article, table: Table, name: str, column: int, cell: str) -> str:
    """The row as a sentence."""
    if table.titles:
        is_ = "是" if cell == GAP else "是："
        said = f"“{table.titles[0]}”为“{name}”的，“{table.titles[column]}”{is_}"
        return f"{worded(article, said)}{cell}。"
    if name.endswith("的"):
        return f"{name}，{cell}。"
    return f"{name}：{cell}。"


def _wrong(others: Sequence[str], right: str, longest: int = _LONGEST) -> list[str]:
    """What stands in the other rows and could stand here, each once."""
    forms = {normal(other): other for other in others}
    mine = normal(right)
    return [
        text
        for form, text in forms.items()
        if form != mine
        and mine not in form
        and form not in mine
        and text not in _EMPTY
        and len(text) <= longest
        and _of_one_sort(text, right)
    ]


def _fit(table: Table, column: int, texts: Sequence[str]) -> bool:
    right = texts[1]
    limit = _JUDGED if len(texts) == 3 else _LONGEST + 10 * (not table.titles)
    titles = (table.titles[0], table.titles[column]) if table.titles else ()
    if titles and (titles[0] in _LISTS or not titles[1]):
        return False
    return (
        right not in _EMPTY
        and len(right) <= limit
        and not any(_SPOKEN.search(text) for text in (*texts, *titles))
    )


def _of_one_sort(one: str, other: str) -> bool:
    """Do two cells look like answers to one question: both with the same units, or both words?"""
    return _units(one) == _units(other) and len(one) <= 3 * len(other) <= 9 * len(one)


def _units(text: str) -> frozenset[str]:
    return frozenset(re.sub(r"[0-9.]", "", t.text) for t in analyse(text) if t.kind == "quantity")


def _bare(text: str) -> str:
    return text.replace("**", "").replace("`", "")
