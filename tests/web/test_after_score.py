"""After a score, on the pages: seen, disputed, judged by a second person, corrected, told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from qa import appeals, remedies, reviews
from qa.appeals import Verdict
from qa.tables import Appeal, Coaching, Remedy, Review
from tests.browsing import Client
from tests.qa_world import GOOD, add_call, add_review, add_score, add_scorecard, add_transcript
from tests.world import World

AsPerson = Callable[[str], Client]
POOR = GOOD | {"greeting": "no"}
NOTE, REMARK = "没有听到问候语", "这里语气平淡"


def scored(world: World, answers: dict[str, Any] = POOR, who: str = "agent", **fields: Any) -> int:
    """A finished review of a call of somebody, by the inspector, with a note and a remark."""
    with world.work("inspector") as session:
        call = add_call(session, agent_id=world.person(who).id, at=world.clock())
        add_transcript(session, call)
        given = {"inspector_id": world.person("inspector").id, **fields}
        review = add_review(session, call, add_scorecard(session), **given)
        made = add_score(session, review, answers, at=world.clock())
        made.notes, made.comment = {"greeting": NOTE}, "整体尚可"
        session.flush()
        return review.id


def review_of(world: World, id: int) -> Review:
    with world.reading() as session:
        found = reviews.get(session, id)
        assert found.scores
        assert [s.items for s in found.scores]
        return found


def appealed(world: World, client: Client, id: int, item: str = "greeting") -> int:
    client.post(f"/my/scores/{id}/appeals", data={"item": item, "reason": "开头就问候了，第一秒"})
    with world.reading() as session:
        return session.scalars(select(Appeal.id).order_by(Appeal.id.desc())).first() or 0


def pulse(client: Client) -> list[dict[str, Any]]:
    answer = client.get("/pulse")
    return [i for i in answer.json["items"] if i["kind"] == "成绩"] if answer.json else []


@pytest.mark.both_databases
def test_an_agent_reads_hears_of_and_acknowledges_a_score(
    world: World, as_person: AsPerson
) -> None:
    id = scored(world)
    client = as_person("agent")
    assert "60.00" in client.get("/my/scores").text
    page = client.get(f"/my/scores/{id}").text
    for shown in (
        "60.00",
        NOTE,
        "整体尚可",
        "没有",
        "铁路旅客服务中心",
        "退票费怎么收",
        "确认看过",
    ):
        assert shown in page
    [told] = pulse(client)
    assert "60.00" in told["sentence"]
    for _ in range(2):
        answer = client.post(f"/my/scores/{id}/acknowledgement", data={"words": "以后注意"})
        assert answer.status_code == 302
    assert "以后注意" in client.get(f"/my/scores/{id}").text
    assert pulse(client) == []
    assert "等您看的成绩" not in client.get("/").text


def test_nobody_else_reads_an_agents_page_and_nothing_unfinished_is_on_it(
    world: World, as_person: AsPerson
) -> None:
    id = scored(world)
    blind = scored(world, purpose="recheck", of_id=id, blind=True)
    assert as_person("other_agent").get(f"/my/scores/{id}").status_code == 404
    sent_on = as_person("supervisor").get(f"/my/scores/{id}")
    assert sent_on.headers["Location"] == f"/qa/team/{id}", "whoever leads the team reads it there"
    client = as_person("agent")
    for missing in (blind, 999_999, 10**12):
        assert client.get(f"/my/scores/{missing}").status_code == 404
        for act in ("acknowledgement", "note", "appeals"):
            assert client.post(f"/my/scores/{missing}/{act}").status_code == 404
    page = client.get("/my/scores").text
    assert f"/my/scores/{id}" in page
    assert f"/my/scores/{blind}" not in page


@pytest.mark.both_databases
def test_an_item_is_appealed_judged_on_the_evidence_and_the_agent_is_told(
    world: World, as_person: AsPerson
) -> None:
    id = scored(world)
    agent, lead = as_person("agent"), as_person("qa_lead")
    nth = appealed(world, agent, id)
    assert "等裁定" in agent.get(f"/my/scores/{id}").text
    assert "可以裁定" in lead.get("/qa/appeals").text
    first = lead.get(f"/qa/appeals/{nth}").text
    for evidence in ("开头就问候了", "铁路旅客服务中心", "问候"):
        assert evidence in first
    for hidden in (NOTE, "整体尚可", "60.00", "原来（"):
        assert hidden not in first, "before the own answer nothing tells the first one"
    assert "先听证据" in lead.get(f"/qa/reviews/{id}").text, "nor does the score's own page"
    data = {"answer.greeting": "yes"}
    assert lead.post(f"/qa/appeals/{nth}/opinion", data=data).status_code == 302
    second = lead.get(f"/qa/appeals/{nth}").text
    for shown in (NOTE, "60.00", "原来（何听雨）"):
        assert shown in second
    bare = lead.post(f"/qa/appeals/{nth}/decision", data=data | {"verdict": "upheld"})
    assert bare.status_code == 422
    assert "请写明裁定的理由" in bare.text
    form = data | {"verdict": "upheld", "words": "录音第一秒有问候"}
    for _ in range(2):
        assert lead.post(f"/qa/appeals/{nth}/decision", data=form).status_code == 302
    found = review_of(world, id)
    assert found.score is not None
    assert (found.score.reported, found.score.cause, len(found.scores)) == (100.0, "appeal", 2)
    [told] = pulse(agent)
    assert "100.00" in told["sentence"]
    assert "录音第一秒有问候" in agent.get(f"/my/scores/{id}").text
    assert "60.00 → 100.00" in lead.get(f"/qa/appeals/{nth}").text


def test_who_is_too_close_is_sent_away_and_sees_nothing_of_the_marks(
    world: World, as_person: AsPerson
) -> None:
    """The lead scored it; the administrator settles. The agent's own lead may not either."""
    id = scored(world, inspector_id=world.person("qa_lead").id)
    nth = appealed(world, as_person("agent"), id)
    lead = as_person("qa_lead")
    assert "要由别人裁定" in lead.get(f"/qa/appeals/{nth}").text
    answer = lead.post(f"/qa/appeals/{nth}/opinion", data={"answer.greeting": "yes"})
    assert answer.status_code == 302
    assert "要由另一个人来定" in lead.get(f"/qa/appeals/{nth}").text
    other = as_person("administrator")
    assert "您的评定" in other.get(f"/qa/appeals/{nth}").text
    for who in ("agent", "inspector", "supervisor"):
        assert as_person(who).get(f"/qa/appeals/{nth}").status_code == 403


def test_of_two_deciders_the_second_is_told_who_is_at_it(world: World, as_person: AsPerson) -> None:
    nth = appealed(world, as_person("agent"), scored(world))
    data = {"answer.greeting": "yes"}
    as_person("qa_lead").post(f"/qa/appeals/{nth}/opinion", data=data)
    other = as_person("administrator")
    assert "严守正 已经听过录音" in other.get(f"/qa/appeals/{nth}").text
    other.post(f"/qa/appeals/{nth}/opinion", data=data)
    form = data | {"verdict": "upheld", "words": "是"}
    assert other.post(f"/qa/appeals/{nth}/decision", data=form).status_code == 302
    with world.reading() as session:
        assert appeals.get(session, nth).state == "waiting"
    world.clock.forward(days=1)
    assert "您的评定" in as_person("administrator").get(f"/qa/appeals/{nth}").text


@pytest.mark.parametrize(
    ("form", "status", "says"),
    [
        ({"item": "greeting", "reason": " "}, 422, "请写明理由"),
        ({"item": "greeting", "reason": "长" * 2001}, 422, "2000"),
        ({"item": "greeting", "reason": "a\0b"}, 422, "无法保存"),
        ({"item": "nothing", "reason": "有"}, 422, "没有这一项"),
        ({}, 422, "请写明理由"),
    ],
)
def test_an_appeal_that_cannot_be_keeps_what_was_typed(
    world: World, as_person: AsPerson, form: dict[str, str], status: int, says: str
) -> None:
    id = scored(world)
    answer = as_person("agent").post(f"/my/scores/{id}/appeals", data=form)
    assert answer.status_code == status
    assert says in answer.text


def test_after_the_deadline_the_sentence_is_clear_and_nothing_is_lost(
    world: World, as_person: AsPerson
) -> None:
    id = scored(world)
    world.clock.forward(days=5)
    client = as_person("agent")
    assert "申诉已截止" in client.get(f"/my/scores/{id}").text
    answer = client.post(f"/my/scores/{id}/appeals", data={"item": "greeting", "reason": "报了"})
    assert answer.status_code == 409
    assert "期限已过" in answer.text
    assert "报了" in answer.text


def test_a_slip_is_corrected_by_the_inspector_and_shown_in_the_history(
    world: World, as_person: AsPerson
) -> None:
    id = scored(world)
    inspector = as_person("inspector")
    assert "更正笔误" in inspector.get(f"/qa/reviews/{id}").text
    page = inspector.get(f"/qa/reviews/{id}/slip").text
    assert 'value="no" checked' in page
    data = {"answer.greeting": "yes", "answer.patience": "good", "answer.fee": "right"}
    assert inspector.post(f"/qa/reviews/{id}/slip", data=data).status_code == 422
    done = inspector.post(f"/qa/reviews/{id}/slip", data=data | {"reason": "点错了行"})
    assert done.status_code == 302
    assert "点错了行" in inspector.get(f"/qa/reviews/{id}").text
    assert "原来评的是“没有”" in as_person("agent").get(f"/my/scores/{id}").text
    assert as_person("other_agent").get(f"/qa/reviews/{id}/slip").status_code == 404
    assert as_person("supervisor").get(f"/qa/reviews/{id}/slip").status_code == 404


@pytest.mark.both_databases
def test_a_share_is_drawn_again_compared_and_decided(world: World, as_person: AsPerson) -> None:
    id = scored(world)
    lead = as_person("qa_lead")
    assert lead.get("/qa/rechecks").status_code == 200
    form = {"from": "2026-11-01", "to": "2026-11-30", "percent": "100", "seed": "2026-11"}
    for wrong in ({"from": "x"}, {"percent": "0"}, {"percent": "五"}, {"seed": ""}, {"to": ""}):
        assert lead.post("/qa/rechecks", data=form | wrong).status_code == 422
    assert lead.post("/qa/rechecks", data=form).status_code == 302
    with world.work("administrator") as session:
        second = session.scalars(select(Review).where(Review.purpose == "recheck")).one()
        assert second.inspector_id == world.person("qa_lead").id
        assert lead.get(f"/qa/reviews/{id}").status_code == 404, "blind until it is finished"
        assert lead.get(f"/qa/rechecks/{second.id}").status_code == 404
        add_score(session, second, GOOD, at=world.clock())
        other = second.id
    boss = as_person("administrator")
    page = boss.get(f"/qa/rechecks/{other}").text
    assert "不同" in page
    assert boss.post(f"/qa/rechecks/{other}", data={"outcome": "kept"}).status_code == 422
    answer = boss.post(f"/qa/rechecks/{other}", data={"outcome": "replaced", "words": "听得到"})
    assert answer.status_code == 302
    found = review_of(world, id)
    assert found.score is not None
    assert (found.score.reported, found.score.cause) == (100.0, "recheck")
    assert "100.00" in pulse(as_person("agent"))[0]["sentence"]
    assert "1 次" in boss.get("/qa/rechecks").text


@pytest.mark.both_databases
def test_coaching_goes_from_the_coach_to_the_agent_and_back(
    world: World, as_person: AsPerson
) -> None:
    id = scored(world)
    coach, agent = as_person("supervisor"), as_person("agent")
    page = coach.get(f"/qa/coaching?review={id}&item=fee").text
    assert "周小禾" in page
    form = {
        "agent": str(world.person("agent").id),
        "review": str(id),
        "item": "fee",
        "title": "练退票费口径",
        "due": "2026-11-25",
        "article": "refund-fee",
    }
    for wrong in ({"title": ""}, {"due": "明天"}, {"article": "没有这篇"}, {"agent": "x"}):
        assert coach.post("/qa/coaching", data=form | wrong).status_code == 422
    stranger = form | {"agent": str(world.person("other_agent").id), "review": ""}
    assert coach.post("/qa/coaching", data=stranger).status_code == 422, "not of the own team"
    assert coach.post("/qa/coaching", data=form).status_code == 302
    with world.reading() as session:
        task = session.scalars(select(Coaching)).one()
    assert "练退票费口径" in agent.get("/my/scores").text
    assert "练退票费口径" in agent.get("/").text
    assert agent.post(f"/my/scores/coaching/{task.id}", data={"reply": ""}).status_code == 422
    assert agent.post(f"/my/scores/coaching/{task.id}", data={"reply": "先背表"}).status_code == 302
    assert as_person("other_agent").post(f"/my/scores/coaching/{task.id}").status_code == 404
    world.clock.forward(days=4)
    coach = as_person("supervisor")
    page = coach.get("/qa/coaching").text
    assert "先背表" in page
    assert "已过期限" in page
    coach.post(f"/qa/coaching/{task.id}/outcome", data={"outcome": "口径准确了"})
    assert "口径准确了" in as_person("agent").get("/my/scores").text
    assert as_person("agent").get("/qa/coaching").status_code == 403


@pytest.mark.both_databases
def test_a_failed_item_is_read_again_and_the_loop_says_what_it_knows(
    world: World, as_person: AsPerson
) -> None:
    id = scored(world, GOOD | {"fee": "wrong"})
    with world.work("inspector") as session:
        [loop] = remedies.propose(session, reviews.get(session, id), world.clock())
        nth = loop.id
    agent, boss = as_person("agent"), as_person("supervisor")
    page = agent.get("/my/scores").text
    assert "再读一遍" in page
    assert "《退票费怎么收》" in page
    assert "小测" not in page, "nobody offers quizzes yet"
    assert "还看不出来" in boss.get("/qa/loops").text
    agent.get("/articles/refund-fee")
    with world.reading() as session:
        kept = session.get_one(Remedy, nth)
        assert (kept.read_at, kept.article_revision) == (world.clock(), 1)
    assert boss.post(f"/qa/loops/{nth}/end", data={"why": ""}).status_code == 302
    assert "请写明" in boss.get("/qa/loops").text
    boss.post(f"/qa/loops/{nth}/end", data={"why": "已离岗"})
    assert "已离岗" in boss.get("/qa/loops?show=closed").text


def test_reading_is_confirmed_only_by_whom_it_concerns_and_who_may_read_it(
    world: World, as_person: AsPerson
) -> None:
    with world.work("inspector") as session:
        review = reviews.get(session, scored(world, GOOD | {"fee": "wrong"}))
        made = remedies.propose(session, review, world.clock())
        secret = Remedy(
            agent_id=review.call.agent_id,
            scorecard_id=review.scorecard_id,
            item="greeting",
            review_id=review.id,
            article_key="angry-caller",
            proposed_at=world.clock(),
        )
        session.add(secret)
        session.flush()
        mine, hidden = made[0].id, secret.id
    agent = as_person("agent")
    assert "升级处理" not in agent.get("/my/scores").text
    assert agent.post(f"/my/scores/reading/{hidden}").status_code == 404
    assert as_person("other_agent").post(f"/my/scores/reading/{mine}").status_code == 404
    assert agent.post(f"/my/scores/reading/{mine}").status_code == 302
    with world.reading() as session:
        assert session.get_one(Remedy, mine).read_at == world.clock()


def test_a_supervisor_sees_the_own_team_and_no_other(world: World, as_person: AsPerson) -> None:
    mine, other = scored(world), scored(world, who="other_agent")
    boss = as_person("supervisor")
    page = boss.get("/qa/team").text
    assert f"/qa/team/{mine}" in page
    assert f"/qa/team/{other}" not in page
    assert boss.get(f"/qa/team/{mine}").status_code == 200
    assert boss.get(f"/qa/team/{other}").status_code == 404


@pytest.mark.both_databases
def test_an_upheld_finding_that_would_lower_the_score_is_told_as_such(
    world: World, as_person: AsPerson
) -> None:
    id = scored(world)
    nth = appealed(world, as_person("agent"), id, "patience")
    with world.work("qa_lead") as session:
        by = world.person("qa_lead").id
        appeals.opine(session, appeals.hold(session, nth), "poor", by=by, at=world.clock())
        held = appeals.hold(session, nth)
        appeals.decide(session, held, Verdict(True, "其实更差"), by=by, at=world.clock())
    assert "成绩不变" in as_person("agent").get(f"/my/scores/{id}").text
    found = review_of(world, id)
    assert len(found.scores) == 1
    assert found.appeal_until == world.clock() + timedelta(days=5)
