"""Taking what a format yields into the library, and counting what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy.orm import Session

from .articles import Edit, put
from .errors import KbError
from .records import Fault, Record

BATCH = 100
"""Articles written in one unit of work."""


@dataclass(slots=True)
class Report:
    """How many articles an import created, revised and left alone, and what was wrong."""

    created: int = 0
    revised: int = 0
    unchanged: int = 0
    errors: list[Fault] = field(default_factory=list)

    @property
    def taken(self) -> int:
        """Articles that could be read, changed or not."""
        return self.created + self.revised + self.unchanged

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def take(
    session: Session,
    items: Iterable[Record | Fault],
    edit: Edit,
    report: Report,
    *,
    publish: bool = False,
) -> None:
    """Put the articles; what cannot be kept joins the report and stops nothing."""
    for item in items:
        if isinstance(item, Fault):
            report.errors.append(item)
            continue
        try:
            with session.begin_nested():  # one that cannot be kept leaves nothing half done
                outcome = put(session, item, edit, publish_it=publish)
        except KbError as error:
            report.errors.append(Fault("", None, f"“{item.key}”：{error}"))
        else:
            setattr(report, outcome, getattr(report, outcome) + 1)


def batches(items: Iterable[Record | Fault], size: int = BATCH) -> Iterator[list[Record | Fault]]:
    """The items in lists, each for one unit of work."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
