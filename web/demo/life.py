"""What goes on with the demo centre's articles: drafts under review, one urgent, one to come.

All is invented. Some regulations were confirmed so long ago that they are due again, and one
answer was another half a year ago: there is something to find by date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import articles, remarks, reviews
from kb.articles import Edit
from kb.models import Article
from kb.records import Record

from .. import accounts
from ..models import AuditEntry
from ..services import Services

DOING = "demo.life"

PUBLISHED_AGO: Mapping[str, int] = {
    "fare-evasion-rule": 58,
    "guide-dog-boarding": 87,
    "disabled-soldier-fare": 53,
    "station-parking": 20,
}
"""{article: how many days before the others it was published}"""

EARLIER: Mapping[str, tuple[int, str, str]] = {
    "station-parking": (190, "常见3至8分钟", "常见3至5分钟"),
    "refund-fee-tiers": (
        180,
        "档位按提交退票的那一刻与乘车站开车时间的间隔来定，不看购票时间，也不看列车始发站的开车时间。",
        "档位按提交退票的那一刻与乘车站开车时间的间隔来定，不看购票时间。",
    ),
    "train-cancel-refund": (
        170,
        "30日是按车票上的乘车日期算，不是按公告日期。",
        "30日是按车票上的乘车日期算。",
    ),
    "child-fare-age": (
        160,
        "个别非实名制慢车仍量身高，答复前先确认车次。",
        "个别非实名制慢车仍量身高。",
    ),
}
"""{article: (days since an earlier text, words of today's, words of then)}: what is to be signed
is new, and agents answered by an earlier text before."""


@dataclass(frozen=True, slots=True)
class Change:
    """A draft on an article: who wrote it, and which words it changes."""

    key: str
    writer: str
    old: str
    new: str
    note: str


ASKED = Change(
    "luggage-storage",
    "DEMO02",
    "连续存放常以3天为限",
    "连续存放以5天为限，超过的转人工寄存处保管",
    "自助柜的期限按车站的新告示改",
)
OPEN = Change(
    "power-socket-use",
    "DEMO19",
    "电煮锅、电热水壶、吹风机等不得使用",
    "功率100瓦以上的电煮锅、电热水壶、吹风机等不得使用",
    "旅客常问多大功率，补上",
)
RETURNED = Change(
    "pet-in-carriage",
    "DEMO02",
    "由车站当场判断，劝旅客别带",
    "由车站当场判断，一般可以带",
    "按旅客反馈放宽",
)
URGENT = Change(
    "notice-station-entrance",
    "DEMO02",
    "約8分鐘",
    "約15分鐘（西廣場臨時圍擋，繞行北側通道）",
    "西廣場今早臨時圍擋",
)
LATER = Change(
    "meal-order",
    "DEMO02",
    "每单收配送费8元",
    "每单收配送费10元",
    "配送费三天后调整",
)
CHANGES = (ASKED, OPEN, RETURNED, URGENT, LATER)
REVISIONS = len(CHANGES) + len(EARLIER)
"""How many revisions the demo has beside the first of each article."""


def publish(session: Session, record: Record, writer: int, publisher: int, at: datetime) -> None:
    """Publish an article of the demo at its time, and what it said before that."""
    if record.key in EARLIER:
        ago, now, then = EARLIER[record.key]
        before = replace(record, body=record.body.replace(now, then))
        _publish(session, before, writer, publisher, at - timedelta(days=ago))
    at -= timedelta(days=PUBLISHED_AGO.get(record.key, 0))
    _publish(session, record, writer, publisher, at)


def _publish(session: Session, record: Record, writer: int, publisher: int, at: datetime) -> None:
    articles.put(session, record, Edit(writer, at))
    articles.publish(session, articles.get(session, record.key), Edit(publisher, at))


def add(services: Services) -> None:
    """Once: what people do with it afterwards stays."""
    with services.db.reading() as session:
        if session.scalar(select(AuditEntry.id).where(AuditEntry.doing == DOING).limit(1)):
            return
        boss = accounts.get_person(session, "DEMO09")
    with services.db.work(boss, DOING) as session:
        _add(session, services.now())


def _add(session: Session, at: datetime) -> None:
    editor, reviewer, ago = _edits(session, at)
    asked = _draft(session, ASKED, ago)
    reviews.submit(
        session, asked, ago, reviewer=reviewer.by, reason="车站11月20日的新告示，附在工单里。"
    )
    remarks.add(
        session, asked.latest, reviewer, text="告示写的是5天还是5个整夜？", quote="以5天为限"
    )
    settled = remarks.add(
        session,
        asked.latest,
        reviewer,
        text="“转人工”要不要另收费，请写明。",
        quote="转人工寄存处保管",
    )
    remarks.settle(session, settled, editor, resolved=True)
    reviews.submit(session, _draft(session, OPEN, ago), replace(ago, by=_id(session, "DEMO19")))
    returned = _draft(session, RETURNED, ago)
    reviews.submit(session, returned, ago)
    reviews.send_back(
        session, returned, reviewer, "目录没有写明的，不能说“一般可以带”。请保留原话。"
    )
    urgent = _draft(session, URGENT, ago)
    reviews.publish_urgently(
        session, urgent, editor, "今早西广场突然围挡，旅客按原来的时间到站会误车。"
    )
    later = _draft(session, LATER, ago)
    reviews.submit(session, later, ago, reviewer=reviewer.by)
    reviews.approve(session, later, reviewer, later.latest.version)
    reviews.publish(session, later, reviewer, at=at + timedelta(days=3))
    for key in PUBLISHED_AGO:
        articles.get(session, key).owner_id = editor.by


def _edits(session: Session, at: datetime) -> tuple[Edit, Edit, Edit]:
    """The editor now, the reviewer now, and the editor some hours ago."""
    editor, reviewer = _id(session, "DEMO02"), _id(session, "DEMO03")
    return Edit(editor, at), Edit(reviewer, at), Edit(editor, at - timedelta(hours=5))


def _id(session: Session, number: str) -> int:
    return accounts.get_person(session, number).id


def _draft(session: Session, change: Change, edit: Edit) -> Article:
    article = articles.get(session, change.key)
    record = article.latest.record()
    body = record.body.replace(change.old, change.new)
    writer = replace(edit, by=_id(session, change.writer))
    articles.save(session, article, replace(record, body=body), writer, note=change.note)
    return articles.get(session, change.key)
