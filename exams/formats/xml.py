"""XML of strangers: no entities, no document types, no bottomless nesting."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from ..errors import Unreadable

MAX_DEPTH = 200
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*?\?>")
_NAMESPACE = re.compile(r"\{[^}]*\}")
_TARGET = "zhixi"


class _Builder(ET.TreeBuilder):
    """Builds a tree, keeps instructions, and counts how deep it is."""

    def __init__(self) -> None:
        super().__init__(insert_pis=True)
        self._depth = 0

    def start(self, tag: Any, attrs: Any) -> Any:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Unreadable(f"XML 嵌套超过 {MAX_DEPTH} 层，不予打开。")
        return super().start(tag, attrs)

    def end(self, tag: str) -> Any:
        self._depth -= 1
        return super().end(tag)


def parse(text: str) -> ET.Element:
    """The root of an XML text; tags without their namespace. Raises Unreadable."""
    parser = DefusedXMLParser(target=_Builder(), forbid_dtd=True)
    try:
        parser.feed(_DECLARATION.sub("", text, count=1))
        root = parser.close()
    except DefusedXmlException:
        raise Unreadable("文件里声明了 XML 实体或文档类型，不安全，不予打开。") from None
    except ET.ParseError as error:
        line = error.position[0]
        raise Unreadable(f"XML 写得不完整或不对（第{line}行附近）。", line) from None
    if root is None:
        raise Unreadable("文件里没有 XML。")
    assert isinstance(root, ET.Element)
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = _NAMESPACE.sub("", element.tag)
    return root


def elements(parent: ET.Element, *tags: str) -> Iterator[ET.Element]:
    """Children of these tags, in order."""
    return (child for child in parent if child.tag in tags)


def text_of(parent: ET.Element | None, path: str = "") -> str:
    """The text of an element, or of the one at ``path`` below it; '' if there is none."""
    found = parent if parent is None or not path else parent.find(path)
    return "" if found is None else _joined(found)


def _joined(element: ET.Element) -> str:
    parts = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str):
            parts.append(_joined(child))
        parts.append(child.tail or "")
    return "".join(parts)


def extras_of(element: ET.Element) -> str:
    """What our own instruction in an element says; '' if there is none."""
    for child in element:
        tag: object = child.tag
        if tag is ET.ProcessingInstruction:
            target, _, said = (child.text or "").partition(" ")
            if target == _TARGET:
                return said.strip()
    return ""


def add(parent: ET.Element, tag: str, text: str | None = None, /, **attributes: str) -> ET.Element:
    """A new child. Attributes may end in ``_`` where Python has the word."""
    named = {name.rstrip("_"): value for name, value in attributes.items()}
    child = ET.SubElement(parent, tag, named)
    child.text = text
    return child


def add_extras(parent: ET.Element, extra: str) -> None:
    """Our own instruction, which other programs pass over."""
    if extra:
        said = extra.replace("?>", "?\\u003e")
        parent.append(ET.ProcessingInstruction(_TARGET, said))


def serialised(root: ET.Element) -> str:
    """The document, declaration included."""
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
