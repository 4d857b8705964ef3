"""Papers on pages: written, checked, drawn, printed, copied."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pypdf
import pytest

from exams import papers
from exams.tables import Paper

from ..browsing import Client
from ..exam_world import add_attempt, add_exam, add_question
from ..world import NOW, World

AsPerson = Callable[[str], Client]
FORM = {"title": "十一月月考", "note": "", "saves": "0", "fixed": ""}
ROW = {"topic": "票务", "kind": "", "difficulty": "", "grade": "", "number": "３", "points": "2.5"}


@pytest.fixture
def bank(world: World) -> list[int]:
    """Ids of the versions of six questions: four on 票务, two of them hard."""
    stems = ["退票费几何", "改签次数", "儿童身高", "行李重量", "宠物托运", "发票补开"]
    with world.work(doing="test.bank") as session:
        rows = [
            add_question(
                session,
                f"q{n}",
                ["single", "judge"][n % 2],
                stem=stem,
                topics=["票务/退票"] if n < 4 else ["行李"],
                difficulty="hard" if n < 2 else "easy",
            )
            for n, stem in enumerate(stems)
        ]
        return [row.latest.id for row in rows]


def kept(world: World) -> list[Paper]:
    with world.reading() as session:
        return list(papers.listing(session))


def test_a_paper_by_rows_is_written_checked_and_drawn(
    world: World, as_person: AsPerson, bank: list[int]
) -> None:
    client = as_person("examiner")
    page = client.post("/papers/new", data=FORM | ROW | {"act": "rows.add"}).text
    assert page.count('name="topic"') == 2
    assert "4 道" in page
    assert kept(world) == []
    weights = {"of": "", "easy": "1", "medium": "0", "hard": "1"}
    saved = client.post("/papers/new", data=FORM | ROW | weights)
    assert saved.status_code == 302, saved.text
    shown = client.get(saved.location).text
    assert "满分 7.5 分" in shown
    assert "难度比例：难" in shown
    first = client.get(saved.location + "/preview").text
    assert first == client.get(saved.location + "/preview").text
    assert "一、单选题（每题2.5分" in first
    file = client.get(saved.location + "/file", query_string={"answers": "1"})
    assert "sheet-answer" in client.get(saved.location + "/print?answers=1").text
    text = pypdf.PdfReader(io.BytesIO(file.data)).pages[0].extract_text()
    assert "十一月月考（含答案）" in text
    assert "sheet-answer" not in client.get(saved.location + "/print").text


def test_what_is_wrong_comes_back_with_what_was_typed(
    world: World, as_person: AsPerson, bank: list[int]
) -> None:
    client = as_person("examiner")
    wrong = client.post("/papers/new", data=FORM | ROW | {"number": "十来道😀"})
    assert wrong.status_code == 422
    assert "第1行：题数应为" in wrong.text
    assert "十来道😀" in wrong.text
    small = client.post("/papers/new", data=FORM | ROW | {"number": "200"})
    shown = client.get(small.location)
    assert "要 200 道，可用的只有 4 道" in shown.text
    assert client.get(small.location + "/preview").status_code == 409
    assert client.get(small.location + "/file").status_code == 409
    for strange in ({"act": "rows.up.99999999999"}, {"act": "rows.remove.x"}, {"act": "？"}):
        assert client.post("/papers/new", data=FORM | ROW | strange).status_code == 200


@pytest.mark.both_databases
def test_a_fixed_paper_takes_questions_from_the_bank(
    world: World, as_person: AsPerson, bank: list[int]
) -> None:
    client = as_person("examiner")
    form = FORM | {"fixed": "1"}
    page = client.post("/papers/new", data=form | {"act": "find", "find-text": "身高"}).text
    assert re.findall(r'name="pick" value="(\d+)"', page) == [str(bank[2])]
    picked = client.post("/papers/new", data=form | {"act": "pick", "pick": [bank[2], bank[0]]})
    assert re.findall(r'name="version" value="(\d+)"', picked.text) == [str(bank[2]), str(bank[0])]
    listed = {"version": [bank[2], bank[0]], "worth": ["3", "４"]}
    up = client.post("/papers/new", data=form | listed | {"act": "questions.up.1"}).text
    assert re.findall(r'name="worth" id="worth-\d" value="(.)"', up) == ["４", "3"]
    saved = client.post("/papers/new", data=form | listed)
    assert "满分 7 分" in client.get(saved.location).text
    strange = client.post("/papers/new", data=form | {"version": "退²", "worth": "1"})
    assert (strange.status_code, "第1题：没有写是题库里的哪一道" in strange.text) == (422, True)
    again = client.post("/papers/new", data=form | {"version": [1] * 2, "worth": ["1"] * 2})
    assert (again.status_code, "第2题：和前面的题重复了" in again.text) == (422, True)


def test_what_is_to_be_expected_comes_from_who_sat_it_before(
    world: World, as_person: AsPerson, bank: list[int]
) -> None:
    client = as_person("examiner")
    listed = {"fixed": "1", "version": [bank[2], bank[0]], "worth": ["3", "4"]}
    where = client.post("/papers/new", data=FORM | listed).location
    assert "数据不够" in client.get(where).text
    with world.work(doing="test.sat") as session:
        exam = add_exam(session, session.get_one(Paper, kept(world)[0].id))
        for n in range(10):
            given = ["B" if n < 6 else "A", "B" if n < 8 else "A"]
            add_attempt(session, exam, 100 + n, given, graded=True)
    shown = client.get(where).text
    assert ("71.4" in shown, "0.76" in shown, "n=20 次作答" in shown) == (True, True, True)


@pytest.mark.both_databases
def test_two_editors_do_not_overwrite_each_other(
    world: World, as_person: AsPerson, bank: list[int]
) -> None:
    client = as_person("examiner")
    where = client.post("/papers/new", data=FORM | ROW).location + "/edit"
    assert client.post(where, data=FORM | ROW | {"saves": "1"}).status_code == 302
    late = client.post(where, data=FORM | ROW | {"saves": "1", "title": "我的月考"})
    assert late.status_code == 409
    assert "刚被别人改过" in late.text
    assert "我的月考" in late.text
    assert 'name="saves" value="2"' in late.text


@pytest.mark.both_databases
def test_a_paper_that_was_sat_is_copied_and_may_be_retired(
    world: World, as_person: AsPerson, bank: list[int]
) -> None:
    client = as_person("examiner")
    where = client.post("/papers/new", data=FORM | ROW).location
    with world.work(doing="test.sat") as session:
        papers.freeze(session, session.get_one(Paper, kept(world)[0].id), NOW)
    assert client.get(where + "/edit").location == where
    refused = client.post(where + "/edit", data=FORM | ROW | {"saves": "1", "title": "改"})
    assert (refused.status_code, "已经有人考过" in refused.text) == (409, True)
    copied = client.post(where + "/copies")
    assert "（副本）" in client.get(copied.location).text
    client.post(where + "/retirement")
    assert "已停用" in client.get(where).text
    assert [paper.title for paper in kept(world)] == ["十一月月考（副本）"]


def test_a_row_says_how_many_questions_there_are(
    world: World, as_person: AsPerson, bank: list[int]
) -> None:
    client = as_person("examiner")

    def said(**typed: str) -> str:
        return client.get("/papers/pool", query_string=typed).text.strip()

    assert said(topic="票务", number="3") == "4 道"
    assert "只有 2 道" in said(topic="票务", difficulty="hard", number="9")
    assert "—" in said()
