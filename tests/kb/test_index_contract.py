"""The index contract: one suite, every engine."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.index import (
    ENGINES,
    Document,
    Index,
    IndexBusy,
    IndexStale,
    Scope,
    UnknownEngine,
    generations,
    open_index,
    rebuild,
)
from kb.query import parse
from kb.vocabulary import EMPTY, Vocabulary


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def folder(tmp_path: Path, engine: str) -> Path:
    rebuild(tmp_path, engine, EMPTY, [])
    return tmp_path


@pytest.fixture
def index(folder: Path, engine: str) -> Iterator[Index]:
    opened = open_index(folder, engine, EMPTY)
    yield opened
    opened.close()


REFUND = Document(
    1, 1, "refund", "退票手续费怎么收", "开车前8天以上退票不收手续费。", ("退一张票扣多少钱",)
)
CHANGE = Document(2, 2, "change", "改签的办理范围", "开车前48小时以上，可改签预售期内的其他列车。")
PETS = Document(3, 3, "pets", "寵物託運", "寵物可以辦理託運，手續費另計。", kind="notice")


def put(index: Index, *documents: Document) -> None:
    index.apply({document.article: [document] for document in documents})


def ids(index: Index, text: str, scope: Scope = Scope(), limit: int = 10) -> list[int]:
    return [c.id for c in index.search(parse(text), scope, limit).candidates]


def test_what_was_applied_is_found_best_first(index: Index) -> None:
    put(index, REFUND, CHANGE, PETS)
    found = index.search(parse("退票手续费"), Scope(), 10)
    assert [c.id for c in found.candidates] == [1, 3]
    assert found.total == 2
    assert found.candidates[0].score > found.candidates[1].score
    assert found.candidates[0].article == 1


def test_an_empty_index_finds_nothing(index: Index) -> None:
    assert index.search(parse("退票"), Scope(), 10).candidates == []
    assert index.contents() == {}


def test_limit_cuts_the_candidates_but_not_the_total(index: Index) -> None:
    put(index, REFUND, CHANGE, PETS)
    found = index.search(parse("手续费 开车"), Scope(), 1)
    assert (len(found.candidates), found.total) == (1, 3)


def test_applying_an_article_again_replaces_all_its_documents(index: Index) -> None:
    put(index, REFUND)
    index.apply(
        {
            1: [
                Document(7, 1, "refund", "退票费", "新的规定"),
                Document(8, 1, "refund", "退票费", "将来"),
            ]
        }
    )
    assert index.contents() == {1: frozenset({7, 8})}
    assert sorted(ids(index, "退票")) == [7, 8]
    assert ids(index, "不收") == []


def test_applying_no_documents_forgets_the_article(index: Index) -> None:
    put(index, REFUND, CHANGE)
    index.apply({1: []})
    assert index.contents() == {2: frozenset({2})}
    assert ids(index, "退票手续费") == []


def test_forgetting_what_was_never_there_is_no_error(index: Index) -> None:
    index.apply({99: []})
    assert index.contents() == {}


def test_many_changes_leave_what_the_last_of_each_said(index: Index) -> None:
    for turn in range(12):
        put(
            index,
            *(Document(turn * 10 + n, n, f"k{n}", f"标题{n}", f"第{turn}轮正文") for n in range(4)),
        )
    index.apply({0: []})
    assert index.contents() == {n: frozenset({110 + n}) for n in (1, 2, 3)}
    assert sorted(ids(index, "正文")) == [111, 112, 113]


def test_what_was_revised_often_still_weighs_by_its_own_number(index: Index) -> None:
    """Deleted documents may be counted for a while; a term must never weigh less than nothing."""
    for turn in range(5):
        for n in range(4):
            put(index, Document(turn * 10 + n, n, f"k{n}", f"通知N{n}", f"通知N{n}第{turn}稿"))
            for number in range(4):
                found = index.search(parse(f"通知N{number}"), Scope(), 4).candidates
                assert [c.article for c in found[:1]] == ([number] if turn or number <= n else [0])
                assert all(candidate.score > 0 for candidate in found)


def test_one_shared_character_brings_nothing_in_where_words_are_found(index: Index) -> None:
    put(index, REFUND, CHANGE, PETS)
    assert ids(index, "改签的预售期") == [2]


def test_both_scripts_and_widths_find_the_same(index: Index) -> None:
    put(index, REFUND, CHANGE, PETS)
    assert ids(index, "宠物托运") == ids(index, "寵物託運") == [3]
    assert ids(index, "開車前４８小時") == ids(index, "开车前48小时")


@pytest.mark.parametrize("text", ["车", "托", "8", "费"])
def test_a_single_character_of_the_text_is_found(index: Index, text: str) -> None:
    """Nothing stored is unfindable, not even by one character."""
    put(index, REFUND, CHANGE, PETS)
    assert ids(index, text)


def test_a_piece_across_words_is_found(index: Index) -> None:
    """续费 is no word of 手续费怎么收, and 车前 none of 开车前."""
    put(index, REFUND, CHANGE)
    assert 1 in ids(index, "续费")
    assert sorted(ids(index, "车前")) == [1, 2]


def test_a_phrase_is_looked_for_in_full(index: Index) -> None:
    put(index, REFUND, CHANGE, PETS)
    assert ids(index, '"退票不收手续费"') == [1]
    assert ids(index, '"扣多少钱"') == [1]
    assert ids(index, '"改签手续费"') == []


def test_without_words_the_scope_alone_decides(index: Index) -> None:
    put(index, REFUND, CHANGE, PETS)
    assert sorted(ids(index, "")) == [1, 2, 3]
    assert ids(index, "", Scope(kinds=frozenset({"notice"}))) == [3]


# Scope


def scoped(index: Index, scope: Scope) -> set[int]:
    return set(ids(index, "规定", scope))


def document(id: int, **fields: object) -> Document:
    return Document(id, id, f"k{id}", "规定", "内容", **fields)  # type: ignore[arg-type]


def test_only_documents_for_the_audience_are_found(index: Index) -> None:
    put(index, document(1), document(2, audiences=frozenset({"班长"})),
        document(3, audiences=frozenset({"一组", "*"})))  # fmt: skip
    assert scoped(index, Scope(audiences=None)) == {1, 2, 3}
    assert scoped(index, Scope(audiences=frozenset())) == {1}
    assert scoped(index, Scope(audiences=frozenset({"班长", "二组"}))) == {1, 2}
    assert scoped(index, Scope(audiences=frozenset({"*"}))) == {1, 3}


def test_only_documents_in_force_at_the_moment_are_found(index: Index) -> None:
    put(index, document(1), document(2, starts=100.0), document(3, ends=100.0),
        document(4, starts=50.5, ends=150.5))  # fmt: skip
    assert scoped(index, Scope(at=99.999)) == {1, 3, 4}
    assert scoped(index, Scope(at=100.0)) == {1, 2, 4}
    assert scoped(index, Scope(at=150.5)) == {1, 2}
    assert scoped(index, Scope(at=1795305600.25)) == {1, 2}


def test_a_category_holds_what_lies_below_it(index: Index) -> None:
    put(index, document(1, category="票务/退票"), document(2, category="票务"),
        document(3, category="票务员"), document(4, category="其他/票务"))  # fmt: skip
    assert scoped(index, Scope(category="票务")) == {1, 2}
    assert scoped(index, Scope(category="票务/退票")) == {1}
    assert scoped(index, Scope(category="退票")) == set()


def test_a_section_is_a_category_anywhere_in_the_path(index: Index) -> None:
    put(index, document(1, category="票务/退票"), document(2, category="其他/票务"), document(3))
    assert scoped(index, Scope(section="退票")) == {1}
    assert scoped(index, Scope(section="票务")) == {1, 2}


def test_kinds_are_alternatives_and_tags_are_all_needed(index: Index) -> None:
    both = document(1, kind="faq", tags=("退款", "高铁"))
    put(index, both, document(2, kind="notice", tags=("退款",)), document(3, kind="script"))
    assert scoped(index, Scope(kinds=frozenset({"faq", "script"}))) == {1, 3}
    assert scoped(index, Scope(tags=frozenset({"退款"}))) == {1, 2}
    assert scoped(index, Scope(tags=frozenset({"退款", "高铁"}))) == {1}


def test_the_total_counts_only_what_is_in_scope(index: Index) -> None:
    put(index, document(1), document(2, kind="faq"))
    assert index.search(parse("规定"), Scope(kinds=frozenset({"faq"})), 10).total == 1


# Durability, processes and generations


def test_what_was_applied_is_there_after_opening_again(folder: Path, engine: str) -> None:
    index = open_index(folder, engine, EMPTY)
    put(index, REFUND, CHANGE)
    index.close()
    again = open_index(folder, engine, EMPTY)
    assert again.contents() == {1: frozenset({1}), 2: frozenset({2})}
    assert ids(again, "退票手续费") == [1]


def test_a_reader_sees_a_writer_s_work_once_it_refreshes(folder: Path, engine: str) -> None:
    writer, reader = open_index(folder, engine, EMPTY), open_index(folder, engine, EMPTY)
    put(writer, REFUND)
    reader.refresh()
    assert ids(reader, "退票") == [1]
    writer.apply({1: []})
    reader.refresh()
    assert ids(reader, "退票") == []


def test_two_writers_take_turns(folder: Path, engine: str) -> None:
    one, other = open_index(folder, engine, EMPTY), open_index(folder, engine, EMPTY)
    put(one, REFUND)
    put(other, CHANGE)
    put(one, PETS)
    other.refresh()
    assert one.contents() == other.contents() == {n: frozenset({n}) for n in (1, 2, 3)}


def test_a_writer_that_waits_too_long_says_so(folder: Path, engine: str) -> None:
    with generations.writing(folder), pytest.raises(IndexBusy), generations.writing(folder, 0.05):
        pass


def test_threads_may_search_while_another_writes(folder: Path, engine: str) -> None:
    index = open_index(folder, engine, EMPTY)
    put(index, REFUND)
    wrong: list[object] = []

    def read() -> None:
        for _ in range(40):
            index.refresh()
            if 1 not in ids(index, "退票手续费"):
                wrong.append("lost")

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(6):
        put(index, Document(100 + turn, 100 + turn, "k", "改签", "正文"))
    for thread in threads:
        thread.join()
    assert wrong == []


def test_without_an_index_opening_says_rebuild(tmp_path: Path, engine: str) -> None:
    with pytest.raises(IndexStale):
        open_index(tmp_path, engine, EMPTY)


def test_new_terms_make_an_index_stale_and_new_synonyms_do_not(folder: Path, engine: str) -> None:
    synonyms = Vocabulary(synonyms=(frozenset({"退款", "退费"}),))
    assert open_index(folder, engine, synonyms).contents() == {}
    with pytest.raises(IndexStale):
        open_index(folder, engine, Vocabulary(terms=frozenset({"候补购票"})))


def test_another_engine_s_index_is_stale(folder: Path, engine: str) -> None:
    other = next(name for name in ENGINES if name != engine)
    with pytest.raises(IndexStale):
        open_index(folder, other, EMPTY)


def test_a_rebuild_switches_in_one_step_and_open_readers_follow(folder: Path, engine: str) -> None:
    index = open_index(folder, engine, EMPTY)
    put(index, REFUND)
    done: list[int] = []
    rebuild(folder, engine, EMPTY, [CHANGE, PETS], done.append)
    assert done[-1] == 2
    assert ids(index, "退票") == [1]  # still the generation it has open
    index.refresh()
    assert index.contents() == {2: frozenset({2}), 3: frozenset({3})}


def test_a_rebuild_with_another_vocabulary_makes_open_readers_stale(
    folder: Path, engine: str
) -> None:
    index = open_index(folder, engine, EMPTY)
    rebuild(folder, engine, Vocabulary(terms=frozenset({"候补购票"})), [REFUND])
    with pytest.raises(IndexStale):
        index.refresh()


def test_a_rebuild_that_fails_leaves_the_old_generation(folder: Path, engine: str) -> None:
    index = open_index(folder, engine, EMPTY)
    put(index, REFUND)

    def failing() -> Iterator[Document]:
        yield CHANGE
        raise RuntimeError("broken off")

    with pytest.raises(RuntimeError):
        rebuild(folder, engine, EMPTY, failing())
    assert open_index(folder, engine, EMPTY).contents() == {1: frozenset({1})}


def test_old_generations_are_cleared_away(folder: Path, engine: str) -> None:
    for _ in range(4):
        rebuild(folder, engine, EMPTY, [REFUND])
    assert len(list(folder.glob("g-*"))) <= 2


def test_terms_of_the_vocabulary_are_found_whole(tmp_path: Path, engine: str) -> None:
    vocabulary = Vocabulary(terms=frozenset({"12306 App"}))
    app = Document(1, 1, "app", "在12306 App上退票", "打开12306 App。")
    rebuild(tmp_path, engine, vocabulary, [app, REFUND])
    index = open_index(tmp_path, engine, vocabulary)
    found = index.search(parse("12306app", vocabulary), Scope(), 10)
    assert [c.id for c in found.candidates][:1] == [1]
    assert "12306 app" in found.rarity


@pytest.mark.parametrize("damage", ["cut", "flip", "gone"])
def test_a_damaged_generation_is_stale_and_never_answers(
    folder: Path, engine: str, damage: str
) -> None:
    """Whatever file is damaged: the index refuses, or answers as if nothing had happened."""
    index = open_index(folder, engine, EMPTY)
    put(index, REFUND, CHANGE, PETS)
    put(index, Document(9, 1, "refund", "退票手续费", "新的正文"))
    index.close()
    generation = folder / generations.read(folder).generation
    refused = 0
    for file in sorted(p for p in generation.iterdir() if p.is_file() and p.stat().st_size):
        content = file.read_bytes()
        ruin(file, content, damage)
        try:
            found = open_index(folder, engine, EMPTY)
            assert ids(found, "退票手续费")[:1] == [9], file.name
            assert found.contents() == {1: frozenset({9}), 2: frozenset({2}), 3: frozenset({3})}
        except IndexStale:
            refused += 1
        put_in_place(file, content)
    assert refused


def ruin(file: Path, content: bytes, damage: str) -> None:
    middle = len(content) // 2
    if damage == "gone":
        file.unlink()
    elif damage == "cut":
        put_in_place(file, content[:middle])
    else:
        flipped = bytes([content[middle] ^ 0x20])
        put_in_place(file, content[:middle] + flipped + content[middle + 1 :])


def put_in_place(file: Path, content: bytes) -> None:
    """Another file of that name: an engine may have the old one mapped into memory."""
    fresh = file.with_name(f"{file.name}.fresh")
    fresh.write_bytes(content)
    os.replace(fresh, file)


def test_a_damaged_pointer_is_stale(folder: Path, engine: str) -> None:
    (folder / "current").write_text("{", encoding="utf-8")
    with pytest.raises(IndexStale):
        open_index(folder, engine, EMPTY)


def test_an_unknown_engine_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UnknownEngine, match="elastic"):
        open_index(tmp_path, "elastic:", EMPTY)


def test_auto_takes_the_fast_engine_when_it_is_installed(tmp_path: Path) -> None:
    rebuild(tmp_path, "auto", EMPTY, [])
    assert open_index(tmp_path, "auto", EMPTY).name == "tantivy"
