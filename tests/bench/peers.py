"""What others would do with the same articles: measured beside ours, in the same run.

Each peer takes documents and answers a question with keys, best first.
"""

from __future__ import annotations

import logging
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jieba
import tantivy
from jieba.analyse import ChineseAnalyzer
from whoosh import index as whoosh_index
from whoosh.fields import ID, TEXT, Schema
from whoosh.qparser import MultifieldParser, OrGroup

from kb.index import Document
from kb.index.fields import terms_of
from kb.query import parse
from kb.text import NO_TERMS

Find = Callable[[str], list[str]]
TOP = 10


def usual_recipe(documents: Sequence[Document], *, every_word: bool) -> Find:
    """Whoosh with jieba's analyzer and its parser, a searcher per request, as tutorials have it.

    ``every_word``: the parser's default, which asks for all words; else for any of them.
    """
    jieba.setLogLevel(logging.WARNING)
    analyzer = ChineseAnalyzer()
    schema = Schema(
        key=ID(stored=True), title=TEXT(analyzer=analyzer), body=TEXT(analyzer=analyzer)
    )
    folder = tempfile.mkdtemp()
    made = whoosh_index.create_in(folder, schema)
    writer = made.writer(limitmb=256)
    for document in documents:
        body = "\n".join((*document.questions, document.body))
        writer.add_document(key=document.key, title=document.title, body=body)
    writer.commit()
    group: dict[str, Any] = {} if every_word else {"group": OrGroup}
    parser = MultifieldParser(["title", "body"], schema, **group)

    def find(text: str) -> list[str]:
        with made.searcher() as searcher:
            return [hit["key"] for hit in searcher.search(parser.parse(text), limit=TOP)]

    return find


def fts5(documents: Sequence[Document]) -> Find:
    """SQLite's full-text table over our words and pairs of characters, any of them, BM25."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE found USING fts5(key UNINDEXED, terms)")
    rows = ((d.key, " ".join(_plain(term) for term in _terms(d))) for d in documents)
    database.executemany("INSERT INTO found VALUES (?, ?)", rows)

    def find(text: str) -> list[str]:
        asked = " OR ".join(f'"{_plain(term)}"' for term in _asked(text))
        if not asked:
            return []
        query = "SELECT key FROM found WHERE found MATCH ? ORDER BY bm25(found) LIMIT ?"
        return [key for (key,) in database.execute(query, (asked, TOP))]

    return find


def bare_tantivy(documents: Sequence[Document]) -> Find:
    """tantivy alone over the same terms in one field: any of them, its own BM25."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("terms", tokenizer_name="terms", index_option="freq")
    schema = builder.build()
    made = tantivy.Index(schema, path=str(Path(tempfile.mkdtemp())))
    whitespace = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    made.register_tokenizer("terms", whitespace)
    writer = made.writer(250_000_000, 1)
    for document in documents:
        written = tantivy.Document()
        written.add_text("key", document.key)
        written.add_text("terms", " ".join(_terms(document)))
        writer.add_document(written)
    writer.commit()
    writer.wait_merging_threads()
    made.reload()
    searcher = made.searcher()

    def find(text: str) -> list[str]:
        clauses = [
            (tantivy.Occur.Should, tantivy.Query.term_query(schema, "terms", term, "freq"))
            for term in _asked(text)
        ]
        hits = searcher.search(tantivy.Query.boolean_query(clauses), TOP).hits
        return [searcher.doc(place)["key"][0] for _, place in hits]

    return find


def _terms(document: Document) -> list[str]:
    terms = terms_of(document, NO_TERMS)
    return [*terms["title"], *terms["asked"], *terms["body"], *terms["text_grams"]]


def _asked(text: str) -> list[str]:
    query = parse(text)
    return list(dict.fromkeys((*query.words, *query.grams)))


def _plain(term: str) -> str:
    """A term as one word of FTS5's tokenizer, whatever characters it has."""
    return term.encode().hex()
