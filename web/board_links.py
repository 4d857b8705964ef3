"""Texts of the board as they are shown: addresses of articles become links for who may read them.

An article that is out of force, or not for this reader, is not named, whatever the writer typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from flask import url_for
from markupsafe import Markup, escape

from kb import articles, gate
from kb.models import Revision

from .context import now, reading, viewer

_ADDRESS = re.compile(
    r"(?:https?://[^\s/]+)?/(?:edit/|desk/|api/v1/)?articles/([^\s/?#，。；、）)《》“”\"'<>]+)"
    r"[^\s，。；、）)《》“”\"'<>]*"
)
UNSEEN = "〔一篇您现在看不到的文章〕"


def keys_in(texts: Iterable[str]) -> set[str]:
    """The keys of the articles whose addresses stand in the texts."""
    return {
        unquote(m[1])[:200].replace("\0", "") for text in texts for m in _ADDRESS.finditer(text)
    }


def readable(texts: Iterable[str]) -> dict[str, Revision]:
    """{key: text in force} of those among them that the person who is asking may read."""
    found = [articles.find(reading(), key) for key in sorted(keys_in(texts))]
    ids = [article.id for article in found if article is not None]
    shown = gate.in_force_of(reading(), viewer(), now(), ids)
    return {revision.article.key: revision for revision in shown.values()}


def linked(text: str, known: Mapping[str, Revision]) -> Markup:
    """The text as HTML, everything in it escaped but these links."""
    pieces, end = [], 0
    for m in _ADDRESS.finditer(text):
        pieces += [escape(text[end : m.start()]), _link(unquote(m[1])[:200], known)]
        end = m.end()
    return Markup("").join([*pieces, escape(text[end:])])


def unlinked(text: str, known: Mapping[str, Revision]) -> str:
    """The same as plain text."""
    return _ADDRESS.sub(
        lambda m: f"《{known[key].title}》" if (key := unquote(m[1])[:200]) in known else UNSEEN,
        text,
    )


def _link(key: str, known: Mapping[str, Revision]) -> Markup:
    if key not in known:
        return escape(UNSEEN)
    return Markup('<a href="{}">《{}》</a>').format(
        url_for("articles.show", key=key), known[key].title
    )
