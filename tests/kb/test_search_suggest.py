"""Suggestions as one types."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from kb.index import Document, Scope
from kb.suggest import Suggestions
from kb.vocabulary import Vocabulary

REFUND = Document(1, 1, "refund", "退票手续费怎么收", "", ("退一张票扣多少钱", "手续费几个点"))
CHANGE = Document(2, 2, "change", "改簽的辦理範圍", "", ("换一趟车怎么办理",))
SECRET = Document(3, 3, "secret", "退票费减免审批", "", audiences=frozenset({"班长"}))
FUTURE = Document(4, 4, "future", "退票新规", "", starts=2000.0)
BANK = Document(5, 5, "bank", "银行卡退款", "")
OFFERED = Suggestions.of(
    [REFUND, CHANGE, SECRET, FUTURE, BANK],
    Vocabulary(terms=frozenset({"手续费", "无人知道"})),
    asked={"退票要多少钱": {1}, "减免怎么批": {3}, "没有结果的问题": set()},
)
EVERYONE = Scope(audiences=frozenset(), at=1000.0)


def texts(typed: str, scope: Scope = EVERYONE, shut: Sequence[int] = ()) -> list[str]:
    found = OFFERED.find(typed, scope, readable=lambda ids: set(ids) - set(shut))
    return [suggestion.text for suggestion in found]


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("退票", "退票手续费怎么收"), ("退", "退一张票扣多少钱"),
        ("tuip", "退票手续费怎么收"), ("tp", "退票手续费怎么收"),
        ("TUIPIAO", "退票手续费怎么收"), ("tui piao", "退票手续费怎么收"),
        ("退piao", "退票手续费怎么收"), ("tuip手", "退票手续费怎么收"),
        ("tpsxf", "退票手续费怎么收"), ("改签", "改簽的辦理範圍"),
        ("改簽", "改簽的辦理範圍"), ("gq", "改簽的辦理範圍"),
        ("一趟车", "换一趟车怎么办理"), ("yinhang", "银行卡退款"),
        ("yinxing", "银行卡退款"), ("yhk", "银行卡退款"),
        ("手续", "手续费"), ("多少钱", "退票要多少钱"), ("sxf", "手续费"),
    ],
)  # fmt: skip
def test_what_begins_or_sounds_as_typed_is_offered(typed: str, text: str) -> None:
    assert text in texts(typed)


def test_titles_come_before_other_ways_to_ask() -> None:
    assert texts("退").index("退票手续费怎么收") < texts("退").index("退一张票扣多少钱")


@pytest.mark.parametrize("typed", ["退票", "tp", "减免", "审批", "tpfjm"])
def test_what_one_may_not_read_is_never_offered(typed: str) -> None:
    assert not [text for text in texts(typed) if "减免" in text]
    assert [t for t in texts(typed, Scope(audiences=frozenset({"班长"}))) if "减免" in t]


def test_what_is_not_in_force_is_not_offered() -> None:
    assert "退票新规" not in texts("退票")
    assert "退票新规" in texts("退票", Scope(at=2000.0))


def test_the_gate_has_the_last_word() -> None:
    assert "退票手续费怎么收" not in texts("退票", shut=[1])
    assert "退票要多少钱" not in texts("退票", shut=[1])


@pytest.mark.parametrize("typed", ["", " ", "无人", "没有结果", "xyz", "，"])
def test_what_leads_nowhere_is_not_offered(typed: str) -> None:
    assert texts(typed) == []


def test_a_text_is_offered_once_and_names_its_article() -> None:
    found = OFFERED.find("退票", EVERYONE, readable=lambda ids: set(ids))
    assert len({s.text for s in found}) == len(found)
    assert next(s for s in found if s.sort == "title").key == "refund"
