"""Files that are broken, huge or meant to harm: one sentence each, and nothing worse."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exams import formats
from exams.errors import UnknownFormat
from exams.formats import FORMATS, Report

from .asked import question

BOMB = """<?xml version="1.0"?><!DOCTYPE quiz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;">]><quiz><question type="essay"><name><text>&c;</text></name>
</question></quiz>"""
OUTSIDE = """<!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz><question type="essay">
<questiontext><text>&x;</text></questiontext></question></quiz>"""


def refused(data: bytes, path: str, format: str = "") -> str:
    """What is said of a file of which nothing is taken."""
    report = formats.read(data, path, format)
    assert report.imported == []
    assert len(report.errors) == 1
    message = report.errors[0]["message"]
    assert message.endswith("。")
    return str(message)


def archive(*parts: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in parts:
            made.writestr(name, data)
    return file.getvalue()


MANIFEST = b"""<manifest><resources>
<resource identifier="r1" type="imsqti_item_xmlv2p1" href="a.xml"/></resources></manifest>"""


@pytest.mark.parametrize("text", [BOMB, OUTSIDE])
def test_entities_are_refused_wherever_they_stand(text: str) -> None:
    assert "XML 实体" in refused(text.encode(), "x.xml")
    assert "XML 实体" in refused(text.encode("utf-16"), "x.xml")
    package = archive(("imsmanifest.xml", MANIFEST), ("a.xml", text.encode()))
    assert "XML 实体" in refused(package, "x.zip")
    assert "XML 实体" in refused(archive(("imsmanifest.xml", text.encode())), "x.zip")


def test_a_bottomless_nesting_is_refused() -> None:
    deep = "<quiz>" + "<a>" * 100_000
    assert "嵌套" in refused(deep.encode(), "x.xml")


def test_zip_bombs_are_refused_before_they_are_opened() -> None:
    zeros = bytes(9 * 1024 * 1024)
    bomb = archive(("imsmanifest.xml", MANIFEST), ("a.xml", zeros))
    assert "压缩炸弹" in refused(bomb, "x.zip")
    assert "压缩炸弹" in refused(archive(("[Content_Types].xml", zeros)), "x.xlsx")


def test_a_package_reaches_for_nothing_outside_itself() -> None:
    manifest = MANIFEST.replace(b"a.xml", b"../../../etc/passwd")
    assert "没有清单所列" in refused(archive(("imsmanifest.xml", manifest)), "x.zip")


@pytest.mark.parametrize("format", FORMATS)
def test_half_a_file_is_never_taken_for_a_whole_one(format: str) -> None:
    """Cut anywhere: an error, or the questions before the cut, never a stack trace."""
    asked = [question("single", key="q1"), question("essay", key="q2"), question("judge", key="q3")]
    data = FORMATS[format].write(asked[:1] if format in ("qti-item", "aiken") else asked).data
    whole = formats.read(data, "", format).imported
    for cut in range(0, len(data) - 1, max(len(data) // 15, 1)):
        report = formats.read(data[:cut], "", format)
        assert report.errors or report.imported or report.skipped or format == "csv"
        texts = [asked.stem for asked in whole]
        assert all(texts[0].startswith(found.stem) for found in report.imported)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("format", ["gift", "aiken", "moodle", "csv", "json", "qti-item"])
def test_every_encoding_of_an_office_is_understood(format: str, encoding: str) -> None:
    asked = question("single", stem="开车前多少天以上退票免费？请选择正确的时限。")
    text = FORMATS[format].write([asked]).data.decode("utf-8-sig")
    text = text.replace('encoding="UTF-8"', 'encoding="GB18030"' if encoding == "gb18030" else "")
    report = formats.read(text.encode(encoding), "", format)
    assert [found.stem for found in report.imported] == [asked.stem]


@pytest.mark.parametrize(
    ("data", "path", "words"),
    [
        (b"", "x.gift", "是空的"),
        (b"  \n", "x.gift", "是空的"),
        (b"\xff\xfe\x00", "x.gift", "UTF-16"),
        (b"a\x00b", "x.gift", "NUL"),
        (b"\x81\xff\xff\x81", "x.gift", "认不出文件的文字编码"),
        (b"PK\x03\x04 broken", "x.zip", "ZIP 文件已损坏"),
        (b"PK\x03\x04 broken", "x.xlsx", "已损坏"),
        (b"<quiz>", "x.xml", "XML 写得不完整"),
        (b"<html></html>", "x.xml", "不是 Moodle XML"),
        (b'{"kind": ', "x.json", "不是有效的 JSON"),
        ("题型,题干\n".encode(), "x.csv", "找不到表头"),
        ("题型,题干,答案,答案\n".encode(), "x.csv", "不止一列"),
        ("题型,题干,答案,心情\n".encode(), "x.csv", "不认识“心情”"),
        ('题型,题干,答案\n"a'.encode(), "x.csv", "引号没有配对"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(data: bytes, path: str, words: str) -> None:
    assert words in refused(data, path)


def test_a_file_of_no_known_format_is_asked_about() -> None:
    with pytest.raises(UnknownFormat, match="--format"):
        formats.read("随便写写".encode(), "notes.txt")
    with pytest.raises(UnknownFormat, match="不认识格式"):
        formats.read(b"x", "x", "word")


def test_a_huge_file_is_read_in_reasonable_steps() -> None:
    """20 000 questions and one more; a line of a million characters; a million blank lines."""
    many = "退票免费。{T}\n\n" * 20_001
    report = formats.read(many.encode(), "x.gift")
    assert "请拆成几个文件" in report.errors[-1]["message"]
    assert formats.read(("a" * 1_000_000 + "{T}").encode(), "x.gift").errors
    assert formats.read(b"\n" * 1_000_000 + b"a{T}", "x.gift").imported
    assert formats.read(("{" * 200_000).encode(), "x.gift").errors
    assert formats.read(("~=" * 200_000).encode(), "x.gift", "aiken").errors


@pytest.mark.parametrize("format", FORMATS)
@given(data=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8")))
@settings(max_examples=40)
def test_no_bytes_whatever_break_a_reader(format: str, data: bytes) -> None:
    assert isinstance(formats.read(data, "", format), Report)
