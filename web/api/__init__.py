"""The HTTP API, version 1."""

from . import cases  # its routes are on the blueprint
from .views import blueprint, limiter

__all__ = ["blueprint", "cases", "limiter"]
