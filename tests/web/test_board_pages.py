"""The message board through its pages: real names, rights, restricted links, points."""

from __future__ import annotations

import csv
import io

import pytest

from kb import articles, board
from kb.board import Post, Thread

from ..world import World
from .editing import AsPerson, page, told

ASKED = {"title": "开车前一天退多少", "body": "旅客明早走。"}


def thread(as_person: AsPerson, who: str = "other_agent", **more: str) -> int:
    answer = as_person(who).post("/board", data={**ASKED, **more})
    assert answer.status_code == 302, answer.text
    return int(answer.location.rpartition("/")[2])


def reply(as_person: AsPerson, id: int, body: str, who: str = "agent") -> None:
    assert as_person(who).post(f"/board/{id}/answers", data={"body": body}).status_code == 302


def posts(world: World, id: int) -> list[Post]:
    with world.reading() as session:
        return list(board.get(session, id).posts)


@pytest.mark.both_databases
def test_a_question_is_asked_answered_and_the_best_chosen_under_real_names(
    world: World, as_person: AsPerson
) -> None:
    id = thread(as_person)
    reply(as_person, id, "票价的10%。")
    reply(as_person, id, "看条目。", "supervisor")
    second = posts(world, id)[1].id
    assert as_person("supervisor").post(f"/board/posts/{second}/best").status_code == 403
    asker = as_person("other_agent")
    assert "已选为最佳回答" in told(asker, asker.post(f"/board/posts/{second}/best"))
    shown = asker.get(f"/board/{id}")
    best = page(shown).select_one(".post.best")
    assert best is not None
    assert "周小禾" in best.get_text()
    assert "林知夏" in shown.text
    assert "已有最佳回答" in as_person("editor").get("/board?show=answered").text


def test_a_link_to_a_restricted_article_is_shown_only_to_who_may_read_it(
    world: World, as_person: AsPerson
) -> None:
    id = thread(
        as_person,
        "supervisor",
        title="见 /articles/angry-caller 第一条",
        body="按 https://kb.example/articles/angry-caller?start=1 办，<b>别忘</b>。",
        article="angry-caller",
    )
    for url in (f"/board/{id}", "/board", "/board?q=别忘"):
        seen = as_person("supervisor").get(url).text
        assert "《情绪激动旅客的升级处理》" in seen
        unseen = as_person("agent").get(url).text
        assert "情绪激动" not in unseen
        assert "angry-caller" not in unseen
        assert "看不到的文章" in unseen
    assert "&lt;b&gt;别忘&lt;/b&gt;" in as_person("agent").get(f"/board/{id}").text


def test_an_article_one_may_not_read_cannot_be_asked_about(
    world: World, as_person: AsPerson
) -> None:
    id = thread(as_person, "agent", article="angry-caller", category="中心管理")
    with world.reading() as session:
        found = session.get_one(Thread, id)
        assert found.article_id is None
        assert found.category is None or found.category.path == "中心管理"


@pytest.mark.both_databases
def test_one_edits_ones_own_and_the_old_words_stay(world: World, as_person: AsPerson) -> None:
    id = thread(as_person)
    reply(as_person, id, "票价的20%。")
    answer = posts(world, id)[1].id
    url = f"/board/posts/{answer}/text"
    assert as_person("other_agent").post(url, data={"body": "我改你的"}).status_code == 403
    agent = as_person("agent")
    assert agent.post(url, data={"body": "票价的10%。", "version": "1"}).status_code == 302
    again = agent.post(url, data={"body": "第三稿", "version": "1"})
    assert again.status_code == 409
    assert "第三稿" in again.text
    old = page(agent.get(f"/board/{id}")).select_one(".old-text")
    assert old is not None
    assert "票价的20%。" in old.get_text()


@pytest.mark.both_databases
def test_a_hidden_answer_is_seen_by_its_author_and_moderators_with_the_reason(
    world: World, as_person: AsPerson
) -> None:
    id = thread(as_person)
    reply(as_person, id, "旅客电话我记在这里")
    answer = posts(world, id)[1].id
    url = f"/board/posts/{answer}/hiding"
    assert as_person("supervisor").post(url, data={"reason": "x"}).status_code == 403
    editor = as_person("editor")
    assert editor.post(url, data={"reason": ""}).status_code == 422
    assert "已隐藏" in told(editor, editor.post(url, data={"reason": "有个人信息"}))
    assert "有个人信息" in as_person("agent").get(f"/board/{id}").text
    shown = as_person("other_agent").get(f"/board/{id}").text
    assert "记在这里" not in shown
    assert "记在这里" not in as_person("other_agent").get("/board?q=旅客电话").text
    question = posts(world, id)[0].id
    editor.post(f"/board/posts/{question}/hiding", data={"reason": "重复"})
    assert as_person("agent").get(f"/board/{id}").status_code == 404
    assert editor.get(f"/board/{id}").status_code == 200
    editor.post(f"/board/posts/{question}/hiding/removal")
    assert as_person("agent").get(f"/board/{id}").status_code == 200


@pytest.mark.both_databases
def test_a_good_answer_becomes_one_draft_with_its_source_and_audience(
    world: World, as_person: AsPerson
) -> None:
    id = thread(as_person, "agent", article="team-one-duty", title="周日谁值班")
    reply(as_person, id, "打010-5555-0101。", "supervisor")
    answer = posts(world, id)[1].id
    assert as_person("agent").post(f"/board/posts/{answer}/draft").status_code == 403
    editor = as_person("editor")
    first = editor.post(f"/board/posts/{answer}/draft")
    assert editor.post(f"/board/posts/{answer}/draft").location == first.location
    with world.reading() as session:
        draft = articles.get(session, "周日谁值班").draft
        assert draft is not None
        assert (draft.title, draft.body) == ("周日谁值班", "打010-5555-0101。")
        assert list(draft.audiences) == ["票务一组"]
        assert draft.data["source"]["kind"] == "board"
        assert draft.data["source"]["thread"] == id
    assert "已写成文章" in editor.get(f"/board/{id}").text
    assert editor.post(f"/board/posts/{posts(world, id)[0].id}/draft").status_code == 409


@pytest.mark.both_databases
def test_points_are_given_once_summed_by_month_and_exported(
    world: World, as_person: AsPerson
) -> None:
    id = thread(as_person)
    reply(as_person, id, "票价的10%。")
    answer = posts(world, id)[1].id
    lead, url = as_person("supervisor"), f"/board/posts/{answer}/points"
    form = {"points": "3", "sort": "quality", "reason": "依据准确", "token": "abc"}
    assert as_person("agent").post(url, data=form).status_code == 403
    for bad in (
        {"points": "300"},
        {"points": "三"},
        {"points": "-1"},
        {"reason": ""},
        {"sort": "x"},
    ):
        assert lead.post(url, data=form | bad | {"token": ""}).status_code == 422, bad
    for _ in range(2):
        assert lead.post(url, data=form).status_code == 302
    ledger = lead.get("/board/points").text
    assert "依据准确" in ledger
    assert "依据准确" in as_person("agent").get("/mine").text
    text = lead.get("/board/points.csv?month=2026-11").text.removeprefix("\ufeff")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[1:] == [["2026-11", "1001", "周小禾", "票务一组", "3", "0", "3", "1"]]
    assert "冲正" in told(lead, lead.post("/board/points/1/correction", data={"reason": "给错"}))
    assert "已经冲正过" in told(
        lead, lead.post("/board/points/1/correction", data={"reason": "给错"})
    )
    again = lead.get("/board/points.csv").text
    assert "1001,周小禾,票务一组,0,0,0,2" in again
    assert "还没有加分" in lead.get("/board/points?month=2026-10").text
    assert lead.get("/board/points?month=９９９９-99").status_code == 200


def test_the_board_pages_and_finds_in_either_script(as_person: AsPerson) -> None:
    for n in range(21):
        thread(as_person, title=f"第{n}个问题 退票", body="详情")
    agent = as_person("agent")
    assert "共 22 个提问" in agent.get("/board").text
    assert len(page(agent.get("/board?page=2")).select(".threads > li")) == 2
    assert "共 21 个提问" in agent.get("/board?q=第退票個問題").text
    assert "没有找到" in agent.get("/board?q=宠物").text
    assert agent.get("/board?page=99999999999&show=x").status_code == 200


def test_what_cannot_be_posted_is_kept_in_the_form(as_person: AsPerson) -> None:
    agent = as_person("agent")
    answer = agent.post("/board", data={"title": " ", "body": "写了半天的细节"})
    assert answer.status_code == 422
    assert "写了半天的细节" in answer.text
    assert agent.post("/board/1/answers", data={"body": " "}).status_code == 422
    assert agent.post("/board/4711/answers", data={"body": "有"}).status_code == 404
