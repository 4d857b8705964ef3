"""Which tests of pages ask a database what no other test of the usual run asks it.

    python -m pytest -p tests.coverage_of_statements --both-databases tests/kb tests/web

At the end it names the tests to be marked ``both_databases``, fewest first, so that every
statement, its values left out, that was sent to SQLite or to PostgreSQL is sent to it in the usual
run too. It runs in one process.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event

from .conftest import runs_on_the_other

_VALUE = re.compile(r"%\([^)]*\)s(?:::[A-Z]+(?: [A-Z]+)*)?|\?|'[^']*'|\b\d+\b")
_SEVERAL = re.compile(r"\?(?:, \?)+")
_ROWS = re.compile(r"\(\?\)(?:, \(\?\))+")

sent: dict[pytest.Item, set[str]] = defaultdict(set)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[Any]:
    def note(connection: Any, cursor: Any, statement: str, *rest: object) -> None:
        plain = _ROWS.sub("(?)", _SEVERAL.sub("?", _VALUE.sub("?", statement)))
        sent[item].add(f"{connection.dialect.name}: {plain}")

    event.listen(Engine, "before_cursor_execute", note)
    try:
        return (yield)
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    spared = {item for item in sent if runs_on_the_other(item)}
    usual = set[str]().union(*(sent[item] for item in sent.keys() - spared))
    alone: dict[str, set[str]] = defaultdict(set)
    for item in spared:
        alone[item.nodeid.partition("[")[0]] |= sent[item] - usual
    left = set[str]().union(*alone.values())
    terminalreporter.write_line(f"{len(spared)} tests spared, {len(left)} statements lost")
    while left:
        test = max(alone, key=lambda name: (len(alone[name] & left), name))
        terminalreporter.write_line(f"{len(alone[test] & left):4} {test}")
        left -= alone[test]
