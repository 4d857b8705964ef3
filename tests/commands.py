"""Every command of ``zhixi``, as the tests of the command line and of the help walk them."""

from __future__ import annotations

from collections.abc import Iterator

import click

from web.cli import main


def commands(group: click.Group = main, path: str = "zhixi") -> Iterator[tuple[str, click.Command]]:
    """(``zhixi kb search``, the command), groups before what is in them."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
