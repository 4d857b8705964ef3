"""The results of an exam to take along: a workbook, and the table of scores."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from exams import analysis, results, stats
from exams.answered import about, taken
from exams.questions import DIFFICULTIES
from exams.stats import Scores
from exams.tables import Exam
from kb.formats.table import disarm

from .. import exam_figures as figures
from .. import exam_tables as tables
from .. import qa_names
from ..access import needs
from ..audit_notes import note
from ..context import now, person, reading, viewer, work
from ..pages import day, moment
from ..sheets import TYPES, Table
from ..sheets import workbook as excel
from .results import exam_of

blueprint = Blueprint("results_files", __name__, url_prefix="/results")


@blueprint.get("/<row:id>/results.xlsx")
@needs("exams.results")
def workbook(id: int) -> ResponseReturnValue:
    """Results, groups, questions, options and every answer, a sheet each."""
    exam = exam_of(id)
    made = excel(_sheets(exam))
    _told(exam, "xlsx")
    return _file(made, f"成绩-{exam.title}-{day(now())}.xlsx", TYPES["xlsx"])


def _sheets(exam: Exam) -> list[Table]:
    found = results.results(reading(), exam)
    attempts = taken(reading(), exam, responses=True)
    first = {each.person_id: each.attempt_id for each in reversed(attempts)}
    items = analysis.of(
        reading(), [each for each in attempts if first[each.person_id] == each.attempt_id]
    )
    abouts = about(reading(), (a.version_id for each in attempts for a in each.answers))
    counting = frozenset(figures.counting_ids(found))
    ready = [each for each in attempts if each.attempt_id in counting and each.complete]
    named, team_named, may_see = qa_names.people(), qa_names.teams(), viewer().may_see
    teams = figures.rows(results.groups(found, lambda one: one.team_id))
    grades = figures.rows(results.groups(found, lambda one: one.grade))
    topics = figures.part_rows(ready, abouts, lambda one: one.topics)
    difficulties = figures.by_difficulty(ready, abouts)
    return [
        tables.results(found, named, team_named),
        tables.groups("班组", teams, team_named),
        tables.groups("等级", grades, lambda key: key or "没有写等级"),
        tables.parts("知识点", topics, str),
        tables.parts("难度", difficulties, lambda key: DIFFICULTIES.get(key, "没有定")),
        tables.items(items, may_see),
        tables.options(items, may_see),
        *tables.responses(attempts, abouts, named, may_see),
        Table("说明", ("说明",), [(line,) for line in _lines(exam, items)]),
    ]


def _lines(exam: Exam, found: analysis.Analysis) -> list[str]:
    about_exam = f"{exam.title}，{moment(exam.opens_at)} 至 {moment(exam.closes_at)}。"
    drawn = "每个人抽到的题不一样：区分度是得分率和整卷得分率的相关（×100），没有有效权重。"
    alike = "所有人的卷子一样：区分度是这道题的得分和其余题总分的相关（×100）。"
    return [
        about_exam,
        f"{moment(now())} 由 {person().name} 导出。",
        "平均分、得分率、通过率后面是 95% 区间的下限、上限和人数 n。",
        f"每题和选项只算每个人的第一次作答，共 {found.attempts} 份。",
        f"另有 {found.waiting} 份等阅卷，不算。",
        alike if found.same else drawn,
    ]


@blueprint.get("/<row:id>/scores.csv")
@needs("exams.results")
def scores(id: int) -> ResponseReturnValue:
    """The table all figures of questions come from; none where papers differ."""
    exam = exam_of(id)
    found = analysis.analyse(reading(), exam, first=request.args.get("which") != "all")
    if found.scores is None:
        abort(404)
    keys = tuple(disarm(key) for key in found.scores.keys)
    table = Scores(keys, found.scores.maxima, found.scores.rows)
    _told(exam, "csv")
    data = stats.write(table, found.order).encode()
    return _file(data, f"得分表-{exam.title}-{day(now())}.csv", TYPES["csv"])


def _told(exam: Exam, kind: str) -> None:
    with work("exams.results.export") as writes:
        values: dict[str, tuple[Any, Any]] = {"format": (None, kind)}
        note(writes, "exam", exam.id, values)


def _file(data: bytes, name: str, kind: str) -> Response:
    safe = name.replace("/", "／").replace("\\", "＼")
    disposition = f"attachment; filename*=UTF-8''{quote(safe)}"
    return Response(data, content_type=kind, headers={"Content-Disposition": disposition})
