"""The long-lived parts of one application, and how they are put together from its settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kb.library import Library
from kb.storage import Files, Storage
from qa.telephony import Adapter, adapter_named

from .assets import Assets
from .db import SYSTEM, Database
from .evidence.recorder import Recorder
from .searchlog import SearchLog
from .settings import Settings
from .suggesting import Suggesting


@dataclass(frozen=True, slots=True)
class Services:
    """The long-lived parts of one application."""

    settings: Settings
    db: Database
    library: Library
    assets: Assets
    searchlog: SearchLog
    suggesting: Suggesting
    evidence: Recorder
    telephony: Adapter | None = None

    def now(self) -> datetime:
        return self.library.clock()

    @property
    def files(self) -> Storage:
        return Files(self.settings.files_folder)

    @property
    def recordings(self) -> Storage:
        return Files(self.settings.recordings_folder)

    @property
    def lessons(self) -> Storage:
        return Files(self.settings.lessons_folder)


def make_services(
    settings: Settings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Services:
    """Database and library as the settings say."""
    db = Database(settings.database_url)

    def writing() -> Any:
        return db.work(SYSTEM, "kb.sync")

    library = Library(settings.index_folder, settings.search_url, db.reading, writing, clock=clock)
    return Services(
        settings,
        db,
        library,
        Assets(),
        SearchLog(db),
        Suggesting(db),
        Recorder(db),
        adapter_named(settings.telephony),
    )
