"""The form of a paper: what it sends, as the content of a paper; back again; and its acts.

An act (``row.up.2``) changes the form and keeps nothing: the form comes back as it then is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from werkzeug.datastructures import MultiDict

from exams import papers
from exams.blueprints import MOST_GRADES, MOST_QUESTIONS, MOST_ROWS, Fixed
from exams.exact import decimal, exact, plain
from exams.papers import Wanted
from exams.tables import Paper

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a blueprint as it is typed."""

    topic: str = ""
    difficulty: str = ""
    kind: str = ""
    grade: str = ""
    number: str = ""
    points: str = ""

    @property
    def empty(self) -> bool:
        return not any((self.topic, self.difficulty, self.kind, self.grade, self.number))

    def as_json(self) -> dict[str, Any]:
        named = {name: getattr(self, name) for name in ("topic", "difficulty", "kind", "grade")}
        return named | {"number": number(self.number), "points": number(self.points)}


@dataclass(frozen=True, slots=True)
class Weight:
    """The shares of a grade as they are typed."""

    of: str = ""
    easy: str = ""
    medium: str = ""
    hard: str = ""

    @property
    def empty(self) -> bool:
        return not any((self.of, self.easy, self.medium, self.hard))

    def as_json(self) -> dict[str, Any]:
        return {name: number(getattr(self, name) or "0") for name in ("easy", "medium", "hard")}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a fixed paper as it is typed: the id of its version, its points."""

    version: str = ""
    worth: str = ""

    @property
    def empty(self) -> bool:
        return not self.version

    def as_json(self) -> dict[str, Any]:
        return {"version": number(self.version), "points": number(self.worth)}


LISTS: Mapping[str, tuple[type[Row | Weight | Asked], int]] = {
    "rows": (Row, MOST_ROWS),
    "weights": (Weight, MOST_GRADES),
    "questions": (Asked, MOST_QUESTIONS),
}
"""Lists of the form, what they hold and how many of it."""


@dataclass(frozen=True, slots=True)
class Form:
    """Everything as it is typed. ``find``: {field: what the bank is searched for}."""

    title: str = ""
    note: str = ""
    fixed: bool = False
    rows: tuple[Row, ...] = ()
    weights: tuple[Weight, ...] = ()
    questions: tuple[Asked, ...] = ()
    find: Mapping[str, str] = field(default_factory=dict)
    saves: int = 0
    errors: Mapping[str, str] = field(default_factory=dict)

    def wanted(self) -> Wanted:
        """What the paper should say; it is checked where it is kept."""
        if self.fixed:
            content: dict[str, Any] = {"questions": [q.as_json() for q in self.questions]}
        else:
            rows = [row.as_json() for row in self.rows if not row.empty]
            given = [weight for weight in self.weights if not weight.empty]
            content = {"rows": rows, "weights": {w.of: w.as_json() for w in given}}
        return Wanted(self.title, content, self.note)

    @property
    def twice(self) -> str:
        """A grade that has shares in two rows, '' where none has."""
        grades = [weight.of for weight in self.weights if not weight.empty]
        return next((g or "其他等级" for g in grades if grades.count(g) > 1), "")


FIND = ("text", "kind", "difficulty", "topic")


def number(text: str) -> Any:
    """The number that was typed, in any width; what is none stays as it is, to be refused."""
    plainly = unicodedata.normalize("NFKC", text).strip()
    found = exact(plainly)
    return text if found is None else plain(found)


def read(form: MultiDict[str, str]) -> Form:
    return Form(
        title=form.get("title", ""),
        note=form.get("note", ""),
        fixed=form.get("fixed", "") == "1",
        rows=tuple(_list(form, "rows")),
        weights=tuple(_list(form, "weights")),
        questions=tuple(_list(form, "questions")),
        find={name: form.get(f"find-{name}", "").replace("\0", "")[:400] for name in FIND},
        saves=form.get("saves", 0, type=int),
    )


def _list(form: MultiDict[str, str], name: str) -> Iterable[Any]:
    made, most = LISTS[name]
    columns = [form.getlist(side) for side in made.__slots__]
    rows = zip(*columns, strict=False)
    return [made(*(" ".join(text.split()) for text in row)) for row in rows][: most + 1]


def of(paper: Paper) -> Form:
    """The form of a paper that is kept."""
    content = papers.content(paper)
    form = Form(paper.title, paper.note, saves=paper.saves)
    if isinstance(content, Fixed):
        asked = (Asked(str(q.version), decimal(q.points)) for q in content.questions)
        return replace(form, fixed=True, questions=tuple(asked))
    rows = (
        Row(r.topic, r.difficulty, r.kind, r.grade, str(r.number), decimal(r.points))
        for r in content.rows
    )
    weights = (
        Weight(grade, str(w.easy), str(w.medium), str(w.hard))
        for grade, w in content.weights.items()
    )
    return replace(form, rows=tuple(rows), weights=tuple(weights))


def fresh(fixed: bool) -> Form:
    """An empty form: a row to begin with."""
    return Form(fixed=fixed, rows=() if fixed else (Row(points="2"),))


# Acts


def act(form: Form, asked: str) -> tuple[Form, str]:
    """The form after an act such as ``rows.up.2``, and the id of where one goes on."""
    name, _, rest = asked.partition(".")
    doing, _, place = rest.partition(".")
    if name not in LISTS:
        return form, ""
    there: tuple[Any, ...] = getattr(form, name)
    n = int(place) if place.isdecimal() and len(place) < 4 else -1
    if doing == "add" and name != "questions":
        made, at = _added(name, there), len(there)
    elif doing in _MOVES and 0 <= n < len(there):
        made, at = _MOVES[doing](there, n)
    else:
        return form, ""
    changed: Any = {name: made}
    return replace(form, **changed), _focus(name, doing, at, len(made) - 1)


def _added(name: str, there: Sequence[Any]) -> tuple[Any, ...]:
    if name == "weights":
        return (*there, Weight())
    return (*there, Row(points=there[-1].points if there else "2"))


def _up(there: Sequence[T], n: int) -> tuple[tuple[T, ...], int]:
    return _down(there, n - 1)[0] if n else tuple(there), max(0, n - 1)


def _down(there: Sequence[T], n: int) -> tuple[tuple[T, ...], int]:
    if n >= len(there) - 1:
        return tuple(there), n
    return (*there[:n], there[n + 1], there[n], *there[n + 2 :]), n + 1


def _remove(there: Sequence[T], n: int) -> tuple[tuple[T, ...], int]:
    left = (*there[:n], *there[n + 1 :])
    return left, max(0, min(n, len(left) - 1))


_MOVES: Mapping[str, Callable[[Any, int], tuple[tuple[Any, ...], int]]] = {
    "up": _up,
    "down": _down,
    "remove": _remove,
}


def _focus(name: str, doing: str, at: int, last: int) -> str:
    """The button that was pressed, or its fellow where it has nowhere to move to."""
    if doing in ("up", "down"):
        way = {0: "down", last: "up"}.get(at, doing)
        return f"{name}-{way}-{at}"
    first = {"rows": "topic", "weights": "of", "questions": "worth"}[name]
    return f"{first}-{at}"


def with_questions(form: Form, versions: Iterable[str]) -> Form:
    """With the versions that are not there yet at the end, worth what the last one is."""
    there = {each.version for each in form.questions}
    worth = form.questions[-1].worth if form.questions else "2"
    added = [
        Asked(version, worth)
        for version in dict.fromkeys(versions)
        if version.isdecimal() and version not in there
    ]
    return replace(form, questions=(*form.questions, *added)[: MOST_QUESTIONS + 1])
