"""How often the right article comes first, beside what others would do.

    python -m tests.bench.quality [--articles PATH…] [--questions FILE] [--engine NAME…]

Without files: the demo centre and its callers' questions. ``own`` is the question as given,
``other script`` the same in traditional or simplified characters, ``slip`` with one character
swapped for one that sounds the same.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from pypinyin import lazy_pinyin

from kb.index import ENGINES, Document, Scope, open_index, rebuild
from kb.search import search

from . import peers
from .corpora import Asked, Corpus, other_script, with_slips

Find = Callable[[str], list[str]]


def ours(corpus: Corpus, engine: str, folder: Path) -> Find:
    """The full path on an engine, with everything open to everyone."""
    rebuild(folder, engine, corpus.vocabulary, corpus.documents)
    index = open_index(folder, engine, corpus.vocabulary)
    documents = {document.id: document for document in corpus.documents}

    def fetch(ids: Sequence[int]) -> dict[int, Document]:
        return {id: documents[id] for id in ids}

    def find(text: str) -> list[str]:
        results = search(index, text, Scope(), fetch=fetch, vocabulary=corpus.vocabulary)
        return [hit.key for hit in results.hits]

    return find


def named_by_sound(corpus: Corpus, *, initials: bool) -> list[Asked]:
    """Every title typed as pinyin, in full or by initials."""
    asked = []
    for document in corpus.documents:
        han = "".join(re.findall(r"[\u4e00-\u9fff]", document.title))
        sounds = lazy_pinyin(han)
        typed = "".join(s[0] if initials else s for s in sounds).replace("ü", "v")
        asked.append(Asked(typed, document.key))
    return asked


def rows(name: str, corpus: Corpus, asked: Sequence[Asked], find: Find) -> list[str]:
    """One line per part of the corpus: hit@1, hit@3, hit@10, and how many found nothing."""
    places, empty = [], []
    for question in asked:
        keys = find(question.query)
        places.append(keys.index(question.expect) if question.expect in keys else len(keys) + 99)
        empty.append(not keys)
    lines = []
    for part, members in corpus.parts(asked).items():
        shares = [sum(places[m] < top for m in members) / len(members) for top in (1, 3, 10)]
        nothing = sum(empty[m] for m in members) / len(members)
        figures = "".join(f"{share:9.4f}" for share in (*shares, nothing))
        lines.append(f"{name:<34}{part:<6}{len(members):>6}{figures}")
    return lines


def run(corpus: Corpus, engines: Sequence[str], folder: Path) -> list[str]:
    head = f"{'':<34}{'part':<6}{'asked':>6}{'hit@1':>9}{'hit@3':>9}{'hit@10':>9}{'none':>9}"
    lines = [f"{len(corpus.documents)} articles, {len(corpus.asked)} questions", "", head]
    for engine in engines:
        find = ours(corpus, engine, folder / engine)
        for name, asked in (
            ("own", corpus.asked),
            ("other script", other_script(corpus.asked)),
            ("slip", with_slips(corpus.asked)),
        ):
            lines += rows(f"{engine}, {name}", corpus, asked, find)
        if engine == engines[0]:
            for name, initials in (("pinyin", False), ("initials", True)):
                asked = named_by_sound(corpus, initials=initials)
                lines += rows(f"{engine}, titles by {name}", corpus, asked, find)
    for name, peer in (
        ("usual recipe (all words)", peers.usual_recipe(corpus.documents, every_word=True)),
        ("usual recipe (any word)", peers.usual_recipe(corpus.documents, every_word=False)),
        ("SQLite FTS5, our terms", peers.fts5(corpus.documents)),
        ("bare tantivy, our terms", peers.bare_tantivy(corpus.documents)),
    ):
        lines += rows(name, corpus, corpus.asked, peer)
    return lines


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.quality")
    parser.add_argument("--articles", type=Path, nargs="+", default=[])
    parser.add_argument("--questions", type=Path)
    parser.add_argument(
        "--engine", choices=sorted(ENGINES), nargs="+", default=["tantivy", "whoosh"]
    )
    options = parser.parse_args(arguments)
    corpus = Corpus.load(options.articles, options.questions)
    with tempfile.TemporaryDirectory() as folder:
        print("\n".join(run(corpus, options.engine, Path(folder))))


if __name__ == "__main__":
    main(sys.argv[1:])
