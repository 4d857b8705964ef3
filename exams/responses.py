"""What may be answered to a question, and the letters under which its options are shown.

    shape = shape_of(version.content)
    keys = arranged(version.content, seed)       # once, when an attempt begins
    response = read(shape, keys, "B")            # the option shown second, under its own key
    shown(shape, keys, response)                 # "B"

A browser only ever hears letters by place: the keys of a bank may tell which option is right.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NoReturn

from .errors import BadResponse
from .exact import LARGEST

LONGEST_ESSAY = 20_000
LONGEST_BLANK = 2_000
LONGEST_NUMBER = 100
"""Characters of what is typed."""

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Nobody sees these, and a database or a file may not take them."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a response to a question is made of; nothing here says what is right.

    ``keys``: of the options, or of what is put in order. ``lefts`` and ``rights``: the sides of
    a match, ``rights`` in an order that tells nothing.
    """

    kind: str
    keys: tuple[str, ...] = ()
    blanks: int = 0
    lefts: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()


def shape_of(content: Mapping[str, Any]) -> Shape:
    """The shape of a version's content (``Question.as_dict``)."""
    kind, options = content["kind"], content.get("options", ())
    if kind == "match":
        pairs: Mapping[str, str] = content["answer"]
        rights = {*pairs.values(), *(option["text"] for option in options)}
        return Shape(kind, lefts=tuple(pairs), rights=tuple(sorted(rights)))
    if kind == "blank":
        return Shape(kind, blanks=len(content["answer"]))
    return Shape(kind, keys=tuple(option["key"] for option in options))


# How options stand


def arranged(content: Mapping[str, Any], seed: str, *, shuffle: bool = True) -> list[str]:
    """Keys of the options (right sides of a match) in the order to be shown.

    What is to be put in order never stands in the right one, shuffled or not.
    """
    shape = shape_of(content)
    things = list(shape.rights if shape.kind == "match" else shape.keys)
    chance = random.Random(seed)  # noqa: S311  (the same seed has to show the same order)
    if shuffle or shape.kind == "order":
        chance.shuffle(things)
    if shape.kind == "order" and len(things) > 1 and things == list(content["answer"]):
        things.append(things.pop(0))
    return things


def standing(shape: Shape, order: Sequence[str]) -> list[str]:
    """The options as ``order`` has them; what it leaves out comes after."""
    known = shape.rights if shape.kind == "match" else shape.keys
    return [*(key for key in order if key in known), *(key for key in known if key not in order)]


def letter(place: int) -> str:
    """A for 0, Z for 25, AA for 26."""
    first, last = divmod(place, 26)
    return (letter(first - 1) if first else "") + chr(ord("A") + last)


def read(shape: Shape, order: Sequence[str], given: Any) -> Any:
    """A response in letters as one that is kept; None = nothing was answered.

    Raises BadResponse with a sentence.
    """
    if given is None:
        return None
    if shape.kind in _LETTERED:
        keys = {letter(n): key for n, key in enumerate(standing(shape, order))}
        given = _renamed(given, keys)
    return clean(shape, given)


def shown(shape: Shape, order: Sequence[str], kept: Any) -> Any:
    """A kept response in the letters it was given in."""
    if kept is None or shape.kind not in _LETTERED:
        return kept
    stand = standing(shape, order)
    if shape.kind == "multiple":
        kept = [key for key in stand if key in kept]
    return _renamed(kept, {key: letter(n) for n, key in enumerate(stand)})


def _renamed(given: Any, names: Mapping[str, str]) -> Any:
    if isinstance(given, list):
        return [_name(each, names) for each in given]
    return _name(given, names)


def _name(given: Any, names: Mapping[str, str]) -> str:
    if given == "":
        return ""
    if not isinstance(given, str) or given not in names:
        raise BadResponse("这道题没有这个选项，请刷新页面再选。")
    return names[given]


_LETTERED = ("single", "multiple", "order")


# What may be kept


def clean(shape: Shape, given: Any) -> Any:
    """A response (keys, not letters) as it is kept; None = nothing was answered.

    Raises BadResponse with a sentence.
    """
    return None if given is None else _CLEANERS[shape.kind](shape, given)


def _single(shape: Shape, given: Any) -> str | None:
    if given == "":
        return None
    if not isinstance(given, str) or given not in shape.keys:
        raise BadResponse("这道题没有这个选项，请刷新页面再选。")
    return given


def _multiple(shape: Shape, given: Any) -> list[str] | None:
    chosen = {_single(shape, key) for key in _list(given, len(shape.keys))}
    return [key for key in shape.keys if key in chosen] or None


def _judge(shape: Shape, given: Any) -> bool | None:
    if isinstance(given, bool):
        return given
    return None if given == "" else _misshapen("判断题要选“对”或“错”。")


def _blank(shape: Shape, given: Any) -> list[str] | None:
    said = [_text(each, LONGEST_BLANK) for each in _list(given, shape.blanks)]
    said += [""] * (shape.blanks - len(said))
    return said if any(each.strip() for each in said) else None


def _number(shape: Shape, given: Any) -> str | int | float | None:
    if isinstance(given, str):
        said = _text(given, LONGEST_NUMBER)
        return said if said.strip() else None
    if isinstance(given, bool) or not isinstance(given, int | float):
        _misshapen("数值题要填一个数，可以带单位。")
    if not abs(given) <= LARGEST:  # NaN neither; an int may be too long for a float
        _misshapen("这个数太大了，请检查。")
    return given


def _order(shape: Shape, given: Any) -> list[str] | None:
    keys = [_single(shape, key) for key in _list(given, len(shape.keys))]
    if not keys:
        return None
    if set(keys) != set(shape.keys) or len(keys) != len(shape.keys):
        _misshapen("排序题要把每一项都排上，一项只排一次。")
    return [key for key in keys if key is not None]


def _match(shape: Shape, given: Any) -> dict[str, str] | None:
    if not isinstance(given, Mapping) or not given.keys() <= set(shape.lefts):
        _misshapen("匹配题的左项对不上，请刷新页面再答。")
    if not all(isinstance(right, str) and right in ("", *shape.rights) for right in given.values()):
        _misshapen("匹配题的右项对不上，请刷新页面再答。")
    return {left: given[left] for left in shape.lefts if given.get(left)} or None


def _essay(shape: Shape, given: Any) -> str | None:
    said = _text(given, LONGEST_ESSAY)
    return said if said.strip() else None


_CLEANERS: Mapping[str, Callable[[Shape, Any], Any]] = MappingProxyType(
    {
        "single": _single,
        "multiple": _multiple,
        "judge": _judge,
        "blank": _blank,
        "number": _number,
        "order": _order,
        "match": _match,
        "essay": _essay,
    }
)


def _list(given: Any, most: int) -> list[Any]:
    if not isinstance(given, list | tuple):
        _misshapen("这道题的答案无法识别，请刷新页面再答。")
    if len(given) > most:
        _misshapen(f"这道题最多答 {most} 项，收到 {len(given)} 项。")
    return list(given)


def _text(given: Any, longest: int) -> str:
    if not isinstance(given, str):
        _misshapen("这里要填文字。")
    text = _UNSEEN.sub("", given.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) > longest:
        _misshapen(f"最多 {longest} 字，现在有 {len(text)} 字，请删短一些。")
    return text


def _misshapen(sentence: str) -> NoReturn:
    raise BadResponse(sentence)
