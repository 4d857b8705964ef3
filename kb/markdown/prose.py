"""Where the sentences of running text begin and end."""

from __future__ import annotations

import re
from collections.abc import Iterator

_STOP = re.compile(r"[。！？!?；;]+|…+|\.{2,}|[.．](?=[\s\u2e80-\uffff*_”’\"')]|$)")
_CLOSERS = "”’」』】》〉〕｝）)]}〗＂＇"
_ASIDE = 120
"""A bracket that closes within this many characters holds no sentence ends."""

_QUOTES = ("“”", "「」", "『』")
_QUOTE = 60
"""The same for what is quoted; longer quotations are cut like other text."""

_BRACKETS = {
    **dict.fromkeys(("（）", "()", "【】", "〔〕", "《》", "〈〉", "{}"), _ASIDE),
    **dict.fromkeys(_QUOTES, _QUOTE),
}
_OPENS_QUOTE = "".join(pair[0] for pair in _QUOTES)
_CLOSING = {pair[0]: (pair[1], longest) for pair, longest in _BRACKETS.items()}
_OPENING = re.compile("[" + re.escape("".join(_CLOSING)) + "]")

_URL = re.compile(r"(?:https?://|www\.)[A-Za-z0-9\-._~:/?#@!$&'*+,;=%]+")
_ENTITY_END = re.compile(r"&(?:#\w{1,7}|[A-Za-z]\w{1,30});\Z")
_GOES_ON = re.compile(r"[，、,：:；;的等和与及或]")
_BLANK = re.compile(r"\s|\Z|[”’」』）)\"']")
_LATIN_BEFORE = re.compile(r"([A-Za-z][A-Za-z.]*|\d+)\Z")
_ABBREVIATIONS = frozenset(
    {
        *("mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "inc", "ltd", "co", "corp"),
        *("vs", "etc", "no", "vol", "fig", "al", "cf", "ca", "eg", "ie", "dept", "est", "ed"),
    }
)
_NUMBERING = re.compile(
    r"\s*(?:[（(]?(?:\d{1,3}|[一二三四五六七八九十]{1,3})[)）、．.](?!\d)"
    r"|第[一二三四五六七八九十\d]{1,3}[，、步条款项]|[①-⑳●•·◆■▪])"
)
_WRAPPED = 32
"""A line at least this long that ends without a stop was wrapped by whoever typed it."""


def spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Half-open spans of the sentences in ``text[start:end]``, white space left out.

    A sentence keeps its stop and the quotes, brackets and emphasis that close after it.
    Numbers, addresses, abbreviations and bracketed asides are not split. Nothing is lost but
    white space: joined, the spans are the text.
    """
    shut = _shut(text, start, end)
    begin, index = start, 0
    for stop in _STOP.finditer(text, start, end):
        while index < len(shut) and shut[index][1] <= stop.start():
            index += 1
        if stop.start() < begin or (index < len(shut) and _inside(text, begin, stop, shut[index])):
            continue
        if not _ends(text, begin, stop, end):
            continue
        after = _closers(text, begin, stop.end(), end)
        if after > stop.end() and after < end and _GOES_ON.match(text, after, end):
            continue
        yield from _trimmed(text, begin, after)
        begin = after
    yield from _trimmed(text, begin, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    if piece.strip():
        yield start, start + len(piece.strip())


def _shut(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Stretches in which no sentence ends, in order: short brackets, web addresses."""
    found = [match.span() for match in _URL.finditer(text, start, end)]
    position = start
    while opening := _OPENING.search(text, position, end):
        sign, longest = _CLOSING[opening[0]]
        closing = text.find(sign, opening.end(), min(end, opening.end() + longest))
        position = opening.end()
        if closing >= 0:
            found.append((opening.start(), closing))
            position = closing
    return sorted(found)


def _inside(text: str, begin: int, stop: re.Match[str], shut: tuple[int, int]) -> bool:
    """Is the stop within the stretch, and not the last of a quotation or a bracketed sentence?"""
    left, right = shut
    if not left <= stop.start() < right:
        return False
    return stop.end() != right or (
        text[left] not in _OPENS_QUOTE and text[begin:left].strip() != ""
    )


def _ends(text: str, begin: int, stop: re.Match[str], end: int) -> bool:
    sign = stop[0][-1]
    if sign == "…" or (sign == "." and len(stop[0]) > 1):
        return _BLANK.match(text, stop.end(), end) is not None
    if sign in ".．":
        return _full_stop(text, begin, stop, end)
    if sign == ";":
        return not _ENTITY_END.search(text, max(begin, stop.end() - 34), stop.end())
    return True


def _full_stop(text: str, begin: int, stop: re.Match[str], end: int) -> bool:
    """A Latin full stop ends a sentence unless it numbers, abbreviates or splits a name."""
    before = _LATIN_BEFORE.search(text, max(begin, stop.start() - 20), stop.start())
    if before is None:
        return stop.start() > begin
    word = before[0]
    if word.isdigit():
        return before.start() > begin and len(word) > 2
    if len(word) == 1 or "." in word or word.lower() in _ABBREVIATIONS:
        return False
    rest = text[stop.end() : min(stop.end() + 3, end)].lstrip()
    return not rest[:1].islower()


def _closers(text: str, begin: int, position: int, end: int) -> int:
    """Past the quotes, brackets and emphasis that close after a stop."""
    while position < end:
        char = text[position]
        if char in _CLOSERS or (char in "\"'*_~`" and text.count(char, begin, position) % 2):
            position += 1
        elif char in "*~_" and _closes_pair(text, begin, position, char * 2):
            position += 2
        else:
            break
    return position


def _closes_pair(text: str, begin: int, position: int, pair: str) -> bool:
    return text.startswith(pair, position) and text.count(pair, begin, position) % 2 == 1


def joins(line: str, following: str) -> bool:
    """Does ``following`` go on with the sentence that ``line`` leaves unfinished?"""
    line, following = line.rstrip(), following.lstrip()
    if not line or not following or _NUMBERING.match(following):
        return False
    last = line[-1]
    if last in "，、,（(「《“-—":
        return True
    if last.isascii() and last.isalnum() and following[0].islower() and following[0].isascii():
        return True
    return last.isalnum() and len(line) >= _WRAPPED


def is_numbered(text: str) -> bool:
    """Does the text begin with a number or bullet of a list: 一、 （2） ③ 1. 第三步？"""
    return _NUMBERING.match(text) is not None
