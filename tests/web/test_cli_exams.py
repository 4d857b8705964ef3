"""``zhixi exams`` as scripts meet it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from web.cli import main


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["exams", *map(str, arguments)])


def refused(result: Result) -> str:
    assert result.exit_code == 2, result.output
    [sentence] = result.stderr.splitlines()
    assert sentence.endswith("。")
    return str(sentence)


@pytest.fixture
def graded(tmp_path: Path) -> Any:
    def grade(question: object, response: object) -> Result:
        for name, value in (("q.json", question), ("r.json", response)):
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return run("grade", "--question", tmp_path / "q.json", "--response", tmp_path / "r.json")

    return grade


BLANK = {"key": "q", "kind": "blank", "stem": "____以内", "points": 2, "answer": [["三十天"]]}


def test_a_response_is_graded_without_a_database(graded: Any) -> None:
    found = json.loads(graded(BLANK, ["３０天"]).stdout)
    assert (found["fraction"], found["points"], found["needs_marking"]) == (1, 2, False)
    assert json.loads(graded(BLANK, "null").stdout)["why"] == "未作答。"


@pytest.mark.parametrize(
    ("question", "response", "words"),
    [
        ({**BLANK, "kind": "riddle"}, [], "不认识“riddle”"),
        (BLANK, {"a": 1}, "填空题的回答应为列表"),
        ("{", [], "不是有效的 JSON"),
        (BLANK, "", "是空的"),
    ],
)
def test_bad_input_ends_with_one_sentence(
    graded: Any, question: object, response: object, words: str
) -> None:
    assert words in refused(graded(question, response))


def test_statistics_are_printed_as_one_value(tmp_path: Path) -> None:
    table = tmp_path / "成绩.csv"
    table.write_bytes("attempt,题一,题二\n甲,1,0\n乙,1,1\n".encode("gb18030"))
    result = run("stats", table)
    assert json.loads(result.stdout)["items"]["题二"]["facility"] == 0.5
    assert "读不了" in refused(run("stats", tmp_path / "none.csv"))
    table.write_text("attempt,a\nx,y\n")
    assert "第2行" in refused(run("stats", table))
