"""What tests of training and exams that need a database can ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from exams.tables import Base
from kb.database import dump_json
from kb.models import Base as KbBase


@pytest.fixture
def session() -> Iterator[Session]:
    """A session of a database in memory with the tables of kb and exams."""
    engine = create_engine("sqlite://", poolclass=StaticPool, json_serializer=dump_json)
    KbBase.metadata.create_all(engine)
    Base.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as opened:
        yield opened
    engine.dispose()
