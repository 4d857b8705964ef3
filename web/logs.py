"""Structured logs: one JSON object a line, each with the id of its request."""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, g, has_request_context, request

from .pulse import QUIET

FIELDS = ("method", "path", "status", "ms", "person", "job", "kind")
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")

log = logging.getLogger("zhixi.web")


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if has_request_context():
            line["request"] = request_id()
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def set_up(level: int = logging.INFO) -> None:
    """Send the logs of this process to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    root = logging.getLogger("zhixi")
    root.handlers[:] = [handler]
    root.setLevel(level)
    root.propagate = False


def request_id() -> str:
    """The id the caller gave in X-Request-ID if it is harmless, else one of our own."""
    if "request_id" not in g:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
    return str(g.request_id)


def attach(app: Flask) -> None:
    """Log every request of the application but static files and health checks."""

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["X-Request-ID"] = request_id()
        quiet = request.endpoint in QUIET and response.status_code == 204
        if not quiet and request.endpoint not in ("static", "health.alive", "health.ready"):
            person = g.get("person")
            log.info(
                "request",
                extra={
                    "method": request.method,
                    "path": request.path,
                    "status": response.status_code,
                    "ms": round(
                        (time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1
                    ),
                    "person": person.number if person else None,
                },
            )
        return response
