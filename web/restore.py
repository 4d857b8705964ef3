"""From a backup to a home: checked first, then all of it or nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO, Any

from sqlalchemy import (
    JSON,
    Connection,
    Date,
    DateTime,
    Engine,
    LargeBinary,
    Numeric,
    Table,
    func,
    insert,
    select,
    text,
)

from kb.database import create_engine

from . import migrate
from .backup import (
    FILES,
    FORMAT,
    FORMAT_VERSION,
    MANIFEST,
    ROWS_AT_ONCE,
    TABLES,
    Manifest,
    Part,
    Progress,
    home_files,
    reflected,
)
from .errors import WebError
from .services import make_services
from .settings import Settings

UNFINISHED = ".restoring"
"""A folder of the home that is there only while files are being restored."""
OF_A_NEW_HOME = ("role", "audit_entry")
"""Tables that have rows as soon as a home is migrated."""


class NotRestored(WebError):
    """The file cannot be used, or the home is in use; nothing was changed."""


def restore(
    settings: Settings, source: Path, progress: Progress = lambda done, total: None
) -> Manifest:
    """Restore into an empty home and an empty database, then bring them up to date.

    The file is checked as a whole before anything is touched. Raises NotRestored.
    """
    manifest = check(source)
    engine = create_engine(settings.database_url)
    try:
        _refuse_data(settings, engine)
        _restore(settings, engine, source, manifest, progress)
    finally:
        engine.dispose()
    services = make_services(settings)
    try:
        migrate.upgrade(services.db)
        services.library.rebuild()
    finally:
        services.library.close()
        services.db.dispose()
    return manifest


# The file


def check(source: Path) -> Manifest:
    """Read all of a backup and compare it with its manifest. Raises NotRestored."""
    met: dict[str, Part] = {}
    manifest: Manifest | None = None
    try:
        for name, file in _members(source):
            if name == MANIFEST:
                manifest = _manifest(file.read())
            else:
                met[name] = _part(file)
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise NotRestored(f"{source} 不是知席的备份，或已损坏。请用另一份备份。") from error
    if manifest is None:
        raise NotRestored(f"{source} 不完整：末尾的清单不见了。请用另一份备份。")
    wanted = {name: (part.size, part.sha256) for name, part in manifest.parts.items()}
    if {name: (part.size, part.sha256) for name, part in met.items()} != wanted:
        raise NotRestored(f"{source} 已损坏：内容和清单对不上。请用另一份备份。")
    _check_names(manifest)
    _check_schema(manifest.schema)
    return manifest


def _members(source: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """(name, file) of every member, in order."""
    with tarfile.open(source, "r|gz") as archive:
        for info in archive:
            file = archive.extractfile(info) if info.isfile() else None
            if file is None:
                raise NotRestored(f"{source} 里有不该有的内容：{info.name}。")
            yield info.name, file


def _part(file: IO[bytes]) -> Part:
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(1 << 20):
        digest.update(chunk)
        size += len(chunk)
    return Part(size, digest.hexdigest())


def _manifest(content: bytes) -> Manifest:
    try:
        fields = json.loads(content)
        if fields["format"] != FORMAT:
            raise NotRestored("这不是知席的备份。")
        if fields["format_version"] > FORMAT_VERSION:
            raise NotRestored("这份备份来自更新的版本，请先升级知席再恢复。")
        parts = {name: Part(**part) for name, part in fields.pop("parts").items()}
        return Manifest(parts=parts, **fields)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotRestored("备份的清单看不懂，文件可能已损坏。请用另一份备份。") from error


def _check_names(manifest: Manifest) -> None:
    for name in manifest.parts:
        path = PurePosixPath(name)
        if name.startswith("/") or ".." in path.parts or not name.startswith((TABLES, FILES)):
            raise NotRestored(f"备份里有不该有的内容：{name}。")


def _check_schema(schema: str) -> None:
    # Only a restoration needs it, and it takes a while to load; the command line imports this.
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    try:
        ScriptDirectory.from_config(migrate.config()).get_revision(schema)
    except CommandError as error:
        raise NotRestored(
            f"这份备份的数据库结构是 {schema}，这个版本不认识。请先升级知席再恢复。"
        ) from error


# The home


def _refuse_data(settings: Settings, engine: Engine) -> None:
    with engine.connect() as connection:
        for table in reflected(connection).sorted_tables:
            if table.name not in OF_A_NEW_HOME and connection.scalar(
                select(func.count()).select_from(table)
            ):
                raise NotRestored(
                    "数据库里已有数据，恢复不会覆盖它们。请换一个空的数据库"
                    "（ZHIXI_DATABASE_URL）和数据文件夹（ZHIXI_HOME）。"
                )
    interrupted = (settings.home / UNFINISHED).exists()
    in_use = [path for path in home_files(settings) if path != settings.home / "secret_key"]
    if in_use and not interrupted:
        raise NotRestored(
            f"数据文件夹 {settings.home} 里已有文件 {in_use[0].name}，恢复不会覆盖它们。"
            "请用 ZHIXI_HOME 换一个空的文件夹。"
        )


def _restore(
    settings: Settings, engine: Engine, source: Path, manifest: Manifest, progress: Progress
) -> None:
    from alembic import command  # as above

    with (
        _files_in_place(settings.home) as (waiting, settle),
        engine.execution_options(write=True).begin() as connection,
    ):
        _empty(connection)
        command.upgrade(migrate.config(connection), manifest.schema)
        rows = _Rows(connection, manifest.rows, progress)
        for name, file in _members(source):
            if name.startswith(FILES):
                _write(waiting / name.removeprefix(FILES), file)
            elif name.startswith(TABLES):
                rows.load(name.removeprefix(TABLES).removesuffix(".jsonl"), file)
        rows.continue_counters(manifest.sequences)
        command.upgrade(migrate.config(connection), "head")
        settle()


@contextmanager
def _files_in_place(home: Path) -> Iterator[tuple[Path, Callable[[], None]]]:
    """A folder to write files to, and what moves them into the home; undone on an error."""
    waiting = home / UNFINISHED
    shutil.rmtree(waiting, ignore_errors=True)
    waiting.mkdir(mode=0o700)
    moved: list[Path] = []

    def settle() -> None:
        for path in sorted(waiting.rglob("*")):
            if path.is_file():
                place = home / path.relative_to(waiting)
                place.parent.mkdir(parents=True, exist_ok=True)
                os.replace(path, place)
                moved.append(place)

    try:
        yield waiting, settle
    except BaseException:
        for path in moved:
            path.unlink(missing_ok=True)
        raise
    finally:
        shutil.rmtree(waiting, ignore_errors=True)


def _write(path: Path, file: IO[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
        shutil.copyfileobj(file, target)
        target.flush()
        os.fsync(target.fileno())


# The database


def _empty(connection: Connection) -> None:
    """Remove what a new home has, so that the backup's own schema can take its place."""
    reflected(connection).drop_all(connection)
    connection.execute(text("drop table if exists alembic_version"))


class _Rows:
    """Rows on their way into the tables of the backup's schema."""

    def __init__(self, connection: Connection, total: int, progress: Progress) -> None:
        self.connection, self.total, self.progress = connection, total, progress
        self.done = 0
        self.tables = reflected(connection)
        for table in self.tables.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, JSON):  # else None would become JSON's null
                    column.type = JSON(none_as_null=bool(column.nullable))
        for table in reversed(self.tables.sorted_tables):
            connection.execute(table.delete())  # rows that a migration put there

    def load(self, name: str, file: IO[bytes]) -> None:
        """Insert the rows of one table, parents before children."""
        if name not in self.tables.tables:
            raise NotRestored(f"备份里的表 {name} 和它自己的结构对不上。请用另一份备份。")
        table = self.tables.tables[name]
        rows = parents_first(table, (_decoded(table, json.loads(line)) for line in file))
        while batch := list(islice(rows, ROWS_AT_ONCE)):
            self.connection.execute(insert(table), batch)
            self.done += len(batch)
            self.progress(self.done, self.total)

    def continue_counters(self, last: dict[str, int]) -> None:
        """No number is given twice, even where the row that had it is gone."""
        if self.connection.dialect.name == "sqlite":
            self._continue_sqlite(last)
        else:
            self._continue_postgresql(last)

    def _continue_sqlite(self, last: dict[str, int]) -> None:
        for name, table in self.tables.tables.items():
            if not _counts_itself(self.connection, name):
                continue
            top = max(last.get(name, 0), self._top(table))
            self.connection.execute(
                text("delete from sqlite_sequence where name = :name"), {"name": name}
            )
            self.connection.execute(
                text("insert into sqlite_sequence (name, seq) values (:name, :top)"),
                {"name": name, "top": top},
            )

    def _continue_postgresql(self, last: dict[str, int]) -> None:
        for name, table in self.tables.tables.items():
            keys = list(table.primary_key.columns)
            if len(keys) != 1:
                continue
            sequence = self.connection.scalar(
                text("select pg_get_serial_sequence(quote_ident(cast(:table as text)), :column)"),
                {"table": name, "column": keys[0].name},
            )
            top = max(last.get(name, 0), self._top(table)) if sequence else 0
            if top:
                self.connection.execute(
                    text("select setval(:sequence, :top)"), {"sequence": sequence, "top": top}
                )

    def _top(self, table: Table) -> int:
        (key,) = table.primary_key.columns
        return self.connection.scalar(select(func.max(key))) or 0


def _counts_itself(connection: Connection, name: str) -> bool:
    made = connection.scalar(
        text("select sql from sqlite_master where type = 'table' and name = :name"),
        {"name": name},
    )
    return "AUTOINCREMENT" in (made or "").upper()


def _decoded(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(table.columns[name].type, value) for name, value in row.items()}


def _value(kind: Any, value: Any) -> Any:
    """A value as the database takes it; None stays None in every type."""
    if value is None:
        return None
    if isinstance(kind, DateTime):
        moment = datetime.fromisoformat(value).astimezone(UTC)
        return moment if kind.timezone else moment.replace(tzinfo=None)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    if isinstance(kind, Numeric) and isinstance(value, str):
        return Decimal(value)
    return value


def parents_first(table: Table, rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows so that each comes after the row of the same table it refers to."""
    links = [
        (column.name, key.column.name)
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table is table
    ]
    if not links:
        yield from rows
        return
    waiting, there = list(rows), {target: set[Any]() for _, target in links}
    while waiting:
        held = waiting
        waiting = []
        for row in held:
            if all(row[column] is None or row[column] in there[target] for column, target in links):
                for target, known in there.items():
                    known.add(row[target])
                yield row
            else:
                waiting.append(row)
        if len(waiting) == len(held):
            yield from waiting  # a circle: the database says what is wrong
            return
