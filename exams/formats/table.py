"""The template for spreadsheets: a row of headings, then one question a row.

选项A … 选项F hold what can be chosen. The answer's cell, by kind: ``B`` · ``ACD`` · ``对`` ·
``三十天；30天｜退票费`` (forms by ；, blanks by ｜) · ``30`` with 误差 and 单位 · ``CAB`` ·
``G=高速动车；D=动车`` · ``退票｜退款=2；48小时=1``. A backslash before ； ｜ = means the sign.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from kb.formats.table import rearm

from ..errors import Unreadable
from ..exact import decimal, exact
from ..grade import verdict
from ..questions import DIFFICULTIES, KINDS, POLICIES
from .extras import applied
from .report import Report, letters, made_key

Row = tuple[int, Sequence[object]]
"""A row's number (1-based) and its cells."""

OPTIONS = 6
"""Columns of options that the template has; more are taken, and made where needed."""

MOST_OPTIONS = 26
LETTERS = letters(MOST_OPTIONS)
BEFORE = ("题型", "题干")
AFTER = (
    *("答案", "分值", "难度", "知识点", "评分规则"),
    *("误差", "单位", "解析", "编号", "附加信息"),
)
_ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "类型": "题型", "试题类型": "题型", "题目类型": "题型", "题目": "题干", "试题": "题干",
        "试题内容": "题干", "题目内容": "题干", "正确答案": "答案", "标准答案": "答案",
        "参考答案": "答案", "分数": "分值", "得分": "分值", "难易度": "难度", "难度系数": "难度",
        "标签": "知识点", "分类": "知识点", "试题解析": "解析", "答案解析": "解析", "题号": "编号",
    }
)  # fmt: skip
_OPTION = re.compile(r"(?:选项|备选项)?\s*([A-Z])", re.IGNORECASE)
_HEADER_WITHIN = 5
_KINDS: Mapping[str, str] = MappingProxyType(
    {label: kind for kind, label in KINDS.items()}
    | {label.removesuffix("题"): kind for kind, label in KINDS.items()}
    | {"单项选择题": "single", "多项选择题": "multiple", "是非题": "judge", "连线题": "match"}
    | {"简答题": "essay", "论述题": "essay", "简答": "essay", "计算题": "number"}
)
_POLICIES = {label: policy for policy, label in POLICIES.items()}
_LEVELS = {label: level for level, label in DIFFICULTIES.items()} | {
    "简单": "easy", "容易": "easy", "一般": "medium", "中等": "medium", "困难": "hard",
}  # fmt: skip
_GROUP, _WORD, _EQUALS = "；;", "｜|", "=＝"


class Wrong(Exception):
    """A cell that cannot be understood: (column, sentence)."""

    @property
    def column(self) -> str:
        return str(self.args[0])

    def __str__(self) -> str:
        return f"“{self.args[0]}”这一格：{self.args[1]}"


@dataclass(frozen=True, slots=True)
class _Cells:
    """One row by its headings, and its options by their letters."""

    named: Mapping[str, str]
    options: tuple[tuple[str, str], ...]

    def __getitem__(self, name: str) -> str:
        return self.named.get(name, "")


def read(rows: Iterable[Row]) -> Report:
    """The questions of the rows below the headings. Raises Unreadable if there are none."""
    report = Report()
    columns: list[str] = []
    looked = 0
    for number, cells in rows:
        texts = [_text(cell) for cell in cells]
        if not any(text.strip() for text in texts):
            continue
        if columns:
            _take(columns, texts, number, report)
            continue
        columns = _header(texts)
        looked += 1
        if not columns and looked == _HEADER_WITHIN:
            break
    if not columns:
        raise Unreadable("找不到表头：应有一行写着列名，至少有“题型”“题干”“答案”三列。")
    return report


def _header(texts: Sequence[str]) -> list[str]:
    """The meaning of each column; [] if the row is no header."""
    columns = [column_of(text.strip()) for text in texts]
    if not {"题型", "题干", "答案"} <= set(columns):
        return []
    named = [column for column in columns if column]
    if twice := [column for column in named if named.count(column) > 1]:
        raise Unreadable(f"“{twice[0]}”有不止一列，请只留一列。")
    if strange := [t for t, column in zip(texts, columns, strict=True) if t.strip() and not column]:
        raise Unreadable(f"不认识“{strange[0].strip()[:20]}”这一列，请改名或删去。")
    return columns


def column_of(text: str) -> str:
    """What a heading means; '' where it is none of ours."""
    text = _ALIASES.get(text, text)
    if text in BEFORE or text in AFTER:
        return text
    option = _OPTION.fullmatch(text)
    return option[1].upper() if option else ""


def _take(columns: list[str], texts: list[str], number: int, report: Report) -> None:
    try:
        cells = _cells(columns, texts)
        value = _value(cells)
    except Wrong as error:
        report.wrong(number, str(error))
        report.errors[-1]["column"] = error.column
        return
    report.take(applied(value, cells["附加信息"].strip()), number)


def _cells(columns: list[str], texts: list[str]) -> _Cells:
    if any(text.strip() for text in texts[len(columns) :]):
        raise Wrong("行末", "这一行比表头多出几格。")
    named = {}
    for column, text in zip(columns, texts, strict=False):
        if not column and text.strip():
            raise Wrong(text.strip()[:20], "所在的列没有列名。")
        if text.startswith("#") and text in _FAILED:
            raise Wrong(column, f"是错误值 {text}，请改正公式。")
        named[column] = rearm(text)
    filled = [(key, named[key]) for key in LETTERS if named.get(key, "").strip()]
    return _Cells(named, tuple(filled))


_FAILED = frozenset(("#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"))


def _value(cells: _Cells) -> dict[str, Any]:
    said = cells["题型"].strip()
    kind = _KINDS.get(said, said)
    if kind not in KINDS:
        raise Wrong("题型", f"“{said[:20]}”不认识，可用：{'、'.join(KINDS.values())}。")
    stem = cells["题干"].strip()
    if not stem:
        raise Wrong("题干", "不能为空。")
    value: dict[str, Any] = {"kind": kind, "stem": stem, "explanation": cells["解析"].strip()}
    value["key"] = cells["编号"].strip() or made_key("table", kind, stem, cells["答案"])
    value["topics"] = [t for topic in _split(cells["知识点"], _GROUP) if (t := _plain(topic))]
    if cells["分值"].strip():
        value["points"] = _number(cells, "分值")
    value["difficulty"] = _looked_up(cells, "难度", _LEVELS)
    value["policy"] = _looked_up(cells, "评分规则", _POLICIES)
    if kind in ("single", "multiple", "order"):
        value["options"] = [{"key": key, "text": text} for key, text in cells.options]
    elif cells.options:
        raise Wrong(f"选项{cells.options[0][0]}", f"{KINDS[kind]}没有选项，请清空。")
    return value | _ANSWERS[kind](cells)


def _looked_up(cells: _Cells, name: str, known: Mapping[str, str]) -> str:
    said = cells[name].strip()
    if said and said not in known and said not in known.values():
        raise Wrong(name, f"“{said[:20]}”不认识，可用：{'、'.join(known)}。")
    return known.get(said, said)


def _number(cells: _Cells, name: str) -> Any:
    value = exact(cells[name])
    if value is None:
        raise Wrong(name, f"“{cells[name].strip()[:20]}”不是数字。")
    return value


# The answer's cell, one function a kind


def _keys(cells: _Cells) -> list[str]:
    narrow = unicodedata.normalize("NFKC", cells["答案"]).upper()
    said = re.sub(r"[\s,、;>\-]", "", narrow)
    filled = [key for key, _ in cells.options]
    for key in said:
        if key not in filled:
            raise Wrong("答案", f"选项里没有 {key}。")
    if len(filled) < 2:
        raise Wrong("选项A", "至少要填两个选项。")
    if not said:
        raise Wrong("答案", "不能为空。")
    return list(said)


def _single(cells: _Cells) -> dict[str, Any]:
    keys = _keys(cells)
    if len(keys) > 1:
        raise Wrong("答案", "单选题只有一个正确选项；有几个的请改为多选题。")
    return {"answer": keys[0]}


def _several(cells: _Cells) -> dict[str, Any]:
    keys = _keys(cells)
    if len(set(keys)) < len(keys):
        raise Wrong("答案", "有选项写了两遍。")
    return {"answer": keys}


def _order(cells: _Cells) -> dict[str, Any]:
    found = _several(cells)
    if len(found["answer"]) < len(cells.options):
        raise Wrong("答案", "没有排到全部选项。")
    return found


def _judge(cells: _Cells) -> dict[str, Any]:
    said = verdict(cells["答案"].strip())
    if said is None:
        raise Wrong("答案", "应为“对”或“错”。")
    return {"answer": said}


def _blank(cells: _Cells) -> dict[str, Any]:
    blanks = [
        [_plain(form) for form in _split(blank, _GROUP)] for blank in _split(cells["答案"], _WORD)
    ]
    if any(not form for forms in blanks for form in forms):
        raise Wrong("答案", "有一处写法是空的；各空用｜隔开，一个空的几种写法用；隔开。")
    return {"answer": blanks}


def _value_of(cells: _Cells) -> dict[str, Any]:
    answer = {"value": _number(cells, "答案"), "unit": cells["单位"].strip()}
    if cells["误差"].strip():
        answer["tolerance"] = _number(cells, "误差")
        if answer["tolerance"] < 0:
            raise Wrong("误差", "不能小于 0。")
    return {"answer": answer}


def _match(cells: _Cells) -> dict[str, Any]:
    pairs: dict[str, str] = {}
    extra = []
    for pair in _split(cells["答案"], _GROUP):
        sides = [_plain(side) for side in _split(pair, _EQUALS)]
        if len(sides) != 2 or not sides[1]:
            raise Wrong("答案", "应写成 左项=右项；左项=右项。")
        if sides[0] in pairs:
            raise Wrong("答案", f"左项“{sides[0][:20]}”重复。")
        if sides[0]:
            pairs[sides[0]] = sides[1]
        else:
            extra.append(sides[1])
    options = [{"key": k, "text": t} for k, t in zip(letters(len(extra)), extra, strict=True)]
    return {"answer": pairs, "options": options}


def _essay(cells: _Cells) -> dict[str, Any]:
    points = []
    for point in _split(cells["答案"], _GROUP) if cells["答案"].strip() else []:
        words, *worth = _split(point, _EQUALS)
        given = exact(_plain(worth[0])) if len(worth) == 1 else None
        if len(worth) > 1 or (worth and given is None):
            raise Wrong("答案", "要点应写成 词｜词=分值；词=分值。")
        texts = [_plain(word) for word in _split(words, _WORD)]
        points.append({"words": texts, "points": 1 if given is None else given})
    return {"answer": points}


_ANSWERS: Mapping[str, Callable[[_Cells], dict[str, Any]]] = MappingProxyType(
    {
        "single": _single,
        "multiple": _several,
        "judge": _judge,
        "blank": _blank,
        "number": _value_of,
        "order": _order,
        "match": _match,
        "essay": _essay,
    }
)


def _split(text: str, signs: str) -> list[str]:
    """The pieces between ``signs``; one after a backslash divides nothing."""
    pieces, begin, escaped = [], 0, False
    for place, sign in enumerate(text):
        if escaped:
            escaped = False
        elif sign == "\\":
            escaped = True
        elif sign in signs:
            pieces.append(text[begin:place])
            begin = place + 1
    return [*pieces, text[begin:]]


def _plain(text: str) -> str:
    return re.sub(r"\\([；;｜|=＝\\])", r"\1", text).strip()


def _text(cell: object) -> str:
    """A cell's value as a person sees it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "对" if cell else "错"
    if isinstance(cell, float) and (value := exact(cell)) is not None:
        return decimal(value)
    return str(cell)
