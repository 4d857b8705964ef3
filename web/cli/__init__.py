"""The ``zhixi`` command."""

from __future__ import annotations

import sys

import click
from sqlalchemy.exc import OperationalError

from kb.errors import KbError

from ..errors import WebError
from . import kb, people, service


class Sentences(click.Group):
    """Known errors become one sentence on standard error: status 2 for bad input, 1 for failure."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except (KbError, WebError) as error:
            print(f"错误：{error}", file=sys.stderr)
            raise SystemExit(2) from error
        except (OSError, OperationalError) as error:
            print(f"没有做成：{error}", file=sys.stderr)
            raise SystemExit(1) from error


@click.group(cls=Sentences, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="zhixi", prog_name="zhixi")
def main() -> None:
    """知席：中文客服中心的知识库、质检与培训考试。

    例：zhixi demo
    """


for command in (*service.COMMANDS, people.user, kb.kb):
    main.add_command(command)
