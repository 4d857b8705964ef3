"""Who must sign what, by when, and what a signature holds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from kb import articles, markdown, signing
from kb.articles import Edit
from kb.errors import NotFound
from kb.records import Record
from kb.signing import Duty, Reader, Rules, StaleText
from kb.signing_terms import Terms, parse
from web import accounts, people
from web.people import Details
from web.signing import reader_of, readers, signers

from ..world import ARTICLES, NOW, World

RULE = Record(
    "refund-2026",
    "退票办法（2026）",
    "开车前8天以上退票不收费。\n\n最低按2元计收。\n",
    kind="regulation",
    must_sign=True,
)
QUIZ = "最低收多少？\n- 1元\n* 2元\n> 最低按2元计收"

Owed = Callable[[str], list[str]]


@pytest.fixture
def owed(world: World) -> Owed:
    """``owed("agent")``: keys of what somebody of the cast has still to sign."""

    def made(who: str) -> list[str]:
        with world.reading() as session:
            waiting = signing.owed(session, reader_of(world.person(who)), world.clock())
            return [duty.revision.article.key for duty in waiting]

    return made


def sign(world: World, who: str, key: str, *given: int | None) -> list[int]:
    with world.work(who, "signing.sign") as session:
        reader = reader_of(world.person(who))
        text = signing.to_sign(session, reader, world.clock(), key)
        shown = signing.text_hash(text)
        return signing.sign(session, reader, key, shown, given, world.clock())


def duty(world: World, who: str, key: str) -> Duty:
    with world.reading() as session:
        mine = signing.duties(session, reader_of(world.person(who)), world.clock())
        return next(d for d in mine if d.revision.article.key == key)


def test_a_signature_names_person_revision_moment_and_exactly_what_was_shown(
    world: World, owed: Owed
) -> None:
    assert owed("agent") == ["identity-rule"]
    assert sign(world, "agent", "identity-rule") == []
    assert owed("agent") == []
    assert owed("other_agent") == ["identity-rule"]
    signature = duty(world, "agent", "identity-rule").signature
    assert signature is not None
    text = world.article("identity-rule").revisions[0]
    assert (signature.person_id, signature.revision_id) == (world.person("agent").id, text.id)
    assert signature.signed_at == NOW
    shown = f"{text.title}\n{markdown.render(text.body)}"
    assert signature.text_hash == hashlib.sha256(shown.encode()).hexdigest()


def test_what_was_on_the_screen_must_be_what_is_signed(world: World, owed: Owed) -> None:
    with world.reading() as session:
        reader = reader_of(world.person("agent"))
        shown = signing.text_hash(signing.to_sign(session, reader, world.clock(), "identity-rule"))
    rule = next(record for record in ARTICLES if record.key == "identity-rule")
    world.publish(replace(rule, body="进站时核验车票。"))
    with pytest.raises(StaleText), world.work("agent", "signing.sign") as session:
        signing.sign(session, reader, "identity-rule", shown, [], world.clock())
    assert owed("agent") == ["identity-rule"]


def test_a_new_revision_asks_again_unless_the_editor_says_the_change_is_small(
    world: World, owed: Owed
) -> None:
    world.publish(RULE)
    sign(world, "agent", RULE.key)
    small = replace(RULE, body=RULE.body + "（错字已改）\n", data=Terms(again=False).into({}))
    world.publish(small)
    assert RULE.key not in owed("agent")
    assert RULE.key in owed("other_agent")  # who signed none of them signs this one
    world.publish(replace(small, body=small.body + "再改。\n"))  # small again, signed two ago
    assert RULE.key not in owed("agent")
    world.publish(replace(RULE, body="退票费一律按5%。\n"))
    assert RULE.key in owed("agent")
    assert sign(world, "agent", RULE.key) == []
    with world.reading() as session:
        signed = signing.signed_by(session, world.person("agent").id)
        assert [s.revision.number for s in signed] == [4, 1]


def test_only_those_a_text_addresses_are_asked(world: World, owed: Owed) -> None:
    world.publish(replace(RULE, audiences=("票务一组",)))
    assert RULE.key in owed("agent")
    assert RULE.key not in owed("other_agent")
    assert RULE.key not in owed("editor")  # reads everything, is not addressed by it
    with pytest.raises(NotFound):
        sign(world, "other_agent", RULE.key)
    with pytest.raises(NotFound):
        sign(world, "agent", "refund-fee")  # nothing to sign there


def test_texts_to_come_retired_or_over_are_not_owed(world: World, owed: Owed) -> None:
    tomorrow = NOW + timedelta(days=1)
    world.publish(replace(RULE, effective_from=tomorrow, effective_to=NOW + timedelta(days=2)))
    assert RULE.key not in owed("agent")
    world.clock.forward(days=1)
    assert RULE.key in owed("agent")
    world.clock.forward(days=1)
    assert RULE.key not in owed("agent")
    with world.work("editor", "kb.retire") as session:
        edit = Edit(None, world.clock())
        articles.retire(session, articles.get(session, "identity-rule"), edit)
    assert owed("agent") == []


def test_the_deadline_counts_from_force_or_from_when_somebody_came(world: World) -> None:
    world.publish(replace(RULE, data=Terms(days=3).into({})))
    assert duty(world, "agent", RULE.key).due == NOW + timedelta(days=3)
    world.clock.forward(days=3)
    assert duty(world, "agent", RULE.key).is_overdue(world.clock())
    with world.work(doing="people.add") as session:
        new = accounts.add_person(
            session,
            "1100",
            "新来的",
            "a-new-horse-2026",
            at=world.clock(),
            roles=[accounts.role_named(session, "agent")],
        )
        [waiting] = [
            d
            for d in signing.owed(session, reader_of(new), world.clock())
            if d.revision.article.key == RULE.key
        ]
    assert waiting.due == world.clock() + timedelta(days=3)
    world.publish(replace(RULE, data=Terms(days=0).into({})))
    assert duty(world, "agent", RULE.key).due is None


def test_who_changes_team_owes_what_holds_there_with_the_full_time(
    world: World, owed: Owed
) -> None:
    world.publish(replace(RULE, audiences=("票务二组",)))
    world.clock.forward(days=30)
    with world.work("administrator", "people.edit") as session:
        boss = accounts.get_person(session, "9001")
        agent = accounts.get_person(session, "1001")
        wanted = replace(Details.of(agent), team="票务二组")
        people.edit(session, boss, agent, wanted, Details.of(agent).stamp(), world.clock())
    assert RULE.key in owed("agent")
    assert duty(world, "agent", RULE.key).due == world.clock() + timedelta(days=7)
    assert not duty(world, "agent", RULE.key).is_overdue(world.clock())


def test_a_disabled_person_is_on_no_list_and_back_with_the_full_time(world: World) -> None:
    with world.reading() as session:
        numbers = {person.number for person in signers(session)}
    assert "1009" not in numbers
    assert "1001" in numbers
    world.clock.forward(days=30)
    with world.work("administrator", "people.enable") as session:
        boss, leaver = (accounts.get_person(session, n) for n in ("9001", "1009"))
        people.enable(boss, leaver, world.clock())
    due = duty(world, "leaver", "identity-rule").due
    assert due == world.clock() + timedelta(days=7)


def test_questions_must_be_answered_rightly_and_every_try_is_kept(world: World, owed: Owed) -> None:
    body = RULE.body
    world.publish(replace(RULE, data=Terms(questions=parse(QUIZ, body)).into({})))
    assert sign(world, "agent", RULE.key, 0) == [0]
    assert sign(world, "agent", RULE.key, None) == [0]
    assert RULE.key in owed("agent")
    assert sign(world, "agent", RULE.key, 1) == []
    assert RULE.key not in owed("agent")
    assert sign(world, "agent", RULE.key, 0) == []  # sent twice: it is signed already
    with world.reading() as session:
        text = signing.to_sign(session, reader_of(world.person("agent")), world.clock(), RULE.key)
        assert signing.tries(session, text.id) == {world.person("agent").id: 3}


def test_search_is_held_back_as_the_centre_decides(world: World) -> None:
    def held() -> bool:
        with world.reading() as session:
            reader = reader_of(world.person("agent"))
            return signing.is_held(session, reader, world.clock())

    def decide(rule: int) -> None:
        with world.work("administrator", "signing.rule") as session:
            signing.set_rules(session, Rules(7, rule))

    assert not held()
    decide(signing.OVERDUE)
    assert not held()
    world.clock.forward(days=7)
    assert held()
    decide(signing.NEVER)
    assert not held()
    decide(signing.ALWAYS)
    assert held()
    sign(world, "agent", "identity-rule")
    assert not held()


def test_the_roll_of_everybody_says_the_same_as_each_person_s_own_list(world: World) -> None:
    world.publish(replace(RULE, audiences=("票务一组", "考官")))
    sign(world, "agent", RULE.key)
    with world.reading() as session:
        everybody = signers(session)
        texts = signing.demanded(session, world.clock())
        rolls = signing.rolls(session, texts, readers(everybody))
        for person in everybody:
            reader: Reader = reader_of(person)
            own = {d.revision.id: d for d in signing.duties(session, reader, world.clock())}
            of_rolls = {id: roll[person.id] for id, roll in rolls.items() if person.id in roll}
            assert own == of_rolls
