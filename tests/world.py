"""A small cast for every test: a few people, a few articles, one clock.

The story: a passenger service centre on Sunday 22 November 2026, ten in the morning. Its
agents answer questions about refunds; an editor writes, a reviewer publishes, some texts are
for supervisors or one team alone, some begin tomorrow, some ended yesterday.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from sqlalchemy.orm import Session

from kb import articles, board, fieldrules, gapbook
from kb.articles import Edit
from kb.fieldrules import Wanted
from kb.gate import Viewer
from kb.models import Article
from kb.records import Record
from web import accounts
from web.access import viewer_of
from web.db import SYSTEM
from web.models import Person
from web.services import Services

BEIJING = timezone(timedelta(hours=8))
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=BEIJING)
PASSWORD = "right-horse-2026"  # of everybody in the cast


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **length: float) -> None:
        """``forward(days=1)``"""
        self.now += timedelta(**length)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the cast, by the name the tests use."""

    number: str
    name: str
    roles: tuple[str, ...]
    team: str = ""
    grade: str = ""


CAST = {
    "agent": Member("1001", "周小禾", ("agent",), "票务一组", "初级"),
    "other_agent": Member("1002", "林知夏", ("agent",), "票务二组", "中级"),
    "editor": Member("2001", "沈墨言", ("editor",), "综合服务组"),
    "reviewer": Member("2002", "陆明审", ("reviewer",), "综合服务组"),
    "inspector": Member("3001", "何听雨", ("inspector",), "综合服务组"),
    "qa_lead": Member("3002", "严守正", ("qa_lead",), "综合服务组"),
    "trainer": Member("4001", "唐育青", ("trainer",), "综合服务组"),
    "examiner": Member("4002", "孟公衡", ("examiner",), "综合服务组"),
    "supervisor": Member("5001", "方带班", ("supervisor",), "票务一组", "高级"),
    "administrator": Member("9001", "总管家", ("administrator",)),
    "both": Member("1003", "双肩挑", ("agent", "editor"), "票务二组"),
    "leaver": Member("1009", "已离岗", ("agent",), "票务一组"),
}
"""Who is who. ``leaver`` is disabled."""

REFUND = Record(
    "refund-fee",
    "退票费怎么收",
    "开车前8天以上退票，不收退票费。\n\n"
    "## 费用\n\n"
    "| 退票时间 | 退票费 |\n| --- | --- |\n"
    "| 开车前48小时以上、不足8天 | 票价的5% |\n"
    "| 开车前24小时以上、不足48小时 | 票价的10% |\n"
    "| 开车前不足24小时 | 票价的20% |\n\n"
    "> [!例外]\n> 因铁路责任停运的，全额退款。\n",
    kind="faq",
    category="票务/退票",
    tags=("退票", "费用"),
    questions=("退一张票要扣多少钱", "不想坐了能退多少"),
)
ARTICLES: tuple[Record, ...] = (
    REFUND,
    Record(
        "change-ticket",
        "改签怎么办理",
        "开车前可以改签一次，票价多退少补。\n\n## 时限\n\n开车后只能改签当日其他列车。\n",
        kind="faq",
        category="票务/改签",
        questions=("想换一趟车怎么弄",),
    ),
    Record(
        "child-fare",
        "儿童票按年龄怎么买",
        "年满6周岁、未满14周岁的儿童可以购买儿童优惠票。\n\n"
        "- 未满6周岁：每位成人可免费携带一名。\n",
        kind="faq",
        category="特殊旅客/儿童",
        tags=("儿童",),
    ),
    Record(
        "identity-rule",
        "实名制核验规定",
        "进站时必须核验车票与身份证件，人、票、证一致方可进站。\n",
        kind="regulation",
        category="实名与证件",
        must_sign=True,
    ),
    Record(
        "elder-traditional",
        "老年旅客購票說明",
        "年滿60周歲的旅客可以優先安排下鋪，票價沒有優惠。\n",
        kind="article",
        category="特殊旅客/老人",
    ),
    Record(
        "opening-script",
        "通话开场白",
        "您好，铁路旅客服务中心，请问有什么可以帮您？\n",
        kind="script",
        category="服务话术",
    ),
    Record(
        "angry-caller",
        "情绪激动旅客的升级处理",
        "旅客要求投诉到上级的，由班长在30分钟内回电。\n",
        kind="regulation",
        category="中心管理",
        audiences=("班长",),
    ),
    Record(
        "team-one-duty",
        "票务一组值班安排",
        "票务一组周日值班电话为010-5555-0101，只在组内使用。\n",
        category="中心管理",
        audiences=("票务一组",),
    ),
    Record(
        "tomorrow-hours",
        "售票时间调整通知",
        "自2026年11月23日起，售票时间延长到次日1:00。\n",
        kind="notice",
        category="公告",
        effective_from=NOW + timedelta(days=1),
    ),
    Record(
        "yesterday-outage",
        "系统维护通知",
        "2026年11月20日夜间购票系统停机维护。\n",
        kind="notice",
        category="公告",
        effective_to=NOW - timedelta(days=1),
    ),
)
"""Published, all by the reviewer. Beside them ``DRAFT`` is only a draft, ``RETIRED`` is retired."""

DRAFT = Record("draft-luggage", "随身行李限重", "成人每人可免费携带20千克行李。\n", category="行李")
RETIRED = Record("old-rule", "纸质报销凭证办法", "凭纸质报销凭证报销。\n", category="票据")


@dataclass(frozen=True, slots=True)
class World:
    """The cast and its articles, in one database and one index."""

    services: Services
    clock: Clock

    @contextmanager
    def work(self, who: str | None = None, doing: str = "test") -> Iterator[Session]:
        """A use case of somebody of the cast, or of the system."""
        actor = self.person(who) if who else SYSTEM
        with self.services.db.work(actor, doing) as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self.services.db.reading() as session:
            yield session

    def person(self, who: str) -> Person:
        with self.reading() as session:
            return accounts.get_person(session, CAST[who].number)

    def viewer(self, who: str) -> Viewer:
        return viewer_of(self.person(who))

    def article(self, key: str) -> Article:
        """The article with its revisions, detached."""
        with self.reading() as session:
            return articles.get(session, key)

    def publish(self, *records: Record, who: str = "reviewer") -> None:
        """Put the records in force and in the index."""
        with self.work(who, "kb.publish") as session:
            edit = Edit(self.person(who).id, self.clock())
            for record in records:
                articles.put(session, record, edit, publish_it=True)
        self.sync()

    def sync(self) -> None:
        self.services.library.sync()


def add_people(session: Session, members: Sequence[Member], at: datetime) -> list[Person]:
    return [
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
        )
        for member in members
    ]


def fill(services: Services, clock: Clock) -> World:
    """Put the cast and its articles into a migrated, empty home."""
    world = World(services, clock)
    with world.work(doing="test.cast") as session:
        people = dict(zip(CAST, add_people(session, list(CAST.values()), clock()), strict=True))
        accounts.disable(session, people["leaver"], clock())
    world.publish(*ARTICLES)
    with world.work("editor", "kb.write") as session:
        edit = Edit(world.person("editor").id, clock())
        articles.put(session, DRAFT, edit)
        articles.put(session, RETIRED, edit, publish_it=True)
        articles.retire(session, articles.get(session, RETIRED.key), edit)
    with world.work(doing="test.cast") as session:
        agent = world.person("agent").id
        board.ask(session, "站台票还卖吗", "有旅客想进站送老人。", agent, clock())
        gapbook.raise_gap(session, "站台票多少钱", agent, clock())
        fieldrules.add(session, Wanted("notice", "车次", "车次", "codes"))
    world.sync()
    return world
