"""Whatever happens to texts and people: nobody reads, on any path, what they may not read now.

Random histories are told to the product and to a plain model (``histories``); after every step
some of the paths by which text reaches people (``text_paths``) are asked, as several people,
after the next step others, and after the last step many. ``ZHIXI_TEST_HISTORIES=2000`` tells
more histories.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import gate, past
from kb.models import PUBLISHED, Article, Revision
from web import accounts
from web.app import create_app
from web.settings import Settings

from ..browsing import Client
from ..homes import SECRET, Homes, opened
from ..world import CAST, Clock, World, add_people
from .histories import PEOPLE, STEPS, History, Step
from .text_paths import PAIRS, Checker, Leak

HISTORIES = int(os.environ.get("ZHIXI_TEST_HISTORIES", "3"))
LONGEST = 16
ENGINES = ("memory:", "whoosh:", *(["tantivy:"] if find_spec("tantivy") else []))
SHARE, LAST_SHARE = 29, 5
"""After each step one in so many pairs of path and person is asked, others after the next."""


@pytest.fixture(scope="module")
def origin(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated home with the people of the histories."""
    home = tmp_path_factory.mktemp("gate") / "home"
    url = homes.database("sqlite", "migrated", home)
    clock = Clock()
    with opened(Settings(home, url, "memory:", SECRET), clock) as services:
        world = World(services, clock)
        with world.work(doing="test.cast") as session:
            add_people(session, [CAST[who] for who in (*PEOPLE, "reviewer")], clock())
    return home


@contextmanager
def beginning(origin: Path, engine: str) -> Iterator[Checker]:
    """A history in which nothing has happened, and what checks it."""
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(origin, home)
        made = Settings(home, f"sqlite:///{home / 'zhixi.sqlite'}", engine, SECRET)
        clock = Clock()
        with opened(made, clock) as services:
            world = World(services, clock)
            app = create_app(made, made=services)
            app.test_client_class, app.testing = Client, True
            browsers, tokens = {}, {}
            for who in PEOPLE:
                browsers[who] = app.test_client()
                browsers[who].sign_in(world, who)  # type: ignore[attr-defined]
                with world.work(doing="test") as session:
                    person = accounts.get_person(session, CAST[who].number)
                    token = accounts.add_token(session, person, "test", clock())
                tokens[who] = {"Authorization": f"Bearer {token}"}
            services.suggesting.look(clock())
            yield Checker(History(world, browsers), tokens)  # type: ignore[arg-type]


OPENING: tuple[Step, ...] = (
    ("write", 0, 0, 0),
    ("publish", 0, 0, 0),
    ("write", 1, 0, 0),
    ("publish", 1, 0, 0),
    ("sync", 0, 0, 0),
    ("look", 0, 0, 0),
    ("pin", 0, 1, 0),
    ("talk", 0, 0, 0),
    ("talk", 1, 1, 0),
    ("read", 0, 0, 1),
    ("read", 1, 1, 1),
)
"""Two articles for everyone, read and talked of."""


LIVELY: tuple[Step, ...] = (
    ("read", 0, 1, 0),
    ("read", 1, 0, 0),
    ("write", 0, 2, 0),  # for the other team alone
    ("forward", 0, 1, 0),
    ("publish", 0, 0, 0),
    ("write", 1, 0, 1),  # begins in two hours
    ("publish", 1, 0, 0),
    ("retire", 1, 1, 0),
    ("write", 1, 2, 0),
    ("publish", 1, 0, 0),  # brought back, for the other team alone
    ("write", 1, 2, 1),
    ("publish", 1, 0, 0),
)
"""All that is forbidden is there: superseded, to come, retired, narrowed; the index lags."""


def tell(origin: Path, engine: str, steps: Sequence[Step]) -> int:
    """Take the steps and ask; how many answers were checked. Raises Leak."""
    with beginning(origin, engine) as checker:
        for step in OPENING:
            checker.history.take(step)
        for number, step in enumerate(steps):
            checker.history.take(step)
            share = LAST_SHARE if number == len(steps) - 1 else SHARE
            checker.ask(PAIRS[(number * 7 + len(steps)) % share :: share])
        return checker.checked


STEP = st.tuples(
    st.sampled_from(list(STEPS)), st.integers(0, 1), st.integers(0, 5), st.integers(0, 4)
)
OFTEN = st.tuples(
    st.sampled_from(["write", "publish", "forward", "read"]),
    st.integers(0, 1),
    st.integers(0, 5),
    st.integers(0, 4),
)

counted = SimpleNamespace(histories=0, answers=0)


@settings(
    max_examples=HISTORIES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@example(engine="memory:", steps=list(LIVELY))
@given(
    engine=st.sampled_from(ENGINES),
    steps=st.lists(st.one_of(STEP, OFTEN), min_size=LONGEST // 2, max_size=LONGEST),
)
def _histories(origin: Path, engine: str, steps: list[Step]) -> None:
    counted.histories += 1
    counted.answers += tell(origin, engine, steps)
    event(engine)


def test_no_history_shows_anybody_what_they_may_not_read(
    origin: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _histories(origin)
    with capsys.disabled():
        print(f" {counted.histories} histories, {counted.answers} answers ", end="")  # noqa: T201
    assert counted.answers > 30 * HISTORIES


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
    ("web.views.home.gate", "start page", Ungated),
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
)
"""(what a path asks the gate through, the path, what stands in its place)."""


@pytest.fixture(scope="module")
def lively(origin: Path) -> Iterator[Checker]:
    with beginning(origin, "memory:") as checker:
        for step in OPENING + LIVELY:
            checker.history.take(step)
        yield checker


@pytest.mark.parametrize("seam, name, made", MUTATIONS, ids=[m[1] for m in MUTATIONS])
def test_a_path_that_does_not_ask_the_gate_is_caught(
    lively: Checker,
    monkeypatch: pytest.MonkeyPatch,
    seam: str,
    name: str,
    made: Callable[[], Any],
) -> None:
    module, _, attribute = seam.rpartition(".")
    pairs = [(path, who) for path, who in PAIRS if path.name == name]
    lively.ask(pairs)
    monkeypatch.setattr(import_module(module), attribute, made())
    with pytest.raises(Leak):
        lively.ask(pairs)
