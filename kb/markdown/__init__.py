"""Markdown bodies: as HTML, as sentences, as plain text."""

from .plain import plain
from .render import render
from .sentences import Sentence, row_pairs, sentences

__all__ = ["Sentence", "plain", "render", "row_pairs", "sentences"]
