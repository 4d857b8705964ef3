"""Markdown files: what the front matter says, and what is made up for when it is silent."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path

import pytest

from kb.formats import export_folder, read_paths
from kb.formats.md import dumps, heading_as_title
from kb.records import Fault, Record

FULL = """---
key: refund
title: "退票：怎么退、退多少"
kind: 公告
category: 票务/退票
tags: [退票, 12306]
questions:
  - 车票怎么退？
  - '退票: 要钱吗'
audiences: 座席、质检组
effective_from: 2026-11-21T00:00:00+08:00
must_sign: 是
文号: 007
发布: 2026-11-20
页数: 12
---

正文第一段。
"""


def record(folder: Path, text: str | bytes, name: str = "票务/退票 规定.md") -> Record:
    item = only(folder, text, name)
    assert isinstance(item, Record)
    return item


def fault(folder: Path, text: str | bytes) -> Fault:
    item = only(folder, text, "a.md")
    assert isinstance(item, Fault)
    return item


def only(folder: Path, text: str | bytes, name: str) -> Record | Fault:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    [item] = read_paths([folder])
    return item


def test_every_field_can_stand_in_the_front_matter(tmp_path: Path) -> None:
    assert record(tmp_path, FULL) == Record(
        "refund",
        "退票：怎么退、退多少",
        "正文第一段。",
        "notice",
        "票务/退票",
        ("退票", "12306"),
        ("车票怎么退？", "退票: 要钱吗"),
        ("座席", "质检组"),
        datetime(2026, 11, 21, tzinfo=timezone(timedelta(hours=8))),
        None,
        True,
        {"文号": "007", "发布": "2026-11-20", "页数": 12},
    )


def test_without_front_matter_key_and_category_come_from_the_path(tmp_path: Path) -> None:
    found = record(tmp_path, "# 退票规定\n\n开车前可退。\n")
    assert found == Record("票务-退票-规定", "退票规定", "开车前可退。", category="票务")


def test_the_key_from_a_path_is_the_same_at_the_next_import(tmp_path: Path) -> None:
    first = record(tmp_path, "旧文")
    assert record(tmp_path, "新文").key == first.key


def test_a_stated_category_beats_the_folder_even_when_empty(tmp_path: Path) -> None:
    assert record(tmp_path, "---\ncategory: 行李\n---\n文").category == "行李"
    assert record(tmp_path, "---\ncategory: ''\n---\n文").category == ""


@pytest.mark.parametrize("value", ["1:30", "yes", "0x1F", "2026-11-21", "1e5", "1_000", "NO"])
def test_titles_that_yaml_would_take_for_something_else_stay_text(
    tmp_path: Path, value: str
) -> None:
    found = record(tmp_path, f"---\ntitle: {value}\n编码: {value}\n---\n文")
    assert (found.title, found.data["编码"]) == (value, value)


def test_a_heading_that_comes_later_names_the_article_and_stays(tmp_path: Path) -> None:
    found = record(tmp_path, "导语。\n\n## 退票\n\n正文")
    assert (found.title, found.body) == ("退票", "导语。\n\n## 退票\n\n正文")


def test_a_stated_title_leaves_the_heading_in_the_body(tmp_path: Path) -> None:
    assert record(tmp_path, "---\ntitle: 甲\n---\n# 乙\n文").body == "# 乙\n文"


@pytest.mark.parametrize(
    ("line", "title"), [("# 退票 ##", "退票"), ("#退票", ""), ("# ##", ""), ("### C#", "C#")]
)
def test_a_heading_is_what_markdown_says(line: str, title: str) -> None:
    assert heading_as_title(f"{line}\n文")[0] == title


def test_headings_in_code_are_no_titles() -> None:
    assert heading_as_title("```\n# 注释\n```\n文") == ("", "```\n# 注释\n```\n文")


def test_without_any_heading_the_file_name_is_the_title(tmp_path: Path) -> None:
    assert record(tmp_path, "只有正文").title == "退票 规定"


@pytest.mark.parametrize(
    "body",
    ["---\n假: 的\n---\n文", "\n\n前有空行", "后有空行\n\n", "---", "...", "# 题\n\n文", "\t"],
)
def test_bodies_come_back_as_they_were(body: str) -> None:
    body = body if body.strip() else f"{body}文"
    text = dumps(Record("k", "题", body))
    assert text.startswith("---\nkey: k\n")
    assert text.endswith(f"---\n\n{body}\n")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_the_encodings_of_offices_are_read(tmp_path: Path, encoding: str) -> None:
    assert record(tmp_path, FULL.encode(encoding)).title == "退票：怎么退、退多少"


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("---\ntitle: 退票\n", 1, "没有对应的结束行"),
        ("---\ntitle: a: b\n---\n文", 2, "请用引号括起来"),
        ("---\n\ttitle: a\n---\n文", 2, "字段写得不对"),
        ("---\n只是一句话\n---\n文", 2, "应为“字段: 值”"),
        ("---\ntitle: a\ntitle: b\n---\n文", 3, "“title”出现了两次"),
        ("---\nkey: a\nbody: b\n---\n文", 3, "正文写在两行 --- 之后"),
        ("---\na: &x [1]\nb: *x\n---\n文", 3, "引用"),
        ("---\na: !!python/object:os.system x\n---\n文", 2, "字段写得不对"),
        ("---\na: !!binary aGk=\n---\n文", None, "JSON 没有的类型"),
        ("---\na: " + "[" * 2000 + "]" * 2000 + "\n---\n文", None, "嵌套太深"),
        ("---\nkind: 规章制度\n---\n文", None, "没有“规章制度”这种类型"),
        ("---\neffective_from: 2026-11-21\n---\n文", None, "没有时区"),
        ("---\nmust_sign: 也许\n---\n文", None, "应为 true 或 false"),
        ("---\ntags: {a: b}\n---\n文", None, "标签（tags）应为文字"),
        ("---\ntitle: [a]\n---\n文", None, "标题（title）应为文字"),
        ("---\na: \x07\n---\n文", None, "控制字符"),
        ("---\ntitle: 退票\n---\n", None, "正文（body）没有填写"),
        ("# 只有标题\n", None, "正文（body）没有填写"),
        ("退\0票", None, "NUL"),
    ],
)
def test_a_bad_file_is_a_fault_with_the_line_where_it_is_known(
    tmp_path: Path, text: str, line: int | None, sentence: str
) -> None:
    found = fault(tmp_path, text)
    assert sentence in found.message
    assert found.line == line


def test_a_cut_down_alias_bomb_is_refused_at_once(tmp_path: Path) -> None:
    rows = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for before, name in pairwise("abcdefgh"):
        rows.append(f"{name}: &{name} [" + ", ".join([f"*{before}"] * 9) + "]")
    assert "引用" in fault(tmp_path, "---\n" + "\n".join(rows) + "\n---\n文").message


def test_an_exported_file_can_be_read_by_people(tmp_path: Path) -> None:
    export_folder(
        [
            Record(
                "refund",
                "退票: 要钱吗",
                "正文。",
                category="票务/退票",
                questions=("怎么退？", "- 退"),
                effective_from=datetime(2026, 11, 21, tzinfo=timezone(timedelta(hours=8))),
                data={"注": "一\n二"},
            )
        ],
        tmp_path / "out",
    )
    assert (tmp_path / "out/票务/退票/refund.md").read_text("utf-8") == (
        "---\n"
        "key: refund\n"
        "title: '退票: 要钱吗'\n"
        "kind: article\n"
        "category: 票务/退票\n"
        "questions:\n"
        "  - 怎么退？\n"
        "  - '- 退'\n"
        "effective_from: '2026-11-21T00:00:00+08:00'\n"
        '注: "一\\n二"\n'
        "---\n"
        "\n"
        "正文。\n"
    )
