"""The demo centre's scripts as trees: three conversations, in invented words."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy.orm import Session

from kb import articles, flows
from kb.articles import Edit
from kb.records import Record

from .. import accounts
from ..services import Services

DOING = "demo.flows"
FOLDER = Path(__file__).parent / "trees"
"""One file a flow, as it is exported, with key, category and questions beside."""

KEYS = ("flow-train-delayed", "flow-lost-on-train", "flow-assisted-boarding")


def add(services: Services) -> None:
    """Those that are not there yet; what people changed stays."""
    records = [_record(path) for path in sorted(FOLDER.glob("*.json"))]
    with services.db.reading() as session:
        lacking = [record for record in records if articles.find(session, record.key) is None]
        boss = accounts.get_person(session, "DEMO09")
    if not lacking:
        return
    with services.db.work(boss, DOING) as session:
        for record in lacking:
            _publish(session, record, services)


def _record(path: Path) -> Record:
    value = json.loads(path.read_text(encoding="utf-8"))
    return Record(
        key=value["key"],
        title=value["title"],
        body="-",
        kind="script",
        category=value["category"],
        questions=tuple(value["questions"]),
        data={flows.FIELD: flows.dump(flows.parse(value))},
    )


def _publish(session: Session, record: Record, services: Services) -> None:
    writer = accounts.get_person(session, "DEMO02").id
    publisher = accounts.get_person(session, "DEMO03").id
    articles.put(session, record, Edit(writer, services.now()))
    article = articles.get(session, record.key)
    articles.publish(session, article, Edit(publisher, services.now()))
