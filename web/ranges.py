"""Parts of something long over HTTP: Range, If-Range, 206 and 416, as RFC 9110 section 14 has them.

    return ranged(request, size, etag, "audio/wav", read)

``read(start, stop)`` gives the bytes as blocks. One range is answered; of several, or of a unit
other than bytes, everything is sent, as the standard allows. A range without an end is answered
with at most ``MOST`` bytes: a player asks again when it wants more, and no connection stays open
for an hour.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import Request, Response

MOST = 4 * 1024 * 1024

_ONE = re.compile(r"bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes ``start`` … ``stop`` − 1."""

    start: int
    stop: int


class Unsatisfiable(Exception):
    """A range that begins after the end."""


def part_of(header: str, size: int) -> Part | None:
    """What a Range header asks for of ``size`` bytes; None for everything.

    Raises Unsatisfiable.
    """
    found = _ONE.fullmatch(header.strip())
    if found is None or not (found[1] or found[2]) or len(header) > 60:
        return None
    if not found[1]:  # the last so many
        last = int(found[2])
        if last == 0 or size == 0:
            raise Unsatisfiable
        return Part(max(0, size - last), size)
    start = int(found[1])
    if found[2] and int(found[2]) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return Part(start, min(int(found[2]) + 1, size) if found[2] else min(start + MOST, size))


def ranged(
    request: Request,
    size: int,
    etag: str,
    media: str,
    read: Callable[[int, int], Iterator[bytes]],
    close: Callable[[], None] = lambda: None,
) -> Response:
    """The answer to a GET or HEAD. ``close``: when the last byte has left, or none will."""
    try:
        part = part_of(request.headers.get("Range", ""), size) if _same(request, etag) else None
    except Unsatisfiable:
        close()
        return Response(status=416, headers={"Content-Range": f"bytes */{size}"})
    found = part or Part(0, size)
    body = read(found.start, found.stop) if request.method != "HEAD" else iter(())
    response = Response(body, 206 if part else 200, mimetype=media)
    response.call_on_close(close)
    response.content_length = found.stop - found.start
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["ETag"] = f'"{etag}"'
    if part:
        response.headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    return response


def _same(request: Request, etag: str) -> bool:
    """Whether a part still fits what the player has; without If-Range nobody asks."""
    condition = request.headers.get("If-Range")
    return condition is None or condition.strip() == f'"{etag}"'
