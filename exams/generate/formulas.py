"""Questions on formulas: what is divided by what?"""

from __future__ import annotations

import re
from functools import partial
from typing import NamedTuple

from ..answers import normal
from .corpus import Article, Corpus, Line
from .drafts import GAP, Draft, Turns, chance, choice, gives_away, shared, titled, value

_FORMULA = re.compile(
    r"^(?P<name>[^＝=，。；]{2,20})[＝=](?P<over>[^÷＝=，。；]{4,40})÷"
    r"(?P<under>[^÷×＝=，。；]{3,40})(?P<rest>×100%)?(?=[，。；]|$)"
)
_NUMBER = re.compile(r"[0-9]")


class Formula(NamedTuple):
    """``name ＝ over ÷ under rest``, and the line that states it."""

    name: str
    over: str
    under: str
    rest: str
    line: Line


def formula(line: Line) -> Formula | None:
    """The formula that a sentence begins with; worked examples are none."""
    m = _FORMULA.match(line.text)
    if m is None or _NUMBER.search(m["name"] + m["over"] + m["under"]):
        return None
    return Formula(m["name"], m["over"], m["under"], m["rest"] or "", line)


def asked(corpus: Corpus, line: Line, turns: Turns) -> Draft | None:
    """Which is the numerator, or the denominator? Others are those of other formulas."""
    found = formula(line)
    if found is None:
        return None
    over = turns.next("over", 2) == 0
    right, other = (found.over, found.under) if over else (found.under, found.over)
    wrong = _others(corpus, line.article, found, over)
    shown = f"{GAP}÷{other}" if over else f"{other}÷{GAP}"
    stem = f"{titled(line.article, ())}{found.name}＝{shown}{found.rest}。"
    wrong = sorted(wrong, key=partial(shared, set(stem)), reverse=True)[:3]
    if len(wrong) < 2 or right in line.article.title:
        return None
    if gives_away(stem, right, wrong) and chance(line.text, "given") % 2:
        return None
    texts = turns.placed(right, wrong)
    answer = "ABCD"[texts.index(right)]
    made = value("single", line.article, found.name, stem, options=choice(texts), answer=answer)
    return Draft(made, line.source, line.article, stem, (line,), normal(right))


def _others(corpus: Corpus, article: Article, mine: Formula, over: bool) -> list[str]:
    """Parts in the same place of other articles' formulas, which say something else."""
    own = (normal(mine.over), normal(mine.under))
    found: dict[str, str] = {}
    for each in _all(corpus):
        text = each.over if over else each.under
        form = normal(text)
        same = any(form in part or part in form or _alike(form, part) for part in own)
        theirs = each.line.article
        if theirs is article or not theirs.lends(article) or same or text in article.body:
            continue
        if theirs.traditional == article.traditional:
            found.setdefault(form, text)
    return sorted(found.values())


def _alike(one: str, other: str) -> bool:
    """接入的电话总数 and 接到的全部电话数 count the same."""
    return 2 * len(set(one) & set(other)) > min(len(set(one)), len(set(other)))


def _all(corpus: Corpus) -> tuple[Formula, ...]:
    if corpus.formulas is None:
        read = (formula(line) for line in corpus.all() if "÷" in line.text)
        corpus.formulas = tuple(each for each in read if each is not None)
    return corpus.formulas
