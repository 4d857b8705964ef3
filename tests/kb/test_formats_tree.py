"""Files and folders: what an import reads, and what an export leaves behind."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from kb.formats import FORMATS, export_folder, find_files, read_files, read_paths
from kb.formats.folder import MARKER, FolderInUse, SameKey
from kb.records import Fault, Record


def put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {path.stem}\n\n正文", "utf-8")


def names(folder: Path) -> list[str]:
    return [found.relative.as_posix() for found in find_files([folder])]


def keys(*paths: Path) -> list[str]:
    return [item.key for item in read_paths(paths) if isinstance(item, Record)]


def messages(*paths: Path) -> list[str]:
    return [item.message for item in read_paths(paths) if isinstance(item, Fault)]


def test_folders_become_the_category_path_below_the_one_of_the_import(tmp_path: Path) -> None:
    put(tmp_path, "总则.md", "票务/退票/时限.md")
    found = [item for item in read_paths([tmp_path], "铁路") if isinstance(item, Record)]
    assert [(item.key, item.category) for item in found] == [
        ("总则", "铁路"),
        ("票务-退票-时限", "铁路/票务/退票"),
    ]


def test_files_come_in_a_stable_order_and_hidden_and_lock_files_do_not(tmp_path: Path) -> None:
    put(tmp_path, "b.md", "a/z.md", "a.md", ".git/x.md", "~$a.docx", ".~lock.a#", "a.md~")
    put(tmp_path, "__MACOSX/a.md", "Thumbs.db", "a/.DS_Store", ".hidden.md")
    assert names(tmp_path) == ["a/z.md", "a.md", "b.md"]


def test_the_number_of_files_is_known_before_any_is_opened(tmp_path: Path) -> None:
    put(tmp_path, "a.md", "b.md", "c.unknown")
    files = find_files([tmp_path])
    done: list[str] = []
    for _ in read_files(files, after=lambda file: done.append(file.relative.name)):
        pass
    assert done == ["a.md", "b.md", "c.unknown"]
    assert len(files) == 3


def test_a_link_back_into_the_folder_ends(tmp_path: Path) -> None:
    put(tmp_path, "a/b.md")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "a" / "self").symlink_to("self")
    assert keys(tmp_path) == ["a-b"]
    assert messages(tmp_path) == ["不是普通文件（链接已断，或是设备、管道），没有导入。"]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    put(tmp_path, "a.md")
    assert keys(tmp_path / "a.md", tmp_path, tmp_path / "a.md") == ["a"]


def test_unknown_missing_and_odd_files_are_faults(tmp_path: Path) -> None:
    put(tmp_path, "a.png", "b.doc", "c", "d.md")
    os.mkfifo(tmp_path / "e.md")
    found = messages(tmp_path, tmp_path / "没有", tmp_path / ("长" * 200))
    assert [message[:6] for message in found] == [
        "不认识这种文",
        "不支持 .d",
        "不认识这种文",
        "不是普通文件",
        "找不到这个文",
        "找不到这个文",
    ]
    assert keys(tmp_path) == ["d"]


def test_endings_are_known_in_any_case(tmp_path: Path) -> None:
    put(tmp_path, "a.MD")
    assert keys(tmp_path) == ["a"]


def test_two_files_that_make_one_key_are_told_apart_by_a_fault(tmp_path: Path) -> None:
    put(tmp_path, "a/b.md", "a-b.md")
    [message] = messages(tmp_path)
    assert "编号“a-b”和" in message


def test_a_name_that_is_no_text_is_still_shown(tmp_path: Path) -> None:
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.md"))).write_text("正文")
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.unknown"))).write_text("正文")
    items = list(read_paths([tmp_path]))
    assert [type(item) for item in items] == [Record, Fault]
    assert str(items).encode("utf-8")


def test_every_format_names_itself_and_reads() -> None:
    assert list(FORMATS) == [
        ".jsonl",
        ".md",
        ".txt",
        ".html",
        ".htm",
        ".docx",
        ".xlsx",
        ".csv",
        ".pdf",
    ]
    assert {ending for ending, known in FORMATS.items() if known.write} == {
        ".jsonl",
        ".md",
        ".xlsx",
        ".csv",
    }


ARTICLES = [Record("a", "甲", "甲文", category="票务"), Record("b", "乙", "乙文")]


def files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_an_export_replaces_the_one_before_it(tmp_path: Path) -> None:
    export_folder(ARTICLES, tmp_path)
    export_folder([Record("c", "丙", "丙文", category="行李")], tmp_path)
    assert files(tmp_path) == [MARKER, "行李/c.md"]
    assert not (tmp_path / "票务").exists()


def test_an_export_leaves_hidden_folders_alone(tmp_path: Path) -> None:
    put(tmp_path, ".git/config")
    export_folder(ARTICLES, tmp_path)
    export_folder(ARTICLES[:1], tmp_path)
    assert files(tmp_path) == [".git/config", MARKER, "票务/a.md"]


@pytest.mark.parametrize("exported", [False, True])
def test_a_folder_with_files_of_others_is_refused_untouched(tmp_path: Path, exported: bool) -> None:
    if exported:
        export_folder(ARTICLES, tmp_path)
    put(tmp_path, "票务/我的笔记.md")
    before = files(tmp_path)
    with pytest.raises(FolderInUse, match="票务/我的笔记.md"):
        export_folder(ARTICLES, tmp_path)
    assert files(tmp_path) == before


def test_an_export_that_fails_leaves_the_earlier_one(tmp_path: Path) -> None:
    export_folder(ARTICLES, tmp_path)
    with pytest.raises(SameKey):
        export_folder([ARTICLES[0], ARTICLES[0]], tmp_path)
    assert sorted(keys(tmp_path)) == ["a", "b"]
    with pytest.raises(SameKey):
        export_folder([ARTICLES[0], ARTICLES[0]], tmp_path / "neu")
    assert not (tmp_path / "neu").exists()


def test_an_export_that_was_cut_off_is_not_imported_and_can_be_repeated(tmp_path: Path) -> None:
    """What a process leaves that dies while the files are put in place."""
    export_folder(ARTICLES, tmp_path)
    marker = json.loads((tmp_path / MARKER).read_text())
    (tmp_path / MARKER).write_text(json.dumps({**marker, "whole": False}))
    (tmp_path / "b.md").unlink()
    put(tmp_path, ".zhixi-export.part/b.md")
    assert keys(tmp_path) == []
    assert messages(tmp_path) == ["这个文件夹的导出没有完成，请重新导出后再导入。"]
    export_folder(ARTICLES, tmp_path)
    assert sorted(keys(tmp_path)) == ["a", "b"]


def test_a_marker_from_elsewhere_never_reaches_outside_the_folder(tmp_path: Path) -> None:
    put(tmp_path, "outside.md")
    target = tmp_path / "out"
    target.mkdir()
    (target / MARKER).write_text(json.dumps({"whole": True, "files": ["../outside.md"]}))
    export_folder(ARTICLES, target)
    assert (tmp_path / "outside.md").exists()


@pytest.mark.parametrize(
    "key", [".hidden", "~$lock", "con", "a:b?c*", "尾.", "退" * 200, "__MACOSX", "a.md"]
)
def test_every_key_gets_a_file_that_is_found_again(tmp_path: Path, key: str) -> None:
    export_folder([Record(key, "题", "文", category="../../上/.隐/~$锁")], tmp_path / "out")
    assert files(tmp_path)[-1].startswith("out/")
    [item] = read_paths([tmp_path / "out"])
    assert isinstance(item, Record)
    assert item.key == key


def test_a_category_may_be_called_like_a_file(tmp_path: Path) -> None:
    library = [Record("a", "题", "文"), Record("b", "题", "文", category="a.md")]
    assert export_folder(library, tmp_path) == 2
    assert sorted(keys(tmp_path)) == ["a", "b"]


def test_what_systems_leave_in_folders_does_not_break_the_next_export(tmp_path: Path) -> None:
    export_folder(ARTICLES, tmp_path)
    put(tmp_path, "票务/.DS_Store")
    export_folder(ARTICLES, tmp_path)
    assert sorted(keys(tmp_path)) == ["a", "b"]


def test_a_link_in_the_folder_is_not_followed_but_refused(tmp_path: Path) -> None:
    put(tmp_path, "elsewhere/a.md")
    target = tmp_path / "out"
    export_folder(ARTICLES, target)
    (target / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FolderInUse, match="link"):
        export_folder(ARTICLES, target)
    assert (tmp_path / "elsewhere/a.md").exists()


def test_keys_that_differ_only_in_case_get_two_files(tmp_path: Path) -> None:
    export_folder([Record("A", "题", "文"), Record("a", "题", "文")], tmp_path)
    assert len({name.casefold() for name in files(tmp_path)}) == 3
