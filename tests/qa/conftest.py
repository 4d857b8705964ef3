"""What every test of quality assurance can ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from kb.models import Base as KbBase
from qa.tables import Base

from .. import memory


@pytest.fixture
def session() -> Iterator[Session]:
    """A session of a database in memory with the tables of kb and qa."""
    with memory.session(KbBase, Base) as opened:
        yield opened
