"""Reads the fields of a JSON object one by one and keeps every fault with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .errors import Fault
from .exact import NotANumber, exact, plain

LONGEST = 2000
"""Characters of a text field."""


class Fields:
    """One object at ``path``; ``where`` is the same place in words. Faults are shared by all.

    What nobody asked for is left in :attr:`rest`.
    """

    def __init__(self, value: Mapping[str, Any], path: str, where: str, faults: list[Fault]):
        self._value, self.path, self.where, self.faults = value, path, where, faults
        self._known: set[str] = set()

    def fault(self, sentence: str, name: str = "") -> None:
        path = f"{self.path}.{name}".strip(".") if name else self.path
        self.faults.append(Fault(path, self.where, sentence))

    def get(self, name: str) -> Any:
        """The raw value; a missing one and null are alike."""
        self._known.add(name)
        return self._value.get(name)

    def has(self, name: str) -> bool:
        """Is it there, be it null?"""
        return name in self._value

    def text(self, name: str, *, needed: bool = False) -> str:
        """A text without white space around it; '' where there is none."""
        value = self.get(name)
        if value is None or value == "":
            if needed:
                self.fault(f"缺少 {name}。", name)
            return ""
        if not isinstance(value, str) or not (value := value.strip()):
            self.fault(f"{name} 应为非空文字。", name)
            return ""
        if len(value) > LONGEST:
            self.fault(f"{name} 有 {len(value)} 个字，最多 {LONGEST} 个。", name)
        return value

    def flag(self, name: str) -> bool:
        value = self.get(name)
        if value not in (None, True, False) or isinstance(value, int | float) != isinstance(
            value, bool
        ):
            self.fault(f"{name} 应为 true 或 false。", name)
        return value is True

    def number(self, name: str, *, needed: bool = False) -> Fraction | None:
        value = self.get(name)
        if value is None:
            if needed:
                self.fault(f"缺少 {name}。", name)
            return None
        try:
            return exact(value)
        except NotANumber as error:
            self.fault(f"{name} {error}。", name)
            return None

    def one_of(self, name: str, among: Mapping[str, str], *, needed: bool = False) -> str | None:
        value = self.get(name)
        if value is None and not needed:
            return None
        if not isinstance(value, str) or value not in among:
            told = "、".join(f"{key}（{words}）" for key, words in among.items())
            self.fault(f"{name} 应为 {told} 之一。", name)
            return None
        return value

    def mapping(self, name: str) -> dict[str, Any] | None:
        value = self.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.fault(f"{name} 应为一个对象 {{…}}。", name)
            return None
        made = plainly(value)
        assert isinstance(made, dict)
        return made

    def objects(self, name: str, word: str, *, needed: bool = False) -> Iterator[Fields]:
        """The objects of a list, each as fields of its own: ``word`` is what one is called."""
        value = self.get(name)
        if value is None and not needed:
            return
        if not isinstance(value, list) or (needed and not value):
            self.fault(f"{name} 应为至少有一项的列表。" if needed else f"{name} 应为列表。", name)
            return
        for index, each in enumerate(value):
            path = f"{self.path}.{name}[{index}]".strip(".")
            where = self.where + f"第{index + 1}{word}" + _called(each)
            if isinstance(each, dict):
                yield Fields(each, path, where, self.faults)
            else:
                self.faults.append(Fault(path, where, "应为一个对象 {…}。"))

    @property
    def rest(self) -> dict[str, Any]:
        """Fields nobody asked for, as they are."""
        return {key: plainly(value) for key, value in self._value.items() if key not in self._known}


def _called(value: object) -> str:
    """The title of an object, to find it on the page; its key where it has none."""
    if isinstance(value, dict):
        for name in ("title", "name", "key"):
            if isinstance(value.get(name), str) and value[name].strip():
                return f"“{value[name].strip()[:20]}”"
    return ""


def plainly(value: Any) -> Any:
    """The JSON value with decimals as ordinary numbers, to be kept and written again."""
    if isinstance(value, dict):
        return {key: plainly(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plainly(each) for each in value]
    if isinstance(value, Decimal):
        try:
            return plain(exact(value))
        except NotANumber:
            return str(value)
    return value
