"""The ``zhixi`` command."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import cast

import click

from .sentences import Sentences

COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "serve": ("service", "启动服务。先更新数据库结构和检索索引。"),
        "work": ("service", "运行后台任务，直到收到停止信号；手头的任务会先做完。"),
        "demo": ("service", "在新的数据文件夹里填入演示客服中心，然后启动；再次运行直接启动。"),
        "migrate": ("service", "把数据库更新到这个版本的结构；已是最新时什么也不做。"),
        "doctor": (
            "service",
            "自检：包名、设置、数据库、索引、孤立记录、后台任务、磁盘。有问题时退出状态为1。",
        ),
        "backup": ("service", "把全部数据备份成一个文件；可以在服务运行时进行。"),
        "restore": ("service", "把备份恢复到一个空的数据文件夹和空的数据库，然后重建索引。"),
        "user": ("people", "人员：增加账号、发接口令牌。"),
        "kb": ("kb", "知识库：导入、导出、检索、索引。"),
        "qa": ("qa", "质检：评分、录音指标、评分一致性，导入通话。"),
        "exams": ("exams", "培训考试：题目、评分、统计、由文章出题。"),
        "evidence": ("evidence", "核验证据链，导出锚点。"),
    }
)
"""Name → (the module it is in, under its name; the first line of its help).

A module is loaded when its command is called: what one command needs must not hold up another.
"""


RARELY = (50_000, 20, 20)
"""When to look for garbage. A start makes half a million objects that stay; looking through them
again and again, as is usual, takes a tenth of it."""


class Commands(Sentences):
    """The commands of the table."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"{__name__}.{COMMANDS[cmd_name][0]}")
        return cast(click.Command, getattr(module, cmd_name))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="zhixi", prog_name="zhixi")
def main() -> None:
    """知席：中文客服中心的知识库、质检与培训考试。

    例：zhixi demo
    """
    gc.set_threshold(*RARELY)
