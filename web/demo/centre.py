"""Filling a home with the demo centre, again and again with the same end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import categories, lexicon
from kb.formats import Found, find_files, read_files
from kb.models import Article
from kb.records import Fault, Record

from .. import accounts, migrate
from ..db import SYSTEM
from ..errors import WebError
from ..models import AuditEntry, Person
from ..services import Services, make_services
from ..settings import Settings
from . import (
    dispatch,
    exams,
    flows,
    inspection,
    life,
    notices,
    questions,
    studies,
    telephone,
    traces,
    voices,
)
from .people import PASSWORD, PEOPLE, Member

FOLDER = Path(__file__).parent / "articles"
"""One Markdown file an article, named by its key; its folder is its category."""

CATEGORIES = (
    "购票",
    "退票改签",
    "实名与证件",
    "特殊旅客",
    "乘车",
    "行李物品",
    "晚点与停运",
    "票据与报销",
    "会员积分",
    "账号与12306App",
    "车站服务",
    "列车服务",
    "团体与包车",
    "遗失物品",
    "投诉与建议",
    "公告与提醒",
    "服务话术",
    "中心管理",
    "运营指标",
)
"""Top categories in the order an agent looks for them."""

DOING = "demo.people"
"""Under this the people are added: what tells a demo home from any other."""

SYNONYMS = "demo.synonyms"

WRITER, PUBLISHER = "editor", "reviewer"

Progress = Callable[[int, int], None]


class NotADemo(WebError):
    """The home holds something else: the demo must not mix with it."""

    def __init__(self, home: Path) -> None:
        super().__init__(
            f"数据文件夹 {home} 或它的数据库里已有别的数据，演示数据不能混进去。"
            "请用 ZHIXI_HOME 指定一个新的文件夹，或用 zhixi serve 启动现有数据。"
        )
        self.home = home


class BrokenDemo(WebError):
    """A demo article that cannot be read: the installation is damaged."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"演示文章 {fault.path} 读不了：{fault.message}请重新安装。")
        self.fault = fault


@dataclass(slots=True)
class _Count:
    """Steps done of all; one for each article."""

    progress: Progress
    total: int
    done: int = 0

    def step(self, number: int = 1) -> None:
        self.done += number
        self.progress(self.done, self.total)


def fill(settings: Settings, progress: Progress = lambda done, total: None) -> None:
    """Migrate the home and add what it lacks of the demo; harmless when nothing is lacking.

    Every batch is one unit of work, so a home that was left half filled is completed by the
    next start. What people changed since stays as they left it. Raises NotADemo.
    """
    services = make_services(settings)
    try:
        migrate.upgrade(services.db)
        _refuse_others(services)
        _add_people(services)
        _add_articles(services, progress)
        _add_synonyms(services)
        flows.add(services)
        life.add(services)
        voices.add(services)
        notices.add(services)
        traces.add(services)
        dispatch.add(services)
        telephone.add(services)
        questions.add(services)
        studies.add(services)
        inspection.add(services)
        exams.add(services)
        services.library.sync()
    finally:
        services.library.close()
        services.db.dispose()


def _refuse_others(services: Services) -> None:
    with services.db.reading() as session:
        is_demo = session.scalar(select(AuditEntry.id).where(AuditEntry.doing == DOING).limit(1))
        in_use = session.scalar(select(Person.id).limit(1)) or session.scalar(
            select(Article.id).limit(1)
        )
    if in_use and not is_demo:
        raise NotADemo(services.settings.home)


def _add_people(services: Services) -> None:
    with services.db.reading() as session:
        there = set(session.scalars(select(Person.number)))
    lacking = [member for member in PEOPLE if member.number not in there]
    if not lacking:
        return
    hashed = accounts.hash_password(PASSWORD)  # once: it is public, and the same for everybody
    with services.db.work(SYSTEM, DOING) as session:
        for member in lacking:
            _add_person(session, member, hashed, services.now())


def _add_person(session: Session, member: Member, hashed: str, at: datetime) -> None:
    accounts.add_person(
        session,
        member.number,
        member.name,
        PASSWORD,
        at=at,
        roles=[accounts.role_named(session, role) for role in member.roles],
        team=member.team,
        grade=member.grade,
        must_change_password=False,
        hashed=hashed,
    )


def _add_articles(services: Services, progress: Progress) -> None:
    lacking = _lacking(services)
    if not lacking:
        return
    count = _Count(progress, len(lacking))
    with services.db.reading() as session:
        writer, publisher = _holder(session, WRITER), _holder(session, PUBLISHER)
    if len(lacking) == len(find_files([FOLDER])):
        with services.db.work(writer, "demo.categories") as session:
            for position, path in enumerate(CATEGORIES):
                category = categories.ensure(session, path)
                assert category is not None
                category.position = position
    for files in _batches(lacking):
        with services.db.work(publisher, "demo.articles") as session:
            for record in _records(files):
                at = traces.published_at(record, datetime.now(UTC))
                life.publish(session, record, writer.id, publisher.id, at)
                count.step()


def _lacking(services: Services) -> list[Found]:
    with services.db.reading() as session:
        there = set(session.scalars(select(Article.key)))
    return [file for file in find_files([FOLDER]) if file.path.stem not in there]


def _batches(files: list[Found]) -> Iterator[list[Found]]:
    """The files of one top category at a time."""
    for _, batch in groupby(files, key=lambda file: file.category.partition("/")[0]):
        yield list(batch)


def _records(files: list[Found]) -> Iterator[Record]:
    for item in read_files(files):
        if isinstance(item, Fault):
            raise BrokenDemo(item)
        yield item


def _add_synonyms(services: Services) -> None:
    """Once: what editors remove afterwards stays removed."""
    with services.db.reading() as session:
        done = session.scalar(select(AuditEntry.id).where(AuditEntry.doing == SYNONYMS).limit(1))
        writer = _holder(session, WRITER)
    if done:
        return
    lines = (FOLDER.parent / "synonyms.txt").read_text(encoding="utf-8").splitlines()
    with services.db.work(writer, SYNONYMS) as session:
        for line in lines:
            if line and not line.startswith("#"):
                lexicon.put_group(session, lexicon.parse_words(line), services.now())


def _holder(session: Session, role: str) -> Person:
    number = next(member.number for member in PEOPLE if role in member.roles)
    return accounts.get_person(session, number)
