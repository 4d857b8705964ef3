"""What the check of a rubric found, each at the part and the field of the editor it belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from qa import checks
from qa.rubric import Rubric
from qa.scorecards import Checked

from .check_fields import FIELDS, OUTCOMES
from .scorecard_acts import FORM

CASES = "cases"
_AUTOMATIC = "自动检查（check）："
_PATH = re.compile(r"sections\[(\d+)\](?:\.items\[(\d+)\])?\.?(.*)")
_ROWS = {"options": "o", "ranges": "r", "bands": "b"}
_NAMES: Mapping[str, str] = {
    "title": "名称",
    "key": "标识",
    "kind": "题型",
    "mode": "计分方式",
    "points": "分数",
    "weight": "权重",
    "from": "起点",
    "to": "终点",
    "name": "名称",
    "base": "起评分",
    "floor": "最低分",
    "ceiling": "最高分",
    "max": "上限",
    "items": "评分项",
    "sections": "部分",
    "fatal": "致命",
}


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to see to: an error forbids activation."""

    error: bool
    sentence: str
    where: str = ""
    field: str = ""


@dataclass(slots=True)
class Remarks:
    """By part: ``form``, ``cases``, ``s0``, ``s0.i1``; '' is the whole."""

    by_part: dict[str, list[Remark]] = field(default_factory=dict)

    def of(self, part: str) -> list[Remark]:
        return self.by_part.get(part, [])

    def at(self, part: str, name: str) -> str:
        """What is wrong with one field of a part; '' if nothing."""
        return "；".join(r.sentence.rstrip("。") for r in self.of(part) if r.field == name)

    @property
    def errors(self) -> int:
        return sum(remark.error for remarks in self.by_part.values() for remark in remarks)

    @property
    def warnings(self) -> int:
        return sum(not remark.error for remarks in self.by_part.values() for remark in remarks)

    def add(self, part: str, remark: Remark) -> None:
        self.by_part.setdefault(part, []).append(remark)


def remarks(checked: Checked) -> Remarks:
    """Everything found, at its place."""
    found = Remarks()
    for fault in checked.faults:
        part, name = _place(fault.path)
        found.add(part, Remark(True, _plainly(fault.sentence, name), fault.where, name))
    places = _places(checked)
    for notice in checked.notices:
        if notice.sentence.startswith(_AUTOMATIC):
            continue  # said with its field below
        part = places.get(notice.where, "")
        if notice.where.startswith("用例"):
            part = CASES
        found.add(part, Remark(notice.error, notice.sentence, notice.where))
    if checked.rubric is not None:
        _automatic(checked.rubric, places, found)
    if not found.of(CASES):  # other errors keep the check from telling of them
        for outcome in checked.outcomes:
            if not outcome.passed:
                told = "；".join(outcome.differences) + "。"
                found.add(CASES, Remark(True, told, f"用例“{outcome.name}”"))
    return found


def _automatic(rubric: Rubric, places: Mapping[str, str], found: Remarks) -> None:
    """What is wrong with the checks of items, each at its field and by the field's label."""
    for fault in checks.faults(rubric):
        key, _, name = fault.path.partition(".check")
        item = rubric.item(key)
        kind = str((item.check or {}).get("kind", "")) if item else ""
        labels = {**OUTCOMES, **{each.name: each.label for each in FIELDS.get(kind, ())}}
        sentence = fault.sentence
        for field_name, label in labels.items():
            sentence = re.sub(rf"(?<![A-Za-z_]){field_name}(?![A-Za-z_])", f"“{label}”", sentence)
        place = places.get(fault.where, "")
        top = re.match(r"\.(\w+)", name)
        field_ = f"check.{top[1]}" if top else "check.kind"
        found.add(place, Remark(True, sentence, fault.where, field_))


def _place(path: str) -> tuple[str, str]:
    """The part and the field that a path in the JSON stands for."""
    if inside := _PATH.match(path):
        section, item, rest = inside.groups()
        part = f"s{section}" if item is None else f"s{section}.i{item}"
        return part, _field(rest)
    if path.startswith("cases"):
        return CASES, ""
    if path.startswith("bands") or path in ("title", "mode", "base", "floor", "ceiling"):
        return FORM, _field(path)
    return "", ""


def _field(rest: str) -> str:
    row = re.match(r"(options|ranges|bands)\[(\d+)\]\.?(\w*)", rest)
    if row:
        return f"{_ROWS[row[1]]}{row[2]}.{row[3] or 'points'}"
    if rest in _ROWS:
        return f"{_ROWS[rest]}.add"
    return "w.add" if rest == "when" else rest


def _plainly(sentence: str, name: str) -> str:
    """The sentence as somebody reads it who has the form before their eyes, not the JSON."""
    if name == "w.add" and sentence.startswith("when 应为"):
        return "条件没有填完：选好评分项，再选它的答案。"
    words = re.match(r"(缺少 )?(\w+)( 应| 不| 有| 超|。|大于|小)", sentence)
    if words and words[2] in _NAMES:
        told = _NAMES[words[2]]
        rest = sentence[words.end(2) :].lstrip()
        return f"没有填{told}{rest}" if words[1] else f"{told}{rest}"
    return sentence


def _places(checked: Checked) -> dict[str, str]:
    """How the check names sections and items, and their places."""
    if checked.rubric is None:
        return {}
    made: dict[str, str] = {}
    for s, section in enumerate(checked.rubric.sections):
        made[f"“{section.title}”（{section.key}）"] = f"s{s}"
        for i, item in enumerate(section.items):
            made[f"“{item.title}”（{item.key}）"] = f"s{s}.i{i}"
    return made
