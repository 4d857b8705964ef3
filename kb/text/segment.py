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
from functools import lru_cache
from typing import Any

from .folding import fold, variants

Cut = tuple[str, int, int]
Cutter = Callable[[str], list[Cut]]

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
    if _cutter is None:
        load()
    assert _cutter is not None
    return _cutter(run)


def plain_cutter() -> Cutter:
    """jieba, the pure Python one."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    for word, frequency in _folded_words():
        tokenizer.add_word(word, frequency)

    def cutter(run: str) -> list[Cut]:
        return list(tokenizer.tokenize(run, mode="search", HMM=False))

    return cutter


def fast_cutter() -> Cutter | None:
    """rjieba, or None where it is not installed."""
    try:
        import rjieba
    except ImportError:
        return None
    tokenizer: Any = rjieba.Jieba()
    for word, frequency in _folded_words():
        tokenizer.add_word(word, frequency, None)

    def cutter(run: str) -> list[Cut]:
        cuts: list[Cut] = tokenizer.tokenize(run, "search", False)
        return cuts

    return cutter


@lru_cache(maxsize=1)
def _folded_words() -> list[tuple[str, int]]:
    """Dictionary words that folding changes, as they look once folded, with their frequency.

    A word whose folded form is already in the dictionary keeps the higher of the two.
    """
    dictionary = _dictionary()
    affected = re.findall(rf"^[^ ]*[{variants()}].*$", dictionary, re.MULTILINE)
    known = set(re.findall(r"^[^ ]+", dictionary, re.MULTILINE))
    changed: dict[str, int] = {}
    for line in affected:
        word, frequency, _ = line.split(" ")
        if (folded := fold(word).text) not in known:
            changed[folded] = max(int(frequency), changed.get(folded, 0))
    return sorted(changed.items())


def _dictionary() -> str:
    import jieba

    with jieba.get_module_res(jieba.DEFAULT_DICT_NAME) as source:
        content: bytes = source.read()
    return content.decode("utf-8")
