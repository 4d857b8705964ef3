"""The form of an article: what was typed, kept as text until it can be understood."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from werkzeug.datastructures import MultiDict

from kb import articles
from kb.errors import InvalidContent
from kb.formats.source import MAX_KEY, slug
from kb.formats.typed import joined, split, understood
from kb.models import Revision
from kb.records import Record
from kb.signing_terms import MOST_DAYS, Terms, parse, written

from ..pages import ZONE

MAX_NOTE = 500
_NO_TEXT = ("audiences", "must_sign", "sign_again", "terms_given", "version")
_ELSEWHERE = ("attachments", "flow")
"""Named in errors, and no fields of this form."""

YEARS = range(1900, 9000)
"""Years that every database and every time zone can hold."""

LABELS: Mapping[str, str] = {
    "key": "编号",
    "title": "标题",
    "body": "正文",
    "kind": "类型",
    "category": "分类",
    "tags": "标签",
    "questions": "相似问",
    "audiences": "适用对象",
    "effective_from": "生效时间",
    "effective_to": "失效时间",
    "note": "修改说明",
    "sign_days": "签收期限",
    "quiz": "理解题",
    "attachments": "附件",
    "flow": "话术流程",
}


@dataclass(frozen=True, slots=True)
class ArticleForm:
    """The fields as they stand on the page."""

    key: str = ""
    title: str = ""
    body: str = ""
    kind: str = "article"
    category: str = ""
    tags: str = ""
    questions: str = ""
    audiences: tuple[str, ...] = ()
    effective_from: str = ""
    effective_to: str = ""
    must_sign: bool = False
    note: str = ""
    sign_again: bool = True
    sign_days: str = ""
    quiz: str = ""
    terms_given: bool = False
    """Whether the page had the fields of signing: else what was set stays."""
    version: int | None = None
    """The version of the draft that was on the page, 0 when there was none."""

    @classmethod
    def read(cls, posted: MultiDict[str, str]) -> ArticleForm:
        """What a browser sent; its line ends become LF."""
        texts = {
            f.name: newlines(posted.get(f.name, "")) for f in fields(cls) if f.name not in _NO_TEXT
        }
        return cls(
            **texts,
            audiences=tuple(dict.fromkeys(posted.getlist("audiences"))),
            must_sign="must_sign" in posted,
            sign_again="sign_again" in posted,
            terms_given="terms_given" in posted,
            version=posted.get("version", type=int),
        )

    @classmethod
    def of(cls, revision: Revision) -> ArticleForm:
        """The page an editor continues from: the draft, or the newest published text."""
        draft = revision.article.draft
        return cls(
            **_as_text(revision.record()),
            note=draft.note if draft else "",
            version=draft.version if draft else 0,
        )

    def check(self, before: Record | None = None) -> tuple[Record | None, dict[str, str]]:
        """The record that was meant, or None and {field: what to do about it}.

        What the form cannot show is taken from ``before``: unknown data, and seconds of times.
        """
        errors = {
            name: "文字里有不能保存的控制字符，请删去。"
            for name in LABELS
            if name not in _ELSEWHERE and self._unfit(name)
        }
        values = {
            "effective_from": self._moment("effective_from", before, errors),
            "effective_to": self._moment("effective_to", before, errors),
        }
        key = before.key if before else self._new_key(errors)
        if len(self.note) > MAX_NOTE:
            errors["note"] = f"修改说明最长{MAX_NOTE}个字，现在有{len(self.note)}个字。"
        record = Record(
            key=key,
            title=" ".join(part.strip() for part in self.title.splitlines() if part.strip()),
            body=self.body,
            kind=self.kind,
            category=self.category,
            tags=tuple(split("tags", self.tags)),
            questions=tuple(self.questions.split("\n")),
            audiences=self.audiences,
            must_sign=self.must_sign,
            data=self._data(before, errors),
            **values,
        )
        try:
            record = articles.clean(record)
        except InvalidContent as wrong:
            errors.setdefault(wrong.field, str(wrong))
        return (None, errors) if errors else (record, {})

    def _data(self, before: Record | None, errors: dict[str, str]) -> Mapping[str, object]:
        """What the form does not show stays; the terms of signing are what it says."""
        kept = before.data if before else {}
        if not self.terms_given:
            return kept
        days = unicodedata.normalize("NFKC", self.sign_days.strip())
        if days and not (days.isascii() and days.isdigit() and int(days[:9]) <= MOST_DAYS):
            errors.setdefault("sign_days", f"请填 0 到 {MOST_DAYS} 的整数，0 表示没有期限。")
            return kept
        try:
            questions = parse(self.quiz, self.body)
        except InvalidContent as wrong:
            errors.setdefault(wrong.field, str(wrong))
            return kept
        return Terms(self.sign_again, int(days) if days else None, questions).into(kept)

    def _unfit(self, name: str) -> bool:
        value = getattr(self, name)
        return "\0" in ("".join(value) if isinstance(value, tuple) else value)

    def _moment(self, name: str, before: Record | None, errors: dict[str, str]) -> datetime | None:
        typed = getattr(self, name).strip()
        kept = getattr(before, name) if before else None
        if not typed:
            return None
        if kept is not None and typed == local(kept):
            return kept
        value = understood(name, typed, ZONE)
        if isinstance(value, datetime) and value.year in YEARS:
            return value
        errors.setdefault(name, f"“{typed[:40]}”不是时间，请写成 2026-11-21 14:05 的样子。")
        return None

    def _new_key(self, errors: dict[str, str]) -> str:
        """The key that was typed, or one made from the title."""
        key = unicodedata.normalize("NFC", self.key.strip()) or slug(self.title)
        if len(key) > MAX_KEY:
            errors.setdefault("key", f"编号最长{MAX_KEY}个字，现在有{len(key)}个字。")
        elif "/" in key or "\\" in key or key in (".", "..") or not key.isprintable():
            errors.setdefault("key", "编号里不能有斜杠和控制字符，请用字母、数字、汉字和连字符。")
        return key or "-"


def newlines(text: str) -> str:
    """Browsers send CRLF; what is kept ends its lines in LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def local(moment: datetime | None) -> str:
    """A moment as a browser's date field takes it: 2026-11-21T14:05, Chinese standard time."""
    if moment is None:
        return ""
    there = moment.astimezone(ZONE).replace(tzinfo=None)
    exact = "milliseconds" if there.microsecond else "seconds" if there.second else "minutes"
    return there.isoformat(timespec=exact)


def _as_text(record: Record) -> dict[str, Any]:
    return {
        "key": record.key,
        "title": record.title,
        "body": record.body,
        "kind": record.kind,
        "category": record.category,
        "tags": joined("tags", record.tags),
        "questions": "\n".join(record.questions),
        "audiences": record.audiences,
        "effective_from": local(record.effective_from),
        "effective_to": local(record.effective_to),
        "must_sign": record.must_sign,
        **_terms_as_text(Terms.of(record.data)),
    }


def _terms_as_text(terms: Terms) -> dict[str, Any]:
    return {
        "sign_again": terms.again,
        "sign_days": "" if terms.days is None else str(terms.days),
        "quiz": written(terms.questions),
    }
