"""The HTTP API, version 1."""

from .views import blueprint

__all__ = ["blueprint"]
