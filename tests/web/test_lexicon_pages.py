"""The pages of the lexicon: try before saving, keep, take in from a file, and hand out."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from sqlalchemy import select

from kb.lexicon import SynonymGroup, Term
from tests.browsing import Client
from tests.world import World
from web.models import Job

AsPerson = Callable[[str], Client]


def groups(world: World) -> list[list[str]]:
    with world.reading() as session:
        return [g.words for g in session.scalars(select(SynonymGroup).order_by(SynonymGroup.id))]


def test_trying_shows_the_effect_and_saves_nothing(world: World, as_person: AsPerson) -> None:
    page = as_person("editor").get("/kb/lexicon/synonyms?words=撤单=退票&try=撤单")
    text = page.get_data(as_text=True)
    assert "<strong>退票费怎么收</strong>" in text
    assert "已包含：撤单 = 退票" in text
    assert groups(world) == []


@pytest.mark.both_databases
def test_a_group_is_kept_changed_and_removed(world: World, as_person: AsPerson) -> None:
    browser = as_person("editor")
    browser.post("/kb/lexicon/synonyms", data={"words": "撤单=退票"})
    assert groups(world) == [["撤单", "退票"]]
    with world.reading() as session:
        id = session.scalars(select(SynonymGroup.id)).one()
    browser.post("/kb/lexicon/synonyms", data={"words": "撤单、退票、退掉", "group": str(id)})
    assert groups(world) == [["撤单", "退票", "退掉"]]
    browser.post(f"/kb/lexicon/synonyms/{id}/removal")
    assert groups(world) == []


def test_what_cannot_be_kept_is_said_and_what_was_typed_stays(
    world: World, as_person: AsPerson
) -> None:
    answer = as_person("editor").post("/kb/lexicon/synonyms", data={"words": "只有一个"})
    assert answer.status_code == 422
    assert "至少要有两个不同的词" in answer.get_data(as_text=True)
    assert 'value="只有一个"' in answer.get_data(as_text=True)


def test_a_new_term_asks_for_one_rebuild(world: World, as_person: AsPerson) -> None:
    browser = as_person("editor")
    for term in ("候补购票", "12306 App", "候补购票"):
        browser.post("/kb/lexicon/terms", data={"term": term})
    with world.reading() as session:
        assert set(session.scalars(select(Term.text))) == {"候补购票", "12306 App"}
        assert list(session.scalars(select(Job.kind))) == ["kb.rebuild"]


def test_a_pin_for_an_article_that_does_not_exist_is_refused(as_person: AsPerson) -> None:
    answer = as_person("editor").post("/kb/lexicon/pins", data={"query": "退票", "key": "no-such"})
    assert answer.status_code == 422
    assert "找不到文章" in answer.get_data(as_text=True)


@pytest.mark.both_databases
def test_an_export_imports_again_without_a_difference(world: World, as_person: AsPerson) -> None:
    browser = as_person("editor")
    browser.post("/kb/lexicon/synonyms", data={"words": "撤单=退票"})
    browser.post("/kb/lexicon/pins", data={"query": "退票费", "key": "refund-fee"})
    browser.post("/kb/lexicon/terms", data={"term": "候补购票"})
    for part in ("synonyms", "terms", "pins"):
        text = browser.get(f"/kb/lexicon/{part}.txt").get_data()
        assert text.count(b"\n") == 1
        upload = {"file": (io.BytesIO(text), "in.txt")}
        again = browser.post(f"/kb/lexicon/{part}/import", data=upload, follow_redirects=True)
        assert "新加 0 条" in again.get_data(as_text=True)


def test_a_file_with_one_bad_line_changes_nothing_and_names_the_line(
    world: World, as_person: AsPerson
) -> None:
    upload = {"file": (io.BytesIO("撤单=退票\n孤单\n".encode()), "in.txt")}
    page = as_person("editor").post(
        "/kb/lexicon/synonyms/import", data=upload, follow_redirects=True
    )
    assert "第 2 行" in page.get_data(as_text=True)
    assert groups(world) == []


def test_a_file_that_is_no_text_is_refused_in_words(as_person: AsPerson) -> None:
    upload = {"file": (io.BytesIO(b"\xff\xfe\x00x"), "in.txt")}
    page = as_person("editor").post("/kb/lexicon/terms/import", data=upload, follow_redirects=True)
    assert "UTF-8" in page.get_data(as_text=True)


def test_an_agent_may_not_touch_the_lexicon(as_person: AsPerson) -> None:
    browser = as_person("agent")
    assert browser.get("/kb/lexicon/synonyms").status_code == 403
    assert browser.post("/kb/lexicon/synonyms", data={"words": "甲=乙"}).status_code == 403
