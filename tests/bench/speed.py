"""How fast: indexing, and a search from parse to answer, beside what others would do.

    python -m tests.bench.speed [--size N] [--engine NAME] [--articles PATH…] [--questions FILE]

The articles are the given ones (the demo centre's without), mixed into as many as asked for.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from kb.index import ENGINES, Document, Scope, open_index, rebuild
from kb.search import search
from kb.text import load
from kb.vocabulary import EMPTY

from . import peers, shelves
from .corpora import as_documents, read_questions

QUESTIONS = 1000


def timed(name: str, call: Callable[[str], object], texts: Sequence[str]) -> str:
    """One line: percentiles in milliseconds by the wall's clock and the processor's."""
    wall, cpu = [], []
    for text in texts:
        begun, worked = time.perf_counter(), time.process_time()
        call(text)
        wall.append((time.perf_counter() - begun) * 1000)
        cpu.append((time.process_time() - worked) * 1000)
    figures = [shelves.share(times, p) for times in (wall, cpu) for p in (0.5, 0.95, 0.99)]
    return f"{name:<34}" + "".join(f"{figure:9.2f}" for figure in figures)


def run(
    documents: Sequence[Document], texts: Sequence[str], engine: str, folder: Path
) -> list[str]:
    load()
    begun, worked = time.perf_counter(), time.process_time()
    rebuild(folder, engine, EMPTY, documents)
    took, cpu = time.perf_counter() - begun, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 2**20
    index = open_index(folder, engine, EMPTY)
    held = {document.id: document for document in documents}

    def full(text: str) -> object:
        return search(index, text, Scope(), fetch=lambda ids: {i: held[i] for i in ids})

    letters = sum(len(d.body) for d in documents) / len(documents)
    figures = ("p50", "p95", "p99", "cpu50", "cpu95", "cpu99")
    lines = [
        f"{len(documents)} articles of {letters:.0f} characters, {engine}",
        f"indexed in {took:.1f} s, {cpu:.1f} s of processor; {size:.0f} MiB on disk",
        f"{peak:.0f} MiB of memory at most, the articles included",
        "",
        f"{'milliseconds':<34}" + "".join(f"{figure:>9}" for figure in figures),
        timed(f"ours, {engine}, first time", full, texts),
        timed(f"ours, {engine}, again", full, texts),
    ]
    if engine == "tantivy":
        lines.append(timed("bare tantivy, same terms", peers.bare_tantivy(documents), texts))
    else:
        for name, every_word in (("all words", True), ("any word", False)):
            find = peers.usual_recipe(documents, every_word=every_word)
            lines.append(timed(f"usual recipe ({name})", find, texts))
    if len(documents) <= 20_000:
        lines.append(timed("SQLite FTS5, our terms", peers.fts5(documents), texts))
    return lines


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.speed")
    parser.add_argument("--size", type=int, default=5000)
    parser.add_argument("--engine", choices=sorted(ENGINES), default="whoosh")
    parser.add_argument("--articles", type=Path, nargs="+", default=[])
    parser.add_argument("--questions", type=Path)
    options = parser.parse_args(arguments)
    documents = as_documents(shelves.articles(options.size, options.articles))
    texts = [asked.query for asked in read_questions(options.questions)][:QUESTIONS]
    with tempfile.TemporaryDirectory() as folder:
        print("\n".join(run(documents, texts, options.engine, Path(folder))))


if __name__ == "__main__":
    main(sys.argv[1:])
