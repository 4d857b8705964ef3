"""Where a request comes from, as exams keep it: a hint, never a proof."""

from __future__ import annotations

from flask import request

from exams.ending import Origin


def origin() -> Origin:
    return Origin(request.remote_addr or "", request.user_agent.string)
