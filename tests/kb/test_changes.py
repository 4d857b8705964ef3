"""The index's to-do list, and several processes and threads at work on one home."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from kb import articles, categories, changes
from kb.articles import Edit
from kb.errors import InvalidContent
from kb.index import Index
from kb.index.contract import Document
from kb.library import Library
from kb.models import Category
from kb.records import Record
from tests.world import NOW

from . import crowd
from .crowd import ENGINES, notice, put, retire

EDIT = Edit(None, NOW)
FEE = Record("fee", "退票费怎么收", "开车前8天以上退票，不收退票费。\n", category="票务/退票")


@pytest.fixture
def library(empty_url: str, home: Path) -> Iterator[Library]:
    with crowd.opened(home, "memory:", empty_url) as opened:
        opened.rebuild()
        yield opened


def waiting(library: Library) -> list[tuple[int, int]]:
    with library.reading() as session:
        return changes.batch(session)


def waiting_articles(library: Library) -> list[int]:
    return [article for _, article in waiting(library)]


# What is noted


def test_an_edit_is_noted_once_for_each_article_of_the_transaction(library: Library) -> None:
    put(library, FEE, notice(1))
    with library.reading() as session:
        ids = [articles.get(session, key).id for key in ("fee", "n1")]
    assert sorted(waiting_articles(library)) == ids


def test_every_transaction_notes_anew(library: Library) -> None:
    put(library, FEE)
    put(library, replace(FEE, title="退票费"))
    retire(library, "fee")
    assert len(waiting(library)) == 3


def test_what_is_rolled_back_is_not_noted(library: Library) -> None:
    with pytest.raises(ZeroDivisionError), library.writing() as session:
        articles.put(session, FEE, EDIT, publish_it=True)
        raise ZeroDivisionError
    assert waiting(library) == []


def test_a_change_after_a_savepoint_that_was_rolled_back_is_noted(library: Library) -> None:
    put(library, FEE)
    library.sync()
    with library.writing() as session:
        article = articles.get(session, "fee")
        with pytest.raises(InvalidContent), session.begin_nested():
            articles.retire(session, article, EDIT)
            raise InvalidContent("key", "不行")
        articles.retire(session, articles.get(session, "fee"), EDIT)
    assert len(waiting(library)) == 1
    library.sync()
    assert library.index.contents() == {}


def test_reading_and_an_import_without_a_difference_note_nothing(library: Library) -> None:
    put(library, FEE)
    library.sync()
    put(library, FEE)
    library.search("退票费")
    assert waiting(library) == []


def test_a_renamed_category_notes_every_article_in_and_below_it(library: Library) -> None:
    put(library, FEE, notice(1), replace(notice(2), category="票务"))
    library.sync()
    with library.writing() as session:
        top = session.scalars(select(Category).where(Category.path == "票务")).one()
        categories.rename(session, top.id, "客票")
    with library.reading() as session:
        ids = {articles.get(session, key).id for key in ("fee", "n2")}
    assert set(waiting_articles(library)) == ids


def test_a_moved_category_notes_nothing(library: Library) -> None:
    put(library, FEE)
    library.sync()
    with library.writing() as session:
        categories.move(session, session.scalars(select(Category.id)).all()[0], 7)
    assert waiting(library) == []


def test_an_article_thrown_away_is_noted_and_leaves_the_index(library: Library) -> None:
    put(library, FEE, publish=False)
    library.sync()
    with library.writing() as session:
        articles.discard(session, articles.get(session, "fee"))
    assert len(waiting(library)) == 1
    library.sync()
    assert library.differences() == {}


def test_a_token_is_never_given_twice(library: Library) -> None:
    seen: set[int] = set()
    for version in range(4):
        put(library, notice(1, version))
        tokens = {token for token, _ in waiting(library)}
        assert not tokens & seen
        seen |= tokens
        library.sync()


# Acknowledging


def test_only_the_acknowledged_entries_go(library: Library) -> None:
    with library.writing() as session:
        changes.note(session, range(1, 1201))
    tokens = [token for token, _ in waiting(library)]
    with library.writing() as session:
        changes.acknowledge(session, tokens[5:])
    assert [token for token, _ in waiting(library)] == tokens[:5]


def test_an_edit_between_reading_and_acknowledging_stays_queued(library: Library) -> None:
    put(library, FEE)
    [(first, _)] = waiting(library)
    library._index = Interrupted(library.index, lambda: put(library, replace(FEE, title="改名")))
    assert library._sync_batch() == 1
    [(second, _)] = waiting(library)
    assert second > first
    library.sync()
    assert library.search("改名").hits[0].revision == 2
    assert library.differences() == {}


class Interrupted:
    """An index during whose next apply something happens."""

    def __init__(self, index: Index, happens: Callable[[], None]) -> None:
        self.index, self.happens = index, happens

    def __getattr__(self, name: str) -> Any:
        return getattr(self.index, name)

    def apply(self, documents: Mapping[int, Sequence[Document]]) -> None:
        self.index.apply(documents)
        happens, self.happens = self.happens, lambda: None
        happens()


def test_an_edit_during_a_rebuild_stays_queued(library: Library) -> None:
    put(library, FEE)
    library.rebuild(progress=lambda done, total: put(library, replace(FEE, title="改名")))
    assert len(waiting(library)) == 1
    library.sync()
    assert library.differences() == {}
    assert library.search("改名").hits[0].revision == 2


def no_space() -> None:
    raise OSError(28, "No space left on device")


def test_a_failing_engine_leaves_the_entries(library: Library) -> None:
    sound = library.index
    put(library, FEE)
    before = waiting(library)
    library._index = Interrupted(sound, no_space)
    with pytest.raises(OSError, match="No space"):
        library.sync()
    assert waiting(library) == before
    library._index = sound
    assert library.sync() == 1
    assert library.search("退票费").hits[0].key == "fee"


def test_a_rebuild_that_fails_leaves_the_old_index_and_the_entries(library: Library) -> None:
    put(library, FEE)
    library.sync()
    put(library, notice(1))
    before = waiting(library)

    with pytest.raises(OSError, match="No space"):
        library.rebuild(progress=lambda done, total: no_space())
    assert waiting(library) == before
    assert library.search("退票费").hits[0].key == "fee"
    library.sync()
    assert library.differences() == {}


# Several at work


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        pairs = [(name, "sqlite") for name in ENGINES] + [("whoosh", "postgresql")]
        metafunc.parametrize("engine, backend", pairs)


def test_sync_and_rebuild_in_several_processes_lose_nothing(
    engine: str, empty_url: str, home: Path
) -> None:
    url = f"{engine}:"
    with crowd.opened(home, url, empty_url) as library:
        library.rebuild()
        with (
            crowd.process(crowd.publish_many, home, url, empty_url, 0, 6),
            crowd.process(crowd.rebuild_often, home, url, empty_url, 4),
        ):
            for number in range(100, 106):
                put(library, notice(number))
                library.sync()
        library.sync()
        assert waiting(library) == []
        assert library.differences() == {}
        for number in (*range(6), *range(100, 106)):
            assert [hit.key for hit in library.search(f'"通知N{number}的"').hits] == [f"n{number}"]


def test_threads_find_every_article_while_another_process_revises_and_rebuilds(
    engine: str, empty_url: str, home: Path
) -> None:
    """No empty answer, no wrong one, no error: whatever the moment of a switch."""
    url, numbers = f"{engine}:", 5
    with crowd.opened(home, url, empty_url) as library:
        put(library, *(notice(n) for n in range(numbers)))
        library.sync()
        done = threading.Event()
        wrong: list[object] = []

        def look(offset: int) -> None:
            number = offset
            while not done.is_set():
                number = (number + 1) % numbers
                try:
                    keys = [hit.key for hit in library.search(f"通知N{number}").hits]
                except Exception as error:  # whatever it is, it is what we look for
                    wrong.append(error)
                    return
                if keys[:1] != [f"n{number}"]:
                    wrong.append((number, keys))

        threads = [threading.Thread(target=look, args=(n,)) for n in range(8)]
        with crowd.process(crowd.revise_and_rebuild, home, url, empty_url, numbers, 4):
            for thread in threads:
                thread.start()
        done.set()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert library.differences() == {}
        assert {hit.revision for hit in library.search("内容照旧").hits} == {5}
