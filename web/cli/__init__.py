"""The ``zhixi`` command."""

from __future__ import annotations

import click

from . import evidence, exams, kb, people, qa, service
from .sentences import Sentences


@click.group(cls=Sentences, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="zhixi", prog_name="zhixi")
def main() -> None:
    """知席：中文客服中心的知识库、质检与培训考试。

    例：zhixi demo
    """


COMMANDS = (*service.COMMANDS, people.user, kb.kb, qa.qa, exams.exams, evidence.evidence)
for command in COMMANDS:
    main.add_command(command)
