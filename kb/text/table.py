"""Make ``variants.txt``, the table that treats variant characters as one, from OpenCC's table,
and ``words.txt``, the dictionary's words that the table changes.

Search equates characters, it does not convert text. So where OpenCC offers several simplified
forms (乾 → 干 or 乾, 著 → 着 or 著, 瞭 → 了 or 瞭) and a converter must know the word, we take the
first that differs from the character itself and treat both as the same character on both sides:
乾坤 is found as 乾坤 either way, and 看著 as 看着. The segmenter's dictionary is folded by the
same table, so 著名 is still one word.

Run: ``python -m kb.text.table TSCharacters.txt kb/text``
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from . import segment

OURS = {
    "著": "着",
    "妳": "你",
    "牠": "它",
    "祂": "他",
    "帐": "账",
    "帳": "账",
    "賬": "账",
    "砲": "炮",
    "衞": "卫",
    "枱": "台",
    "〇": "零",
    "锺": "钟",
    "馀": "余",
    "麽": "么",
    "谘": "咨",
    "钜": "巨",
    "讬": "托",
    "麺": "面",
    "缐": "线",
}
"""Pairs OpenCC leaves to its phrase tables, or leaves alone."""


def equivalents(lines: Iterable[str]) -> dict[str, str]:
    """Each variant's representative, chains followed to their end."""
    direct: dict[str, str] = {}
    for line in lines:
        if "\t" not in line or line.startswith("#"):
            continue
        variant, targets = line.rstrip("\n").split("\t")
        chosen = next((t for t in targets.split(" ") if t != variant), variant)
        direct[variant] = chosen
    direct.update(OURS)
    return {v: end for v in direct if (end := _follow(direct, v)) != v}


def _follow(direct: dict[str, str], character: str) -> str:
    seen = {character}
    while (character := direct.get(character, character)) not in seen:
        seen.add(character)
    return character


def rows(table: dict[str, str]) -> list[str]:
    """One line per representative: itself, then every character folded to it."""
    groups: dict[str, list[str]] = defaultdict(list)
    for variant, chosen in table.items():
        groups[chosen].append(variant)
    return [chosen + "".join(sorted(groups[chosen])) for chosen in sorted(groups)]


def main(source: Path, folder: Path) -> None:
    """Write both files."""
    lines = source.read_text(encoding="utf-8").splitlines()
    (folder / "variants.txt").write_text(
        "\n".join(rows(equivalents(lines))) + "\n", encoding="utf-8"
    )
    words = "".join(f"{word} {frequency}\n" for word, frequency in segment.folded_words())
    (folder / "words.txt").write_text(words, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
