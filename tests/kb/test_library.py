"""The library as its users meet it, on every engine and both databases.

What is put, published and synced is found; what is a draft, retired, not yet or no longer in
force, or not for this reader is never found, whatever the index still says.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from kb import articles, categories
from kb.articles import Edit
from kb.gate import Viewer
from kb.index import open_index
from kb.index.contract import Document
from kb.library import Filters, Library
from kb.models import Category
from kb.records import Record
from kb.vocabulary import Vocabulary
from tests.world import NOW, Clock

from .crowd import ENGINES, put, retire

FEE = Record("fee", "退票费怎么收", "开车前8天以上退票，不收退票费。\n", category="票务/退票")
LUGGAGE = Record("luggage", "随身行李限重", "成人可以免费携带20千克行李。\n", category="行李")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every engine on SQLite, one on PostgreSQL: engine and database never meet."""
    if "library" in metafunc.fixturenames:
        pairs = [(name, "sqlite") for name in ENGINES] + [("memory", "postgresql")]
        metafunc.parametrize("engine, backend", pairs)


@pytest.fixture
def library(engine: str, empty_url: str, home: Path, clock: Clock) -> Iterator[Library]:
    with Library.open(home, url=f"{engine}:", database=empty_url) as opened:
        opened.clock = clock
        yield opened


@pytest.fixture
def simple(home: Path, clock: Clock) -> Iterator[Library]:
    """One engine and one database, for what is the library's own matter."""
    with Library.open(home, url="memory:") as opened:
        opened.clock = clock
        yield opened


def publish(library: Library, *records: Record) -> None:
    put(library, *records)
    library.sync()


def found(
    library: Library, text: str, viewer: Viewer = Viewer(None), **filters: object
) -> list[str]:
    narrowed = Filters(**filters)  # type: ignore[arg-type]
    return [hit.key for hit in library.search(text, viewer=viewer, filters=narrowed).hits]


def reopened(library: Library, **changed: object) -> Library:
    """Another library over the same home, as a second process would open it."""
    fresh = {"_index": None, "_lexicon": None, "_terms": frozenset(), **changed}
    return replace(library, **fresh)  # type: ignore[arg-type]


# Finding


def test_what_is_published_and_synced_is_found_with_its_revision_number(library: Library) -> None:
    publish(library, FEE, LUGGAGE)
    publish(library, replace(FEE, body="开车前15天以上退票，不收退票费。\n"))
    [hit] = library.search("退票费").hits
    assert (hit.key, hit.title, hit.category, hit.revision) == ("fee", FEE.title, "票务/退票", 2)


def test_a_draft_is_never_found(library: Library) -> None:
    put(library, FEE, publish=False)
    library.sync()
    assert found(library, "退票费") == []
    library.rebuild()
    assert found(library, "退票费") == []
    assert library.differences() == {}


def test_a_new_draft_leaves_the_published_text_on_show(library: Library) -> None:
    publish(library, FEE)
    put(library, replace(FEE, title="改动中的标题", body="改动中的正文。"), publish=False)
    library.sync()
    assert found(library, "改动中的正文") == []
    assert library.search("退票费").hits[0].title == FEE.title


def test_a_retired_article_is_gone_at_once_and_comes_back(library: Library) -> None:
    publish(library, FEE)
    retire(library, "fee")
    assert found(library, "退票费") == []
    library.sync()
    assert library.index.contents() == {}
    with library.writing() as session:
        articles.publish(session, articles.get(session, "fee"), Edit(None, NOW))
    library.sync()
    assert found(library, "退票费") == ["fee"]


def test_a_revised_article_is_never_missing_while_the_index_lags(library: Library) -> None:
    publish(library, FEE)
    put(library, replace(FEE, body="开车前15天以上退票，不收退票费。\n"))
    [hit] = library.search("退票费").hits
    assert hit.revision == 2
    assert "15天" in "".join(piece.text for piece in hit.snippet)


def test_a_revision_that_moved_elsewhere_is_not_shown_under_its_old_place(library: Library) -> None:
    publish(library, FEE)
    put(library, replace(FEE, category="已归档"))
    assert found(library, "退票费", category="票务") == []
    library.sync()
    assert found(library, "退票费", category="已归档") == ["fee"]


def test_the_old_text_is_no_longer_found_after_a_revision(library: Library) -> None:
    publish(library, replace(FEE, body="须由站长签字。\n"))
    publish(library, replace(FEE, body="须由主任签字。\n"))
    assert found(library, "站长") == []
    assert found(library, "主任") == ["fee"]


def test_a_search_whose_snapshot_is_older_than_the_index_still_answers(library: Library) -> None:
    publish(library, FEE)
    with library.reading() as session:
        session.scalars(select(Category)).all()  # the snapshot is taken here
        publish(library, replace(FEE, body="开车前15天以上退票，不收退票费。\n"))
        hits = library.search("退票费", session=session).hits
    assert [hit.key for hit in hits] == ["fee"]


# Time


def test_a_revision_that_begins_tomorrow_is_found_from_then_on(
    library: Library, clock: Clock
) -> None:
    publish(library, replace(FEE, effective_from=NOW + timedelta(days=1)))
    assert found(library, "退票费") == []
    clock.forward(days=1)
    assert found(library, "退票费") == ["fee"]
    assert library.differences() == {}


def test_the_old_revision_holds_until_the_new_one_begins(library: Library, clock: Clock) -> None:
    publish(library, replace(FEE, body="旧规定：收取手续费两元。\n"))
    coming = replace(
        FEE, body="新规定：手续费改为三元。\n", effective_from=NOW + timedelta(hours=2)
    )
    publish(library, coming)
    for _ in range(2):
        assert [hit.revision for hit in library.search("手续费").hits] == [1]
        library.rebuild()
    clock.forward(hours=1, minutes=59, seconds=59)
    assert [hit.revision for hit in library.search("手续费").hits] == [1]
    clock.forward(seconds=1)
    results = library.search("手续费")
    assert ([hit.revision for hit in results.hits], results.total) == ([2], 1)
    assert library.differences() == {}


def test_an_expired_text_is_gone_and_the_older_one_stays_away(
    library: Library, clock: Clock
) -> None:
    publish(library, replace(FEE, body="平日手续费两元。\n"))
    publish(library, replace(FEE, body="春运手续费三元。\n", effective_to=NOW + timedelta(hours=1)))
    assert [hit.revision for hit in library.search("手续费").hits] == [2]
    clock.forward(hours=1)
    assert found(library, "手续费") == []
    assert library.differences() == {}
    library.rebuild()
    assert found(library, "手续费") == []
    assert library.differences() == {}


def test_a_coming_revision_withdrawn_by_a_newer_one_never_shows(
    library: Library, clock: Clock
) -> None:
    publish(library, FEE)
    publish(library, replace(FEE, body="周三起涨价。\n", effective_from=NOW + timedelta(days=3)))
    publish(library, replace(FEE, body="周二起降价。\n", effective_from=NOW + timedelta(days=2)))
    clock.forward(days=3)
    for text in ("退票费", "涨价"):
        assert [hit.revision for hit in library.search(text).hits] == [3]


# Readers


def test_a_reader_finds_what_is_for_everyone_or_for_one_of_their_names(library: Library) -> None:
    publish(library, FEE, replace(LUGGAGE, audiences=("班长", "票务一组")))
    assert found(library, "行李", Viewer(frozenset())) == []
    assert found(library, "行李", Viewer(frozenset({"票务二组"}))) == []
    assert found(library, "行李", Viewer(frozenset({"票务一组", "座席"}))) == ["luggage"]
    assert found(library, "退票费", Viewer(frozenset())) == ["fee"]


def test_a_name_within_another_name_opens_nothing(library: Library) -> None:
    publish(library, replace(LUGGAGE, audiences=("票务一组",)))
    for name in ("票务", "一组", "%", '"', "票务一组\\", "票务一组,班长"):
        assert found(library, "行李", Viewer(frozenset({name}))) == []


def test_a_narrowed_audience_holds_before_the_index_knows(library: Library) -> None:
    publish(library, LUGGAGE)
    put(library, replace(LUGGAGE, audiences=("班长",)))
    assert found(library, "行李", Viewer(frozenset({"座席"}))) == []
    assert found(library, "行李", Viewer(frozenset({"班长"}))) == ["luggage"]


def test_filters_narrow_to_kind_category_and_tag(library: Library) -> None:
    publish(
        library,
        replace(FEE, kind="faq", tags=("退票", "费用")),
        Record("fee-rule", "退票费规定", "退票费按票价计。", "regulation", "票务/规章", ("退票",)),
        Record("fee-else", "票务外的退票费", "餐饮退票费另计。", "faq", "票务外", ("费用",)),
    )
    assert set(found(library, "退票费", kinds=frozenset({"faq"}))) == {"fee", "fee-else"}
    assert set(found(library, "退票费", category="票务")) == {"fee", "fee-rule"}
    assert found(library, "退票费", category="票务/规章") == ["fee-rule"]
    assert found(library, "退票费", tags=frozenset({"退票", "费用"})) == ["fee"]
    assert found(library, "退票费", category="票") == []


def test_a_renamed_category_shows_at_once_and_filters_after_the_sync(library: Library) -> None:
    publish(library, FEE, LUGGAGE)
    with library.writing() as session:
        top = session.scalars(select(Category).where(Category.path == "票务")).one()
        categories.rename(session, top.id, "客票")
    assert library.search("退票费").hits[0].category == "客票/退票"
    library.sync()
    assert found(library, "退票费", category="客票") == ["fee"]
    assert found(library, "退票费", category="票务") == []
    assert found(library, "行李", category="行李") == ["luggage"]


# The index in step


def test_nothing_waits_after_a_sync(library: Library) -> None:
    library.rebuild()
    put(library, FEE, LUGGAGE)
    assert library.status()["backlog"] == 2
    seen: list[int] = []
    assert library.sync(seen.append) == 2
    assert seen == [2]
    status = library.status()
    assert (status["backlog"], status["articles"], status["indexed"]) == (0, 2, 2)
    assert library.sync() == 0


def test_many_articles_are_synced_in_portions(library: Library) -> None:
    library.rebuild()
    put(library, *(Record(f"k{n}", f"第{n}号通知", f"编号{n}的内容。") for n in range(230)))
    seen: list[int] = []
    library.sync(seen.append)
    assert seen == [200, 230]
    assert library.differences() == {}
    assert len(library.index.contents()) == 230


def test_another_library_on_the_same_home_sees_each_sync(library: Library) -> None:
    other = reopened(library)
    publish(library, FEE)
    assert found(other, "退票费") == ["fee"]
    publish(other, LUGGAGE)
    assert found(library, "行李") == ["luggage"]
    library.rebuild()
    publish(library, replace(FEE, title="改名的退票费"))
    assert other.search("退票费").hits[0].title == "改名的退票费"
    other.close()


def test_a_rebuild_holds_what_a_sync_would_have_brought(library: Library) -> None:
    publish(library, FEE)
    put(library, LUGGAGE)
    retire(library, "fee")
    steps: list[tuple[int, int]] = []
    library.rebuild(progress=lambda done, total: steps.append((done, total)))
    assert steps[-1] == (2, 2)
    assert library.status()["backlog"] == 0
    assert library.differences() == {}
    assert found(library, "行李") == ["luggage"]


def test_a_difference_is_named_and_a_rebuild_heals_it(library: Library) -> None:
    publish(library, FEE, LUGGAGE)
    held = library.index.contents()
    stranger = Document(id=999, article=999, key="ghost", title="退票费鬼影", body="不该在这里。")
    [first, *_] = sorted(held)
    library.index.apply({first: [], 999: [stranger]})
    assert library.differences() == {
        first: (held[first], frozenset()),
        999: (frozenset(), frozenset({999})),
    }
    assert "ghost" not in found(library, "退票费")
    library.rebuild()
    assert library.differences() == {}


# An index that does not fit is built anew


def test_a_first_search_builds_the_index(library: Library) -> None:
    put(library, FEE)
    assert found(library, "退票费") == ["fee"]
    assert library.status()["backlog"] == 0


def test_new_terms_rebuild_the_index(library: Library) -> None:
    publish(library, FEE)
    before = library.index.fingerprint
    other = reopened(library, vocabulary=Vocabulary(terms=frozenset({"退票费怎么收"})))
    assert found(other, "退票费怎么收") == ["fee"]
    assert other.index.fingerprint != before
    assert other.differences() == {}
    other.close()


@pytest.mark.parametrize("damage", ["pointer", "generation", "everything", "nonsense"])
def test_a_damaged_index_is_rebuilt(library: Library, damage: str) -> None:
    publish(library, FEE, LUGGAGE)
    library.close()
    pointer = library.folder / "current"
    if damage == "pointer":
        pointer.write_text("{", encoding="utf-8")
    elif damage == "nonsense":
        pointer.write_text('{"generation": 5}', encoding="utf-8")
    elif damage == "generation":
        for generation in library.folder.glob("g-*"):
            shutil.rmtree(generation)
    else:
        shutil.rmtree(library.folder)
    assert found(library, "行李") == ["luggage"]
    assert library.differences() == {}


def test_an_index_that_vanishes_under_an_open_library_is_rebuilt(library: Library) -> None:
    publish(library, FEE)
    shutil.rmtree(library.folder)
    assert found(library, "退票费") == ["fee"]
    publish(library, LUGGAGE)
    assert found(library, "行李") == ["luggage"]


def test_the_engine_chosen_at_a_rebuild_is_kept_where_the_setting_leaves_it_open(
    home: Path, clock: Clock
) -> None:
    with Library.open(home, url="auto") as library:
        library.clock = clock
        publish(library, FEE)
        running = reopened(library)
        assert found(running, "退票费") == ["fee"]
        library.rebuild("memory:")
        assert library.index.name == "memory"
        assert found(running, "退票费") == ["fee"]
        assert running.index.name == "memory"
        built = sorted(library.folder.glob("g-*"))
        publish(running, LUGGAGE)
        assert found(library, "行李") == ["luggage"]
        assert sorted(library.folder.glob("g-*")) == built
        running.close()
    with Library.open(home, url="auto") as again:
        assert again.index.name == "memory"
        assert again.differences() == {}


@pytest.mark.parametrize("other", ENGINES)
def test_another_engine_in_the_settings_rebuilds_the_index(library: Library, other: str) -> None:
    publish(library, FEE)
    library.close()
    changed = reopened(library, url=f"{other}:")
    assert found(changed, "退票费") == ["fee"]
    assert changed.index.name == other
    assert changed.differences() == {}
    changed.close()


def test_whoever_waited_for_a_rebuild_uses_it(simple: Library) -> None:
    publish(simple, FEE)
    shutil.rmtree(simple.folder)
    other = reopened(simple)
    assert found(simple, "退票费") == ["fee"]
    built = sorted(simple.folder.glob("g-*"))
    assert found(other, "退票费") == ["fee"]
    assert sorted(simple.folder.glob("g-*")) == built
    other.close()


# What people type


ODD = (
    *("", " ", "　", "。", "？！…", "-", '"', '""', "“”", "(((((", "\\", "%", "\0", "\ud800"),
    *("分类:", "kind:nothing", "-退票费", "* OR *", "title:[a TO z]", "退票费~10^5", "退" * 400),
    *("😀", "😀 退票", "\u202e退票", "e\u0301\u0301"),
)


@pytest.mark.parametrize("text", ODD)
def test_nothing_that_is_typed_breaks_a_search(simple_on_engine: Library, text: str) -> None:
    results = simple_on_engine.search(text)
    assert results.query == text
    assert {hit.key for hit in results.hits} <= {"fee", "luggage"}


@pytest.fixture(scope="module", params=ENGINES)
def simple_on_engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Library]:
    home = tmp_path_factory.mktemp("typed")
    with Library.open(home, url=f"{request.param}:") as opened:
        opened.clock = Clock()
        publish(opened, FEE, LUGGAGE)
        yield opened


def test_a_limit_leaves_the_total_alone(library: Library) -> None:
    publish(library, *(Record(f"n{n}", f"退票通知{n}", "退票办法见附件。") for n in range(12)))
    results = library.search("退票通知", limit=5)
    assert (len(results.hits), results.total) == (5, 12)
    assert len({hit.key for hit in results.hits}) == 5


def test_the_same_open_index_serves_until_it_is_stale(simple: Library) -> None:
    publish(simple, FEE)
    index = simple.index
    assert simple.index is index
    simple.rebuild()
    assert simple.index is index, "a rebuild is followed, not reopened"
    assert open_index(simple.folder, "memory:", Vocabulary()).contents() == index.contents()
