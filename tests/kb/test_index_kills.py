"""An engine killed at any moment holds what was acknowledged, or that and one round more."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kb.index import ENGINES, IndexStale, open_index, rebuild
from kb.vocabulary import EMPTY

APPLY = """
import sys
from kb.index import Document, open_index
from kb.vocabulary import EMPTY
folder, engine, first = sys.argv[1], sys.argv[2], int(sys.argv[3])
index = open_index(folder, engine, EMPTY)
for turn in range(first, first + 1000):
    texts = {n: (f"标题{n}", f"第{turn}轮正文") for n in range(3)}
    index.apply({n: [Document(turn * 10 + n, n, f"k{n}", *text)] for n, text in texts.items()})
    print(turn, flush=True)
"""
"""Applies rounds of three articles for ever, saying which round is acknowledged."""

REBUILD = """
import sys
from kb.index import Document, rebuild
from kb.vocabulary import EMPTY
folder, engine, first = sys.argv[1], sys.argv[2], int(sys.argv[3])
for turn in range(first, first + 1000):
    rebuild(folder, engine, EMPTY, (
        Document(turn * 100 + n, n, f"k{n}", f"标题{n}", f"第{turn}轮正文") for n in range(30)))
    print(turn, flush=True)
"""
"""Rebuilds for ever, saying which rebuild is done."""

UNFINISHED = """
import sys, time
from kb.index import Document, rebuild
from kb.vocabulary import EMPTY
folder, engine, first = sys.argv[1], sys.argv[2], int(sys.argv[3])
def slowly():
    print(0, flush=True)
    for n in range(1000):
        yield Document(n, n, f"k{n}", f"标题{n}", "正文")
        time.sleep(0.01)
rebuild(folder, engine, EMPTY, slowly())
"""
"""A rebuild that is never done."""


def killed(script: str, folder: Path, engine: str, first: int, wait: float) -> int:
    """The last round the script acknowledged before it was killed, ``wait`` after its first."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(folder), engine, str(first)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    said = [process.stdout.readline()]
    time.sleep(wait)
    process.send_signal(signal.SIGKILL)
    said += process.stdout.readlines()
    process.wait()
    return max(int(line) for line in said if line.endswith("\n"))


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_killed_while_applying_it_holds_a_whole_round(tmp_path: Path, engine: str) -> None:
    """Never a mixture of two rounds, never less than what was acknowledged."""
    rebuild(tmp_path, engine, EMPTY, [])
    chance, first = random.Random(engine), 1
    for _ in range(5):
        last = killed(APPLY, tmp_path, engine, first, chance.uniform(0, 0.25))
        index = open_index(tmp_path, engine, EMPTY)
        held = index.contents()
        rounds = {next(iter(ids)) // 10 for ids in held.values()}
        assert len(held) == 3
        assert rounds in ({last}, {last + 1})
        index.close()
        first = last + 2


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_killed_while_rebuilding_a_whole_generation_is_current(tmp_path: Path, engine: str) -> None:
    chance, first = random.Random(engine), 1
    for _ in range(4):
        last = killed(REBUILD, tmp_path, engine, first, chance.uniform(0, 0.3))
        index = open_index(tmp_path, engine, EMPTY)
        held = index.contents()
        assert len(held) == 30
        assert {next(iter(ids)) // 100 for ids in held.values()} in ({last}, {last + 1})
        index.close()
        first = last + 2


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_killed_before_the_first_rebuild_is_done_there_is_no_index(
    tmp_path: Path, engine: str
) -> None:
    killed(UNFINISHED, tmp_path, engine, 1, 0.5)
    with pytest.raises(IndexStale):
        open_index(tmp_path, engine, EMPTY)
    rebuild(tmp_path, engine, EMPTY, [])
    assert open_index(tmp_path, engine, EMPTY).contents() == {}
