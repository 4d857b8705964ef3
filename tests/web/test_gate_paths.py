"""Whatever happens to texts and people: nobody reads, on any path, what they may not read now.

Random histories are told to the product and to a plain model (``histories``, ``telling``), and
the paths by which text reaches people (``text_paths``) are asked. ``python -m tests.bench.gate``
tells thousands. That the check bites is shown by taking the gate away, path by path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from kb import gate, past
from kb.models import PUBLISHED, Article, Revision
from web.app import supply

from ..homes import Homes
from .histories import Step
from .telling import ENGINES, LIVELY, OPENING, STORIES, application, beginning, peopled, tell
from .text_paths import PAIRS, Checker, Leak

HISTORIES = 2


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return application(tmp_path_factory.mktemp("no-home"))


@pytest.fixture(scope="module")
def origin(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return peopled(homes, tmp_path_factory.mktemp("gate") / "home")


@pytest.fixture(scope="module")
def told(site: Flask, origin: Path) -> Iterator[Checker]:
    with beginning(site, origin, "memory:") as checker:
        for step in OPENING + LIVELY:
            checker.history.take(step)
        yield checker


@pytest.fixture
def lively(site: Flask, told: Checker) -> Checker:
    """A history with all that is forbidden in it."""
    supply(site, told.history.world.services)
    return told


def test_nobody_reads_on_any_path_what_they_may_not_read(lively: Checker) -> None:
    lively.ask(PAIRS)
    assert lively.texts > 100


@settings(
    max_examples=HISTORIES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(engine=st.sampled_from(ENGINES), steps=STORIES)
def test_no_history_shows_anybody_what_they_may_not_read(
    site: Flask, origin: Path, engine: str, steps: list[Step]
) -> None:
    assert tell(site, origin, engine, steps).checked > 50


# The check bites


class Ungated:
    """The gate with nobody at it: the newest published text, whenever and for whomever."""

    def __getattr__(self, name: str) -> Any:
        return getattr(gate, name)

    def decide(self, revisions: Sequence[Revision], at: object) -> Revision | None:
        return max((r for r in revisions if r.published_at), key=lambda r: r.number, default=None)

    def in_force(self, session: Session, viewer: object, at: object, key: str) -> Revision:
        found = session.scalars(select(Article).where(Article.key == key)).one_or_none()
        text = self.decide(found.revisions, at) if found else None
        return text or gate.in_force(session, gate.EVERYTHING, at, key)  # type: ignore[arg-type]

    def in_force_of(
        self, session: Session, viewer: object, at: object, ids: Sequence[int]
    ) -> dict[int, Revision]:
        found = session.scalars(select(Article).where(Article.id.in_(ids))).all()
        texts = {article.id: self.decide(article.revisions, at) for article in found}
        return {id: text for id, text in texts.items() if text}

    def admit(
        self, session: Session, viewer: object, at: object, ids: Sequence[int]
    ) -> dict[int, gate.Admitted]:
        found = session.scalars(select(Revision).where(Revision.id.in_(ids))).all()
        return {r.id: gate.Admitted(r.id, r.article_id, r.number, "票务") for r in found}

    def holds(self, at: object) -> ColumnElement[bool]:
        return Revision.state == PUBLISHED

    def permits(self, viewer: object) -> ColumnElement[bool]:
        return true()

    def browse(self, session: Session, viewer: object, at: object, **asked: Any) -> gate.Listing:
        query = select(Revision).where(Revision.state == PUBLISHED)
        found = session.scalars(query.order_by(Revision.id.desc())).all()
        return gate.Listing(len(found), found)


class Forgetless:
    """``kb.past`` that names to everybody what they once used."""

    def __getattr__(self, name: str) -> Any:
        return getattr(past, name)

    def remembered(
        self, session: Session, viewer: object, at: object, used: Sequence[Revision]
    ) -> frozenset[int]:
        return frozenset(revision.id for revision in used)


def everybody() -> gate.Viewer:
    return gate.EVERYTHING


MUTATIONS: tuple[tuple[str, str, Callable[[], Any]], ...] = (
    ("kb.library.gate", "desk: search", Ungated),
    ("kb.library.gate", "api: search", Ungated),
    ("web.suggesting.gate", "api: suggestions", Ungated),
    ("web.reading.gate", "desk: shelves", Ungated),
    ("web.views.desk.gate", "desk: article", Ungated),
    ("web.views.desk.gate", "desk: opened", Ungated),
    ("web.views.desk.gate", "desk: notices", Ungated),
    ("web.views.desk.gate", "copy", Ungated),
    ("web.views.articles.gate", "article", Ungated),
    ("web.views.articles.gate", "keep", Ungated),
    ("web.views.articles.may_read", "revision", lambda: lambda revision: True),
    ("web.start.reading.gate", "start page", Ungated),
    ("web.views.mine.gate", "mine", Ungated),
    ("web.views.feedback.gate", "report an error", Ungated),
    ("web.views.broadcasts.gate", "broadcasts", Ungated),
    ("web.views.board.gate", "board: ask about it", Ungated),
    ("web.board_links.gate", "board: thread", Ungated),
    ("web.views.past.viewer", "past: article", lambda: everybody),
    ("web.views.past.viewer", "past: search", lambda: everybody),
    ("web.api.views.viewer", "api: article of the past", lambda: everybody),
    ("web.api.views.gate", "api: article", Ungated),
    ("web.api.views.gate", "api: articles", Ungated),
    ("web.views.signing.past", "signing", Forgetless),
    ("web.evidence.recalls.past", "recalls", Forgetless),
    ("web.views.evidence.viewer", "evidence", lambda: everybody),
    ("web.views.articles.gate", "article: kept before", Ungated),
    ("web.views.articles.gate", "keep no more", Ungated),
    ("web.views.articles.may_read", "revisions", lambda: lambda revision: True),
    ("web.views.attachments.may_read", "attachment", lambda: lambda revision: True),
    ("web.views.attachments.may_read", "attachment: content", lambda: lambda revision: True),
    ("web.views.attachments.may_read", "attachment: kept before", lambda: lambda revision: True),
    ("web.views.flows.gate", "script", Ungated),
    ("web.views.flows.gate", "script: a step on", Ungated),
    ("web.views.related.gate", "related", Ungated),
    ("kb.related.gate", "related", Ungated),
    ("kb.related.gate", "related beside the results", Ungated),
    ("kb.lookup.gate", "by code", Ungated),
    ("kb.lookup.gate", "by code: all", Ungated),
    ("kb.library.gate", "desk: words of a file", Ungated),
    ("kb.library.gate", "desk: pinned question", Ungated),
    ("web.views.desk.gate", "desk: category", Ungated),
    ("web.views.why.gate", "why it stands there", Ungated),
    ("web.pulse.gate", "pulse", Ungated),
    ("web.views.desk.gate", "desk: tag", Ungated),
    ("web.views.desk.gate", "desk: article beside the results", Ungated),
    ("web.views.feedback.gate", "vote", Ungated),
    ("web.views.past.viewer", "past: article, as known now", lambda: everybody),
    ("web.views.past.viewer", "past: search, as known now", lambda: everybody),
    ("web.api.views.viewer", "api: search of the past", lambda: everybody),
    ("web.views.evidence.viewer", "evidence: report", lambda: everybody),
)
"""(what a path asks the gate through, the path, what stands in its place)."""


@pytest.mark.parametrize("seam, name, made", MUTATIONS, ids=[f"{m[1]} {m[0]}" for m in MUTATIONS])
def test_a_path_that_does_not_ask_the_gate_is_caught(
    lively: Checker,
    monkeypatch: pytest.MonkeyPatch,
    seam: str,
    name: str,
    made: Callable[[], Any],
) -> None:
    module, _, attribute = seam.rpartition(".")
    monkeypatch.setattr(import_module(module), attribute, made())
    with pytest.raises(Leak):
        lively.ask((path, who) for path, who in PAIRS if path.name == name)
