"""The pages of the bank of questions."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import openpyxl
import pytest

from exams import kept, refreshing
from exams.kept import Kept
from exams.questions import KINDS
from exams.reading import read
from exams.tables import BankQuestion
from web import accounts, question_making
from web.chores import Workshop
from web.workers import Worker

from ..browsing import Client
from ..exams.asked import question
from ..world import REFUND, World
from .editing import page, told

AsPerson = Callable[[str], Client]
QUOTE = "开车前8天以上退票，不收退票费。"
SOURCE = {"article": "refund-fee", "revision": 1, "start": 0, "end": len(QUOTE), "quote": QUOTE}


@pytest.fixture
def trainer(as_person: AsPerson) -> Client:
    return as_person("trainer")


def keep(world: World, *questions: Any, state: str = "kept") -> list[int]:
    with world.work(doing="test") as session:
        Kept(session, world.clock(), state=state).keep(questions)
        return [kept.get(session, each.key).id for each in questions]


def row(world: World, id: int) -> BankQuestion:
    with world.reading() as session:
        found = session.get_one(BankQuestion, id)
        _ = found.versions
        return found


def judge(**changed: Any) -> Any:
    return question("judge", stem="开车前8天以上退票要收退票费。", source=SOURCE, **changed)


def sent(client: Client, url: str, **changed: object) -> dict[str, object]:
    """The editor's form as a browser would send it back, with something changed."""
    form = page(client.get(url)).select_one("form.question-form")
    assert form is not None
    found: dict[str, object] = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        name = str(field["name"])
        if field.name == "textarea":
            value: Any = field.get_text().removeprefix("\n")
        elif field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            value = str(chosen["value"]) if chosen else ""
        elif field.get("type") in ("checkbox", "radio") and not field.has_attr("checked"):
            continue
        else:
            value = str(field.get("value", ""))
        if name in ("option", "fraction", "right"):
            found.setdefault(name, [])
            found[name].append(value)  # type: ignore[attr-defined]
        else:
            found[name] = value
    return found | changed


@pytest.mark.both_databases
def test_the_list_is_narrowed_and_says_where_each_stands(world: World, trainer: Client) -> None:
    keep(world, judge(), question("number", key="n", stem="保管几天"))
    keep(world, question("blank", key="p", stem="等审核的"), state="proposed")
    text = page(trainer.get("/bank")).get_text(" ", strip=True)
    assert "保管几天" in text
    assert "等审核的" in text
    assert "审核 1 道" in text
    narrowed = page(trainer.get("/bank?text=退票費&kind=judge")).select("tbody tr")
    assert [r.select_one("th").get_text(strip=True) for r in narrowed] == [  # type: ignore[union-attr]
        "开车前8天以上退票要收退票费。"
    ]
    assert "没有符合条件的题目" in trainer.get("/bank?text=%F0%9F%98%80").text
    assert trainer.get("/bank?kind=x&difficulty=y&page=99").status_code == 302


def test_an_empty_bank_says_what_to_do(trainer: Client) -> None:
    assert "题库还是空的" in trainer.get("/bank").text


@pytest.mark.both_databases
def test_many_are_changed_at_once_or_none(world: World, trainer: Client) -> None:
    ids = keep(world, judge(), question("essay", key="e"))
    sentence = told(trainer, trainer.post("/bank/changes", data={"id": ids, "difficulty": "hard"}))
    assert "已改 2 道" in sentence
    assert {row(world, id).difficulty for id in ids} == {"hard"}
    bad = trainer.post("/bank/changes", data={"id": ids, "grade": "级" * 30})
    assert "一道也没有改" in told(trainer, bad)
    assert "没有写要改什么" in told(trainer, trainer.post("/bank/changes", data={"id": ids}))
    assert "没有勾选" in told(trainer, trainer.post("/bank/changes", data={"act": "retire"}))
    told(trainer, trainer.post("/bank/changes", data={"id": ids, "act": "retire"}))
    assert {row(world, id).state for id in ids} == {"retired"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_shown_and_saved_again_without_a_difference(
    world: World, trainer: Client, kind: str
) -> None:
    [id] = keep(world, question(kind, points="0.5", explanation="看原文"))
    assert trainer.get(f"/bank/{id}").status_code == 200
    saved = trainer.post(f"/bank/{id}/edit", data=sent(trainer, f"/bank/{id}/edit"))
    assert "没有改动" in told(trainer, saved)


ANSWERS: Mapping[str, tuple[dict[str, object], str]] = {
    "single": ({"r": "B"}, "得 1 分"),
    "multiple": ({"r": ["A", "C"]}, "得 1 分"),
    "judge": ({"r": "no"}, "得 0 分"),
    "blank": ({"r-0": "３０天", "r-1": "退票费"}, "得 1 分"),
    "number": ({"r": "三十天"}, "得 1 分"),
    "order": ({"r-0": "2", "r-1": "3", "r-2": "1"}, "得 1 分"),
    "match": ({"r-0": "高速动车", "r-1": "动车", "r-2": "快速"}, "得 1 分"),
    "essay": ({"r": "退票"}, "要人工评阅"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_tried(world: World, trainer: Client, kind: str) -> None:
    [id] = keep(world, question(kind))
    response, words = ANSWERS[kind]
    assert words in trainer.post(f"/bank/{id}/tries", data=response).text
    assert "未作答" in trainer.post(f"/bank/{id}/tries", data={}).text


@pytest.mark.both_databases
def test_a_used_question_gets_a_new_version_that_shows_its_difference(
    world: World, trainer: Client
) -> None:
    [id] = keep(world, judge())
    with world.work(doing="test") as session:
        session.get_one(BankQuestion, id).latest.used_at = world.clock()
    form = sent(trainer, f"/bank/{id}/edit", stem="开车前8天以上退票要不要退票费。", note="更清楚")
    assert "第 2 版" in told(trainer, trainer.post(f"/bank/{id}/edit", data=form))
    shown = page(trainer.get(f"/bank/{id}"))
    assert [d.get_text() for d in shown.select(".version-list ins")] != []
    assert "更清楚" in shown.get_text()
    assert "已冻结" in shown.get_text()


@pytest.mark.both_databases
def test_what_somebody_else_saved_meanwhile_is_not_overwritten(
    world: World, trainer: Client, as_person: AsPerson
) -> None:
    [id] = keep(world, judge())
    mine = sent(trainer, f"/bank/{id}/edit", stem="我写的")
    other = as_person("examiner")
    other.post(f"/bank/{id}/edit", data=sent(other, f"/bank/{id}/edit", stem="别人写的"))
    answer = trainer.post(f"/bank/{id}/edit", data=mine)
    assert answer.status_code == 409
    assert "我写的" in answer.text
    assert "又有人改过" in answer.text
    assert row(world, id).latest.content["stem"] == "别人写的"


@pytest.mark.parametrize(
    ("kind", "changed", "words"),
    [
        ("single", {"option": ["甲", "乙"], "right": []}, "只能勾选一个"),
        ("single", {"right": ["5"], "option": ["甲", "乙"]}, "只能勾选一个"),
        ("multiple", {"option": ["甲", "", "", ""], "right": ["0"]}, "至少写两个选项"),
        ("judge", {"verdict": ""}, "请选“对”或“错”"),
        ("blank", {"blanks": "30天；"}, "不能为空"),
        ("number", {"value": "三十"}, "应为数字"),
        ("match", {"pairs": "只有左边"}, ""),
        ("match", {"pairs": "甲=乙\n甲=丙"}, "写了两遍"),
        ("judge", {"points": "很多"}, "数字"),
        ("judge", {"stem": "\x07"}, "不能显示的字符"),
        ("judge", {"article": "nowhere"}, "没有编号是“nowhere”的生效文章"),
        ("judge", {"article": "refund-fee", "quote": "没有这句话。"}, "没有这句话"),
        ("judge", {"grade": "级" * 21}, "最多 20 个字"),
    ],
)
def test_faults_stand_at_their_fields_and_nothing_is_lost(
    trainer: Client, kind: str, changed: dict[str, object], words: str
) -> None:
    form = sent(trainer, f"/bank/new?kind={kind}", stem="我写的题干", verdict="yes") | changed
    answer = trainer.post("/bank", data=form)
    assert answer.status_code == 422
    assert [e for e in page(answer).select("[aria-invalid], .error") if words in str(e.parent)]
    assert changed.get("stem") or "我写的题干" in answer.text


def test_a_question_of_ones_own_rests_on_a_sentence(world: World, trainer: Client) -> None:
    form = sent(trainer, "/bank/new?kind=judge", stem="8天以上免费", verdict="yes")
    form |= {"article": "refund-fee", "quote": QUOTE}
    first, again = trainer.post("/bank", data=form), trainer.post("/bank", data=form)
    assert first.location == again.location  # sent twice is one question
    found = row(world, int(first.location.rpartition("/")[2]))
    source = found.latest.content["source"]
    assert (source["start"], source["revision"]) == (0, 1)
    assert [t.topic for t in found.topics] == ["票务/退票"]


# Looking at what was generated


@pytest.mark.both_databases
def test_generated_questions_are_judged_one_by_one(world: World, trainer: Client) -> None:
    first, second = keep(world, judge(key="a"), judge(key="b", answer=False), state="proposed")
    shown = page(trainer.get("/bank/review"))
    assert QUOTE in [m.get_text() for m in shown.select("mark")]
    went = trainer.post(f"/bank/{first}/acceptance")
    assert went.location == f"/bank/review?at={second}&last={first}"
    assert "收回" in trainer.get(went.location).text
    lacking = trainer.post(f"/bank/{second}/rejection", data={"reason": "other"})
    assert lacking.status_code == 422
    assert "写明是什么" in lacking.text
    went = trainer.post(f"/bank/{second}/rejection", data={"reason": "duplicate"})
    after = trainer.get(went.location).text
    assert "没有等审核的题" in after
    assert "和别的题重复" in after
    assert "已经处理过" in told(trainer, trainer.post(f"/bank/{first}/acceptance"))
    assert "请重新审核" in told(trainer, trainer.post(f"/bank/{second}/undoing"))
    assert (row(world, first).state, row(world, second).state) == ("kept", "proposed")


@pytest.mark.both_databases
def test_questions_are_generated_by_a_job(world: World, trainer: Client) -> None:
    assert "退票费怎么收" in trainer.get("/bank/generation?category=票务").text
    assert "没有选文章" in told(trainer, trainer.post("/bank/generation", data={}))
    answer = trainer.post("/bank/generation", data={"article": ["refund-fee", "angry-caller"]})
    assert "已安排由 2 篇文章出题" in told(trainer, answer)
    Worker(Workshop.of(world.services)).tick()
    with world.reading() as session:
        rows = kept.listed(session)
    assert rows
    assert {r.state for r in rows} == {"proposed"}
    assert "完成" in trainer.get("/bank/generation").text


# Out of date


@pytest.mark.both_databases
def test_a_changed_sentence_asks_for_another_look(world: World, trainer: Client) -> None:
    [id] = keep(world, judge())
    world.publish(replace(REFUND, body=REFUND.body.replace("8天", "15天", 1)))
    assert question_making.settle(world.services.db, world.clock()) == 1
    shown = page(trainer.get("/bank/stale"))
    assert [d.get_text() for d in shown.select("ins")] == ["15天"]
    assert "原句改了" in shown.get_text()
    assert "已过时" in trainer.get("/bank?stale=1").text
    assert "已确认" in told(trainer, trainer.post(f"/bank/{id}/confirmation"))
    assert row(world, id).latest.content["source"]["revision"] == 2
    assert "没有过时的题" in trainer.get("/bank/stale").text


# Files


def upload(client: Client, name: str, data: bytes) -> Any:
    return client.post("/bank/import", data={"file": (io.BytesIO(data), name)})


def test_a_file_is_seen_first_and_then_taken_whole(world: World, trainer: Client) -> None:
    keep(world, read({"key": "一", "kind": "judge", "stem": "退票免费。", "answer": False}))
    file = "::一:: 退票免费。{F}\n\n::二:: 新的。{T}\n".encode()
    seen = upload(trainer, "题.gift", file)
    assert seen.status_code == 200
    assert "会新增 1 道，成为新版 0 道，没有变化 1 道" in seen.text
    form = page(seen).select_one("form[action*='/bank/import/']")
    assert form is not None
    with world.reading() as session:
        assert len(kept.listed(session)) == 1
    data = {str(f["name"]): str(f.get("value", "")) for f in form.select("input[name]")}
    assert "新增 1 道" in told(trainer, trainer.post(str(form["action"]), data=data))
    assert "已经导入过" in told(trainer, trainer.post(str(form["action"]), data=data))


def test_a_file_with_faults_changes_nothing(world: World, trainer: Client) -> None:
    seen = upload(trainer, "题.gift", "::一:: 好。{T}\n\n::二:: 坏 {=a\n".encode())
    assert seen.status_code == 422
    assert "一道也不会导入" in seen.text
    assert "第 3 行" in seen.text
    assert page(seen).select_one("form[action*='/bank/import/']") is None
    for name, data in (
        ("空.gift", b"  "),
        ("x.xlsx", b"PK\x03\x04junk"),
        ("y.txt", "随便".encode()),
    ):
        assert upload(trainer, name, data).status_code == 422
    assert trainer.post("/bank/import", data={}).status_code == 422


def test_the_workbook_comes_back_with_its_wrong_cells_marked(trainer: Client) -> None:
    book = openpyxl.load_workbook(io.BytesIO(trainer.get("/bank/template").data))
    sheet = book.active
    heads = [cell.value for cell in sheet[1]]
    good = {"题型": "判断题", "题干": "好题", "答案": "对"}
    bad = {"题型": "单选题", "题干": "坏题", "选项A": "甲", "选项B": "乙", "答案": "C"}
    for each in (good, bad):
        sheet.append([each.get(head) for head in heads])
    file = io.BytesIO()
    book.save(file)
    seen = upload(trainer, "题.xlsx", file.getvalue())
    link = page(seen).select_one("a[href*='/errors']")
    assert link is not None
    back = openpyxl.load_workbook(io.BytesIO(trainer.get(str(link["href"])).data)).active
    noted = {cell.coordinate: cell.comment.text for r in back.rows for cell in r if cell.comment}
    column = openpyxl.utils.get_column_letter(heads.index("答案") + 1)
    assert list(noted) == [f"{column}3"]
    assert "选项里没有 C" in noted[f"{column}3"]


@pytest.mark.both_databases
def test_what_the_list_shows_is_exported(world: World, trainer: Client) -> None:
    keep(world, judge(), question("number", key="n"))
    lines = trainer.get("/bank/export?format=json&kind=number").text.splitlines()
    assert [json.loads(line)["key"] for line in lines] == ["n"]
    for name in ("gift", "moodle", "qti", "qti22", "xlsx", "csv"):
        assert trainer.get(f"/bank/export?format={name}").status_code == 200
    assert trainer.get("/bank/export?format=word").status_code == 404
    assert "一道也写不成" in told(trainer, trainer.get("/bank/export?format=aiken"))


# Who may see what


@pytest.mark.both_databases
def test_questions_on_what_one_may_not_read_are_not_there(
    world: World, trainer: Client, as_person: AsPerson
) -> None:
    body = "旅客要求投诉到上级的，由班长在30分钟内回电。"
    source = {"article": "angry-caller", "revision": 1, "start": 0, "end": 23, "quote": body}
    [id] = keep(world, question("judge", source=source))
    assert trainer.get(f"/bank/{id}").status_code == 200
    with world.work(doing="test") as session:
        role = accounts.role_named(session, "trainer")
        role.permissions = [p for p in role.permissions if p != "kb.read_all"]
    assert trainer.get(f"/bank/{id}").status_code == 404
    assert body not in trainer.get("/bank").text
    assert trainer.post("/bank/changes", data={"id": id, "act": "retire"}).status_code == 404
    file = f"::{row(world, id).key}:: 我的题。{{T}}\n".encode()
    seen = upload(trainer, "题.gift", file)
    assert seen.status_code == 422
    assert "请换一个编号" in seen.text
    digest = hashlib.sha256(file).hexdigest()
    assert trainer.post(f"/bank/import/{digest}", data={"name": "题.gift"}).status_code == 422
    assert [version.content["source"] for version in row(world, id).versions] == [source]
    assert as_person("agent").get("/bank").status_code == 403
    with world.reading() as session:
        assert refreshing.due(session, world.clock()) is False


def test_a_number_too_large_for_any_question_is_not_found(trainer: Client) -> None:
    number = 10**20
    assert trainer.get(f"/bank/{number}").status_code == 404
    assert trainer.get(f"/bank/review?last={number}").status_code == 200
    change = trainer.post("/bank/changes", data={"id": number, "difficulty": "hard"})
    assert change.status_code == 404
