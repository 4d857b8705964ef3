"""``zhixi qa``: scores, figures of recordings, agreement. Pure work on files, no database."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from qa import marks, ratings, rubric_read
from qa.agreement import agreement as agreement_of
from qa.checks import suggest as suggestions
from qa.rubric import fingerprint
from qa.rubric_cases import run
from qa.rubric_checks import check as notices
from qa.score import score as score_of
from qa.transcripts import read as read_transcript

from ..errors import InvalidInput
from .common import print_json

FILE = click.Path(path_type=Path)


@click.group()
def qa() -> None:
    """质检：评分、录音指标、评分一致性。只读文件，不用数据库，结果都是 JSON。

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
    from qa.hearing import hear  # numpy takes a while to load

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
