"""``zhixi kb``: articles and search."""

from __future__ import annotations

import codecs
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from kb import attachments, changes, imports
from kb.articles import Edit
from kb.imports import Report
from kb.models import Article
from kb.search import Results

from ..db import SYSTEM
from ..errors import InvalidInput
from ..services import Services
from .common import print_json, progress, services, viewer
from .sentences import printable

BATCH = 100
"""Articles written in one unit of work."""


@click.group()
def kb() -> None:
    """知识库：导入、导出、检索、索引。

    例：zhixi kb search 退票要扣多少钱
    """


@kb.command("import")
@click.argument("paths", nargs=-1, required=True, metavar="PATH…", type=click.Path(path_type=Path))
@click.option("--category", default="", help="放进这个分类；默认按文件夹或文件里写的。")
@click.option("--publish", is_flag=True, help="导入后立即发布；默认存为草稿。")
@click.option("--json", "as_json", is_flag=True, help="结果打印为一个 JSON 值。")
def import_(paths: tuple[Path, ...], category: str, publish: bool, as_json: bool) -> None:
    """导入文章：.jsonl .md .txt .html .docx .xlsx .csv .pdf，文件或文件夹。

    同一编号再次导入时，有变化才成为新的一版。写错的条目会指明文件和行号，其余照常导入。

    例：zhixi kb import 规章/ --publish
    """
    with services() as made:
        report = _import(made, paths, category, publish)
        _sync(made)
    if as_json:
        print_json(report.as_dict())
    else:
        _print_report(report)
    if report.errors and not report.taken:
        raise SystemExit(2)


def _import(made: Services, paths: tuple[Path, ...], category: str, publish: bool) -> Report:
    from kb import formats  # the readers of office files take a second to load

    report = Report()
    files = formats.find_files(paths, category)
    with progress("导入", len(files)) as bar:
        items = formats.read_files(files, after=lambda file: bar.update(1))
        for batch in imports.batches(items):
            with made.db.work(SYSTEM, "kb.import") as session:
                imports.take(session, batch, Edit(None, datetime.now(UTC)), report, publish=publish)
    return report


def _print_report(report: Report) -> None:
    click.echo(
        f"新增 {report.created} 篇，修订 {report.revised} 篇，"
        f"没有变化 {report.unchanged} 篇，有误 {len(report.errors)} 条。"
    )
    for fault in report.errors:
        place = fault.path + (f" 第{fault.line}行" if fault.line else "")
        click.echo(f"{place}：{fault.message}", err=True)


def _sync(made: Services) -> None:
    with made.db.reading() as session:
        waiting = changes.backlog(session)
    with progress("更新索引", waiting) as bar:
        done = 0

        def step(total: int) -> None:
            nonlocal done
            bar.update(total - done)
            done = total

        made.library.sync(step)


@kb.command()
@click.argument("target", metavar="DIR|FILE.jsonl", type=click.Path(path_type=Path))
def export(target: Path) -> None:
    """导出全部文章的最新一版：一个文件夹（.md），或一个 .jsonl 文件。

    例：zhixi kb export 备份/文章.jsonl
    """
    from kb import formats  # as above

    with services() as made, made.db.reading() as session:
        query = select(Article).options(selectinload(Article.revisions)).order_by(Article.key)
        found = session.scalars(query.execution_options(yield_per=500))
        records = (article.latest.record() for article in found)
        if target.suffix == ".jsonl":
            count = formats.export_jsonl(records, target)
        else:
            count = formats.export_folder(records, target)
    click.echo(f"已导出 {count} 篇到 {target}。")


@kb.command()
@click.argument("query", required=False)
@click.option(
    "--limit", default=10, show_default=True, type=click.IntRange(1, 100), help="最多几条。"
)
@click.option("--as", "number", metavar="USER", help="以这个工号的权限检索；默认看全部。")
@click.option("--batch", type=click.Path(path_type=Path), help='每行一个 {"id","query"} 的文件。')
@click.option("--json", "as_json", is_flag=True, help="打印 JSON；成批时每行一个对象。")
def search(
    query: str | None, limit: int, number: str | None, batch: Path | None, as_json: bool
) -> None:
    """检索一次，或成批检索。

    例：zhixi kb search 退票要扣多少钱 --limit 3
    """
    if (query is None) == (batch is None):
        raise InvalidInput("query", "请给出要检索的话，或用 --batch 给出文件，二选一。")
    lines = [{"query": query}] if batch is None else _read_batch(batch)
    with services() as made:
        with made.db.reading() as session:
            who = viewer(session, number)
        for line in lines:
            found = made.library.search(line["query"], viewer=who, limit=limit)
            if as_json:
                print_json({**_id_of(line), **found.as_dict()})
            else:
                _print_results(found)


def _id_of(line: dict[str, Any]) -> dict[str, Any]:
    return {"id": line["id"]} if "id" in line else {}


def _read_batch(path: Path) -> list[dict[str, Any]]:
    """The whole file is checked before the first search, so that nothing is half done."""
    try:
        data = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    except OSError as error:
        raise InvalidInput("batch", f"读不了 {path}：{error.strerror}。") from error
    lines = []
    # Only the line feed ends a line: JSON may hold U+2028 and its like as they are.
    for number, text in enumerate(data.split(b"\n"), 1):
        if not text.strip():
            continue
        line = _read_line(text)
        if line is None:
            raise InvalidInput("batch", f'{path} 第{number}行不是 {{"id", "query"}} 这样的对象。')
        lines.append(line)
    return lines


def _read_line(text: bytes) -> dict[str, Any] | None:
    try:
        line = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return line if isinstance(line, dict) and isinstance(line.get("query"), str) else None


def _print_results(found: Results) -> None:
    query = printable(found.query)
    click.echo(f"“{query}”：{found.total} 条，{found.took_ms:.1f} 毫秒")
    for note in found.notes:
        click.echo(f"  {printable(note.sentence)}")
    for place, hit in enumerate(found.hits, 1):
        click.echo(f"{place}. {hit.title}（{hit.key}，第{hit.revision}版）")
        if hit.answer:
            click.echo(f"   {hit.answer.text}")


@kb.command()
@click.option("--engine", metavar="URL", help="换用这个引擎建索引：whoosh: tantivy: memory:")
def rebuild(engine: str | None) -> None:
    """在旁边重建索引，建好后一步切换；期间照常检索。

    例：zhixi kb rebuild --engine whoosh:
    """
    with services() as made:
        fixed = made.settings.search_url
        if engine and fixed != "auto" and engine.partition(":")[0] != fixed.partition(":")[0]:
            raise InvalidInput(
                "engine", f"ZHIXI_SEARCH_URL 已指定 {fixed}，请先改它，或设为 auto 再选引擎。"
            )
        with progress("重建索引", 0) as bar:

            def step(done: int, total: int) -> None:
                bar.length = total
                bar.update(done - bar.pos)

            made.library.rebuild(engine, step)
        status = made.library.status()
    click.echo(f"索引已重建：{status['engine']}，{status['indexed']} 篇。")


@kb.command()
@click.option("--json", "as_json", is_flag=True, help="打印一个 JSON 值。")
def status(as_json: bool) -> None:
    """引擎、文章数、待更新数、索引指纹。

    例：zhixi kb status --json
    """
    with services() as made:
        found = made.library.status()
    if as_json:
        print_json(found)
    else:
        click.echo(
            f"引擎：{found['engine']}\n生效文章：{found['articles']}\n"
            f"待更新：{found['backlog']}\n指纹：{found['fingerprint']}"
        )


@kb.command()
def tidy() -> None:
    """清理附件：删去一天以前上传、没有任何一版文章用到的文件。

    例：zhixi kb tidy
    """
    with services() as made:
        before = (made.now() - timedelta(days=1)).timestamp()
        with made.db.work(SYSTEM, "kb.tidy") as session:
            gone = attachments.unused(session, made.files, before)
            attachments.forget(session, gone)
        for name in gone:
            made.files.delete(name)
    click.echo(f"已删去 {len(gone)} 个没有用到的文件。")
