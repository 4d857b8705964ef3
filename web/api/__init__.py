"""The HTTP API, version 1."""

from . import (  # their routes are on the blueprint
    calls,
    cases,
    qa_events,
    reviews,
    scoring,
    training,
)
from .views import blueprint, limiter

__all__ = ["blueprint", "calls", "cases", "limiter", "qa_events", "reviews", "scoring", "training"]
