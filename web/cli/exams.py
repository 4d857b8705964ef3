"""``zhixi exams``: questions, marking, statistics."""

from __future__ import annotations

from pathlib import Path

import click

from exams import reading, stats
from exams.grade import grade as mark

from ..errors import InvalidInput
from .common import print_json

MIB = 1024 * 1024
MAX_FILE = 50 * MIB


@click.group()
def exams() -> None:
    """培训考试：题目、评分、统计。

    例：zhixi exams stats 成绩.csv
    """


@exams.command()
@click.option("--question", required=True, type=click.Path(path_type=Path), help="题目的 JSON。")
@click.option("--response", required=True, type=click.Path(path_type=Path), help="回答的 JSON。")
def grade(question: Path, response: Path) -> None:
    """给一道题的一个回答评分，打印一个 JSON 值；不用数据库。

    例：zhixi exams grade --question 题目.json --response 回答.json
    """
    asked = reading.read(reading.loads(_text(question), str(question)), key="question")
    given = reading.loads(_text(response), str(response))
    print_json(mark(asked, given).as_dict(asked.points))


@exams.command("stats")
@click.argument("scores", metavar="SCORES.csv", type=click.Path(path_type=Path))
def stats_(scores: Path) -> None:
    """试卷和每道题的统计，打印一个 JSON 值。表头：attempt,题号1,题号2,…

    例：zhixi exams stats 成绩.csv
    """
    print_json(stats.statistics(stats.read(_text(scores))))


def _text(path: Path) -> str:
    """A file's text, whatever encoding an office program gave it."""
    from kb.formats.encoding import decode  # the readers of office files take a second to load

    return decode(_bytes(path))


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE:
            raise InvalidInput("file", f"{path} 超过 {MAX_FILE // MIB} MiB，请拆成几个文件。")
        data = path.read_bytes()
    except OSError as error:
        raise InvalidInput("file", f"读不了 {path}：{error.strerror}。") from error
    if not data.strip():
        raise InvalidInput("file", f"{path} 是空的。")
    return data
