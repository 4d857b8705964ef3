"""The automatic checks of ``qa.checks`` as fields of a form, and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from qa import checks
from qa.checks.silence import MEASURES
from qa.exact import NotANumber, parsed, plain
from qa.rubric import NA, JsonObject

APART = "｜"
"""Between the wordings of one phrase, a phrase being a line."""

SPEAKERS: Mapping[str, str] = {"agent": "座席", "customer": "客户", "anyone": "任何一方"}
LEAVE, USUAL = "~leave", "~usual"
"""Choices of an outcome: a person decides, and what the outcome stands for."""


@dataclass(frozen=True, slots=True)
class CheckField:
    """One field: ``sort`` is phrases · steps · number · flag · text · one of ``choices``."""

    name: str
    label: str
    sort: str
    help: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""


_PHRASES = CheckField(
    "phrases", "用语", "phrases", f"一行一条；同一条的几种说法用“{APART}”隔开，如：您好{APART}你好"
)
_NEED = CheckField(
    "need",
    "要说几条",
    "choice",
    "",
    {"": "每一条", "any": "任意一条"} | {str(n): f"至少 {n} 条" for n in range(2, 10)},
)
_BY = CheckField("by", "由谁说", "choice", "", {"": "座席", **SPEAKERS})
_WHERE = (
    _BY,
    CheckField("first", "只看开头", "number", unit="秒"),
    CheckField("last", "只看最后", "number", unit="秒", help="开头和最后只能写一个。"),
)
_HOW = (
    CheckField("synonyms", "同义词也算（知识库的同义词）", "flag"),
    CheckField("negated", "否定的说法也算（如“不能保证”算“保证”）", "flag"),
)
_BOUNDS = (CheckField("from", "至少", "number"), CheckField("to", "至多", "number"))
_ENDS = (_PHRASES, _NEED, CheckField("within", "限在", "number", unit="秒内"), *_HOW)

FIELDS: Mapping[str, tuple[CheckField, ...]] = {
    "required": (_PHRASES, _NEED, *_WHERE, *_HOW),
    "forbidden": (_PHRASES, *_WHERE, *_HOW),
    "order": (
        CheckField(
            "steps",
            "先后的几步",
            "steps",
            f"一行一步，至少两步；客户说的写成“客户：……”。一步的几种说法用“{APART}”隔开。",
        ),
        CheckField("within", "前后两步相隔最多", "number", unit="秒"),
        *_HOW,
    ),
    "opening": _ENDS,
    "closing": _ENDS,
    "silence": (
        CheckField("over", "超过多久算一次静音", "number", unit="秒"),
        CheckField("most", "允许几次", "number", "不填就是一次也不许。"),
        CheckField("said_before", "事先说过这些就不算", "phrases", "如：请稍等"),
        CheckField("said_after", "事后说过这些就不算", "phrases", "如：让您久等了"),
        CheckField("near", "说明离静音最多", "number", "不填按 10 秒。", unit="秒"),
        CheckField("by", "由谁说明", "choice", "", {"": "任何一方", **SPEAKERS}),
        CheckField("excused_up_to", "有说明也不能超过", "number", unit="秒"),
        CheckField("measure", "按区间评分时用", "choice", "", {"": "最长一次的秒数", **MEASURES}),
        *_HOW,
    ),
    "overtalk": (
        CheckField("seconds", "抢话合计至多", "number", unit="秒"),
        CheckField("share", "或占通话至多", "number", "0 到 1；两格只填一格。"),
    ),
    "interruptions": (
        CheckField("most", "允许几次", "number", "不填就是一次也不许。"),
        CheckField("by", "谁打断", "choice", "", {"": "座席", **SPEAKERS}),
        CheckField("over", "多久才算打断", "number", unit="秒以上"),
    ),
    "pace": (
        CheckField("from", "至少", "number", unit="字/分"),
        CheckField("to", "至多", "number", unit="字/分"),
        CheckField(
            "by", "谁的语速", "choice", "", {"": "座席", "agent": "座席", "customer": "客户"}
        ),
    ),
    "duration": (
        CheckField("from", "至少", "number", unit="秒"),
        CheckField("to", "至多", "number", unit="秒"),
        CheckField(
            "of",
            "量哪一段",
            "choice",
            "",
            {"": "整通电话", "call": "整通电话", "agent": "座席说话", "customer": "客户说话"},
        ),
    ),
    "fact": (
        CheckField("fact", "数据名", "text", "通话带来的数据，如 satisfaction（满意度）。"),
        *_BOUNDS,
    ),
    "answer": (
        CheckField("about", "只看问到这些的", "phrases", "不填就看客户的每一个问题。"),
        CheckField("question", "拿这句话去问知识库", "text", "不填就用客户的原话。"),
        CheckField("turns", "听座席之后的几轮", "number", "不填按 3 轮。"),
        *_HOW,
    ),
}
"""The fields of each kind. An ``answer`` asks the article of its item."""

OUTCOMES: Mapping[str, str] = {
    "pass": "通过",
    "fail": "不通过",
    "unsure": "听不准",
    "absent": "第一步没有出现",
    "agrees": "与知识一致",
    "unanswered": "没有答到",
    "silent": "知识库没有答案",
    "open": "要人来读",
    "unasked": "客户没有问",
}
_OURS = {each.name for fields in FIELDS.values() for each in fields} | set(OUTCOMES) | {"kind"}


def outcomes(kind: str) -> Iterator[tuple[str, str]]:
    """What can come of a kind and be given an answer, with its words."""
    known = checks.KINDS.get(kind)
    for name in known.outcomes if known else ():
        if known and name not in known.for_people:
            yield name, OUTCOMES.get(name, name)


def shown(check: JsonObject, each: CheckField) -> str:
    """The field as a form has it."""
    value = check.get(each.name)
    if value is None:
        return ""
    if each.sort == "phrases":
        lines = [value] if isinstance(value, str) else value
        return "\n".join(_line(one) for one in lines) if isinstance(lines, list) else str(value)
    if each.sort == "steps" and isinstance(value, list):
        return "\n".join(_step(one) for one in value)
    return str(value)


def _line(phrase: Any) -> str:
    return APART.join(map(str, phrase)) if isinstance(phrase, list) else str(phrase)


def _step(step: Any) -> str:
    if not isinstance(step, dict):
        return str(step)
    phrases = step.get("phrases")
    words = APART.join(_line(p) for p in phrases) if isinstance(phrases, list) else str(phrases)
    by = SPEAKERS.get(str(step.get("by", "agent")), "")
    return words if by in ("", "座席") else f"{by}：{words}"


def typed(before: JsonObject, form: MultiDict[str, str]) -> JsonObject | None:
    """The check as a form has it, None = no check; fields that no form knows are kept."""
    kind = form.get("check.kind", "")
    if not kind:
        return None
    made: JsonObject = {"kind": kind}
    made |= {name: value for name, value in before.items() if name not in _OURS}
    if kind != before.get("kind"):  # the fields of the new kind have not been on the page yet
        common = {each.name for each in FIELDS.get(kind, ())}
        return made | {n: v for n, v in before.items() if n in common}
    for each in FIELDS.get(kind, ()):
        value = _value(each, form.get(f"check.{each.name}", ""))
        if value is not None:
            made[each.name] = value
    for name, _ in outcomes(kind):
        answer = form.get(f"check.{name}", USUAL)
        if answer != USUAL:
            made[name] = None if answer == LEAVE else answer
    return made


def _value(each: CheckField, text: str) -> Any:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        return None
    if each.sort == "flag":
        return True
    if each.sort == "phrases":
        return [_wordings(line) for line in _lines(text)]
    if each.sort == "steps":
        return [_read_step(line) for line in _lines(text)]
    if each.sort == "number" or (each.sort == "choice" and text.isdigit()):
        return number(text)
    return text


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _wordings(line: str) -> str | list[str]:
    parts = [part.strip() for part in line.replace("|", APART).split(APART) if part.strip()]
    return parts[0] if len(parts) == 1 else parts


def _read_step(line: str) -> JsonObject:
    for key, name in SPEAKERS.items():
        for colon in "：:":
            if line.startswith(name + colon):
                return {"phrases": _either(line[len(name) + 1 :]), "by": key}
    return {"phrases": _either(line)}


def _either(words: str) -> list[str]:
    found = _wordings(words.strip())
    return [found] if isinstance(found, str) else found


def number(text: str) -> int | float | str | None:
    """The number a text spells; what is none stays a text, to be said at its place."""
    if not text.strip():
        return None
    try:
        return plain(parsed(text))
    except NotANumber:
        return text.strip()[:60]


def in_words(check: Mapping[str, Any], options: Mapping[str, str]) -> list[tuple[str, str]]:
    """The check as people read it: (what, how). ``options``: titles of its item's, by key."""
    kind = str(check.get("kind", ""))
    known = checks.KINDS.get(kind)
    made = [("自动检查", known.title if known else kind)]
    for each in FIELDS.get(kind, ()):
        text = shown(dict(check), each)
        if not text or (each.sort == "flag" and check.get(each.name) is not True):
            continue
        if each.sort == "flag":
            made.append((each.label, "是"))
        else:
            told = each.choices.get(text, text).replace("\n", "；")
            made.append((each.label, f"{told} {each.unit}".strip()))
    for name, words in outcomes(kind):
        if name in check:
            key = check[name]
            told = "由人判断" if key is None else options.get(str(key), str(key))
            made.append((f"{words}时", "不适用" if key == NA else told))
    return made
