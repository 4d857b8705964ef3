"""Errors of the knowledge base: one root, leaves that carry their data."""

from __future__ import annotations


class KbError(Exception):
    """Root of every error the knowledge base raises on purpose.

    ``str(error)`` is a Chinese sentence fit for a person; attributes carry the data.
    """
