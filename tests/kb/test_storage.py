"""Files by their hash: once each, whole or not at all."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import pytest

from kb.errors import NotFound
from kb.storage import Files


@pytest.fixture
def store(tmp_path: Path) -> Files:
    return Files(tmp_path / "files")


def test_what_was_put_is_there_under_its_hash_and_only_once(store: Files) -> None:
    kept = store.put(io.BytesIO("规章".encode()))
    assert kept == store.put(io.BytesIO("规章".encode()))
    assert kept.sha256 == hashlib.sha256("规章".encode()).hexdigest()
    assert (kept.size, store.size(kept.sha256)) == (6, 6)
    with store.open(kept.sha256) as file:
        assert file.read() == "规章".encode()
    assert [name for name, _ in store.all()] == [kept.sha256]


def test_an_upload_that_breaks_off_leaves_nothing(store: Files) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise OSError("connection reset")
            return super().read(3)

    with pytest.raises(OSError, match="reset"):
        store.put(Broken(b"123456"))
    assert [path for path in store.folder.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "AB" * 32, "ab" * 32, "ab" * 31 + "/x"])
def test_a_name_that_is_no_hash_opens_nothing(store: Files, name: str) -> None:
    with pytest.raises(NotFound):
        store.open(name)
    assert not store.exists(name)
    store.delete(name)


def test_what_was_deleted_is_gone_and_may_be_deleted_again(store: Files) -> None:
    kept = store.put(io.BytesIO(b"x"))
    store.delete(kept.sha256)
    store.delete(kept.sha256)
    assert not store.exists(kept.sha256)


def test_halves_that_a_kill_left_are_tidied_away_and_nothing_else(store: Files) -> None:
    kept = store.put(io.BytesIO(b"whole"))
    half, fresh = store.folder / "old.part", store.folder / "new.part"
    half.write_bytes(b"ha")
    fresh.write_bytes(b"ha")
    os.utime(half, (1000, 1000))
    assert (store.tidy(2000), store.tidy(2000)) == (1, 0)
    assert (half.exists(), fresh.exists(), store.exists(kept.sha256)) == (False, True, True)
