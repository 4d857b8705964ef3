"""Pieces of Markdown from pieces of other formats."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

BREAK = "\v"
"""A line break inside a paragraph, until ``paragraph`` settles the white space."""

_SPECIAL = re.compile(r"\\(?=[!-/:-@\[-`{-~])|[*`]|~~|(?<!\w)_|_(?!\w)|\[(?=[^\[\]\n]{0,200}\]\()")
_AT_START = re.compile(r"^(#{1,6}(?:\s|$)|>|(?:-{3,}|={3,})\s*$)", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_WIDE = r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
_SPACE = re.compile(r"[ \t\n\u00a0]+")
_BETWEEN_WIDE = re.compile(rf"(?<={_WIDE})[ \t]*\n\s*(?={_WIDE})")
_SCHEMES = ("http", "https", "mailto")
_RADICALS = re.compile("[\u2f00-\u2fd5\ufb00-\ufb06]")
_TWINS = (
    "⺂乛⺃乚⺅亻⺉刂⺎兀⺏尣⺐尢⺒巳⺓幺⺔彑⺕彐⺖忄⺘扌⺙攵⺛旡⺞歺⺟母⺠民⺡氵⺣灬"
    "⺤爫⺦丬⺨犭⺫罒⺭礻⺯糹⺰纟⺱罓⺲罒⺹耂⺺肀⺾艹⺿艹⻁虎⻂衤⻃覀⻄西⻅见⻆角⻈讠"
    "⻉贝⻋车⻌辶⻍辶⻎辶⻐钅⻑長⻒镸⻓长⻔门⻖阝⻘青⻙韦⻚页⻛风⻜飞⻝食⻟飠⻠饣⻢马"
    "⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻫斉⻬齐⻭歯⻮齿⻯竜⻰龙⻱龜⻲亀⻳龟"
)
"""Radicals of U+2E80 ff., each before the character that shares its glyph in the Noto CJK fonts:
these are what a PDF made with such a font gives back, and NFKC leaves them."""

_UNIFY = str.maketrans(dict(zip(_TWINS[::2], _TWINS[1::2], strict=True)))


def text(raw: str) -> str:
    """Text that Markdown shows as it is, without control characters."""
    return _SPECIAL.sub(r"\\\g<0>", without_controls(raw))


def without_controls(raw: str) -> str:
    return _CONTROL.sub("", raw)


def unify(raw: str) -> str:
    """Radicals and ligatures as the characters they look like: ⽤ as 用, ⻋ as 车, ﬁ as fi."""
    raw = raw.translate(_UNIFY)
    return _RADICALS.sub(lambda match: unicodedata.normalize("NFKC", match[0]), raw)


def join_wide(raw: str) -> str:
    """Line ends between Chinese characters are no spaces."""
    return _BETWEEN_WIDE.sub("", raw)


def wrapped(inner: str, mark: str) -> str:
    """The marks stand close to the text: with space inside they would not count as marks."""
    parts = []
    for line in inner.split(BREAK):
        core = line.strip()
        before, _, after = line.partition(core) if core else (line, "", "")
        parts.append(f"{before}{mark}{core}{mark}{after}" if core else line)
    return BREAK.join(parts)


def code(raw: str) -> str:
    """Inline code of unescaped text."""
    raw = _SPACE.sub(" ", without_controls(raw)).strip()
    if not raw:
        return ""
    marks = "`" * (max((len(run) for run in re.findall("`+", raw)), default=0) + 1)
    edge = " " if raw.startswith("`") or raw.endswith("`") else ""
    return f"{marks}{edge}{raw}{edge}{marks}"


def link(inner: str, address: str) -> str:
    """A link if the address leads out of the page, else its text alone."""
    try:
        scheme = urlsplit(address.strip()).scheme.lower()
    except ValueError:
        scheme = ""
    label = inner.strip()
    if scheme not in _SCHEMES or not label:
        return inner
    target = quote(address.strip(), safe="!#$%&'*+,/:;=?@[]~")
    return f"[{label}]({target})"


def paragraph(inner: str) -> str:
    """Inline Markdown with its white space settled; '' if there is nothing in it."""
    lines = (_SPACE.sub(" ", line).strip() for line in join_wide(inner).split(BREAK))
    return _AT_START.sub(r"\\\1", "\n".join(line for line in lines if line))


def one_line(inner: str) -> str:
    """As ``paragraph``, its breaks as spaces."""
    return _SPACE.sub(" ", join_wide(inner.replace(BREAK, "\n"))).strip()


def heading(level: int, inner: str) -> str:
    label = one_line(inner)
    return f"{'#' * min(level, 6)} {label}" if label else ""


def fenced(raw: str) -> str:
    raw = without_controls(raw).strip("\n")
    marks = "`" * max(3, max((len(run) for run in re.findall("`+", raw)), default=0) + 1)
    return f"{marks}\n{raw}\n{marks}"


def quoted(blocks: Iterable[str]) -> str:
    inner = document(blocks)
    return "\n".join(f"> {line}".rstrip() for line in inner.split("\n")) if inner else ""


def table(rows: Sequence[Sequence[str]]) -> str:
    """A table whose first row is its head; '' if no cell holds anything."""
    rows = [[one_line(cell).replace("|", r"\|") for cell in row] for row in rows]
    rows = [row for row in rows if any(row)]
    if not rows:
        return ""
    width = max(len(row) for row in rows)
    lines = [_row([*row, *[""] * (width - len(row))]) for row in rows]
    return "\n".join([lines[0], _row(["---"] * width), *lines[1:]])


@dataclass(slots=True)
class _Level:
    ordered: bool
    count: int = 0
    indent: int = 0


def listing(items: Iterable[tuple[int, bool, str]]) -> str:
    """A list of ``(level from 0, ordered, inline Markdown)``."""
    levels: list[_Level] = []
    lines: list[str] = []
    for depth, ordered, inner in items:
        # A list can only step down one level at a time.
        depth = min(depth, len(levels))
        del levels[depth + 1 :]
        if depth == len(levels):
            levels.append(_Level(ordered))
        elif levels[depth].ordered != ordered:
            levels[depth] = _Level(ordered)
        level = levels[depth]
        level.count += 1
        mark = f"{level.count}. " if ordered else "- "
        start = levels[depth - 1].indent if depth else 0
        level.indent = start + len(mark)
        body = paragraph(inner).replace("\n", "\n" + " " * level.indent)
        lines.append(f"{' ' * start}{mark}{body}".rstrip())
    return "\n".join(lines)


def document(blocks: Iterable[str]) -> str:
    return "\n\n".join(block for block in blocks if block.strip())


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
