"""The telephone calls of the demo centre: readable, invented, and what they are said to be."""

from __future__ import annotations

import re
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from kb.formats import find_files
from qa.measuring import measure_audio
from qa.recordings import Limits
from qa.score import score
from qa.sound import open_sound
from qa.spans import Span, common, total
from qa.starters import names, starter
from qa.transcripts import Utterance
from web.demo import telephone
from web.demo.centre import FOLDER as ARTICLES
from web.demo.conversations import FOLDER, Talk, talks
from web.demo.people import PEOPLE
from web.demo.strictness import STRICTNESS, answers

from ..world import World

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
SOUNDS = [talk for talk in talks() if talk.sound]


def of(key: str) -> Talk:
    return next(talk for talk in talks() if talk.key == key)


def test_the_centre_has_been_on_the_telephone_for_two_months() -> None:
    assert len({talk.key for talk in talks()}) == len(talks()) >= 64
    began = [talk.began(NOW) for talk in talks()]
    assert min(began) > NOW - timedelta(days=62)
    assert max(began) < NOW
    assert max(began) - min(began) > timedelta(days=50)
    assert all(8 <= talk.at.hour < 21 for talk in talks())
    assert {"票务", "退改签", "行李", "投诉", "会员"} <= {talk.queue for talk in talks()}
    assert {talk.direction for talk in talks()} == {"in", "out"}
    assert {talk.satisfaction for talk in talks()} == {None, 1, 2, 3, 4, 5}


def test_calls_are_those_of_agents_of_the_centre_each_at_his_own_telephone() -> None:
    agents = {member.number for member in PEOPLE if "agent" in member.roles}
    calls = Counter(talk.agent for talk in talks())
    assert set(calls) == agents
    assert len(agents) >= 12
    assert min(calls.values()) >= 5
    assert len({(talk.agent, talk.extension) for talk in talks()}) == len(agents)


def test_no_number_can_belong_to_anybody() -> None:
    """Those of fiction: …-5555-01xx."""
    assert all(re.fullmatch(r"0\d{2,3}-5555-01\d\d", talk.customer) for talk in talks())
    said = "".join(u.text for talk in talks() for u in talk.spoken)
    assert set(re.findall(r"\d[\d-]{6,}", said)) == {"010-5555-0100"}


def test_every_file_belongs_to_a_call_and_a_refused_one_has_none() -> None:
    wanted = {talk.transcript.name for talk in talks() if talk.consent}
    wanted |= {talk.sound for talk in SOUNDS} | {"calls.yaml"}
    assert {path.name for path in FOLDER.iterdir()} == wanted
    refused = [talk for talk in talks() if not talk.consent]
    assert refused
    assert not any(talk.sound or talk.truth for talk in refused)


@pytest.mark.parametrize("talk", [talk for talk in talks() if talk.consent], ids=lambda t: t.key)
def test_a_transcript_says_who_speaks_and_ends_with_the_call(talk: Talk) -> None:
    assert {each.role for each in talk.spoken} == {"agent", "customer"}
    assert 0 < talk.seconds - max(float(each.end) for each in talk.spoken) < 3


def test_what_agents_looked_up_is_in_the_knowledge_base() -> None:
    keys = {file.path.stem for file in find_files([ARTICLES])}
    assert {key for talk in talks() for key in talk.looked_up} <= keys


@pytest.mark.parametrize("inspector", STRICTNESS)
def test_every_truth_can_be_marked_on_its_rubric(inspector: str) -> None:
    """Each option named is one of the rubric; what is marked gives a score."""
    for talk in talks():
        for name in talk.truth:
            assert name in names()
            assert set(talk.truth[name]) <= {item.key for item in starter(name).items()}
            assert score(starter(name), answers(talk, name, inspector)).raw is not None


# The sound


def test_a_dozen_and_more_calls_can_be_heard_and_are_small() -> None:
    assert len(SOUNDS) >= 14
    assert len({(FOLDER / talk.sound).suffix for talk in SOUNDS}) >= 3
    assert sum((FOLDER / talk.sound).stat().st_size for talk in SOUNDS) < 2_600_000
    assert {talk.side for talk in SOUNDS} == {"left", "right"}
    assert max(talk.seconds for talk in SOUNDS) > 360


@pytest.mark.parametrize("talk", SOUNDS, ids=lambda talk: talk.key)
def test_a_recording_is_as_long_as_its_call_in_stereo_at_the_rate_of_telephones(talk: Talk) -> None:
    with open_sound(FOLDER / talk.sound) as sound:
        assert (sound.channels, sound.rate) == (2, 8000)
        assert sound.duration == pytest.approx(talk.seconds, abs=1)


def measured(talk: Talk) -> dict[str, float]:
    """What is found in the sound, apart from the transcript but for its text."""
    assert talk.side in ("left", "right")
    side = "left" if talk.side == "left" else "right"
    found = measure_audio(FOLDER / talk.sound, side, talk.spoken)
    return {
        "agent": found["agent"]["talk"],
        "customer": found["customer"]["talk"],
        "rate": found["agent"]["rate_cpm"],
        "silence": found["silence"]["longest"]["duration"],
        "overtalk": found["overtalk"]["total"],
        "interruptions": len([i for i in found["interruptions"] if i["by"] == "agent"]),
        "hold": found["hold"]["total"],
    }


def spans(said: list[Utterance], role: str) -> list[Span]:
    return [Span(each.start, each.end) for each in said if each.role == role]


@pytest.mark.parametrize("key", ["T1011", "T1102", "T1402", "T1305"])
def test_a_transcript_has_the_times_of_its_sound(key: str) -> None:
    talk, found = of(key), measured(of(key))
    placed = {role: spans(talk.spoken, role) for role in ("agent", "customer")}
    for role, each in placed.items():
        assert found[role] == pytest.approx(float(total(each)), abs=0.8)
    both = total(common(placed["agent"], placed["customer"]))
    assert found["overtalk"] == pytest.approx(float(both), abs=0.5)


def test_the_faults_that_calls_are_known_for_are_in_their_sound() -> None:
    assert measured(of("T1102"))["silence"] == pytest.approx(24, abs=0.5)
    assert measured(of("T1402"))["interruptions"] == 4
    assert measured(of("T1305"))["hold"] == pytest.approx(18, abs=0.5)
    assert measured(of("T1008"))["rate"] > 300 > 260 > measured(of("T1001"))["rate"]


def test_the_faults_that_calls_are_known_for_are_in_their_words() -> None:
    def agent(key: str) -> str:
        return "".join(each.text for each in of(key).spoken if each.role == "agent")

    assert "不知道" in agent("T1011")
    assert "不归我管" in agent("T1011")
    assert "收15%" in agent("T1002")
    assert "年底统一清零" in agent("T1301")
    assert "再见" not in agent("T1203")


def test_without_the_library_for_sound_only_the_plain_recording_is_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others' calls are there all the same, without their sound."""
    monkeypatch.setitem(sys.modules, "soundfile", None)
    most = Limits(10_000_000, 3600)
    kept = [talk.key for talk in SOUNDS if telephone.heard(world.services, talk, most)]
    assert kept == ["T1011"]
