"""Why a job failed, said so that an administrator knows what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence

_RAISED = re.compile(r"^(?:[a-z_]\w*\.)*([A-Z]\w*)(?:: (.*))?$")
"""The line of a traceback that names the error: ``kb.errors.NotFound: 找不到…``."""
_CHINESE = re.compile("[\u4e00-\u9fff]")

CAUSES: Sequence[tuple[str, str]] = (
    ("database is locked", "数据库正被别的写入占用，等得太久。多半会自己好，可以重试。"),
    ("No space left", "磁盘满了。请清出空间后重试。"),
    ("database or disk is full", "磁盘满了。请清出空间后重试。"),
    ("Permission denied", "没有读写数据文件夹的权限。请检查文件夹的所有者和权限后重试。"),
    ("Read-only file system", "数据所在的磁盘是只读的。请改为可写后重试。"),
    ("could not connect", "连不上数据库。请检查数据库服务和地址后重试。"),
    ("connection refused", "连不上数据库。请检查数据库服务和地址后重试。"),
    ("server closed the connection", "数据库中途断开了连接。请检查数据库服务后重试。"),
    ("no such table", "数据库的结构与程序的版本不符。请运行 zhixi migrate 后重试。"),
    ("MemoryError", "内存不够。请给服务器加内存，或减少同时运行的程序后重试。"),
)
"""(part of the error, what it means and what to do), the first that fits."""

UNKNOWN = "程序里出了没有料到的错。请重试一次；还不行，请把下面的技术细节交给技术支持。"


def why(error: str) -> str:
    """One sentence for the error a job keeps; '' where there is none."""
    if not error:
        return ""
    raised = [found for line in error.splitlines() if (found := _RAISED.match(line))]
    said = raised[-1][2] or "" if raised else ""
    if _CHINESE.search(said):  # our own errors already speak to people
        return said
    return next((words for part, words in CAUSES if part.lower() in error.lower()), UNKNOWN)
