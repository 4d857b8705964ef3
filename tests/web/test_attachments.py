"""Files of an article: taken in, shown, found, guarded, kept and cleaned up."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from kb import attachments
from web.backup import backup
from web.doctor import examine
from web.restore import restore
from web.settings import Settings

from ..browsing import Client
from ..commands import run
from ..homes import Homes
from ..world import World
from .editing import AsPerson, errors, page, record, shown
from .filing import PNG, WAV, bomb, publish_with_file, word, workbook

EVIL_XML = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'


@pytest.fixture
def editor(as_person: AsPerson) -> Client:
    return as_person("editor")


@pytest.fixture
def agent(as_person: AsPerson) -> Client:
    return as_person("agent")


def save(
    client: Client, key: str, *files: tuple[str, bytes] | tuple[str, bytes, str], **more: object
) -> TestResponse:
    """The article's form sent back with files."""
    sent = shown(client.get(f"/edit/articles/{key}")) | more
    sent["attachments"] = [(io.BytesIO(file[1]), file[0], *file[2:]) for file in files]
    return client.post(f"/edit/articles/{key}/draft", data=sent)


def names(world: World, key: str, number: int) -> list[str]:
    revision = next(r for r in world.article(key).revisions if r.number == number)
    return [file.name for file in attachments.named(revision.data)]


def kept(world: World) -> list[str]:
    return [name for name, _ in world.services.files.all()]


# In


def test_a_file_is_saved_with_the_draft_and_kept_once_for_all_who_name_it(
    world: World, editor: Client
) -> None:
    assert save(editor, "refund-fee", ("站内图.png", PNG, "image/png")).status_code == 302
    assert save(editor, "child-fare", ("同一张.png", PNG)).status_code == 302
    assert names(world, "refund-fee", 2) == ["站内图.png"]
    assert names(world, "child-fare", 2) == ["同一张.png"]
    assert len(kept(world)) == 1
    assert names(world, "refund-fee", 1) == []  # what is published stays as it was


def test_the_next_draft_begins_with_the_files_and_may_take_them_away(
    world: World, editor: Client
) -> None:
    publish_with_file(world, "refund-fee", "图.png", PNG)
    assert save(editor, "refund-fee", body="再改。").status_code == 302
    assert names(world, "refund-fee", 3) == ["图.png"]
    save(editor, "refund-fee", detach="图.png")
    assert names(world, "refund-fee", 3) == []
    assert names(world, "refund-fee", 2) == ["图.png"]


def test_two_files_of_one_name_are_told_apart(world: World, editor: Client) -> None:
    save(editor, "refund-fee", ("图.png", PNG), ("图.png", PNG + b"2"))
    assert names(world, "refund-fee", 2) == ["图.png", "图（2）.png"]


@pytest.mark.parametrize(
    ("name", "content", "declared", "said"),
    [
        ("a.html", b"<script>alert(1)</script>", "text/html", "不是可以上传的种类"),
        ("a.svg", b"<svg/>", "image/svg+xml", "不是可以上传的种类"),
        ("a.png", b"<html>", "image/png", "内容不是图片"),
        ("a.png", PNG, "text/html", "内容不是图片"),
        ("a.pdf", PNG, "application/pdf", "内容不是PDF"),
        ("a.doc", b"\xd0\xcf\x11\xe0", "application/msword", "另存为 .docx"),
        ("a.mp3", b"", "audio/mpeg", "是空的"),
        ("a.docx", b"PK\x03\x04broken", "", "不能用"),
        ("a.xlsx", word("其实是Word"), "", "不能用"),
        ("没有后缀", b"x", "", "不是可以上传的种类"),
    ],
)
def test_what_may_not_come_in_is_said_and_leaves_nothing(
    world: World, editor: Client, name: str, content: bytes, declared: str, said: str
) -> None:
    response = save(editor, "refund-fee", ("好的.png", PNG), (name, content, declared))
    assert said in errors(response)
    assert kept(world) == []
    assert world.article("refund-fee").draft is None


def test_a_bomb_and_entities_are_refused(world: World, editor: Client) -> None:
    assert "压缩炸弹" in errors(save(editor, "refund-fee", ("炸弹.docx", bomb())))
    out = io.BytesIO(word("小"))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("word/custom.xml", EVIL_XML)
    assert "实体" in errors(save(editor, "refund-fee", ("实体.docx", out.getvalue())))
    assert kept(world) == []


@pytest.mark.parametrize(
    ("name", "kept_as"),
    [
        ("../../etc/图\u202e\r\n.png", "图.png"),
        ("C:\\桌面\\表.xlsx", "表.xlsx"),
        ("长" * 400 + ".pdf", "长" * 116 + ".pdf"),
        ("\ud800", "附件"),
        ("", "附件"),
    ],
)
def test_a_name_with_a_path_or_control_characters_is_made_harmless(name: str, kept_as: str) -> None:
    assert attachments.clean_name(name) == kept_as


def test_a_file_over_the_limit_is_named_with_its_limit(world: World, tmp_path: Path) -> None:
    big = tmp_path / "大.png"
    big.write_bytes(PNG + bytes(attachments.MIB))
    with pytest.raises(Exception, match="超过 1 MB"):
        attachments.checked(big, "大.png", "image/png", attachments.MIB)


def test_a_form_with_another_fault_says_to_choose_the_files_again(
    world: World, editor: Client
) -> None:
    assert "再选一次附件" in errors(save(editor, "refund-fee", ("图.png", PNG), title=""))
    assert kept(world) == []


# Out


def test_a_file_is_shown_as_what_it_is_and_never_as_a_page(world: World, agent: Client) -> None:
    publish_with_file(world, "refund-fee", "图.png", PNG)
    article = page(agent.get("/articles/refund-fee"))
    link = article.select_one(".attachments a")
    assert link is not None
    assert "图.png" in agent.get(str(link["href"])).text
    response = agent.get("/articles/refund-fee/revisions/2/attachments/1/file")
    assert response.data == PNG
    assert response.mimetype == "image/png"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    kept_copy = agent.get("/articles/refund-fee/revisions/2/attachments/1/file?keep=1")
    assert kept_copy.headers["Content-Disposition"].startswith("attachment")


def test_a_document_is_only_handed_over_and_its_text_shown(world: World, agent: Client) -> None:
    publish_with_file(world, "refund-fee", "细则.docx", word("x"), "<b>残票</b>换新")
    response = agent.get("/articles/refund-fee/revisions/2/attachments/1/file")
    assert response.headers["Content-Disposition"].startswith("attachment")
    shown_page = agent.get("/articles/refund-fee/revisions/2/attachments/1").text
    assert "&lt;b&gt;残票" in shown_page


def test_a_player_gets_the_part_it_asks_for(world: World, agent: Client) -> None:
    publish_with_file(world, "refund-fee", "开场.wav", WAV)
    url = "/articles/refund-fee/revisions/2/attachments/1/file"
    part = agent.get(url, headers={"Range": "bytes=4-9"})
    assert (part.status_code, part.data) == (206, WAV[4:10])
    assert part.headers["Content-Range"] == f"bytes 4-9/{len(WAV)}"
    assert agent.get(url, headers={"Range": "bytes=9999-"}).status_code == 416


def test_who_may_not_see_the_article_learns_nothing_of_its_files(
    world: World, as_person: AsPerson, agent: Client
) -> None:
    publish_with_file(world, "angry-caller", "内部.png", PNG)
    for place in ("", "/file"):
        url = f"/articles/angry-caller/revisions/2/attachments/1{place}"
        assert as_person("supervisor").get(url).status_code == 200
        missing = agent.get(url.replace("angry-caller", "no-such"))
        assert agent.get(url).status_code == missing.status_code == 404


def test_a_draft_and_an_old_revision_give_their_files_to_editors_alone(
    world: World, editor: Client, agent: Client
) -> None:
    publish_with_file(world, "refund-fee", "旧.png", PNG)
    publish_with_file(world, "refund-fee", "新.png", PNG + b"n")
    save(editor, "refund-fee", ("草稿.png", PNG + b"d"))
    for number, reader in ((2, 404), (3, 200), (4, 404)):
        url = f"/articles/refund-fee/revisions/{number}/attachments/1/file"
        assert agent.get(url).status_code == reader
        assert editor.get(url).status_code == 200


# Found


def test_what_only_a_file_says_is_found_and_named_without_an_answer(
    world: World, editor: Client, as_person: AsPerson
) -> None:
    table = workbook(("项目", "说明"), ("磁浮快线", "磁浮快线车票遗失后凭登记号补办"))
    save(editor, "refund-fee", ("补办表.xlsx", table))
    as_person("administrator").post("/edit/articles/refund-fee/publication")
    world.sync()
    found = world.services.library.search("磁浮快线车票遗失怎么补办", viewer=world.viewer("agent"))
    hit = found.hits[0]
    assert (hit.key, hit.attachment, hit.answer) == ("refund-fee", "补办表.xlsx", None)
    assert "补办" in "".join(piece.text for piece in hit.snippet)
    desk = as_person("agent").get("/desk?q=磁浮快线车票遗失怎么补办").text
    assert "在附件《补办表.xlsx》中" in desk


def test_an_answer_of_the_text_stays_one_with_its_place(world: World) -> None:
    publish_with_file(world, "refund-fee", "说明.docx", word("x"), "退票费的说明见正文。")
    hit = world.services.library.search("开车前8天以上退票收退票费吗").hits[0]
    assert hit.answer is not None
    body = record(world, "refund-fee").body
    assert body[hit.answer.start : hit.answer.end] == hit.answer.text
    assert not hit.attachment


def test_a_quoted_phrase_is_found_in_a_file(world: World) -> None:
    publish_with_file(world, "child-fare", "说明.docx", word("x"), "身高测量尺以车站为准")
    found = world.services.library.search("“身高测量尺以车站为准”")
    assert [hit.key for hit in found.hits] == ["child-fare"]


# Kept


def test_a_backup_brings_the_files_along(world: World, homes: Homes, tmp_path: Path) -> None:
    name = publish_with_file(world, "refund-fee", "图.png", PNG)
    backup(world.services.settings, tmp_path / "out" / "all.zhixi")
    home = tmp_path / "new"
    new = Settings(home, homes.database("sqlite", "empty", home), "memory:", "another-secret" * 4)
    restore(new, tmp_path / "out" / "all.zhixi")
    assert (home / "files" / name[:2] / name[2:]).read_bytes() == PNG


def test_the_doctor_names_a_lost_file_and_counts_what_nobody_uses(world: World) -> None:
    name = publish_with_file(world, "refund-fee", "图.png", PNG)
    world.services.files.put(io.BytesIO(b"nobody's"))
    found = {f.check: f for f in examine(world.services.settings)}["files"]
    assert found.ok
    assert "1 个文件没有文章用到" in found.detail
    world.services.files.delete(name)
    found = {f.check: f for f in examine(world.services.settings)}["files"]
    assert not found.ok
    assert name[:12] in found.detail


@pytest.mark.parametrize("backend", ["sqlite"])
def test_tidying_takes_old_files_that_nobody_uses_and_no_others(world: World) -> None:
    used = publish_with_file(world, "refund-fee", "图.png", PNG)
    old = world.services.files.put(io.BytesIO(b"old")).sha256
    fresh = world.services.files.put(io.BytesIO(b"fresh")).sha256
    for name in (used, old):
        path = world.services.settings.files_folder / name[:2] / name[2:]
        os.utime(path, (0, 0))
    done = run(world.services.settings, "kb", "tidy")
    assert "已删去 1 个" in done.stdout
    assert set(kept(world)) == {used, fresh}
