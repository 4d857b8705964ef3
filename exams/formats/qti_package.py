"""QTI content packages: a ZIP of items with an ``imsmanifest.xml``; and an item by itself."""

from __future__ import annotations

import io
import posixpath
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable
from urllib.parse import unquote

from kb.formats.archive import BROKEN, bloat
from kb.formats.encoding import decode
from kb.formats.source import Unreadable as Undecodable

from ..errors import Unreadable
from ..questions import Question
from . import qti, qti_write
from .extras import write_all
from .report import MIB, Report, Written
from .xml import add, parse, serialised

MAX_PART = 20 * MIB

MANIFEST = "imsmanifest.xml"
_ITEM = re.compile(r"imsqti_item_xmlv2p[012]", re.IGNORECASE)
_EPOCH = (2000, 1, 1, 0, 0, 0)
"""The time of every part: the same questions, the same bytes."""


def read(data: bytes) -> Report:
    """The items of a package, in the manifest's order. Raises Unreadable."""
    report = Report()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if refusal := bloat(archive, len(data)):
                raise Unreadable(refusal)
            names = {info.filename: info for info in archive.infolist()}
            root, folder = _manifest(archive, names)
            for resource in root.iter("resource"):
                _take(archive, names, folder, resource, report)
    except BROKEN:
        raise Unreadable("ZIP 文件已损坏、不完整或有密码。") from None
    except OSError as error:  # bz2 says so of broken streams
        raise Unreadable("ZIP 文件已损坏。") from error
    if not (report.imported or report.skipped or report.errors):
        raise Unreadable("包里没有题目。")
    return report


def _manifest(
    archive: zipfile.ZipFile, names: dict[str, zipfile.ZipInfo]
) -> tuple[ET.Element, str]:
    """The manifest, and the folder it stands in: some tools pack one around it."""
    found = sorted((n for n in names if posixpath.basename(n) == MANIFEST), key=len)
    if not found:
        raise Unreadable(f"ZIP 里没有 {MANIFEST}，不是 QTI 包。")
    return parse(_text(archive, names[found[0]])), posixpath.dirname(found[0])


def _text(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> str:
    if info.file_size > MAX_PART:
        raise Unreadable(f"{info.filename[:80]} 超过 {MAX_PART // MIB} MiB。")
    try:
        return decode(archive.read(info))
    except Undecodable as error:
        raise Unreadable(f"{info.filename[:80]}：{error}") from None


def _take(
    archive: zipfile.ZipFile,
    names: dict[str, zipfile.ZipInfo],
    folder: str,
    resource: ET.Element,
    report: Report,
) -> None:
    kind, href = resource.get("type", ""), resource.get("href", "")
    place = resource.get("identifier") or href or "resource"
    if not _ITEM.fullmatch(kind):
        if kind.lower().startswith("imsqti"):
            report.skip(place, kind, "只导入题目；试卷、题目包的结构没有导入。")
        return
    info = names.get(posixpath.normpath(posixpath.join(folder, unquote(href))))
    if info is None:
        report.wrong(place, f"包里没有清单所列的 {href[:80]}。")
        return
    try:
        root = parse(_text(archive, info))
        if root.tag != "assessmentItem":
            raise Unreadable("不是 QTI 题目：最外层应为 <assessmentItem>。")
    except Unreadable as error:
        report.wrong(place, str(error))
        return
    qti.take(root, report, place)


# Writing


def package(version: str) -> Callable[[list[Question]], Written]:
    """A writer of packages of that version of QTI."""

    def write(questions: list[Question]) -> Written:
        found = [(question, *_written(question, version)) for question in questions]
        written = Written()
        items: list[tuple[str, str]] = []
        for question, text, why in found:
            if why:
                written.without(question, why)
                continue
            items.append((_name(question, items), text))
        written.count, written.data = len(items), _packed(items, version)
        return written

    return write


def _written(question: Question, version: str) -> tuple[str, str]:
    texts, written = write_all(
        [question], lambda asked, extra: qti_write.item(asked, extra, version), qti.read
    )
    return (texts[0], "") if texts else ("", written.left_out[0]["reason"])


def _name(question: Question, items: list[tuple[str, str]]) -> str:
    return qti_write.identifier(question.key) or f"item{len(items) + 1}"


def _packed(items: list[tuple[str, str]], version: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        parts = [(MANIFEST, _manifest_of([name for name, _ in items], version))]
        parts += [(f"items/{name}.xml", text) for name, text in items]
        for name, text in parts:
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, text.encode())
    return file.getvalue()


def _manifest_of(names: list[str], version: str) -> str:
    root = ET.Element(
        "manifest",
        {"xmlns": "http://www.imsglobal.org/xsd/imscp_v1p1", "identifier": "zhixi-questions"},
    )
    about = add(root, "metadata")
    add(about, "schema", f"QTI{version} Package")
    add(about, "schemaversion", "1.0.0")
    add(root, "organizations")
    resources = add(root, "resources")
    kind = f"imsqti_item_xml{qti_write.VERSIONS[version]}"
    for name in names:
        href = f"items/{name}.xml"
        resource = add(resources, "resource", identifier=name, type=kind, href=href)
        add(resource, "file", href=href)
    return serialised(root)


def write_item(questions: list[Question]) -> Written:
    """One question as an item by itself; further ones are listed."""
    written = Written()
    for question in questions[:1]:
        text, why = _written(question, "2.1")
        if why:
            written.without(question, why)
        else:
            written.data, written.count = text.encode(), 1
    for question in questions[1:]:
        written.without(question, "一个 QTI 题目文件只有一道题；多道题请用 QTI 包。")
    return written
