"""The reports of quality assurance as tables, for Excel and PDF."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qa.intervals import Estimate
from qa.report_output import Disputed, Work
from qa.report_quality import Failing, Standing, Step
from qa.report_recordings import Kept

from .sheets import Table

Named = Callable[[int], str]
ItemNamed = Callable[[int, str], str]

OTHER = {"risk": "风险抽取", "resample": "复查", "manual": "人工挑选"}


def percent(found: Estimate | None) -> Estimate | None:
    """A share of 0–1 in percent."""
    if found is None:
        return None
    low, high = (None if edge is None else 100 * edge for edge in (found.low, found.high))
    return Estimate(100 * found.value, low, high, found.n)


def standings(name: str, found: Sequence[Standing], named: Named, unit: str) -> Table:
    columns = (
        "名次",
        unit,
        "得分",
        "扣除松紧后",
        "关键项得分",
        "致命占比（%）",
        *(f"{words}（篇）" for words in OTHER.values()),
    )
    rows = [
        (
            one.rank,
            named(one.key),
            one.score,
            one.adjusted,
            one.critical,
            percent(one.fatal),
            *(one.others.get(how, 0) for how in OTHER),
        )
        for one in found
    ]
    return Table(name, columns, rows)


def failing(found: Sequence[Failing], named: ItemNamed) -> Table:
    columns = (
        "评分项",
        "不合格（%）",
        "占全部不合格（%）",
        "累计（%）",
        "另行抽取的不合格",
        "另行抽取的篇数",
    )
    rows = [
        (
            named(one.scorecard_id, one.item),
            percent(one.failed),
            100 * one.share,
            100 * one.running,
            one.other_failed,
            one.other_n,
        )
        for one in found
    ]
    return Table("不合格的评分项", columns, rows)


def trend(found: Sequence[Step]) -> Table:
    rows = [(step.first.isoformat(), step.score) for step in found]
    return Table("每周得分", ("周一", "得分"), rows)


def by_inspector(found: Sequence[Work], named: Named) -> Table:
    columns = (
        "质检员",
        "完成",
        "每篇用时中位数（分）",
        "总用时（时）",
        "给分均值",
        "松紧（分）",
        "待评",
        "过期",
        "申诉成立（%）",
        "复检不同（%）",
    )
    rows = [
        (
            named(one.inspector_id),
            one.finished,
            None if one.median_seconds is None else one.median_seconds / 60,
            one.total_seconds / 3600,
            one.mean_score,
            one.severity,
            one.waiting,
            one.overdue,
            percent(one.overturned),
            percent(one.changed),
        )
        for one in found
    ]
    return Table("质检员", columns, rows)


def disputed(found: Sequence[Disputed], named: ItemNamed) -> Table:
    columns = ("评分项", "申诉", "待裁定", "撤回", "成立（%）")
    rows = [
        (
            named(one.scorecard_id, one.item),
            one.made,
            one.waiting,
            one.withdrawn,
            percent(one.upheld),
        )
        for one in found
    ]
    return Table("申诉的评分项", columns, rows)


def kept(found: Sequence[Kept]) -> Table:
    columns = (
        "队列",
        "通话",
        "通话时长（时）",
        "有录音",
        "不同意录音",
        "到期删除",
        "读不出",
        "有转写",
        "有人听过",
        "评过（%）",
    )
    rows = [
        (
            one.queue or "（没有队列）",
            one.calls,
            one.seconds / 3600,
            one.with_sound,
            one.refused,
            one.removed,
            one.failed,
            one.with_transcript,
            one.heard,
            percent(one.coverage),
        )
        for one in found
    ]
    return Table("录音", columns, rows)
