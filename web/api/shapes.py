"""Objects of the database as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kb.cases import HandledCase
from kb.codes import RESERVED_DATA
from kb.models import Revision

from ..context import can
from ..models import AuditEntry, Job, Person

OURS = ("revision", "state", "published_at")
"""What an article shows that its writer does not decide: ignored when it is sent back."""


def summary(revision: Revision) -> dict[str, Any]:
    """An article in a list: everything but the text."""
    return {
        "key": revision.article.key,
        "title": revision.title,
        "kind": revision.kind,
        "category": revision.category.path if revision.category else "",
        "revision": revision.number,
        "state": revision.state,
        "published_at": moment(revision.published_at),
        "effective_from": moment(revision.effective_from),
        "effective_to": moment(revision.effective_to),
        "must_sign": revision.must_sign,
        "tags": list(revision.tags),
    }


def article(revision: Revision) -> dict[str, Any]:
    """A whole article. What the product itself keeps in its data is for editors: the questions
    asked at signing with their right answers, and the keys and hashes of other things.
    """
    whole = can("kb.write")
    data = revision.data.items()
    return {
        **{name: value for name, value in data if whole or name not in RESERVED_DATA},
        **summary(revision),
        "body": revision.body,
        "questions": list(revision.questions),
        "audiences": list(revision.audiences),
    }


def case(row: HandledCase) -> dict[str, Any]:
    return {
        "id": row.id,
        "question": row.question,
        "result": row.result,
        "reference": row.reference,
        "handled_at": moment(row.handled_at),
        "proposed_at": moment(row.at),
        "state": row.state,
        "article": row.article.key if row.article else None,
    }


def person(row: Person) -> dict[str, Any]:
    return {
        "number": row.number,
        "name": row.name,
        "team": row.team.name if row.team else "",
        "grade": row.grade,
        "roles": [role.key for role in row.roles],
        "created_at": moment(row.created_at),
        "disabled_at": moment(row.disabled_at),
    }


def job(row: Job) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "state": row.state,
        "attempts": row.attempts,
        "error": row.error,
        "created_at": moment(row.created_at),
        "run_at": moment(row.run_at),
        "finished_at": moment(row.finished_at),
    }


def audit_entry(row: AuditEntry) -> dict[str, Any]:
    return {
        "id": row.id,
        "at": moment(row.at),
        "actor": row.actor,
        "doing": row.doing,
        "action": row.action,
        "entity": row.entity,
        "entity_id": row.entity_id,
        "values": row.values,
    }


def moment(value: datetime | None) -> str | None:
    return value.isoformat() if value else None
