"""``zhixi qa``: scores, figures of recordings, agreement. Pure work on files, no database."""

from __future__ import annotations

from pathlib import Path

import click

from qa import marks, ratings, rubric_read
from qa.agreement import agreement as agreement_of
from qa.rubric import fingerprint
from qa.rubric_cases import run
from qa.rubric_checks import check as notices
from qa.score import score as score_of

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
@click.argument("table", metavar="RATINGS.csv", type=FILE)
def agreement(table: Path) -> None:
    """评分一致性：首行为 unit,rater,value 的 CSV，谁给哪一通打了几分。

    只有一个人评过的不计。一致率和各系数最大为 1；算不出的为 null。

    例：zhixi qa agreement 校准.csv
    """
    print_json(agreement_of(ratings.read(table)).as_dict())
