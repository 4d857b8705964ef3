"""The ``zhixi`` command as scripts meet it: what it prints where, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from flask import Flask

from tests.commands import commands
from tests.commands import run as run_command
from tests.homes import BACKENDS
from tests.processes import PROGRAM, environment, zhixi
from tests.world import CAST, World
from web.cli import COMMANDS, main
from web.settings import Settings

Run = Callable[..., Result]
SLOW = {"openpyxl", "docx", "bs4", "pypdf", "numpy", "alembic", "yaml"}
"""What takes long to load and is needed by few."""
ARTICLES = (
    {
        "key": "fee",
        "title": "退票费怎么收",
        "body": "开车前8天以上退票，不收退票费。\n\n## 例外\n\n- 停运的全额退款。\n",
        "kind": "faq",
        "category": "票务/退票",
        "tags": ["退票", "费用"],
        "questions": ["退一张票扣多少"],
        "audiences": ["座席"],
        "effective_from": "2026-11-01T00:00:00+08:00",
        "must_sign": True,
        "owner": "运营部",
    },
    {"key": "luggage", "title": "随身行李限重", "body": "成人可以免费携带20千克行李。\n"},
    {"key": "traditional", "title": "老年旅客購票說明", "body": "年滿60周歲可優先安排下鋪。\n"},
)


@pytest.fixture(params=["sqlite"])
def backend(request: pytest.FixtureRequest) -> str:
    """Commands are thin: one database will do, but where both are named."""
    return str(request.param)


@pytest.fixture
def run(settings: Settings) -> Run:
    return runner(settings)


def runner(settings: Settings) -> Run:
    return partial(run_command, settings)


@pytest.fixture
def in_world(world: World) -> Run:
    return runner(world.services.settings)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return lines(tmp_path / "articles.jsonl", *ARTICLES)


def lines(path: Path, *values: object) -> Path:
    text = "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)
    path.write_text(text, encoding="utf-8")
    return path


def printed(result: Result) -> Any:
    """The one JSON value on standard output."""
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith("\n")
    assert result.stdout.count("\n") == 1
    return json.loads(result.stdout)


def refused(result: Result, status: int = 2) -> str:
    """The one sentence on standard error."""
    assert result.exit_code == status, result.output
    assert result.stdout == ""
    [sentence] = result.stderr.splitlines()
    assert sentence.endswith("。")
    return str(sentence)


def test_the_help_of_every_command_has_an_example() -> None:
    found = dict(commands())
    assert {"zhixi kb import", "zhixi kb search", "zhixi user token", "zhixi serve"} <= set(found)
    for path in found:
        result = CliRunner().invoke(main, [*path.split()[1:], "--help"], prog_name="zhixi")
        assert result.exit_code == 0
        example = result.stdout.partition("例：")[2]
        assert path in example, path


def test_the_first_help_says_of_each_command_what_its_own_help_says() -> None:
    """It is written beside the name, because the commands are not loaded for it."""
    everything = click.Context(main)
    assert {name: line for name, (_, line) in COMMANDS.items()} == {
        name: command.get_short_help_str(200)
        for name in main.list_commands(everything)
        if (command := main.get_command(everything, name))
    }


@pytest.mark.parametrize(
    "arguments, needless",
    [
        (["--help"], {"sqlalchemy", "flask", "kb", "qa", "exams", *SLOW}),
        (["qa", "check", "no-such-file.json"], {"flask", "kb.models", *SLOW}),
        (["kb", "search", "退票"], {"flask", *SLOW}),
    ],
    ids=["help", "files", "search"],
)
def test_a_command_loads_only_what_it_uses(
    arguments: list[str], needless: set[str], world: World
) -> None:
    program = (
        "import atexit, sys\n"
        "from web.cli import main\n"
        "atexit.register(lambda: print(*sys.modules, sep='\\n', file=sys.stderr))\n"
        "main(prog_name='zhixi')\n"
    )
    done = subprocess.run(
        [PROGRAM[0], "-c", program, *arguments],
        env=environment(world.services.settings),
        capture_output=True,
        text=True,
        timeout=120,
    )
    loaded = set(done.stderr.splitlines())
    assert "web.cli.sentences" in loaded
    assert loaded & needless == set()


# Import and export


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_export_imported_elsewhere_exports_the_same(
    backend: str, run: Run, file: Path, tmp_path: Path
) -> None:
    assert printed(run("kb", "import", file, "--publish", "--json"))["created"] == 3
    first, again = tmp_path / "first.jsonl", tmp_path / "again.jsonl"
    assert run("kb", "export", first).exit_code == 0
    elsewhere = {"ZHIXI_HOME": str(tmp_path / "other"), "ZHIXI_DATABASE_URL": ""}
    assert run("kb", "import", first, "--publish", **elsewhere).exit_code == 0
    assert run("kb", "export", again, **elsewhere).exit_code == 0
    assert again.read_bytes() == first.read_bytes()
    given = {line["key"]: line for line in ARTICLES}
    assert {v["key"]: v for v in map(json.loads, first.read_text().splitlines())}["fee"] == given[
        "fee"
    ]


def test_a_folder_of_markdown_is_a_round_trip_too(run: Run, file: Path, tmp_path: Path) -> None:
    run("kb", "import", file, "--publish")
    folder = tmp_path / "out"
    assert "3 篇" in run("kb", "export", folder).stdout
    assert (folder / "票务" / "退票").is_dir()
    report = printed(run("kb", "import", folder, "--publish", "--json"))
    assert report == {"created": 0, "revised": 0, "unchanged": 3, "errors": []}


def test_the_same_file_again_changes_nothing_and_a_change_revises(
    run: Run, file: Path, tmp_path: Path
) -> None:
    run("kb", "import", file, "--publish")
    assert printed(run("kb", "import", file, "--publish", "--json"))["unchanged"] == 3
    changed = lines(tmp_path / "changed.jsonl", {**ARTICLES[1], "body": "限25千克。\n"})
    assert printed(run("kb", "import", changed, "--publish", "--json"))["revised"] == 1
    [hit] = printed(run("kb", "search", "行李限重", "--json"))["hits"]
    assert (hit["key"], hit["revision"]) == ("luggage", 2)


def test_bad_lines_are_named_and_stop_nothing(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    good = [json.dumps(value, ensure_ascii=False) for value in ARTICLES]
    path.write_text("\n".join([good[0], "{oops", good[1], '{"key": "x"}']), encoding="utf-8")
    report = printed(run("kb", "import", path, "--publish", "--json"))
    assert report["created"] == 2
    assert [(e["path"], e["line"]) for e in report["errors"]] == [(str(path), 2), (str(path), 4)]
    spoken = run("kb", "import", path, "--publish")
    assert f"{path} 第2行" in spoken.stderr
    assert "没有变化 2 篇" in spoken.stdout


def test_nothing_but_faults_is_bad_input(run: Run, tmp_path: Path) -> None:
    missing = run("kb", "import", tmp_path / "nowhere.jsonl")
    assert missing.exit_code == 2
    assert "nowhere.jsonl" in missing.stderr
    report = run("kb", "import", tmp_path / "nowhere.jsonl", "--json")
    assert report.exit_code == 2
    assert json.loads(report.stdout)["created"] == 0


def test_without_publish_articles_are_drafts_that_nobody_finds(run: Run, file: Path) -> None:
    run("kb", "import", file)
    assert printed(run("kb", "search", "退票费", "--json"))["hits"] == []
    assert printed(run("kb", "status", "--json"))["all_articles"] == 3


def test_a_category_is_put_where_the_file_names_none(run: Run, file: Path) -> None:
    run("kb", "import", file, "--category", "导入/新", "--publish")
    [hit] = printed(run("kb", "search", "行李限重", "--json"))["hits"]
    assert hit["category"] == "导入/新"


# Search


def test_a_search_prints_what_the_contract_says(in_world: Run) -> None:
    found = printed(in_world("kb", "search", "退票费怎么收", "--limit", "2", "--json"))
    assert set(found) >= {"query", "took_ms", "total", "notes", "hits"}
    assert found["hits"][0]["key"] == "refund-fee"
    assert len(found["hits"]) <= 2
    spoken = in_world("kb", "search", "退票费怎么收")
    assert "1. 退票费怎么收（refund-fee，第1版）" in spoken.stdout


def test_as_somebody_only_what_that_person_may_read_is_found(in_world: Run) -> None:
    def keys(*options: str) -> list[str]:
        found = printed(in_world("kb", "search", "票务一组值班电话", "--json", *options))
        return [hit["key"] for hit in found["hits"]]

    assert "team-one-duty" in keys()
    assert "team-one-duty" in keys("--as", CAST["agent"].number)
    assert "team-one-duty" not in keys("--as", CAST["other_agent"].number)
    assert "nobody" in refused(in_world("kb", "search", "x", "--as", "nobody"))


def test_a_note_is_a_sentence(in_world: Run) -> None:
    spoken = in_world("kb", "search", '"退票费这样收"')
    assert spoken.exit_code == 0
    assert "完全一致" in spoken.stdout


def test_a_batch_answers_in_order_and_keeps_the_ids(in_world: Run, tmp_path: Path) -> None:
    asked = [
        {"id": "a", "query": "退票费怎么收"},
        {"id": 2, "query": "齉龘靐齾"},
        {"query": "改签怎么办理"},
        {"id": None, "query": "老年旅客购票", "expect": "elder-traditional"},
        {"id": "odd", "query": "退票\u2028怎么\x85收"},
    ]
    path = lines(tmp_path / "batch.jsonl", *asked)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n\r\n"))
    result = in_world("kb", "search", "--batch", path, "--json")
    assert result.exit_code == 0
    answers = [json.loads(line) for line in result.stdout_bytes.split(b"\n")[:-1]]
    assert [a["query"] for a in answers] == [a["query"] for a in asked]
    assert [a.get("id", "none") for a in answers] == ["a", 2, "none", None, "odd"]
    firsts = [a["hits"][0]["key"] if a["hits"] else "" for a in answers]
    assert firsts[:4] == ["refund-fee", "", "change-ticket", "elder-traditional"]


@pytest.mark.parametrize(
    "bad", [b"{", b"[]", b'{"id": 1}', b'{"query": 5}', b'{"query": "\xff"}', b"[" * 100_000]
)
def test_a_bad_line_of_a_batch_is_named_before_anything_is_printed(
    run: Run, tmp_path: Path, bad: bytes
) -> None:
    path = tmp_path / "batch.jsonl"
    path.write_bytes(b'{"query": "a"}\n\n' + bad + b"\n")
    assert f"{path} 第3行" in refused(run("kb", "search", "--batch", path, "--json"))


def test_half_a_surrogate_pair_is_printed_as_json_writes_it(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "batch.jsonl"
    path.write_bytes(b'{"id": "\\ud83d", "query": "\\ud83d\\ude00 \\ude00"}\n')
    result = run("kb", "search", "--batch", path, "--json")
    assert json.loads(result.stdout_bytes)["query"] == "😀 \ude00"
    assert run("kb", "search", "--batch", path).exit_code == 0


# The index


def test_the_status_is_one_value(in_world: Run) -> None:
    status = printed(in_world("kb", "status", "--json"))
    assert (status["engine"], status["backlog"]) == ("memory", 0)
    assert status["fingerprint"].startswith("memory-")
    assert "引擎：memory" in in_world("kb", "status").stdout


def test_a_rebuild_may_choose_the_engine_only_where_the_setting_leaves_it_open(
    in_world: Run,
) -> None:
    assert "ZHIXI_SEARCH_URL" in refused(in_world("kb", "rebuild", "--engine", "whoosh:"))
    open_ = {"ZHIXI_SEARCH_URL": "auto"}
    assert "whoosh" in in_world("kb", "rebuild", "--engine", "whoosh:", **open_).stdout
    assert printed(in_world("kb", "status", "--json", **open_))["engine"] == "whoosh"
    assert "lucene" in refused(in_world("kb", "rebuild", "--engine", "lucene:", **open_))


# People


def test_a_person_and_a_token_are_made_and_open_the_api(
    in_world: Run, app: Flask, world: World
) -> None:
    added = in_world(
        "user", "add", "7001", "--role", "agent", "--name", "新来的", "--team", "票务一组",
        "--password-stdin", given="right-horse-2027\n",
    )  # fmt: skip
    assert (added.exit_code, added.stdout) == (0, "已增加 7001。\n")
    made = in_world("user", "token", "7001")
    assert made.exit_code == 0
    token = made.stdout.strip()
    assert made.stdout == f"{token}\n"
    headers = {"Authorization": f"Bearer {token}"}
    found = app.test_client().get("/api/v1/articles/team-one-duty", headers=headers)
    assert found.status_code == 200


def test_without_a_password_one_is_made_that_must_be_changed(in_world: Run, app: Flask) -> None:
    added = in_world("user", "add", "7002", "--role", "座席")
    assert "一次性密码" in added.stdout
    token = in_world("user", "token", "7002").stdout.strip()
    found = app.test_client().get("/api/v1/articles", headers={"Authorization": f"Bearer {token}"})
    assert found.status_code == 403


def test_a_person_that_cannot_be_added_is_refused_with_the_reason(in_world: Run) -> None:
    add = ("user", "add")
    assert "已经有人" in refused(in_world(*add, CAST["agent"].number, "--role", "agent"))
    assert "座席" in refused(in_world(*add, "7003", "--role", "king"))
    weak = in_world(*add, "7003", "--role", "agent", "--password-stdin", given="123\n")
    assert "密码" in refused(weak)
    assert "7009" in refused(in_world("user", "token", "7009"))
    assert "停用" in refused(in_world("user", "token", CAST["leaver"].number))


# How it fails


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["nope"], "nope"),
        (["kb", "nope"], "nope"),
        (["kb", "search"], "二选一"),
        (["kb", "search", "a", "--batch", "b"], "二选一"),
        (["kb", "search", "a", "b"], "多出了"),
        (["kb", "search", "a", "--limit", "0"], "1 到 100"),
        (["kb", "search", "a", "--limit", "many"], "1 到 100"),
        (["kb", "search", "--limit"], "--limit"),
        (["kb", "search", "--bogus"], "--bogus"),
        (["kb", "search", "--batch", "/nowhere"], "/nowhere"),
        (["kb", "import"], "PATH"),
        (["user", "add", "A1"], "--role"),
        (["serve", "--port", "70000"], "65535"),
    ],
)
def test_a_wrong_command_line_is_told_in_one_sentence(arguments: list[str], said: str) -> None:
    assert said in refused(CliRunner().invoke(main, arguments, prog_name="zhixi"))


@pytest.mark.parametrize(
    "name, value", [("ZHIXI_SEARCH_URL", "lucene:"), ("ZHIXI_DATABASE_URL", "mysql://x/y")]
)
def test_a_setting_that_makes_no_sense_is_bad_input(run: Run, name: str, value: str) -> None:
    assert name in refused(run("kb", "status", **{name: value}))


def test_a_database_that_cannot_be_reached_is_a_failure(run: Run, tmp_path: Path) -> None:
    nowhere = f"postgresql://nobody@/none?host={tmp_path}"
    refused_ = run("kb", "status", ZHIXI_DATABASE_URL=nowhere)
    assert refused_.exit_code == 1
    assert len(refused_.stderr.splitlines()) == 1
    assert refused_.stderr.startswith("没有做成：")
    (tmp_path / "text").write_text("not a database, but long enough to be taken for one" * 9)
    broken = run("kb", "status", ZHIXI_DATABASE_URL=f"sqlite:///{tmp_path / 'text'}")
    assert (broken.exit_code, len(broken.stderr.splitlines())) == (1, 1)


# As real processes


def test_a_new_home_is_made_filled_and_searched_by_real_processes(
    settings: Settings, file: Path, tmp_path: Path
) -> None:
    fresh = Settings(tmp_path / "fresh", "", "auto", settings.secret_key)
    imported = zhixi(fresh, "kb", "import", file, "--publish", "--json")
    assert json.loads(imported.stdout)["created"] == 3
    assert imported.stderr == ""
    found = zhixi(fresh, "kb", "search", "老年旅客购票", "--json")
    assert json.loads(found.stdout)["hits"][0]["key"] == "traditional"
    assert zhixi(fresh, "kb", "search", "a", "--as", "nobody").returncode == 2


def test_any_terminal_gets_utf8_and_bytes_that_are_no_text_are_survived(
    settings: Settings,
) -> None:
    env = environment(settings) | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [*PROGRAM, "kb", "search", b"\xe9\x80\x80\xff", "--json"]
    done = subprocess.run(command, env=env, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["hits"] == []


def test_a_reader_that_goes_away_ends_the_command_quietly(world: World, tmp_path: Path) -> None:
    path = lines(tmp_path / "many.jsonl", *({"query": "退票"} for _ in range(300)))
    read, write = os.pipe()
    os.close(read)
    command = [*PROGRAM, "kb", "search", "--batch", str(path), "--json"]
    env = environment(world.services.settings)
    with os.fdopen(write, "wb") as out:
        done = subprocess.run(command, env=env, stdout=out, stderr=subprocess.PIPE, timeout=120)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
