"""What a browser is told it may do with our pages, and how large a plain form may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, request

POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

LOCKED = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""What a file may do if somebody opens it by itself: nothing."""

MAX_PLAIN_FORM = 2 * 1024 * 1024
"""Bytes of a form without files: it is taken apart whole, in memory, for anybody who sends it."""


LARGEST_RECORDING = 512 * 1024 * 1024
"""Bytes of an upload with recordings, by a page or by the API."""

LARGEST_LESSON = 1024 * 1024 * 1024
"""Bytes of an upload with the film of a lesson; a setting says less."""


View = TypeVar("View", bound=Callable[..., Any])


def locked(response: Response) -> Response:
    """A file of ours: kept by no cache, and harmless where somebody opens it by itself."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = LOCKED
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def takes(largest: int) -> Callable[[View], View]:
    """Let a view be sent more bytes than others."""

    def mark(view: View) -> View:
        view.largest = largest  # type: ignore[attr-defined]
        return view

    return mark


def attach(app: Flask) -> None:
    @app.before_request
    def limit_plain_forms() -> None:
        view = app.view_functions.get(request.endpoint or "")
        if largest := getattr(view, "largest", 0):
            request.max_content_length = largest
        if request.mimetype == "application/x-www-form-urlencoded":
            request.max_content_length = MAX_PLAIN_FORM

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), payment=()")
        # Pages show what this person may see now: no cache may keep them.
        response.headers.setdefault("Cache-Control", "no-store")
        return response
