"""The bank of the demo centre: what the generator makes of its articles, and what a trainer took.

Every question was read before. What is not taken stands in ``REJECTED`` by its key, which is
that of its article and a mark of the fact it asks for; the others are accepted as they came.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from exams import kept, reviewing
from exams.from_articles import in_force, propose
from exams.generate import generate

from .. import accounts
from ..models import AuditEntry, Person
from ..services import Services
from .people import PEOPLE

DOING = "demo.questions"
TOOK = timedelta(seconds=20)
"""How long the trainer looks at a question."""

REJECTED: Mapping[str, str] = MappingProxyType(
    {
        "alcohol-limit-f2ef55c6f2": "trivial",
        "buy-on-board-1f8b9120bc": "unclear",
        "child-alone-05d8c3db46": "true_option",
        "complaint-channels-fb36bb59cd": "trivial",
        "complaint-grading-dfbc70a212": "unclear",
        "delay-missed-connection-2accba01a7": "trivial",
        "destination-vs-change-31a86f5be5": "unclear",
        "dispatch-g1236-stop-8409aa0299": "duplicate",
        "dispatch-k7725-late-860039d9a0": "trivial",
        "dispatch-tianjin-water-caef09ce29": "trivial",
        "einvoice-apply-0b84a1b64a": "true_option",
        "einvoice-for-others-b9eca015eb": "unclear",
        "id-types-accepted-4f8f353a82": "true_option",
        "injury-claim-f537c06a51": "trivial",
        "knife-tool-limit-463d93e345": "unclear",
        "kpi-abandon-rate-3d2bf05363": "trivial",
        "kpi-first-call-resolution-72984c14bb": "unclear",
        "kpi-handle-time-fd142a123e": "wrong_key",
        "kpi-monitoring-score-953af15790": "trivial",
        "kpi-occupancy-0ce00e53f6": "trivial",
        "kpi-occupancy-2b43c36732": "trivial",
        "kpi-service-level-a1aa6a9a8a": "unclear",
        "kpi-service-level-af9cef8aa3": "trivial",
        "lost-item-claim-31e03b0366": "trivial",
        "lost-item-forwarding-353428b436": "true_option",
        "meal-refund-e2ad01dc39": "unclear",
        "notice-cold-wave-099060161e": "trivial",
        "notice-cold-wave-4529025d44": "trivial",
        "notice-cold-wave-aef832f2cc": "trivial",
        "notice-fire-drill-403c62ad7f": "trivial",
        "notice-fire-drill-9b4943c4a9": "trivial",
        "passenger-limit-61709efafb": "duplicate",
        "passport-buy-online-d009a87fb4": "trivial",
        "pet-in-carriage-a2daf6878a": "unclear",
        "points-missing-8e671d8f7c": "true_option",
        "points-redeem-16839e4090": "trivial",
        "power-socket-use-0770cec696": "trivial",
        "praise-suggestion-ae5b3d463b": "trivial",
        "prohibited-items-1e6e3e80e0": "trivial",
        "rule-kb-feedback-1ecfb876f2": "wrong_key",
        "rule-kb-feedback-ada4070af1": "unclear",
        "rule-shift-handover-2fe0a92119": "unclear",
        "self-heating-food-eaa8a5d6d1": "unclear",
        "senior-alone-assist-b5463d4d26": "unclear",
        "station-parking-0fc12701fb": "unclear",
        "student-ticket-times-d4af47616f": "trivial",
        "temp-id-window-1a7f90231f": "unclear",
        "train-interrupted-midway-e683376c3e": "unclear",
        "waitlist-prepayment-e067104452": "unclear",
    }
)
"""{key of a question: why it was not taken}"""


def add(services: Services) -> None:
    """Once, in one unit of work: what people do with it afterwards stays."""
    with services.db.reading() as session:
        if session.scalar(select(AuditEntry.id).where(AuditEntry.doing == DOING).limit(1)):
            return
        number = next(member.number for member in PEOPLE if "trainer" in member.roles)
        trainer = accounts.get_person(session, number)
        made = generate(in_force(session, services.now()))
    with services.db.work(trainer, DOING) as session:
        now = services.now()
        propose(session, made.questions, None, now - TOOK * len(made.questions))
        _judge(session, [question.key for question in made.questions], trainer, services)


def _judge(session: Session, keys: list[str], trainer: Person, services: Services) -> None:
    rows = kept.of_keys(session, keys)
    for place, key in enumerate(keys):
        row, at = rows[key], services.now() - TOOK * (len(keys) - place)
        if why := REJECTED.get(key):
            reviewing.reject(session, row, why, "", trainer.id, at)
        else:
            reviewing.accept(session, row, trainer.id, at)
