"""``zhixi exams``: questions, marking, statistics."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exams import reading, stats
from exams.grade import grade as mark
from exams.questions import KINDS, Question

from ..errors import InvalidInput
from .common import print_json, progress, services

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
    if as_json:
        print_json(report.as_dict())
    else:
        _print_report(report)
    if report.errors and not report.imported:
        raise InvalidInput("file", f"没有可以导入的题目：{report.errors[0]['message']}")
    if not dry_run:
        raise InvalidInput("dry-run", "题库还没有启用，现在只能检查文件：请加上 --dry-run。")


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
    """写出题目文件；不给 --from 时写出空的模板。不给 FILE 时写到标准输出。

    例：zhixi exams export 模板.xlsx --format xlsx
    """
    from exams import formats  # as above

    format = formats.named(name) if name else formats.of_ending(str(file or ""))
    if format is None:
        raise InvalidInput("format", f"请用 --format 指明格式：{'、'.join(formats.FORMATS)}。")
    if format == "qti" and str(file).lower().endswith(".xml"):
        format = "qti-item"
    if source is None and format not in ("xlsx", "csv"):
        raise InvalidInput("from", "请用 --from 给出题目文件；空的模板只有 xlsx 和 csv。")
    questions = [] if source is None else _questions(source)
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
@click.option("--dry-run", is_flag=True, help="只打印，不写入题库。")
@click.option("--json", "as_json", is_flag=True, help="题目和统计打印为一个 JSON 值。")
def generate(keys: tuple[str, ...], everything: bool, dry_run: bool, as_json: bool) -> None:
    """从生效的文章生成题目，每道题都带出处；不用语言模型，同样的文章总是得到同样的题目。

    例：zhixi exams generate refund-fee-tiers --dry-run --json
    """
    from exams.generate import generate as make  # loads the dictionary

    if bool(keys) == everything:
        raise InvalidInput("keys", "请给出文章编号，或用 --all 取全部，二选一。")
    with services() as made, made.db.reading() as session:
        articles = _articles(session, keys)
    with progress("生成", len(articles) if everything else len(set(keys))) as bar:
        found = make(articles, None if everything else keys, after=lambda article: bar.update(1))
    if as_json:
        print_json(found.as_dict())
    else:
        _print_generated(found)
    if not dry_run:
        raise InvalidInput("dry-run", "题库还没有启用，现在只能查看：请加上 --dry-run。")


def _articles(session: Session, keys: tuple[str, ...]) -> list[Article]:
    """Every article in force, the base against which keys are checked. Raises NotFound."""
    # The database's tables take a while to load; the other commands do without.
    from sqlalchemy import select

    from exams.generate import Article
    from kb import gate
    from kb.models import Article as StoredArticle

    at = datetime.now(UTC)
    for key in keys:
        gate.in_force(session, gate.EVERYTHING, at, key)
    ids = session.scalars(select(StoredArticle.id).order_by(StoredArticle.key)).all()
    found = [gate.in_force_of(session, gate.EVERYTHING, at, part) for part in _parts(ids)]
    return [
        Article(
            revision.article.key,
            revision.title,
            revision.body,
            revision.number,
            revision.category.path if revision.category else "",
        )
        for part in found
        for revision in sorted(part.values(), key=lambda each: each.article.key)
    ]


def _parts(ids: Sequence[int], size: int = 500) -> Iterator[Sequence[int]]:
    """Databases bind only so many values in one statement."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _print_generated(found: Generated) -> None:
    for question in found.questions:
        click.echo(f"{KINDS[question.kind]}  {question.stem}")
        for option in question.options:
            click.echo(f"    {option.key}. {option.text}")
        assert question.source is not None
        click.echo(f"    出处：{question.source.article}：{question.source.quote}")
    figures = found.metrics()
    click.echo(
        f"{figures['articles']} 篇文章，{figures['questions']} 道题，"
        f"其中 {figures['articles_with_questions']} 篇有题。"
    )


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
