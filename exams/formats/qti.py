"""One QTI 2.1 or 2.2 item: ``<assessmentItem>`` with one interaction (or several blanks).

The standards: IMS QTI 2.1 / 2.2 Information Model. Marking we know: ``match_correct``,
``map_response``, and one ``<equal>`` with a tolerance; anything else is said in the report.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from ..errors import Unreadable
from ..exact import exact, share
from ..grade import verdict
from .extras import applied
from .report import Report, made_key
from .xml import elements, extras_of, parse, text_of

BLANK = "____"
"""What stands in a stem for a blank."""

_INTERACTION = re.compile(r"[a-z][A-Za-z]*Interaction")
_BLOCKS = frozenset(
    (
        *("p", "div", "li", "ul", "ol", "table", "tr", "blockquote", "pre", "br", "prompt"),
        *("h1", "h2", "h3", "h4", "h5", "h6"),
    )
)
_SILENT = frozenset(
    ("modalFeedback", "feedbackInline", "feedbackBlock", "rubricBlock", "templateInline")
)
_MEDIA = frozenset(("img", "object", "audio", "video", "math", "printedVariable"))
_SPACES = re.compile(r"[ \t\n\r\f]+")
_LOST: Mapping[str, str] = MappingProxyType(
    {
        "media": "图片、公式等没有导入，只导入了文字。",
        "table": "表格没有导入为表格，只导入了文字。",
        "script": "上标、下标没有保留，请核对题干。",
        "feedback": "反馈没有导入，其余已导入。",
        "responseProcessing": "文件自带的评分规则我们没有，按标准答案评分。",
    }
)


class _Skipped(Exception):
    """An item that we cannot hold; the arguments are its kind and why."""


class _Broken(Exception):
    """An item that lacks something; the text says what."""


@dataclass(slots=True)
class Declared:
    """A response declaration: what is right, and what each value is worth."""

    cardinality: str
    base: str
    right: list[str]
    mapped: dict[str, Fraction]
    default: Fraction
    upper: Fraction | None


@dataclass(slots=True)
class _Item:
    """An item while it is read."""

    root: ET.Element
    body: ET.Element
    declared: dict[str, Declared]
    losses: set[str] = field(default_factory=set)

    @property
    def template(self) -> str:
        """``match_correct``, ``map_response``, '' for none, ``custom`` for the item's own."""
        found = self.root.find("responseProcessing")
        if found is None:
            return ""
        if name := found.get("template", ""):
            return name.rstrip("/").rpartition("/")[2].removesuffix(".xml")
        return "custom" if len(found) else ""

    def of(self, interaction: ET.Element) -> Declared:
        name = interaction.get("responseIdentifier", "")
        if name not in self.declared:
            raise _Broken(f"没有声明 responseIdentifier “{name[:40]}”。")
        return self.declared[name]


def read(text: str) -> Report:
    """The question of an item. Raises Unreadable for what is none."""
    root = parse(text)
    if root.tag != "assessmentItem":
        raise Unreadable("不是 QTI 2.1/2.2 题目：最外层应为 <assessmentItem>。")
    report = Report()
    take(root, report, root.get("identifier") or "assessmentItem")
    return report


def take(root: ET.Element, report: Report, place: str) -> None:
    """Add the question of an item to the report, or what stands against it."""
    losses: set[str] = set()
    try:
        value = _value(root, losses)
    except _Skipped as error:
        report.skip(place, *error.args)
    except _Broken as error:
        report.wrong(place, str(error))
    else:
        if report.take(applied(value, extras_of(root)), place):
            for lost in sorted(losses):
                report.skip(place, lost, _LOST[lost])


def _value(root: ET.Element, losses: set[str]) -> dict[str, Any]:
    body = root.find("itemBody")
    if body is None:
        raise _Broken("没有 <itemBody>。")
    item = _Item(root, body, dict(_declarations(root)), losses)
    found = [e for e in body.iter() if isinstance(e.tag, str) and _INTERACTION.fullmatch(e.tag)]
    if not found:
        raise _Skipped("itemBody", "没有作答的地方，不是题目。")
    kinds = {str(element.tag) for element in found}
    if len(found) > 1 and kinds != {"textEntryInteraction"}:
        raise _Skipped("composite", "一个题目里有几处作答，没有导入。")
    reader = _READERS.get(str(found[0].tag))
    if reader is None:
        raise _Skipped(str(found[0].tag), "我们没有这种作答方式，没有导入。")
    if any(element.tag in _SILENT for element in root.iter()):
        losses.add("feedback")
    if item.template not in _KNOWN and not _ours(root):
        losses.add("responseProcessing")
    stem = _flat(body, item.losses, blanks=body.get("class") != "blanks-apart")
    key = root.get("identifier") or made_key("qti", stem)
    return {"key": key[:200], "stem": stem} | reader(item, found)


_KNOWN = frozenset(("", "match_correct", "map_response"))


def _ours(root: ET.Element) -> bool:
    """Is the item's own processing of a shape we understand: one ``equal``, or a sum of maps?"""
    found = root.find("responseProcessing")
    if found is None:
        return True
    tags = {e.tag for e in found.iter() if isinstance(e.tag, str)}
    plain = {"responseProcessing", "setOutcomeValue", "baseValue"}
    return tags <= plain | _EQUAL or tags <= plain | {"divide", "sum", "mapResponse"}


_EQUAL = {"responseCondition", "responseIf", "responseElse", "equal", "variable", "correct"}


def _declarations(root: ET.Element) -> Iterator[tuple[str, Declared]]:
    for element in elements(root, "responseDeclaration"):
        mapping = element.find("mapping")
        mapped: dict[str, Fraction] = {}
        default, upper = Fraction(0), None
        if mapping is not None:
            for entry in elements(mapping, "mapEntry"):
                mapped[entry.get("mapKey", "")] = _worth(entry.get("mappedValue", ""))
            default = _worth(mapping.get("defaultValue", "0"))
            upper = exact(mapping.get("upperBound", ""))
        right = [text_of(value).strip() for value in element.iterfind("correctResponse/value")]
        cardinality, base = element.get("cardinality", ""), element.get("baseType", "")
        yield (
            element.get("identifier", ""),
            Declared(cardinality, base, right, mapped, default, upper),
        )


def _worth(text: str) -> Fraction:
    value = exact(text)
    if value is None:
        raise _Broken(f"“{text[:20]}”不是数字。")
    return value


# Words


def _flat(element: ET.Element, losses: set[str], *, blanks: bool = True) -> str:
    """The words of an element, a line a block; interactions are left out, blanks marked."""
    lines = [""]
    _collect(element, lines, losses, blanks)
    found = (_SPACES.sub(" ", line).strip() for line in lines)
    return "\n".join(line for line in found if line)


def _collect(element: ET.Element, lines: list[str], losses: set[str], blanks: bool) -> None:
    lines[-1] += element.text or ""
    for child in element:
        tag = child.tag if isinstance(child.tag, str) else ""
        if tag == "textEntryInteraction":
            lines[-1] += BLANK if blanks else ""
        elif _INTERACTION.fullmatch(tag):
            prompt = child.find("prompt")
            lines += ["", "" if prompt is None else _flat(prompt, losses), ""]
        elif tag in _MEDIA:
            losses.add("media")
        elif tag and tag not in _SILENT:
            apart = [""] if tag in _BLOCKS else []
            lines += apart
            losses |= _CHANGED.get(tag, frozenset())
            _collect(child, lines, losses, blanks)
            lines += apart
        lines[-1] += child.tail or ""


_CHANGED = {
    "table": frozenset(("table",)),
    "sub": frozenset(("script",)),
    "sup": frozenset(("script",)),
}


# Answers, one function an interaction


def _choices(item: _Item, parent: ET.Element, tag: str) -> list[dict[str, Any]]:
    return [
        {"key": each.get("identifier", "").strip(), "text": _flat(each, item.losses)}
        for each in parent.iter(tag)
    ]


def _choice(item: _Item, found: list[ET.Element]) -> dict[str, Any]:
    declared, options = item.of(found[0]), _choices(item, found[0], "simpleChoice")
    known = [option["key"] for option in options]
    mapped = declared.mapped if item.template == "map_response" else {}
    if not declared.right and not mapped:
        raise _Skipped("choiceInteraction", "没有标准答案（如问卷），没有导入。")
    if stray := [key for key in (*declared.right, *mapped) if key not in known]:
        raise _Broken(f"标准答案里的“{stray[0][:40]}”不是选项。")
    value: dict[str, Any] = {"options": options}
    if mapped:
        value |= _fractions(options, declared)
    right = declared.right or [o["key"] for o in options if o["fraction"] > 0]
    if declared.cardinality == "multiple":
        return {**value, "kind": "multiple", "answer": right}
    if len(right) != 1:
        raise _Skipped("choiceInteraction", f"单选题有 {len(right)} 个正确选项，没有导入。")
    said = {option["key"].lower(): verdict(option["text"]) for option in options}
    if said == {"true": True, "false": False} and not mapped:
        return {"kind": "judge", "answer": right[0].lower() == "true"}
    return {**value, "kind": "single", "answer": right[0]}


def _fractions(options: list[dict[str, Any]], declared: Declared) -> dict[str, Any]:
    """What the map gives each option, as a part of the most that can be had."""
    worth = {o["key"]: declared.mapped.get(o["key"], declared.default) for o in options}
    good = [each for each in worth.values() if each > 0]
    if not good:
        raise _Broken("没有一个选项得分。")
    best = max(good) if declared.cardinality == "single" else sum(good, Fraction(0))
    most = declared.upper if declared.upper and declared.upper > 0 else best
    fractions = {
        key: max(share(each / most) or Fraction(0), Fraction(-1)) for key, each in worth.items()
    }
    return {
        "options": [{**o, "fraction": min(fractions[o["key"]], Fraction(1))} for o in options],
        "policy": "fractions",
    }


def _order(item: _Item, found: list[ET.Element]) -> dict[str, Any]:
    options = _choices(item, found[0], "simpleChoice")
    right = item.of(found[0]).right
    if not right:
        raise _Skipped("orderInteraction", "没有标准答案，没有导入。")
    return {"kind": "order", "options": options, "answer": right}


def _match(item: _Item, found: list[ET.Element]) -> dict[str, Any]:
    sets = list(elements(found[0], "simpleMatchSet"))
    if len(sets) != 2:
        raise _Broken("matchInteraction 应有两组 <simpleMatchSet>。")
    lefts, rights = (
        {each["key"]: each["text"] for each in _choices(item, one, "simpleAssociableChoice")}
        for one in sets
    )
    pairs: dict[str, str] = {}
    used: set[str] = set()
    for value in item.of(found[0]).right:
        left, _, right = " ".join(value.split()).partition(" ")
        if left not in lefts or right not in rights:
            raise _Broken(f"标准答案“{value[:40]}”里有不认识的项。")
        if left in pairs:
            raise _Skipped("matchInteraction", "一个左项对应几个右项，我们的匹配题只对应一个。")
        pairs[left] = rights[right]
        used.add(right)
    if set(pairs) != set(lefts):
        raise _Skipped("matchInteraction", "有的左项没有对应的右项，没有导入。")
    if len(set(lefts.values())) < len(lefts):
        raise _Broken("有相同的左项。")
    extra = [{"key": key, "text": text} for key, text in rights.items() if key not in used]
    answer = {lefts[key]: pairs[key] for key in lefts}
    return {"kind": "match", "answer": answer, "options": extra}


def _entries(item: _Item, found: list[ET.Element]) -> dict[str, Any]:
    if len(found) == 1 and item.of(found[0]).base in ("float", "integer"):
        return _number(item, item.of(found[0]))
    return {"kind": "blank", "answer": [_forms(item.of(each)) for each in found]}


def _forms(declared: Declared) -> list[str]:
    """Every form that earns all there is."""
    good = {key: worth for key, worth in declared.mapped.items() if worth > 0}
    if len(set(good.values())) > 1:
        raise _Skipped("textEntryInteraction", "有只得部分分的写法，我们的填空题没有。")
    forms = list(dict.fromkeys([*declared.right, *good]))
    if not forms:
        raise _Skipped("textEntryInteraction", "没有标准答案，没有导入。")
    return forms


def _number(item: _Item, declared: Declared) -> dict[str, Any]:
    value = exact(declared.right[0]) if len(declared.right) == 1 else None
    if value is None:
        raise _Skipped("textEntryInteraction", "数值题没有（恰好一个）标准答案，没有导入。")
    answer = {"value": value, "tolerance": _tolerance(item.root, value)}
    return {"kind": "number", "answer": answer}


def _tolerance(root: ET.Element, value: Fraction) -> Fraction:
    equal = next(root.iter("equal"), None)
    mode = "exact" if equal is None else equal.get("toleranceMode", "exact")
    if equal is None or mode == "exact":
        return Fraction(0)
    sides = {_worth(side) for side in equal.get("tolerance", "").split()}
    if len(sides) != 1:
        raise _Skipped("textEntryInteraction", "上下误差不同，我们的数值题只有一个误差。")
    [side] = sides
    return side if mode == "absolute" else abs(value) * side / 100


def _essay(item: _Item, found: list[ET.Element]) -> dict[str, Any]:
    return {"kind": "essay", "answer": []}


_READERS: Mapping[str, Callable[[_Item, list[ET.Element]], dict[str, Any]]] = MappingProxyType(
    {
        "choiceInteraction": _choice,
        "orderInteraction": _order,
        "matchInteraction": _match,
        "textEntryInteraction": _entries,
        "extendedTextInteraction": _essay,
    }
)
