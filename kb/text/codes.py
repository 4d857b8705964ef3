"""Latin words, numbers and codes in folded text: whole and in parts.

G1234, WES-80, 5.4.5, 12306, wi-fi: people type them with or without the hyphen, or only a part.
"""

from __future__ import annotations

import re

RUN = re.compile(
    r"[^\W_\u2e80-\u9fff\uac00-\ud7ff\U00020000-\U0003ffff]+"
    r"(?:[-_./:+&@#'][^\W_\u2e80-\u9fff\uac00-\ud7ff\U00020000-\U0003ffff]+)*"
)
"""A run of letters and digits that are not East Asian, with single connectors inside."""

_PIECE = re.compile(r"[0-9]+|[^\W0-9_]+")
_JOINERS = re.compile(r"[-_/+&']")


def is_code(run: str) -> bool:
    """Is it a name such as g1234, wes-80, 5.4.5 or 12306, rather than a word or a small number?"""
    digits = any(c.isdigit() for c in run)
    if run.isdigit():
        return len(run) >= 4
    if run.replace(".", "", 1).isdigit():
        return False
    return digits


def parts(run: str) -> list[tuple[str, int, int]]:
    """What else finds ``run``: (text, start, end) within it, the run itself left out.

    Its pieces of letters and of digits, the text without connectors, and for dotted numbers
    each prefix (5.4 finds 5.4.5).
    """
    found = [(m.group(), m.start(), m.end()) for m in _PIECE.finditer(run)]
    if len(found) == 1:
        return []
    joined = _JOINERS.sub("", run)
    if joined != run and "." not in run and not joined.isdigit():
        found.append((joined, 0, len(run)))
    found.extend((piece, m.start(), m.end()) for m in _words(run) if (piece := m.group()) != run)
    dots = [m.start() for m in re.finditer(r"\.", run)] if run[:1].isdigit() else []
    found.extend((run[:dot], 0, dot) for dot in dots[1:])
    return list(dict.fromkeys(found))


def _words(run: str) -> list[re.Match[str]]:
    return list(re.finditer(r"[^-_./:+&@#']+", run))
