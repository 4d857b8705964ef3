"""What is shown before publishing, never in the way, and kept when somebody goes ahead."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import articles
from kb.articles import Edit
from kb.radar import Resting
from kb.records import Record
from web import radar
from web.models import AuditEntry

from ..browsing import Client
from ..world import World
from .editing import AsPerson, page, shown, told

OLD = Record(
    "stopped", "列车停运后怎么退票", "停运列车的车票，乘车日起30日内可以全额退票。\n", kind="faq"
)
NEW = Record(
    "stopped-2",
    "停运全额退票的期限",
    "停运列车的车票，乘车日起15日内可以全额退票。\n\n"
    "另见[旧办法](/articles/old-rule)、[没有的](/articles/nowhere)、[草稿](/articles/draft-luggage)、"
    "[退票费](/articles/refund-fee)和[官网](https://example.test/)。\n",
    kind="faq",
)


def draft(world: World, record: Record = NEW) -> None:
    world.publish(OLD)
    with world.work("editor", "kb.write") as session:
        articles.put(session, record, Edit(world.person("editor").id, world.clock()))


def findings(client: Client, address: str) -> str:
    found = page(client.get(address)).select_one(".radar")
    assert found is not None
    return found.get_text(" ", strip=True)


def test_the_review_shows_both_sentences_dead_links_and_addresses_outside(
    world: World, as_person: AsPerson
) -> None:
    draft(world)
    said = findings(as_person("reviewer"), f"/reviews/{NEW.key}")
    assert "4 处提醒" in said
    assert "30日内可以全额退票" in said
    assert "15日内可以全额退票" in said
    assert "已停用" in said
    assert "不存在" in said
    assert "没有生效的内容" in said
    assert "refund-fee" not in said
    assert "example.test" in said
    assert findings(as_person("editor"), f"/reviews/{NEW.key}/radar") == said


def test_it_goes_out_all_the_same_and_the_trail_keeps_what_was_open(
    world: World, as_person: AsPerson
) -> None:
    draft(world)
    reviewer = as_person("reviewer")
    sent = reviewer.post(f"/reviews/{NEW.key}/publication", data={"version": "1", "at": ""})
    assert "4 处提醒没有处理" in told(reviewer, sent)
    assert as_person("agent").get(f"/articles/{NEW.key}").status_code == 200
    assert open_findings(world)[0].startswith("数字不一致：《列车停运后怎么退票》")


def test_the_form_that_saves_and_publishes_notes_it_too(world: World, as_person: AsPerson) -> None:
    world.publish(OLD, Record(NEW.key, NEW.title, "另有规定。", kind="faq"))
    admin = as_person("administrator")
    form = shown(admin.get(f"/edit/articles/{NEW.key}")) | {"body": NEW.body.split("\n")[0]}
    sent = admin.post(f"/edit/articles/{NEW.key}/publication", data=form)
    assert "1 处提醒没有处理" in told(admin, sent)
    assert len(open_findings(world)) == 1


def test_nothing_to_look_at_is_said_and_not_noted(world: World, as_person: AsPerson) -> None:
    draft(world, Record(NEW.key, NEW.title, "按办法办理。", kind="faq"))
    reviewer = as_person("reviewer")
    assert "没有发现要提醒的" in findings(reviewer, f"/reviews/{NEW.key}")
    sent = reviewer.post(f"/reviews/{NEW.key}/publication", data={"version": "1"})
    assert "提醒" not in told(reviewer, sent)
    assert open_findings(world) == []


def test_who_may_not_see_an_article_does_not_learn_that_it_says_otherwise(
    world: World, as_person: AsPerson
) -> None:
    """A writer who does not read everything, against a text for supervisors alone."""
    with world.work(doing="test.grant") as session:
        from web import accounts

        role = accounts.role_named(session, "agent")
        role.permissions = [*role.permissions, "kb.write"]
    secret = Record(OLD.key, OLD.title, OLD.body, kind="faq", audiences=("班长",))
    world.publish(secret)
    body = NEW.body.split("\n")[0] + "[看](/articles/stopped)"
    with world.work("agent", "kb.write") as session:
        edit = Edit(world.person("agent").id, world.clock())
        articles.put(session, Record(NEW.key, NEW.title, body, kind="faq"), edit)
    said = findings(as_person("agent"), f"/reviews/{NEW.key}/radar")
    assert OLD.title not in said
    assert "不存在（或您不能看）" in said
    assert OLD.title in findings(as_person("reviewer"), f"/reviews/{NEW.key}/radar")


def test_a_bank_of_questions_can_say_which_rest_on_a_sentence_that_goes(
    world: World, as_person: AsPerson
) -> None:
    def bank(session: Session, key: str, gone: Sequence[str]) -> list[Resting]:
        return [Resting("停运几天内能退？", sentence) for sentence in gone if key == OLD.key]

    world.publish(OLD)
    client = as_person("editor")
    after = Record(OLD.key, OLD.title, "停运列车的车票可以全额退票。", kind="faq")
    with client.application.test_request_context():
        from web.context import set_person

        set_person(world.person("editor"))
        [finding] = radar.look(after, OLD, sources=(bank,)).findings
        assert radar.look(after, OLD).findings == []
    assert finding.own == OLD.body.strip()
    assert "停运几天内能退？" in finding.advice


def open_findings(world: World) -> list[str]:
    with world.reading() as session:
        for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())):
            if "findings" in entry.values:
                kept: list[str] = entry.values["findings"][1]
                return kept
    return []
