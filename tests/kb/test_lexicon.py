"""Synonyms, terms and pins: what editors may keep, and when it acts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb import articles, lexicon
from kb.articles import Edit
from kb.errors import InvalidContent, NotFound
from kb.gate import Viewer
from kb.library import Library
from kb.records import Record
from tests.world import NOW

from . import crowd
from .crowd import put

EDIT = Edit(None, NOW)
FEE = Record("fee", "退票费怎么收", "开车前8天以上退票，不收退票费。\n")
CHANGE = Record("change", "改签怎么办", "开车前可以改签一次。\n")
LEADER = Record("leader", "班长处理办法", "只给班长看的处理办法。\n", audiences=("班长",))


@pytest.fixture
def library(empty_url: str, home: Path) -> Iterator[Library]:
    with crowd.opened(home, "memory:", empty_url) as opened:
        opened.vocabulary = None
        put(opened, FEE, CHANGE, LEADER)
        opened.sync()
        yield opened


def keys(library: Library, question: str, viewer: Viewer = Viewer()) -> list[str]:
    library.look_at_lexicon()
    return [hit.key for hit in library.search(question, viewer=viewer).hits]


@pytest.mark.parametrize(
    "line",
    ["退款=退费", "退款＝退费", "退款、退费", "退款，退费", "退款\t退费", " 退款 = 退费 = 退款 "],
)
def test_every_usual_separator_parts_the_words_of_a_group(line: str) -> None:
    assert lexicon.parse_words(line) == ("退款", "退费")


def test_a_synonym_acts_at_the_next_search_and_is_said(library: Library) -> None:
    assert "fee" not in keys(library, "撤单")
    with library.writing() as session:
        lexicon.put_group(session, ["撤单", "退票"], NOW)
    assert keys(library, "撤单")[0] == "fee"
    assert "已包含：撤单 = 退票" in [n.sentence for n in library.search("撤单").notes]


def test_a_removed_synonym_acts_no_more(library: Library) -> None:
    with library.writing() as session:
        group = lexicon.put_group(session, ["撤单", "退票"], NOW)
    assert keys(library, "撤单")
    with library.writing() as session:
        lexicon.remove_group(session, group.id)
    assert not keys(library, "撤单")


def test_a_word_belongs_to_one_group_in_whatever_script(library: Library) -> None:
    with library.writing() as session:
        lexicon.put_group(session, ["退款", "退费"], NOW)
        with pytest.raises(InvalidContent, match="另一组"):
            lexicon.put_group(session, ["退費", "返钱"], NOW)


@pytest.mark.parametrize(
    "words", [[], ["退款"], ["退款", "退款"], ["後", "后"], ["退款", "长" * 41]]
)
def test_a_group_needs_two_different_words_of_a_sensible_length(
    library: Library, words: list[str]
) -> None:
    with library.writing() as session, pytest.raises(InvalidContent):
        lexicon.put_group(session, words, NOW)


def test_a_pinned_article_comes_first_for_exactly_that_question(library: Library) -> None:
    with library.writing() as session:
        lexicon.put_pin(session, "退票 费", articles.get(session, "change"), NOW)
    assert keys(library, "退票费？")[0] == "change"
    assert keys(library, "退票费怎么收")[0] == "fee"


def test_a_pin_shows_nobody_what_the_gate_holds_back(library: Library) -> None:
    with library.writing() as session:
        lexicon.put_pin(session, "退票费", articles.get(session, "leader"), NOW)
    assert "leader" not in keys(library, "退票费")
    assert keys(library, "退票费", Viewer(frozenset({"班长"})))[0] == "leader"
    with library.writing() as session:
        articles.retire(session, articles.get(session, "leader"), EDIT)
    assert "leader" not in keys(library, "退票费", Viewer(frozenset({"班长"})))


def test_a_second_pin_for_a_question_takes_the_place_of_the_first(library: Library) -> None:
    with library.writing() as session:
        lexicon.put_pin(session, "退票费", articles.get(session, "change"), NOW)
        lexicon.put_pin(session, "退票費?", articles.get(session, "fee"), NOW)
        assert list(lexicon.load(session).pins.values()) == [articles.get(session, "fee").id]


def test_a_new_term_waits_for_the_index_and_no_search_fails_meanwhile(library: Library) -> None:
    before = library.index.fingerprint
    with library.writing() as session:
        assert lexicon.add_term(session, "退票费怎么", NOW)
        assert lexicon.add_term(session, "退票費怎麼", NOW) is None
    assert keys(library, "退票费怎么收")[0] == "fee"
    assert library.index.fingerprint == before
    library.rebuild()
    assert keys(library, "退票费怎么收")[0] == "fee"
    assert library.index.fingerprint != before


def test_what_is_not_there_cannot_be_removed(library: Library) -> None:
    with library.writing() as session:
        for remove in (lexicon.remove_group, lexicon.remove_term, lexicon.remove_pin):
            with pytest.raises(NotFound):
                remove(session, 9)
