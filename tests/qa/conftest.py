"""What every test of quality assurance can ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from kb.models import Base as KbBase
from qa.tables import Base


@pytest.fixture
def session() -> Iterator[Session]:
    """A session of a database in memory with the tables of kb and qa."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    KbBase.metadata.create_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as opened:
        yield opened
    engine.dispose()
