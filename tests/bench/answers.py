"""How often the chosen sentence holds an accepted answer; and where its weights come from.

    python -m tests.bench.answers report [DATA]   figures for the weights in the tree
    python -m tests.bench.answers train DATA      learns new ones, prints kb/answer/weights.py

DATA holds articles.jsonl (key, title, body) and questions.jsonl (query, expect, answers).
Without DATA: the demo centre's articles and questions, with the sentences an agent would read
out in ``centre_answers.jsonl`` (the beginnings of them).

Learning: the chance that a sentence is the answer is softmax over the article's sentences of
a weighted sum of its features; the weights maximise the chance of a sentence that holds an
accepted answer (AdaGrad, pure Python, fixed seed). It learns from DATA and from the demo
centre, whose questions count ``CENTRE_COUNTS`` times. Trust: a logistic fit of "the sentence
holds an answer" on the right articles and on the best-ranked wrong one. ``train`` first learns
on each half of the articles and prints what it reaches on the other.
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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import kb.answer
from kb.answer import Reading, ask, choose, read, trust_signs, window
from kb.answer.features import Columns, Features, observe
from kb.formats import read_paths
from kb.index import Document, Scope, open_index, rebuild
from kb.records import Record
from kb.search import search
from kb.vocabulary import EMPTY

ROOT = Path(__file__).parents[2]
EPOCHS = 40
CENTRE_COUNTS = 3.0
WRONG_COUNTS = 0.3
"""A wrong article's weight in the trust fit: most hits shown are right ones."""

KEEP = 0.02
"""A feature that moves the score by less than this (weight × spread) is left out."""

STEPS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the key of the article that answers it, and the accepted answers."""

    query: str
    expect: str
    answers: tuple[str, ...]

    def held_by(self, text: str) -> bool:
        return any(answer in text for answer in self.answers)


@dataclass(frozen=True, slots=True)
class Case:
    """A question on one article. ``holds[i]``: sentence i holds an accepted answer."""

    asked: Asked
    key: str
    reading: Reading
    rows: list[Features]
    holds: list[bool]
    count: float = 1.0

    @property
    def part(self) -> str:
        return self.key.split("-")[0] if self.count == 1.0 else "centre"

    @property
    def half(self) -> int:
        return zlib.crc32(self.key.encode()) % 2


@dataclass(frozen=True, slots=True)
class Source:
    """Articles, their readings by key, questions on them, and how much each question counts."""

    documents: list[Document]
    readings: dict[str, Reading]
    questions: list[Asked]
    count: float = 1.0


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def development(folder: Path) -> Source:
    documents = [
        Document(number, number, str(a["key"]), str(a["title"]), str(a["body"]))
        for number, a in enumerate(lines(folder / "articles.jsonl"), 1)
    ]
    asked = [
        Asked(str(q["query"]), str(q["expect"]), tuple(q["answers"]))  # type: ignore[arg-type]
        for q in lines(folder / "questions.jsonl")
    ]
    return Source(documents, readings_of(documents), asked)


def centre() -> Source:
    records = [r for r in read_paths([ROOT / "web/demo/articles"]) if isinstance(r, Record)]
    documents = [
        Document(number, number, r.key, r.title, r.body, r.questions, r.tags, r.kind, r.category)
        for number, r in enumerate(records, 1)
    ]
    keys = {document.key for document in documents}
    answers = {
        a["id"]: a["answers"] for a in lines(Path(__file__).with_name("centre_answers.jsonl"))
    }
    asked = [
        Asked(str(q["query"]), str(q["expect"]), tuple(answers[q["id"]]))  # type: ignore[arg-type]
        for path in sorted((ROOT / "tests/data/questions").glob("*.jsonl"))
        for q in lines(path)
        if q["id"] in answers and q["expect"] in keys
    ]
    return Source(documents, readings_of(documents), asked, CENTRE_COUNTS)


def readings_of(documents: Iterable[Document]) -> dict[str, Reading]:
    return {document.key: read(document.body, document.title) for document in documents}


def ranked(source: Source, engine: str) -> list[list[str]]:
    """Keys of each question's first hits, by the product's own search."""
    by_id = {document.id: document for document in source.documents}

    def fetch(ids: Sequence[int]) -> Mapping[int, Document]:
        return {id: by_id[id] for id in ids}

    with tempfile.TemporaryDirectory() as folder:
        rebuild(folder, engine, EMPTY, source.documents)
        index = open_index(folder, engine, EMPTY)
        try:
            return [
                [hit.key for hit in search(index, q.query, Scope(), limit=3, fetch=fetch).hits]
                for q in source.questions
            ]
        finally:
            index.close()


def case(asked: Asked, key: str, source: Source) -> Case:
    reading = source.readings[key]
    right = key == asked.expect
    return Case(
        asked,
        key,
        reading,
        rows(observe(ask(asked.query), reading), len(reading.sentences)),
        [right and asked.held_by(sentence.text) for sentence in reading.sentences],
        source.count,
    )


def rows(columns: Columns, count: int) -> list[Features]:
    """The features of each of the ``count`` sentences."""
    return [{name: values[i] for name, values in columns.items()} for i in range(count)]


def cases(source: Source) -> tuple[list[Case], list[Case]]:
    """Each question on its article, and on the best-ranked other one."""
    right, wrong = [], []
    for asked, keys in zip(source.questions, ranked(source, "memory"), strict=True):
        right.append(case(asked, asked.expect, source))
        other = next((key for key in keys if key != asked.expect), None)
        if other is not None and source.readings[other].sentences:
            wrong.append(case(asked, other, source))
    return right, wrong


def score(weights: Mapping[str, float], row: Features) -> float:
    return sum(weights.get(name, 0.0) * value for name, value in row.items())


def softmax(scores: Sequence[float]) -> list[float]:
    top = max(scores)
    parts = [math.exp(value - top) for value in scores]
    total = sum(parts)
    return [part / total for part in parts]


def chosen(one: Case, weights: Mapping[str, float]) -> tuple[int, float]:
    """The best sentence's index, and its share of the belief."""
    chances = softmax([score(weights, row) for row in one.rows])
    index = max(range(len(chances)), key=chances.__getitem__)
    return index, chances[index]


def spread(given: Iterable[Case]) -> dict[str, float]:
    """Standard deviation of each feature over all sentences."""
    count, sums, squares = 0, defaultdict[str, float](float), defaultdict[str, float](float)
    for one in given:
        count += len(one.rows)
        for row in one.rows:
            for name, value in row.items():
                sums[name] += value
                squares[name] += value * value
    return {n: math.sqrt(max(squares[n] / count - (sums[n] / count) ** 2, 1e-12)) for n in sums}


def learn(given: Sequence[Case], decay: float = 1e-4) -> dict[str, float]:
    """Weights that make the sentences holding an answer likeliest."""
    usable = [one for one in given if any(one.holds) and not all(one.holds)]
    scale = spread(usable)
    data = [
        ([{n: v / scale[n] for n, v in row.items() if v} for row in one.rows], one)
        for one in usable
    ]
    weights = defaultdict[str, float](float)
    squares = defaultdict[str, float](lambda: 1e-2)
    shuffled = random.Random(7)
    for _ in range(EPOCHS):
        shuffled.shuffle(data)
        for rows, one in data:
            step(rows, one, weights, squares, decay)
    return {name: weights[name] / scale[name] for name in weights}


def step(
    rows: Sequence[Features],
    one: Case,
    weights: dict[str, float],
    squares: dict[str, float],
    decay: float,
) -> None:
    chances = softmax([score(weights, row) for row in rows])
    right = sum(p for p, held in zip(chances, one.holds, strict=True) if held)
    slope = defaultdict[str, float](float)
    for row, chance, held in zip(rows, chances, one.holds, strict=True):
        pull = one.count * ((chance / max(right, 1e-9) if held else 0.0) - chance)
        for name, value in row.items():
            slope[name] += pull * value
    for name, value in slope.items():
        value -= decay * weights[name]
        squares[name] += value * value
        weights[name] += 0.1 * value / math.sqrt(squares[name])


def fit_trust(
    right: Sequence[Case], wrong: Sequence[Case], weights: Mapping[str, float]
) -> dict[str, float]:
    """Logistic fit of whether the chosen sentence holds an answer."""
    data = []
    for one in (*right, *wrong):
        index, lead = chosen(one, weights)
        signs = trust_signs(ask(one.asked.query), one.reading, index, lead)
        count = one.count * (1.0 if one.key == one.asked.expect else WRONG_COUNTS)
        data.append((signs, one.holds[index], count))
    fitted = defaultdict[str, float](float)
    squares = defaultdict[str, float](lambda: 1e-2)
    shuffled = random.Random(7)
    for _ in range(EPOCHS):
        shuffled.shuffle(data)
        for signs, truth, count in data:
            error = count * (truth - 1 / (1 + math.exp(-score(fitted, signs))))
            for name, value in signs.items():
                squares[name] += (error * value) ** 2
                fitted[name] += 0.2 * error * value / math.sqrt(squares[name])
    return dict(fitted)


def figures(given: Sequence[Case], weights: Mapping[str, float]) -> str:
    """Share of questions whose best sentence holds an answer → the same with the one it needs."""
    parts = defaultdict[str, list[tuple[bool, bool]]](list)
    for one in given:
        index, _ = chosen(one, weights)
        first, last = window(one.reading, index)
        sentences = one.reading.sentences
        text = one.reading.body[sentences[first].start : sentences[last].end]
        parts[one.part].append((one.holds[index], one.asked.held_by(text)))
    return "  ".join(
        f"{part} {share(alone for alone, _ in results):.3f} → {share(w for _, w in results):.3f}"
        for part, results in sorted(parts.items())
    )


def share(values: Iterable[bool]) -> float:
    values = list(values)
    return sum(values) / max(1, len(values))


def train(folder: Path) -> None:
    right, wrong = [], []
    for source in (development(folder), centre()):
        of_source, others = cases(source)
        right += of_source
        wrong += others
    for half in (0, 1):
        seen = [one for one in right if one.half == half]
        kept_back = [one for one in right if one.half != half]
        weights = learn(seen)
        print(f"learned on half {half}: {figures(seen, weights)}", file=sys.stderr)
        print(f"    on the other half: {figures(kept_back, weights)}", file=sys.stderr)
    weights, scale = learn(right), spread(right)
    weights = {n: w for n, w in weights.items() if abs(w * scale[n]) >= KEEP}
    print(f"learned on all: {figures(right, weights)}", file=sys.stderr)
    print_table("WEIGHTS", weights)
    print_table("TRUST", fit_trust(right, wrong, weights))


def print_table(name: str, table: Mapping[str, float]) -> None:
    print(f"{name}: Mapping[str, float] = MappingProxyType(\n    {{")
    for sign, weight in sorted(table.items()):
        print(f'        "{sign}": {weight:.3f},')
    print("    }\n)")


@dataclass(frozen=True, slots=True)
class Outcome:
    part: str
    first: bool
    holds: bool
    trust: float
    length: int
    two: bool


def outcomes(source: Source, hits: Sequence[Sequence[str]]) -> Iterator[Outcome]:
    """What is answered on the right article, whatever the trust."""
    for asked, keys in zip(source.questions, hits, strict=True):
        reading = source.readings[asked.expect]
        answer = choose(ask(asked.query), reading)
        assert answer is not None, "with no least trust, an article with a sentence answers"
        yield Outcome(
            part=asked.expect.split("-")[0] if source.count == 1.0 else "centre",
            first=list(keys[:1]) == [asked.expect],
            holds=asked.held_by(answer.text),
            trust=answer.score,
            length=len(answer.text),
            two=all(sentence.text != answer.text for sentence in reading.sentences),
        )


def wrong_trust(source: Source, hits: Sequence[Sequence[str]]) -> Iterator[float]:
    """The trust in the answer of the best-ranked wrong article."""
    for asked, keys in zip(source.questions, hits, strict=True):
        wrong = next((key for key in keys if key != asked.expect), None)
        if wrong is not None:
            answer = choose(ask(asked.query), source.readings[wrong])
            yield answer.score if answer else 0.0


def report(source: Source, engine: str) -> None:
    hits = ranked(source, engine)
    shipped, kb.answer.LEAST = kb.answer.LEAST, 0.0
    try:
        found, others = list(outcomes(source, hits)), list(wrong_trust(source, hits))
    finally:
        kb.answer.LEAST = shipped
    print("part   ranked first   least   answered   precision   holds an answer   wrong article")
    for part in [*sorted({o.part for o in found}), "all"]:
        print_part(part, [o for o in found if part in (o.part, "all")], others, shipped)
    lengths = [o.length for o in found]
    quantiles = statistics.quantiles(lengths, n=100)
    print(
        f"characters: mean {statistics.mean(lengths):.1f}, median {quantiles[49]:.0f},"
        f" 90 % {quantiles[89]:.0f}, 99 % {quantiles[98]:.0f};"
        f" two sentences in {share(o.two for o in found):.3f}"
    )
    print_speed(source)


def print_part(
    part: str, found: Sequence[Outcome], others: Sequence[float], shipped: float
) -> None:
    first = [o for o in found if o.first]
    for least in sorted({*STEPS, shipped}):
        answered = [o for o in first if o.trust >= least]
        print(
            f"{part:10} {len(first):5}/{len(found):<5} {least:5.2f}"
            f" {len(answered) / len(first):10.3f} {share(o.holds for o in answered):11.3f}"
            f" {sum(o.holds for o in answered) / len(first):13.3f}"
            f" {share(trust >= least for trust in others):15.3f}"
            + ("  ← shipped" if least == shipped else "")
        )


def print_speed(source: Source) -> None:
    """CPU time of a call that reads question and article anew, and of one that has them read."""
    length = sorted(len(d.body) for d in source.documents)[len(source.documents) * 9 // 10]
    near = sorted(source.documents, key=lambda d: abs(len(d.body) - length))[:20]
    queries = [asked.query for asked in source.questions[:50]]
    begun = time.process_time()
    for document in near:
        for query in queries:
            kb.answer.best(query, document.body, title=document.title)
    whole = (time.process_time() - begun) / (len(near) * len(queries))
    questions = [ask(query) for query in queries]
    begun = time.process_time()
    for document in near:
        for question in questions:
            choose(question, source.readings[document.key])
    again = (time.process_time() - begun) / (len(near) * len(queries))
    print(
        f"{whole * 1000:.2f} ms anew, {again * 1000:.2f} ms already read,"
        f" articles of {length} characters"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure or learn the choice of answers.")
    parser.add_argument("what", choices=["report", "train"])
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--engine", default="memory")
    given = parser.parse_args()
    if given.what == "report":
        report(development(given.data) if given.data else centre(), given.engine)
    elif given.data:
        train(given.data)
    else:
        parser.error("train needs DATA")


if __name__ == "__main__":
    main()
