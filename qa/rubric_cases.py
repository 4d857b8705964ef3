"""The tests a rubric carries: run before it is published, and whenever the kernel changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import BadMarks
from .exact import NotANumber, exact
from .rubric import Case, Rubric
from .score import score

ERROR = "error"
"""``{"expect": {"error": true}}``: these answers must be refused."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one case; no differences = it passed."""

    name: str
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.differences


def run(rubric: Rubric) -> list[Outcome]:
    """Every case with what differs from its expectation."""
    return [
        Outcome(case.name or f"第{number}个", tuple(_differences(rubric, case)))
        for number, case in enumerate(rubric.cases, 1)
    ]


def failing(rubric: Rubric) -> list[Outcome]:
    return [outcome for outcome in run(rubric) if not outcome.passed]


def _differences(rubric: Rubric, case: Case) -> Iterator[str]:
    try:
        result = score(rubric, case.answers).as_dict()
    except BadMarks as error:
        if case.expect.get(ERROR) is not True:
            yield str(error).rstrip("。")
        return
    if case.expect.get(ERROR) is True:
        yield "这样打分本应报错"
    else:
        yield from _unlike(case.expect, result, "")


def _unlike(expected: Mapping[str, Any], found: Mapping[str, Any], path: str) -> Iterator[str]:
    """Only what is expected is compared; numbers by value, lists of keys without their order."""
    for name, wanted in expected.items():
        place = f"{path}{name}"
        if name not in found:
            yield f"结果里没有 {place}"
        elif isinstance(wanted, Mapping) and isinstance(found[name], Mapping):
            yield from _unlike(wanted, found[name], f"{place}.")
        elif not _same(wanted, found[name]):
            yield f"{place} 应为 {_told(wanted)}，实为 {_told(found[name])}"


def _same(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, list) and isinstance(found, list):
        return sorted(map(str, wanted)) == sorted(map(str, found))
    try:
        return exact(wanted) == exact(found)
    except NotANumber:
        return type(wanted) is type(found) and bool(wanted == found)


def _told(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(map(str, value)) or "空"
    return "没有" if value is None else str(value)
