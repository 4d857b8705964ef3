"""Handled cases: cleaned, known again, made into a draft with their source."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from kb import articles, cases
from kb.cases import Case
from kb.errors import InvalidContent

from ..world import NOW, World

CASE = Case(
    "药落在车上怎么拿回",
    "记失物工单，注明急用药。\r\n下一站取回。",
    "WO-77",
    NOW - timedelta(days=1),
)


def test_a_case_becomes_a_draft_that_names_its_source(world: World) -> None:
    with world.work("agent", "kb.case") as session:
        row, made = cases.propose(session, CASE, world.person("agent").id, NOW)
        assert made
    with world.reading() as session:
        assert row.article is not None
        draft = articles.get(session, row.article.key).draft
        assert draft is not None
        assert (draft.title, draft.kind) == (CASE.question, "faq")
        assert draft.body == "记失物工单，注明急用药。\n下一站取回。"
        assert draft.data["source"]["reference"] == "WO-77"
        assert row.state == "waiting"


def test_the_same_case_again_is_the_one_from_before(world: World) -> None:
    with world.work("agent", "kb.case") as session:
        first, _ = cases.propose(session, CASE, 1, NOW)
        spaced = replace(CASE, question="藥落在車上怎麼拿回 ", reference="ＷＯ-77")
        again, made = cases.propose(session, spaced, 2, NOW)
        assert (again.id, made) == (first.id, False)
        other, made = cases.propose(session, replace(CASE, reference="WO-78"), 1, NOW)
        assert made
        assert other.article is not None
        assert first.article is not None
        assert other.article.key != first.article.key


def test_a_case_follows_what_becomes_of_its_draft(world: World) -> None:
    with world.work("editor", "kb.case") as session:
        kept, _ = cases.propose(session, CASE, 1, NOW)
        thrown, _ = cases.propose(session, replace(CASE, reference="WO-78"), 1, NOW)
        assert kept.article is not None
        assert thrown.article is not None
        keys = kept.article.key, thrown.article.key
    with world.work("reviewer", "kb.publish") as session:
        record = articles.get(session, keys[0]).latest.record()
        articles.put(session, record, articles.Edit(3, NOW), publish_it=True)
        articles.discard(session, articles.get(session, keys[1]))
    with world.reading() as session:
        _, rows = cases.listing(session)
        assert [row.state for row in rows] == ["dropped", "published"]


@pytest.mark.parametrize(
    "field, value",
    [
        ("question", " "),
        ("question", "长" * 301),
        ("result", ""),
        ("result", "坏\0字"),
        ("reference", "\ud800"),
        ("handled_at", NOW + timedelta(minutes=1)),
        ("handled_at", datetime(2026, 11, 1)),  # noqa: DTZ001 - that is the fault
    ],
)
def test_what_cannot_be_kept_is_refused_by_its_field(field: str, value: object) -> None:
    with pytest.raises(InvalidContent) as wrong:
        cases.clean(replace(CASE, **{field: value}), NOW)  # type: ignore[arg-type]
    assert wrong.value.field == field
