"""The HTTP API does what its description says, for all the data somebody may think of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, note, settings
from schemathesis import Case, GenerationMode

from qa import starters
from tests import postgres
from tests.homes import SEARCH, SECRET, Homes, opened
from tests.qa.sounds import samples, tone, wav
from tests.world import CAST, Clock
from web import accounts
from web.api.spec import describe
from web.app import create_app
from web.db import SYSTEM
from web.settings import Settings

LIMITED = settings(
    max_examples=12,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
OPERATIONS = [
    (path, method.upper()) for path, item in describe(1)["paths"].items() for method in item
]
PLACES = (("sqlite", "reviewer"), ("sqlite", "agent"), ("postgresql", "administrator"))
"""Who asks, and the database behind the site they ask. Thinking of a request costs several times
what answering it does: each is thought of once and sent to all of them."""


@dataclass(frozen=True, slots=True)
class Place:
    """A site of its own, and the header by which somebody of the cast is known there."""

    name: str
    app: Flask
    headers: dict[str, str]


@contextmanager
def place(homes: Homes, backend: str, home: Path, who: str) -> Iterator[Place]:
    url = homes.database(backend, "cast", home)
    with opened(Settings(home, url, SEARCH, SECRET), Clock()) as services:
        with services.db.work(SYSTEM, "test.token") as session:
            person = accounts.get_person(session, CAST[who].number)
            token = accounts.add_token(session, person, "test", services.now())
        app = create_app(services.settings, made=services)
        yield Place(f"{who} on {backend}", app, {"Authorization": f"Bearer {token}"})
    homes.forget(url)


@pytest.fixture(scope="module")
def places(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Place]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(place(homes, backend, tmp_path_factory.mktemp("api") / "home", who))
            for backend, who in PLACES
            if not (backend == "postgresql" and postgres.programs() is None)
        ]


@pytest.fixture(scope="module")
def described(places: list[Place]) -> Any:
    """The description as every site serves it."""
    served = [p.app.test_client().get("/api/v1/openapi.json").json for p in places]
    assert served == [served[0]] * len(served)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", places[0].app)
    schema.config.generation.update(allow_x00=False)
    return schema


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("path, method", OPERATIONS)
def test_every_operation_keeps_to_its_description(
    places: list[Place], described: Any, path: str, method: str, mode: GenerationMode
) -> None:
    operation = described[path][method]

    @LIMITED
    @given(operation.as_strategy(generation_mode=mode))
    def check(case: Case) -> None:
        _end_after_the_beginning(case.body)
        _handled_before_now(case.body)
        if mode is GenerationMode.POSITIVE:
            _marks_that_fit(case.body)
            _bounds_in_order(case.query)
            _a_call_there_was(case.body)
            _a_file_of_its_kind(case)
        for asked in places:
            note(asked.name)
            case.call_and_validate(app=asked.app, headers=asked.headers)

    check()


def _marks_that_fit(body: Any) -> None:
    """No schema can say that marks name the items of their rubric."""
    if isinstance(body, dict) and "rubric" in body:
        rubric = starters.starter("seven")
        body["rubric"], body["marks"] = rubric.as_json(), {"answers": dict(rubric.cases[0].answers)}


def _bounds_in_order(asked: Any) -> None:
    """No schema can say that a bound is not below the other."""
    for name in ("to", "longest", "score_to", "satisfaction_to"):
        if asked and name in asked:
            del asked[name]


def _a_call_there_was(body: Any) -> None:
    """Nor that a call was somebody's, and lasted some time."""
    if isinstance(body, dict) and "call_id" in body and "event" not in body:
        key = body["call_id"]
        body.clear()
        body |= {"call_id": key, "agent": "1001", "started_at": "2026-11-21 14:05", "seconds": 60}


def _a_file_of_its_kind(case: Case) -> None:
    """Nor what a file holds."""
    if case.path.endswith("/recording"):
        case.body = wav(samples([tone(1)]).tobytes(), 1)
    elif case.path.endswith("/transcript"):
        case.body = b"WEBVTT\n\n00:00.000 --> 00:01.000\n\xe6\x82\xa8\xe5\xa5\xbd\n"


def _handled_before_now(body: Any) -> None:
    """The same of a handled case."""
    try:
        moment = datetime.fromisoformat(body["handled_at"].upper())
    except (TypeError, KeyError, ValueError, AttributeError):
        return
    if moment.tzinfo is not None:
        body["handled_at"] = "2026-11-21T14:05:00+08:00"


def _end_after_the_beginning(body: Any) -> None:
    """The one rule of an article that a schema cannot say."""
    times = ("effective_from", "effective_to")
    if isinstance(body, dict) and all(isinstance(body.get(name), str) for name in times):
        del body["effective_to"]
