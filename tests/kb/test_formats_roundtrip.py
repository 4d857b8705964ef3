"""What is exported comes back without a difference, in every format that is written."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.errors import InvalidContent
from kb.formats import FORMATS, Context, Item, export_folder, export_jsonl, read_paths
from kb.formats.fields import LABELS, article, as_fields
from kb.formats.table import decode, disarm, encode, rearm
from kb.formats.typed import joined, split
from kb.records import KINDS, Record

CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
AWKWARD = st.sampled_from(
    [
        "---",
        "---\n标题: 假的\n---\n",
        "- 一条",
        "标题：含冒号: 和 # 井号",
        "“引号”与'单'\"双\"",
        "🚄👨‍👩‍👧 车票",
        "=1+1",
        "@SUM(A1)",
        "'=1",
        "''已有撇号",
        "+86 12306",
        "\t缩进",
        "# 标题\n\n正文",
        "```\n---\n```",
        "null",
        "true",
        "1:30",
        "007",
        "2026-11-21",
        "1e5",
        "[退票]",
        '["a", 1]',
        "_x000D_ 与 _x005F_",
        "\x0b\x1f\x85\u2028\ufeff",
        "甲；乙、丙|丁",
        "#N/A",
        "~",
        "? 问",
        "{a: b}",
        "&锚 *引用 !标签",
        " 首尾有空白 \n\n",
        "\ue000𠀀\U0010ffff",
    ]
)
TEXTS = st.one_of(AWKWARD, st.text(CHARACTERS, max_size=40), st.lists(AWKWARD).map("".join))
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-3.5))])
MOMENTS = st.datetimes(timezones=ZONES)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
KEYS = st.one_of(
    st.text("abAB退-._~$ 0", min_size=1, max_size=5), TEXTS.map(lambda text: text[:30])
)
NAMES = TEXTS.filter(lambda name: name not in LABELS)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """A record as reading would make it: what is normalised there is normalised here."""
    fields: dict[str, object] = {
        "key": draw(KEYS),
        "title": draw(TEXTS),
        "body": draw(TEXTS),
        "kind": draw(st.sampled_from(list(KINDS))),
        "category": draw(TEXTS.map(lambda text: text[:40])),
        "tags": draw(st.lists(TEXTS, max_size=3)),
        "questions": draw(st.lists(TEXTS, max_size=3)),
        "audiences": draw(st.lists(TEXTS, max_size=3)),
        "effective_from": draw(st.none() | MOMENTS),
        "effective_to": draw(st.none() | MOMENTS),
        "must_sign": draw(st.booleans()),
    }
    data = draw(st.dictionaries(NAMES, JSON, max_size=3))
    item = article({**data, **fields}, Context.of(Path("x.jsonl")))
    if not isinstance(item, Record):
        usable = {"key": "k", "title": "标题", "body": "正文", "tags": ["甲", "乙；丙"]}
        item = article({**data, **usable}, Context.of(Path("x.jsonl")))
    assert isinstance(item, Record)
    return item


def distinct(several: Iterable[Record]) -> list[Record]:
    return list({record.key: record for record in several}.values())


LIBRARIES = st.lists(records(), min_size=1, max_size=4).map(distinct)
PROPERTY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def by_key(items: Iterable[Item]) -> dict[str, Item]:
    return {item.key if isinstance(item, Record) else str(item): item for item in items}


@PROPERTY
@given(LIBRARIES)
def test_articles_written_as_json_lines_come_back_equal(library: list[Record]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "知识.jsonl"
        assert export_jsonl(library, path) == len(library)
        assert list(read_paths([path])) == library


@PROPERTY
@given(LIBRARIES)
def test_articles_written_as_a_folder_come_back_equal(library: list[Record]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "知识"
        assert export_folder(library, target) == len(library)
        assert by_key(read_paths([target])) == by_key(library)


@PROPERTY
@given(LIBRARIES)
def test_a_folder_read_from_above_or_file_by_file_keeps_keys_and_categories(
    library: list[Record],
) -> None:
    """Where an exported file lies decides nothing: it says itself what it is."""
    with tempfile.TemporaryDirectory() as folder:
        export_folder(library, Path(folder) / "甲" / "乙")
        assert by_key(read_paths([Path(folder)])) == by_key(library)
        files = sorted(Path(folder).rglob("*.md"))
        assert by_key(read_paths(files, "别处")) == by_key(library)


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
@PROPERTY
@given(library=LIBRARIES)
def test_articles_written_as_a_table_come_back_equal(ending: str, library: list[Record]) -> None:
    write = FORMATS[ending].write
    assert write is not None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"知识{ending}"
        assert write(library, path) == len(library)
        assert list(read_paths([path])) == library


@PROPERTY
@given(LIBRARIES)
def test_exporting_what_was_imported_writes_the_same_bytes(library: list[Record]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "1.jsonl", Path(folder) / "2.jsonl"
        export_jsonl(library, first)
        export_jsonl([r for r in read_paths([first]) if isinstance(r, Record)], second)
        assert first.read_bytes() == second.read_bytes()


@given(st.one_of(AWKWARD, st.text("'=+-@\t\r\nx＝", max_size=6)))
def test_a_disarmed_cell_comes_back_and_is_no_formula(text: str) -> None:
    cell = disarm(text)
    assert rearm(cell) == text
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))


@given(JSON)
def test_a_data_value_survives_its_cell(value: object) -> None:
    cell = encode(value)
    assert cell
    assert decode(cell) == value
    assert type(decode(cell)) is type(value)


@pytest.mark.parametrize("name", ["tags", "questions", "audiences"])
@given(values=st.lists(st.one_of(AWKWARD, st.text('甲；;、，,|\n["]', min_size=1)), max_size=4))
def test_several_values_survive_one_cell(name: str, values: list[str]) -> None:
    values = [value.strip() for value in values if value.strip()]
    assert split(name, joined(name, values)) == values


@pytest.mark.parametrize("ending", [".jsonl", ".csv", ".xlsx"])
def test_line_ends_become_lf_in_every_format(ending: str, tmp_path: Path) -> None:
    """CRLF and CR in any text, data too, are LF once read."""
    record = Record("k", "标题", "一\r\n二\r三", questions=("甲\r\n乙",), data={"注": "a\r\nb"})
    write = FORMATS[ending].write
    assert write is not None
    write([record], tmp_path / f"a{ending}")
    [found] = read_paths([tmp_path])
    expected = Record("k", "标题", "一\n二\n三", questions=("甲 乙",), data={"注": "a\nb"})
    assert found == expected


def test_line_ends_become_lf_in_markdown_files(tmp_path: Path) -> None:
    export_folder([Record("k", "标题", "一\r\n二\r三")], tmp_path)
    [found] = read_paths([tmp_path])
    assert found == Record("k", "标题", "一\n二\n三")


def test_data_that_bears_the_name_of_a_field_is_not_exported(tmp_path: Path) -> None:
    with pytest.raises(InvalidContent, match="title"):
        export_jsonl([Record("k", "标题", "正文", data={"title": "别的"})], tmp_path / "a.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_fields_that_hold_nothing_are_not_written() -> None:
    assert list(as_fields(Record("k", "标题", "正文"))) == ["key", "title", "body", "kind"]


def test_moments_are_written_in_beijing_time() -> None:
    record = Record("k", "标题", "正文", effective_from=datetime(2026, 11, 20, 16, tzinfo=UTC))
    assert as_fields(record)["effective_from"] == "2026-11-21T00:00:00+08:00"
