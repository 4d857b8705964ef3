"""The page of the settings of quality assurance."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from qa import settings
from web.models import AuditEntry

from ..browsing import Client
from ..world import World

AsPerson = Callable[[str], Client]


def form(**given: str) -> dict[str, str]:
    """The whole form as it stands at first, but for ``given``."""
    shown = {name: f"{kind.default:g}" for name, kind in settings.KINDS.items()}
    return shown | {"music": "1"} | given


@pytest.mark.both_databases
def test_a_change_holds_and_stands_in_the_trail(world: World, as_person: AsPerson) -> None:
    answer = as_person("qa_lead").post("/qa/settings", data=form(appeal_days="７"))
    assert answer.status_code == 302
    with world.reading() as session:
        assert settings.value(session, "appeal_days") == 7
        entry = session.query(AuditEntry).filter_by(doing="qa.settings").one()
        assert entry.values["value"] == [None, 7]


def test_everything_wrong_is_told_at_its_place_and_nothing_is_kept(
    world: World, as_person: AsPerson
) -> None:
    wrong = form(appeal_days="许多", minimum_n="0", retention_days="30")
    answer = as_person("qa_lead").post("/qa/settings", data=wrong)
    assert answer.status_code == 422
    assert "不是数字" in answer.text
    assert "有 2 处没有填对" in answer.text
    assert 'value="30"' in answer.text  # what was typed is still there
    with world.reading() as session:
        assert settings.value(session, "retention_days") == 180


def test_a_flag_that_is_not_ticked_is_off(world: World, as_person: AsPerson) -> None:
    given = form()
    del given["music"]
    as_person("qa_lead").post("/qa/settings", data=given)
    with world.reading() as session:
        assert settings.sound(session).music is False
