"""A process killed with -9 in the middle of an edit, a sync or a rebuild loses nothing.

``python -m tests.bench.kills --kills 200`` does the same more often and prints figures.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import kills

from .crowd import ENGINES


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    pairs = [(name, "sqlite") for name in ENGINES] + [("whoosh", "postgresql")]
    metafunc.parametrize("engine, backend", pairs)


def test_after_each_kill_the_index_matches_the_database_and_no_edit_is_lost(
    engine: str, empty_url: str, home: Path
) -> None:
    figures = kills.run(home, f"{engine}:", empty_url, kills=12, seed=7)
    assert figures.kills.total() == 12
    assert figures.steps >= 12
    assert figures.differing == 0
    assert figures.unsound == []
