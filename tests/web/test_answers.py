"""An answer as it is shown and copied."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from kb.markdown import row_pairs
from kb.records import Record
from tests.browsing import Client
from tests.world import World
from web.answers import said

ROW = "开车前24小时以上、不足48小时 | 票价的**10%**"
COLUMNS = ("退票时间", "退票费")


def test_a_table_row_is_read_with_its_columns() -> None:
    row = said(ROW, None, COLUMNS)
    assert row.text == "退票时间：开车前24小时以上、不足48小时；退票费：票价的10%"
    assert row.pairs[1] == ("退票费", "票价的10%")


@pytest.mark.parametrize(
    ("text", "columns", "pairs"),
    [
        ("甲 | | 丙", ("一", "二", "三"), [("一", "甲"), ("三", "丙")]),
        ("甲 | 乙", ("一",), [("一", "甲"), ("", "乙")]),
        ("甲", ("一", "二"), [("一", "甲")]),
        (r"甲\|乙 | 丙", (r"一\|1", "二"), [("一|1", "甲|乙"), ("二", "丙")]),
    ],
)
def test_odd_rows_lose_no_cell(
    text: str, columns: tuple[str, ...], pairs: list[tuple[str, str]]
) -> None:
    assert row_pairs(text, columns) == pairs


@given(st.lists(st.text("甲乙1%", min_size=1), min_size=1), st.integers(1, 5))
def test_every_cell_is_said_as_it_stands(cells: list[str], titles: int) -> None:
    columns = tuple(f"列{n}" for n in range(titles))
    assert [value for _, value in row_pairs(" | ".join(cells), columns)] == cells


@pytest.mark.parametrize(
    ("text", "condition", "shown"),
    [
        ("**未满14周岁**的，可以买儿童票。", "未满14周岁的", ""),
        ("因铁路责任停运的，全额退款。", "因铁路责任停运的，", ""),
        ("全额退款。", "因铁路责任停运的", "因铁路责任停运的"),
        ("开车前的，不收。", "开车前的；例外：团体票", "例外：团体票"),
        ("滿十四歲的，可以。", "满十四岁的", ""),
        ("可以。", None, ""),
    ],
)
def test_a_condition_is_not_said_twice(text: str, condition: str | None, shown: str) -> None:
    assert said(text, condition).condition == shown


def test_the_desk_shows_and_copies_a_row_as_pairs(
    as_person: Callable[[str], Client], world: World
) -> None:
    body = "| 班次 | 发车 |\n| --- | --- |\n| 摆渡车末班 | 二十三点 |\n"
    world.publish(Record("shuttle", "摆渡车几点开", body))
    agent = as_person("agent")
    shown = BeautifulSoup(agent.get("/desk?q=摆渡车末班几点").text, "lxml")
    hit = shown.select_one('.hit[data-key="shuttle"]')
    assert hit["data-answer"] == "班次：摆渡车末班；发车：二十三点"
    assert hit.select_one(".answer").get_text(strip=True) == hit["data-answer"]
    assert "|" not in shown.select_one("#results").get_text()
    opened = agent.get(hit.select_one("h2 a")["data-open"]).text
    beside = BeautifulSoup(opened, "lxml").select_one("article")
    assert beside["data-answer"] == hit["data-answer"]


def test_periods_of_the_asked_page_have_nothing_to_take_away(
    as_person: Callable[[str], Client],
) -> None:
    shown = BeautifulSoup(as_person("editor").get("/kb/asked").text, "lxml")
    chip = shown.select_one(".chip[aria-current]")
    assert chip.get_text(strip=True) == "近七天"
    assert not chip.select("svg")
