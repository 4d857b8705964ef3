"""What all tables of training and exams share."""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from kb.columns import NAMING


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=dict(NAMING))
