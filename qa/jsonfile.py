"""Strict JSON: exact decimals, no key twice, no NaN, and every fault as a sentence."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from . import files
from .errors import BadFile

LARGEST = 8_000_000
"""Bytes of a rubric or of marks; the largest we ship has thirty thousand."""


class _Twice(ValueError):
    pass


def load(path: Path, largest: int = LARGEST) -> Any:
    """The JSON value of a file, its decimals as :class:`~decimal.Decimal`.

    Raises :class:`BadFile`.
    """
    return loads(files.content(path, largest), path.name)


def loads(content: bytes | str, name: str = "") -> Any:
    """As :func:`load`, for content already read; ``name`` is for the sentence."""
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        return json.loads(
            text, parse_float=Decimal, parse_constant=_constant, object_pairs_hook=_once
        )
    except UnicodeDecodeError as error:
        raise BadFile(name, f"不是 UTF-8 编码的文本（第 {error.start + 1} 个字节）。") from None
    except json.JSONDecodeError as error:
        what = "文件是空的" if not error.doc.strip() else "不是 JSON"
        raise BadFile(name, f"{what}（第{error.lineno}行第{error.colno}列）。") from None
    except _Twice as error:
        raise BadFile(name, f"“{error}”写了两次，只能有一个。") from None
    except RecursionError:
        raise BadFile(name, "括号套得太深。") from None
    except ValueError:  # a number of more than 4300 digits, NaN
        raise BadFile(name, "有一个数字无法读取。") from None


def _constant(name: str) -> NoReturn:
    raise ValueError(name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _Twice(key)
        found[key] = value
    return found
