"""Every error as a page a person can act on, or as JSON for the API."""

from __future__ import annotations

import logging

from flask import Flask, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable

from exams.errors import ExamError
from kb.errors import KbError
from qa.errors import QaError

from .db import is_busy, is_full
from .errors import WebError, status_of
from .logs import request_id

log = logging.getLogger("zhixi.web")

SENTENCES = {
    400: "这个请求系统看不懂。请返回上一页，检查后再试。",
    401: "登录已过期，请重新登录。",
    403: "您没有这项权限，需要时请联系管理员。",
    404: "没有这个页面，或您没有查看权限。请检查地址，或从首页进入。",
    405: "这个地址不支持这样的操作。请从页面上的按钮进入。",
    409: "内容刚被别人改过。请刷新后再做一次。",
    415: "不支持这种格式的内容。",
    422: "填写的内容有误，请检查后再提交。",
    429: "操作太频繁，请稍等一会儿再试。",
    500: "系统出错了，已经记录下来。请稍后再试；一直不行请把下面的编号告诉管理员。",
    503: "系统正忙，请稍等几秒再试一次，刚才的修改没有保存。",
    507: "服务器的磁盘满了，刚才的修改没有保存，原有的内容都在。请告诉管理员清出空间，再试一次。",
}


PROGRAM_SENTENCES = {
    400: "这个请求看不懂，请检查地址里的参数和正文的 JSON。",
    401: "没有令牌，或令牌已作废。请在请求头里写 Authorization: Bearer 令牌。",
    404: "没有这个地址，请对照 /api/v1/openapi.json。",
    405: "这个地址不支持这种方法，请对照 /api/v1/openapi.json。",
    409: "内容刚被别人改过，请取回最新的再写一次。",
    415: "正文应为 JSON，请写 Content-Type: application/json。",
    429: "请求太频繁，请按 Retry-After 的秒数等待后再试。",
}
"""What a program's author needs to know instead."""


def _for_programs() -> bool:
    return request.path.startswith("/api/")


def _too_large() -> str:
    most = f"{(request.max_content_length or 0) / (1024 * 1024):g} MB"
    if _for_programs():
        return f"正文太大，一次最多 {most}。"
    return f"文件太大：一次最多 {most}。请拆成几份再上传。"


def _sentence(status: int) -> str:
    if status == 413:
        return _too_large()
    special = PROGRAM_SENTENCES.get(status) if _for_programs() else None
    return special or SENTENCES.get(status) or "操作没有成功，请返回上一页再试。"


def attach(app: Flask) -> None:
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(KbError, _known)
    app.register_error_handler(QaError, _known)
    app.register_error_handler(ExamError, _known)
    app.register_error_handler(WebError, _known)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(OSError, _files)
    app.register_error_handler(IntegrityError, _raced)
    app.register_error_handler(DataError, _unfit)


def _stale_form(error: CSRFError) -> ResponseReturnValue:
    return show(400, "页面停留太久或登录已变，请刷新页面后再提交一次；写下的文字还在。")


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    status = error.code or 500
    return show(status, _sentence(status), dict(getattr(error, "get_headers", list)()))


def _known(error: Exception) -> ResponseReturnValue:
    return show(status_of(error), str(error), code=getattr(error, "code", ""))


def _database(error: OperationalError) -> ResponseReturnValue:
    log.error("database", exc_info=error)
    if is_full(error):
        return show(507, _sentence(507))
    wrong = ServiceUnavailable() if is_busy(error) else InternalServerError()
    return show(wrong.code or 500, _sentence(wrong.code or 500))


def _files(error: OSError) -> ResponseReturnValue:
    if not is_full(error):
        raise error
    log.error("no space for a file", exc_info=error)
    return show(507, _sentence(507))


def _raced(error: IntegrityError) -> ResponseReturnValue:
    log.warning("two writers at once", exc_info=error)
    return show(409, _sentence(409))


def _unfit(error: DataError) -> ResponseReturnValue:
    log.warning("value that the database cannot keep", exc_info=error)
    return show(400, _sentence(400))


def show(
    status: int, sentence: str, headers: dict[str, str] | None = None, code: str = ""
) -> ResponseReturnValue:
    """One error, in the shape the caller expects; ``code`` where it has one of its own.

    A page that sends a file by script shows the sentence itself.
    """
    kept = {k: v for k, v in (headers or {}).items() if k in ("Allow", "Retry-After", "Location")}
    if _for_programs():
        if status == 401:
            kept["WWW-Authenticate"] = "Bearer"
        code = code or ERROR_CODES.get(status, "error")
        return {"error": {"code": code, "message": sentence}}, status, kept
    if "X-Upload" in request.headers:
        return {"sentence": sentence}, status, kept
    page = render_template(
        "errors/error.html", status=status, sentence=sentence, request_id=request_id()
    )
    return page, status, kept


ERROR_CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
    500: "internal",
    503: "busy",
    507: "no_space",
}
"""Codes of the HTTP API; stable, unlike the sentences."""
