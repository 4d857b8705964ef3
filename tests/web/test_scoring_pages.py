"""The scoring desk: marks are saved as one goes, and no page goes over another's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from qa.tables import Calibration, Comment, Draft, Review, Scorecard
from web import qa_suggesting
from web.models import Job

from .. import qa_world
from ..browsing import Client
from ..qa.test_suggesting import RUBRIC as CHECKED
from ..world import World
from .scoring import SCRIPT, autosave, form, stored, told, waiting

AsPerson = Callable[[str], Client]
WHOLE = {"answer.greeting": "yes", "answer.patience": "na", "answer.fee": "right"}


def draft_of(world: World, id: int) -> Draft:
    with world.reading() as session:
        return session.get_one(Draft, id)


@pytest.mark.both_databases
def test_a_call_is_scored_without_script_from_the_queue_to_the_next(
    world: World, as_person: AsPerson
) -> None:
    first, second = waiting(world, "C-1"), waiting(world, "C-2")
    client = as_person("inspector")
    queue = client.get("/qa/queue")
    assert "等您评的 2 通" in queue.text
    desk = client.get("/qa/queue/next", follow_redirects=True)
    assert "周小禾（1001）" in desk.text
    assert "我想退票，手续费怎么收？" in desk.text
    assert "*******1234" in desk.text
    assert "13800001234" not in desk.text
    data = form(desk.text, **{"answer.greeting": "yes", "note.greeting": "很热情"})
    page = client.post(f"/qa/reviews/{first}/finish", data=data)
    assert page.status_code == 422
    assert "还没有评完：“耐心”、“退票费答得对”" in page.text
    data = form(page.text, **WHOLE, comment="好", **{"note.greeting": "很热情"})
    page = client.post(f"/qa/reviews/{first}/finish", data=data)
    assert page.location == f"/qa/reviews/{second}"
    review = stored(world, first)
    assert (review.state, [s.reported for s in review.scores]) == ("finished", [100.0])
    assert review.scores[0].notes == {"greeting": "很热情"}
    assert "已评完：100.00 分" in client.get(page.location).text
    assert "100.00" in client.get(f"/qa/reviews/{first}").text


def test_every_save_answers_with_the_score_so_far(world: World, as_person: AsPerson) -> None:
    id, client = waiting(world), as_person("inspector")
    answer = told(autosave(client, id, saves=0, page="p", turn=1, **{"answer.greeting": "no"}))
    assert (answer["saves"], answer["missing"]) == (1, 2)
    assert "0.00" in answer["score"]
    assert "已评部分" in answer["score"]
    answer = told(autosave(client, id, saves=1, page="p", turn=2, **WHOLE))
    assert (answer["saves"], answer["missing"]) == (2, 0)
    assert "100.00" in answer["score"]


@pytest.mark.both_databases
def test_two_pages_the_older_is_refused_with_both_contents(
    world: World, as_person: AsPerson
) -> None:
    id, client = waiting(world), as_person("inspector")
    autosave(client, id, saves=0, page="old", turn=1, **{"answer.greeting": "yes"})
    claimed = client.post(
        f"/qa/reviews/{id}/page", data={"page": "new", "saves": 1}, headers=SCRIPT
    )
    assert told(claimed) == {"saves": 2}
    refused = autosave(client, id, saves=1, page="old", turn=2, **{"answer.greeting": "no"})
    assert refused.status_code == 409
    assert told(refused)["differences"] == [{"title": "问候", "there": "有", "here": "没有"}]
    assert draft_of(world, id).answers == {"greeting": "yes"}
    plain = client.post(
        f"/qa/reviews/{id}/draft",
        data={"saves": 1, "page": "third", "answer.greeting": "no"},
    )
    assert plain.status_code == 409
    assert "再保存一次，就以这里的为准" in plain.text
    again = client.post(
        f"/qa/reviews/{id}/draft", data=form(plain.text, **{"answer.greeting": "no"})
    )
    assert again.status_code == 302
    assert draft_of(world, id).answers == {"greeting": "no"}


def test_finishing_twice_scores_once(world: World, as_person: AsPerson) -> None:
    id, client = waiting(world), as_person("inspector")
    data = {"saves": 0, "page": "p", "turn": 1, **WHOLE}
    assert client.post(f"/qa/reviews/{id}/finish", data=data).status_code == 302
    assert client.post(f"/qa/reviews/{id}/finish", data=data).status_code == 409
    script = client.post(f"/qa/reviews/{id}/finish", data=data, headers=SCRIPT)
    assert "已经完成" in told(script)["error"]
    assert len(stored(world, id).scores) == 1


def test_a_session_that_has_ended_is_said_and_the_marks_come_after_signing_in(
    world: World, as_person: AsPerson
) -> None:
    id, client = waiting(world), as_person("inspector")
    client.post("/sign-out")
    marks: dict[str, Any] = {"saves": 0, "page": "p", "turn": 1, "answer.greeting": "yes"}
    assert autosave(client, id, **marks).status_code == 401
    client.sign_in(world, "inspector")
    assert autosave(client, id, **marks).status_code == 200
    assert draft_of(world, id).answers == {"greeting": "yes"}


def test_what_cannot_be_is_said_and_what_was_typed_is_on_the_page(
    world: World, as_person: AsPerson
) -> None:
    id, client = waiting(world), as_person("inspector")
    data = {"saves": 0, "page": "p", "answer.greeting": "yes", "comment": "长" * 5001}
    page = client.post(f"/qa/reviews/{id}/draft", data=data)
    assert page.status_code == 422
    assert "最多 5000 字" in page.text
    assert "长" * 5001 in page.text
    for bad in ({"answer.greeting": "😀"}, {"saves": "x"}, {"turn": "９" * 50}, {"worked": "nan"}):
        fields = {"saves": 0, "page": "p", "turn": 1} | bad
        assert autosave(client, id, **fields).status_code in (200, 409)


def test_only_its_inspector_scores_a_call_and_others_do_not_learn_of_it(
    world: World, as_person: AsPerson
) -> None:
    id = waiting(world, inspector_id=world.person("qa_lead").id)
    client = as_person("inspector")
    assert client.get(f"/qa/reviews/{id}").status_code == 404
    assert autosave(client, id, saves=0, page="p").status_code == 404
    assert client.get("/qa/reviews/999").status_code == 404
    assert as_person("agent").get(f"/qa/reviews/{id}").status_code == 403
    lead = as_person("administrator").get(f"/qa/reviews/{id}")
    assert "还没有评完，评定到完成以后才显示" in lead.text


@pytest.mark.both_databases
def test_marks_of_a_calibration_are_nobody_elses_before_it_is_closed(
    world: World, as_person: AsPerson
) -> None:
    id = waiting(world)
    with world.work(doing="test.calibration") as session:
        review = session.get_one(Review, id)
        made = Calibration(title="校准", version=review.version, created_at=world.clock())
        session.add(made)
        session.flush()
        review.purpose, review.calibration_id = "calibration", made.id
    client, lead = as_person("inspector"), as_person("qa_lead")
    client.post(f"/qa/reviews/{id}/finish", data={"saves": 0, "page": "p", **WHOLE})
    assert stored(world, id).state == "finished"
    assert "100.00" in client.get(f"/qa/reviews/{id}").text
    assert lead.get(f"/qa/reviews/{id}").status_code == 404
    with world.work(doing="test.close") as session:
        session.get_one(Calibration, made.id).closed_at = world.clock()
    assert "100.00" in lead.get(f"/qa/reviews/{id}").text


def test_a_call_in_progress_is_scored_live_without_sound(world: World, as_person: AsPerson) -> None:
    with world.work(doing="test.call") as session:
        card = qa_world.add_scorecard(session).id
        call = qa_world.add_call(session, "LIVE-1", world.person("agent").id)
        call.seconds = call.ended_at = None
    client = as_person("inspector")
    desk = client.post(
        "/qa/reviews/new", data={"call": "LIVE-1", "scorecard": card}, follow_redirects=True
    )
    assert "实时评分" in desk.text
    assert "通话进行中" in desk.text
    with world.reading() as session:
        assert session.query(Review).one().purpose == "live"


def test_a_blind_review_shows_neither_name_nor_number_nor_extension(
    world: World, as_person: AsPerson
) -> None:
    id, client = waiting(world, blind=True), as_person("inspector")
    for address in (f"/qa/reviews/{id}", "/qa/queue"):
        page = client.get(address).text
        assert "评完才显示" in page
        for secret in ("周小禾", "1001", "8101"):
            assert secret not in page, (address, secret)
    client.post(f"/qa/reviews/{id}/finish", data={"saves": 0, "page": "p", **WHOLE})
    assert "周小禾（1001）" in client.get(f"/qa/reviews/{id}").text


@pytest.mark.both_databases
def test_remarks_stand_at_their_moment_and_can_be_taken_back(
    world: World, as_person: AsPerson
) -> None:
    id, client = waiting(world), as_person("inspector")
    url = f"/qa/reviews/{id}/comments"
    page = client.post(
        url, data={"start": "００:07.5", "end": "", "text": "答得清楚", "item": "fee"}
    )
    assert page.status_code == 302
    shown = client.get(f"/qa/reviews/{id}").text
    assert "00:07.5" in shown
    assert "答得清楚" in shown
    for bad, why in (
        ({"start": "", "text": "x"}, "从录音的哪一刻起"),
        ({"start": "9:59:59", "text": "x"}, "录音结束以后"),
        ({"start": "5", "end": "4", "text": "x"}, "要晚于"),
        ({"start": "5", "text": " "}, "写下批注的内容"),
        ({"start": "abc", "text": "x"}, "不是录音里的时间"),
        ({"start": "5", "text": "x", "item": "nobody"}, "没有这一项"),
    ):
        refused = client.post(url, data=bad)
        assert refused.status_code == 422
        assert why in refused.text
    with world.reading() as session:
        [made] = session.query(Comment).all()
    client.post(f"{url}/{made.id}/removal")
    assert "答得清楚" not in client.get(f"/qa/reviews/{id}").text
    assert client.post(f"{url}/{made.id}/removal").status_code == 404


@pytest.mark.both_databases
def test_a_suggestion_is_shown_when_asked_for_and_the_first_mark_is_kept(
    world: World, as_person: AsPerson
) -> None:
    id, client = waiting(world, rubric=CHECKED), as_person("inspector")
    qa_suggesting.run(world.services.db, [stored(world, id).call_id], world.clock())
    desk = client.get(f"/qa/reviews/{id}").text
    assert "对照自动检查" in desk
    assert "自动检查的建议" not in desk
    marks = {"saves": 0, "page": "p", "turn": 1, "answer.opening": "missing"}
    answer = told(autosave(client, id, look="opening", **marks))
    assert "自动检查的建议" in answer["suggestions"]["opening"]
    assert 'data-seek="' in answer["suggestions"]["opening"]
    assert draft_of(world, id).first == {"opening": "missing"}
    client.post(
        f"/qa/reviews/{id}/finish",
        data={
            "saves": 1,
            "page": "p",
            "turn": 2,
            "answer.opening": "said",
            "answer.patience": "good",
        },
    )
    assert stored(world, id).scores[0].first == {"opening": "missing"}
    with world.reading() as session:
        key = session.query(Scorecard).one().key
    standing = client.get(f"/qa/scorecards/{key}/checks").text
    assert "0 / 1" in standing
    assert "要由人来判" in standing
    assert f'href="/qa/reviews/{id}"' in standing


@pytest.mark.both_databases
def test_a_picked_call_is_scored_once_and_never_by_its_own_agent(
    world: World, as_person: AsPerson
) -> None:
    with world.work(doing="test.call") as session:
        card = qa_world.add_scorecard(session)
        qa_world.add_call(session, "P-1", world.person("agent").id)
        qa_world.add_call(session, "P-2", world.person("inspector").id)
        card_id = card.id
    client = as_person("inspector")
    assert "P-1" in client.get("/qa/reviews/new?call=P-1").text
    done = client.post("/qa/reviews/new", data={"call": "P-1", "scorecard": card_id})
    assert done.status_code == 302
    with world.reading() as session:
        [review] = session.query(Review).all()
        assert (review.chosen, review.inspector_id) == ("manual", world.person("inspector").id)
        kinds = [job.kind for job in session.query(Job).all()]
    assert "qa.suggest" in kinds
    again = client.post("/qa/reviews/new", data={"call": "P-1", "scorecard": card_id})
    assert (again.status_code, "已经派出去了" in again.text) == (409, True)
    own = client.post("/qa/reviews/new", data={"call": "P-2", "scorecard": card_id})
    assert (own.status_code, "要由别人来评" in own.text) == (403, True)
    for bad in ({"call": "nobody", "scorecard": card_id}, {"call": "P-1"}):
        assert client.post("/qa/reviews/new", data=bad).status_code == 422


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_lead_gives_a_review_to_somebody_else_and_cancels_one_with_a_reason(
    world: World, as_person: AsPerson
) -> None:
    id = waiting(world)
    inspector, lead = as_person("inspector"), as_person("qa_lead")
    autosave(inspector, id, saves=0, page="p", turn=1, **WHOLE)
    page = lead.get(f"/qa/reviews/{id}/assignment")
    assert "已经评了一部分" in page.text
    to = world.person("qa_lead").id
    lead.post(f"/qa/reviews/{id}/assignment", data={"inspector": to, "reason": "请假"})
    assert stored(world, id).inspector_id == to
    assert autosave(inspector, id, saves=1, page="p", turn=2, **WHOLE).status_code == 404
    nobody = lead.post(f"/qa/reviews/{id}/assignment", data={"inspector": world.person("agent").id})
    assert nobody.status_code == 422
    assert "请写明取消的理由" in lead.post(f"/qa/reviews/{id}/cancellation", data={}).text
    lead.post(f"/qa/reviews/{id}/cancellation", data={"reason": "录音坏了"})
    assert (stored(world, id).state, stored(world, id).reason) == ("cancelled", "录音坏了")
    assert "没有没评完的通话" in lead.get("/qa/queue/all").text


@pytest.mark.both_databases
def test_an_answer_against_the_knowledge_base_is_shown_with_the_sentence_it_should_have_been(
    world: World, as_person: AsPerson
) -> None:
    """The agent said 30 %; no row of the article in force does: either may be wrong."""
    fee = {
        "key": "fee",
        "title": "退票费答得对",
        "kind": "check",
        "article": "refund-fee",
        "check": {"kind": "answer", "about": ["手续费"], "question": "开车前不足24小时退票费"},
        "options": [{"key": "right", "points": 4}, {"key": "wrong", "points": 0, "fails": True}],
    }
    section = {"key": "s", "title": "业务", "items": [fee]}
    id = waiting(world, rubric={"title": "答复", "mode": "points", "sections": [section]})
    said = [*qa_world.SAID[:2], (6.5, 10.0, "agent", "开车前不足24小时，退票费是票价的30%。")]
    with world.work(doing="test.said") as session:
        review = session.get_one(Review, id)
        review.call.started_at = world.clock() + timedelta(minutes=1)
        qa_world.add_transcript(session, review.call, said)
    world.clock.forward(hours=1)
    qa_suggesting.run(world.services.db, [stored(world, id).call_id], world.clock())
    client = as_person("inspector")
    answer = told(autosave(client, id, saves=0, page="p", turn=1, look="fee"))
    shown = answer["suggestions"]["fee"]
    assert "与当时的知识不同" in shown
    assert "《退票费怎么收》" in shown
    assert "/articles/refund-fee/reports" in shown
