"""The HTTP API, version 1."""

from .views import blueprint, limiter

__all__ = ["blueprint", "limiter"]
