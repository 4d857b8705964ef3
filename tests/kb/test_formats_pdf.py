"""PDF: text page by page, lines joined as Chinese is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pypdf
import pytest
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

from kb.formats import Item, read_paths
from kb.formats.pdf import paragraphs
from kb.records import Fault, Record

FONT = DictionaryObject(
    {
        NameObject("/Type"): NameObject("/Font"),
        NameObject("/Subtype"): NameObject("/Type0"),
        NameObject("/BaseFont"): NameObject("/SimSun"),
        NameObject("/Encoding"): NameObject("/UniGB-UTF16-H"),
        NameObject("/DescendantFonts"): ArrayObject(
            [
                DictionaryObject(
                    {
                        NameObject("/Type"): NameObject("/Font"),
                        NameObject("/Subtype"): NameObject("/CIDFontType0"),
                        NameObject("/BaseFont"): NameObject("/SimSun"),
                    }
                )
            ]
        ),
    }
)


def made(folder: Path, *pages: Sequence[str], title: str = "", password: str = "") -> Path:
    """A PDF with these lines on its pages; a page without lines is a picture."""
    writer = pypdf.PdfWriter()
    for lines in pages:
        page = writer.add_blank_page(600, 800)
        shown = " ".join(f"<{line.encode('utf-16-be').hex()}> Tj 0 -20 Td" for line in lines)
        content = DecodedStreamObject()
        content.set_data(f"BT /F1 12 Tf 50 700 Td {shown} ET".encode())
        page[NameObject("/Contents")] = writer._add_object(content)
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): writer._add_object(FONT)})}
            if lines
            else {NameObject("/XObject"): DictionaryObject({NameObject("/I"): picture(writer)})}
        )
    if title:
        writer.add_metadata({"/Title": TextStringObject(title)})
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    path = folder / "退票规定.pdf"
    writer.write(path)
    return path


def picture(writer: pypdf.PdfWriter) -> pypdf.generic.IndirectObject:
    image = StreamObject()
    image.update(
        {
            NameObject("/Subtype"): NameObject("/Image"),
            NameObject("/Width"): NumberObject(1),
            NameObject("/Height"): NumberObject(1),
        }
    )
    return writer._add_object(image)


def only(path: Path) -> Item:
    [item] = read_paths([path])
    return item


def test_text_and_title_of_a_pdf(tmp_path: Path) -> None:
    path = made(tmp_path, ["旅客在开车前可以办理退", "票，费用按时间计算。"], title="退票办法")
    assert only(path) == Record(
        "退票规定", "退票办法", "旅客在开车前可以办理退票，费用按时间计算。"
    )


def test_a_short_first_line_is_the_title_where_the_document_has_none(tmp_path: Path) -> None:
    path = made(
        tmp_path,
        ["退票办法", "旅客在开车前可以办理退", "票，费用按时间计算。"],
        title="Microsoft Word - a.doc",
    )
    found = only(path)
    assert isinstance(found, Record)
    assert (found.title, found.body) == ("退票办法", "旅客在开车前可以办理退票，费用按时间计算。")


def test_pages_that_are_pictures_are_named(tmp_path: Path) -> None:
    found, missed = read_paths([made(tmp_path, ["文字一页，内容在此。"], [])])
    assert isinstance(found, Record)
    assert isinstance(missed, Fault)
    assert missed.message.startswith("第 2 页只有图片")


@pytest.mark.parametrize(("pages", "password"), [([[], []], ""), ([["文字"]], "secret")])
def test_scans_and_locked_files_are_faults(
    tmp_path: Path, pages: list[list[str]], password: str
) -> None:
    found = only(made(tmp_path, *pages, password=password))
    assert isinstance(found, Fault)
    assert ("有密码" if password else "扫描件") in found.message


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"%PDF-1.7\nrubbish", "已损坏"), (b"text", "不是 PDF"), (b"", "空的")],
)
def test_a_broken_pdf_is_a_fault(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(content)
    found = only(path)
    assert isinstance(found, Fault)
    assert sentence in found.message


def test_radicals_of_pdf_fonts_are_the_characters_they_look_like(tmp_path: Path) -> None:
    found = only(made(tmp_path, ["旅客可\u2f64现⾦在\u2ecb站退票的说明 \ufb01le"]))
    assert isinstance(found, Record)
    assert found.body == "旅客可用现金在车站退票的说明 file"


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([["这是一行很长的正文用来撑开版", "心宽度。"]], "这是一行很长的正文用来撑开版心宽度。"),
        (
            [["the refund fee is inter-", "esting to read and", "long"]],
            "the refund fee is interesting to read and long",
        ),
        ([["一、适用范围", "二、办理方式"]], "一、适用范围\n\n二、办理方式"),
        (
            [["短句。", "这是一行很长的正文用来撑开版心"]],
            "短句。\n\n这是一行很长的正文用来撑开版心",
        ),
        (
            [["第一页的最后一行没有说完就", "- 1 -"], ["到了第二页。", "第2页 共2页"]],
            "第一页的最后一行没有说完就到了第二页。",
        ),
        (
            [["客服中心内部资料", f"第{n}页独有的一行正文内容"] for n in "甲乙丙"],
            "第甲页独有的一行正文内容第乙页独有的一行正文内容第丙页独有的一行正文内容",
        ),
        ([["比例为", "3.5"]], "比例为3.5"),
        ([[]], ""),
    ],
)
def test_lines_are_joined_into_paragraphs(pages: list[list[str]], expected: str) -> None:
    assert paragraphs(pages) == expected
