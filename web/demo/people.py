"""The people of the demo centre. All are invented, and so are their numbers."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "zhixi-demo-2026"  # noqa: S105 (public on purpose: the demo prints it)
"""Everybody's password. It is printed at every start, so the demo serves this machine alone."""

TICKETS_1, TICKETS_2, SERVICES = "票务一组", "票务二组", "综合服务组"


@dataclass(frozen=True, slots=True)
class Member:
    """One person; the first of each role is the one whose sign-in is printed."""

    number: str
    name: str
    roles: tuple[str, ...]
    team: str
    grade: str = ""


PEOPLE: tuple[Member, ...] = (
    Member("DEMO01", "林小满", ("agent",), TICKETS_1, "二级座席"),
    Member("DEMO02", "沈知微", ("editor",), SERVICES),
    Member("DEMO03", "顾明远", ("reviewer",), SERVICES),
    Member("DEMO04", "许听澜", ("inspector",), SERVICES),
    Member("DEMO05", "陆正衡", ("qa_lead",), SERVICES),
    Member("DEMO06", "叶青禾", ("trainer",), SERVICES),
    Member("DEMO07", "秦守一", ("examiner",), SERVICES),
    Member("DEMO08", "方舒然", ("supervisor",), TICKETS_1, "三级座席"),
    Member("DEMO09", "丁管家", ("administrator",), SERVICES),
    Member("DEMO10", "江一帆", ("agent",), TICKETS_1, "一级座席"),
    Member("DEMO11", "苏晚晴", ("agent",), TICKETS_1, "三级座席"),
    Member("DEMO12", "程立夏", ("agent",), TICKETS_1, "见习座席"),
    Member("DEMO13", "韩冬至", ("supervisor",), TICKETS_2, "三级座席"),
    Member("DEMO14", "白露晞", ("agent",), TICKETS_2, "二级座席"),
    Member("DEMO15", "梁谷雨", ("agent",), TICKETS_2, "一级座席"),
    Member("DEMO16", "宋星河", ("agent",), TICKETS_2, "二级座席"),
    Member("DEMO17", "贺新竹", ("agent",), TICKETS_2, "见习座席"),
    Member("DEMO18", "孟秋实", ("supervisor", "examiner"), SERVICES, "三级座席"),
    Member("DEMO19", "唐朝露", ("agent", "editor"), SERVICES, "三级座席"),
    Member("DEMO20", "罗听雪", ("agent", "inspector"), SERVICES, "二级座席"),
    Member("DEMO21", "夏知秋", ("agent",), SERVICES, "二级座席"),
    Member("DEMO22", "叶南枝", ("agent",), SERVICES, "一级座席"),
    Member("DEMO23", "纪清和", ("inspector", "examiner"), SERVICES),
)
