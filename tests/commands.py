"""Every command of ``zhixi``, to be walked by tests, and to be run in this process.

``processes`` runs them in one of their own: that takes seconds, and is for what a process does.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from click.testing import CliRunner, Result

from web.cli import main
from web.settings import Settings

from .processes import environment


def commands(group: click.Group = main, path: str = "zhixi") -> Iterator[tuple[str, click.Command]]:
    """(``zhixi kb search``, the command), groups before what is in them."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


def run(settings: Settings, *arguments: str | Path, given: str = "", **changed: str) -> Result:
    """Run a command with the settings of a home; ``changed``: other variables."""
    env = {**environment(settings), **changed}
    return CliRunner().invoke(main, [str(a) for a in arguments], input=given, env=env)
