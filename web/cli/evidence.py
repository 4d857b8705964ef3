"""Commands of the evidence: check the chain, note where it ends."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ..db import SYSTEM
from ..errors import InvalidInput
from ..evidence import checks, verifying
from .common import print_json, services


@click.group()
def evidence() -> None:
    """核验证据链，导出锚点。

    例：zhixi evidence verify
    """


@evidence.command()
@click.option("--json", "as_json", is_flag=True, help="打印一个 JSON 值。")
@click.option(
    "--anchors",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="对照先前导出的锚点文件（一行一个 JSON）。",
)
def verify(as_json: bool, anchors: Path | None) -> None:
    """从头核验证据链和其中的文字；有不符时退出状态为1。

    例：zhixi evidence verify --anchors 锚点.jsonl
    """
    marks = checks.read_anchors(_text(anchors)) if anchors else []
    with services() as made:
        made.evidence.flush()
        with made.db.reading() as session:
            verdict = verifying.verify(session, marks)
    if as_json:
        print_json(verdict.as_dict())
    else:
        for fault in verdict.faults:
            click.echo(fault.sentence)
        if verdict.found > len(verdict.faults):
            click.echo(f"还有 {verdict.found - len(verdict.faults)} 处没有列出。")
        click.echo(_summary(verdict.checked, verdict.last, verdict.found, verdict.hash))
    if not verdict.ok:
        raise SystemExit(1)


def _summary(checked: int, last: int, found: int, hash: str) -> str:
    if not checked and not found:
        return "还没有证据，没有什么要核验的。"
    if found:
        return f"核验了 {checked} 条，有 {found} 处不符。"
    return f"核验了 {checked} 条，全部相符；到第 {last} 条为止，末尾指纹 {hash}"


@evidence.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
def anchor(file: Path | None) -> None:
    """记下链现在到哪里；打印成一行 JSON，或加在文件末尾。请存到别的机器上。

    例：zhixi evidence anchor 锚点.jsonl
    """
    with services() as made, made.db.work(SYSTEM, "evidence.anchor") as session:
        noted = checks.anchor(session, made.now())
    if file is None:
        print_json(noted)
        return
    try:
        with file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(noted, ensure_ascii=False) + "\n")
    except OSError as error:
        raise InvalidInput("file", f"写不了文件 {file}：{error.strerror}。") from error
    click.echo(f"已加到 {file}：到第 {noted['last']} 条。")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput("anchors", f"读不了文件 {file}：{error}。") from error
