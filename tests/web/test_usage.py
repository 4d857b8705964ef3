"""Usage: what is counted is what happened, for those who write."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta

import openpyxl
import pytest
from sqlalchemy import select

from kb.gate import EVERYTHING
from kb.models import Revision
from kb.records import Record
from tests.browsing import Client
from tests.world import World
from web import usage
from web.evidence.tables import Trace
from web.models import SearchEntry
from web.pages import ZONE
from web.periods import Period
from web.searchlog import Asked, Followed
from web.usage import Totals, Used

AsPerson = Callable[[str], Client]
TODAY = Period(date(2026, 11, 22), date(2026, 11, 22))


def busy(world: World, as_person: AsPerson) -> None:
    """A morning: three searches, of which one led to a copy; two articles opened, one twice."""
    agent = as_person("agent")
    person = world.person("agent").id
    log = world.services.searchlog
    for n, query in enumerate(("退票费", "儿童票", "能带狗吗")):
        log.note(Asked(person, world.clock(), query, 1, n < 2, "refund-fee", 1.0))
        if n == 0:
            log.note(Followed(person, world.clock(), "copied", "refund-fee", 1))
        log.flush()
        world.clock.forward(minutes=5)
    agent.post("/desk/call", data={"call": "C1"})
    agent.get("/articles/refund-fee")
    agent.post("/desk/copies", data={"key": "refund-fee", "number": "1"})
    agent.post("/desk/call", data={"call": "C2"})
    agent.get("/desk?q=退票费怎么收", headers={"HX-Request": "true"})
    agent.post("/desk/call", data={"call": ""})
    log.flush()
    world.services.evidence.flush()
    as_person("other_agent").get("/articles/refund-fee")
    as_person("other_agent").get("/articles/child-fare")


def test_totals_count_searches_links_views_copies_people_and_calls(
    world: World, as_person: AsPerson
) -> None:
    busy(world, as_person)
    with world.reading() as session:
        found = usage.totals(session, TODAY)
    assert (found.searches, found.linked, found.answered) == (4, 1, 3)
    assert (found.shown, found.views, found.copies, found.people) == (1, 3, 1, 2)
    assert (found.calls, found.linked_calls) == (2, 1)


def test_a_day_begins_at_midnight_in_china(world: World, as_person: AsPerson) -> None:
    world.clock.now = world.clock.now.replace(hour=23, minute=59)
    as_person("agent").get("/articles/refund-fee")
    world.clock.forward(minutes=1)
    as_person("agent").get("/articles/child-fare")
    with world.reading() as session:
        days = usage.by_day(session, Period(date(2026, 11, 21), date(2026, 11, 23)))
        assert [(d.day.day, d.views) for d in days] == [(21, 0), (22, 1), (23, 1)]
        assert usage.totals(session, TODAY).views == 1


@pytest.mark.both_databases
def test_an_article_counts_the_use_of_all_its_revisions(world: World, as_person: AsPerson) -> None:
    as_person("agent").get("/articles/child-fare")
    world.clock.forward(minutes=1)
    world.publish(Record("child-fare", "儿童票新规", "新内容。\n", category="特殊旅客/儿童"))
    as_person("agent").get("/articles/child-fare")
    with world.reading() as session:
        found = usage.articles(session, EVERYTHING, world.clock(), TODAY)
        mine = usage.articles(session, world.viewer("agent"), world.clock(), TODAY)
    [one] = [u for u in found if u.key == "child-fare"]
    assert (one.title, one.views) == ("儿童票新规", 2)
    assert "angry-caller" in {u.key for u in found} - {u.key for u in mine}
    assert not {"old-rule", "draft-luggage", "tomorrow-hours"} & {u.key for u in found}


def test_every_figure_is_the_plain_count_of_what_happened(world: World) -> None:
    chance, began = random.Random(9), TODAY.begin - timedelta(days=4)
    people = [world.person(who).id for who in ("agent", "other_agent", "editor")]
    with world.work() as session:
        texts = session.scalars(select(Revision)).all()
        traces = [
            trace(n, chance, began, chance.choice(people), chance.choice(texts)) for n in range(400)
        ]
        entries = [entry(chance, began, chance.choice(people)) for _ in range(200)]
        session.add_all([*traces, *entries])
    period = Period(TODAY.first - timedelta(days=3), TODAY.first - timedelta(days=1))
    with world.reading() as session:
        days = usage.by_day(session, period)
        whole = usage.totals(session, period)
        again = usage.totals(session, period, days)
        used = usage.articles(session, EVERYTHING, world.clock(), period)
    traces = [t for t in traces if period.begin <= t.at < period.end]
    entries = [e for e in entries if period.begin <= e.at < period.end]
    acted = [t for t in traces if t.act != "shown"]
    assert (
        whole
        == again
        == Totals(
            searches=len(entries),
            linked=sum(e.outcome in ("opened", "copied") for e in entries),
            answered=sum(e.answered for e in entries),
            shown=len(traces) - len(acted),
            views=sum(t.act == "opened" for t in traces),
            copies=sum(t.act == "copied" for t in traces),
            people=len({t.person_id for t in acted}),
            calls=len({t.call for t in traces} - {""}),
            linked_calls=len({t.call for t in acted} - {""}),
        )
    )
    assert [(d.day, d.searches, d.shown, d.views, d.copies) for d in days] == [
        (day, *counts)
        for day in (period.first + timedelta(days=n) for n in range(3))
        for counts in [
            (
                sum(e.at.astimezone(ZONE).date() == day for e in entries),
                *(
                    sum(t.act == act and t.at.astimezone(ZONE).date() == day for t in traces)
                    for act in ("shown", "opened", "copied")
                ),
            )
        ]
    ]
    counted = Counter((t.article_key, t.act) for t in traces)
    assert {(u.key, u.shown, u.views, u.copies) for u in used} == {
        (u.key, *(counted[u.key, act] for act in ("shown", "opened", "copied"))) for u in used
    }
    assert sum(u.views for u in used) > 20


def trace(n: int, chance: random.Random, began: datetime, person: int, text: Revision) -> Trace:
    return Trace(
        id=n + 1,
        at=began + timedelta(minutes=chance.randrange(5 * 24 * 60)),
        act=chance.choice(("shown", "opened", "copied")),
        surface="article",
        person_id=person,
        call=chance.choice(("", "", "C1", "C2", f"C{n}")),
        origin="desk",
        article_key=text.article.key,
        revision_number=text.number,
        revision_id=text.id,
        renderer="",
        shown_sha="",
        source_sha="",
        previous="",
        hash=str(n),
    )


def entry(chance: random.Random, began: datetime, person: int) -> SearchEntry:
    return SearchEntry(
        at=began + timedelta(minutes=chance.randrange(5 * 24 * 60)),
        person_id=person,
        query="退票",
        folded="退票",
        total=1,
        answered=chance.random() < 0.5,
        took_ms=1.0,
        outcome=chance.choice(("", "opened", "copied", "refined")),
    )


def made(key: str, age: int, views: int = 0, category: str = "票务/退票") -> Used:
    published = TODAY.begin - timedelta(days=age)
    return Used(key, key, category, "", published, age > 5, 0, views, 0)


def test_only_what_was_there_all_the_time_counts_as_never_used() -> None:
    used = [made("old", 9), made("older", 10), made("young", -1), made("busy", 9, views=1)]
    assert [one.key for one in usage.never_used(used, TODAY)] == ["older", "old"]


def test_groups_add_up_and_name_what_has_no_category() -> None:
    used = [made("a", 1, 3), made("b", 9), made("c", 1, 1, category="")]
    groups = usage.grouped(used, usage.top_category)
    assert [(g.name, g.articles, g.unused, g.overdue, g.views) for g in groups] == [
        ("票务", 2, 1, 1, 3),
        ("没有分类", 1, 0, 0, 1),
    ]
    assert sum(g.views for g in groups) == 4
    assert usage.grouped([], usage.owner) == []


def test_the_page_shows_shares_with_what_they_are_of(world: World, as_person: AsPerson) -> None:
    world.clock.forward(days=10)
    busy(world, as_person)
    page = as_person("editor").get("/usage?days=7").text
    for said in ("25.0%", "1 / 4 次", "3 / 4 次", "1 / 2 通记了编号的", "打开 2 · 复制 1"):
        assert said in page, said
    assert "通话开场白" in page  # never opened
    narrowed = as_person("editor").get("/usage?category=特殊旅客").text
    assert "儿童票按年龄怎么买" in narrowed
    assert "打开 2 · 复制 1" not in narrowed


def test_an_idle_centre_has_no_shares_and_says_what_to_do(as_person: AsPerson) -> None:
    page = as_person("editor").get("/usage?from=2020-01-01&to=2020-01-31").text
    assert "这段时间没有人用过" in page
    assert "%" not in page.split('class="figures"')[1].split("</section>")[0]


@pytest.mark.parametrize(
    "query",
    [
        "from=昨天",
        "from=2026-11-22&to=2026-11-01",
        "from=1990-01-01",
        "to=9999-12-31",
        "from=0001-01-01",
        "days=abc",
        "category=%00",
        "from=２０２６-11-01",
    ],
)
def test_odd_periods_are_answered_in_words(as_person: AsPerson, query: str) -> None:
    assert as_person("editor").get(f"/usage?{query}").status_code in (200, 400)


def test_the_tables_go_out_as_files(world: World, as_person: AsPerson) -> None:
    world.publish(Record("=1+1", "=cmd()", "公式。\n", category="票务"))
    busy(world, as_person)
    editor = as_person("editor")
    text = editor.get("/usage/export.csv?days=7").data.decode("utf-8-sig")
    rows = {row["编号"]: row for row in csv.DictReader(io.StringIO(text))}
    assert (rows["refund-fee"]["打开"], rows["refund-fee"]["复制"]) == ("2", "1")
    assert rows["'=1+1"]["标题"] == "'=cmd()"
    book = openpyxl.load_workbook(io.BytesIO(editor.get("/usage/export.xlsx?days=7").data))
    assert book.sheetnames == ["概况", "按日", "按分类", "按负责人", "文章"]
    assert dict(book["概况"].iter_rows(values_only=True))["打开文章"] == 3
    assert editor.get("/usage/export.csv?from=x").status_code == 422
    assert as_person("agent").get("/usage").status_code == 403
