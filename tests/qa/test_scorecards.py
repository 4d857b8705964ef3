"""Scorecards: drafted, saved by one writer at a time, activated only when right, then frozen."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from kb.errors import EditConflict, InvalidContent, NotFound, OutOfTurn
from qa import rubric_editing, scorecards, starters
from qa.errors import FrozenVersion, NotReady
from qa.rubric_editing import Place
from qa.rubric_read import parse
from qa.tables import Scorecard

from ..world import NOW

LEAD, OTHER = 31, 32


def content(name: str = "seven") -> dict[str, Any]:
    return starters.starter(name).as_json()


@pytest.fixture
def card(session: Session) -> Scorecard:
    return scorecards.create(session, content(), LEAD, NOW)


@pytest.fixture
def active(session: Session, card: Scorecard) -> Scorecard:
    scorecards.activate(session, card, LEAD, NOW, saves=1, note="首次")
    return card


# Drafts


def test_keys_come_from_titles_and_never_meet(session: Session, card: Scorecard) -> None:
    other = scorecards.create(session, content(), LEAD, NOW)
    assert [card.key, other.key] == ["七项评定-加权", "七项评定-加权-2"]
    page = scorecards.create(session, {**content(), "title": "new"}, LEAD, NOW)
    assert page.key == "new-2"
    assert [c.key for c in scorecards.listing(session)] == [page.key, card.key, other.key]


def test_a_draft_may_hold_what_cannot_be_scored_and_is_told_what_is_wrong(
    session: Session, card: Scorecard
) -> None:
    broken = content()
    broken["sections"][0]["items"][0]["options"] = []
    scorecards.save(session, card, broken, LEAD, NOW, saves=1)
    [fault] = scorecards.check(card.versions[0].content).faults
    assert fault.path == "sections[0].items[0].options"
    with pytest.raises(NotReady, match="要有至少一个选项"):
        scorecards.activate(session, card, LEAD, NOW, saves=2)


def test_the_second_of_two_writers_is_told_and_overwrites_nothing(
    session: Session, card: Scorecard
) -> None:
    scorecards.save(session, card, {**content(), "title": "先存的"}, LEAD, NOW, saves=1)
    with pytest.raises(EditConflict):
        scorecards.save(session, card, {**content(), "title": "后存的"}, OTHER, NOW, saves=1)
    assert (card.title, card.versions[0].saves, card.versions[0].author_id) == ("先存的", 2, LEAD)


def test_the_same_content_again_is_no_save(session: Session, card: Scorecard) -> None:
    later = NOW + timedelta(hours=1)
    scorecards.save(session, card, content(), OTHER, later, saves=1)
    assert (card.versions[0].saves, card.versions[0].changed_at) == (1, NOW)


@pytest.mark.parametrize("title", ["\ud800", "有\0字", "长" * 201])
def test_what_no_database_can_keep_is_refused_in_words(
    session: Session, card: Scorecard, title: str
) -> None:
    with pytest.raises(InvalidContent):
        scorecards.save(session, card, {**content(), "title": title}, LEAD, NOW, saves=1)
    with pytest.raises(InvalidContent):
        scorecards.create(session, {**content(), "title": title}, LEAD, NOW)


# Versions


def test_an_activated_version_is_what_new_reviews_use_and_is_frozen(
    session: Session, active: Scorecard
) -> None:
    version = scorecards.active_version(session, active)
    assert version is not None
    assert (version.number, version.note, version.activated_by) == (1, "首次", LEAD)
    assert len(version.fingerprint) == 64
    with pytest.raises(OutOfTurn):
        scorecards.save(session, active, content(), LEAD, NOW, saves=1)
    version.note = "改写"
    with pytest.raises(FrozenVersion):
        session.flush()


def test_a_case_that_fails_forbids_activation_and_says_the_difference(
    session: Session, card: Scorecard
) -> None:
    changed = content()
    changed["sections"][0]["weight"] = 60
    scorecards.save(session, card, changed, LEAD, NOW, saves=1)
    with pytest.raises(NotReady, match="reported 应为 50，实为 "):
        scorecards.activate(session, card, LEAD, NOW, saves=2)
    assert card.active is None


def test_what_was_looked_at_is_what_is_activated(session: Session, card: Scorecard) -> None:
    scorecards.save(session, card, {**content(), "title": "改过"}, OTHER, NOW, saves=1)
    with pytest.raises(EditConflict):
        scorecards.activate(session, card, LEAD, NOW, saves=1)


def test_an_old_version_comes_back_as_a_draft_and_replaces_no_unseen_one(
    session: Session, active: Scorecard
) -> None:
    made = scorecards.restore(session, active, 1, LEAD, NOW)
    assert (made.number, made.state, made.content) == (2, "draft", active.versions[0].content)
    scorecards.save(session, active, {**content(), "title": "第二版"}, LEAD, NOW, saves=1)
    with pytest.raises(EditConflict):
        scorecards.restore(session, active, 1, LEAD, NOW)
    with pytest.raises(NotFound):
        scorecards.restore(session, active, 9, LEAD, NOW, saves=2)
    [change] = scorecards.differences(active.versions[0], active.versions[1])
    assert "title" in change.sentence
    scorecards.restore(session, active, 1, LEAD, NOW, saves=2)
    assert scorecards.differences(*active.versions) == []
    scorecards.activate(session, active, LEAD, NOW, saves=3)
    assert [v.state for v in active.versions] == ["active", "active"]
    assert active.active is active.versions[1]


def test_a_draft_thrown_away_takes_with_it_only_what_never_was_in_use(
    session: Session, active: Scorecard
) -> None:
    scorecards.restore(session, active, 1, LEAD, NOW)
    scorecards.discard(session, active, saves=1)
    assert [v.number for v in active.versions] == [1]
    fresh = scorecards.create(session, content("refund"), LEAD, NOW)
    scorecards.discard(session, fresh, saves=1)
    with pytest.raises(NotFound):
        scorecards.get(session, fresh.key)


def test_out_of_use_and_back(session: Session, active: Scorecard) -> None:
    scorecards.retire(session, active, LEAD, NOW)
    assert scorecards.active_version(session, active) is None
    scorecards.restore(session, active, 1, LEAD, NOW)
    for wrong in (
        lambda: scorecards.retire(session, active, LEAD, NOW),
        lambda: scorecards.activate(session, active, LEAD, NOW, saves=1),
    ):
        with pytest.raises(OutOfTurn):
            wrong()
    scorecards.revive(session, active)
    assert scorecards.active_version(session, active) is active.versions[0]
    with pytest.raises(OutOfTurn):
        scorecards.revive(session, active)


# Acts of the editor


PLACES = st.builds(Place, st.integers(0, 2), st.none() | st.integers(0, 3))
NAMES = st.sampled_from(sorted(starters.names()))


def items(rubric: dict[str, Any]) -> list[str]:
    return [item["key"] for _, item in rubric_editing.placed(rubric)]


@given(NAMES, PLACES, st.sampled_from([-1, 1]))
def test_moving_there_and_back_changes_nothing(name: str, place: Place, way: int) -> None:
    """And what is not there, or stands at the end already, is not moved at all."""
    before = content(name)
    if rubric_editing.at(before, place) is None:
        return
    moved, there = rubric_editing.move(before, place, way)
    assert sorted(items(moved)) == sorted(items(before))
    if moved != before:
        assert rubric_editing.move(moved, there, -way)[0] == before
    assert before == content(name)


@given(NAMES, PLACES)
def test_a_copy_is_valid_at_once_and_keeps_its_own_keys(name: str, place: Place) -> None:
    before = content(name)
    if rubric_editing.at(before, place) is None:
        return
    made, there = rubric_editing.duplicate(before, place)
    assert len(set(items(made))) == len(items(made))
    parse(made)
    assert rubric_editing.remove(made, there) == before


def test_conditions_within_a_copied_section_ask_about_the_copies() -> None:
    made, _ = rubric_editing.duplicate(content("refund"), Place(1))
    copied = made["sections"][2]["items"]
    own = {item["key"] for item in copied}
    inner = copied[2]["when"]["any"][1]["all"][1]["item"]
    assert inner == copied[0]["key"]
    assert inner in own
    assert copied[0]["when"]["item"] == "kind"


def test_conditions_and_cases_follow_a_key_that_was_changed() -> None:
    made = rubric_editing.rename_item(content("refund"), "fee", "refund_fee")
    made["sections"][1]["items"][0]["key"] = "refund_fee"
    assert scorecards.check(made).ready
    made = rubric_editing.rename_option(made, "kind", "refund", "tuipiao")
    made["sections"][0]["items"][0]["options"][0]["key"] = "tuipiao"
    assert scorecards.check(made).ready
    assert rubric_editing.asking(made)["refund_fee"] == ["说明了钱何时、退到哪里"]


def test_a_new_item_is_valid_and_a_new_section_too() -> None:
    for name in starters.names():
        made, place = rubric_editing.add_item(content(name), Place(0, 0))
        assert place == Place(0, 1)
        made, _ = rubric_editing.add_section(made)
        parse(made)
    strange: dict[str, Any] = {"sections": [1, {"items": "x"}], "mode": None}
    before = copy.deepcopy(strange)
    made, _ = rubric_editing.add_item(strange, Place(0))
    assert len(rubric_editing.sections(made)[0]["items"]) == 1
    assert strange == before
