"""The pages of reviews: who is asked, who judges, what could not wait."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kb import articles, policy, reviews
from kb.articles import Edit
from kb.records import Record

from ..world import DRAFT, World
from .editing import AsPerson, errors, notices, page, shown, told

KEY = DRAFT.key
HERE = f"/reviews/{KEY}"


def state(world: World) -> str:
    from kb.approvals import state_of

    with world.reading() as session:
        return state_of(articles.get(session, KEY).latest, world.clock())


def submit(world: World) -> None:
    with world.work("editor", "kb.submit") as session:
        reviews.submit(session, articles.get(session, KEY), edit(world, "editor"))


def edit(world: World, who: str) -> Edit:
    return Edit(world.person(who).id, world.clock())


def test_a_draft_goes_from_its_writer_over_a_reviewer_to_the_agents(
    world: World, as_person: AsPerson
) -> None:
    editor, reviewer = as_person("editor"), as_person("reviewer")
    sent = editor.post(f"{HERE}/request", data={"reviewer": "2002", "message": "新限重"})
    assert "陆明审" in told(editor, sent)
    queue = page(reviewer.get("/reviews")).select("tbody tr")
    assert [DRAFT.title in row.get_text() for row in queue] == [True]
    assert "新限重" in reviewer.get(HERE).text
    assert DRAFT.title in reviewer.get("/").text
    assert "已通过" in told(reviewer, reviewer.post(f"{HERE}/approval", data={"version": "1"}))
    told(reviewer, reviewer.post(f"{HERE}/publication", data={"version": "1", "at": ""}))
    assert as_person("agent").get(f"/articles/{KEY}").status_code == 200
    assert "审核通过" in editor.get(f"/articles/{KEY}/timeline").text


def test_what_is_sent_back_waits_on_its_writers_first_page(
    world: World, as_person: AsPerson
) -> None:
    submit(world)
    reviewer, editor = as_person("reviewer"), as_person("editor")
    assert reviewer.post(f"{HERE}/return", data={"reason": ""}).status_code == 422
    reviewer.post(f"{HERE}/return", data={"reason": "缺依据"})
    assert "缺依据" in editor.get("/").text
    assert "缺依据" in editor.get(HERE).text
    assert "缺依据" in editor.get("/reviews?scope=asked").text


@pytest.mark.both_databases
def test_an_approval_of_a_text_that_was_changed_meanwhile_is_refused(
    world: World, as_person: AsPerson
) -> None:
    submit(world)
    with world.work("editor", "kb.edit") as session:
        record = Record(KEY, DRAFT.title, "又改了。")
        articles.save(session, articles.get(session, KEY), record, edit(world, "editor"))
    reviewer = as_person("reviewer")
    said = told(reviewer, reviewer.post(f"{HERE}/approval", data={"version": "1"}))
    assert "又改过" in said
    assert state(world) == "review"


@pytest.mark.both_databases
def test_nobody_approves_their_own_and_it_is_said_before_they_try(
    world: World, as_person: AsPerson
) -> None:
    with world.work("reviewer", "kb.edit") as session:
        record = Record(KEY, DRAFT.title, "审核员改过。")
        articles.save(session, articles.get(session, KEY), record, edit(world, "reviewer"))
    submit(world)
    reviewer = as_person("reviewer")
    assert "要由别人审核" in reviewer.get(HERE).text
    assert "要由别人审核" in told(
        reviewer, reviewer.post(f"{HERE}/approval", data={"version": "2"})
    )
    administrator = as_person("administrator")
    told(administrator, administrator.post(f"{HERE}/approval", data={"version": "2"}))
    assert state(world) == "approved"


def test_steps_out_of_turn_and_steps_taken_twice_are_sentences(
    world: World, as_person: AsPerson
) -> None:
    reviewer = as_person("reviewer")
    for step in ("approval", "return", "taking-back", "withdrawal", "schedule/removal"):
        answer = reviewer.post(f"{HERE}/{step}", data={"version": "1", "reason": "为什么"})
        assert told(reviewer, answer)
    assert reviewer.post("/reviews/nowhere/approval", data={"version": "1"}).status_code == 404
    submit(world)
    editor = as_person("editor")
    assert "不能送审" in told(editor, editor.post(f"{HERE}/request", data={}))


@pytest.mark.parametrize(
    "data",
    [{"reviewer": "1001"}, {"reviewer": "没有这人\0"}, {"message": "字" * 1001}],
)
def test_a_request_that_cannot_be_made_keeps_what_was_typed(
    as_person: AsPerson, data: dict[str, str]
) -> None:
    answer = as_person("editor").post(f"{HERE}/request", data=data)
    assert answer.status_code == 422
    assert data.get("message", "") in answer.text


def test_a_text_set_for_later_is_found_by_nobody_before_and_by_all_after(
    world: World, as_person: AsPerson
) -> None:
    reviewer, agent = as_person("reviewer"), as_person("agent")
    said = told(reviewer, reviewer.post(f"{HERE}/publication", data={"at": "2026-11-23T08:00"}))
    assert "2026-11-23 08:00" in said
    world.sync()
    library = world.services.library
    assert agent.get(f"/articles/{KEY}").status_code == 404
    assert KEY not in {hit.key for hit in library.search("行李限重").hits}
    assert library.differences() == {}
    world.clock.forward(hours=22)
    assert library.search("行李限重").hits[0].key == KEY  # no job has run since
    assert as_person("agent").get(f"/articles/{KEY}").status_code == 200
    assert library.differences() == {}


def test_a_schedule_taken_back_leaves_the_index_without_it(
    world: World, as_person: AsPerson
) -> None:
    reviewer = as_person("reviewer")
    reviewer.post(f"{HERE}/publication", data={"at": "2026-11-23 08:00"})
    world.sync()
    told(reviewer, reviewer.post(f"{HERE}/schedule/removal"))
    world.clock.forward(days=2)
    assert KEY not in {hit.key for hit in world.services.library.search("行李限重").hits}
    world.sync()
    assert world.services.library.differences() == {}


@pytest.mark.parametrize("at", ["明天", "2020-01-01 00:00", "9999-99-99"])
def test_a_time_that_cannot_be_meant_is_asked_again(as_person: AsPerson, at: str) -> None:
    answer = as_person("reviewer").post(f"{HERE}/publication", data={"at": at})
    assert answer.status_code == 422
    assert at in answer.text


def test_an_urgent_text_stands_in_its_list_until_another_has_judged_it(
    world: World, as_person: AsPerson
) -> None:
    editor, reviewer = as_person("editor"), as_person("reviewer")
    assert editor.post(f"{HERE}/urgency", data={"urgent_reason": " "}).status_code == 422
    told(editor, editor.post(f"{HERE}/urgency", data={"urgent_reason": "线路中断"}))
    assert as_person("agent").get(f"/articles/{KEY}").status_code == 200
    assert "线路中断" in reviewer.get("/reviews?scope=urgent").text
    assert "要由别人审核" in editor.get(HERE).text or "补审通过" not in editor.get(HERE).text
    told(reviewer, reviewer.post(f"{HERE}/taking-back", data={"reason": "写错了"}))
    assert as_person("agent").get(f"/articles/{KEY}").status_code == 404
    world.sync()
    assert KEY not in {hit.key for hit in world.services.library.search("行李限重").hits}


@pytest.mark.both_databases
def test_remarks_quote_the_text_and_are_settled(world: World, as_person: AsPerson) -> None:
    submit(world)
    reviewer, editor = as_person("reviewer"), as_person("editor")
    reviewer.post(f"{HERE}/remarks", data={"quote": "免费携带20千克", "text": "依据哪一条？"})
    found = page(editor.get(HERE))
    assert found.select_one(".under-review mark") is not None
    (form,) = found.select('form[action$="/resolution"]')
    told(editor, editor.post(str(form["action"])))
    assert page(editor.get(HERE)).select_one(".under-review mark") is None
    assert "已解决" in editor.get(HERE).text
    lost = reviewer.post(f"{HERE}/remarks", data={"quote": "没有这句", "text": "我的意见"})
    assert lost.status_code == 422
    assert "我的意见" in lost.text
    assert reviewer.post(f"{HERE}/remarks/999/resolution").status_code == 404


def test_where_four_eyes_are_asked_for_what_was_typed_is_saved_and_not_published(
    world: World, as_person: AsPerson
) -> None:
    with world.work("administrator", "kb.policy") as session:
        policy.put(session, policy.FOUR_EYES, 1)
    reviewer = as_person("reviewer")
    form = shown(reviewer.get(f"/edit/articles/{KEY}")) | {"body": "审核员自己写的。"}
    answer = reviewer.post(f"/edit/articles/{KEY}/publication", data=form)
    assert "要由别人审核" in told(reviewer, answer)
    with world.reading() as session:
        draft = articles.get(session, KEY).draft
        assert draft is not None
        assert draft.body == "审核员自己写的。"


# Two editors at once


@pytest.mark.both_databases
def test_the_second_of_two_editors_is_told_and_merges_by_hand(
    world: World, as_person: AsPerson
) -> None:
    """The other's text is shown word by word against one's own; a second save goes over it."""
    first, second = as_person("editor"), as_person("both")
    here = f"/edit/articles/{KEY}"
    mine, theirs = shown(second.get(here)), shown(first.get(here))
    first.post(f"{here}/draft", data=theirs | {"body": "每人可免费携带25千克行李。"})
    refused = second.post(f"{here}/draft", data=mine | {"body": "每人可免费携带30千克行李。"})
    assert refused.status_code == 409
    found = page(refused)
    assert [d.get_text() for d in found.select(".changes del")] == ["25千克"]
    assert [i.get_text() for i in found.select(".changes ins")] == ["30千克"]
    assert "沈墨言" in notices(refused)
    merged = shown(refused) | {"body": "每人可免费携带25千克，商务座30千克。"}
    told(second, second.post(f"{here}/draft", data=merged))
    with world.reading() as session:
        draft = articles.get(session, KEY).draft
        assert draft is not None
        assert draft.body.startswith("每人可免费携带25千克，商务座")
        assert len(draft.writers or ()) == 2


# Comparing and bringing back


def test_any_two_revisions_are_compared_by_words_and_an_old_one_is_brought_back(
    world: World, as_person: AsPerson
) -> None:
    for body in ("不收费，限8天以上。", "不收费，限15天以上。", "不收费，限30天以上。"):
        world.publish(Record("refund-fee", "退票费怎么收", body))
    editor = as_person("editor")
    compared = page(editor.get("/articles/refund-fee/comparison?old=2&new=4"))
    assert [d.get_text() for d in compared.select(".changes del")] == ["8天"]
    assert [i.get_text() for i in compared.select(".changes ins")] == ["30天"]
    assert editor.get("/articles/refund-fee/comparison?old=2&new=99").status_code == 404
    assert len(page(editor.get("/articles/refund-fee/revisions")).select("[name=old]")) == 4
    restored = editor.post("/articles/refund-fee/revisions/2/restoration")
    assert "新草稿" in told(editor, restored)
    again = editor.post("/articles/refund-fee/revisions/3/restoration")
    assert "已有草稿" in told(editor, again)


# Confirming


@pytest.mark.both_databases
def test_what_is_past_its_confirmation_is_marked_and_confirmed_with_one_key(
    world: World, as_person: AsPerson
) -> None:
    world.clock.forward(days=101)
    reviewer, agent = as_person("reviewer"), as_person("agent")
    assert "已过核对期 11 天" in agent.get("/articles/identity-rule").text
    assert "已过核对期 11 天" in reviewer.get("/").text
    assert "实名制核验规定" in reviewer.get("/edit?state=overdue").text
    assert "实名制核验规定" in reviewer.get("/edit/overdue").text
    told(reviewer, reviewer.post("/articles/identity-rule/confirmation"))
    assert "已过核对期" not in agent.get("/articles/identity-rule").text
    told(reviewer, reviewer.post("/articles/identity-rule/owner", data={"owner": "2001"}))
    said = told(reviewer, reviewer.post("/articles/identity-rule/owner", data={"owner": "x\0"}))
    assert "没有改" in said


def test_the_rules_are_set_all_together_or_not_at_all(world: World, as_person: AsPerson) -> None:
    administrator = as_person("administrator")
    good = {name: "30" for name in policy.DEFAULTS if name != policy.FOUR_EYES}
    wrong = administrator.post("/admin/policy", data=good | {"verify.faq": "半年"})
    assert "半年" in errors(wrong)
    told(administrator, administrator.post("/admin/policy", data=good | {"four_eyes": "1"}))
    with world.reading() as session:
        assert policy.load(session) == {**dict.fromkeys(good, 30), policy.FOUR_EYES: 1}


# For somebody alone


def test_a_text_for_one_person_is_read_by_that_person_alone(
    world: World, as_person: AsPerson
) -> None:
    editor = as_person("editor")
    form = page(editor.get("/edit/new"))
    choice = form.select_one('input[name=audiences][value="1001"]')
    assert choice is not None
    assert choice.parent is not None
    assert "周小禾" in choice.parent.get_text()
    world.publish(Record("only-you", "单独交代", "只给你看。", audiences=("1001",)))
    assert as_person("agent").get("/articles/only-you").status_code == 200
    assert as_person("other_agent").get("/articles/only-you").status_code == 404
    hits = world.services.library.search("单独交代", viewer=world.viewer("other_agent")).hits
    assert "only-you" not in {hit.key for hit in hits}
    assert "周小禾（1001）" in editor.get("/articles/only-you").text


def test_a_schedule_is_a_matter_of_editors_until_its_moment(
    world: World, as_person: AsPerson
) -> None:
    with world.work("reviewer", "kb.publish") as session:
        due = world.clock() + timedelta(hours=1)
        reviews.publish(session, articles.get(session, KEY), edit(world, "reviewer"), at=due)
    agent = as_person("agent")
    assert agent.get(f"/articles/{KEY}/revisions").status_code == 404
    assert agent.get(f"/articles/{KEY}/revisions/1").status_code == 404
    assert "已定时" in as_person("editor").get(f"/articles/{KEY}/revisions").text
