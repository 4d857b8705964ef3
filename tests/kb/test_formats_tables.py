"""Excel and CSV: the tables centres have, not only those we write."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import openpyxl
import pytest

from kb.errors import InvalidContent
from kb.formats import FORMATS, Context, Item
from kb.formats import csv as csv_format
from kb.formats import xlsx as xlsx_format
from kb.formats.xlsx import MAX_CELL, MAX_COLUMNS
from kb.records import Fault, Record

BEIJING = timezone(timedelta(hours=8))
HEAD = ["编号", "标题", "正文"]


def from_csv(folder: Path, text: str, encoding: str = "utf-8") -> list[Item]:
    path = folder / "知识.csv"
    path.write_bytes(text.encode(encoding))
    return list(csv_format.read(path, Context.of(path)))


def from_xlsx(folder: Path, *rows: Sequence[object]) -> list[Item]:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return from_book(folder, book)


def from_book(folder: Path, book: openpyxl.Workbook) -> list[Item]:
    path = folder / "知识.xlsx"
    book.save(path)
    return list(xlsx_format.read(path, Context.of(path)))


def faults(items: list[Item]) -> list[tuple[int | None, str]]:
    return [(item.line, item.message) for item in items if isinstance(item, Fault)]


def test_chinese_headings_in_any_order_name_the_fields(tmp_path: Path) -> None:
    items = from_xlsx(
        tmp_path,
        ["答案", "标准问", "编号", "类型", "分类", "标签", "相似问", "适用对象", "需签收", "文号"],
        [
            "可退。",
            "能退吗",
            "r1",
            "公告",
            "票务",
            "退票、改签",
            "怎么退；能退、能改吗",
            "座席|质检",
            "是",
            7,
        ],
    )
    assert items == [
        Record(
            "r1",
            "能退吗",
            "可退。",
            "notice",
            "票务",
            ("退票", "改签"),
            ("怎么退", "能退、能改吗"),
            ("座席", "质检"),
            must_sign=True,
            data={"文号": 7},
        )
    ]


def test_english_headings_are_known_too(tmp_path: Path) -> None:
    assert from_csv(tmp_path, "Key,Title,Body,must_sign\nr1,t,b,TRUE\n") == [
        Record("r1", "t", "b", must_sign=True)
    ]


def test_a_banner_may_stand_above_the_headings(tmp_path: Path) -> None:
    assert from_xlsx(tmp_path, ["客服中心知识库"], [], HEAD, ["r", "t", "b"]) == [
        Record("r", "t", "b")
    ]


def test_without_a_column_of_keys_the_title_is_the_key(tmp_path: Path) -> None:
    assert from_csv(tmp_path, "问题,答案\n车票怎么退？,可退。\n") == [
        Record("车票怎么退", "车票怎么退？", "可退。")
    ]


def test_an_empty_key_in_a_column_of_keys_is_a_fault(tmp_path: Path) -> None:
    items = from_csv(tmp_path, "编号,标题,正文\n,t,b\nr,t,b\n")
    assert faults(items) == [(2, "编号（key）没有填写。")]
    assert items[1] == Record("r", "t", "b")


def test_cells_of_numbers_dates_and_truths_are_read_as_seen(tmp_path: Path) -> None:
    [item] = from_xlsx(
        tmp_path,
        [*HEAD, "生效时间", "失效时间", "需签收", "价", "次", "日", "真"],
        [
            12306.0,
            2026,
            3.5,
            date(2026, 11, 21),
            "2026年12月1日 9:05",
            True,
            1.5,
            3,
            date(2026, 1, 2),
            False,
        ],
    )
    assert item == Record(
        "12306",
        "2026",
        "3.5",
        effective_from=datetime(2026, 11, 21, tzinfo=BEIJING),
        effective_to=datetime(2026, 12, 1, 9, 5, tzinfo=BEIJING),
        must_sign=True,
        data={"价": 1.5, "次": 3, "日": "2026-01-02T00:00:00", "真": False},
    )


@pytest.mark.parametrize(
    "text",
    ["2026/1/5", "2026-01-05", "２０２６年１月５日", "2026.1.5 0:00:00", "2026-01-04T16:00:00Z"],
)
def test_dates_as_offices_write_them_are_in_beijing_time(tmp_path: Path, text: str) -> None:
    [item] = from_csv(tmp_path, f"编号,标题,正文,生效日期\nr,t,b,{text}\n")
    assert item == Record("r", "t", "b", effective_from=datetime(2026, 1, 5, tzinfo=BEIJING))


@pytest.mark.parametrize("text", ["2026/13/5", "下周", "2026-1-5 晚上"])
def test_what_is_no_date_is_a_fault(tmp_path: Path, text: str) -> None:
    [(line, message)] = faults(from_csv(tmp_path, f"编号,标题,正文,生效日期\nr,t,b,{text}\n"))
    assert line == 2
    assert f"“{text}”不是时间" in message


def test_formulas_count_as_their_values(tmp_path: Path) -> None:
    """Read as a calculating program saved them: openpyxl itself never calculates."""
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    for row in (HEAD, ["r", "=CONCAT(1)", "b"], ["r2", "t", "=1/0"]):
        book.active.append(row)
    book.save(path)
    rewrite(
        path,
        "xl/worksheets/sheet1.xml",
        [
            (rb'<c r="B2"><f>(.*?)</f><v ?/?>(</v>)?', rb'<c r="B2" t="str"><f>\1</f><v>1</v>'),
            (rb'<c r="C3"><f>(.*?)</f><v ?/?>(</v>)?', rb'<c r="C3" t="e"><f>\1</f><v>#DIV/0!</v>'),
        ],
    )
    items = list(xlsx_format.read(path, Context.of(path)))
    assert items[0] == Record("r", "1", "b")
    assert faults(items) == [(3, "有一格是错误值 #DIV/0!，请改正公式。")]


def rewrite(path: Path, part: str, changes: list[tuple[bytes, bytes]]) -> None:
    """Replace patterns in one part of an archive."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for old, new in changes:
        parts[part], count = re.subn(old, new, parts[part])
        assert count == 1
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def test_every_visible_sheet_is_read_and_one_without_headings_is_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["填写说明"])
    book.active.title = "说明"
    for key in ("a", "b"):
        sheet = book.create_sheet(key)
        sheet.append(HEAD)
        sheet.append([key, "t", "b"])
    book.create_sheet("空")
    hidden = book.create_sheet("选项")
    hidden.append(["公告"])
    hidden.sheet_state = "hidden"
    items = from_book(tmp_path, book)
    assert [item.key for item in items if isinstance(item, Record)] == ["a", "b"]
    [(_, message)] = faults(items)
    assert message.startswith("工作表“说明”没有导入。")


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("编号,名称\na,b\n", None, "找不到表头"),
        ("编号,标题,正文\n", None, "表头下面没有内容"),
        ("\n\n", None, "表头下面没有内容"),
        ("编号,标题,问题,正文\na,b,c,d\n", None, "“标题”和“问题”两列是同一个意思"),
        ("编号,标题,正文,数据：key\na,b,c,d\n", None, "重名"),
        ("编号,标题,正文,\na,b,c,d\n", 2, "没有列名"),
        ("编号,标题,正文\na,b,c,d\n", 2, "多出几格"),
        ('编号,标题,正文\na,"b"x,c\n', 2, "引号"),
        ("编号,标题,正文,类型\na,b,c,规章制度\n", 2, "没有“规章制度”这种类型"),
        ("编号,标题,正文,需签收\na,b,c,也许\n", 2, "（表格里写 是 或 否）"),
    ],
)
def test_a_bad_table_or_row_is_a_fault(
    tmp_path: Path, text: str, line: int | None, sentence: str
) -> None:
    [(found, message)] = faults(from_csv(tmp_path, text))
    assert sentence in message
    assert found == line


def test_a_sheet_with_far_cells_is_read_without_a_wait_or_named(tmp_path: Path) -> None:
    """Excel's last row, and a column beyond those we take."""
    book = openpyxl.Workbook()
    book.active.append(HEAD)
    for column, text in enumerate(["r", "t", "b"], start=1):
        book.active.cell(1_048_576, column, text)
    assert from_book(tmp_path, book) == [Record("r", "t", "b")]
    book.active.cell(3, MAX_COLUMNS + 1, "远")
    [(_, message)] = faults(from_book(tmp_path, book))
    assert "第 3 行超过 128 列" in message


def test_half_characters_in_a_cell_are_a_fault(tmp_path: Path) -> None:
    [(line, message)] = faults(from_xlsx(tmp_path, ["标题", "正文"], ["_xD83D_", "b"]))
    assert line == 2
    assert "不成对的代理字符" in message


def test_a_bad_row_stops_no_other_and_lines_are_counted_through_cells(tmp_path: Path) -> None:
    items = from_csv(tmp_path, '编号,标题,正文\na,t,"一\n二"\nb,"t"x,c\nc,,b\nd,t,"没有合上\n')
    assert items[0] == Record("a", "t", "一\n二")
    assert [line for line, _ in faults(items)] == [4, 5, 6]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "big5"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_of_any_office_is_read(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = [["title", "body"], ["退票規定" if encoding == "big5" else "退票规定", "在車站的窗口"]]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    [item] = from_csv(tmp_path, text, encoding)
    assert isinstance(item, Record)
    assert (item.title, item.body) == tuple(rows[1])


def test_a_long_body_is_no_problem_in_csv_and_refused_by_name_in_excel(tmp_path: Path) -> None:
    long = Record("long", "t", "退" * (MAX_CELL + 1))
    path = tmp_path / "a.csv"
    csv_format.write([long], path)
    assert list(csv_format.read(path, Context.of(path))) == [long]
    with pytest.raises(InvalidContent, match="文章“long”有一格超过 Excel 的上限"):
        xlsx_format.write([long], tmp_path / "a.xlsx")
    assert not (tmp_path / "a.xlsx").exists()


def test_an_exported_table_is_one_a_person_would_make(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    record = Record(
        "r",
        "t",
        "- 一\n- 二",
        "notice",
        tags=("甲", "乙"),
        questions=("问？", "又问？"),
        must_sign=True,
    )
    csv_format.write([record], path)
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    head, row = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    assert "、".join(head) == (
        "编号、标题、正文、类型、分类、标签、相似问、适用对象、生效时间、失效时间、需签收"
    )
    assert row == ["r", "t", "'- 一\n- 二", "公告", "", "甲；乙", "问？\n又问？", "", "", "", "是"]


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_no_exported_cell_is_a_formula(tmp_path: Path, ending: str) -> None:
    evil = "=HYPERLINK(1)"
    path = tmp_path / f"a{ending}"
    write = FORMATS[ending].write
    assert write is not None
    write([Record(evil, evil, evil, tags=(evil,), data={evil: evil})], path)
    if ending == ".csv":
        cells = [cell for row in csv.reader(path.open(encoding="utf-8-sig")) for cell in row]
    else:
        rows = openpyxl.load_workbook(path).active.iter_rows()
        found = [cell for row in rows for cell in row if cell.value]
        assert {cell.data_type for cell in found} == {"s"}
        cells = [cell.value for cell in found]
    assert not any(cell.startswith("=") for cell in cells)
    assert cells.count(f"'{evil}") == 6
