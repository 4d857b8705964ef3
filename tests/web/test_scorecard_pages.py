"""Scorecards on pages: who sees what, the editor without script, trying out, files, versions."""

from __future__ import annotations

import io
import json
from typing import Any
from urllib.parse import unquote

import pytest
from bs4 import Tag
from werkzeug.test import TestResponse

from qa import scorecards, starters
from qa.tables import Scorecard

from ..browsing import Client
from ..world import World
from .editing import AsPerson, notices, page, text, told

BASE = "/qa/scorecards"


@pytest.fixture
def lead(as_person: AsPerson) -> Client:
    return as_person("qa_lead")


@pytest.fixture
def key(world: World) -> str:
    """A draft of the starter on refunds, its fee item explained by an article."""
    content = starters.starter("refund").as_json()
    content["sections"][1]["items"][0]["article"] = "refund-fee"
    content["sections"][1]["items"][1]["article"] = "angry-caller"  # for supervisors alone
    with world.work("qa_lead", "qa.scorecard.create") as session:
        at = world.clock()
        return scorecards.create(session, content, world.person("qa_lead").id, at).key


def stored(world: World, key: str) -> Scorecard:
    with world.reading() as session:
        card = scorecards.get(session, key)
        assert card.versions
        return card


def content(world: World, key: str) -> dict[str, Any]:
    return stored(world, key).versions[-1].content


def item(world: World, key: str, place: str) -> dict[str, Any]:
    s, i = (int(part[1:]) for part in place.split("."))
    found = content(world, key)["sections"][s]["items"][i]
    assert isinstance(found, dict)
    return found


def shown(form: Tag) -> dict[str, list[str]]:
    """What a browser would send of a form."""
    sent: dict[str, list[str]] = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        name, kind = str(field["name"]), str(field.get("type", ""))
        if field.get("form") or (kind in ("checkbox", "radio") and not field.has_attr("checked")):
            continue
        if field.name == "textarea":
            value = field.get_text().removeprefix("\n")
        elif field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            value = str(chosen["value"]) if chosen else ""
        else:
            value = str(field.get("value", ""))
        sent.setdefault(name, []).append(value)
    return sent


def send(client: Client, key: str, open: str, act: str = "save", **changed: object) -> TestResponse:
    """The editor with a part open, some fields typed over, a button pressed."""
    form = page(client.get(f"{BASE}/{key}/draft?open={open}")).find(id="editor")
    assert isinstance(form, Tag)
    sent: dict[str, object] = {**shown(form), **changed, "act": act}
    return client.post(f"{BASE}/{key}/draft", data={k: v for k, v in sent.items() if v is not None})


def activate(client: Client, world: World, key: str) -> None:
    saves = stored(world, key).versions[-1].saves
    assert "已启用" in told(
        client, client.post(f"{BASE}/{key}/draft/activation", data={"saves": saves})
    )


# Who sees what


def test_who_scores_or_is_scored_reads_what_is_in_use_and_no_draft(
    world: World, lead: Client, as_person: AsPerson, key: str
) -> None:
    readers = [as_person(who) for who in ("inspector", "agent", "supervisor")]
    for reader in readers:
        assert key not in reader.get(BASE).text
        assert reader.get(f"{BASE}/{key}").status_code == 404
        assert reader.get(f"{BASE}/{key}/versions/1").status_code == 404
    activate(lead, world, key)
    lead.post(f"{BASE}/{key}/drafts", data={"number": 1})
    for reader in readers:
        html = page(reader.get(f"{BASE}/{key}"))
        assert "37.0%" in text(html, ".score-section:nth-of-type(2)")
        assert "只在“客户要办什么”是“退票”或“先问退票，后来改签”时评" in html.get_text()
        assert reader.get(f"{BASE}/{key}/versions/2").status_code == 404
        assert reader.get(f"{BASE}/{key}/draft").status_code == 403
    assert as_person("editor").get(BASE).status_code == 403


def test_an_article_is_named_only_to_who_may_read_it(
    world: World, lead: Client, as_person: AsPerson, key: str
) -> None:
    activate(lead, world, key)
    for path in (f"{BASE}/{key}", f"{BASE}/{key}/versions/1/try"):
        seen = as_person("agent").get(path).text
        assert "退票费怎么收" in seen
        assert "情绪激动" not in seen
        assert "angry-caller" not in seen
        assert "情绪激动" in as_person("supervisor").get(path).text


# Beginning


@pytest.mark.parametrize("begin", [*starters.names(), "blank"])
def test_every_beginning_opens_part_by_part_and_sends_itself_back_unchanged(
    world: World, lead: Client, begin: str
) -> None:
    made = lead.post(BASE, data={"title": f"新的 {begin}", "begin": begin})
    key = unquote(made.location).split("/")[-2]
    before = content(world, key)
    parts = ["form"]
    for s, section in enumerate(before["sections"]):
        parts += [f"s{s}", *(f"s{s}.i{i}" for i in range(len(section["items"])))]
    for part in parts:
        assert send(lead, key, part).status_code == 302
    assert content(world, key) == before
    assert stored(world, key).versions[0].saves == 1


def test_an_empty_list_offers_starters_and_a_name_is_asked_for(lead: Client) -> None:
    assert len(page(lead.get(BASE)).select(".starter form")) == 3
    assert "请写名称" in lead.post(BASE, data={"title": "　", "begin": "blank"}).text


# The editor


def test_every_kind_of_field_of_an_item_is_kept(world: World, lead: Client, key: str) -> None:
    changed = {
        "title": "退票费讲对了",
        "o0.points": "１０",
        "o2.title": "说错了",
        "na": "1",
        "critical": None,
        "fatal": "section",
        "article": "改签怎么办理",
        "note": "以通话当时为准。",
        "check.kind": "required",
    }
    send(lead, key, "s1.i0", **changed)
    send(lead, key, "s1.i0", **{"check.phrases": "退票费｜手续费\r\n票价", "check.first": "30"})
    made = item(world, key, "s1.i0")
    assert made["options"][0]["points"] == 10
    assert made["options"][2] == {"key": "wrong", "title": "说错了", "points": 0, "fails": True}
    assert (made["fatal"], made["na"], made["article"]) == ("section", True, "change-ticket")
    assert "critical" not in made
    assert made["check"] == {
        "kind": "required",
        "phrases": [["退票费", "手续费"], "票价"],
        "first": 30,
    }
    assert "退票费｜手续费；票价" in lead.get(f"{BASE}/{key}/versions/1").text


def test_what_is_wrong_stands_at_its_field_and_forbids_activation(
    world: World, lead: Client, key: str
) -> None:
    send(lead, key, "s1.i0", **{"o0.points": "五分", "o1.points": ""})
    html = page(lead.get(f"{BASE}/{key}/draft?open=s1.i0"))
    assert text(html, "[id='o0.points-error']") == "分数不是数字"
    assert text(html, "[id='o1.points-error']") == "没有填分数"
    assert html.select_one("[id='o0.points']")["value"] == "五分"  # type: ignore[index]
    assert html.select_one("#activate-button[disabled]")
    refused = lead.post(f"{BASE}/{key}/draft/activation", data={"saves": 2})
    assert refused.status_code == 422
    assert "还不能启用" in notices(refused)
    assert stored(world, key).active is None


def test_what_is_wrong_with_a_check_is_said_by_the_label_of_its_field(
    world: World, lead: Client, key: str
) -> None:
    send(lead, key, "s1.i0", **{"check.kind": "silence"})
    send(lead, key, "s1.i0", **{"check.over": "二十", "check.most": "-1"})
    html = page(lead.get(f"{BASE}/{key}/draft?open=s1.i0"))
    assert "超过多久算一次静音” 不是数字" in text(html, "[id='check.over-error']")
    assert html.select_one("[id='check.most'][aria-invalid]")
    send(lead, key, "s1.i0", **{"check.over": "20", "check.most": "1", "check.pass": "right"})
    assert not page(lead.get(f"{BASE}/{key}/draft")).select(".part-remark .status.bad")
    kept = item(world, key, "s1.i0")["check"]
    assert kept == {"kind": "silence", "over": 20, "most": 1, "pass": "right"}


def test_rows_and_parts_are_added_moved_copied_and_removed(
    world: World, lead: Client, key: str
) -> None:
    added = send(lead, key, "s0.i1", "row.add:o")
    assert added.location.endswith("at=o3.title#o3.title")
    send(lead, key, "s0.i1", "row.up:o:3", **{"o3.title": "说不清", "o3.points": "2"})
    keys = [o["key"] for o in item(world, key, "s0.i1")["options"]]
    assert keys == ["all", "some", "a", "none"]
    send(lead, key, "s0.i1", "row.remove:o:0")
    assert item(world, key, "s0.i1")["options"][1]["title"] == "说不清"
    moved = send(lead, key, "s0.i1", "down:s0.i1", title="移动着改")
    assert "open=s1.i0" in moved.location
    assert item(world, key, "s1.i0")["title"] == "移动着改"
    send(lead, key, "s1.i0", "copy:s1.i0")
    assert item(world, key, "s1.i1")["title"] == "移动着改（副本）"
    send(lead, key, "s1.i1", "remove:s1.i1")
    send(lead, key, "form", "row.add:b")
    assert len(content(world, key)["bands"]) == 3
    assert "open=s3" in send(lead, key, "", "add-section").location
    send(lead, key, "s3", "remove:s3")
    assert len(content(world, key)["sections"]) == 3


def test_a_condition_is_built_row_by_row(world: World, lead: Client, key: str) -> None:
    send(lead, key, "s2.i0", "when.add:w")
    assert "条件没有填完" in lead.get(f"{BASE}/{key}/draft?open=s2.i0").text
    send(lead, key, "s2.i0", **{"w.0.item": "kind"})
    send(lead, key, "s2.i0", "when.group:w", **{"w.0.in": ["refund", "both"]})
    send(lead, key, "s2.i0", **{"w.1.0.item": "fee", "w.1.1.item": "limits"})
    send(lead, key, "s2.i0", **{"w.1.0.in": ["right"], "w.1.1.in": ["right"]})
    assert item(world, key, "s2.i0")["when"] == {
        "all": [
            {"item": "kind", "in": ["refund", "both"]},
            {"any": [{"item": "fee", "in": ["right"]}, {"item": "limits", "in": ["right"]}]},
        ]
    }
    asks = page(lead.get(f"{BASE}/{key}/draft")).select_one("[value='remove:s1.i0']")
    assert asks is not None
    assert "提醒了更省钱的办法”的条件问到“退票费讲得对”" in str(asks["data-confirm"])
    send(lead, key, "s2.i0", "when.remove:w.1")
    assert item(world, key, "s2.i0")["when"] == {"item": "kind", "in": ["refund", "both"]}


def test_another_kind_and_back_loses_no_options(world: World, lead: Client, key: str) -> None:
    before = item(world, key, "s0.i1")
    send(lead, key, "s0.i1", kind="number")
    html = lead.get(f"{BASE}/{key}/draft?open=s0.i1").text
    assert "3 个选项还留着" in html
    send(lead, key, "s0.i1", kind="choice")
    send(lead, key, "s0.i1", "unused")
    assert item(world, key, "s0.i1") == before


@pytest.mark.both_databases
def test_what_was_typed_over_a_newer_draft_stays_and_can_be_saved_over_it(
    world: World, lead: Client, as_person: AsPerson, key: str
) -> None:
    """Even where the other one has moved the item away."""
    form = page(lead.get(f"{BASE}/{key}/draft?open=s0.i1")).find(id="editor")
    assert isinstance(form, Tag)
    typed = {**shown(form), "title": ["后写的"], "act": ["save"]}
    send(as_person("administrator"), key, "", "up:s0.i1")
    stale = lead.post(f"{BASE}/{key}/draft", data=typed)
    assert stale.status_code == 409
    assert "没有丢" in notices(stale)
    again = page(stale).find(id="editor")
    assert isinstance(again, Tag)
    assert again.select_one("[name=open]")["value"] == "s0.i0"  # type: ignore[index]
    assert item(world, key, "s0.i0")["title"] != "后写的"
    assert lead.post(f"{BASE}/{key}/draft", data=shown(again) | {"act": "save"}).status_code == 302
    assert item(world, key, "s0.i0")["title"] == "后写的"


@pytest.mark.parametrize(
    "act",
    [
        *(
            "",
            "x",
            "up:s9",
            "up:s0.i99",
            "row.up:o:99",
            "row.add:z",
            "when.add:w.9.9",
            "open:s9.i9",
        ),
        *("case.remove:99", "copy:s99", "remove:", "add-item:s7", "close", "unused", "open:../x"),
    ],
)
def test_a_button_that_is_not_there_does_nothing(
    world: World, lead: Client, key: str, act: str
) -> None:
    before = content(world, key)
    assert send(lead, key, "s1.i0", act).status_code == 302
    assert content(world, key) == before


def test_strange_forms_are_no_errors(world: World, lead: Client, key: str) -> None:
    for sent in (
        {"open": "s1.i0", "o.n": "9999", "r.n": "-1", "w.n": "x", "kind": "🙂" * 50},
        {"open": "s1.i0", "title": "长" * 3000, "o.n": "１", "o0.points": "1e400"},
        {"open": "form", "title": "", "mode": "none", "b.n": "3"},
        {"open": "s0", "key": "", "title": "🙂", "weight": "-1"},
    ):
        saves = stored(world, key).versions[-1].saves
        response = lead.post(f"{BASE}/{key}/draft", data={**sent, "saves": saves})
        assert response.status_code in (302, 422)
        assert lead.get(f"{BASE}/{key}/draft?open={sent['open']}").status_code == 200
    long = {"open": "form", "title": "长" * 201, "mode": "points"}
    saves = stored(world, key).versions[-1].saves
    refused = lead.post(f"{BASE}/{key}/draft", data={**long, "saves": saves})
    assert refused.status_code == 422
    assert "长" * 201 in refused.text


# Trying out


REFUND = {
    "answer.kind": "refund",
    "answer.confirmed": "all",
    "answer.fee": "wrong",
    "answer.money": "na",
    "answer.saved": "no",
}


def test_a_try_out_is_scored_as_it_will_be_and_kept_as_a_case(
    world: World, lead: Client, key: str
) -> None:
    url = f"{BASE}/{key}/versions/1/try"
    part = lead.post(url, data=REFUND, headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert text(page(part), ".mark-total .n") == "0.00"
    assert "不计致命项：23.08" in part.text
    some = lead.post(url, data={"answer.kind": "refund"}, headers={"HX-Request": "true"})
    assert "还有 4 项没有评" in some.text
    case = {**REFUND, "name": "退票费说错", "saves": 1}
    assert "已存为用例" in told(lead, lead.post(f"{BASE}/{key}/draft/cases", data=case))
    kept = content(world, key)["cases"][-1]
    assert kept["answers"]["money"] == "na"
    assert (kept["expect"]["raw"], kept["expect"]["reported"]) == (23.08, 0)
    assert kept["expect"]["failed"] == ["fee"]
    again = lead.post(f"{BASE}/{key}/draft/cases", data={**case, "saves": 2})
    assert "请换一个名字" in notices(again)
    assert page(again).select_one("[data-item=money] [value=na][checked]")


def test_a_case_that_expects_otherwise_is_shown_failing_with_the_difference(
    world: World, lead: Client, key: str
) -> None:
    case = {**REFUND, "name": "不该清零", "wanted": "23.08", "saves": 1}
    lead.post(f"{BASE}/{key}/draft/cases", data=case)
    html = page(lead.get(f"{BASE}/{key}/draft"))
    assert "reported 应为 23.08，实为 0.0" in text(html, "#cases")
    assert html.select_one("#activate-button[disabled]")
    send(lead, key, "", "case.remove:4")
    assert not page(lead.get(f"{BASE}/{key}/draft")).select_one("#activate-button[disabled]")


def test_without_script_the_whole_page_comes_back_with_what_was_marked(
    lead: Client, key: str
) -> None:
    html = page(lead.post(f"{BASE}/{key}/versions/1/try", data={"answer.kind": "change"}))
    assert html.select_one("[data-item=kind] [value=change][checked]")
    assert html.select_one("[data-item=fee][data-hidden]")
    assert "没有作答" in text(html, "[data-item=limits] .mark-fault")


# Files, versions, the end


def test_a_file_goes_out_and_comes_back_the_same(world: World, lead: Client, key: str) -> None:
    out = lead.get(f"{BASE}/{key}/versions/1/file")
    assert json.loads(out.data) == content(world, key)
    before = content(world, key)
    send(lead, key, "form", title="改过的")
    back = {"file": (io.BytesIO(out.data), "r.json"), "saves": 2}
    assert "已换成" in told(lead, lead.post(f"{BASE}/{key}/draft/file", data=back))
    assert content(world, key) == before
    stale = {"file": (io.BytesIO(out.data), "r.json"), "saves": 1}
    assert lead.post(f"{BASE}/{key}/draft/file", data=stale).status_code == 422
    made = lead.post(BASE, data={"begin": "file", "file": (io.BytesIO(out.data), "r.json")})
    assert made.status_code == 302


def test_every_fault_of_a_file_is_listed_at_its_place(world: World, lead: Client, key: str) -> None:
    wrong = starters.starter("refund").as_json()
    wrong["mode"] = "毫无"
    del wrong["sections"][1]["items"][0]["options"][1]["points"]
    sent = {"file": (io.BytesIO(json.dumps(wrong).encode()), "r.json"), "saves": 1}
    refused = lead.post(f"{BASE}/{key}/draft/file", data=sent)
    rows = [row.get_text(" ", strip=True) for row in page(refused).select("tbody tr")]
    assert len(rows) == 2
    assert "sections[1].items[0].options[1].points" in rows[1]
    assert "退票费讲得对" in rows[1]
    assert stored(world, key).versions[0].saves == 1
    for content_ in (b"", b"{", b"[]", b"\xff\xfe", b"[" * 9000, b'{"title":"\\ud800"}'):
        sent = {"begin": "file", "file": (io.BytesIO(content_), "r.json")}
        assert lead.post(BASE, data=sent).status_code == 422


@pytest.mark.both_databases
def test_versions_are_compared_restored_and_taken_out_of_use(
    world: World, lead: Client, key: str
) -> None:
    activate(lead, world, key)
    lead.post(f"{BASE}/{key}/drafts", data={"number": 1})
    send(lead, key, "s1", weight="3", title="答复")
    compared = lead.get(f"{BASE}/{key}/comparison")
    assert "weight 由 2 改为 3" in compared.text
    assert "不放在一起平均" in notices(compared)
    unseen = lead.post(f"{BASE}/{key}/drafts", data={"number": 1, "saves": 1})
    assert "没有替换" in told(lead, unseen)
    assert content(world, key)["sections"][1]["weight"] == 3
    lead.post(f"{BASE}/{key}/draft/removal", data={"saves": 2})
    assert len(stored(world, key).versions) == 1
    lead.post(f"{BASE}/{key}/retirement")
    assert lead.post(f"{BASE}/{key}/retirement").status_code == 409
    assert "已停用" in lead.get(f"{BASE}/{key}").text
    lead.post(f"{BASE}/{key}/revival")
    assert "在用" in lead.get(f"{BASE}/{key}").text
    assert lead.get(f"{BASE}/{key}/versions/99").status_code == 404
    assert lead.get(f"{BASE}/no-such").status_code == 404


def test_the_field_of_an_article_suggests_titles_as_one_types(lead: Client) -> None:
    found = lead.get(f"{BASE}/articles?article=退票").text
    assert '<option value="refund-fee">退票费怎么收</option>' in found
    assert lead.get(f"{BASE}/articles?article=").text.strip() == ""
