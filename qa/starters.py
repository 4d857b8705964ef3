"""Rubrics to begin with, as files of their own (``qa/rubrics/*.json``)."""

from __future__ import annotations

from importlib.resources import files

from . import jsonfile
from .rubric import Rubric
from .rubric_read import parse


def names() -> list[str]:
    """Their names: deductions, refund, seven."""
    folder = files(__package__) / "rubrics"
    return sorted(
        f.name.removesuffix(".json") for f in folder.iterdir() if f.name.endswith(".json")
    )


def starter(name: str) -> Rubric:
    """One of them. Raises KeyError for a name there is not."""
    if name not in names():
        raise KeyError(name)
    file = files(__package__) / "rubrics" / f"{name}.json"
    return parse(jsonfile.loads(file.read_bytes(), file.name))
