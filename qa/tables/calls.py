"""Calls, their recordings and transcripts, and who listened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.columns import Moment

from .base import Base


class Call(Base):
    """A conversation with a caller. ``key`` is the telephone system's call ID.

    ``customer`` is personal data: shown in full to those with ``qa.customer`` only. ``consent``
    to being recorded: ``yes``, ``no`` or '' where nobody said. ``seconds`` runs from the answer
    to the end; None while the call is in progress.
    """

    __tablename__ = "qa_call"
    __table_args__ = (
        CheckConstraint("direction in ('in', 'out')", name="direction"),
        CheckConstraint("consent in ('yes', 'no', '')", name="consent"),
        Index("ix_qa_call_agent_id_started_at", "agent_id", "started_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    agent_id: Mapped[int]
    extension: Mapped[str] = mapped_column(String(20), default="", index=True)
    customer: Mapped[str] = mapped_column(String(40), default="", info={"secret": True})
    direction: Mapped[str] = mapped_column(String(3), default="in")
    queue: Mapped[str] = mapped_column(String(60), default="", index=True)
    started_at: Mapped[datetime] = mapped_column(Moment, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    seconds: Mapped[float | None] = mapped_column(Float)
    satisfaction: Mapped[int | None]
    consent: Mapped[str] = mapped_column(String(3), default="")
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    added_at: Mapped[datetime] = mapped_column(Moment)
    added_by: Mapped[int | None]

    recordings: Mapped[list[Recording]] = relationship(
        back_populates="call", order_by="Recording.id"
    )
    transcripts: Mapped[list[Transcript]] = relationship(
        back_populates="call", order_by="Transcript.id"
    )

    @property
    def recording(self) -> Recording | None:
        """The newest recording whose sound is still kept; none where the caller refused."""
        if self.consent == "no":
            return None
        return next((r for r in reversed(self.recordings) if r.removed_at is None), None)

    @property
    def transcript(self) -> Transcript | None:
        """The newest transcript: an older one is never rewritten."""
        return self.transcripts[-1] if self.transcripts else None


class Recording(Base):
    """The sound of a call, by its SHA-256; the bytes lie in a ``kb.storage.Storage``.

    ``state``: ``waiting`` (not measured yet), ``ready``, ``failed`` (``error`` is a sentence).
    ``agent_side``: the channel of the agent, ``left`` or ``right``, '' for one channel. ``peaks``
    is the SHA-256 of the waveform (``qa.peaks``), ``figures`` what ``qa.measuring`` found.
    """

    __tablename__ = "qa_recording"
    __table_args__ = (
        CheckConstraint("state in ('waiting', 'ready', 'failed')", name="state"),
        CheckConstraint("agent_side in ('left', 'right', '')", name="agent_side"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey(Call.id), index=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(200))
    size: Mapped[int]
    format: Mapped[str] = mapped_column(String(40))
    channels: Mapped[int]
    rate: Mapped[int]
    seconds: Mapped[float] = mapped_column(Float)
    agent_side: Mapped[str] = mapped_column(String(5), default="")
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    error: Mapped[str] = mapped_column(Text, default="")
    peaks: Mapped[str | None] = mapped_column(String(64))
    played: Mapped[str | None] = mapped_column(String(64))
    """The SHA-256 of what browsers are given, where they cannot play the recording itself."""
    figures: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    measured_at: Mapped[datetime | None] = mapped_column(Moment)
    added_at: Mapped[datetime] = mapped_column(Moment)
    added_by: Mapped[int | None]
    removed_at: Mapped[datetime | None] = mapped_column(Moment)
    removed_by: Mapped[int | None]
    removed_why: Mapped[str] = mapped_column(Text, default="")

    call: Mapped[Call] = relationship(back_populates="recordings")


class Transcript(Base):
    """What was said: turns ``{"start","end","role","text"}`` in seconds.

    ``folded`` is what is searched (``qa.transcribing.folded``), '' once there is a newer one.
    """

    __tablename__ = "qa_transcript"

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey(Call.id), index=True)
    source: Mapped[str] = mapped_column(String(20))
    turns: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    folded: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(Moment)
    added_by: Mapped[int | None]

    call: Mapped[Call] = relationship(back_populates="transcripts")


class Listening(Base):
    """Somebody was given a recording's sound on one opened page: from when to when, and how long
    it played (``heard``, seconds; as the page reports it).
    """

    __tablename__ = "qa_listening"
    __audited__ = False
    __table_args__ = (
        UniqueConstraint("person_id", "page", "recording_id"),
        Index("ix_qa_listening_person_id_at", "person_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey(Call.id), index=True)
    recording_id: Mapped[int] = mapped_column(ForeignKey(Recording.id))
    person_id: Mapped[int]
    page: Mapped[str] = mapped_column(String(40), default="")
    """Which opened page: the range requests of one page are one listening."""
    at: Mapped[datetime] = mapped_column(Moment)
    until: Mapped[datetime] = mapped_column(Moment)
    heard: Mapped[float] = mapped_column(Float, default=0.0)
    address: Mapped[str] = mapped_column(String(60), default="")
