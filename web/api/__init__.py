"""The HTTP API, version 1."""

from . import calls, cases, qa_events, reviews, scoring  # their routes are on the blueprint
from .views import blueprint, limiter

__all__ = ["blueprint", "calls", "cases", "limiter", "qa_events", "reviews", "scoring"]
