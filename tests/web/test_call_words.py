"""The index of what was said keeps up with the transcripts, and a search never waits for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from qa.tables import Call, Transcript
from web import call_words
from web.chores import Workshop
from web.workers import Worker

from ..browsing import Client
from ..qa_world import add_call, add_transcript
from ..world import World

AsPerson = Callable[[str], Client]


def say(world: World, key: str, text: str) -> None:
    with world.work(doing="test.calls") as session:
        known = session.scalars(select(Call).where(Call.key == key)).one_or_none()
        call = known or add_call(session, key, world.person("agent").id)
        add_transcript(session, call, [(0, 2, "agent", text)])


def keep_up(world: World) -> int:
    return call_words.keep_up(world.services.db, world.services.settings.index_folder)


@pytest.fixture
def found(world: World, as_person: AsPerson) -> Callable[[str], set[str]]:
    client = as_person("inspector")

    def made(query: str) -> set[str]:
        page = client.get(f"/qa/calls?{query}").text
        return {key for key in ("A-1", "B-1", "C-1") if f"/qa/calls/{key}" in page}

    return made


Found = Callable[[str], set[str]]


@pytest.mark.both_databases
def test_a_search_finds_the_same_before_while_and_after_the_index_is_made(
    world: World, found: Found
) -> None:
    say(world, "A-1", "可以全额退款")
    say(world, "B-1", "不能退款")
    expected = {"words=退款": {"A-1", "B-1"}, "words=全额退款&said_by=agent": {"A-1"}}
    assert {query: found(query) for query in expected} == expected
    assert keep_up(world) == 2
    assert {query: found(query) for query in expected} == expected
    say(world, "C-1", "退款")
    assert found("words=退款") == {"A-1", "B-1", "C-1"}
    assert (keep_up(world), keep_up(world)) == (1, 0)
    assert found("words=退款&key=C") == {"C-1"}


@pytest.mark.both_databases
def test_a_corrected_transcript_holds_at_once(world: World, found: Found) -> None:
    say(world, "A-1", "全额退款")
    keep_up(world)
    say(world, "A-1", "不能退")
    assert found("words=全额退款") == set()
    assert found("words=不能退") == {"A-1"}
    keep_up(world)
    assert found("words=全额退款") == set()


def test_an_index_of_another_database_is_made_anew(world: World, found: Found) -> None:
    words = call_words.of(world.services.settings.index_folder)
    words.make()
    words.add([(999, 999, "全额退款\x1d\x1e")])
    say(world, "A-1", "全额退款")
    keep_up(world)
    assert words.known(0) == {1}
    assert found("words=全额退款") == {"A-1"}


def test_the_worker_takes_new_transcripts_in_by_itself(world: World) -> None:
    say(world, "A-1", "全额退款")
    worker = Worker(Workshop.of(world.services))
    while worker.tick():
        pass
    words = call_words.of(world.services.settings.index_folder)
    assert words.calls(["全额"]) == {1}
    with world.reading() as session:
        assert not call_words.behind(session, world.services.settings.index_folder)
        assert session.scalars(select(Transcript.id)).all() == [1]
