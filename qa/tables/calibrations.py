"""Calibration sessions: the same calls, several inspectors, blind to each other."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.columns import Moment

from .base import Base
from .calls import Call
from .scorecards import ScorecardVersion


class Calibration(Base):
    """A session: nobody sees another's marks before it is closed. ``expert_id``: the yardstick."""

    __tablename__ = "qa_calibration"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    version_id: Mapped[int] = mapped_column(ForeignKey(ScorecardVersion.id))
    expert_id: Mapped[int | None]
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[int | None]
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_by: Mapped[int | None]

    version: Mapped[ScorecardVersion] = relationship(lazy="joined")
    calls: Mapped[list[CalibrationCall]] = relationship(
        order_by="CalibrationCall.position", cascade="all, delete-orphan"
    )
    seats: Mapped[list[CalibrationSeat]] = relationship(
        order_by="CalibrationSeat.id", cascade="all, delete-orphan"
    )


class CalibrationCall(Base):
    __tablename__ = "qa_calibration_call"
    __table_args__ = (UniqueConstraint("calibration_id", "call_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    calibration_id: Mapped[int] = mapped_column(ForeignKey(Calibration.id))
    call_id: Mapped[int] = mapped_column(ForeignKey(Call.id))
    position: Mapped[int]

    call: Mapped[Call] = relationship(lazy="joined")


class CalibrationSeat(Base):
    """An inspector who takes part."""

    __tablename__ = "qa_calibration_seat"
    __table_args__ = (UniqueConstraint("calibration_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    calibration_id: Mapped[int] = mapped_column(ForeignKey(Calibration.id))
    person_id: Mapped[int]


class CalibrationNote(Base):
    """What was agreed about an item in the talk afterwards."""

    __tablename__ = "qa_calibration_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    calibration_id: Mapped[int] = mapped_column(ForeignKey(Calibration.id), index=True)
    item: Mapped[str] = mapped_column(String(60), default="")
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(Moment)
