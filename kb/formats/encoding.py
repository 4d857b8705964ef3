"""Bytes to text: Unicode first, then what Chinese offices still save."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from ..articles import newlines
from .source import Unreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LEGACY = ("gb18030", "big5hkscs")
_ALIASES = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}

_COMMON = frozenset(
    "的一是不了在人有我他這这個个們们中來来上大為为和國国地到以說说時时要就出會会可也你對对生能而子那得于着下自之年過过"
    "發发後后作里用道行所然家種种事成方多經经麼么去法學学如都同現现當当沒没動动面起看定天分還还進进好小部其些主樣样理心"
    "本前開开但因只從从想實实日車车票退改簽签費费乘客站點点請请辦办時間间號号，。、；：？！（）《》「」『』“”"
)
"""Frequent characters in both scripts: a wrong decoding has few of them."""

_SAMPLE = 20_000


def decode(data: bytes, declared: str = "") -> str:
    """The text, its lines ending in LF. Raises Unreadable.

    A byte order mark decides; then UTF-8 if it fits, the encoding ``declared`` by the
    content, and the better of GB18030 and Big5.
    """
    text = newlines(_decoded(data, declared))
    if "\0" in text:
        raise Unreadable("文件里有 NUL 字符，不像是文字文件；请确认格式，或另存为 UTF-8 文字。")
    return text


def _decoded(data: bytes, declared: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(data, encoding)
    found = next(_candidates(data, declared), None)
    if found is None:
        raise Unreadable("认不出文件的文字编码，请另存为 UTF-8。")
    return found


def _candidates(data: bytes, declared: str) -> Iterator[str]:
    unmarked = _unmarked_utf16(data)
    for encoding in (unmarked, "utf-8", _known(declared)):
        if encoding:
            text = _attempt(data, encoding)
            if text is not None:
                yield text
    legacy = [text for each in _LEGACY if (text := _attempt(data, each)) is not None]
    yield from sorted(legacy, key=_plausible, reverse=True)


def _unmarked_utf16(data: bytes) -> str:
    """UTF-16 without a mark has a zero in every other byte of its ASCII characters."""
    head = data[:2000]
    zeros = head[0::2].count(0), head[1::2].count(0)
    if len(data) % 2 or max(zeros) == 0 or min(zeros) * 10 > max(zeros):
        return ""
    return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"


def _known(declared: str) -> str:
    name = declared.strip().lower()
    try:
        return codecs.lookup(_ALIASES.get(name, name)).name if name else ""
    except LookupError:
        return ""


def _attempt(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _strict(data: bytes, encoding: str) -> str:
    text = _attempt(data, encoding)
    if text is None:
        raise Unreadable(f"文件开头说是 {encoding.upper()}，内容却不是；请另存为 UTF-8。")
    return text


def _plausible(text: str) -> float:
    wide = [char for char in text[:_SAMPLE] if char > "\x7f"]
    return sum(char in _COMMON for char in wide) / max(len(wide), 1)
