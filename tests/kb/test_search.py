"""One search, from what was typed to what a person sees."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from kb.explain import explain
from kb.index import ENGINES, Document, Index, Scope, open_index, rebuild
from kb.search import Results, search
from kb.vocabulary import EMPTY, Vocabulary

REFUND = Document(
    1, 1, "refund", "退票手续费怎么收",
    "## 标准\n开车前8天（含）以上退票，**不收**手续费。\n不足8天的按票价5%收取。",
    ("退一张票扣多少钱",), ("退款",), "faq", "票务/退票",
)  # fmt: skip
CHANGE = Document(
    2, 2, "change", "改签的办理范围", "开车前48小时以上，可改签预售期内的其他列车。",
    ("换一趟车怎么办理",), (), "regulation", "票务/改签",
)  # fmt: skip
PETS = Document(
    3, 3, "pets", "寵物託運", "寵物可以辦理託運，手續費另計。", (), (), "notice", "行李"
)
WAIT = Document(
    4,
    4,
    "wait",
    "候补购票",
    "没有余票时可以提交候补订单。",
    ("没票了怎么排队等票",),
    (),
    "faq",
    "票务",
)
SECRET = Document(
    5, 5, "secret", "退票费减免审批", "班长可以审批退票费减免。", audiences=frozenset({"班长"})
)
NEWER = Document(6, 6, "newer", "车站寄存", "车站可以寄存行李。", published=2000.0)
OLDER = Document(7, 7, "older", "车站寄存", "车站可以寄存行李。", published=1000.0)
ALL = {d.id: d for d in (REFUND, CHANGE, PETS, WAIT, SECRET, NEWER, OLDER)}


@pytest.fixture(scope="module", params=sorted(ENGINES))
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder = tmp_path_factory.mktemp("search")
    rebuild(folder, request.param, EMPTY, ALL.values())
    return open_index(folder, request.param, EMPTY)


class Gate:
    """Lets everything through but what is shut, and remembers what it was asked."""

    def __init__(self, shut: Collection[int] = ()) -> None:
        self.shut = frozenset(shut)
        self.asked: list[int] = []

    def __call__(self, ids: Sequence[int]) -> dict[int, Document]:
        self.asked += ids
        return {id: ALL[id] for id in ids if id not in self.shut}


def find(index: Index, text: str, scope: Scope = Scope(), **options: object) -> Results:
    return search(index, text, scope, **{"fetch": Gate(), **options})  # type: ignore[arg-type]


def keys(results: Results) -> list[str]:
    return [hit.key for hit in results.hits]


def notes(results: Results) -> dict[str, str]:
    return {note.kind: note.sentence for note in results.notes}


def test_a_hit_has_all_that_the_contract_names(index: Index) -> None:
    found = find(index, "退票手续费").as_dict()
    assert found.keys() == {"query", "took_ms", "total", "notes", "hits"}
    hit = found["hits"][0]
    assert hit.keys() >= {
        "key",
        "title",
        "kind",
        "category",
        "revision",
        "score",
        "snippet",
        "answer",
    }
    assert (hit["key"], hit["kind"], hit["category"], hit["revision"]) == (
        "refund",
        "faq",
        "票务/退票",
        1,
    )


def test_the_snippet_marks_what_was_asked_and_hides_markup(index: Index) -> None:
    pieces = find(index, "退票不收手续费").hits[0].snippet
    assert {piece.text for piece in pieces if piece.hit} == {"退票", "不收手续费"}
    assert not set("*#") & set("".join(piece.text for piece in pieces))


def test_the_snippet_is_the_text_as_written(index: Index) -> None:
    """Asked in simplified characters, shown in traditional ones."""
    hit = find(index, "宠物托运").hits[0]
    assert hit.key == "pets"
    assert any("託運" in piece.text and piece.hit for piece in hit.snippet)


def test_what_the_gate_refuses_is_not_shown_and_not_counted(index: Index) -> None:
    open_, shut = find(index, "退票"), find(index, "退票", fetch=Gate(shut={1}))
    assert "refund" in keys(open_)
    assert "refund" not in keys(shut)
    assert shut.total == open_.total - 1


def test_more_is_asked_for_until_the_limit_is_filled(tmp_path: Path) -> None:
    documents = {n: Document(n, n, f"k{n}", "退票规定", "退票规定") for n in range(200)}
    rebuild(tmp_path, "memory", EMPTY, documents.values())
    many = open_index(tmp_path, "memory", EMPTY)
    found = search(
        many,
        "退票",
        Scope(),
        limit=10,
        fetch=lambda ids: {i: documents[i] for i in ids if i >= 150},
    )
    assert len(found.hits) == 10


def test_the_scope_is_asked_of_the_index(index: Index) -> None:
    gate = Gate()
    found = find(index, "退票费减免", Scope(audiences=frozenset()), fetch=gate)
    assert "secret" not in keys(found)
    assert 5 not in gate.asked


def test_filters_in_the_text_narrow_and_never_widen(index: Index) -> None:
    assert keys(find(index, "手续费 类型:公告")) == ["pets"]
    assert keys(find(index, "分类:改签")) == ["change"]
    assert set(keys(find(index, "分类:票务"))) == {"refund", "change", "wait"}
    assert keys(find(index, "标签:退款")) == ["refund"]
    assert keys(find(index, "手续费 类型:公告", Scope(kinds=frozenset({"faq"})))) == []


def test_an_excluded_word_excludes_wherever_it_stands(index: Index) -> None:
    assert "pets" in keys(find(index, "手续费"))
    assert "refund" in keys(find(index, "手续费 -宠物"))
    assert "pets" not in keys(find(index, "手续费 -宠物"))
    assert "wait" not in keys(find(index, "票 -排队等票"))


def test_a_phrase_that_is_nowhere_is_searched_as_words_and_says_so(index: Index) -> None:
    found = find(index, '"手续费退票"')
    assert keys(found)[0] == "refund"
    assert "手续费退票" in notes(found)["phrase"]


def test_synonyms_are_named(index: Index) -> None:
    vocabulary = Vocabulary(synonyms=(frozenset({"毛孩子", "宠物"}),))
    found = find(index, "毛孩子", vocabulary=vocabulary)
    assert keys(found)[:1] == ["pets"]
    assert notes(found)["synonym"] == "已包含：毛孩子 = 宠物"


def test_words_of_the_telephone_are_named(index: Index) -> None:
    assert "扣钱→手续费" in notes(find(index, "要不要扣钱"))["spoken"]


@pytest.mark.parametrize(
    ("typed", "read"),
    [("houbu", "候补"), ("hb", "候补"), ("tuipiao", "退票"), ("tp", "退票"), ("gqian", "改签")],
)
def test_letters_are_read_as_pinyin_and_named(index: Index, typed: str, read: str) -> None:
    found = find(index, typed)
    assert read in found.hits[0].title
    assert notes(found)["pinyin"] == f"“{typed}”已按“{read}”搜索"


def test_a_slip_is_repaired_and_named_with_the_way_back(index: Index) -> None:
    found = find(index, "候布")
    assert keys(found)[:1] == ["wait"]
    assert notes(found)["repair"] == "已按“候补”搜索（您输入的是“候布”）"
    literal = find(index, "候布", literal=True)
    assert "repair" not in notes(literal)


def test_a_word_that_only_a_hidden_text_has_is_not_named(index: Index) -> None:
    assert "候补" in notes(find(index, "候布"))["repair"]
    assert "repair" not in notes(find(index, "候布", fetch=Gate(shut=[WAIT.id])))


def test_characters_that_changed_places_are_repaired(index: Index) -> None:
    assert "手续费" in notes(find(index, "手费续"))["repair"]


def test_what_is_well_answered_is_not_repaired(index: Index) -> None:
    assert "repair" not in notes(find(index, "退票手续费怎么收"))


def test_the_very_title_comes_first(index: Index) -> None:
    assert keys(find(index, "候补购票"))[0] == "wait"
    assert keys(find(index, "换一趟车怎么办理"))[0] == "change"


def test_between_equals_the_newer_comes_first(index: Index) -> None:
    assert keys(find(index, "车站寄存"))[:2] == ["newer", "older"]


def test_a_pinned_article_comes_first_where_it_may_be_shown(index: Index) -> None:
    assert keys(find(index, "退票手续费", pinned=CHANGE))[0] == "change"
    narrowed = find(index, "退票手续费", Scope(kinds=frozenset({"faq"})), pinned=CHANGE)
    assert "change" not in keys(narrowed)


def test_nothing_typed_finds_everything_in_scope(index: Index) -> None:
    assert find(index, "").total == len(ALL)


def test_what_nobody_wrote_finds_nothing(index: Index) -> None:
    found = find(index, "扑克")
    assert (found.total, found.hits) == (0, ())


# Why this rank?


def test_the_parts_of_a_score_add_up_and_are_in_words(index: Index) -> None:
    told = explain(index, "退票手续费怎么收", REFUND, Scope(), fetch=Gate())
    assert told.place == 1
    assert sum(part.value for part in told.parts) == pytest.approx(told.score)
    assert told.sentence.startswith("排在第1位")
    assert "标题里有" in told.sentence
    assert "完全一致" in told.sentence


@pytest.mark.parametrize(
    ("text", "scope", "reason"),
    [("扑克", Scope(), "没有一个词"), ("退票", Scope(kinds=frozenset({"notice"})), "不在所选范围")],
)
def test_an_article_that_is_not_found_has_a_reason(
    index: Index, text: str, scope: Scope, reason: str
) -> None:
    told = explain(index, text, REFUND, scope, fetch=Gate())
    assert told.place is None
    assert reason in told.sentence


def test_all_engines_agree(tmp_path: Path) -> None:
    """The same hits in the same order with the same scores."""
    found = {}
    for engine in sorted(ENGINES):
        folder = tmp_path / engine
        rebuild(folder, engine, EMPTY, ALL.values())
        opened = open_index(folder, engine, EMPTY)
        found[engine] = [
            [(hit.key, round(hit.score, 3)) for hit in find(opened, text).hits]
            for text in ("退票手续费", "车站", "开车前", "houbu", "票", "宠物托运要钱吗", "")
        ]
    assert found["memory"] == found["whoosh"] == found["tantivy"]
