"""Who may do what: one table of permissions, one of default roles, one decorator for routes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from kb.gate import Viewer

from .models import Person

PERMISSIONS: Mapping[str, str] = {
    "kb.read": "检索和阅读知识库",
    "kb.read_all": "阅读不在自己适用范围内的文章",
    "kb.write": "撰写和修改文章",
    "kb.review": "审核别人的稿子：通过、退回、补审",
    "kb.publish": "发布和停用文章",
    "kb.publish_urgent": "不经审核紧急发布（须事后补审）",
    "kb.policy": "设定核对周期和审核规则",
    "kb.import": "导入和导出文章",
    "kb.categories": "管理分类",
    "kb.lexicon": "管理同义词、词典和置顶答案",
    "board.write": "在留言板提问和回答",
    "board.moderate": "隐藏和恢复留言",
    "board.points": "给留言加分、查看和导出加分记录",
    "kb.broadcast": "发出和撤回广播，查看谁看过",
    "kb.signing": "查看签收名单、提醒和导出",
    "kb.signing_rules": "设定签收期限，决定未签收时能否检索",
    "qa.own": "看自己的通话成绩，确认、申诉、完成辅导",
    "qa.team": "看本班组的成绩，布置辅导",
    "qa.score": "检索通话、听录音、评分",
    "qa.customer": "看到来电人的完整号码",
    "qa.import": "导入通话、录音和转写",
    "qa.rubrics": "编写和启用评分表",
    "qa.plan": "抽样、派工、安排复检",
    "qa.appeals": "裁定申诉，更正笔误",
    "qa.calibrate": "组织校准，查看质检员的松紧",
    "qa.reports": "查看和导出全部质检报表",
    "qa.monitor": "实时监控座席和通话",
    "qa.settings": "设定质检的期限、门槛和录音保存期",
    "exams.take": "参加考试、练习和课程，看自己的成绩",
    "exams.bank": "编写、生成、审核和导入试题",
    "exams.papers": "组卷，安排考试",
    "exams.mark": "阅卷",
    "exams.regrade": "答案有误时重新判分",
    "exams.results": "查看和导出全部考试成绩、试题分析",
    "exams.team": "看本班组的考试成绩和学习进度",
    "exams.courses": "编写课程，布置学习",
    "people.manage": "管理人员和班组",
    "roles.manage": "管理角色种类和权限",
    "jobs.manage": "查看和重试后台任务",
    "audit.read": "查看操作记录",
    "evidence.read": "查看证据、核验证据链、导出争议报告",
    "evidence.people": "在证据里看到人员和通话编号",
    "api.use": "使用数据接口",
}
"""Every permission and what it allows, in the order of the roles page."""


@dataclass(frozen=True, slots=True)
class DefaultRole:
    key: str
    name: str
    permissions: tuple[str, ...]


READER = ("kb.read", "board.write", "exams.take", "api.use")
DEFAULT_ROLES: tuple[DefaultRole, ...] = (
    DefaultRole("agent", "座席", (*READER, "qa.own")),
    DefaultRole(
        "editor",
        "知识管理员",
        (
            *READER,
            "kb.read_all",
            "kb.write",
            "kb.publish_urgent",
            "kb.import",
            "kb.categories",
            "kb.lexicon",
            "board.moderate",
            "kb.broadcast",
            "kb.signing",
        ),
    ),
    DefaultRole(
        "reviewer",
        "审核员",
        (*READER, "kb.read_all", "kb.write", "kb.review", "kb.publish", "kb.publish_urgent"),
    ),
    DefaultRole("inspector", "质检员", (*READER, "qa.score")),
    DefaultRole(
        "qa_lead",
        "质检主管",
        (
            *READER,
            "qa.team",
            "qa.score",
            "qa.customer",
            "qa.import",
            "qa.rubrics",
            "qa.plan",
            "qa.appeals",
            "qa.calibrate",
            "qa.reports",
            "qa.monitor",
            "qa.settings",
            "evidence.read",
            "evidence.people",
        ),
    ),
    DefaultRole(
        "trainer",
        "培训师",
        (
            *READER,
            "kb.read_all",
            "exams.bank",
            "exams.papers",
            "exams.results",
            "exams.courses",
        ),
    ),
    DefaultRole(
        "examiner",
        "考官",
        (
            *READER,
            "kb.read_all",
            "exams.bank",
            "exams.papers",
            "exams.mark",
            "exams.regrade",
            "exams.results",
        ),
    ),
    DefaultRole(
        "supervisor",
        "班长",
        (
            *READER,
            "board.points",
            "kb.broadcast",
            "kb.signing",
            "qa.own",
            "qa.team",
            "qa.monitor",
            "exams.team",
        ),
    ),
    DefaultRole("administrator", "管理员", tuple(PERMISSIONS)),
)
"""Roles of a new home; a centre edits them on a page afterwards."""

PUBLIC = "public"
SIGNED_IN = "signed in"

EITHER = " | "
"""Between permissions any of which is enough: ``qa.score | qa.team``."""

View = TypeVar("View", bound=Callable[..., Any])


def needs(permission: str) -> Callable[[View], View]:
    """Name the permission a route needs; every route must (``create_app`` checks)."""
    if not {*permission.split(EITHER)} <= {*PERMISSIONS, PUBLIC, SIGNED_IN}:
        raise LookupError(f"no such permission: {permission}")

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def permissions_of(person: Person) -> frozenset[str]:
    """All that the person's roles allow together."""
    return frozenset(p for role in person.roles for p in role.permissions if p in PERMISSIONS)


def may(permissions: frozenset[str], needed: str) -> bool:
    """Whether somebody signed in with these permissions may do what needs ``needed``."""
    return any(each in (PUBLIC, SIGNED_IN) or each in permissions for each in needed.split(EITHER))


def viewer_of(person: Person) -> Viewer:
    """What the person reads: texts for everyone, and those for them, a role or a team of theirs."""
    if "kb.read_all" in permissions_of(person):
        return Viewer(None)
    return addressee(person)


def addressee(person: Person) -> Viewer:
    """By which names the person is addressed, whatever else they may read."""
    names = {name for role in person.roles for name in (role.name, role.key)}
    names.add(person.number)
    if person.team:
        names.add(person.team.name)
    return Viewer(frozenset(names))
