"""How often the chosen sentence holds an accepted answer; and where its weights come from.

    python -m tests.bench.answers report DATA     figures for the weights in the tree
    python -m tests.bench.answers train DATA      learns new ones, prints kb/answer/weights.py

DATA holds articles.jsonl (key, title, body) and questions.jsonl (query, expect, answers).

Learning: the chance that a sentence is the answer is softmax over the article's sentences of
a weighted sum of its features; the weights maximise the chance of a sentence that holds an
accepted answer (AdaGrad, pure Python, fixed seed). Trust: a logistic fit of "the sentence holds
an answer" on right articles and on the best-ranked wrong one. ``train`` also learns on each
half of the articles and measures on the other.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
import sys
import tempfile
import time
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import kb.answer
from kb.answer import Reading, ask, choose, needs_previous, read, trust_signs
from kb.answer.features import Features, observe
from kb.answer.weights import TRUST, WEIGHTS
from kb.index import Document, Scope, open_index, rebuild
from kb.search import search
from kb.vocabulary import EMPTY

EPOCHS = 40
WRONG_COUNTS = 0.3
"""A wrong article's weight in the trust fit: most hits shown are right ones."""

KEEP = 0.02
"""A feature that moves the score by less than this (weight × spread) is left out."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question on one article. ``holds[i]``: sentence i holds an accepted answer."""

    query: str
    key: str
    reading: Reading
    answers: tuple[str, ...]
    rows: list[Features]
    holds: list[bool]

    @property
    def part(self) -> str:
        return self.key.split("-")[0]

    @property
    def half(self) -> int:
        return zlib.crc32(self.key.encode()) % 2


def load(folder: Path) -> tuple[dict[str, Reading], list[dict[str, object]], list[Document]]:
    with (folder / "articles.jsonl").open(encoding="utf-8") as lines:
        articles = [json.loads(line) for line in lines]
    with (folder / "questions.jsonl").open(encoding="utf-8") as lines:
        questions = [json.loads(line) for line in lines]
    readings = {a["key"]: read(a["body"], a["title"]) for a in articles}
    documents = [
        Document(number, number, a["key"], a["title"], a["body"])
        for number, a in enumerate(articles, 1)
    ]
    return readings, questions, documents


def ranked(documents: Sequence[Document], queries: Iterable[str], engine: str) -> list[list[str]]:
    """Keys of each question's first hits, by the product's own search."""
    by_id = {document.id: document for document in documents}

    def fetch(ids: Sequence[int]) -> Mapping[int, Document]:
        return {id: by_id[id] for id in ids}

    with tempfile.TemporaryDirectory() as folder:
        rebuild(folder, engine, EMPTY, documents)
        index = open_index(folder, engine, EMPTY)
        try:
            return [
                [hit.key for hit in search(index, query, Scope(), limit=3, fetch=fetch).hits]
                for query in queries
            ]
        finally:
            index.close()


def case(query: str, key: str, answers: Sequence[str], reading: Reading) -> Case:
    rows = observe(ask(query), reading)
    holds = [any(answer in s.text for answer in answers) for s in reading.sentences]
    return Case(query, key, reading, tuple(answers), rows, holds)


def score(weights: Mapping[str, float], row: Features) -> float:
    return sum(weights.get(name, 0.0) * value for name, value in row.items())


def softmax(scores: Sequence[float]) -> list[float]:
    top = max(scores)
    parts = [math.exp(value - top) for value in scores]
    total = sum(parts)
    return [part / total for part in parts]


def spread(cases: Iterable[Case]) -> dict[str, float]:
    """Standard deviation of each feature over all sentences."""
    count, sums, squares = 0, defaultdict(float), defaultdict(float)
    for one in cases:
        count += len(one.rows)
        for row in one.rows:
            for name, value in row.items():
                sums[name] += value
                squares[name] += value * value
    return {n: math.sqrt(max(squares[n] / count - (sums[n] / count) ** 2, 1e-12)) for n in sums}


def learn(cases: Sequence[Case], decay: float = 1e-4) -> dict[str, float]:
    """Weights that make the sentences holding an answer likeliest."""
    usable = [c for c in cases if any(c.holds) and not all(c.holds)]
    scale = spread(usable)
    data = [
        ([{n: v / scale[n] for n, v in row.items() if v} for row in c.rows], c.holds)
        for c in usable
    ]
    weights: dict[str, float] = defaultdict(float)
    squares: dict[str, float] = defaultdict(lambda: 1e-2)
    shuffled = random.Random(7)
    for _ in range(EPOCHS):
        shuffled.shuffle(data)
        for rows, holds in data:
            step(rows, holds, weights, squares, decay)
    return {name: weights[name] / scale[name] for name in weights}


def step(
    rows: Sequence[Features],
    holds: Sequence[bool],
    weights: dict[str, float],
    squares: dict[str, float],
    decay: float,
) -> None:
    chances = softmax([score(weights, row) for row in rows])
    right = sum(p for p, held in zip(chances, holds, strict=True) if held)
    slope: dict[str, float] = defaultdict(float)
    for row, chance, held in zip(rows, chances, holds, strict=True):
        pull = (chance / max(right, 1e-9) if held else 0.0) - chance
        for name, value in row.items():
            slope[name] += pull * value
    for name, value in slope.items():
        value -= decay * weights[name]
        squares[name] += value * value
        weights[name] += 0.1 * value / math.sqrt(squares[name])


def signs_and_truth(
    cases: Iterable[Case], weights: Mapping[str, float]
) -> list[tuple[Features, bool]]:
    found = []
    for one in cases:
        chances = softmax([score(weights, row) for row in one.rows])
        index = max(range(len(chances)), key=chances.__getitem__)
        signs = trust_signs(ask(one.query), one.reading, index, chances[index])
        found.append((signs, one.holds[index]))
    return found


def fit_trust(
    right: Sequence[tuple[Features, bool]], wrong: Sequence[tuple[Features, bool]]
) -> dict[str, float]:
    """Logistic regression by Newton-free gradient steps; a wrong article never holds the answer."""
    data = [(s, t, 1.0) for s, t in right] + [(s, False, WRONG_COUNTS) for s, _ in wrong]
    weights: dict[str, float] = defaultdict(float)
    squares: dict[str, float] = defaultdict(lambda: 1e-2)
    shuffled = random.Random(7)
    for _ in range(EPOCHS):
        shuffled.shuffle(data)
        for signs, truth, count in data:
            error = count * (truth - 1 / (1 + math.exp(-score(weights, signs))))
            for name, value in signs.items():
                squares[name] += (error * value) ** 2
                weights[name] += 0.2 * error * value / math.sqrt(squares[name])
    return dict(weights)


def figures(cases: Sequence[Case], weights: Mapping[str, float]) -> str:
    """Share of questions whose best sentence, with the one it leans on, holds an answer."""
    parts: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for one in cases:
        scores = [score(weights, row) for row in one.rows]
        index = max(range(len(scores)), key=scores.__getitem__)
        first = index - 1 if needs_previous(one.reading, index) else index
        sentences = one.reading.sentences
        text = one.reading.body[sentences[first].start : sentences[index].end]
        result = (one.holds[index], any(answer in text for answer in one.answers))
        parts[one.part].append(result)
        parts["all"].append(result)
    return "  ".join(
        f"{part} {share(r for r, _ in results):.3f} → {share(w for _, w in results):.3f}"
        for part, results in sorted(parts.items())
    )


def share(values: Iterable[bool]) -> float:
    values = list(values)
    return sum(values) / max(1, len(values))


def train(folder: Path) -> None:
    readings, questions, documents = load(folder)
    first = ranked(documents, (str(q["query"]) for q in questions), "memory")
    right, wrong = [], []
    for q, keys in zip(questions, first, strict=True):
        query, key = str(q["query"]), str(q["expect"])
        answers = [str(a) for a in q["answers"]]  # type: ignore[attr-defined]
        right.append(case(query, key, answers, readings[key]))
        other = next((k for k in keys if k != key), None)
        if other is not None and readings[other].sentences:
            wrong.append(case(query, other, (), readings[other]))
    for half in (0, 1):
        seen = [c for c in right if c.half == half]
        kept_back = [c for c in right if c.half != half]
        weights = learn(seen)
        print(f"# learned on half {half}: {figures(seen, weights)}", file=sys.stderr)
        print(f"#     on the other half: {figures(kept_back, weights)}", file=sys.stderr)
    weights, scale = learn(right), spread(right)
    weights = {n: w for n, w in weights.items() if abs(w * scale[n]) >= KEEP}
    print(f"# learned on all: {figures(right, weights)}", file=sys.stderr)
    trust = fit_trust(signs_and_truth(right, weights), signs_and_truth(wrong, weights))
    print_table("WEIGHTS", weights)
    print_table("TRUST", trust)


def print_table(name: str, table: Mapping[str, float]) -> None:
    print(f"{name}: Mapping[str, float] = MappingProxyType(\n    {{")
    for sign, weight in sorted(table.items()):
        print(f'        "{sign}": {weight:.3f},')
    print("    }\n)")


@dataclass(frozen=True, slots=True)
class Outcome:
    part: str
    first: bool
    answered: bool
    holds: bool
    trust: float
    length: int
    two: bool


def report(folder: Path, engine: str) -> None:
    readings, questions, documents = load(folder)
    keys = ranked(documents, (str(q["query"]) for q in questions), engine)
    kb.answer.LEAST = 0.0  # measure all, then say what each threshold would do
    outcomes, others = [], []
    for q, hits in zip(questions, keys, strict=True):
        reading = readings[str(q["expect"])]
        answer = choose(ask(str(q["query"])), reading)
        answers = [str(a) for a in q["answers"]]  # type: ignore[attr-defined]
        outcomes.append(
            Outcome(
                part=str(q["expect"]).split("-")[0],
                first=hits[:1] == [q["expect"]],
                answered=answer is not None,
                holds=answer is not None and any(a in answer.text for a in answers),
                trust=answer.score if answer else 0.0,
                length=len(answer.text) if answer else 0,
                two=answer is not None
                and not any(s.text == answer.text for s in reading.sentences),
            )
        )
        wrong = next((k for k in hits if k != q["expect"]), None)
        if wrong is not None:
            other = choose(ask(str(q["query"])), readings[wrong])
            others.append(other.score if other else 0.0)
    print_report(outcomes, others)
    print_speed(questions, documents)


def print_report(outcomes: Sequence[Outcome], others: Sequence[float]) -> None:
    print("part   ranked first   least   answered   precision   holds an answer   wrong article")
    for part in (*sorted({o.part for o in outcomes}), "all"):
        here = [o for o in outcomes if part in (o.part, "all")]
        first = [o for o in here if o.first]
        for least in (0.0, 0.1, LEAST, 0.3, 0.4, 0.5):
            answered = [o for o in first if o.trust >= least]
            print(
                f"{part:6} {len(first):6}/{len(here):<6} {least:5.2f}"
                f" {len(answered) / len(first):10.3f} {share(o.holds for o in answered):11.3f}"
                f" {sum(o.holds for o in answered) / len(first):13.3f}"
                f" {share(score >= least for score in others):15.3f}"
                + ("  ← shipped" if least == LEAST else "")
            )
    lengths = sorted(o.length for o in outcomes)
    quantiles = statistics.quantiles(lengths, n=100)
    print(
        f"characters: mean {statistics.mean(lengths):.1f}, median {quantiles[49]:.0f},"
        f" 90 % {quantiles[89]:.0f}, 99 % {quantiles[98]:.0f};"
        f" two sentences in {share(o.two for o in outcomes):.3f}"
    )


def print_speed(questions: Sequence[Mapping[str, object]], documents: Sequence[Document]) -> None:
    """CPU time a call, whole, on articles of about 900 characters."""
    bodies = [d for d in documents if 850 <= len(d.body) <= 950][:20]
    queries = [str(q["query"]) for q in questions[:50]]
    begun = time.process_time()
    for document in bodies:
        for query in queries:
            kb.answer.best(query, document.body, title=document.title)
    calls = max(1, len(bodies) * len(queries))
    print(f"{(time.process_time() - begun) / calls * 1000:.2f} ms a call, {len(bodies)} articles")


LEAST = kb.answer.LEAST


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("what", choices=["report", "train"])
    parser.add_argument("data", type=Path)
    parser.add_argument("--engine", default="memory")
    given = parser.parse_args()
    if given.what == "train":
        train(given.data)
    else:
        report(given.data, given.engine)


if __name__ == "__main__":
    main()
