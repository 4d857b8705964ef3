"""Markdown bodies: as HTML, as sentences, as plain text."""

from .plain import plain
from .render import render
from .sentences import Sentence, sentences

__all__ = ["Sentence", "plain", "render", "sentences"]
