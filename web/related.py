"""Related articles for the person who is asking, as pages show them."""

from __future__ import annotations

from kb.models import Revision
from kb.related import Related
from kb.related import related as find

from .context import now, reading, services, viewer


def related(revision: Revision) -> list[Related]:
    return find(services().library, reading(), viewer(), now(), revision)
