"""Commands that run the whole: serve, work, demo, migrate, doctor, backup, restore."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from ..errors import InvalidInput
from ..settings import Settings, is_loopback
from .common import print_json, progress

# Each command loads its own part of the whole when it is called; all of it takes seconds.

HOST, PORT = "127.0.0.1", 8000

host_option = click.option("--host", default=HOST, show_default=True, help="监听的地址。")
port_option = click.option(
    "--port", default=PORT, show_default=True, type=click.IntRange(1, 65535), help="监听的端口。"
)


def apart(task: Callable[[], None]) -> None:
    """Do it in a child process, and end as it ended where it failed.

    A search engine may start threads; a server that is going to fork must not have any.
    """
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        task()  # an error takes its usual way up, to its sentence and its exit status
        raise SystemExit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status:
        raise SystemExit(status if status > 0 else 1)


@contextmanager
def counting(label: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar that is told how many steps are done of how many."""
    with progress(label, 0) as bar:

        def step(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield step


@click.command()
@host_option
@port_option
@click.option("--workers", "count", type=click.IntRange(1, 64), help="进程数，默认按处理器数。")
@click.option("--no-jobs", is_flag=True, help="不在旁边运行后台任务；请另外运行 zhixi work。")
def serve(host: str, port: int, count: int | None, no_jobs: bool) -> None:
    """启动服务。先更新数据库结构和检索索引。

    例：zhixi serve --host 0.0.0.0 --port 8000 --workers 4
    """
    from kb.text import load

    from .. import server

    settings = Settings.from_env()
    settings.refuse_weak_secret(host)
    server.check_address(host, port)
    load()  # once, for the child as well
    apart(lambda: server.prepare(settings))
    server.serve(settings, host, port, workers=count, jobs=not no_jobs, ready=_say_address)


def _say_address(address: str) -> None:
    click.echo(f"知席已启动：{address}（按 Ctrl-C 停止）")


@click.command()
def work() -> None:
    """运行后台任务，直到收到停止信号；手头的任务会先做完。

    例：zhixi work
    """
    from .. import logs, workers

    settings = Settings.from_env()
    logs.set_up()
    workers.work(settings)


@click.command()
@host_option
@port_option
@click.option("--public", is_flag=True, help="允许别的机器访问。演示账号的密码是公开的，请慎用。")
def demo(host: str, port: int, public: bool) -> None:
    """在新的数据文件夹里填入演示客服中心，然后启动；再次运行直接启动。

    例：zhixi demo --port 8001
    """
    if not is_loopback(host) and not public:
        raise InvalidInput(
            "host", "演示账号的密码是公开的，只在本机提供服务。确实要对外演示请加 --public。"
        )
    from kb.text import load

    from .. import server

    settings = replace(Settings.from_env(), telephony="simulator", plays_calls=True)
    settings.refuse_weak_secret(host)
    server.check_address(host, port)
    load()  # once, for the child as well
    apart(lambda: _fill(settings))
    server.serve(settings, host, port, log_level=logging.WARNING, ready=_say_sign_ins)


def _fill(settings: Settings) -> None:
    from .. import demo as demos

    with counting("填入演示数据") as step:
        demos.fill(settings, step)


def _say_sign_ins(address: str) -> None:
    from .. import demo as demos

    click.echo(f"\n演示客服中心已启动：{address}（按 Ctrl-C 停止）\n")
    click.echo(demos.sign_ins())


@click.command()
def migrate() -> None:
    """把数据库更新到这个版本的结构；已是最新时什么也不做。

    例：zhixi migrate
    """
    from .. import migrate as migrations
    from ..db import Database

    db = Database(Settings.from_env().database_url)
    try:
        before = migrations.current(db.engine)
        migrations.upgrade(db)
    finally:
        db.dispose()
    now = migrations.head()
    click.echo(f"数据库已是最新：{now}" if before == now else f"数据库已更新到 {now}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="打印一个 JSON 值。")
def doctor(as_json: bool) -> None:
    """自检：包名、设置、数据库、索引、孤立记录、后台任务、磁盘。有问题时退出状态为1。

    例：zhixi doctor
    """
    from .. import doctor as doctors

    findings = doctors.examine(Settings.from_env())
    if as_json:
        print_json([finding.as_dict() for finding in findings])
    else:
        for finding in findings:
            click.echo(finding.line())
    if not all(finding.ok for finding in findings):
        raise SystemExit(1)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="文件已存在时替换它。")
def backup(file: Path, replace: bool) -> None:
    """把全部数据备份成一个文件；可以在服务运行时进行。

    文件里有签名密钥和个人信息，请妥善保管。

    例：zhixi backup 备份/2026-11-22.zhixi
    """
    if file.exists() and not replace:
        raise InvalidInput("file", f"{file} 已经存在。请换一个名字，或加 --replace 替换它。")
    from .. import backup as backups

    with counting("备份") as step:
        kept = backups.backup(Settings.from_env(), file, step)
    click.echo(f"已备份到 {file}：{kept.rows} 条记录，{kept.files} 个文件。")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def restore(file: Path) -> None:
    """把备份恢复到一个空的数据文件夹和空的数据库，然后重建索引。

    例：ZHIXI_HOME=新家 zhixi restore 备份/2026-11-22.zhixi
    """
    from .. import restore as restores

    with counting("恢复") as step:
        kept = restores.restore(Settings.from_env(), file, step)
    click.echo(f"已从 {file} 恢复：{kept.rows} 条记录，{kept.files} 个文件。")
