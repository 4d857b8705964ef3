"""What tests of training and exams that need a database can ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from exams.tables import Base
from kb.models import Base as KbBase

from .. import memory


@pytest.fixture
def session() -> Iterator[Session]:
    """A session of a database in memory with the tables of kb and exams."""
    with memory.session(KbBase, Base) as opened:
        yield opened
