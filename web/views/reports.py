"""质检评估, 质检产量, 录音: three reports with filters, charts, and the same as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from qa import report_output, report_quality, report_recordings, report_rows, settings
from qa.report_rows import Wanted
from qa.severity import Severities, severities
from qa.tables import Call

from .. import periods, qa_tables
from .. import qa_names as names
from ..access import needs
from ..audit_notes import note
from ..context import can, now, person, reading, work
from ..models import Person
from ..pages import ZONE, moment
from ..periods import Period
from ..sheets import TYPES, Table, workbook

blueprint = Blueprint("qa_reports", __name__, url_prefix="/qa/reports")

SPANS = {"7": "近七天", "30": "近三十天", "90": "近九十天", "365": "近一年"}
NAMES = {"quality": "质检评估", "output": "质检产量", "recordings": "录音"}
QUERY = ("days", "from", "to", "team", "agent", "queue", "card", "inspector")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; ``wrong`` says what of it cannot be."""

    wanted: Wanted
    period: Period
    span: str
    team: int | None
    agent: str
    wrong: str


@blueprint.get("")
@needs("qa.team")
def quality() -> ResponseReturnValue:
    asked = _asked()
    rows = report_rows.rows(reading(), asked.wanted)
    known = _severities()
    minimum = settings.value(reading(), "minimum_n")
    return _page(
        "quality",
        asked,
        whole=report_quality.overall(rows, known),
        agents=report_quality.standings(rows, lambda row: row.agent_id, minimum, known),
        teams=report_quality.standings(rows, names.team_of(), minimum, known),
        weeks=report_quality.trend(rows, asked.wanted.first, asked.wanted.last, ZONE),
        failing=report_quality.failing(report_rows.item_rows(reading(), asked.wanted)),
        disputed=report_output.disputed(reading(), asked.wanted),
        minimum=minimum,
    )


@blueprint.get("/output")
@needs("qa.reports")
def output() -> ResponseReturnValue:
    asked = _asked()
    rows = report_rows.rows(reading(), asked.wanted)
    return _page(
        "output",
        asked,
        work=report_output.by_inspector(reading(), asked.wanted, rows, _severities(), now()),
        disputed=report_output.disputed(reading(), asked.wanted),
    )


@blueprint.get("/recordings")
@needs("qa.reports")
def recordings() -> ResponseReturnValue:
    asked = _asked()
    return _page("recordings", asked, kept=report_recordings.kept(reading(), asked.wanted))


def _page(which: str, asked: Asked, **found: Any) -> str:
    return render_template(
        f"reports/{which}.html",
        which=which,
        reports=NAMES,
        asked=asked,
        kept_query=_kept(),
        spans=SPANS,
        choices=_choices(),
        agent_name=names.people(),
        team_name=names.teams(),
        item_name=names.items(),
        percent=qa_tables.percent,
        others=qa_tables.OTHER,
        **found,
    )


def _choices() -> dict[str, list[tuple[Any, str]]]:
    """What the filters offer: (value, words)."""
    queues = reading().scalars(select(Call.queue).distinct().order_by(Call.queue))
    everything = can("qa.reports")
    return {
        "teams": [(team.id, team.name) for team in names.all_teams()] if everything else [],
        "queues": [(queue, queue) for queue in queues if queue],
        "cards": list(names.cards()),
        "inspectors": list(names.inspectors()) if everything else [],
    }


# What is asked


def _asked() -> Asked:
    args = request.args
    found = periods.asked(args, now().astimezone(ZONE).date(), SPANS, "30")
    team = args.get("team", type=int)
    agent = args.get("agent", "").strip()[:60]
    return Asked(
        Wanted(
            first=found.period.begin,
            last=found.period.end,
            agents=_agents(team, agent),
            scorecard_id=args.get("card", type=int),
            inspector_id=args.get("inspector", type=int) if can("qa.reports") else None,
            queue=args.get("queue", "")[:60],
        ),
        found.period,
        found.span,
        team,
        agent,
        found.wrong,
    )


def _agents(team: int | None, agent: str) -> frozenset[int] | None:
    """Whose calls: None = everybody's. A team leader's are those of the own team alone."""
    if not can("qa.reports"):
        team = person().team_id or 0
    if team is None and not agent:
        return None
    query = select(Person.id)
    if team is not None:
        query = query.where(Person.team_id == team)
    if agent:
        query = query.where(
            Person.number.contains(agent, autoescape=True)
            | Person.name.contains(agent, autoescape=True)
        )
    return frozenset(reading().scalars(query))


def _kept() -> dict[str, str]:
    return {name: value for name in QUERY if (value := request.args.get(name, "").strip())}


def _severities() -> Severities:
    return severities(report_rows.doubly_scored(reading()))


# As a file


@blueprint.get("/quality.<any(xlsx,pdf):ending>")
@needs("qa.team")
def quality_file(ending: str) -> ResponseReturnValue:
    asked = _asked()
    rows = report_rows.rows(reading(), asked.wanted)
    known, minimum = _severities(), settings.value(reading(), "minimum_n")
    whole = report_quality.overall(rows, known)
    agents = report_quality.standings(rows, lambda row: row.agent_id, minimum, known)
    teams = report_quality.standings(rows, names.team_of(), minimum, known)
    items = report_quality.failing(report_rows.item_rows(reading(), asked.wanted))
    weeks = report_quality.trend(rows, asked.wanted.first, asked.wanted.last, ZONE)
    tables = [
        qa_tables.standings("全部", [whole], lambda _: "全部", "范围"),
        qa_tables.standings("班组", teams, names.teams(), "班组"),
        qa_tables.standings("座席", agents, names.people(), "座席"),
        qa_tables.failing(items, names.items()),
        qa_tables.disputed(report_output.disputed(reading(), asked.wanted), names.items()),
        qa_tables.trend(weeks),
    ]
    return _file("quality", asked, tables, ending, minimum)


@blueprint.get("/output.<any(xlsx,pdf):ending>")
@needs("qa.reports")
def output_file(ending: str) -> ResponseReturnValue:
    asked = _asked()
    rows = report_rows.rows(reading(), asked.wanted)
    found = report_output.by_inspector(reading(), asked.wanted, rows, _severities(), now())
    tables = [
        qa_tables.by_inspector(found, names.people()),
        qa_tables.disputed(report_output.disputed(reading(), asked.wanted), names.items()),
    ]
    return _file("output", asked, tables, ending)


@blueprint.get("/recordings.<any(xlsx,pdf):ending>")
@needs("qa.reports")
def recordings_file(ending: str) -> ResponseReturnValue:
    asked = _asked()
    tables = [qa_tables.kept(report_recordings.kept(reading(), asked.wanted))]
    return _file("recordings", asked, tables, ending)


def _file(
    which: str, asked: Asked, tables: Sequence[Table], ending: str, minimum: int | None = None
) -> Response:
    if asked.wrong:
        abort(422)
    with work("qa.export") as writes:
        note(writes, "qa_review", "", {"filter": (None, _kept() | {"report": which})})
    lines = _lines(asked, minimum)
    if ending == "pdf":
        from .. import pdf  # takes a while to load, and only who asks for it needs it

        foot = f"知席　{NAMES[which]}　{moment(now())}　{person().name}"
        data, kind = pdf.report(NAMES[which], lines, tables, foot), "application/pdf"
    else:
        about = Table("说明", ("说明",), [(line,) for line in lines])
        data, kind = workbook([*tables, about]), TYPES["xlsx"]
    name = f"qa-{which}-{asked.period.first}-{asked.period.last}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, content_type=kind, headers=headers)


def _lines(asked: Asked, minimum: int | None) -> list[str]:
    period = asked.period
    made = [f"通话时间 {period.first} 至 {period.last}，共 {period.days} 天。"]
    if narrowed := [f"{WORDS[name]}：{value}" for name, value in _shown_filters(asked)]:
        made.append("只看 " + "；".join(narrowed) + "。")
    if minimum is not None:
        made.append(
            "得分只算随机抽取的通话，按抽中概率加权，括号里是 95% 区间，n 是篇数；"
            f"少于 {minimum} 篇不排名。风险抽取和人工挑选的另列，不进均值。"
        )
    return made


WORDS = {
    "team": "班组",
    "agent": "座席",
    "queue": "队列",
    "card": "评分表",
    "inspector": "质检员",
}


def _shown_filters(asked: Asked) -> list[tuple[str, str]]:
    wanted = asked.wanted
    cards = dict(names.cards())
    shown = {
        "team": names.teams()(asked.team) if asked.team is not None else "",
        "agent": asked.agent,
        "queue": wanted.queue,
        "card": cards.get(wanted.scorecard_id or 0, ""),
        "inspector": names.people()(wanted.inspector_id) if wanted.inspector_id else "",
    }
    return [(name, value) for name, value in shown.items() if value]
