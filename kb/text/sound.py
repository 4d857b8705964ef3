"""How characters sound: pinyin without tones, its initials, and characters that sound alike.

Any reading of a character counts, so 银行 is found by yinhang and by yinxing: no dictionary of
phrases is needed, and people do type the wrong one.
"""

from __future__ import annotations

import os
import re
import unicodedata
from functools import cache, lru_cache
from itertools import pairwise

from .folding import fold
from .segment import character_frequencies

COMMON = 40
"""Characters rarer than this in the segmenter's dictionary are not offered as what was meant."""

_FUZZY = (
    ("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in"),
)  # fmt: skip


@cache
def _marked() -> dict[int, str]:
    """Code point → its syllables with tones, as the library keeps them."""
    # The library's own switch: its phrases are not used here, and take half a second to load.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
    from pypinyin.pinyin_dict import pinyin_dict

    return pinyin_dict


def _plain(marked: str) -> tuple[str, ...]:
    """``zhòng,chóng`` → ``zhong``, ``chong``; ü is v, as it is typed."""
    letters = unicodedata.normalize("NFD", marked.replace("ü", "v")).replace("u\u0308", "v")
    ascii_only = "".join(c for c in letters if c.isascii())
    return tuple(dict.fromkeys(filter(None, ascii_only.split(","))))


@lru_cache(maxsize=32_768)
def readings(character: str) -> tuple[str, ...]:
    """The syllables a character can stand for, the usual one first; () for what has none."""
    marked = _marked().get(ord(character)) if len(character) == 1 else None
    return _plain(marked) if marked else ()


@cache
def _syllables() -> frozenset[str]:
    common = (c for c, count in character_frequencies().items() if count >= COMMON)
    return frozenset(syllable for c in common for syllable in readings(c)[:2])


@lru_cache(maxsize=4096)
def split(run: str) -> tuple[str, ...]:
    """Letters cut into syllables, as few as possible; what begins none stays a lone letter.

    >>> split("tuipiao"), split("tp"), split("tuip")
    (('tui', 'piao'), ('t', 'p'), ('tui', 'p'))
    """
    best: list[tuple[int, int, tuple[str, ...]]] = [(0, 0, ())]
    for end in range(1, len(run) + 1):
        options = []
        for start in range(max(0, end - 6), end):
            piece = run[start:end]
            alone, count, pieces = best[start]
            if piece in _syllables() and (len(piece) > 1 or piece in "aeo"):
                options.append((alone, count + 1, (*pieces, piece)))
            elif len(piece) == 1:
                options.append((alone + 1, count + 1, (*pieces, piece)))
        best.append(min(options))
    return best[-1][2]


def sounds(folded: str) -> list[str]:
    """Terms under which a name is found by pinyin: its syllables, and neighbours joined."""
    found: list[str] = []
    for stretch in _HAN_STRETCH.findall(folded):
        heard = [readings(c)[:3] for c in stretch]
        found += [syllable for options in heard for syllable in options]
        for one, other in pairwise(heard):
            found += [a + b for a in one[:2] for b in other[:2]]
    return found


def initials(folded: str) -> list[str]:
    """Terms under which a name is found by initials: those of 2, 3 and 4 neighbours."""
    found: list[str] = []
    for stretch in _HAN_STRETCH.findall(folded):
        letters = "".join(r[0][0] if (r := readings(c)) else "?" for c in stretch)
        for size in (2, 3, 4):
            found += [letters[i : i + size] for i in range(len(letters) - size + 1)]
    return found


def asked_sounds(run: str) -> tuple[list[str], list[str]]:
    """What to look up in :func:`sounds` and in :func:`initials` for letters somebody typed."""
    pieces = split(run)
    full = [piece for piece in pieces if len(piece) > 1]
    joined = [a + b for a, b in pairwise(pieces) if len(a) > 1 and len(b) > 1]
    if len(full) == len(pieces):
        return [*full, *joined], []
    letters = "".join(piece[0] for piece in pieces) if full else run
    grams = [letters[i : i + n] for n in (2, 3, 4) for i in range(len(letters) - n + 1)]
    return [*full, *joined], grams


_HAN_STRETCH = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")


def reads_as(text: str, run: str) -> str | None:
    """The stretch of ``text`` that the letters spell in full or by initials, if there is one."""
    pieces = split(run)
    lone = tuple(run)
    for wanted in (pieces, lone) if pieces != lone else (pieces,):
        for start in range(len(text) - len(wanted) + 1):
            stretch = text[start : start + len(wanted)]
            if all(_sounds_like(c, p) for c, p in zip(stretch, wanted, strict=True)):
                return stretch
    return None


def _sounds_like(character: str, piece: str) -> bool:
    options = readings(fold(character).text or character)
    return any(r == piece or (len(piece) == 1 and r[0] == piece) for r in options)


@lru_cache(maxsize=8192)
def alike(character: str) -> str:
    """Common characters that sound the same, then those that nearly do, commonest first."""
    same = _by_sound()
    own = readings(character)[:2]
    near = [_vague(syllable) for syllable in own]
    exact = {c for syllable in own for c in same.get(syllable, ())}
    vague = {c for syllable in near for c in _by_vague_sound().get(syllable, ())} - exact
    count = character_frequencies()
    ranked = sorted(exact, key=lambda c: -count[c]) + sorted(vague, key=lambda c: -count[c])
    return "".join(c for c in ranked if c != character)


def _vague(syllable: str) -> str:
    for sharp, blurred in _FUZZY:
        if syllable.startswith(sharp) or syllable.endswith(sharp):
            syllable = syllable.replace(sharp, blurred)
    return "l" + syllable[1:] if syllable.startswith("n") else syllable


@cache
def _by_sound() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for character, count in character_frequencies().items():
        if count >= COMMON:
            for syllable in readings(character)[:2]:
                found.setdefault(syllable, []).append(character)
    return found


@cache
def _by_vague_sound() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for syllable, characters in _by_sound().items():
        found.setdefault(_vague(syllable), []).extend(characters)
    return found


def spelling(folded: str) -> str:
    """The usual pinyin of a text's characters and its Latin letters, run together."""
    return "".join(r[0] if (r := readings(c)) else c for c in folded if c.isalnum())


def letters(folded: str) -> str:
    """The initials of a text's characters and its Latin letters, run together."""
    return "".join(r[0][0] if (r := readings(c)) else c for c in folded if c.isalnum())
