"""Lists of calls to be imported: CSV or JSON, headings in English or Chinese.

    for row in read(content, "清单.csv"):
        row.faults or row.facts, row.agent, row.recording, row.transcript

A time without an offset is Chinese standard time. What is wrong is told row by row with its line
and column; columns of no meaning to us are kept with the call as they are.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any
from zoneinfo import ZoneInfo

from kb.formats.encoding import decode
from kb.formats.source import Unreadable
from kb.formats.typed import understood

from . import jsonfile
from .calls import NAMES, Facts
from .errors import BadFile
from .fields import plainly

ZONE = ZoneInfo("Asia/Shanghai")
MOST_ROWS = 200_000
LARGEST = 100_000_000
"""Bytes of a list."""
LONGEST_CELL = 2000
YEARS = range(1900, 2200)

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "key": ("call_id", "key", "通话编号", "通话id", "呼叫编号", "流水号"),
    "agent": ("agent", "agent_number", "工号", "座席工号", "座席工号", "座席", "座席"),
    "extension": ("extension", "分机", "分机号"),
    "customer": ("customer", "来电号码", "客户号码", "主叫号码"),
    "direction": ("direction", "方向", "呼叫方向"),
    "queue": ("queue", "队列", "技能组"),
    "started_at": ("started_at", "开始时间", "通话开始时间"),
    "ended_at": ("ended_at", "结束时间", "通话结束时间"),
    "seconds": ("seconds", "duration", "时长", "通话时长", "时长（秒）", "时长(秒)"),
    "satisfaction": ("satisfaction", "满意度"),
    "consent": ("consent", "录音同意", "同意录音"),
    "recording": ("recording", "录音", "录音文件"),
    "agent_side": ("agent_side", "座席声道", "座席声道", "座席的声道"),
    "transcript": ("transcript", "转写", "转写文件"),
}
"""What a column may be called; the first is what our own files use."""

NEEDED = ("key", "agent", "started_at")
LABELS: Mapping[str, str] = {
    **NAMES,
    "agent": "工号",
    "recording": "录音",
    "agent_side": "座席声道",
    "transcript": "转写",
}
SATISFIED: Mapping[str, int] = {
    "非常满意": 5,
    "满意": 4,
    "一般": 3,
    "不满意": 2,
    "非常不满意": 1,
}

_FIELDS = {name: column for column, names in COLUMNS.items() for name in names}
_LENGTH = re.compile(r"(?:(\d{1,3})(?:小?时|:))?(?:(\d{1,4})(?:分钟?|:))?(\d{1,6}(?:\.\d+)?)秒?")
_MINUTES = re.compile(r"(?:(\d{1,3})小?时)?(\d{1,4})分钟?")
_WORDS: Mapping[str, Mapping[str, str]] = {
    "direction": {
        **dict.fromkeys(("in", "inbound", "呼入", "来电", "进线"), "in"),
        **dict.fromkeys(("out", "outbound", "呼出", "去电", "外呼"), "out"),
    },
    "consent": {
        **dict.fromkeys(("yes", "true", "y", "1", "是", "同意", "已同意"), "yes"),
        **dict.fromkeys(("no", "false", "n", "0", "否", "不同意", "拒绝"), "no"),
        **dict.fromkeys(("unknown", "未知", "没有说"), ""),
    },
    "agent_side": {
        **dict.fromkeys(("left", "l", "左", "左声道"), "left"),
        **dict.fromkeys(("right", "r", "右", "右声道"), "right"),
    },
}


class BadManifest(BadFile):
    """A list that cannot be read as one."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a row: ``line`` in the file from 1, ``column`` as its file calls it."""

    line: int
    column: str
    sentence: str

    def __str__(self) -> str:
        column = f"“{self.column}”" if self.column else ""
        return f"第{self.line}行{column}：{self.sentence}"


@dataclass(frozen=True, slots=True)
class Row:
    """One call of the list. ``agent`` is the employee number; files by the names they have."""

    line: int
    facts: Facts
    agent: str = ""
    recording: str = ""
    agent_side: str = ""
    transcript: str = ""
    faults: tuple[Wrong, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    """{what we call a column: what the file calls it}"""

    def wrong(self, column: str, sentence: str) -> Wrong:
        return Wrong(self.line, self.columns.get(column, LABELS.get(column, column)), sentence)


def read(content: bytes, name: str) -> Iterator[Row]:
    """The rows of a list, each with its faults. Raises BadManifest where it is no list at all."""
    if len(content) > LARGEST:
        raise BadManifest(name, f"清单有 {len(content) // 1_000_000} MB，最多 100 MB。")
    try:
        text = decode(content)
    except Unreadable as wrong:
        raise BadManifest(name, str(wrong)) from None
    made = _json(text, name) if text.lstrip()[:1] in ("[", "{") else _csv(text, name)
    met: dict[str, int] = {}
    count = 0
    for row in made:
        count += 1
        if count > MOST_ROWS:
            raise BadManifest(name, f"清单超过 {MOST_ROWS} 行，请分成几份。")
        yield _once(row, met)
    if not count:
        raise BadManifest(name, "清单里没有通话：第一行是列名，从第二行起每行一通。")


def _once(row: Row, met: dict[str, int]) -> Row:
    """A key twice in one list is a mistake in it, not a correction."""
    key = row.facts.key
    if not key or met.setdefault(key, row.line) == row.line:
        return row
    wrong = row.wrong("key", f"和第{met[key]}行是同一个编号。")
    return Row(row.line, row.facts, faults=(*row.faults, wrong), columns=row.columns)


# CSV


def _csv(text: str, name: str) -> Iterator[Row]:
    delimiter = max(",\t;", key=text.partition("\n")[0].count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    head: list[str] | None = None
    while True:
        line = lines.line_num + 1
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error:
            yield Row(line, Facts(""), faults=(Wrong(line, "", "这一行不是完整的 CSV。"),))
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if head is None:
            head = _headings(cells, name)
        elif len(cells) > len(head):
            sentence = f"有 {len(cells)} 格，列名只有 {len(head)} 个；文字里有逗号的要加引号。"
            yield Row(line, Facts(""), faults=(Wrong(line, "", sentence),))
        else:
            yield row_of(dict(zip(head, cells, strict=False)), line)


def _headings(cells: Sequence[str], name: str) -> list[str]:
    head = [cell.strip() for cell in cells]
    known = [_column(heading) for heading in head]
    if twice := {LABELS[c] for c in known if c and known.count(c) > 1}:
        raise BadManifest(name, f"“{'、'.join(sorted(twice))}”有两列。")
    if missing := [LABELS[c] for c in NEEDED if c not in known]:
        raise BadManifest(name, f"第一行应为列名，缺少{'、'.join(missing)}。")
    return head


def _column(heading: str) -> str:
    folded = unicodedata.normalize("NFKC", heading).strip().lower().replace(" ", "_")
    return _FIELDS.get(folded, _FIELDS.get(heading.strip(), ""))


# JSON


def _json(text: str, name: str) -> Iterator[Row]:
    try:
        value = jsonfile.loads(text, name)
    except BadFile as wrong:
        raise BadManifest(name, wrong.sentence) from None
    if isinstance(value, dict):
        value = value.get("calls")
    if not isinstance(value, list):
        raise BadManifest(name, "应为通话的列表，或 {\"calls\": [通话…]}。")  # fmt: skip
    for number, each in enumerate(value, 1):
        if isinstance(each, dict):
            yield row_of(plainly(each), number)
        else:
            fault = Wrong(number, "", "应为一个对象 {…}。")
            yield Row(number, Facts(""), faults=(fault,))


# One row


def row_of(given: Mapping[str, Any], line: int = 1) -> Row:
    """One call from its cells, or from the fields of a JSON object."""
    columns = {column: heading for heading in given if (column := _column(heading))}
    reader = _Reader(given, columns, line)
    facts = Facts(
        reader.text("key"),
        extension=reader.text("extension"),
        customer=reader.text("customer"),
        queue=reader.text("queue"),
        direction=reader.word("direction"),
        started_at=reader.moment("started_at"),
        ended_at=reader.moment("ended_at"),
        seconds=reader.read("seconds", length),
        satisfaction=reader.read("satisfaction", satisfaction),
        consent=reader.word("consent"),
        data=reader.rest(),
    )
    return Row(
        line,
        facts,
        agent=reader.text("agent"),
        recording=reader.file("recording"),
        agent_side=reader.word("agent_side"),
        transcript=reader.file("transcript"),
        faults=tuple(reader.faults),
        columns=columns,
    )


class _Reader:
    def __init__(self, given: Mapping[str, Any], columns: Mapping[str, str], line: int) -> None:
        self.given, self.columns, self.line = given, columns, line
        self.faults: list[Wrong] = []

    def fault(self, name: str, sentence: str) -> None:
        self.faults.append(Wrong(self.line, self.columns.get(name, LABELS[name]), sentence))

    def text(self, name: str) -> str:
        """The cell as text, half width; '' where there is none or it is none."""
        value = self.given.get(self.columns.get(name, ""))
        if value is None or value is True or value is False:
            made = {None: "", True: "yes", False: "no"}[value]
        elif isinstance(value, str | int | float | Decimal):
            made = unicodedata.normalize("NFKC", str(value)).strip()
        else:
            self.fault(name, "应为文字或数字。")
            return ""
        if len(made) > LONGEST_CELL:
            self.fault(name, f"有 {len(made)} 个字，太长。")
            return ""
        return made

    def word(self, name: str) -> str:
        text = self.text(name).lower()
        if text and text not in _WORDS[name]:
            told = "、".join(dict.fromkeys(_WORDS[name].values()))
            self.fault(name, f"看不懂“{text[:20]}”，可填 {told}。")
        return _WORDS[name].get(text, "")

    def read(self, name: str, read: Callable[[str], Any]) -> Any:
        text = self.text(name)
        if not text:
            return None
        try:
            return read(text)
        except ValueError as wrong:
            self.fault(name, str(wrong))
            return None

    def moment(self, name: str) -> datetime | None:
        found: datetime | None = self.read(name, moment)
        return found

    def file(self, name: str) -> str:
        text = self.given.get(self.columns.get(name, ""))
        if text is None or text == "":
            return ""
        if not isinstance(text, str):
            self.fault(name, "应为文件名。")
            return ""
        made = text.strip()
        if made and (sentence := astray(made)):
            self.fault(name, sentence)
            return ""
        return made

    def rest(self) -> dict[str, Any]:
        """Columns of no meaning to us; empty ones are left out."""
        known = set(self.columns.values())
        return {
            str(heading): value
            for heading, value in self.given.items()
            if heading not in known and str(heading).strip() and value not in (None, "")
        }


def moment(text: str) -> datetime:
    """2026-11-21 14:05:09, with or without an offset. Raises ValueError with a sentence."""
    value = understood("effective_from", text, ZONE) if re.search("[:时T]", text) else None
    if not isinstance(value, datetime) or value.year not in YEARS or value.tzinfo is None:
        raise ValueError(f"“{text[:30]}”不是时间，请写成 2026-11-21 14:05:09。")
    return value


def length(text: str) -> float:
    """Seconds: 192, 3:12, 0:03:12 or 3分12秒. Raises ValueError with a sentence."""
    bare = text.replace(" ", "").removesuffix("s")
    if found := _MINUTES.fullmatch(bare):
        return int(found[1] or 0) * 3600.0 + int(found[2]) * 60
    found = _LENGTH.fullmatch(bare)
    if not found:
        raise ValueError(f"“{text[:20]}”不是时长，请写秒数，或 3:12。")
    hours, minutes, seconds = found.groups()
    if minutes is None and hours is not None and ":" in bare:  # 3:12 is minutes and seconds
        hours, minutes = None, hours
    return int(hours or 0) * 3600.0 + int(minutes or 0) * 60 + float(seconds)


def satisfaction(text: str) -> int:
    """5, or 非常满意. Raises ValueError with a sentence."""
    if text in SATISFIED:
        return SATISFIED[text]
    whole = text.removesuffix("分").removesuffix(".0")
    if not (whole.isdecimal() and len(whole) < 4):
        raise ValueError(f"“{text[:20]}”不是满意度，请写整数，如 5。")
    return int(whole)


def astray(name: str) -> str:
    """Why a file of this name is not to be opened, as a sentence; '' where it may."""
    path = PurePosixPath(name.replace("\\", "/"))
    if "\0" in name or len(name) > 400:
        return "文件名不对。"
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", name):
        return "文件名只能指清单所在文件夹里面的文件，不能有 .. 或绝对路径。"
    return ""
