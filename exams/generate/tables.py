"""Questions on tables: what stands in this row? The other rows give the wrong options."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kb.markdown import row_pairs
from kb.text import analyse

from ..answers import normal
from .corpus import Article, Corpus, Line, source
from .drafts import GAP, Draft, chance, shuffled, titled, value

_LONGEST = 30
_LISTS = frozenset(("", "比较", "对比", "项目", "内容", "序号", "步骤"))
_SPOKEN = re.compile(r"[您我你]|……|为例|见《")
_EMPTY = frozenset(("", "-", "—", "无", "/", "同上", "不限"))


def tables(corpus: Corpus, article: Article) -> Iterator[list[Line]]:
    """The rows of each table, as they stand together."""
    run: list[Line] = []
    for line in corpus.lines[article.key]:
        same = run and line.sentence.columns == run[0].sentence.columns
        if line.sentence.kind == "row" and (same or not run):
            run.append(line)
            continue
        if run:
            yield run
        run = [line] if line.sentence.kind == "row" else []
    if run:
        yield run


def asked(article: Article, rows: Sequence[Line]) -> Iterator[Draft]:
    """The whole table as pairs, or questions on its rows: which of them looks drawn."""
    pairs = _pairs(article, rows)
    if pairs is not None and chance(rows[0].text, "table") % 2:
        yield pairs
    else:
        yield from cells(article, rows)


def _pairs(article: Article, rows: Sequence[Line]) -> Draft | None:
    """Put together what stands in one row; for two columns in which nothing stands twice."""
    read = [row_pairs(_bare(row.sentence.text), row.sentence.columns) for row in rows]
    if not 3 <= len(rows) <= 6 or any(len(pairs) != 2 for pairs in read):
        return None
    columns = [[pairs[side][1] for pairs in read] for side in (0, 1)]
    for texts in columns:
        forms = {normal(text) for text in texts}
        if len(forms) < len(rows) or any(len(t) > _LONGEST or _SPOKEN.search(t) for t in texts):
            return None
    (left, _), (right, _) = read[0]
    if left in _LISTS or not all(_of_one_sort(text, columns[1][0]) for text in columns[1]):
        return None
    stem = f"{titled(article, rows[0].sentence.headings)}把“{left}”和“{right}”对应起来。"
    answer = dict(zip(*columns, strict=True))
    made = value("match", article, "".join(row.text for row in rows), stem, answer=answer)
    evidence = source(article, rows[0].sentence.start, rows[-1].sentence.end)
    return Draft(made, evidence, article, stem + " ".join(answer), tuple(rows))


def cells(article: Article, rows: Sequence[Line]) -> Iterator[Draft]:
    """A question for each row: its first cell is given, one of the others is asked."""
    read = [row_pairs(_bare(row.sentence.text), row.sentence.columns) for row in rows]
    width = len(rows[0].sentence.columns)
    if len(rows) < 3 or width < 2 or any(len(pairs) != width for pairs in read):
        return
    names = [pairs[0][1] for pairs in read]
    if len({normal(name) for name in names}) < len(names):
        return
    for row, pairs in zip(rows, read, strict=True):
        column = 1 + chance(row.text, "column") % (width - 1)
        if draft := _cell(article, row, pairs, column, [p[column][1] for p in read]):
            yield draft


def _cell(
    article: Article, row: Line, pairs: list[tuple[str, str]], column: int, others: list[str]
) -> Draft | None:
    (about, name), (asked, right) = pairs[0], pairs[column]
    forms = {normal(other): other for other in others}
    mine = normal(right)
    wrong = [text for form, text in forms.items() if form != mine and text not in _EMPTY]
    alone = sum(normal(other) == mine for other in others) == 1
    nested = any(mine in form or form in mine for form in forms if form != mine)
    wrong = [text for text in wrong if _of_one_sort(text, right)]
    fit = right not in _EMPTY and len(right) <= _LONGEST and about not in _LISTS and asked
    if _SPOKEN.search(f"{right}{asked}{about}"):
        return None
    if not alone or nested or not fit or len(wrong) < 2 or right in f"{article.title}{name}":
        return None
    if any(len(text) > _LONGEST for text in wrong):
        return None
    stem = f"{titled(article, row.sentence.headings)}“{about}”为“{name}”，“{asked}”是{GAP}。"
    shown = shuffled([right, *shuffled(wrong, row.text)[:3]], row.text, "shown")
    options = [{"key": k, "text": text} for k, text in zip("ABCD", shown, strict=False)]
    answer = "ABCD"[shown.index(right)]
    seed = f"{row.text}@{column}"
    made = value("single", article, seed, stem, options=options, answer=answer)
    return Draft(made, row.source, article, stem, (row,))


def _of_one_sort(one: str, other: str) -> bool:
    """Do two cells look like answers to one question: both with the same units, or both words?"""
    return _units(one) == _units(other) and len(one) <= 3 * len(other) <= 9 * len(one)


def _units(text: str) -> frozenset[str]:
    return frozenset(re.sub(r"[0-9.]", "", t.text) for t in analyse(text) if t.kind == "quantity")


def _bare(text: str) -> str:
    return text.replace("**", "").replace("`", "")
