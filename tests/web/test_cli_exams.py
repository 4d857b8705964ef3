"""``zhixi exams`` as scripts meet it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from exams.kept import listed
from tests.processes import environment
from web.cli import main
from web.db import Database
from web.settings import Settings


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


GIFT = "::一:: 退票免费。{F}\n\n说明\n\n::二:: 坏 {=a\n"


def test_a_file_is_checked_and_listed(tmp_path: Path) -> None:
    file = tmp_path / "题库.gift"
    file.write_text(GIFT, encoding="utf-8")
    result = run("import", file, "--dry-run", "--json")
    found = json.loads(result.stdout)
    assert [asked["key"] for asked in found["imported"]] == ["一"]
    assert [(left["line"], left["kind"]) for left in found["skipped"]] == [(3, "description")]
    assert [fault["line"] for fault in found["errors"]] == [5]
    plain = run("import", file, "--dry-run")
    assert "可导入 1 道题，跳过 1 项，有误 1 处。" in plain.stdout
    result = run("import", file, "--json")
    assert "1 处错误，一道题也没有导入" in refused_last(result)
    assert json.loads(result.stdout)["imported"] == []


def refused_last(result: Result) -> str:
    assert result.exit_code == 2
    return str(result.stderr.splitlines()[-1])


def test_a_file_without_a_question_is_bad_input(tmp_path: Path) -> None:
    file = tmp_path / "x.xml"
    file.write_text("<!DOCTYPE a [<!ENTITY b 'c'>]><quiz>&b;</quiz>")
    result = run("import", file, "--dry-run", "--json")
    assert "XML 实体" in refused(result)
    assert json.loads(result.stdout)["imported"] == []
    assert "不认识格式" in refused(run("import", file, "--format", "word", "--dry-run"))


def test_the_template_is_written_and_taken_back(tmp_path: Path) -> None:
    head = run("export", "--format", "csv").stdout.lstrip("\ufeff")
    assert head.startswith("题型,题干,选项A,")
    file = tmp_path / "模板.xlsx"
    file.write_bytes(run("export", "--format", "xlsx").stdout_bytes)
    assert json.loads(run("import", file, "--dry-run", "--json").stdout)["errors"] == []


def test_a_file_is_written_in_another_format(tmp_path: Path) -> None:
    source, target = tmp_path / "a.gift", tmp_path / "b.zip"
    source.write_text("::q1:: 退票免费。{F}\n\n::q2:: 先后 {=a -> b =c -> d}\n", encoding="utf-8")
    found = json.loads(run("export", target, "--from", source, "--json").stdout)
    assert found == {"written": 2, "left_out": []}
    back = json.loads(run("import", target, "--dry-run", "--json").stdout)
    assert [asked["key"] for asked in back["imported"]] == ["q1", "q2"]
    assert "一道也写不下" in refused(run("export", tmp_path / "c.aiken", "--from", target))
    assert not (tmp_path / "c.aiken").exists()
    assert "--format" in refused(run("export", tmp_path / "c.doc", "--from", target))


@pytest.fixture(params=["sqlite"])
def backend(request: pytest.FixtureRequest) -> str:
    """Commands are thin: one database will do."""
    return str(request.param)


def in_home(settings: Settings, *arguments: str | Path) -> Result:
    """A command in a home of its own."""
    return CliRunner().invoke(main, list(map(str, arguments)), env=environment(settings))


def test_a_file_is_kept_as_a_whole_and_comes_out_again(settings: Settings, tmp_path: Path) -> None:
    file, back = tmp_path / "题库.gift", tmp_path / "back.gift"
    file.write_text("::一:: 退票免费。{F}\n\n::二:: 旧。{T}\n", encoding="utf-8")

    def taken() -> Any:
        return json.loads(in_home(settings, "exams", "import", file, "--json").stdout)["kept"]

    assert taken() == {"added": 2, "revised": 0, "unchanged": 0}
    file.write_text("::一:: 退票免费。{F}\n\n::二:: 新。{T}\n", encoding="utf-8")
    assert taken() == {"added": 0, "revised": 1, "unchanged": 1}
    broken = tmp_path / "broken.gift"
    broken.write_text("::三:: 好。{T}\n\n::四:: 坏 {=a\n", encoding="utf-8")
    assert "一道题也没有导入" in refused_last(in_home(settings, "exams", "import", broken))
    assert in_home(settings, "exams", "export", back).exit_code == 0
    found = json.loads(run("import", back, "--dry-run", "--json").stdout)["imported"]
    assert [(asked["key"], asked["stem"]) for asked in found] == [
        ("一", "退票免费。"),
        ("二", "新。"),
    ]


def test_an_empty_bank_gives_the_template(settings: Settings, tmp_path: Path) -> None:
    assert in_home(settings, "exams", "export", tmp_path / "模板.csv").exit_code == 0
    assert (tmp_path / "模板.csv").read_text(encoding="utf-8-sig").startswith("题型,题干,")
    assert "题库是空的" in refused(in_home(settings, "exams", "export", tmp_path / "x.gift"))


ARTICLES = (
    {"key": "lost", "title": "遗失物品保管", "body": "车站自收到遗失物品之日起保管90天后上交。\n"},
    {"key": "luggage", "title": "行李限重", "body": "儿童旅客免费携带的物品不得超过10公斤。\n"},
    {"key": "later", "title": "以后生效", "body": "学生旅客凭证件享受75%的票价优惠待遇。\n"},
)


def test_questions_are_generated_from_what_is_in_force(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "articles.jsonl"
    later = {**ARTICLES[2], "effective_from": "2199-01-01T00:00:00+08:00"}
    lines = [json.dumps(each, ensure_ascii=False) for each in (*ARTICLES[:2], later)]
    file.write_text("\n".join(lines), encoding="utf-8")
    env = environment(settings)
    runner = CliRunner()
    assert runner.invoke(main, ["kb", "import", str(file), "--publish"], env=env).exit_code == 0

    def generate(*arguments: str) -> Result:
        return runner.invoke(main, ["exams", "generate", *arguments], env=env)

    found = json.loads(generate("--all", "--dry-run", "--json").stdout)
    assert found["metrics"]["articles"] == 2
    assert {asked["source"]["article"] for asked in found["questions"]} == {"lost", "luggage"}
    bodies = {article["key"]: article["body"] for article in ARTICLES}
    for asked in found["questions"]:
        source = asked["source"]
        assert source["quote"] == bodies[source["article"]][source["start"] : source["end"]]
    one = json.loads(generate("lost", "--dry-run", "--json").stdout)
    assert [asked["key"] for asked in one["questions"]] == [
        asked["key"] for asked in found["questions"] if asked["source"]["article"] == "lost"
    ]
    assert "找不到文章" in refused(generate("later", "--dry-run"))
    assert "二选一" in refused(generate("--dry-run"))
    assert "二选一" in refused(generate("lost", "--all", "--dry-run"))
    kept = json.loads(generate("--all", "--json").stdout)["kept"]
    assert kept == {"added": len(found["questions"]), "revised": 0, "unchanged": 0, "judged": 0}
    with Database(settings.database_url).reading() as session:
        rows = listed(session)
    assert {row.state for row in rows} == {"proposed"}
    assert {row.article_key for row in rows} == {"lost", "luggage"}
