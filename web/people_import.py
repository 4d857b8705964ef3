"""People from a table: a row each, checked as a whole before the first is added."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.formats.archive import check as check_archive
from kb.formats.encoding import decode
from kb.formats.source import Unreadable
from kb.formats.table import rearm

from . import accounts, people
from .errors import InvalidInput, NotPermitted
from .models import Person, Role

MOST = 200
"""Rows of one import: each password takes a moment to hash, and somebody waits."""
MOST_BYTES = 5 * 1024 * 1024
ENDINGS = (".csv", ".xlsx")

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "number": ("工号", "员工号", "number"),
    "name": ("姓名", "名字", "name"),
    "team": ("班组", "组别", "team"),
    "grade": ("等级", "座席等级", "grade"),
    "roles": ("角色", "岗位", "roles", "role"),
}
_FIELDS = {heading: name for name, headings in HEADINGS.items() for heading in headings}


@dataclass(frozen=True, slots=True)
class Row:
    """Somebody to add; ``line`` is the row in the file, from 1."""

    line: int
    number: str
    name: str
    team: str
    grade: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with one row of the file."""

    line: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Added:
    number: str
    name: str
    password: str


def read(path: Path, name: str) -> list[Row]:
    """The rows of a file. Raises InvalidInput when it is no such table."""
    ending = Path(name).suffix.lower()
    if ending not in ENDINGS:
        raise InvalidInput("file", f"只支持 {' 和 '.join(ENDINGS)} 文件。")
    if path.stat().st_size > MOST_BYTES:
        raise InvalidInput("file", f"文件太大，一次最多 {MOST} 人，请分成几份。")
    cells = _csv(path) if ending == ".csv" else _xlsx(path)
    rows = list(_rows(cells))
    if not rows:
        raise InvalidInput("file", "文件里没有人：第一行是列名，从第二行起每行一个人。")
    if len(rows) > MOST:
        raise InvalidInput("file", f"一次最多 {MOST} 人，这份有 {len(rows)} 人，请分成几份。")
    return rows


def _csv(path: Path) -> Iterator[tuple[int, Sequence[str]]]:
    try:
        reader = csv.reader(io.StringIO(decode(path.read_bytes()), newline=""))
        for cells in reader:
            yield reader.line_num, cells
    except Unreadable as error:
        raise InvalidInput("file", str(error)) from error
    except csv.Error as error:
        raise InvalidInput("file", "这不是能读的 CSV 文件，请另存为 UTF-8 的 CSV 再试。") from error


def _xlsx(path: Path) -> Iterator[tuple[int, Sequence[str]]]:
    try:
        check_archive(path, "spreadsheetml.sheet.main", ".xlsx")
    except Unreadable as error:
        raise InvalidInput("file", str(error)) from error
    import openpyxl  # it takes a while to load, and few people ever import a workbook

    try:
        with path.open("rb") as file:  # by its name alone openpyxl would refuse an upload
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            sheet = book.worksheets[0]
            sheet.reset_dimensions()
            rows = sheet.iter_rows(max_col=20, max_row=MOST + 50, values_only=True)
            found = [["" if v is None else _cell(v) for v in row] for row in rows]
    # A broken workbook makes the library raise almost anything.
    except Exception as error:
        raise InvalidInput("file", "工作簿已损坏，请用办公软件打开后另存为 .xlsx。") from error
    yield from enumerate(found, 1)


def _cell(value: object) -> str:
    """A number typed as a number is the employee number it looks like: 1001, not 1001.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _rows(lines: Iterable[tuple[int, Sequence[str]]]) -> Iterator[Row]:
    columns: list[str | None] = []
    for line, cells in lines:
        cells = [rearm(cell.strip()) for cell in cells]
        if not any(cells):
            continue
        if not columns:
            columns = [_FIELDS.get(cell.lower()) for cell in cells]
            if missing := [HEADINGS[n][0] for n in ("number", "name") if n not in columns]:
                raise InvalidInput("file", f"第一行要有列名，缺少“{'”“'.join(missing)}”。")
            continue
        values = {n: cell for n, cell in zip(columns, cells, strict=False) if n}
        yield Row(
            line,
            accounts.clean_number(values.get("number", "")),
            values.get("name", ""),
            values.get("team", ""),
            values.get("grade", ""),
            tuple(_split(values.get("roles", ""))),
        )


def _split(text: str) -> Iterator[str]:
    for mark in "，,；;/":
        text = text.replace(mark, "、")
    return filter(None, (part.strip() for part in text.split("、")))


# Checking


def faults(session: Session, actor: Person, rows: Sequence[Row]) -> list[Wrong]:
    """Everything that stands against adding these people; [] when nothing does."""
    taken = set(
        session.scalars(select(Person.number).where(Person.number.in_([r.number for r in rows])))
    )
    first: dict[str, int] = {}
    found: list[Wrong] = []
    for row in rows:
        found.extend(Wrong(row.line, sentence) for sentence in _against(session, actor, row))
        if row.number in taken:
            found.append(Wrong(row.line, f"工号“{row.number}”已经有人在用。"))
        elif row.number and first.setdefault(row.number, row.line) != row.line:
            found.append(Wrong(row.line, f"工号“{row.number}”和第{first[row.number]}行重复。"))
    return found


def _against(session: Session, actor: Person, row: Row) -> Iterator[str]:
    checks = (
        lambda: accounts.clean_name(row.name),
        lambda: _check_number(row.number),
        lambda: _check_team(row.team),
        lambda: people.may_hand_on(actor, _roles(session, row)),
    )
    for test in checks:
        try:
            test()
        except (InvalidInput, NotPermitted) as wrong:
            yield str(wrong)


def _check_number(number: str) -> None:
    if not 1 <= len(number) <= 40 or not number.isprintable():
        raise InvalidInput("number", "工号要有1到40个字符。")


def _check_team(team: str) -> None:
    if len(team) > 60:
        raise InvalidInput("team", "班组名最长60个字。")


def _roles(session: Session, row: Row) -> list[Role]:
    return [accounts.role_named(session, name) for name in row.roles]


# Adding


def add(session: Session, actor: Person, row: Row, at: datetime) -> Added:
    """One of the rows, with a password to be changed at the first sign-in."""
    given = _roles(session, row)
    people.may_hand_on(actor, given)
    password = accounts.initial_password()
    person = accounts.add_person(
        session, row.number, row.name, password, at=at, roles=given, team=row.team, grade=row.grade
    )
    return Added(person.number, person.name, password)
