"""The form of an article as it reads and writes a record, without a page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from kb import articles
from kb.records import KINDS, Record
from web.forms.article import ArticleForm, local, newlines

from ..world import NOW

FIRST, LAST = (datetime(y, 6, 1, tzinfo=UTC).replace(tzinfo=None) for y in (1900, 8999))
MOMENTS = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
LINES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp")), max_size=20)


@given(
    title=LINES.filter(str.strip),
    body=st.text(st.characters(codec="utf-8", exclude_characters="\0\r")).filter(str.strip),
    tags=st.lists(LINES, max_size=4),
    questions=st.lists(LINES, max_size=4),
    kind=st.sampled_from(sorted(KINDS)),
    begins=st.none() | MOMENTS,
)
def test_every_record_goes_through_the_form_and_comes_back(
    title: str,
    body: str,
    tags: list[str],
    questions: list[str],
    kind: str,
    begins: datetime | None,
) -> None:
    record = articles.clean(
        Record(
            "key",
            title,
            body,
            kind=kind,
            tags=tuple(tags),
            questions=tuple(questions),
            effective_from=begins,
            effective_to=begins + timedelta(hours=1) if begins else None,
            data={"x": 1},
        )
    )
    sent = MultiDict(
        {
            "title": record.title,
            "body": record.body.replace("\n", "\r\n"),
            "kind": kind,
            "tags": ArticleForm.of(_FakeRevision(record)).tags,  # type: ignore[arg-type]
            "questions": "\r\n".join(record.questions),
            "effective_from": local(record.effective_from),
            "effective_to": local(record.effective_to),
        }
    )
    assert ArticleForm.read(sent).check(record) == (record, {})


class _FakeRevision:
    """A revision that was never in a database."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self.article = self
        self.draft = None

    def record(self) -> Record:
        return self._record


def test_newlines_of_every_system_are_one() -> None:
    assert newlines("a\r\nb\rc\nd\r\r\n") == "a\nb\nc\nd\n\n"


def test_the_clock_of_the_page_is_china_s() -> None:
    assert local(NOW) == "2026-11-22T10:00"
    assert local(NOW + timedelta(seconds=5)) == "2026-11-22T10:00:05"
    assert local(None) == ""
