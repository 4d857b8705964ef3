"""The centre's own fields on the article form: shown, read back, and put into the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import request

from kb import fieldrules
from kb.errors import InvalidContent
from kb.fieldrules import FieldRule
from kb.models import Article
from kb.records import Record

from .context import reading

GIVEN = "own_given"
"""Stands in a form that has the fields: what is sent without it leaves them as they are."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A field on the form: its rule, the control's name, and what stands in it."""

    rule: FieldRule
    name: str
    value: str


def groups(article: Article | None) -> list[tuple[str, Sequence[Shown]]]:
    """(kind, its fields) for every kind that has any."""
    data: Mapping[str, object] = article.latest.data if article else {}
    found: dict[str, list[Shown]] = {}
    for rule in fieldrules.all_rules(reading()):
        kept = "、".join(fieldrules.texts(data.get(rule.key)))
        name = control(rule)
        value = request.form.get(name, "") if GIVEN in request.form else kept
        found.setdefault(rule.kind, []).append(Shown(rule, name, value))
    return list(found.items())


def control(rule: FieldRule) -> str:
    return f"own.{rule.kind}.{rule.key}"


def labels() -> dict[str, str]:
    """{control: what people call it}, for a list of errors."""
    return {control(rule): rule.name for rule in fieldrules.all_rules(reading())}


def keys(kind: str) -> set[str]:
    """The keys of data that the form shows as fields of this kind."""
    return {rule.key for rule in fieldrules.rules_of(reading(), kind)}


def filled(record: Record | None, kind: str, errors: dict[str, str]) -> Record | None:
    """The record with what was typed into the fields of its kind; what is wrong goes to ``errors``.

    Fields of other kinds, and data without a rule, stay as they are.
    """
    if GIVEN not in request.form:
        return record
    data = dict(record.data) if record else {}
    for rule in fieldrules.rules_of(reading(), kind):
        try:
            value = fieldrules.understood(rule, request.form.get(control(rule), ""))
        except InvalidContent as wrong:
            errors.setdefault(wrong.field, str(wrong))
            continue
        data.pop(rule.key, None)
        if value is not None:
            data[rule.key] = value
    return replace(record, data=data) if record else None
