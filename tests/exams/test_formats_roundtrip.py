"""Out and in again: a question is equal, or it is listed."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exams import formats
from exams.formats import FORMATS
from exams.questions import KINDS, Question

from .asked import question, questions

CARRIES = {
    "json": set(KINDS),
    "gift": set(KINDS) - {"order"},
    "moodle": set(KINDS),
    "qti": set(KINDS),
    "qti22": set(KINDS),
    "qti-item": set(KINDS),
    "xlsx": set(KINDS),
    "csv": set(KINDS),
    "aiken": {"single"},
}


@pytest.mark.parametrize("format", [name for name in FORMATS if name != "aiken"])
@given(asked=questions())
@settings(max_examples=60)
def test_any_question_comes_back_equal_or_is_listed(format: str, asked: Question) -> None:
    written = FORMATS[format].write([asked])
    if written.left_out:
        assert [left["key"] for left in written.left_out] == [asked.key]
        assert written.count == 0
    else:
        found = formats.read(written.data, "", format)
        assert (found.imported, found.skipped, found.errors) == ([asked], [], [])


@given(st.lists(questions(), max_size=6, unique_by=lambda asked: asked.key))
@settings(max_examples=60)
def test_many_questions_keep_their_order_and_never_mix(asked: list[Question]) -> None:
    for format in ("gift", "moodle", "qti", "csv", "json"):
        written = FORMATS[format].write(asked)
        left = {entry["key"] for entry in written.left_out}
        if written.count:
            found = formats.read(written.data, "", format)
            assert found.imported == [each for each in asked if each.key not in left]


@given(questions(["single"]))
def test_aiken_keeps_the_words_and_lists_the_rest(asked: Question) -> None:
    written = FORMATS["aiken"].write([asked])
    lost = {entry["field"] for entry in written.left_out if "field" in entry}
    if not written.count:
        return
    [found] = formats.read(written.data, "", "aiken").imported
    wanted, given_ = asked.as_dict(), found.as_dict()
    differs = {name for name in {*wanted, *given_} if wanted.get(name) != given_.get(name)}
    assert differs - {"answer"} <= lost
    assert [o.text for o in found.options] == [o.text for o in asked.options]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_plain_question_is_carried_by_every_format_that_knows_its_kind(
    format: str, kind: str
) -> None:
    asked = question(kind)
    if kind == "blank":
        asked = question(kind, answer=[["三十天", "30天"]])
    written = FORMATS[format].write([asked])
    assert written.count == int(kind in CARRIES[format])
    if written.count:
        [found] = formats.read(written.data, "", format).imported
        assert replace(found, key="q") == asked


def test_the_format_is_told_from_content_and_name() -> None:
    asked = [question("single")]
    names = {"qti22": "qti", "moodle": "moodle"}
    for format, one in FORMATS.items():
        data = one.write(asked).data
        assert formats.guessed(data, "file") == names.get(format, format)


def test_a_format_has_one_name_however_it_is_written() -> None:
    for name in ("Moodle XML", "moodle_xml", "moodlexml", "moodle-xml", "xml"):
        assert formats.named(name) == "moodle"
    assert [formats.named(name) for name in ("QTI 2.1", "qti2.2", "QTI_item")] == [
        "qti",
        "qti22",
        "qti-item",
    ]


def test_an_item_is_read_where_qti_is_named() -> None:
    data = FORMATS["qti-item"].write([question("judge")]).data
    assert formats.read(data, "x", "qti").imported == [question("judge")]


def test_the_same_questions_are_the_same_bytes() -> None:
    asked = [question("single"), replace(question("blank"), key="二")]
    for format in set(FORMATS) - {"xlsx"}:
        assert FORMATS[format].write(asked).data == FORMATS[format].write(asked).data


def test_a_package_is_a_zip_with_a_manifest_of_its_items() -> None:
    data = FORMATS["qti22"].write([question("single"), replace(question("judge"), key="中文")]).data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["imsmanifest.xml", "items/q.xml", "items/item2.xml"]
        assert b"imsqti_item_xmlv2p2" in archive.read("imsmanifest.xml")


def test_a_cell_that_a_spreadsheet_would_run_is_disarmed() -> None:
    asked = question("judge", stem="=HYPERLINK(1)", explanation="-1+1")
    text = FORMATS["csv"].write([asked]).data.decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in text
    assert "'-1+1" in text
    assert formats.read(text.encode(), "x.csv").imported == [asked]
