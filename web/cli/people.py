"""``zhixi user``: people."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from .. import accounts
from ..db import SYSTEM
from .common import services


@click.group()
def user() -> None:
    """人员：增加账号、发接口令牌。

    例：zhixi user add A001 --role agent --name 林小满
    """


@user.command()
@click.argument("name", metavar="NAME")
@click.option("--role", "roles", multiple=True, required=True, help="角色，可写多次：agent、座席……")
@click.option("--name", "real_name", help="真实姓名，默认同工号。")
@click.option("--team", default="", help="班组，没有就新建。")
@click.option("--grade", default="", help="座席等级。")
@click.option("--password-stdin", is_flag=True, help="从标准输入读密码；否则生成一次性密码并打印。")
def add(
    name: str,
    roles: tuple[str, ...],
    real_name: str | None,
    team: str,
    grade: str,
    password_stdin: bool,
) -> None:
    """增加一个账号，NAME 是工号。

    例：echo '一个好密码1234' | zhixi user add A001 --role agent --password-stdin
    """
    password = (
        sys.stdin.readline().rstrip("\r\n") if password_stdin else accounts.initial_password()
    )
    with services() as made, made.db.work(SYSTEM, "people.add") as session:
        person = accounts.add_person(
            session,
            name,
            real_name or name,
            password,
            at=datetime.now(UTC),
            roles=[accounts.role_named(session, role) for role in roles],
            team=team,
            grade=grade,
            must_change_password=not password_stdin,
        )
        added = person.number
    click.echo(f"已增加 {added}。")
    if not password_stdin:
        click.echo(f"一次性密码（首次登录时要换）：{password}")


@user.command()
@click.argument("name", metavar="NAME")
@click.option("--label", default="命令行", help="令牌的用途，便于以后辨认。")
def token(name: str, label: str) -> None:
    """给工号 NAME 发一个接口令牌，只显示这一次。

    例：zhixi user token A001
    """
    with services() as made, made.db.work(SYSTEM, "people.token") as session:
        person = accounts.get_person(session, name)
        made_token = accounts.add_token(session, person, label, datetime.now(UTC))
    click.echo(made_token)
