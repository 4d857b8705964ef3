"""The page of a call: what it shows, to whom, and what stands there when there is no sound."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from qa.tables import Call, Recording
from web import call_figures, players
from web.errors import InvalidInput
from web.pages import recorded

from ..browsing import Client
from ..qa_world import add_call, add_review, add_scorecard, add_scored, add_transcript
from ..world import NOW, World
from .sounding import call_with_sound

AsPerson = Callable[[str], Client]
PAGE = "/qa/calls/C-sound"


def change(world: World, call: Call, **fields: Any) -> None:
    """Fields of the call, or of its recording where they are called recording_…"""
    with world.work(doing="test.change") as session:
        row = session.get_one(Call, call.id)
        for name, value in fields.items():
            part, _, rest = name.partition("_")
            setattr(*((row.recordings[0], rest) if part == "recording" else (row, name)), value)


def test_an_inspector_finds_sound_words_and_figures_on_one_page(
    world: World, as_person: AsPerson
) -> None:
    call_with_sound(world)
    page = as_person("inspector").get(PAGE)
    assert page.status_code == 200
    for words in ("播放", "您好，铁路旅客服务中心", "长静音", "1 段", "至少 3 秒", "质检设定"):
        assert words in page.text
    assert "13812345678" not in page.text
    assert "*******5678" in page.text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"consent": "no"}, "来电人不同意录音"),
        (
            {"recording_removed_at": NOW, "recording_removed_why": "超过录音保存期"},
            "录音已在 2026-11-22 10:00 删除，原因：超过录音保存期。成绩和转写还在。",
        ),
        ({"recording_state": "failed", "recording_error": "文件不完整。"}, "文件不完整。"),
    ],
)
@pytest.mark.both_databases
def test_where_there_is_no_sound_a_sentence_says_why_and_the_words_stay(
    world: World, as_person: AsPerson, fields: dict[str, Any], sentence: str
) -> None:
    call = call_with_sound(world)
    change(world, call, **fields)
    client = as_person("inspector")
    page = client.get(PAGE).text
    assert sentence in page
    assert "<audio" not in page
    assert "开车前不足24小时" in page
    assert client.get(f"{PAGE}/sound/1").status_code == 404


def test_a_call_without_a_recording_says_so_and_one_going_on_says_that(
    world: World, as_person: AsPerson
) -> None:
    with world.work(doing="test.calls") as session:
        agent = world.person("agent").id
        add_call(session, "C-bare", agent)
        going = add_call(session, "C-now", agent)
        going.seconds = going.ended_at = None
    client = as_person("inspector")
    assert "这通电话没有录音" in client.get("/qa/calls/C-bare").text
    assert "通话还没有结束" in client.get("/qa/calls/C-now").text


def test_a_recording_that_waits_to_be_measured_can_be_heard_already(
    world: World, as_person: AsPerson
) -> None:
    call_with_sound(world, measured=False, state="waiting")
    page = as_person("inspector").get(PAGE).text
    assert "<audio" in page
    assert "现在可以听" in page
    assert "data-peaks" not in page


def test_what_was_said_is_shown_as_it_is_and_runs_nothing(
    world: World, as_person: AsPerson
) -> None:
    with world.work(doing="test.call") as session:
        call = add_call(session, "C-odd", world.person("agent").id)
        said = "<script>alert(1)</script>😀 購票　ＡＢＣ"
        add_transcript(session, call, [(0.0, 1.5, None, said), (1e4, 1e4, "agent", "好")])
    page = as_person("inspector").get("/qa/calls/C-odd").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;😀 購票　ＡＢＣ" in page
    assert "2:46:40.0" in page
    assert "未注明" in page


# What the agent saw


@pytest.mark.both_databases
def test_the_articles_of_the_call_are_those_its_agent_had_on_the_screen(
    world: World, as_person: AsPerson
) -> None:
    """By the call's ID, or without one in its time; not another call's, nor somebody else's."""
    call = call_with_sound(world)
    began = NOW + timedelta(hours=1)
    change(world, call, started_at=began, ended_at=began + timedelta(seconds=24))
    world.clock.now = began + timedelta(seconds=5)
    agent = as_person("agent")
    agent.get("/articles/change-ticket")
    agent.post("/desk/call", data={"call": "C-another"})
    agent.get("/articles/child-fare")
    as_person("other_agent").get("/articles/opening-script")
    world.clock.forward(hours=1)
    agent.post("/desk/call", data={"call": "C-sound"})
    agent.get("/articles/refund-fee")
    lead = as_person("qa_lead")
    page = lead.get(PAGE).text.partition("通话中查看的知识")[2]
    part = page.partition("</section>")[0]
    for title, there in (
        ("改签怎么办理", True),
        ("退票费怎么收", True),
        ("儿童票按年龄怎么买", False),
        ("通话开场白", False),
    ):
        assert (title in part) == there, title
    assert "/past/change-ticket?at=2026-11-22+11:00:05" in part.replace("%3A", ":")
    then = lead.get("/past/change-ticket?at=2026-11-22+11:00:05")
    assert (then.status_code, "开车前可以改签一次" in then.text) == (200, True)


def test_an_article_that_is_not_for_the_viewer_is_not_named(
    world: World, as_person: AsPerson
) -> None:
    call = call_with_sound(world, who="supervisor")
    supervisor = as_person("supervisor")
    supervisor.post("/desk/call", data={"call": call.key})
    supervisor.get("/articles/angry-caller")
    title = "情绪激动旅客的升级处理"
    assert title in supervisor.get(PAGE).text
    assert title not in as_person("inspector").get(PAGE).text


# Its scores


def test_scores_are_named_to_those_who_may_read_them_and_lead_there(
    world: World, as_person: AsPerson
) -> None:
    call = call_with_sound(world)
    with world.work(doing="test.score") as session:
        row = session.get_one(Call, call.id)
        done = add_scored(session, row, add_scorecard(session)).id
        add_review(session, row, add_scorecard(session))
    lead, inspector = as_person("qa_lead").get(PAGE).text, as_person("inspector").get(PAGE).text
    assert "100.00 分" in lead
    assert "待评" in lead
    assert "100.00 分" in inspector
    assert "待评" not in inspector
    assert f'href="/my/scores/{done}"' in as_person("agent").get(PAGE).text


def test_whoever_rechecks_blind_is_not_told_the_first_score(
    world: World, as_person: AsPerson
) -> None:
    call = call_with_sound(world)
    with world.work(doing="test.score") as session:
        row = session.get_one(Call, call.id)
        first = add_scored(session, row, add_scorecard(session))
        me = world.person("inspector").id
        add_review(session, row, first.version.scorecard, inspector_id=me, purpose="recheck")
    page = as_person("inspector").get(PAGE).text
    assert "100.00 分" not in page
    assert "复检" in page


def test_a_file_is_added_from_the_page_by_those_who_import_alone(
    world: World, as_person: AsPerson
) -> None:
    call_with_sound(world)
    assert "/qa/calls/C-sound/files" in as_person("qa_lead").get(PAGE).text
    assert "/qa/calls/C-sound/files" not in as_person("inspector").get(PAGE).text


@pytest.mark.parametrize("key", ["C-none", "x" * 300, "无", "C sound", "%00", "../C-sound"])
def test_a_call_that_is_not_there_is_not_found(world: World, as_person: AsPerson, key: str) -> None:
    assert as_person("administrator").get(f"/qa/calls/{key}").status_code == 404


# Figures and times


def test_figures_come_with_what_they_count_and_their_thresholds() -> None:
    figures = {
        "duration": 60.0,
        "agent": {"talk": 30.0, "share": 0.5, "rate_cpm": 240.0, "level_dbfs": -20.04},
        "customer": {"talk": 12.0, "share": 0.2, "rate_cpm": None, "level_dbfs": None},
        "silence": {
            "total": 18.0,
            "share": 0.3,
            "longest": {"start": 40.0, "duration": 9.5},
            "long": [{"start": 40.0, "duration": 9.5}, {"start": 3.0, "duration": 4.0}],
        },
        "overtalk": {"total": 1.0, "share": 0.016667, "count": 2},
        "interruptions": [{"at": 7.5, "duration": 0.8, "by": "agent"}],
        "hold": {"total": 0.0, "stretches": []},
        "settings": {"long_silence": 3.0, "interruption": 0.5, "source": "audio"},
    }
    rows = {row.name: row for row in call_figures.rows(figures)}
    assert (rows["座席说话"].value, rows["座席说话"].n) == ("30秒，50.0%", "通话 1分")
    assert (rows["座席语速"].value, rows["座席语速"].n) == ("每分钟 240.0 字", "120 字")
    assert "来电人语速" not in rows
    assert (rows["长静音"].value, rows["长静音"].by) == ("2 段", "至少 3 秒")
    assert rows["座席打断对方"].at == (7.5,)
    assert rows["来电人打断对方"].value == "没有"
    assert "等待音乐" not in rows


def test_a_recording_that_tells_nobody_apart_leaves_out_what_it_cannot_say() -> None:
    nothing = {"talk": None, "share": None, "rate_cpm": None, "level_dbfs": None}
    rows = call_figures.rows(
        {
            "duration": 10.0,
            "agent": nothing,
            "customer": nothing,
            "speech": {"talk": 4.0, "share": 0.4, "rate_cpm": None, "level_dbfs": -30.0},
            "silence": {"total": 0.0, "share": 0.0, "longest": None, "long": []},
            "overtalk": {"total": None, "share": None, "count": None},
            "interruptions": None,
            "settings": {},
        }
    )
    names = ["说话（双方）", "音量", "没有人说话", "长静音"]
    assert [row.name for row in rows] == names


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "00:00.0"),
        (135.44, "02:15.4"),
        (59.96, "01:00.0"),
        (3735.4, "1:02:15.4"),
        (-1, "00:00.0"),
    ],
)
def test_a_time_of_a_recording_is_told_to_the_tenth(seconds: float, told: str) -> None:
    assert recorded(seconds) == told


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("135.4", 135.4),
        ("02:15.4", 135.4),
        ("1:02:15", 3735.0),
        ("０２：１５。４", 135.4),
        (" ", None),
    ],
)
def test_a_time_is_read_as_people_write_it(typed: str, seconds: float | None) -> None:
    assert players.seconds_of("start", typed) == seconds


@pytest.mark.parametrize("typed", ["abc", "-1", "1:2:3:4", "1e5", "nan", "😀", "12:", "9" * 99])
def test_what_is_no_time_of_a_recording_is_refused_in_words(typed: str) -> None:
    with pytest.raises(InvalidInput, match="不是录音里的时间") as wrong:
        players.seconds_of("start", typed)
    assert wrong.value.field == "start"


def test_the_agent_is_drawn_above_on_whichever_channel() -> None:
    call = Call(key="C", transcripts=[], recordings=[])
    about = {
        "call": call,
        "turns": (),
        "notes": (),
        "bands": (),
        "why": "",
        "note": "",
        "items": (),
    }

    def rows(**fields: Any) -> list[tuple[int, str]]:
        made = players.Player(recording=Recording(**fields), page="", comment_url="", **about)
        return [(row.channel, row.name) for row in made.rows]

    assert rows(channels=2, agent_side="left") == [(0, "座席"), (1, "来电人")]
    assert rows(channels=2, agent_side="right") == [(1, "座席"), (0, "来电人")]
    assert rows(channels=1, agent_side="") == [(0, "双方")]
