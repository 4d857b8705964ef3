"""Writing one article: the form, two editors at once, publishing, retiring."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup, Tag

from kb.models import PUBLISHED
from kb.records import Record

from ..browsing import Client
from ..world import BEIJING, REFUND, World
from .editing import AsPerson, count, errors, page, record, shown, told, typed


@pytest.fixture
def editor(as_person: AsPerson) -> Client:
    """Writes, imports and exports, may not publish."""
    return as_person("editor")


@pytest.fixture
def reviewer(as_person: AsPerson) -> Client:
    """Writes and publishes, may not import."""
    return as_person("reviewer")


# Writing


def test_a_new_article_begins_as_a_draft(world: World, editor: Client) -> None:
    response = editor.post(
        "/edit/articles", data=typed(key="student", tags="学生、优惠", note="新规")
    )
    assert "草稿已保存" in told(editor, response)
    draft = world.article("student").latest
    assert (draft.state, draft.version, draft.note) == ("draft", 1, "新规")
    assert draft.tags == ["学生", "优惠"]
    assert draft.author_id == world.person("editor").id


def test_without_a_key_the_title_makes_one(world: World, editor: Client) -> None:
    response = editor.post("/edit/articles", data=typed(title="退票/改签 怎么办？"))
    assert response.status_code == 302
    assert world.article("退票-改签-怎么办").latest.title == "退票/改签 怎么办？"


def test_two_articles_of_one_title_get_two_keys(world: World, editor: Client) -> None:
    editor.post("/edit/articles", data=typed(body="一"))
    editor.post("/edit/articles", data=typed(body="二"))
    assert world.article("学生票一年几次").latest.body == "一"
    assert world.article("学生票一年几次-2").latest.body == "二"


def test_sent_twice_an_article_is_made_once(world: World, editor: Client) -> None:
    before = count(world)
    first = editor.post("/edit/articles", data=typed())
    second = editor.post("/edit/articles", data=typed())
    assert first.location == second.location
    assert count(world) == before + 1


def test_a_key_in_use_is_refused_and_nothing_typed_is_lost(editor: Client) -> None:
    response = editor.post("/edit/articles", data=typed(key="refund-fee", body="我写的正文"))
    assert "已经有文章在用" in errors(response)
    assert "我写的正文" in response.text


@pytest.mark.parametrize("key", ["a/b", "..", "a\\b", "a\tb", "字" * 201, "a\u2028b"])
def test_a_key_no_address_could_carry_is_refused(editor: Client, key: str) -> None:
    assert "编号" in errors(editor.post("/edit/articles", data=typed(key=key)))


def test_what_was_shown_and_sent_back_unchanged_changes_nothing(
    world: World, editor: Client
) -> None:
    """Line ends, seconds of times, unknown fields and odd labels survive the form."""
    odd = Record(
        "odd",
        '全角　空格 "引号" <尖> 𠮷',
        "\n\n第一行\n\n    缩进\n末行  \n",
        kind="regulation",
        category="票务/退票",
        tags=("C、D", "一般"),
        questions=("儿童票、学生票怎么退；要证件吗", "第二问"),
        audiences=("班长", "不在名单上的", "a,b"),
        effective_from=datetime(2026, 1, 2, 3, 4, 5, 678901, UTC),
        effective_to=datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC),
        must_sign=True,
        data={"来源": {"页": [1, 2]}},
    )
    world.publish(odd)
    response = editor.post("/edit/articles/odd/draft", data=shown(editor.get("/edit/articles/odd")))
    assert "没有改动" in told(editor, response)
    assert world.article("odd").draft is None


def test_unknown_fields_are_kept_through_an_edit(world: World, editor: Client) -> None:
    world.publish(Record("imported", "标题", "正文", data={"来源": "旧系统", "号": 7}))
    sent = shown(editor.get("/edit/articles/imported")) | {"title": "新标题"}
    editor.post("/edit/articles/imported/draft", data=sent)
    draft = world.article("imported").draft
    assert draft is not None
    assert (draft.title, draft.data) == ("新标题", {"来源": "旧系统", "号": 7})


def test_line_ends_of_browsers_become_plain_ones(world: World, editor: Client) -> None:
    editor.post(
        "/edit/articles", data=typed(key="crlf", body="一\r\n二\r三\n", questions="甲\r\n\r\n乙")
    )
    latest = world.article("crlf").latest
    assert (latest.body, latest.questions) == ("一\n二\n三\n", ["甲", "乙"])


def test_characters_of_every_plane_are_kept(world: World, editor: Client) -> None:
    text = "𠮷野 👩\u200d👩\u200d👧 \U0010fffd 繁體"
    editor.post("/edit/articles", data=typed(key="planes", body=text, tags=text))
    latest = world.article("planes").latest
    assert latest.body == text
    assert latest.tags == [text]


@pytest.mark.parametrize("field", ["title", "body", "tags", "questions", "category", "key", "note"])
def test_nul_is_refused_beside_its_field(world: World, editor: Client, field: str) -> None:
    before = count(world)
    assert "控制字符" in errors(editor.post("/edit/articles", data=typed(**{field: "a\0b"})))
    assert count(world) == before


def test_a_body_too_long_is_refused_and_kept_on_the_page(editor: Client) -> None:
    response = editor.post(
        "/edit/articles", data=typed(body="字" * 200_001), content_type="multipart/form-data"
    )
    assert "正文最长" in errors(response)
    assert "字" * 200_001 in response.text


def test_the_longest_body_goes_through_in_any_script(world: World, editor: Client) -> None:
    body = "𠮷" * 200_000
    response = editor.post(
        "/edit/articles", data=typed(key="long", body=body), content_type="multipart/form-data"
    )
    assert response.status_code == 302
    assert world.article("long").latest.body == body


def test_a_flood_is_refused(editor: Client) -> None:
    response = editor.post(
        "/edit/articles",
        data=typed(body="x" * (3 * 1024 * 1024)),
        content_type="multipart/form-data",
    )
    assert response.status_code == 413


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"title": " "}, "请填写标题"),
        ({"body": "\r\n "}, "请填写正文"),
        ({"kind": "poem"}, "没有“poem”这种类型"),
        ({"category": "a/b/c/d/e/f/g"}, "最多6级"),
        ({"tags": "、".join(map(str, range(51)))}, "最多50个"),
        ({"note": "长" * 501}, "修改说明最长500个字"),
        ({"effective_from": "明天"}, "不是时间"),
        ({"effective_from": "2026-02-30T10:00"}, "不是时间"),
        ({"effective_to": "0001-01-01T00:00"}, "不是时间"),
        ({"effective_to": "9999-12-31T23:59"}, "不是时间"),
        ({"effective_from": "2026-12-02T00:00", "effective_to": "2026-12-01T00:00"}, "要晚于"),
    ],
)
def test_what_cannot_be_kept_is_told_beside_its_field(
    world: World, editor: Client, changed: dict[str, str], sentence: str
) -> None:
    before = count(world)
    response = editor.post("/edit/articles", data=typed(**changed))
    assert sentence in errors(response)
    for value in changed.values():
        assert value.strip() in page(response).decode(formatter=None)
    assert count(world) == before


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-01T08:30",
        "2026-12-01 08:30",
        "２０２６－１２－０１　０８：３０",
        "2026年12月1日 8:30",
        "2026/12/1 8:30",
        "2026-12-01T00:30+00:00",
    ],
)
def test_times_are_read_as_people_write_them_in_china(
    world: World, editor: Client, text: str
) -> None:
    editor.post("/edit/articles", data=typed(key="timed", effective_from=text))
    begins = world.article("timed").latest.effective_from
    assert begins == datetime(2026, 12, 1, 8, 30, tzinfo=BEIJING)
    field = page(editor.get("/edit/articles/timed")).find(id="effective_from")
    assert isinstance(field, Tag)
    assert field["value"] == "2026-12-01T08:30"


def test_roles_and_teams_are_offered_and_what_is_there_stays(world: World, editor: Client) -> None:
    world.publish(Record("aud", "标题", "正文", audiences=("夜班", "票务一组")))
    boxes = page(editor.get("/edit/articles/aud")).select("[name=audiences]")
    offered = {str(box["value"]): box.has_attr("checked") for box in boxes}
    assert offered["夜班"]
    assert offered["票务一组"]
    assert offered["座席"] is False
    assert offered["票务二组"] is False


# Two editors at once


def test_a_save_over_a_newer_draft_shows_both_and_a_way_on(
    world: World, editor: Client, reviewer: Client
) -> None:
    mine = shown(editor.get("/edit/articles/refund-fee")) | {"body": "我写的退票规定"}
    theirs = shown(reviewer.get("/edit/articles/refund-fee")) | {"body": "别人写的退票规定"}
    assert reviewer.post("/edit/articles/refund-fee/draft", data=theirs).status_code == 302
    response = editor.post("/edit/articles/refund-fee/draft", data=mine)
    assert response.status_code == 409
    found = page(response)
    assert found.find(id="body").get_text().strip() == "我写的退票规定"  # type: ignore[union-attr]
    newer = found.select_one(".newer")
    assert newer is not None
    assert "陆明审" in newer.get_text()
    assert "别人" in "".join(x.get_text() for x in newer.select(".changes del"))
    assert newer.select_one('a[href="/edit/articles/refund-fee"]')
    assert found.find(id="article").has_attr("data-draft-failed")  # type: ignore[union-attr]
    assert world.article("refund-fee").latest.body == "别人写的退票规定"

    again = editor.post("/edit/articles/refund-fee/draft", data=shown(response))
    assert again.status_code == 302
    assert world.article("refund-fee").latest.body == "我写的退票规定"


def test_a_draft_published_meanwhile_is_a_conflict_too(
    world: World, editor: Client, reviewer: Client
) -> None:
    mine = shown(editor.get("/edit/articles/draft-luggage")) | {"title": "行李"}
    sent = shown(reviewer.get("/edit/articles/draft-luggage"))
    reviewer.post("/edit/articles/draft-luggage/publication", data=sent)
    response = editor.post("/edit/articles/draft-luggage/draft", data=mine)
    assert response.status_code == 409
    assert "已经发布了第 1 版" in response.text


def test_the_same_save_sent_twice_is_no_conflict(world: World, editor: Client) -> None:
    sent = shown(editor.get("/edit/articles/refund-fee")) | {"title": "退票费"}
    for _ in range(2):
        assert editor.post("/edit/articles/refund-fee/draft", data=sent).status_code == 302
    draft = world.article("refund-fee").draft
    assert draft is not None
    assert draft.version == 1


def test_a_conflict_publishes_nothing(world: World, reviewer: Client, editor: Client) -> None:
    mine = shown(reviewer.get("/edit/articles/refund-fee")) | {"title": "我的"}
    theirs = shown(editor.get("/edit/articles/refund-fee")) | {"title": "别人的"}
    editor.post("/edit/articles/refund-fee/draft", data=theirs)
    response = reviewer.post("/edit/articles/refund-fee/publication", data=mine)
    assert response.status_code == 409
    assert len(world.article("refund-fee").published) == 1


# Publishing and retiring


def test_publishing_saves_the_form_first_in_one_step(world: World, reviewer: Client) -> None:
    sent = shown(reviewer.get("/edit/articles/refund-fee")) | {"title": "退票手续费"}
    response = reviewer.post("/edit/articles/refund-fee/publication", data=sent)
    assert "已发布第 2 版，座席现在就能看到" in told(reviewer, response)
    latest = world.article("refund-fee").latest
    assert (latest.title, latest.state) == ("退票手续费", PUBLISHED)
    assert latest.published_by == world.person("reviewer").id


def test_a_text_with_a_date_says_when_it_begins(reviewer: Client) -> None:
    sent = shown(reviewer.get("/edit/articles/refund-fee")) | {"effective_from": "2026-12-01T08:00"}
    response = reviewer.post("/edit/articles/refund-fee/publication", data=sent)
    assert "2026-12-01 08:00 起生效" in told(reviewer, response)


def test_publishing_with_a_mistake_in_the_form_publishes_nothing(
    world: World, reviewer: Client
) -> None:
    sent = shown(reviewer.get("/edit/articles/draft-luggage")) | {"effective_to": "以后"}
    assert errors(reviewer.post("/edit/articles/draft-luggage/publication", data=sent))
    assert world.article("draft-luggage").published == []


def test_published_twice_is_said_and_done_once(world: World, reviewer: Client) -> None:
    sent = shown(reviewer.get("/edit/articles/draft-luggage"))
    reviewer.post("/edit/articles/draft-luggage/publication", data=sent)
    response = reviewer.post("/edit/articles/draft-luggage/publication", data=sent)
    assert "没有待发布的草稿" in told(reviewer, response)
    assert len(world.article("draft-luggage").revisions) == 1


def test_retiring_and_coming_back(world: World, reviewer: Client, as_person: AsPerson) -> None:
    agent = as_person("agent")
    assert "已停用" in told(reviewer, reviewer.post("/edit/articles/refund-fee/retirement"))
    assert agent.get("/articles/refund-fee").status_code == 404
    response = reviewer.post("/edit/articles/refund-fee/publication", data={"version": "0"})
    assert "座席现在就能看到" in told(reviewer, response)
    assert agent.get("/articles/refund-fee").status_code == 200


def test_a_draft_that_was_not_seen_is_not_published(
    world: World, reviewer: Client, editor: Client
) -> None:
    editor.post(
        "/edit/articles/draft-luggage/draft",
        data=shown(editor.get("/edit/articles/draft-luggage")) | {"title": "改过"},
    )
    response = reviewer.post("/edit/articles/draft-luggage/publication", data={"version": "1"})
    assert "又改过" in told(reviewer, response)
    assert world.article("draft-luggage").published == []


def test_a_draft_can_be_thrown_away(world: World, editor: Client) -> None:
    sent = shown(editor.get("/edit/articles/refund-fee")) | {"title": "不要了"}
    editor.post("/edit/articles/refund-fee/draft", data=sent)
    response = editor.post("/edit/articles/refund-fee/draft/removal", data={"version": "1"})
    assert "已发布的各版不受影响" in told(editor, response)
    assert record(world, "refund-fee") == REFUND


def test_a_draft_changed_meanwhile_is_not_thrown_away(world: World, editor: Client) -> None:
    sent = shown(editor.get("/edit/articles/draft-luggage")) | {"title": "改过"}
    editor.post("/edit/articles/draft-luggage/draft", data=sent)
    response = editor.post("/edit/articles/draft-luggage/draft/removal", data={"version": "1"})
    assert "又改过" in told(editor, response)
    assert world.article("draft-luggage").latest.title == "改过"


@pytest.mark.both_databases
def test_an_article_never_published_goes_with_its_draft(world: World, editor: Client) -> None:
    response = editor.post("/edit/articles/draft-luggage/draft/removal", data={"version": "1"})
    assert response.location == "/edit"
    assert "一起删去了" in told(editor, response)
    again = editor.post("/edit/articles/draft-luggage/draft/removal", data={"version": "1"})
    assert again.status_code == 404


# Preview


def test_the_preview_is_the_set_text(editor: Client) -> None:
    response = editor.post(
        "/edit/preview", data={"body": "> [!例外]\r\n> 全额退"}, headers={"HX-Request": "true"}
    )
    aside = page(response).select_one('aside.callout[data-kind="例外"]')
    assert aside is not None
    assert "<html" not in response.text


def test_the_preview_takes_no_markup_of_ours(editor: Client) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>[x](javascript:alert(1))"
    text = editor.post("/edit/preview", data={"body": evil}, headers={"HX-Request": "true"}).text
    assert "<script" not in text
    assert not page_has_handler(text)


def page_has_handler(text: str) -> bool:
    found = BeautifulSoup(text, "lxml")
    return any(
        name.startswith("on") or "javascript:" in str(value)
        for tag in found.find_all()
        for name, value in tag.attrs.items()
    )


def test_without_script_the_page_comes_back_with_everything_typed(editor: Client) -> None:
    sent = shown(editor.get("/edit/articles/refund-fee")) | {
        "body": "## 新的小标题",
        "title": "没存",
    }
    response = editor.post("/edit/preview", data=sent)
    found = page(response)
    assert found.select_one("#preview h2").get_text() == "新的小标题"  # type: ignore[union-attr]
    assert found.find(id="title")["value"] == "没存"  # type: ignore[index]
    assert found.find(id="article")["action"] == "/edit/articles/refund-fee/draft"  # type: ignore[index]
