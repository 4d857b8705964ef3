"""Files into the library and out of it."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest
from werkzeug.test import TestResponse

from kb.models import PUBLISHED
from kb.records import Record

from ..browsing import Client
from ..world import World
from .editing import AsPerson, count, errors, notices, page, record


@pytest.fixture
def editor(as_person: AsPerson) -> Client:
    """Writes, imports and exports, may not publish."""
    return as_person("editor")


@pytest.fixture
def administrator(as_person: AsPerson) -> Client:
    return as_person("administrator")


# Files in


def upload(client: Client, *files: tuple[str, str | bytes], **fields: str) -> TestResponse:
    sent = [
        (io.BytesIO(text.encode() if isinstance(text, str) else text), name) for name, text in files
    ]
    return client.post("/edit/import", data={"files": sent, **fields})


def test_files_are_imported_as_drafts_with_a_count(world: World, editor: Client) -> None:
    line = json.dumps({"key": "new-one", "title": "新", "body": "正文"})
    response = upload(
        editor, ("a.jsonl", line), ("随身 行李.md", "# 行李\n\n20千克。"), category="行李"
    )
    assert "新增 2 篇，修订 0 篇，没有变化 0 篇，有误 0 条" in notices(response)
    assert world.article("new-one").latest.state == "draft"
    assert record(world, "随身-行李").category == "行李"


def test_a_bad_line_is_named_and_the_others_are_taken(world: World, editor: Client) -> None:
    lines = ['{"key":"one","title":"一","body":"正文"}', "{坏的", '{"key":"two","title":"二"}']
    response = upload(editor, ("知识.jsonl", "\n".join(lines)))
    faults = [r.get_text(" ", strip=True) for r in page(response).select("tbody tr")][1:]
    assert len(faults) == 2
    assert faults[0].startswith("知识.jsonl 2 ")
    assert faults[1].startswith("知识.jsonl 3 ")
    assert world.article("one").latest.title == "一"


def test_the_same_file_again_changes_nothing(editor: Client) -> None:
    line = '{"key":"one","title":"一","body":"正文"}'
    upload(editor, ("a.jsonl", line))
    assert "没有变化 1 篇" in notices(upload(editor, ("a.jsonl", line)))


def test_a_key_in_two_files_is_named(world: World, editor: Client) -> None:
    response = upload(
        editor,
        ("a.jsonl", '{"key":"one","title":"一","body":"甲"}'),
        ("b.jsonl", '{"key":"one","title":"一","body":"乙"}'),
    )
    assert "有误 1 条" in notices(response)
    assert world.article("one").latest.body == "甲"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.zip", b"PK"),
        ("a.exe", b"MZ"),
        ("没有后缀", b"x"),
        ("a.docx", b"not a document"),
        ("a.xlsx", b"PK\x03\x04broken"),
        ("a.pdf", b"%PDF-1.7 broken"),
        ("a.csv", b""),
        ("../../etc/passwd.txt/", b"x"),
        ("a\0b.txt", b""),
    ],
)
def test_a_file_that_cannot_be_read_is_said_and_leaves_nothing(
    world: World, editor: Client, name: str, content: bytes
) -> None:
    before = count(world)
    response = upload(editor, (name, content))
    assert response.status_code == 200
    assert "有误 1 条" in notices(response)
    assert count(world) == before


def test_no_file_is_said_beside_the_field(editor: Client) -> None:
    assert "请先选择" in errors(editor.post("/edit/import", data={}))


def test_a_category_that_cannot_be_is_said_beside_its_field(world: World, editor: Client) -> None:
    before = count(world)
    response = upload(editor, ("a.md", "# 题\n\n文"), category="a/b/c/d/e/f/g")
    assert "最多6级" in errors(response)
    assert count(world) == before


def test_publishing_an_import_needs_the_permission(
    world: World, editor: Client, administrator: Client
) -> None:
    file = ("a.md", "# 题\n\n文")
    assert upload(editor, file, publish="1").status_code == 403
    assert not page(editor.get("/edit/import")).select("[name=publish]")
    assert upload(administrator, file, publish="1").status_code == 200
    assert world.article("a").latest.state == PUBLISHED


# Files out


@pytest.mark.both_databases
def test_the_list_goes_out_and_comes_back_without_a_difference(
    world: World, administrator: Client
) -> None:
    response = administrator.get("/edit/export?format=jsonl")
    assert response.headers["Content-Disposition"].startswith("attachment")
    report = notices(upload(administrator, ("all.jsonl", response.data), publish="1"))
    # Of the retired and the draft the newest text goes out too, and is published coming back.
    assert "新增 0 篇，修订 2 篇，没有变化 10 篇，有误 0 条" in report


@pytest.mark.both_databases
def test_an_export_holds_what_the_filter_shows(editor: Client) -> None:
    response = editor.get("/edit/export?format=jsonl&kind=faq&category=票务")
    keys = {json.loads(line)["key"] for line in response.text.splitlines()}
    assert keys == {"refund-fee", "change-ticket"}


@pytest.mark.both_databases
def test_a_workbook_opens_with_its_headings(editor: Client) -> None:
    response = editor.get("/edit/export?format=xlsx&kind=script")
    sheet = openpyxl.load_workbook(io.BytesIO(response.data)).active
    assert sheet is not None
    rows = list(sheet.values)
    assert "标题" in rows[0]
    assert any("通话开场白" in map(str, row) for row in rows[1:])


@pytest.mark.both_databases
def test_cells_that_look_like_formulas_go_out_as_text(world: World, editor: Client) -> None:
    world.publish(Record("formula", "=1+1", "@SUM(A1)\n"))
    text = editor.get("/edit/export?format=csv&text=formula").data.decode("utf-8-sig")
    assert "\n=" not in text
    assert ",=" not in text
    assert ",@" not in text


@pytest.mark.parametrize("format", ["pdf", "", "../x", "md"])
def test_a_format_that_is_not_offered_is_not_found(editor: Client, format: str) -> None:
    assert editor.get(f"/edit/export?format={format}").status_code == 404
