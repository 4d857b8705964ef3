"""Words of a folded Chinese run: jieba's search mode, HMM off.

The one file that imports a segmenter. rjieba gives the same words many times faster and is
taken when installed. Only runs of Chinese characters are handed over: Latin and digits are
cut by us (``codes``), which is also where the two segmenters would differ.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from .folding import fold, variants

Cut = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Cutter:
    """A segmenter: ``cut`` gives (word, start, end), ``words`` the same words alone."""

    cut: Callable[[str], list[Cut]]
    words: Callable[[str], list[str]]


_lock = threading.Lock()
_cutter: Cutter | None = None


def load() -> None:
    """Load the dictionary once; call it before workers fork so that they share the memory."""
    global _cutter
    with _lock:
        if _cutter is None:
            _cutter = fast_cutter() or plain_cutter()


def cut(run: str) -> list[Cut]:
    """(word, start, end) of a folded run of Chinese characters; parts come before the whole."""
    if len(run) == 1:
        return [(run, 0, 1)]
    return (_cutter or _loaded()).cut(run)


def cut_words(run: str) -> list[str]:
    """The words of :func:`cut` alone."""
    if len(run) == 1:
        return [run]
    return (_cutter or _loaded()).words(run)


def _loaded() -> Cutter:
    load()
    assert _cutter is not None
    return _cutter


def plain_cutter() -> Cutter:
    """jieba, the pure Python one."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    for word, frequency in _folded_words():
        tokenizer.add_word(word, frequency)
    return Cutter(
        lambda run: list(tokenizer.tokenize(run, mode="search", HMM=False)),
        lambda run: list(tokenizer.cut_for_search(run, HMM=False)),
    )


def fast_cutter() -> Cutter | None:
    """rjieba, or None where it is not installed."""
    try:
        import rjieba
    except ImportError:
        return None
    tokenizer: Any = rjieba.Jieba()
    for word, frequency in _folded_words():
        tokenizer.add_word(word, frequency, None)
    return Cutter(
        lambda run: tokenizer.tokenize(run, "search", False),
        lambda run: tokenizer.cut_for_search(run, False),
    )


def _folded_words() -> list[tuple[str, int]]:
    """Dictionary words that folding changes, as they look once folded, with their frequency.

    Kept in ``words.txt``, because to work them out takes longer than all other loading.
    """
    lines = files(__package__).joinpath("words.txt").read_text(encoding="utf-8").splitlines()
    return [(word, int(frequency)) for word, frequency in (line.split() for line in lines)]


def folded_words() -> list[tuple[str, int]]:
    """What ``words.txt`` holds, worked out from the dictionary: see :mod:`kb.text.table`.

    Folding may swap a rare character for a common one (著 for 着); the frequency is raised where
    the word would else fall apart.
    """
    dictionary = _dictionary()
    affected = re.findall(rf"^[^ ]*[{variants()}].*$", dictionary, re.MULTILINE)
    rows = re.findall(r"^([^ ]+) (\d+)", dictionary, re.MULTILINE)
    known = {word: int(frequency) for word, frequency in rows}
    total = sum(known.values())
    changed: dict[str, int] = {}
    for line in affected:
        word, frequency, _ = line.split(" ")
        folded = fold(word).text
        apart = [known.get(folded[:i], 0) * known.get(folded[i:], 0) for i in range(1, len(folded))]
        least = max(apart, default=0) // total + 1
        wanted = max(int(frequency), least, changed.get(folded, 0))
        if wanted > known.get(folded, 0):
            changed[folded] = wanted
    return sorted(changed.items())


@lru_cache(maxsize=1)
def character_frequencies() -> dict[str, int]:
    """How common each character is, by the dictionary's words; folded characters only."""
    counts: dict[str, int] = {}
    for word, frequency in re.findall(r"^([^ ]+) (\d+)", _dictionary(), re.MULTILINE):
        for character in word:
            counts[character] = counts.get(character, 0) + int(frequency)
    folded_away = frozenset(variants())
    return {character: n for character, n in counts.items() if character not in folded_away}


@lru_cache(maxsize=1)
def dictionary_words() -> frozenset[str]:
    """The words of the dictionary, folded ones included."""
    words = set(re.findall(r"^[^ ]+", _dictionary(), re.MULTILINE))
    return frozenset(words.union(word for word, _ in _folded_words()))


def _dictionary() -> str:
    import jieba

    with jieba.get_module_res(jieba.DEFAULT_DICT_NAME) as source:
        content: bytes = source.read()
    return content.decode("utf-8")
