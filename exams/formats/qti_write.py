"""Questions as QTI 2.1 or 2.2 items."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType

from ..exact import decimal
from ..questions import Question
from .xml import add, add_extras, serialised

VERSIONS: Mapping[str, str] = MappingProxyType({"2.1": "v2p1", "2.2": "v2p2"})

_RULES = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/"
_SCHEMAS: Mapping[str, str] = MappingProxyType(
    {
        "2.1": "http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd",
        "2.2": "http://www.imsglobal.org/xsd/qti/qtiv2p2/imsqti_v2p2.xsd",
    }
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,60}")
_GAP = re.compile(r"_{2,}")


def item(question: Question, extra: str, version: str, name: str = "") -> str:
    """The item's document; ``name`` is its identifier where the key can be none."""
    space = f"http://www.imsglobal.org/xsd/imsqti_{VERSIONS[version]}"
    root = ET.Element(
        "assessmentItem",
        {
            "xmlns": space,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": f"{space} {_SCHEMAS[version]}",
            "identifier": identifier(question.key) or name or "item",
            "title": question.stem.split("\n")[0][:60],
            "adaptive": "false",
            "timeDependent": "false",
        },
    )
    add_extras(root, extra)
    _WRITERS[question.kind](root, question)
    return serialised(root)


def identifier(key: str) -> str:
    """The key if it may be an identifier, else ''."""
    return key if _NAME.fullmatch(key) else ""


def _declare(
    root: ET.Element, base: str, right: list[str], *, name: str = "RESPONSE", many: str = "single"
) -> ET.Element:
    declared = add(root, "responseDeclaration", identifier=name, cardinality=many, baseType=base)
    if right:
        correct = add(declared, "correctResponse")
        for value in right:
            add(correct, "value", value)
    return declared


def _map(declared: ET.Element, worth: dict[str, Fraction]) -> None:
    mapping = add(declared, "mapping", lowerBound="0", upperBound="1", defaultValue="0")
    for key, value in worth.items():
        add(mapping, "mapEntry", mapKey=key, mappedValue=decimal(value))


def _outcome(root: ET.Element) -> None:
    score = add(
        root, "outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float"
    )
    add(add(score, "defaultValue"), "value", "0")


def _body(root: ET.Element, question: Question) -> ET.Element:
    body = add(root, "itemBody")
    for line in question.stem.split("\n"):
        add(body, "p", line)
    return body


def _lines(element: ET.Element, text: str) -> None:
    """The text as the element's words, its line ends as ``<br/>``."""
    element.text, *rest = text.split("\n")
    for line in rest:
        add(element, "br").tail = line


def _associable(parent: ET.Element, name: str, most: int) -> ET.Element:
    return add(parent, "simpleAssociableChoice", identifier=name, matchMax=str(most))


def _process(root: ET.Element, template: str) -> None:
    add(root, "responseProcessing", template=_RULES + template)


def _write_choice(root: ET.Element, question: Question) -> None:
    single = question.kind == "single"
    names = _names(question)
    right = [question.answer] if single else list(question.answer)
    many = "single" if single else "multiple"
    declared = _declare(root, "identifier", [names[key] for key in right], many=many)
    worth = _worth(question, right)
    if worth:
        _map(declared, {names[key]: value for key, value in worth.items()})
    _outcome(root)
    body = _body(root, question)
    asked = add(
        body,
        "choiceInteraction",
        responseIdentifier="RESPONSE",
        shuffle="true",
        maxChoices="1" if single else "0",
    )
    for option in question.options:
        _lines(add(asked, "simpleChoice", identifier=names[option.key]), option.text)
    _process(root, "map_response" if worth else "match_correct")


def _worth(question: Question, right: list[str]) -> dict[str, Fraction]:
    """What to map; empty for all or nothing. A wrong choice takes what all right ones give."""
    if question.policy == "fractions":
        return {option.key: option.fraction or Fraction(0) for option in question.options}
    if question.kind == "single" or question.policy != "partial":
        return {}
    return {
        option.key: Fraction(1, len(right)) if option.key in right else Fraction(-1)
        for option in question.options
    }


def _names(question: Question) -> dict[str, str]:
    """Identifiers of the options: their keys where all of them can be."""
    keys = [option.key for option in question.options]
    if all(map(identifier, keys)):
        return {key: key for key in keys}
    return {key: f"c{number}" for number, key in enumerate(keys, 1)}


def _write_judge(root: ET.Element, question: Question) -> None:
    _declare(root, "identifier", ["true" if question.answer else "false"])
    _outcome(root)
    body = _body(root, question)
    asked = add(
        body, "choiceInteraction", responseIdentifier="RESPONSE", shuffle="false", maxChoices="1"
    )
    add(asked, "simpleChoice", "正确", identifier="true")
    add(asked, "simpleChoice", "错误", identifier="false")
    _process(root, "match_correct")


def _write_blank(root: ET.Element, question: Question) -> None:
    size = len(question.answer)
    names = ["RESPONSE"] if size == 1 else [f"RESPONSE{n}" for n in range(1, size + 1)]
    for name, forms in zip(names, question.answer, strict=True):
        _map(_declare(root, "string", [forms[0]], name=name), dict.fromkeys(forms, Fraction(1)))
    _outcome(root)
    body = add(root, "itemBody")
    if len(_GAP.findall(question.stem)) == size:
        _with_gaps(body, question.stem, names)
    else:
        body.set("class", "blanks-apart")
        for line in question.stem.split("\n"):
            add(body, "p", line)
        apart = add(body, "p")
        for name in names:
            add(apart, "textEntryInteraction", responseIdentifier=name)
    if size == 1:
        _process(root, "map_response")
        return
    score = add(add(root, "responseProcessing"), "setOutcomeValue", identifier="SCORE")
    ratio = add(score, "divide")
    total = add(ratio, "sum")
    for name in names:
        add(total, "mapResponse", identifier=name)
    add(ratio, "baseValue", str(size), baseType="float")


def _with_gaps(body: ET.Element, stem: str, names: list[str]) -> None:
    """The stem with an entry in the place of each gap."""
    left = list(names)
    for line in stem.split("\n"):
        first, *rest = _GAP.split(line)
        paragraph = add(body, "p", first)
        for after in rest:
            gap = add(paragraph, "textEntryInteraction", responseIdentifier=left.pop(0))
            gap.tail = after


def _write_number(root: ET.Element, question: Question) -> None:
    number = question.answer
    _declare(root, "float", [decimal(number.value)])
    _outcome(root)
    body = _body(root, question)
    body.set("class", "blanks-apart")
    entry = add(add(body, "p"), "textEntryInteraction", responseIdentifier="RESPONSE")
    entry.tail = None
    condition = add(add(root, "responseProcessing"), "responseCondition")
    met = add(condition, "responseIf")
    side = decimal(number.tolerance)
    mode = (
        {"toleranceMode": "absolute", "tolerance": f"{side} {side}"}
        if number.tolerance
        else {"toleranceMode": "exact"}
    )
    equal = add(met, "equal", **mode)
    add(equal, "variable", identifier="RESPONSE")
    add(equal, "correct", identifier="RESPONSE")
    score = add(met, "setOutcomeValue", identifier="SCORE")
    add(score, "baseValue", "1", baseType="float")


def _write_order(root: ET.Element, question: Question) -> None:
    names = _names(question)
    _declare(root, "identifier", [names[key] for key in question.answer], many="ordered")
    _outcome(root)
    body = _body(root, question)
    asked = add(body, "orderInteraction", responseIdentifier="RESPONSE", shuffle="true")
    for option in question.options:
        _lines(add(asked, "simpleChoice", identifier=names[option.key]), option.text)
    _process(root, "match_correct")


def _write_match(root: ET.Element, question: Question) -> None:
    texts = dict.fromkeys(right for _, right in question.answer)
    rights = {text: f"R{n}" for n, text in enumerate(texts, 1)}
    pairs = [(f"L{n}", rights[right]) for n, (_, right) in enumerate(question.answer, 1)]
    declared = _declare(
        root, "directedPair", [f"{left} {right}" for left, right in pairs], many="multiple"
    )
    _map(declared, {f"{left} {right}": Fraction(1, len(pairs)) for left, right in pairs})
    _outcome(root)
    body = _body(root, question)
    asked = add(
        body,
        "matchInteraction",
        responseIdentifier="RESPONSE",
        shuffle="true",
        maxAssociations=str(len(pairs)),
    )
    left_set, right_set = add(asked, "simpleMatchSet"), add(asked, "simpleMatchSet")
    for n, (left, _) in enumerate(question.answer, 1):
        _lines(_associable(left_set, f"L{n}", 1), left)
    extra = [(option.text, f"X{n}") for n, option in enumerate(question.options, 1)]
    for text, name in (*rights.items(), *extra):
        _lines(_associable(right_set, name, len(pairs)), text)
    _process(root, "map_response")


def _write_essay(root: ET.Element, question: Question) -> None:
    _declare(root, "string", [])
    _outcome(root)
    add(_body(root, question), "extendedTextInteraction", responseIdentifier="RESPONSE")


_WRITERS: Mapping[str, Callable[[ET.Element, Question], None]] = MappingProxyType(
    {
        "single": _write_choice,
        "multiple": _write_choice,
        "judge": _write_judge,
        "blank": _write_blank,
        "number": _write_number,
        "order": _write_order,
        "match": _write_match,
        "essay": _write_essay,
    }
)
