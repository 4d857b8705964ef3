"""How the knowledge is used: figures, charts, tables, and the same as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from kb.formats.table import disarm

from .. import usage
from ..access import needs
from ..audit_notes import note
from ..context import now, reading, services, viewer, work
from ..pages import ZONE, moment
from ..usage import Period, Used

blueprint = Blueprint("usage", __name__, url_prefix="/usage")

SPANS = {"7": "近七天", "30": "近三十天", "90": "近九十天", "365": "近一年"}
LONGEST = 731
SHOWN = 20
Table = tuple[str, Sequence[str], Sequence[Sequence[Any]]]
"""A name, its columns, its rows."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The period and what it is narrowed to, with what of the question is wrong."""

    period: Period
    span: str
    category: str
    editor: str
    wrong: str


@blueprint.get("")
@needs("kb.write")
def show() -> ResponseReturnValue:
    asked = _asked()
    services().evidence.flush()
    everything = usage.articles(reading(), viewer(), now(), asked.period)
    used = _narrowed(everything, asked)
    idle = usage.never_used(used, asked.period)
    late = [one for one in used if one.overdue]
    days = usage.by_day(reading(), asked.period)
    return render_template(
        "usage/show.html",
        asked=asked,
        spans=SPANS,
        pairs=lambda names: [(name, name) for name in names],
        kept=_kept(),
        totals=usage.totals(reading(), asked.period, days),
        days=days,
        narrowed=bool(asked.category or asked.editor),
        articles=len(used),
        views=sum(one.views for one in used),
        copies=sum(one.copies for one in used),
        categories=sorted({usage.top_category(one) for one in everything}),
        editors=sorted({usage.owner(one) for one in everything}),
        by_category=usage.grouped(
            used, usage.whole_category if asked.category else usage.top_category
        ),
        by_editor=usage.grouped(used, usage.owner),
        busiest=usage.most_used(used, SHOWN),
        idle=idle[:SHOWN],
        idle_count=len(idle),
        late=late[:SHOWN],
        late_count=len(late),
    )


def _narrowed(used: Sequence[Used], asked: Asked) -> list[Used]:
    return [
        one
        for one in used
        if (not asked.category or usage.top_category(one) == asked.category)
        and (not asked.editor or usage.owner(one) == asked.editor)
    ]


def _asked() -> Asked:
    today = now().astimezone(ZONE).date()
    args, wrong = request.args, ""
    span = args.get("days", "")
    span = span if span in SPANS else "30"
    period = Period(today - timedelta(days=int(span) - 1), today)
    if args.get("from") or args.get("to"):
        try:
            last = date.fromisoformat(args.get("to") or today.isoformat())
            first = date.fromisoformat(args.get("from") or (last - timedelta(days=29)).isoformat())
            if not date(2000, 1, 1) <= first <= last <= date(2100, 1, 1):
                wrong = "“从”要不晚于“到”。"
            elif (last - first).days >= LONGEST:
                wrong = "一次最多看两年。"
            else:
                period, span = Period(first, last), ""
        except ValueError:
            wrong = "日期要写成 2026-11-21 这样。"
    return Asked(period, span, args.get("category", "")[:400], args.get("editor", "")[:60], wrong)


def _kept() -> dict[str, str]:
    names = ("days", "from", "to", "category", "editor")
    return {name: value for name in names if (value := request.args.get(name, "").strip())}


# As a file


@blueprint.get("/export.<any(csv,xlsx):ending>")
@needs("kb.write")
def export(ending: str) -> ResponseReturnValue:
    """Every article with its use as CSV, or all tables as a workbook."""
    asked = _asked()
    if asked.wrong:
        abort(422)
    services().evidence.flush()
    used = _narrowed(usage.articles(reading(), viewer(), now(), asked.period), asked)
    with work("usage.export") as writes:
        note(writes, "usage", "", {"filter": (None, _kept() | {"format": ending})})
    name = f"usage-{asked.period.first}-{asked.period.last}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if ending == "csv":
        return Response(_csv(_article_table(used)), mimetype="text/csv", headers=headers)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Response(_xlsx(_tables(asked, used)), mimetype=kind, headers=headers)


def _article_table(used: Sequence[Used]) -> Table:
    columns = ("编号", "标题", "分类", "负责人", "发布时间", "显示", "打开", "复制", "该复核了")
    rows = [
        (
            one.key,
            one.title,
            one.category,
            one.owner,
            moment(one.published_at),
            one.shown,
            one.views,
            one.copies,
            "是" if one.overdue else "",
        )
        for one in used
    ]
    return "文章", columns, rows


def _tables(asked: Asked, used: Sequence[Used]) -> Iterator[Table]:
    period = asked.period
    counted = usage.by_day(reading(), period)
    whole = usage.totals(reading(), period, counted)
    yield (
        "概况",
        ("项目", "数"),
        [
            ("从", period.first.isoformat()),
            ("到", period.last.isoformat()),
            *((words, getattr(whole, name)) for name, words in TOTALS.items()),
        ],
    )
    rows = [(d.day.isoformat(), d.searches, d.views, d.copies) for d in counted]
    yield "按日", ("日期", "检索", "打开", "复制"), rows
    for name, key in (("按分类", usage.whole_category), ("按负责人", usage.owner)):
        groups = usage.grouped(used, key)
        counts = [
            (g.name, g.articles, g.unused, g.overdue, g.shown, g.views, g.copies) for g in groups
        ]
        columns = (name[1:], "文章", "没人打开", "该复核了", "显示", "打开", "复制")
        yield name, columns, counts
    yield _article_table(used)


TOTALS = {
    "searches": "检索次数",
    "linked": "其中打开或复制了文章",
    "answered": "其中给出答案句",
    "shown": "显示答案或文章",
    "views": "打开文章",
    "copies": "复制答案",
    "people": "打开或复制过的人数",
    "calls": "记了编号的通话",
    "linked_calls": "其中打开或复制了文章的通话",
}
"""What each total is called in a file."""


def _csv(table: Table) -> str:
    text = io.StringIO()
    text.write("\ufeff")  # makes spreadsheet programs read UTF-8
    writer = csv.writer(text)
    writer.writerow(table[1])
    for row in table[2]:
        writer.writerow([disarm(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue()


def _xlsx(tables: Iterator[Table]) -> bytes:
    # It takes a while to load, and only who asks for a workbook needs it.
    import openpyxl
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    def cell(value: Any) -> Any:
        """Text as a workbook's XML can hold it, and never a formula."""
        return disarm(ILLEGAL_CHARACTERS_RE.sub("", value)) if isinstance(value, str) else value

    book = openpyxl.Workbook(write_only=True)
    for name, columns, rows in tables:
        sheet = book.create_sheet(name)
        sheet.append(list(columns))
        for row in rows:
            sheet.append([cell(value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
