"""``zhixi qa`` as scripts meet it: JSON on standard output, sentences and statuses for faults."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.qa.sounds import saved, silent, tone
from web.cli import main

RUBRICS = Path(__file__).parents[2] / "qa" / "rubrics"


def zhixi(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["qa", *map(str, arguments)])


def printed(result: Result) -> Any:
    """The one JSON value on the one line of standard output."""
    assert result.exit_code == 0, result.stderr
    assert result.stderr == ""
    assert result.stdout.count("\n") == 1
    return json.loads(result.stdout)


def file(folder: Path, name: str, content: str | dict[str, Any]) -> Path:
    path = folder / name
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_call_is_scored(tmp_path: Path) -> None:
    rubric = RUBRICS / "deductions.json"
    case = json.loads(rubric.read_text(encoding="utf-8"))["cases"][2]
    marks = file(tmp_path, "打分.json", {"answers": case["answers"]})
    found = printed(zhixi("score", "--rubric", rubric, "--marks", marks))
    assert {name: found[name] for name in case["expect"]} == case["expect"]


def test_a_rubric_is_checked_with_its_cases(tmp_path: Path) -> None:
    found = printed(zhixi("check", RUBRICS / "seven.json"))
    assert found["errors"] == found["warnings"] == []
    assert all(case["passed"] for case in found["cases"])
    wrong = json.loads((RUBRICS / "seven.json").read_text(encoding="utf-8"))
    wrong["cases"][0]["expect"]["raw"] = 99
    refused = zhixi("check", file(tmp_path, "错.json", wrong))
    assert refused.exit_code == 2
    assert "raw 应为 99，实为 100.0" in json.loads(refused.stdout)["errors"][0]


def test_a_recording_and_segments_are_measured(tmp_path: Path) -> None:
    audio = saved(tmp_path / "通话.wav", [tone(2) + silent(2), silent(3) + tone(1)])
    vtt = file(tmp_path, "通话.vtt", "WEBVTT\n\n00:00.000 --> 00:02.000\n<v 座席>您好请讲\n")
    found = printed(zhixi("measure", audio, "--agent", "right", "--transcript", vtt))
    assert found["customer"]["talk"] == pytest.approx(2, abs=0.05)
    assert found["agent"]["rate_cpm"] == pytest.approx(240, rel=0.05)
    spoken = [{"start": 0, "end": 1.5, "channel": "agent"}]
    segments = file(tmp_path, "段.json", {"duration": 3, "segments": spoken})
    assert printed(zhixi("measure", "--segments", segments))["agent"]["share"] == 0.5


def test_agreement_is_measured(tmp_path: Path) -> None:
    table = file(tmp_path, "评分.csv", "unit,rater,value\n1,a,3\n1,b,3\n2,a,1\n2,b,2\n")
    found = printed(zhixi("agreement", table))
    assert (found["units"], found["raters"], found["percent_agreement"]) == (2, 2, 0.5)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["score", "--rubric", "没有.json", "--marks", "m"], "错误：没有.json：找不到这个文件。"),
        (["score", "--rubric", RUBRICS / "seven.json"], "缺少 --marks"),
        (["score", "--rubric", RUBRICS / "seven.json", "--marks", RUBRICS], "这是文件夹"),
        (
            ["score", "--rubric", RUBRICS / "seven.json", "--marks", RUBRICS / "seven.json"],
            '打分有误：应为 {"answers": {评分项: 答案}}',
        ),
        (["measure"], "请给出录音，或用 --segments 给出分段，二选一。"),
        (["measure", RUBRICS / "seven.json"], "不是能识别的录音文件"),
        (["measure", "a.wav", "--agent", "up"], "可选：left、right"),
        (["measure", "--segments", "s", "--transcript", "t"], "不能再用 --transcript"),
        (["agreement", RUBRICS / "seven.json"], "首行应有 unit,rater,value"),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(arguments: list[str], sentence: str) -> None:
    result = zhixi(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1


def test_the_checks_of_a_rubric_suggest_answers_from_files(tmp_path: Path) -> None:
    options = [{"key": "yes", "points": 5}, {"key": "no", "points": 0}]
    checks = {
        "open": {"kind": "opening", "phrases": ["您好"]},
        "still": {"kind": "silence", "over": 10},
        "fee": {"kind": "answer"},
    }
    items = [
        {"key": key, "title": key, "kind": "check", "options": options, "check": check}
        for key, check in checks.items()
    ]
    rubric = {"title": "试", "mode": "points", "sections": [{"key": "s", "items": items}]}
    spoken = [
        {"start": 0, "end": 3, "channel": "agent", "text": "您好，请讲"},
        {"start": 20, "end": 22, "channel": "customer", "text": "怎么退票"},
    ]
    form = file(tmp_path, "表.json", rubric)
    segments = file(tmp_path, "段.json", {"duration": 30, "segments": spoken})
    found = printed(zhixi("suggest", "--rubric", form, "--segments", segments))["findings"]
    assert [(each["item"], each["answer"]) for each in found] == [
        ("open", "yes"),
        ("still", "no"),
        ("fee", None),
    ]
    vtt = file(tmp_path, "话.vtt", "WEBVTT\n\n00:00.000 --> 00:02.000\n<v 座席>喂\n")
    found = printed(zhixi("suggest", "--rubric", form, "--transcript", vtt))["findings"]
    assert [each["answer"] for each in found] == ["no", "yes", None]
    assert zhixi("suggest", "--rubric", form).exit_code == 2
    rubric["sections"][0]["items"][1]["check"] = {"kind": "silence", "over": "久"}  # type: ignore[index]
    refused = zhixi("suggest", "--rubric", file(tmp_path, "错.json", rubric), "--transcript", vtt)
    assert refused.exit_code == 2
    assert "over 不是数字" in refused.stderr
