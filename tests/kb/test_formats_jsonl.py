"""JSON Lines: a bad line is named, the others continue."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from kb.formats import Context, Item, export_jsonl, jsonl, read_paths
from kb.formats.jsonl import MAX_LINE
from kb.records import Fault, Record

GOOD = {"key": "refund", "title": "退票", "body": "开车前可以退票。"}


def lines(folder: Path, *entries: object) -> list[Item]:
    """Read a file of these lines: bytes and text as they are, anything else as JSON."""
    path = folder / "知识.jsonl"
    raw = [
        entry if isinstance(entry, bytes) else entry.encode()
        for entry in (
            each if isinstance(each, str | bytes) else json.dumps(each, ensure_ascii=False)
            for each in entries
        )
    ]
    path.write_bytes(b"\n".join(raw))
    return list(jsonl.read(path, Context.of(path)))


def only_fault(items: list[Item]) -> Fault:
    [item] = items
    assert isinstance(item, Fault)
    return item


def test_a_line_with_every_field_becomes_a_record(tmp_path: Path) -> None:
    entry = {
        **GOOD,
        "kind": "notice",
        "category": "票务/退票",
        "tags": ["退票", "手续费"],
        "questions": ["怎么退票？"],
        "audiences": ["座席"],
        "effective_from": "2026-11-21T00:00:00+08:00",
        "effective_to": "2027-01-01T00:00:00Z",
        "must_sign": True,
        "依据": {"文号": "铁客〔2026〕7号", "条": [1, 2.5, None]},
    }
    beijing = timezone(timedelta(hours=8))
    assert lines(tmp_path, entry) == [
        Record(
            "refund",
            "退票",
            "开车前可以退票。",
            "notice",
            "票务/退票",
            ("退票", "手续费"),
            ("怎么退票？",),
            ("座席",),
            datetime(2026, 11, 21, tzinfo=beijing),
            datetime(2027, 1, 1, 8, tzinfo=beijing),
            True,
            {"依据": {"文号": "铁客〔2026〕7号", "条": [1, 2.5, None]}},
        )
    ]


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ("{", "不是完整的 JSON"),
        (b"\xcd\xcb\xc6\xb1", "不是 UTF-8"),
        ("[1]", "应为一个 JSON 对象"),
        ('{"key": "a", "key": "b"}', "“key”在同一个对象里出现了两次"),
        ('{"key": NaN}', "NaN 不是 JSON 的数值"),
        ('{"key": ' + "[" * 100_000 + "]" * 100_000 + "}", "嵌套太深"),
        ('{"n": ' + "9" * 5000 + "}", "数字太长"),
        ({"title": "退票", "body": "正文"}, "编号（key）没有填写"),
        ({"key": "a", "body": "正文"}, "标题（title）没有填写"),
        ({"key": "a", "title": "退票"}, "正文（body）没有填写"),
        ({**GOOD, "title": "  "}, "标题（title）没有填写"),
        ({**GOOD, "body": "\n"}, "正文（body）没有填写"),
        ({**GOOD, "key": 7}, "编号（key）应为文字"),
        ({**GOOD, "title": ["退票"]}, "标题（title）应为文字"),
        ({**GOOD, "tags": "退票"}, "标签（tags）应为文字的列表"),
        ({**GOOD, "questions": [1]}, "相似问（questions）应为文字"),
        ({**GOOD, "must_sign": "是"}, "需签收（must_sign）应为 true 或 false"),
        ({**GOOD, "kind": "rule"}, "没有“rule”这种类型"),
        ({**GOOD, "effective_from": "2026-11-21T00:00:00"}, "没有时区"),
        ({**GOOD, "effective_from": "明天"}, "“明天”不是时间"),
        ({**GOOD, "effective_from": 20261121}, "生效时间（effective_from）应为文字"),
        ({**GOOD, "effective_to": "9999-12-31T23:59:59-08:00"}, "超出了能保存的年份"),
        (
            {
                **GOOD,
                "effective_from": "2026-11-21T00:00:00+08:00",
                "effective_to": "2026-11-20T23:59:59+08:00",
            },
            "失效时间要晚于生效时间",
        ),
        ({**GOOD, "key": "票务/退票"}, "斜杠"),
        ({**GOOD, "key": "a\\b"}, "斜杠"),
        ({**GOOD, "key": ".."}, "只有点"),
        ({**GOOD, "key": "a\tb"}, "控制字符"),
        ({**GOOD, "key": "退" * 201}, "最长 200 个字"),
        ({**GOOD, "title": "退" * 301}, "标题最长300个字"),
        ({**GOOD, "body": "退\0票"}, "正文（body）含有 NUL 字符"),
        ({**GOOD, "依据": ["\0"]}, "自定义字段含有 NUL 字符"),
        ('{"key": "a", "title": "\\ud83d", "body": "x"}', "不成对的代理字符"),
        ('{"key": "a", "title": "t", "body": "b", "n": 1e999}', "无穷大"),
    ],
)
def test_a_bad_line_is_a_fault_that_says_what_is_wrong(
    tmp_path: Path, entry: object, sentence: str
) -> None:
    fault = only_fault(lines(tmp_path, entry))
    assert sentence in fault.message
    assert fault.message.endswith("。")
    assert (fault.path, fault.line) == (str(tmp_path / "知识.jsonl"), 1)


def test_a_fault_can_be_printed_whatever_it_quotes(tmp_path: Path) -> None:
    fault = only_fault(lines(tmp_path, '{"\\ud83d": 1, "\\ud83d": 2}'))
    assert fault.message.encode("utf-8")
    fault = only_fault(lines(tmp_path, {**GOOD, "kind": "长" * 10_000}))
    assert len(fault.message) == 500


def test_one_fault_names_every_reason_of_its_line(tmp_path: Path) -> None:
    message = only_fault(lines(tmp_path, {"key": "a", "tags": "b"})).message
    assert [part in message for part in ("title", "body", "tags")] == [True] * 3


def test_bad_lines_stop_no_others(tmp_path: Path) -> None:
    items = lines(tmp_path, GOOD, "", "{", {**GOOD, "key": "change"}, "   ", GOOD)
    assert [i.key if isinstance(i, Record) else i.line for i in items] == [
        "refund",
        3,
        "change",
        6,
    ]


def test_a_key_that_comes_twice_names_the_first_place(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(GOOD), "utf-8")
    (tmp_path / "b.jsonl").write_text("\n" + json.dumps(GOOD), "utf-8")
    first, second = read_paths([tmp_path])
    assert isinstance(first, Record)
    assert isinstance(second, Fault)
    assert second.line == 2
    assert f"和 {tmp_path / 'a.jsonl'} 第 1 行 的文章重复" in second.message


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    [item] = lines(tmp_path, b"\xef\xbb\xbf" + json.dumps(GOOD).encode())
    assert isinstance(item, Record)


def test_a_utf16_file_is_one_fault(tmp_path: Path) -> None:
    fault = only_fault(lines(tmp_path, json.dumps(GOOD).encode("utf-16")))
    assert "UTF-16" in fault.message


@pytest.mark.parametrize("content", ["", "\n\n  \n"])
def test_an_empty_file_is_a_fault(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.jsonl").write_text(content)
    fault = only_fault(list(read_paths([tmp_path])))
    assert fault.line is None


def test_a_line_without_end_is_skipped_and_the_next_one_read(tmp_path: Path) -> None:
    items = lines(tmp_path, b" " * (2 * MAX_LINE), GOOD)
    assert isinstance(items[0], Fault)
    assert "超过 8 MiB" in items[0].message
    assert isinstance(items[1], Record)


def test_reading_is_a_stream(tmp_path: Path) -> None:
    """The first articles are there before the last are on the disk."""
    path = tmp_path / "a.jsonl"
    with path.open("w") as file:
        file.writelines(json.dumps({**GOOD, "key": f"k{n}"}) + "\n" for n in range(2000))
    items = read_paths([path])
    assert isinstance(next(items), Record)
    with path.open("a") as file:
        file.write("{")
    *_, last = items
    assert isinstance(last, Fault)
    assert last.line == 2001


def test_full_width_digits_in_times_are_understood(tmp_path: Path) -> None:
    [item] = lines(tmp_path, {**GOOD, "effective_from": "２０２６-１１-２１T０８：００+08:00"})
    assert isinstance(item, Record)
    assert item.effective_from == datetime(2026, 11, 21, 8, tzinfo=timezone(timedelta(hours=8)))


def test_null_counts_as_absent(tmp_path: Path) -> None:
    [item] = lines(tmp_path, {**GOOD, "kind": None, "tags": None, "category": None})
    assert item == Record("refund", "退票", "开车前可以退票。")


def test_the_category_of_the_import_holds_where_none_is_given(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    entries = [{**GOOD, "key": "a"}, {**GOOD, "key": "b", "category": "行李"}]
    path.write_text("\n".join(map(json.dumps, entries)), "utf-8")
    found = [item.category for item in read_paths([path], "票务") if isinstance(item, Record)]
    assert found == ["票务", "行李"]


def test_an_export_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    export_jsonl([Record("old", "旧", "旧")], path)

    def failing() -> Iterator[Record]:
        yield Record("new", "新", "新")
        raise RuntimeError("broken off")

    with pytest.raises(RuntimeError):
        export_jsonl(failing(), path)
    [item] = read_paths([path])
    assert isinstance(item, Record)
    assert item.key == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.jsonl"]


def test_an_exported_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    plain, exported = tmp_path / "plain", tmp_path / "a.jsonl"
    plain.touch()
    export_jsonl([], exported)
    assert stat.S_IMODE(exported.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)
