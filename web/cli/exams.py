"""``zhixi exams``: questions, marking, statistics."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exams import reading, stats
from exams.grade import grade as mark
from exams.questions import KINDS, Question

from ..errors import InvalidInput
from .common import print_json, progress, services
from .exam_figures import print_figures

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from exams.formats import Report
    from exams.generate import Article, Generated

MIB = 1024 * 1024
MAX_FILE = 50 * MIB


@click.group()
def exams() -> None:
    """培训考试：题目、评分、统计、由文章出题。

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


@exams.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "name", default="", metavar="F", help="格式；默认看内容和文件名。")
@click.option("--dry-run", is_flag=True, help="只检查，不写入题库。")
@click.option("--json", "as_json", is_flag=True, help="结果打印为一个 JSON 值。")
def import_(file: Path, name: str, dry_run: bool, as_json: bool) -> None:
    """导入题目：GIFT、Aiken、Moodle XML、QTI 2.1/2.2、Excel 和 CSV 模板、JSON。

    我们没有的题型和内容会逐条列出原因；写错的题会指明位置。

    例：zhixi exams import 题库.xlsx --dry-run
    """
    from exams import formats  # the readers of office files take a second to load

    report = formats.read(_bytes(file), str(file), name)
    broken = bool(report.errors) and not dry_run
    kept = None if broken or dry_run else _keep(report)
    if as_json:
        found = report.as_dict()
        # What is listed as imported is in the bank, or would be.
        print_json(found | ({"imported": []} if broken else {}) | ({"kept": kept} if kept else {}))
    else:
        _print_report(report)
        if kept:
            click.echo(_kept_words(kept))
    if report.errors and not report.imported:
        raise InvalidInput("file", f"没有可以导入的题目：{report.errors[0]['message']}")
    if broken:
        from exams.bank import HalfAFile

        raise HalfAFile(report)


def _keep(report: Report) -> dict[str, int]:
    """All of a file into the bank: how many were new, another version, there already."""
    # The database's tables take a while to load; checking a file does without.
    from exams import refreshing
    from exams.bank import take
    from exams.kept import Kept

    from ..db import SYSTEM

    with services() as made, made.db.work(SYSTEM, "exams.import") as session:
        bank = Kept(session, datetime.now(UTC))
        take(bank, report)
        refreshing.settle(session, bank.at)
    return bank.counts()


def _kept_words(kept: dict[str, int]) -> str:
    return (
        f"题库：新增 {kept['added']} 道，成为新版 {kept['revised']} 道，"
        f"没有变化 {kept['unchanged']} 道。"
    )


def _print_report(report: Report) -> None:
    click.echo(
        f"可导入 {len(report.imported)} 道题，"
        f"跳过 {len(report.skipped)} 项，有误 {len(report.errors)} 处。"
    )
    for left in report.skipped:
        click.echo(f"{_place(left)}：跳过 {left['kind']}：{left['reason']}", err=True)
    for fault in report.errors:
        click.echo(f"{_place(fault)}：{fault['message']}", err=True)


def _place(found: dict[str, Any]) -> str:
    if found.get("item"):
        return str(found["item"])
    return f"第{found['line']}行" if found.get("line") else "文件"


@exams.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--format", "name", default="", metavar="F", help="格式；默认看文件名。")
@click.option(
    "--from", "source", type=click.Path(path_type=Path), help="换一种格式写出这个文件里的题目。"
)
@click.option("--json", "as_json", is_flag=True, help="打印写出几道、写不下什么。")
def export(file: Path | None, name: str, source: Path | None, as_json: bool) -> None:
    """写出题库里的题目（停用和没有采用的除外），或 --from 给出的文件里的题目。

    题库是空的，或不给 FILE 时，xlsx 和 csv 写出空的模板。不给 FILE 时写到标准输出。

    例：zhixi exams export 题库.xlsx --format xlsx
    """
    from exams import formats  # as above

    format = formats.named(name) if name else formats.of_ending(str(file or ""))
    if format is None:
        raise InvalidInput("format", f"请用 --format 指明格式：{'、'.join(formats.FORMATS)}。")
    if format == "qti" and str(file).lower().endswith(".xml"):
        format = "qti-item"
    template = format in ("xlsx", "csv")
    if source is not None:
        questions = _questions(source)
    else:
        questions = [] if template and file is None else _bank()
    if not questions and not template:
        raise InvalidInput("from", "没有可以写出的题目：题库是空的，也没有用 --from 给出题目文件。")
    written = formats.FORMATS[format].write(questions)
    if questions and not written.count:
        raise InvalidInput("format", f"这些题一道也写不下：{written.left_out[0]['reason']}")
    _put(file, written.data, as_json)
    if as_json:
        print_json({"written": written.count, "left_out": written.left_out})
        return
    for left in written.left_out:
        click.echo(f"{left['key']}：{left['reason']}", err=True)
    if file is not None:
        click.echo(f"已写出 {written.count} 道题到 {file}。")


def _bank() -> list[Question]:
    """Every question of the bank."""
    from exams.kept import Kept  # as above

    with services() as made, made.db.reading() as session:
        return list(Kept(session, datetime.now(UTC)).all())


def _questions(source: Path) -> list[Question]:
    from exams import formats  # as above

    report = formats.read(_bytes(source), str(source))
    if report.errors:
        first = report.errors[0]
        raise InvalidInput("from", f"{source} {_place(first)}：{first['message']}")
    return report.imported


def _put(file: Path | None, data: bytes, as_json: bool) -> None:
    """The bytes to a file that appears whole or not at all, or to standard output."""
    from kb.formats.atomic import written  # as above

    if file is not None:
        with written(file) as draft:
            draft.write_bytes(data)
    elif as_json:
        raise InvalidInput("file", "要打印 JSON 时，请给出要写的文件。")
    elif sys.stdout.isatty() and not data.isascii() and data.startswith(b"PK"):
        raise InvalidInput("file", "这种格式不能显示在终端上，请给出要写的文件。")
    else:
        click.echo(data, nl=False)


@exams.command()
@click.argument("keys", nargs=-1, metavar="ARTICLE_KEY…")
@click.option("--all", "everything", is_flag=True, help="全部生效的文章。")
@click.option("--dry-run", is_flag=True, help="只打印，不放进题库。")
@click.option("--json", "as_json", is_flag=True, help="题目和统计打印为一个 JSON 值。")
def generate(keys: tuple[str, ...], everything: bool, dry_run: bool, as_json: bool) -> None:
    """从生效的文章生成题目，每道题都带出处；不用语言模型，同样的文章总是得到同样的题目。

    题目放进题库等培训师审核；审核过的题不会再动。最后打印统计：每篇文章多少题、为什么有的没有题，
    答案是不是唯一、错误选项是不是都不成立、题干能不能搜到原文，以及不看文章瞎猜的猜法能猜对多少。

    例：zhixi exams generate refund-fee-tiers --dry-run --json
    """
    from exams.generate import generate as make  # loads the dictionary

    if bool(keys) == everything:
        raise InvalidInput("keys", "请给出文章编号，或用 --all 取全部，二选一。")
    with services() as made, made.db.reading() as session:
        articles = _articles(session, keys)
    with progress("生成", len(articles) if everything else len(set(keys))) as bar:
        found = make(
            articles,
            None if everything else keys,
            after=lambda article: bar.update(1),
            thorough=True,
        )
    kept = None if dry_run else _propose(found)
    if as_json:
        print_json(found.as_dict() | ({"kept": kept} if kept else {}))
        return
    _print_generated(found)
    if kept:
        click.echo(f"{_kept_words(kept)[:-1]}；审核过、没有动的 {kept['judged']} 道。")


def _articles(session: Session, keys: tuple[str, ...]) -> list[Article]:
    """Every article in force, the base against which keys are checked. Raises NotFound."""
    # The database's tables take a while to load; the other commands do without.
    from exams.from_articles import in_force
    from kb import gate

    at = datetime.now(UTC)
    for key in keys:
        gate.in_force(session, gate.EVERYTHING, at, key)
    return in_force(session, at)


def _propose(found: Generated) -> dict[str, int]:
    """Generated questions into the bank, for somebody to look at."""
    from exams.from_articles import propose

    from ..db import SYSTEM

    with services() as made, made.db.work(SYSTEM, "exams.generate") as session:
        bank, judged = propose(session, found.questions, None, datetime.now(UTC))
    return bank.counts() | {"judged": len(judged)}


def _print_generated(found: Generated) -> None:
    for question in found.questions:
        click.echo(f"{KINDS[question.kind]}  {question.stem}")
        for option in question.options:
            click.echo(f"    {option.key}. {option.text}")
        assert question.source is not None
        click.echo(f"    出处：{question.source.article}：{question.source.quote}")
    print_figures(found.metrics())


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
