"""A call on the desk of the cast's inspector, and what its page sends."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from werkzeug.test import TestResponse

from qa.tables import Review

from .. import qa_world
from ..browsing import Client
from ..world import World

SCRIPT = {"X-Autosave": "1", "HX-Request": "true"}


def waiting(
    world: World, key: str = "C-1", rubric: Mapping[str, Any] = qa_world.RUBRIC, **fields: Any
) -> int:
    """The id of a review of a call of the agent's that waits for the inspector."""
    agent, inspector = world.person("agent").id, world.person("inspector").id
    with world.work(doing="test.review") as session:
        card = qa_world.add_scorecard(session, rubric=rubric)
        call = qa_world.add_call(
            session, key, agent, queue="退票", extension="8101", customer="13800001234"
        )
        qa_world.add_transcript(session, call)
        given = {"inspector_id": inspector} | fields
        return int(qa_world.add_review(session, call, card, **given).id)


def hidden(page: str, name: str) -> str:
    """The value of a hidden field of the marking form."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


def form(page: str, **fields: Any) -> dict[str, Any]:
    """The marking form of a page with these answers, as a browser sends it."""
    named = {k.replace("__", "."): v for k, v in fields.items()}
    return {name: hidden(page, name) for name in ("page", "saves")} | named


def autosave(client: Client, id: int, **fields: Any) -> TestResponse:
    return client.post(f"/qa/reviews/{id}/draft", data=fields, headers=SCRIPT)


def told(response: TestResponse) -> dict[str, Any]:
    return dict(json.loads(response.text))


def stored(world: World, id: int) -> Review:
    with world.reading() as session:
        found = session.get_one(Review, id)
        assert found.scores is not None
        return found
