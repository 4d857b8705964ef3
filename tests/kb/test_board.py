"""The board and its points: real names, kept history, a ledger that only grows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb import board, points
from kb.board import Post, Thread, Wanted
from kb.errors import EditConflict, InvalidContent, Settled
from kb.points import FrozenEntry, Points, Sum
from kb.vocabulary import Vocabulary

from ..world import NOW, World

DAY = timedelta(days=1)


@pytest.fixture
def thread(world: World) -> int:
    """The other agent asks; the agent answers."""
    with world.work("other_agent", "test") as session:
        made = board.ask(session, "退票要扣多少", "旅客开车前一天退。", 2, world.clock())
        board.reply(session, made.id, "票价的10%，看条目。", 1, world.clock())
        return made.id


def test_what_is_sent_twice_is_posted_once(world: World, thread: int) -> None:
    with world.work("agent", "test") as session:
        again = board.ask(session, " 退票要扣多少 ", "旅客开车前一天退。\r\n", 2, NOW)
        assert again.id == thread
        board.reply(session, thread, "票价的10%，看条目。", 1, NOW)
        board.reply(session, thread, "另一种说法。", 1, NOW)
        board.reply(session, thread, "票价的10%，看条目。", 1, NOW + DAY)
        assert [p.number for p in again.posts] == [1, 2, 3, 4]


def test_an_edit_keeps_what_was_said_before(world: World, thread: int) -> None:
    with world.work("other_agent", "test") as session:
        post = session.get_one(Thread, thread).question
        board.edit(session, post.id, "开车前两天退。", 2, NOW, title="退票扣多少钱", version=1)
        board.edit(session, post.id, "开车前两天退。", 2, NOW, title="退票扣多少钱")
        with pytest.raises(EditConflict):
            board.edit(session, post.id, "第三稿", 2, NOW, title="题", version=1)
    with world.reading() as session:
        found = session.get_one(Thread, thread)
        assert found.title == "退票扣多少钱"
        (old,) = found.question.edits
        assert (old.title, old.body) == ("退票要扣多少", "旅客开车前一天退。")


def test_one_answer_is_the_best_and_a_hidden_one_never(world: World, thread: int) -> None:
    with world.work("agent", "test") as session:
        second = board.reply(session, thread, "查过了，是10%。", 1, NOW)
        found = session.get_one(Thread, thread)
        first = found.posts[1]
        board.choose(session, first.id, 2, NOW)
        board.choose(session, second.id, 2, NOW)
        assert found.best is second
        assert [p.number for p in found.answers] == [3, 2]
        board.hide(session, second.id, "写了旅客的手机号", 9, NOW)
        assert found.best is None
        with pytest.raises(InvalidContent, match="已隐藏"):
            board.choose(session, second.id, 2, NOW)
        with pytest.raises(InvalidContent, match="提问自己"):
            board.choose(session, found.question.id, 2, NOW)
        with pytest.raises(InvalidContent, match="原因"):
            board.hide(session, first.id, " ", 9, NOW)


def test_a_hidden_question_leaves_the_list_and_takes_no_answers(world: World, thread: int) -> None:
    with world.work("administrator", "test") as session:
        board.hide(session, session.get_one(Thread, thread).question.id, "广告", 9, NOW)
    with world.work("agent", "test") as session:
        with pytest.raises(Settled):
            board.reply(session, thread, "晚了一步", 1, NOW)
        assert thread not in {t.id for t in board.listing(session, Wanted())[1]}
        assert thread in {t.id for t in board.listing(session, Wanted(hidden_too=True))[1]}


def test_the_list_is_narrowed_searched_and_paged(world: World, thread: int) -> None:
    words = Vocabulary(synonyms=(frozenset({"退票", "退钱"}),))
    with world.reading() as session:

        def found(**wanted: object) -> list[int]:
            return [t.id for t in board.listing(session, Wanted(**wanted), vocabulary=words)[1]]  # type: ignore[arg-type]

        assert found(text="退票扣多少")[0] == thread
        assert found(text="退钱") == [thread]
        assert found(text="“票价的10%”") == [thread]
        assert found(text="宠物") == []
        assert thread in found(show="open")
        assert found(show="answered") == []
        assert found(show="mine", person_id=4711) == []
        assert board.listing(session, Wanted(), limit=1, offset=1)[0] == 2
        assert len(board.listing(session, Wanted(), limit=1, offset=1)[1]) == 1


def test_the_key_of_an_article_in_an_address_is_not_searched(world: World) -> None:
    with world.work("supervisor", "test") as session:
        board.ask(session, "怎么升级", "见 https://kb/articles/angry-caller 第二段", 5, NOW)
        assert board.listing(session, Wanted(text="angry"))[0] == 0


@given(st.text(max_size=40), st.lists(st.text(max_size=40), max_size=4))
def test_a_fit_is_between_0_and_1_for_any_text(text: str, folded: list[str]) -> None:
    assert 0 <= board.fit(text, folded) <= 1


@pytest.mark.parametrize("body", ["", " \n ", "长" * 10_001, "坏\0字", "\udc00"])
def test_what_cannot_be_kept_is_refused(world: World, thread: int, body: str) -> None:
    with world.work("agent", "test") as session, pytest.raises(InvalidContent):
        board.reply(session, thread, body, 1, NOW)


# Points


def given_to(world: World, person: int, count: int, sort: str = "quality", **more: object) -> int:
    with world.work("supervisor", "test") as session:
        at = more.pop("at", NOW)
        return points.give(session, person, count, sort, "答得好", 5, at, **more).id  # type: ignore[arg-type]


def test_sums_are_of_their_period_and_a_mistake_is_countered_not_changed(world: World) -> None:
    first = given_to(world, 1, 3)
    given_to(world, 1, 2, "activity")
    given_to(world, 2, 4, at=NOW - 40 * DAY)
    with world.work("administrator", "test") as session:
        points.correct(session, first, "给错人了", 9, NOW)
        with pytest.raises(Settled):
            points.correct(session, first, "再冲一次", 9, NOW)
    with world.reading() as session:
        assert points.sums(session, NOW - DAY, NOW + DAY) == [Sum(1, 0, 2, 3)]
        assert points.sums(session, NOW - 60 * DAY, NOW - 30 * DAY) == [Sum(2, 4, 0, 1)]
        assert [e.points for e in points.entries(session, NOW - DAY, NOW + DAY)] == [-3, 2, 3]


def test_the_ledger_refuses_to_be_rewritten(world: World) -> None:
    entry = given_to(world, 1, 3)
    with pytest.raises(FrozenEntry), world.work("administrator", "test") as session:
        session.get_one(Points, entry).points = 30
    with pytest.raises(FrozenEntry), world.work("administrator", "test") as session:
        session.delete(session.get_one(Points, entry))


def test_a_form_sent_twice_gives_once_and_nobody_gives_to_themselves(world: World) -> None:
    post = 0
    with world.reading() as session:
        post = session.query(Post).first().id  # type: ignore[union-attr]
    first = given_to(world, 1, 3, token="t1", post_id=post)
    assert given_to(world, 1, 3, token="t1", post_id=post) == first
    with world.reading() as session:
        assert list(points.of_posts(session, [post])) == [post]
    with pytest.raises(InvalidContent, match="自己"):
        given_to(world, 5, 1)


@pytest.mark.parametrize("count", [0, -1, 21])
def test_points_are_few_and_positive(world: World, count: int) -> None:
    with pytest.raises(InvalidContent):
        given_to(world, 1, count)
