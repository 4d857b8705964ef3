"""The form of a broadcast: what was typed, kept as text until it can be understood."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from kb import broadcasts, gate
from kb.broadcasts import Message
from kb.errors import InvalidContent, NotFound
from kb.formats.typed import understood
from kb.gate import Viewer

from .. import accounts
from ..models import Role, Team
from ..pages import ZONE
from .article import YEARS, newlines

LABELS: Mapping[str, str] = {
    "title": "一句话",
    "body": "说明",
    "audiences": "班组和角色",
    "people": "工号",
    "article": "相关文章",
    "valid_from": "开始时间",
    "valid_to": "结束时间",
}


@dataclass(frozen=True, slots=True)
class BroadcastForm:
    """The fields as they stand on the page."""

    title: str = ""
    body: str = ""
    urgent: bool = False
    audiences: tuple[str, ...] = ()
    people: str = ""
    article: str = ""
    valid_from: str = ""
    valid_to: str = ""

    @classmethod
    def read(cls, posted: MultiDict[str, str]) -> BroadcastForm:
        texts = {
            f.name: newlines(posted.get(f.name, ""))
            for f in fields(cls)
            if f.name not in ("urgent", "audiences")
        }
        return cls(
            **texts,
            urgent=posted.get("urgent") == "1",
            audiences=tuple(dict.fromkeys(posted.getlist("audiences"))),
        )

    def check(
        self, session: Session, viewer: Viewer, at: datetime
    ) -> tuple[Message | None, dict[str, str]]:
        """The message that was meant, or None and {field: what to do about it}."""
        errors: dict[str, str] = {}
        message = Message(
            title=self.title,
            body=self.body,
            urgent=self.urgent,
            audiences=self._audiences(session, errors),
            person_ids=self._people(session, errors),
            article_id=self._article(session, viewer, at, errors),
            valid_from=self._moment("valid_from", errors),
            valid_to=self._moment("valid_to", errors),
        )
        try:
            message = broadcasts.clean(message, at)
        except InvalidContent as wrong:
            errors.setdefault(wrong.field, str(wrong))
        return (None, errors) if errors else (message, {})

    def _audiences(self, session: Session, errors: dict[str, str]) -> tuple[str, ...]:
        known = {*session.scalars(select(Role.name)), *session.scalars(select(Team.name))}
        if gone := [name for name in self.audiences if name not in known]:
            errors["audiences"] = f"没有“{gone[0][:40]}”这个班组或角色，请重新勾选。"
        return tuple(name for name in self.audiences if name in known)

    def _people(self, session: Session, errors: dict[str, str]) -> tuple[int, ...]:
        ids = []
        numbers = [n for n in re.split(r"[\s,，、;；]+", self.people.replace("\0", "")) if n]
        for number in numbers[: broadcasts.MAX_NAMES + 1]:
            found = accounts.find_person(session, number)
            if found is None or found.disabled_at is not None:
                errors.setdefault("people", f"没有工号“{number[:40]}”，或账号已停用，请核对。")
            else:
                ids.append(found.id)
        return tuple(ids)

    def _article(
        self, session: Session, viewer: Viewer, at: datetime, errors: dict[str, str]
    ) -> int | None:
        key = self.article.strip()
        if not key:
            return None
        try:
            return gate.in_force(session, viewer, at, key.replace("\0", "")).article_id
        except NotFound:
            errors["article"] = f"没有编号为“{key[:40]}”、现在生效的文章，请核对编号。"
            return None

    def _moment(self, name: str, errors: dict[str, str]) -> datetime | None:
        typed = getattr(self, name).strip()
        if not typed:
            return None
        value = understood("effective_from", typed, ZONE)
        if isinstance(value, datetime) and value.year in YEARS:
            return value
        errors[name] = f"“{typed[:40]}”不是时间，请写成 2026-11-21 14:05 的样子。"
        return None
