"""What the demo centre has been told: broadcasts, and who has signed which regulation.

All is invented. Two regulations wait for some of the agents; the rest is signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import articles, broadcasts, signing
from kb.articles import Edit
from kb.broadcasts import Message
from kb.errors import NotFound
from kb.signing_terms import Terms

from .. import accounts
from ..models import AuditEntry
from ..services import Services
from ..signing import reader_of, signers

SIGNING = "demo.signing"
BROADCASTS = "demo.broadcasts"

WAITING: Mapping[str, frozenset[str]] = {
    "refund-fee-tiers": frozenset({"DEMO01", "DEMO08", "DEMO12", "DEMO15", "DEMO17", "DEMO20"}),
    "rule-recording-consent": frozenset({"DEMO01", "DEMO04", "DEMO12", "DEMO16"}),
}
"""{article: who has not signed it yet}"""

FOR = ("座席", "班长")
READ_BY = ("DEMO10", "DEMO11", "DEMO14", "DEMO16", "DEMO18")
"""Who has read the first broadcast."""


def add(services: Services) -> None:
    """Once: what people do afterwards stays."""
    with services.db.reading() as session:
        done = set(
            session.scalars(
                select(AuditEntry.doing)
                .where(AuditEntry.doing.in_((SIGNING, BROADCASTS)))
                .distinct()
            )
        )
        boss = accounts.get_person(session, "DEMO09")
        supervisor = accounts.get_person(session, "DEMO08")
    if SIGNING not in done:
        with services.db.work(boss, SIGNING) as session:
            _sign(session, services)
    if BROADCASTS not in done:
        with services.db.work(supervisor, BROADCASTS) as session:
            _broadcast(session, services, supervisor.id)


def _sign(session: Session, services: Services) -> None:
    at = services.now()
    texts = signing.demanded(session, at)
    for person in signers(session):
        for text in texts:
            key = text.article.key
            if person.number in WAITING.get(key, ()):
                continue
            right = [question.right for question in Terms.of(text.data).questions]
            try:
                signing.sign(session, reader_of(person), key, signing.text_hash(text), right, at)
            except NotFound:  # not for this person
                continue


def _broadcast(session: Session, services: Services, by: int) -> None:
    at = services.now()
    article = articles.get(session, "train-cancel-refund")
    urgent = Message(
        "G1874次今日停运，请主动告知旅客可全额退票",
        "停运公告已挂网。旅客问起后续车次，请查余票后再答，不承诺加开。",
        urgent=True,
        audiences=FOR,
        article_id=article.id,
        valid_to=at + timedelta(hours=12),
    )
    evening = Message(
        "今晚 22:30 到 23:00 工单系统维护，请先用纸质登记单",
        "维护结束后由各班班长统一补录。",
        audiences=FOR,
        valid_from=at - timedelta(hours=2),
        valid_to=at + timedelta(days=1),
    )
    sent = [broadcasts.send(session, message, Edit(by, at)) for message in (evening, urgent)]
    for number in READ_BY:
        person = accounts.get_person(session, number)
        broadcasts.note_read(session, sent[0], person.id, at)
