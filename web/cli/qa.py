"""``zhixi qa``: scores, figures of recordings, agreement; calls brought into the database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from qa import marks, ratings, rubric_read
from qa.agreement import agreement as agreement_of
from qa.files import content
from qa.rubric import fingerprint
from qa.rubric_cases import run
from qa.rubric_checks import check as notices
from qa.score import score as score_of
from qa.transcripts import read as read_transcript

from ..errors import InvalidInput
from .common import print_json, progress, services
from .sentences import printable

if TYPE_CHECKING:
    from ..call_import import Report

FILE = click.Path(path_type=Path)


@click.group()
def qa() -> None:
    """质检：评分、录音指标、评分一致性，导入通话。

    评分、指标和一致性只读文件，不用数据库，结果都是 JSON。

    例：zhixi qa score --rubric 评分表.json --marks 打分.json
    """


@qa.command()
@click.option("--rubric", "rubric", required=True, type=FILE, help="评分表（JSON）。")
@click.option("--marks", "given", required=True, type=FILE, help='打分：{"answers": {…}}。')
def score(rubric: Path, given: Path) -> None:
    """按评分表算出一份打分的得分。

    例：zhixi qa score --rubric 评分表.json --marks 打分.json
    """
    print_json(score_of(rubric_read.read(rubric), marks.read(given)).as_dict())


@qa.command()
@click.argument("rubric", type=FILE)
def check(rubric: Path) -> None:
    """启用前检查评分表，并跑一遍它自带的用例；有错误时退出码为 2。

    例：zhixi qa check 评分表.json
    """
    read = rubric_read.read(rubric)
    found = notices(read)
    errors = [str(notice) for notice in found if notice.error]
    outcomes = run(read)
    print_json(
        {
            "fingerprint": fingerprint(read),
            "errors": errors,
            "warnings": [str(notice) for notice in found if not notice.error],
            "cases": [{"name": each.name, "passed": each.passed} for each in outcomes],
        }
    )
    if errors:
        raise SystemExit(2)


@qa.command()
@click.option("--rubric", required=True, type=FILE, help="评分表（JSON）。")
@click.option(
    "--transcript", type=FILE, help="转写：WebVTT、SRT、Whisper 或 Contact Lens 的 JSON。"
)
@click.option(
    "--segments", type=FILE, help="分段（JSON）：量静音、抢话、语速；其中的文字也算转写。"
)
def suggest(rubric: Path, transcript: Path | None, segments: Path | None) -> None:
    """按评分表里的自动检查（check）给出建议：每项的答案、理由和在转写里的依据。

    只是建议，不代替人评分。要对照知识库的检查在这里判断不了，会说明。

    例：zhixi qa suggest --rubric 评分表.json --segments 通话.json
    """
    from qa.checks import suggest as suggestions
    from qa.hearing import hear  # they take a while to load

    if transcript is None and segments is None:
        raise InvalidInput("transcript", "请用 --transcript 给出转写，或用 --segments 给出分段。")
    findings = suggestions(rubric_read.read(rubric), hear(transcript, segments))
    print_json({"findings": [finding.as_json() for finding in findings]})


@qa.command()
@click.argument("audio", required=False, metavar="AUDIO", type=FILE)
@click.option(
    "--agent",
    default="left",
    show_default=True,
    type=click.Choice(["left", "right"]),
    help="座席在哪个声道。",
)
@click.option(
    "--transcript", type=FILE, help="转写：WebVTT、SRT、Whisper 或 Contact Lens 的 JSON。"
)
@click.option("--segments", type=FILE, help="不读录音，只算这个文件里的分段。")
def measure(
    audio: Path | None,
    agent: Literal["left", "right"],
    transcript: Path | None,
    segments: Path | None,
) -> None:
    """录音的指标：说话、静音、抢话、打断、音量，有转写时还有语速。

    录音可用 WAV、MP3、Ogg、FLAC，单声道或双声道。每个阈值都写在结果的 settings 里。

    例：zhixi qa measure 通话.wav --agent right --transcript 通话.vtt
    """
    from qa.measuring import measure_audio, measure_segments  # numpy takes a while to load

    if (audio is None) == (segments is None):
        raise InvalidInput("audio", "请给出录音，或用 --segments 给出分段，二选一。")
    if segments is not None:
        if transcript is not None:
            raise InvalidInput("transcript", "分段里已有文字，不能再用 --transcript。")
        print_json(measure_segments(segments))
    else:
        assert audio is not None
        said = None if transcript is None else read_transcript(transcript)
        print_json(measure_audio(audio, agent, said))


@qa.command()
@click.argument("table", metavar="RATINGS.csv", type=FILE)
def agreement(table: Path) -> None:
    """评分一致性：首行为 unit,rater,value 的 CSV，谁给哪一通打了几分。

    只有一个人评过的不计。一致率和各系数最大为 1；算不出的为 null。

    例：zhixi qa agreement 校准.csv
    """
    print_json(agreement_of(ratings.read(table)).as_dict())


@qa.command("import")
@click.argument("path", metavar="FOLDER|MANIFEST", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="只检查，什么都不写。")
@click.option("--json", "as_json", is_flag=True, help="结果打印为一个 JSON 值。")
def import_(path: Path, dry_run: bool, as_json: bool) -> None:
    """导入通话：一个清单（CSV 或 JSON），和它提到的录音、转写。

    给文件夹时，找里面的 manifest.csv、manifest.json 或 清单.csv。每行一通，整行收下或整行不收；
    写错的会指明行、列和原因，其余照常导入。编号相同的是同一通：再导入就是更正。

    例：zhixi qa import 录音/2026-11/ --dry-run
    """
    from qa import manifest  # these need the database; the other commands do not

    from ..call_import import Folder, find_list, take
    from ..db import SYSTEM

    chosen = find_list(path)
    rows = list(manifest.read(content(chosen, manifest.LARGEST), chosen.name))
    with services() as made, progress("检查" if dry_run else "导入", len(rows)) as bar:
        files, at = Folder(chosen.parent), datetime.now(UTC)
        report = take(made, SYSTEM, rows, files, at, dry_run=dry_run, step=lambda: bar.update(1))
    if as_json:
        print_json(report.as_dict(str(chosen)) | {"dry_run": dry_run})
    else:
        _print_report(report, dry_run)
    if report.errors and not report.taken:
        raise SystemExit(2)


def _print_report(report: Report, dry_run: bool) -> None:
    done = "可以新增" if dry_run else "新增"
    click.echo(
        f"{done} {report.created} 通，更正 {report.revised} 通，没有变化 {report.unchanged} 通，"
        f"录音 {report.recordings} 段，转写 {report.transcripts} 份，有误 {report.refused} 行。"
    )
    for fault in report.errors:
        click.echo(printable(str(fault)), err=True)
    for doubt in report.warnings:
        click.echo(printable(f"请核对：{doubt}"), err=True)
