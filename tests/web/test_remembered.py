"""What somebody once used is named to them only while it is for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kb import articles, signing
from kb.articles import Edit
from web import accounts
from web.evidence import recalls
from web.signing import reader_of

from ..world import CAST, REFUND, World
from .editing import AsPerson

TEAM = ("票务一组",)
RULE = replace(REFUND, key="team-rule", title="组内退票口径", audiences=TEAM, must_sign=True)


@pytest.fixture
def moved(world: World, as_person: AsPerson) -> World:
    """The agent opened, reported on and signed their team's rule, it was withdrawn as wrong, and
    they left the team; now a new text of it is for everyone."""
    world.publish(RULE)
    agent = as_person("agent")
    agent.get(f"/articles/{RULE.key}")
    agent.post(f"/articles/{RULE.key}/reports", data={"quote": "不收退票费", "reason": "不对"})
    with world.work("agent", "signing.sign") as session:
        me = reader_of(world.person("agent"))
        text = signing.to_sign(session, me, world.clock(), RULE.key)
        signing.sign(session, me, RULE.key, signing.text_hash(text), [], world.clock())
    world.clock.forward(minutes=5)
    with world.work("reviewer", "kb.publish") as session:
        article = articles.get(session, RULE.key)
        edit = Edit(world.person("reviewer").id, world.clock())
        recalls.recall(session, article.latest, edit.by, edit.at)
        open_ = replace(RULE, title="退票口径", body="人人适用的新口径。", audiences=())
        articles.put(session, open_, edit, publish_it=True)
    with world.work(doing="people.edit") as session:
        person = accounts.get_person(session, CAST["agent"].number)
        person.team = accounts.ensure_team(session, "票务二组")
    return world


@pytest.mark.parametrize("address", ["/", "/recalls", "/pulse"])
def test_a_recall_does_not_name_a_text_of_the_team_one_left(
    moved: World, as_person: AsPerson, address: str
) -> None:
    told = as_person("agent").get(address).text
    assert "一篇您现在看不到的文章" in told
    assert RULE.title not in told


def test_a_receipt_does_not_name_a_text_of_the_team_one_left(
    moved: World, as_person: AsPerson
) -> None:
    receipts = as_person("agent").get("/signing").text
    assert "现在看不到的文章" in receipts
    assert RULE.title not in receipts


def test_one_s_own_report_does_not_quote_a_text_of_the_team_one_left(
    moved: World, as_person: AsPerson
) -> None:
    mine = as_person("agent").get("/mine").text
    assert "退票口径" in mine
    assert "不收退票费" not in mine


def test_what_changed_since_a_signature_shows_nothing_of_the_team_one_left(
    moved: World, as_person: AsPerson
) -> None:
    page = as_person("agent").get(f"/signing/articles/{RULE.key}").text
    assert "人人适用的新口径" in page
    assert "不收退票费" not in page
    assert "您上次签收" not in page


def test_the_old_number_of_a_text_that_was_narrowed_tells_outsiders_nothing(
    world: World, as_person: AsPerson
) -> None:
    world.clock.forward(minutes=5)
    reader = as_person("agent")
    reader.get(f"/articles/{REFUND.key}")
    world.publish(replace(REFUND, body="只给班长。", audiences=("班长",)))
    copy = {"key": REFUND.key, "number": "1"}
    assert as_person("other_agent").post("/desk/copies", data=copy).status_code == 404
    said = reader.post("/desk/copies", data=copy).json["sentence"]  # it was open on their page
    assert "不再生效" in said
    assert REFUND.title not in said


@pytest.mark.parametrize("address", ["revisions", "revisions/1"])
def test_a_hidden_article_answers_as_one_that_does_not_exist(
    world: World, as_person: AsPerson, address: str
) -> None:
    agent = as_person("agent")

    def sentence(key: str) -> str:
        answer = agent.get(f"/articles/{key}/{address}")
        assert answer.status_code == 404
        return answer.text.partition("<h1>")[2].partition("报修")[0].replace(key, "")

    assert sentence("angry-caller") == sentence("no-such-key")
