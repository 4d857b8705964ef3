"""Settings of quality assurance that a centre changes on a page; see ``qa.settings``."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base


class Setting(Base):
    """A setting that is not its default."""

    __tablename__ = "qa_setting"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
