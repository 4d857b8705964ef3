"""Settings of quality assurance: defaults, bounds, and what they become."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from sqlalchemy.orm import Session

from qa import settings
from qa.errors import BadValue
from qa.figures import Thresholds
from qa.sound.settings import Settings as SoundSettings
from qa.tables import Setting


def test_an_unset_setting_is_its_default(session: Session) -> None:
    assert settings.value(session, "appeal_days") == 5
    assert settings.load(session) == {name: k.default for name, k in settings.KINDS.items()}


def test_a_setting_holds_from_when_it_is_set_and_goes_back(session: Session) -> None:
    settings.put(session, {"appeal_days": 7, "gap": 1})
    assert settings.value(session, "appeal_days") == 7
    assert settings.sound(session).gap == 1.0
    settings.put(session, {"appeal_days": 5})
    assert settings.value(session, "appeal_days") == 5


def test_a_default_that_was_never_changed_takes_no_row(session: Session) -> None:
    settings.put(session, {"appeal_days": 5})
    assert session.get(Setting, "appeal_days") is None


@pytest.mark.parametrize("kind", [SoundSettings, Thresholds])
def test_every_threshold_of_the_sound_is_a_setting_with_the_same_default(kind: type) -> None:
    for each in fields(kind):
        assert settings.KINDS[each.name].default == each.default


def test_defaults_lie_within_their_bounds() -> None:
    for name, kind in settings.KINDS.items():
        settings.check(name, kind.default)


@pytest.mark.parametrize(
    "name, given",
    [
        ("appeal_days", 0),
        ("appeal_days", 2.5),
        ("appeal_days", True),
        ("appeal_days", "7"),
        ("automatic_threshold", float("nan")),
        ("automatic_threshold", 1.01),
        ("music", 1),
        ("nothing", 1),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_set(
    session: Session, name: str, given: Any
) -> None:
    with pytest.raises(BadValue):
        settings.put(session, {"minimum_n": 20, name: given})
    assert settings.value(session, "minimum_n") == 8


def test_two_settings_that_contradict_each_other_are_refused(session: Session) -> None:
    with pytest.raises(BadValue, match="至少"):
        settings.put(session, {"margin_least": 12.0})


def test_what_people_type_is_read_with_full_width_digits() -> None:
    assert settings.parse("appeal_days", " ７ ") == 7
    assert settings.parse("quietest", "－５０．５") == -50.5
    with pytest.raises(BadValue, match="不是数字"):
        settings.parse("appeal_days", "三")
