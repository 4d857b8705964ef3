"""Questions on names: who does it, where it is done, on which paper.

A name is found by the word before it and by its last characters; the wrong ones are names of
the same sort in other articles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from kb.text import fold

from .corpus import Article, Corpus, Line
from .drafts import GAP, Draft, Turns, chance, choice, fits, gives_away, scope, shared, value

_WITHIN = (
    r"[^\s，。；：、（）“”「」《》的了在将和或与及并按由向到找经给是为有可先再后时前请让告诉通知原任班站]"
    r"{0,6}?"
)
_BEFORE = r"(?:由|向|找|报告|报|转给|转交|(?<!提)交|转|移交|联系|经|请|告诉|通知)"
_SORTS = MappingProxyType(
    {
        "staff": re.compile(
            rf"{_BEFORE}(?P<name>{_WITHIN}(?:列车长|列车员|乘警|公安|公安机关|派出所|值班站长"
            rf"|售票员|营业部|客运段|安检员|护送人|补票席|交通管理部门))"
            r"(?![\u4e00-\u9fff]?(?:员|长|席|部门|机关|室|组)|或|、|和)"
        ),
        "office": re.compile(
            rf"{_BEFORE}(?P<name>(?:夜班|当班|值班)?{_WITHIN}(?:班长|主管|专员|专席|考官|培训师"
            r"|管理员|安全员|办公室|技术组|经理|质检员|审核人|人事部门|财务|导师))"
            r"(?![\u4e00-\u9fff]?(?:员|长|席|部门|室|组)|或|、|和)"
        ),
        "where": re.compile(
            rf"(?:到|去|在|从|走)(?P<name>{_WITHIN}(?:车站|任一车站)?{_WITHIN}"
            r"(?:窗口|服务台|检票口|安检口|出站口|进站口|通道|候车室|候车厅|售票机"
            r"|自助机|招领处|补费处|营业部|停车场|餐车|补票席))"
            r"(?![\u4e00-\u9fff]{0,2}(?:处|通道|窗口|或|和)|或|、|和|以及|里|旁)"
        ),
        "paper": re.compile(
            rf"(?:凭|持|出示|带上|带|备好|开具|领取|交回)"
            rf"(?P<name>{_WITHIN}(?:身份证|户口簿|残疾人证|学生证|通知书|证明|记录|凭证|发票"
            rf"|提示单|介绍信|委托书|优惠卡|工作证|寄存牌))(?![、和或及]|原件?[、和或及]|件|复印|号)"
        ),
        "code": re.compile(r"(?P<name>[A-Z]{2,5}-[0-9]{1,4})"),
    }
)
"""{sort: how its names are found}. Names of one sort stand in for each other as wrong options."""

_KIN = (("公安", "乘警", "派出所"), ("窗口", "售票", "服务台"), ("身份证", "护照"))
"""Of each group one may be a case of the other, or its like."""

_TRUE_ELSEWHERE = 0.4
_CHOICES = 3


class Name(NamedTuple):
    """``line.text[start:end]``, of one sort."""

    sort: str
    start: int
    end: int
    text: str


def names(line: Line) -> Iterator[Name]:
    """The names of a line, in the order of their sorts."""
    for sort, pattern in _SORTS.items():
        for m in pattern.finditer(line.text):
            if len(m["name"]) > 2 or sort in ("staff", "office"):
                yield Name(sort, m.start("name"), m.end("name"), m["name"])


def single(corpus: Corpus, line: Line, turns: Turns) -> Draft | None:
    """Which of the names stands there?"""
    for each in names(line):
        wrong = others(corpus, line, each)
        if len(wrong) < 2 or not _clear(line, each):
            continue
        stem = f"{scope(line)}{line.text[: each.start]}{GAP}{line.text[each.end :]}。"
        wrong = sorted(wrong[:6], key=partial(shared, set(stem)), reverse=True)[:_CHOICES]
        if gives_away(stem, each.text, wrong) and chance(line.text, "given") % 2:
            continue
        texts = turns.placed(each.text, wrong)
        answer = "ABCD"[texts.index(each.text)]
        seed = f"{line.text}@{each.start}"
        made = value("single", line.article, seed, stem, options=choice(texts), answer=answer)
        return Draft(made, line.source, line.article, stem, (line,), fold(each.text).text)
    return None


def changed(corpus: Corpus, line: Line) -> str | None:
    """The sentence with another name, which is then false."""
    for each in names(line):
        if each.sort in ("office", "code") and _clear(line, each):
            for other in others(corpus, line, each)[:1]:
                return line.text[: each.start] + other + line.text[each.end :]
    return None


def _clear(line: Line, each: Name) -> bool:
    """Is the name said once, not even half of it in the title, and around it more than it?"""
    said = scope(line) + line.text
    told = any(each.text[n : n + 2] in line.article.title for n in range(len(each.text) - 1))
    return not told and said.count(each.text) == 1 and len(line.text) >= len(each.text) + 10


def others(corpus: Corpus, line: Line, each: Name) -> list[str]:
    """Names of the sort that this article has not, alike in length, in an order that looks drawn.

    One that shares a character with the key may be the same thing under another name.
    """
    body = fold(f"{line.article.title}{line.article.body}").text
    near = [fold(like.text).text for like in corpus.alike(line, _TRUE_ELSEWHERE)]
    mine = set(fold(each.text).text)
    found = []
    for other, articles in _all(corpus).get(each.sort, {}).items():
        form = fold(other).text
        alike = len(other) <= 2 * len(each.text) <= 4 * len(other)
        shares = each.sort != "code" and (mine & set(form) or _akin(each.text, other))
        lent = any(
            article.lends(line.article) and article.traditional == line.article.traditional
            for article in articles
        )
        true_near = any(form in said for said in near)
        if lent and alike and not shares and not true_near and form not in body:
            found.append(other)
    drawn = sorted(found, key=lambda other: chance(line.text, other))
    close = sorted(drawn[:8], key=lambda other: abs(len(other) - len(each.text)) // 2)
    return _apart(close)


def _akin(one: str, other: str) -> bool:
    return any(
        any(word in one for word in group) and any(word in other for word in group)
        for group in _KIN
    )


def _apart(found: list[str]) -> list[str]:
    """Those of which none has another in it, or is its like."""
    kept: list[str] = []
    for other in found:
        if not any(other in one or one in other or _akin(one, other) for one in kept):
            kept.append(other)
    return kept


def _all(corpus: Corpus) -> dict[str, dict[str, list[Article]]]:
    """{sort: {name: the articles that have it}}"""
    if corpus.names is None:
        corpus.names = {sort: {} for sort in _SORTS}
        for line in corpus.all():
            if fits(line):
                for each in names(line):
                    corpus.names[each.sort].setdefault(each.text, []).append(line.article)
    return corpus.names
