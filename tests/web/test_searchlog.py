"""What callers asked is kept as they meant it, with what came of it and why it failed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.browsing import Client
from tests.world import World
from web import searchlog
from web.models import SearchEntry
from web.searchlog import Asked, Followed

AsPerson = Callable[[str], Client]


def asked(world: World, query: str, who: str = "agent", **more: object) -> Asked:
    values = {"total": 3, "answered": True, "top_key": "refund-fee", "took_ms": 2.5, "cause": ""}
    return Asked(person_id=world.person(who).id, at=world.clock(), query=query, **(values | more))


def kept(world: World) -> list[SearchEntry]:
    world.services.searchlog.flush()
    with world.reading() as session:
        return list(session.scalars(select(SearchEntry).order_by(SearchEntry.id)))


def test_the_keystrokes_on_the_way_to_a_question_are_one_entry(world: World) -> None:
    for query in ("退", "退票", "退票费", "退票费多少"):
        world.services.searchlog.note(asked(world, query))
        world.clock.forward(seconds=1)
    assert [entry.query for entry in kept(world)] == ["退票费多少"]


def test_two_people_typing_at_once_do_not_mix(world: World) -> None:
    for who in ("agent", "other_agent"):
        world.services.searchlog.note(asked(world, "退票", who))
    assert len(kept(world)) == 2


def test_another_wording_right_after_marks_the_first_as_refined(world: World) -> None:
    world.services.searchlog.note(asked(world, "不想坐了"))
    world.clock.forward(seconds=30)
    world.services.searchlog.note(asked(world, "退票费"))
    assert [entry.outcome for entry in kept(world)] == ["refined", ""]


def test_a_question_long_after_is_simply_the_next_one(world: World) -> None:
    world.services.searchlog.note(asked(world, "不想坐了"))
    world.clock.forward(minutes=5)
    world.services.searchlog.note(asked(world, "退票费"))
    assert [entry.outcome for entry in kept(world)] == ["", ""]


def test_what_was_opened_and_copied_is_the_outcome_and_copying_weighs_more(world: World) -> None:
    person = world.person("agent").id
    world.services.searchlog.note(asked(world, "退票费"))
    for outcome in ("copied", "opened"):
        world.services.searchlog.note(Followed(person, world.clock(), outcome, "refund-fee", 1))
    [entry] = kept(world)
    assert (entry.outcome, entry.article_key, entry.place) == ("copied", "refund-fee", 1)


def test_personal_data_in_a_question_is_masked(world: World) -> None:
    world.services.searchlog.note(asked(world, "13800138000 的票怎么退"))
    [entry] = kept(world)
    assert "13800138000" not in entry.query + entry.folded


@pytest.mark.parametrize(
    "question, cause",
    [
        ("票务一组值班电话", "permission"),
        ("纸质报销凭证办法", "expired"),
        ("zzqxv", "missing"),
    ],
)
def test_a_miss_is_kept_with_its_cause(
    world: World, as_person: AsPerson, question: str, cause: str
) -> None:
    found = world.services.library.search(
        f'"{question}"', viewer=world.viewer("other_agent"), limit=1
    )
    with world.reading() as session:
        empty = found.__class__(question, 0.0, 0, (), ())
        assert (
            searchlog.cause_of(
                world.services.library, session, empty, world.viewer("other_agent"), world.clock()
            )
            == cause
        )


def test_a_search_on_the_desk_and_its_copy_reach_the_log(world: World, as_person: AsPerson) -> None:
    browser = as_person("agent")
    browser.get("/desk?q=退票费怎么收", headers={"HX-Request": "true"})
    assert browser.post("/desk/copies", data={"key": "refund-fee", "place": "1"}).status_code == 204
    [entry] = kept(world)
    assert (entry.query, entry.top_key, entry.outcome) == ("退票费怎么收", "refund-fee", "copied")


def test_an_article_only_shown_beside_the_results_is_not_opened(
    world: World, as_person: AsPerson
) -> None:
    browser = as_person("agent")
    browser.get("/desk?q=退票费", headers={"HX-Request": "true"})
    browser.get("/desk/articles/refund-fee?q=退票费&peek=1")
    assert [entry.outcome for entry in kept(world)] == [""]
    browser.get("/desk/articles/refund-fee?q=退票费")
    assert [entry.outcome for entry in kept(world)] == ["opened"]


def test_questions_are_ranked_by_how_often_they_were_asked(world: World) -> None:
    for who in ("agent", "other_agent"):
        world.services.searchlog.note(asked(world, "能带狗吗", who, total=0, answered=False))
    world.services.searchlog.note(asked(world, "退票费", "inspector"))
    world.services.searchlog.flush()
    since = world.clock() - timedelta(days=1)
    with world.reading() as session:
        everything = searchlog.most_asked(session, since, missed=False)
        missed = searchlog.most_asked(session, since, missed=True)
        health = searchlog.health(session, since, world.clock() + timedelta(minutes=5))
    assert [(one.query, one.times, one.people) for one in everything] == [
        ("能带狗吗", 2, 2),
        ("退票费", 1, 1),
    ]
    assert [one.query for one in missed] == ["能带狗吗"]
    assert (health.searches, health.zero, health.answered, health.abandoned) == (3, 2, 1, 3)


def test_the_page_shows_what_could_not_be_answered(world: World, as_person: AsPerson) -> None:
    world.services.searchlog.note(
        asked(world, "能带<b>狗</b>吗", total=0, answered=False, cause="missing")
    )
    world.services.searchlog.flush()
    page = as_person("editor").get("/kb/asked").get_data(as_text=True)
    assert "能带&lt;b&gt;狗&lt;/b&gt;吗" in page
    assert "没有这样的文章" in page
    assert as_person("agent").get("/kb/asked").status_code == 403
