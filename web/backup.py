"""One file that holds all of a home, made while it is being served.

The tables are read in one transaction and written as JSON lines, so that a backup of one kind
of database can be restored into the other. The index is left out: it is derived.

    tables/<name>.jsonl    rows as JSON objects by column name, moments in UTC
    files/<path>           files of the home
    manifest.json          last: what there must be, with checksums
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, MetaData, Table, func, make_url, select, text

from kb.database import create_engine

from .errors import WebError
from .schema import revision
from .settings import Settings

FORMAT, FORMAT_VERSION = "zhixi-backup", 1
MANIFEST, TABLES, FILES = "manifest.json", "tables/", "files/"
VERSION_TABLE = "alembic_version"
DERIVED = ("index",)
"""Folders of the home that are made again from the rest."""
ROWS_AT_ONCE = 500

Progress = Callable[[int, int], None]


class BackupFailed(WebError):
    """A backup cannot be made there, or of that."""


@dataclass(frozen=True, slots=True)
class Part:
    """A member of the archive: its length and checksum, and rows if it is a table."""

    size: int
    sha256: str
    rows: int = 0


@dataclass(slots=True)
class Manifest:
    """What a backup holds. ``sequences``: the last number each table's counter gave."""

    schema: str
    made_at: str
    zhixi: str
    parts: dict[str, Part] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)
    format: str = FORMAT
    format_version: int = FORMAT_VERSION

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.parts.values())

    @property
    def files(self) -> int:
        return sum(name.startswith(FILES) for name in self.parts)


def backup(
    settings: Settings, target: Path, progress: Progress = lambda done, total: None
) -> Manifest:
    """Write everything to ``target``, which is whole or not there. Raises BackupFailed."""
    target = target.expanduser().absolute()
    if target.resolve().is_relative_to(settings.home):
        raise BackupFailed(
            f"备份不能放在数据文件夹 {settings.home} 里面：数据丢了备份也会一起丢。请换一个地方。"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with _written_whole(target) as file, _tar(file) as archive, _snapshot(settings) as connection:
        return _Writer(settings, archive, connection, progress).write()


@contextmanager
def _written_whole(target: Path) -> Iterator[IO[bytes]]:
    """A file under another name, which takes the target's place at the end."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        # The secret key and personal data are in it: for its owner's eyes only.
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _tar(file: IO[bytes]) -> Iterator[tarfile.TarFile]:
    with (
        gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        yield archive


@contextmanager
def _snapshot(settings: Settings) -> Iterator[Connection]:
    """A connection that sees one moment of the database, whatever is written meanwhile."""
    engine = create_engine(settings.database_url)
    try:
        if engine.dialect.name == "postgresql":
            engine = engine.execution_options(isolation_level="REPEATABLE READ")
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def reflected(connection: Connection) -> MetaData:
    """The tables as they are in the database, whatever version made them."""
    found = MetaData()
    found.reflect(connection)
    if VERSION_TABLE in found.tables:
        found.remove(found.tables[VERSION_TABLE])
    return found


class _Writer:
    def __init__(
        self,
        settings: Settings,
        archive: tarfile.TarFile,
        connection: Connection,
        progress: Progress,
    ) -> None:
        self.settings, self.archive, self.connection = settings, archive, connection
        self.progress, self.done, self.total = progress, 0, 0

    def write(self) -> Manifest:
        schema = revision(self.connection)
        if schema is None:
            raise BackupFailed("这个数据库里还没有数据，没有什么可备份的。")
        tables = reflected(self.connection).sorted_tables
        counts = {table.name: self._count(table) for table in tables}
        manifest = Manifest(
            schema=schema,
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            zhixi=version("zhixi"),
            sequences=sequences(self.connection),
        )
        self.total = sum(counts.values())
        for table in tables:
            manifest.parts[f"{TABLES}{table.name}.jsonl"] = self._add_table(table)
        # After the tables: every file that a row names was there before the snapshot.
        for path in home_files(self.settings):
            name = FILES + path.relative_to(self.settings.home).as_posix()
            with path.open("rb") as file:
                manifest.parts[name] = self._add(name, file)
        content = json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode()
        with tempfile.TemporaryFile() as file:
            file.write(content)
            self._add(MANIFEST, file)
        return manifest

    def _count(self, table: Table) -> int:
        return self.connection.scalar(select(func.count()).select_from(table)) or 0

    def _add_table(self, table: Table) -> Part:
        rows = 0
        order = list(table.primary_key.columns)
        with tempfile.TemporaryFile() as file:
            query = select(table).order_by(*order)
            result = self.connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query)
            for row in result.mappings():
                line = json.dumps(
                    {name: plain(value) for name, value in row.items()}, ensure_ascii=False
                )
                file.write(line.encode() + b"\n")
                rows += 1
                self._step()
            part = self._add(f"{TABLES}{table.name}.jsonl", file)
        return Part(part.size, part.sha256, rows)

    def _step(self) -> None:
        self.done += 1
        if self.done % ROWS_AT_ONCE == 0 or self.done == self.total:
            self.progress(self.done, self.total)

    def _add(self, name: str, file: IO[bytes]) -> Part:
        file.seek(0)
        info = tarfile.TarInfo(name)
        info.size = os.fstat(file.fileno()).st_size
        info.mode = 0o600
        summed = Summed(file)
        self.archive.addfile(info, summed)  # type: ignore[arg-type]
        return Part(info.size, summed.digest.hexdigest())


class Summed:
    """A file that adds up what is read from it."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        found = self.file.read(size)
        self.digest.update(found)
        return found


def home_files(settings: Settings) -> list[Path]:
    """The files of a home that nothing else holds: not the database, not the index."""
    database = make_url(settings.database_url).database or ""
    beside = tuple(f"{database}{ending}" for ending in ("", "-wal", "-shm", "-journal"))
    return sorted(
        path
        for path in settings.home.rglob("*")
        if path.is_file()
        and path.relative_to(settings.home).parts[0] not in DERIVED
        and path.suffix not in (".lock", ".part")
        and str(path) not in beside
    )


def plain(value: Any) -> Any:
    """A value as JSON keeps it; the column's type says how to read it back."""
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def sequences(connection: Connection) -> dict[str, int]:
    """{table: the last number its counter gave}; rows may be gone that had it."""
    if connection.dialect.name == "sqlite":
        has = connection.scalar(
            text("select count(*) from sqlite_master where name = 'sqlite_sequence'")
        )
        rows = connection.execute(text("select name, seq from sqlite_sequence")) if has else ()
        return {str(name): int(last) for name, last in rows}
    rows = connection.execute(
        text(
            "select table_name, pg_sequence_last_value("
            "  pg_get_serial_sequence(quote_ident(table_name), column_name)::regclass)"
            " from information_schema.columns"
            " where table_schema = current_schema()"
            " and pg_get_serial_sequence(quote_ident(table_name), column_name) is not null"
        )
    )
    return {str(name): int(last) for name, last in rows if last is not None}
