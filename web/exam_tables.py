"""The results of an exam as tables, for Excel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from exams.analysis import Analysis
from exams.answered import About, Taken
from exams.questions import DIFFICULTIES, KINDS
from exams.results import Result

from .bank_sight import key_words
from .exam_figures import Row
from .pages import moment
from .paper_sight import said
from .sheets import Table

Named = Callable[[int], str]
TeamNamed = Callable[[int | None], str]
HIDDEN = "（没有查看权限）"


def results(found: Sequence[Result], named: Named, team_named: TeamNamed) -> Table:
    columns = (
        *("姓名", "班组", "等级", "成绩（百分制）", "得分", "满分", "结果"),
        *("作答次数", "开始", "交卷", "用时（分）"),
    )
    rows = [
        (
            named(one.person_id),
            team_named(one.team_id),
            one.grade,
            one.percent,
            one.counted.points if one.counted and one.counted.complete else None,
            one.counted.possible if one.counted and one.counted.complete else None,
            _outcome(one),
            one.submitted,
            moment(one.begun_at),
            moment(one.submitted_at),
            None if one.seconds is None else round(one.seconds / 60, 1),
        )
        for one in found
    ]
    return Table("成绩", columns, rows)


def _outcome(one: Result) -> str:
    if not one.submitted:
        return "正在考"
    if one.passed is None:
        return "不计分" if one.counted and one.counted.complete else "等待阅卷"
    return "通过" if one.passed else "未通过"


def groups(name: str, rows: Iterable[Row], called: Callable[[Any], str]) -> Table:
    made = [(one.rank, called(one.key), one.mean, one.passed) for one in rows]
    return Table(name, ("名次", name, "平均分", "通过率（%）"), made)


def parts(name: str, rows: Iterable[Row], called: Callable[[Any], str]) -> Table:
    made = [(called(one.key), one.mean, one.answers) for one in rows]
    return Table(name, (name, "得分率（%）", "答题"), made)


def items(found: Analysis, may_see: Callable[[Sequence[str]], bool]) -> Table:
    columns = (
        *("题号", "版", "题型", "题目", "正确答案", "标的难度", "实测难度", "n"),
        *("得分率（%）", "标准差（%）"),
        *("区分度", "区分效率（%）", "有效权重（%）", "没有作答", "要看一看"),
    )
    rows = [
        (
            item.about.key,
            item.about.number,
            KINDS[item.about.question.kind],
            _stem(item.about, may_see),
            _key(item.about) if may_see(item.about.audiences) else HIDDEN,
            DIFFICULTIES.get(item.about.difficulty, ""),
            DIFFICULTIES.get(item.figures.measured, ""),
            item.figures.n,
            _times(item.figures.facility, 100),
            _times(item.figures.sd, 100),
            item.figures.discrimination,
            item.figures.efficiency,
            item.figures.weight,
            item.unanswered,
            "作废，不计分" if item.void else "；".join(flag.words for flag in item.flags),
        )
        for item in found.items
    ]
    return Table("每题", columns, rows)


def options(found: Analysis, may_see: Callable[[Sequence[str]], bool]) -> Table:
    columns = ("题号", "版", "选项", "文字", "正确", "选的人", "n", "占比（%）", "和成绩的相关")
    rows = [
        (
            item.about.key,
            item.about.number,
            one.key,
            one.text,
            "是" if one.right else "",
            one.chosen,
            one.n,
            100 * one.share,
            one.correlation,
        )
        for item in found.items
        if may_see(item.about.audiences)
        for one in item.choices
    ]
    return Table("选项", columns, rows)


def responses(
    attempts: Sequence[Taken],
    abouts: Mapping[int, About],
    named: Named,
    may_see: Callable[[Sequence[str]], bool],
) -> list[Table]:
    """What each answered, and what it earned: a row an attempt, a column a question."""
    ids = sorted(abouts, key=lambda id: (abouts[id].key, abouts[id].number))
    place = {id: n for n, id in enumerate(ids)}
    head = ("姓名", "第几次", "答卷", *(f"{abouts[id].key} 第{abouts[id].number}版" for id in ids))
    given, marks = [], []
    for each in attempts:
        texts: list[str | None] = [None] * len(ids)
        earned: list[float | None] = [None] * len(ids)
        for answer in each.answers:
            one = abouts[answer.version_id]
            text = said(one.question, answer.response) if may_see(one.audiences) else HIDDEN
            texts[place[answer.version_id]] = text
            if answer.mark is not None:
                earned[place[answer.version_id]] = float(answer.mark)
        start = (named(each.person_id), each.number, each.attempt_id)
        given.append((*start, *texts))
        marks.append((*start, *earned))
    return [Table("作答", head, given), Table("每题得分", head, marks)]


def _stem(one: About, may_see: Callable[[Sequence[str]], bool]) -> str:
    return one.question.stem if may_see(one.audiences) else HIDDEN


def _key(one: About) -> str:
    if one.question.kind in ("single", "multiple", "order"):
        answer = one.question.answer
        return said(one.question, answer if isinstance(answer, str) else list(answer))
    return key_words(one.question)


def _times(value: float | None, times: float) -> float | None:
    return None if value is None else times * value
