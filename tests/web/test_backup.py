"""Backup and restore: one file, the same content in any database, all of it or nothing."""

from __future__ import annotations

import json
import shutil
import stat
import tarfile
import threading
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, inspect, select, text

from exams import courses
from exams.tables import Course
from kb.models import Category, IndexChange
from web import accounts, migrate
from web.backup import MANIFEST, BackupFailed, backup, reflected
from web.db import SYSTEM, Database
from web.models import Job, Person, Team
from web.restore import UNFINISHED, NotRestored, check, parents_first, restore
from web.settings import Settings

from ..exams.mediafiles import wav
from ..homes import BACKENDS, SEARCH, SECRET, Homes, opened
from ..processes import zhixi
from ..world import PASSWORD, REFUND, Clock, World
from .coursing import SECONDS, add_course
from .filing import PNG, publish_with_file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "away" / "backup.zhixi"


@pytest.fixture
def elsewhere(homes: Homes, tmp_path: Path) -> Callable[[str], Settings]:
    """``elsewhere("postgresql")``: the settings of a new home with an empty database there."""

    def made(backend: str, kind: str = "empty") -> Settings:
        home = tmp_path / f"new-{backend}-{kind}"
        return Settings(home, homes.database(backend, kind, home), "memory:", "another-secret" * 4)

    return made


def content(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, moments in UTC."""
    db = Database(url)
    try:
        with db.reading() as session:
            tables = reflected(session.connection()).sorted_tables
            return {
                table.name: [
                    tuple(_comparable(value) for value in row)
                    for row in session.execute(select(table).order_by(*table.primary_key.columns))
                ]
                for table in tables
                if table.name != "index_change"  # the new home's index is built already
            }
    finally:
        db.dispose()


def _comparable(value: Any) -> Any:
    if hasattr(value, "utcoffset") and value.utcoffset() is not None:
        return (value - value.utcoffset()).replace(tzinfo=None)
    return value


@pytest.mark.parametrize("target", BACKENDS)
def test_everything_comes_back_whatever_the_kind_of_database(
    world: World, file: Path, elsewhere: Callable[..., Settings], target: str
) -> None:
    """The same rows, the same files, the same answers, and the same people can sign in."""
    here = world.services.settings
    carried = publish_with_file(world, "change-ticket", "站台图.png", PNG)
    (here.home / "recordings" / "2026").mkdir(parents=True)
    (here.home / "recordings" / "2026" / "一号.wav").write_bytes(b"RIFF\0\1\2")
    (here.home / "secret_key").write_text("the-key-of-the-home")
    course = add_course(world, "agent")
    before = content(here.database_url)
    asked = ("退票要扣多少钱", "儿童票", "開車前改簽", "值班电话")
    found = [[hit.key for hit in world.services.library.search(q).hits] for q in asked]
    made = backup(here, file)
    shutil.rmtree(here.home / "files")
    shutil.rmtree(here.home / "lessons")  # what comes back comes from the backup

    there = elsewhere(target)
    kept = restore(there, file)
    assert kept.parts == made.parts
    assert content(there.database_url) == before
    assert (there.home / "recordings" / "2026" / "一号.wav").read_bytes() == b"RIFF\0\1\2"
    assert (there.home / "secret_key").read_text() == "the-key-of-the-home"
    assert not (there.home / UNFINISHED).exists()
    with opened(there, Clock()) as services:
        again = [[hit.key for hit in services.library.search(q).hits] for q in asked]
        assert services.library.differences() == {}
        with services.files.open(carried) as attached:
            assert attached.read() == PNG
        with services.db.reading() as session:
            accounts.check_credentials(session, "1001", PASSWORD, services.now())
            heard = courses.lessons(session.get_one(Course, course.id))[-1]
            with services.lessons.open(heard.sha256) as lesson:
                assert lesson.read() == wav(SECONDS)
    assert again == found
    assert any(found)


@pytest.mark.parametrize("target", BACKENDS)
def test_numbers_continue_where_they_were(
    world: World, file: Path, elsewhere: Callable[..., Settings], target: str
) -> None:
    """A number that was given stays given, even where its row is gone."""
    with world.services.db.work(SYSTEM, "test") as session:
        top = session.scalar(select(func.max(IndexChange.id))) or 0
        session.execute(text("delete from index_change"))
        last = session.scalar(select(func.max(Person.id)))
    backup(world.services.settings, file)
    there = elsewhere(target)
    restore(there, file)
    db = Database(there.database_url)
    with db.work(SYSTEM, "test") as session:
        session.add(Team(name="恢复之后"))
        new = accounts.add_person(
            session, "7001", "新来的", PASSWORD, at=world.clock(), must_change_password=False
        )
        change = IndexChange(article_id=1, noted_at=world.clock())
        session.add(change)
        session.flush()
        assert last is not None
        assert new.id > last
        assert change.id > top
    db.dispose()


def test_a_backup_while_people_write_shows_one_moment(world: World, file: Path) -> None:
    """Each unit of work below adds a team and a job together: never one without the other."""
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with world.services.db.work(SYSTEM, "test") as session:
                session.add(Team(name=f"组{number}"))
                session.flush()
                session.add(Job(kind="test", run_at=world.clock(), created_at=world.clock()))

    with world.reading() as session:
        teams = session.scalar(select(func.count(Team.id))) or 0
    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [backup(world.services.settings, file.with_name(f"{n}.zhixi")) for n in range(3)]
    finally:
        stop.set()
        writer.join()
    for manifest in made:
        added = manifest.parts["tables/team.jsonl"].rows - teams
        assert manifest.parts["tables/job.jsonl"].rows == added


def test_a_home_that_has_data_is_left_alone(
    world: World, file: Path, elsewhere: Callable[..., Settings], backend: str
) -> None:
    backup(world.services.settings, file)
    there = elsewhere(backend, "cast")
    before = content(there.database_url)
    with pytest.raises(NotRestored, match="ZHIXI_DATABASE_URL"):
        restore(there, file)
    assert content(there.database_url) == before


def test_a_home_that_has_files_is_left_alone(
    world: World, file: Path, elsewhere: Callable[..., Settings], backend: str
) -> None:
    backup(world.services.settings, file)
    there = elsewhere(backend)
    (there.home / "recording.wav").write_bytes(b"keep me")
    with pytest.raises(NotRestored, match=r"recording\.wav"):
        restore(there, file)
    assert (there.home / "recording.wav").read_bytes() == b"keep me"


def test_a_home_that_was_only_just_made_can_be_restored_into(
    world: World, file: Path, elsewhere: Callable[..., Settings], backend: str
) -> None:
    """Its default roles and its own secret key give way."""
    backup(world.services.settings, file)
    there = elsewhere(backend, "migrated")
    (there.home / "secret_key").write_text("made on the first start")
    restore(there, file)
    assert content(there.database_url) == content(world.services.settings.database_url)


def tampered(file: Path, change: Callable[[str, bytes], tuple[str, bytes] | None]) -> None:
    """Rewrite the archive member by member; None leaves one out."""
    with tarfile.open(file) as archive:
        members = [(info.name, archive.extractfile(info).read()) for info in archive]  # type: ignore[union-attr]
    with tarfile.open(file, "w:gz") as archive:
        for name, data in members:
            if (changed := change(name, data)) is not None:
                info = tarfile.TarInfo(changed[0])
                info.size = len(changed[1])
                archive.addfile(info, BytesIO(changed[1]))


def in_manifest(**fields: Any) -> Callable[[str, bytes], tuple[str, bytes]]:
    def change(name: str, data: bytes) -> tuple[str, bytes]:
        if name != MANIFEST:
            return name, data
        return name, json.dumps(json.loads(data) | fields).encode()

    return change


DAMAGE: dict[str, Callable[[Path], object]] = {
    "cut short": lambda file: file.write_bytes(file.read_bytes()[:-200]),
    "cut in half": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
    "a byte flipped": lambda file: _flip(file),
    "not an archive": lambda file: file.write_bytes(b"hello" * 100),
    "empty": lambda file: file.write_bytes(b""),
    "a row changed": lambda file: tampered(
        file, lambda n, d: (n, d.replace("退票".encode(), "免票".encode()))
    ),
    "a table missing": lambda file: tampered(
        file, lambda n, d: None if n == "tables/article.jsonl" else (n, d)
    ),
    "the manifest missing": lambda file: tampered(
        file, lambda n, d: None if n == MANIFEST else (n, d)
    ),
    "the manifest garbled": lambda file: tampered(
        file, lambda n, d: (n, b"[]") if n == MANIFEST else (n, d)
    ),
    "a later format": lambda file: tampered(file, in_manifest(format_version=99)),
    "a later schema": lambda file: tampered(file, in_manifest(schema="9999")),
    "another program's": lambda file: tampered(file, in_manifest(format="other")),
    "a way out of the home": lambda file: _with_escape(file),
}


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(bytes(data))


def _with_escape(file: Path) -> None:
    """Well summed up, but one name leads elsewhere."""
    outside = "files/../../escaped"

    def change(name: str, data: bytes) -> tuple[str, bytes]:
        if name == "files/secret_key":
            return outside, data
        if name == MANIFEST:
            fields = json.loads(data)
            fields["parts"][outside] = fields["parts"].pop("files/secret_key")
            return name, json.dumps(fields).encode()
        return name, data

    tampered(file, change)


@pytest.fixture(scope="module")
def whole(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup made once, to be copied and damaged."""
    home = tmp_path_factory.mktemp("whole") / "home"
    settings = Settings(home, homes.database("sqlite", "cast", home), SEARCH, SECRET)
    (home / "secret_key").write_text("the-key")
    made = home.parent / "away" / "backup.zhixi"
    backup(settings, made)
    return made


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_file_that_is_not_whole_is_refused_before_anything_is_touched(
    whole: Path, file: Path, elsewhere: Callable[..., Settings], damage: str
) -> None:
    file.parent.mkdir()
    shutil.copyfile(whole, file)
    DAMAGE[damage](file)
    there = elsewhere("sqlite")
    with pytest.raises(NotRestored) as refusal:
        restore(there, file)
    assert str(refusal.value).endswith("。")
    db = Database(there.database_url)
    assert inspect(db.engine).get_table_names() == []
    db.dispose()
    assert [p for p in there.home.rglob("*") if p.is_file() and "sqlite" not in p.name] == []
    assert not list(there.home.parent.glob("escaped"))


def test_a_failure_half_way_leaves_an_empty_home_that_can_be_tried_again(
    world: World, file: Path, elsewhere: Callable[..., Settings], backend: str
) -> None:
    """The backup is whole, but one of its rows refers to nothing: found late, undone at once."""
    (world.services.settings.home / "secret_key").write_text("the-key")
    backup(world.services.settings, file)
    good = file.read_bytes()
    _break_reference(file)
    there = elsewhere(backend)
    with pytest.raises(Exception, match="(?i)foreign key"):
        restore(there, file)
    db = Database(there.database_url)
    assert inspect(db.engine).get_table_names() == []
    db.dispose()
    assert [p for p in there.home.rglob("*") if p.is_file() and "sqlite" not in p.name] == []
    file.write_bytes(good)
    restore(there, file)
    assert content(there.database_url) == content(world.services.settings.database_url)


def _break_reference(file: Path) -> None:
    from hashlib import sha256

    name, kept = "tables/api_token.jsonl", {}
    row = {
        "id": 1,
        "person_id": 424242,
        "name": "",
        "token_hash": "x",
        "created_at": "2026-11-22T00:00:00+00:00",
        "revoked_at": None,
    }
    line = json.dumps(row).encode() + b"\n"

    def change(member: str, data: bytes) -> tuple[str, bytes]:
        if member == name:
            return member, line
        if member == MANIFEST:
            fields = json.loads(data)
            digest = sha256(line).hexdigest()
            fields["parts"][name] = {"size": len(line), "sha256": digest, "rows": 1}
            kept.update(fields)
            return member, json.dumps(fields).encode()
        return member, data

    tampered(file, change)
    assert kept


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_backup_is_for_its_owner_alone_and_leaves_no_litter(world: World, file: Path) -> None:
    backup(world.services.settings, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]
    assert check(file).schema == migrate.head()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_backup_beside_the_data_it_protects_is_refused(world: World) -> None:
    inside = world.services.settings.home / "backup.zhixi"
    with pytest.raises(BackupFailed):
        backup(world.services.settings, inside)
    assert not inside.exists()


def test_an_empty_database_has_nothing_to_back_up(home: Path, empty_url: str, file: Path) -> None:
    with pytest.raises(BackupFailed):
        backup(Settings(home, empty_url, "memory:", "x"), file)
    assert not file.exists()


def test_rows_that_refer_to_their_own_table_come_after_what_they_refer_to() -> None:
    """A category may have been moved under one that was made later."""
    table = Category.__table__
    rows = [{"id": 1, "parent_id": 3}, {"id": 2, "parent_id": 1}, {"id": 3, "parent_id": None}]
    assert [row["id"] for row in parents_first(table, rows)] == [3, 1, 2]  # type: ignore[arg-type]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_commands_back_up_and_restore(
    world: World, file: Path, elsewhere: Callable[..., Settings], backend: str
) -> None:
    """In processes of their own, as people run them."""
    here = world.services.settings
    done = zhixi(here, "backup", file)
    assert (done.returncode, done.stderr) == (0, "")
    again = zhixi(here, "backup", file)
    assert (again.returncode, len(again.stderr.splitlines())) == (2, 1)
    there = replace(elsewhere(backend), secret_key=here.secret_key)
    done = zhixi(there, "restore", file)
    assert (done.returncode, done.stderr) == (0, "")
    searched = zhixi(there, "kb", "search", "退票要扣多少钱", "--json")
    assert json.loads(searched.stdout)["hits"][0]["key"] == REFUND.key
    refused = zhixi(there, "restore", file)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
