"""A process killed with -9 in the middle of an edit, a sync or a rebuild loses nothing.

``python -m tests.bench.kills --kills 200`` does the same more often and prints figures.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kb import changes
from tests.bench import kills

from . import crowd
from .crowd import ENGINES


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    pairs = [(name, "sqlite") for name in ENGINES] + [("whoosh", "postgresql")]
    metafunc.parametrize("engine, backend", pairs)


def test_after_each_kill_the_index_matches_the_database_and_no_edit_is_lost(
    engine: str, empty_url: str, home: Path
) -> None:
    figures = kills.run(home, f"{engine}:", empty_url, kills=8, seed=7)
    assert figures.kills.total() == 8
    assert figures.steps >= 8
    assert figures.differing == 0
    assert figures.unsound == []


def test_files_of_a_commit_that_was_never_finished_are_no_obstacle(
    engine: str, empty_url: str, home: Path
) -> None:
    """The same commit again would write files of the same names, which are there already."""
    with crowd.opened(home, f"{engine}:", empty_url) as library:
        crowd.put(library, *(crowd.notice(n) for n in range(5)))
        library.rebuild()
        [generation] = library.folder.glob("g-*")
        before = home / "before"
        shutil.copytree(generation, before)
        crowd.put(library, crowd.notice(1, 2))
        with library.reading() as session:
            entries = changes.batch(session)
        library.sync()
    # The crash: the new files are there, and all that names them is as it was before.
    for file in before.iterdir():
        if file.name != ".managed.json":  # tantivy lists a file there before it makes it
            shutil.copyfile(file, generation / file.name)
    with crowd.opened(home, f"{engine}:", empty_url) as library:
        with library.writing() as session:
            changes.note(session, [article for _, article in entries])
        library.sync()
        assert library.differences() == {}
        assert library.search("通知N1").hits[0].revision == 2
