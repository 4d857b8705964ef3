"""Text, web pages and Word documents: title and body as Markdown."""

from __future__ import annotations

import zipfile
from pathlib import Path

import docx
import pytest
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn

from kb.formats import compose, read_paths
from kb.formats.html import convert
from kb.records import Fault, Record


def record(path: Path) -> Record:
    [item] = read_paths([path])
    assert isinstance(item, Record), item
    return item


def fault(path: Path) -> Fault:
    [item] = read_paths([path])
    assert isinstance(item, Fault), item
    return item


def text_file(folder: Path, content: bytes, name: str = "退票.txt") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


# Plain text


def test_a_short_first_line_is_the_title_of_a_text(tmp_path: Path) -> None:
    found = record(text_file(tmp_path, "退票规定\r\n\r\n开车前可退。\r\n".encode()))
    assert found == Record("退票", "退票规定", "开车前可退。")


@pytest.mark.parametrize(
    "content", ["开车前可以退票。\n开车后不可以。", "退" * 61 + "\n文", "一行"]
)
def test_a_first_line_that_is_a_paragraph_is_no_title(tmp_path: Path, content: str) -> None:
    found = record(text_file(tmp_path, content.encode()))
    assert (found.title, found.body) == ("退票", content)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("gbk", "退票规定\n乘客在车站可以办理退票。"),
        ("gb18030", "退票规定\n㐀𠀀的乘客"),
        ("big5", "退票規定\n乘客在車站可以辦理退票。"),
        ("utf-16", "退票规定\n乘客"),
        ("utf-16-le", "退票规定 1234\nabc 乘客"),
        ("utf-16-be", "退票规定 1234\nabc 乘客"),
        ("utf-32", "退票规定\n乘客"),
        ("utf-8-sig", "退票规定\n乘客"),
    ],
)
def test_the_encoding_of_a_text_is_found(tmp_path: Path, encoding: str, text: str) -> None:
    found = record(text_file(tmp_path, text.encode(encoding)))
    assert f"{found.title}\n{found.body}" == text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "文件是空的"),
        (b"\xef\xbb\xbf \n", "正文（body）没有填写"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x80\xff", "文字编码"),
        ("退票\0".encode(), "NUL"),
        (b"\xff\xfe\x00\xd8\x00\x00", "UTF-16"),
    ],
)
def test_what_is_no_text_is_a_fault(tmp_path: Path, content: bytes, sentence: str) -> None:
    assert sentence in fault(text_file(tmp_path, content)).message


def test_a_file_that_is_too_large_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "大.txt"
    with path.open("wb") as file:
        file.truncate(51 * 1024 * 1024)
    assert fault(path).message == "文件有 51.0 MiB，超过 50 MiB，请拆成几个文件。"


# Web pages

PAGE = """<!DOCTYPE html><html><head><meta charset="{charset}">
<title>退票规定 - 客服中心</title><style>p {{}}</style><script>alert("脚本")</script></head>
<body><header>站名</header><nav><a href="/">首页</a></nav>
<main><h1>退票<b>规定</b></h1><!-- 注释 -->
<h2>一、时限</h2>
<p>开车前可以
办理<strong>退票：</strong>见<a href="https://example.com/a b">官网</a>、
<a href="/x">站内</a><br>第二行</p>
<ul><li>甲<ol><li>子一</li><li>子二</li></ol></li><li>乙</li></ul>
<table><caption>费用</caption><tr><th>时间</th><th>费率</th><th>备注</th></tr>
<tr><td rowspan="2">8天|以上</td><td colspan="2">0%</td></tr>
<tr><td>5%</td><td>见注</td></tr></table>
<blockquote><p>例外</p><p>除外</p></blockquote>
<pre>a
  b</pre><hr><p hidden>隐藏</p><p style="display: none">隐藏</p>
<dl><dt>依据</dt><dd>规程第*7*条</dd></dl><del>旧文</del><img src="x.png" alt="示意图">
</main><footer>版权</footer></body></html>"""

MARKDOWN = """## 一、时限

开车前可以办理**退票：**见[官网](https://example.com/a%20b)、站内
第二行

- 甲
  1. 子一
  2. 子二
- 乙

费用

| 时间 | 费率 | 备注 |
| --- | --- | --- |
| 8天\\|以上 | 0% |  |
| 8天\\|以上 | 5% | 见注 |

> 例外
>
> 除外

```
a
  b
```

---

**依据**

规程第\\*7\\*条

~~旧文~~示意图"""


@pytest.mark.parametrize("charset", ["utf-8", "gb2312", "gbk", "utf-16"])
def test_the_main_part_of_a_page_becomes_markdown(tmp_path: Path, charset: str) -> None:
    content = PAGE.format(charset=charset).encode(charset)
    found = record(text_file(tmp_path, content, "页.html"))
    assert (found.title, found.body) == ("退票规定", MARKDOWN)


def test_a_page_with_several_h1_has_the_title_of_its_head(tmp_path: Path) -> None:
    page = "<title>总则</title><h1>一</h1><p>甲</p><h1>二</h1><p>乙</p>"
    assert convert(page) == ("总则", "# 一\n\n甲\n\n# 二\n\n乙")


def test_xhtml_with_a_prolog_is_read(tmp_path: Path) -> None:
    page = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><p>文</p></html>'
    assert convert(page) == ("", "文")


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "http://[", "mms:x"]
)
def test_links_that_do_not_lead_to_a_page_are_text(address: str) -> None:
    assert convert(f'<p><a href="{address}">看</a></p>') == ("", "看")


def test_scripts_leave_nothing_in_the_body() -> None:
    page = "<p onclick='x()'>文<script>x()</script></p><svg><text>x</text></svg><iframe>x</iframe>"
    assert convert(page) == ("", "文")


def test_a_page_that_is_one_form_is_read() -> None:
    """As ASP.NET makes them."""
    assert convert("<form><p>文</p><input value=x><button>提交</button></form>") == ("", "文")


def test_layout_tables_are_unfolded() -> None:
    page = "<table><tr><td><h2>题</h2><p>文</p></td></tr><tr><td>又</td></tr></table>"
    assert convert(page) == ("", "## 题\n\n文\n\n又")


@pytest.mark.parametrize(
    "page", ["<div>" * 3000 + "深", "<b>" * 3000 + "深", "<ul><li>" * 3000 + "深"]
)
def test_a_page_nested_without_end_is_a_fault(tmp_path: Path, page: str) -> None:
    assert "嵌套太深" in fault(text_file(tmp_path, page.encode(), "a.html")).message


def test_a_page_without_content_is_a_fault(tmp_path: Path) -> None:
    assert (
        fault(text_file(tmp_path, b"<script>x()</script>", "a.htm")).message == "网页里没有正文。"
    )


def test_a_span_of_a_million_columns_is_cut() -> None:
    page = "<table><tr><td colspan=1000000 rowspan=1000000>甲</td><td>乙</td></tr></table>"
    assert convert(page)[1].count("|") < 500


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("5*3=15", r"5\*3=15"),
        ("_注_", r"\_注\_"),
        ("a_b", "a_b"),
        ("# 1号线", r"\# 1号线"),
        ("[甲](乙)", r"\[甲](乙)"),
        ("[甲]", "[甲]"),
        ("1. 甲", "1. 甲"),
        ("\\*", r"\\\*"),
        ("甲\x00\x07乙", "甲乙"),
    ],
)
def test_text_that_looks_like_markdown_is_escaped_and_no_more(raw: str, shown: str) -> None:
    assert compose.paragraph(compose.text(raw)) == shown


# Word documents


def saved(document: object, folder: Path) -> Path:
    path = folder / "规定.docx"
    document.save(path)  # type: ignore[attr-defined]
    return path


def test_a_word_document_becomes_markdown(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("退票规定", "Title")
    document.add_heading("一、适用范围", 1)
    paragraph = document.add_paragraph("适用于")
    paragraph.add_run("所有").bold = True
    paragraph.add_run("乘客").bold = True
    paragraph.add_run("。")
    paragraph.add_run("旧文").font.strike = True
    paragraph.add_run().add_break()
    paragraph.add_run("第二行 *")
    document.add_paragraph("甲", "List Bullet")
    document.add_paragraph("子", "List Bullet 2")
    document.add_paragraph("乙", "List Bullet")
    document.add_paragraph("先", "List Number")
    document.add_paragraph("后", "List Number")
    document.add_paragraph("")
    document.add_heading("二、费用", 2)
    table = document.add_table(3, 3)
    for row, texts in zip(table.rows, ["时间 费率 注", "8天 0% 甲", "5天 5% 乙"], strict=True):
        for cell, text in zip(row.cells, texts.split(), strict=True):
            cell.text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(1, 1).merge(table.cell(1, 2))
    found = record(saved(document, tmp_path))
    assert found.title == "退票规定"
    assert found.body == (
        "# 一、适用范围\n\n"
        "适用于**所有乘客**。~~旧文~~\n第二行 \\*\n\n"
        "- 甲\n  - 子\n- 乙\n1. 先\n2. 后\n\n"
        "## 二、费用\n\n"
        "| 时间 | 费率 | 注 |\n| --- | --- | --- |\n| 8天 5天 | 0% 甲 |  |\n| 8天 5天 | 5% | 乙 |"
    )


def test_the_first_heading_is_the_title_where_there_is_no_title(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("改签_规定", 1)
    document.add_paragraph("文")
    found = record(saved(document, tmp_path))
    assert (found.title, found.body) == ("改签_规定", "文")


def test_without_headings_the_property_and_then_the_file_name_is_the_title(tmp_path: Path) -> None:
    document = docx.Document()
    document.core_properties.title = ""
    document.add_paragraph("文")
    assert record(saved(document, tmp_path)).title == "规定"
    document.core_properties.title = "属性里的标题"
    assert record(saved(document, tmp_path)).title == "属性里的标题"


def test_insertions_links_and_controls_are_read_and_deletions_are_not(tmp_path: Path) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("原文")
    space = nsdecls("w")
    for xml in (
        f"<w:ins {space}><w:r><w:t>插入</w:t></w:r></w:ins>",
        f"<w:del {space}><w:r><w:delText>删除</w:delText></w:r></w:del>",
        f"<w:sdt {space}><w:sdtContent><w:r><w:t>控件</w:t></w:r></w:sdtContent></w:sdt>",
        f"<w:r {space}><w:rPr><w:vanish/></w:rPr><w:t>隐藏</w:t></w:r>",
    ):
        paragraph._p.append(parse_xml(xml))
    address = document.part.relate_to(
        "https://example.com/",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink",
        is_external=True,
    )
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), address)
    link.append(parse_xml(f"<w:r {space}><w:t>官网</w:t></w:r>"))
    paragraph._p.append(link)
    assert record(saved(document, tmp_path)).body == "原文插入控件[官网](https://example.com/)"


def test_numbering_of_the_paragraph_itself_makes_a_list(tmp_path: Path) -> None:
    document = docx.Document()
    number = document.styles["List Number"].element.find(f".//{qn('w:numId')}").get(qn("w:val"))
    for text, level in (("一", 0), ("二", 1)):
        properties = document.add_paragraph(text)._p.get_or_add_pPr()
        properties.append(
            parse_xml(
                f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/>'
                f'<w:numId w:val="{number}"/></w:numPr>'
            )
        )
    assert record(saved(document, tmp_path)).body.startswith("1. 一\n")


def test_an_empty_document_is_a_fault(tmp_path: Path) -> None:
    assert fault(saved(docx.Document(), tmp_path)).message == "文档里没有文字。"


def archive(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return path


def types(kind: str) -> bytes:
    return f'<Types><Override ContentType="application/vnd.{kind}.main+xml"/></Types>'.encode()


WORD = types("openxmlformats-officedocument.wordprocessingml.document")
EXCEL = types("openxmlformats-officedocument.spreadsheetml.sheet")


@pytest.mark.parametrize(("name", "content_types"), [("a.docx", WORD), ("a.xlsx", EXCEL)])
@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"bomb.bin": bytes(30 * 1024 * 1024)}, "压缩炸弹"),
        ({"bomb.bin": bytes(201 * 1024 * 1024)}, "超过 200 MiB"),
        ({"x.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}, "XML 实体"),
        ({"x.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a/>'.encode("utf-16")}, "XML 实体"),
        ({"x.xml": b'<!-- x --><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'}, "XML 实体"),
        ({"x.xml": b"no xml"}, "已损坏"),
        ({"x.xml": b"<a/>"}, "已损坏"),
    ],
)
def test_a_dangerous_or_broken_archive_is_a_fault(
    tmp_path: Path, name: str, content_types: bytes, parts: dict[str, bytes], sentence: str
) -> None:
    path = archive(tmp_path / name, {"[Content_Types].xml": content_types, **parts})
    assert sentence in fault(path).message


@pytest.mark.parametrize("name", ["a.docx", "a.xlsx"])
def test_what_is_no_office_file_is_a_fault(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert "有密码，或是旧版格式" in fault(path).message
    path.write_bytes("只是文字".encode())
    assert "已损坏" in fault(path).message
    archive(path, {"readme.txt": b"zip"})
    assert "内容不是" in fault(path).message


def test_an_encrypted_part_is_a_fault(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.docx", {"[Content_Types].xml": WORD, "x.xml": b"<a/>"})
    content = bytearray(path.read_bytes())
    for mark, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        content[at + flag] |= 1
    path.write_bytes(content)
    assert "已损坏" in fault(path).message
