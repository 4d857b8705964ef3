"""The message board: questions under real names, answers by anybody, one of them the best.

What was written before an edit is kept, and what is hidden keeps its reason. An article that a
thread speaks of is named by its id alone; whoever shows it asks the gate.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, func, or_, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from .columns import Moment
from .errors import EditConflict, InvalidContent, NotFound, Settled
from .models import Article, Base, Category
from .query import parse
from .text import fold
from .vocabulary import EMPTY, Vocabulary

LONGEST_TITLE = 120
LONGEST_POST = 10_000
LONGEST_REASON = 400
TWICE = timedelta(minutes=10)
"""The same words of the same person within this are one post, sent twice."""
SEARCHED = 2000
"""Threads that are looked through for words, the latest of them."""
ENOUGH = 0.6
"""Share of a question's telling words, by length, that a thread about it has."""


class Thread(Base):
    """A question and its answers; the post with number 1 is the question's own text."""

    __tablename__ = "board_thread"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE))
    author_id: Mapped[int] = mapped_column(index=True)
    category_id: Mapped[int | None] = mapped_column(ForeignKey(Category.id, ondelete="SET NULL"))
    article_id: Mapped[int | None] = mapped_column(
        ForeignKey(Article.id, ondelete="SET NULL"), index=True
    )
    at: Mapped[datetime] = mapped_column(Moment)
    active_at: Mapped[datetime] = mapped_column(Moment, index=True)

    category: Mapped[Category | None] = relationship(lazy="joined")
    posts: Mapped[list[Post]] = relationship(
        back_populates="thread", order_by="Post.number", lazy="selectin"
    )

    @property
    def question(self) -> Post:
        return self.posts[0]

    @property
    def answers(self) -> list[Post]:
        """The best first, then as they came."""
        return sorted(self.posts[1:], key=lambda post: (post.best_at is None, post.number))

    @property
    def best(self) -> Post | None:
        return next((p for p in self.posts if p.best_at is not None and p.hidden_at is None), None)

    @property
    def hidden(self) -> bool:
        """With its question the whole thread is hidden."""
        return self.question.hidden_at is not None


class Post(Base):
    """One text of a thread, under its author's name."""

    __tablename__ = "board_post"
    __table_args__ = (
        UniqueConstraint("thread_id", "number"),
        Index("ix_board_post_author_id_at", "author_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey(Thread.id))
    number: Mapped[int]
    author_id: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime | None] = mapped_column(Moment)
    best_at: Mapped[datetime | None] = mapped_column(Moment)
    best_by: Mapped[int | None]
    hidden_at: Mapped[datetime | None] = mapped_column(Moment)
    hidden_by: Mapped[int | None]
    hidden_reason: Mapped[str] = mapped_column(Text, default="")
    draft_id: Mapped[int | None] = mapped_column(ForeignKey(Article.id, ondelete="SET NULL"))

    thread: Mapped[Thread] = relationship(back_populates="posts")
    draft: Mapped[Article | None] = relationship(lazy="joined")
    edits: Mapped[list[PostEdit]] = relationship(
        back_populates="post", order_by="PostEdit.id", lazy="selectin"
    )


class PostEdit(Base):
    """What a post said before an edit. Never rewritten."""

    __tablename__ = "board_edit"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey(Post.id), index=True)
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE), default="")
    body: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(Moment)

    post: Mapped[Post] = relationship(back_populates="edits")


# Writing


def ask(
    session: Session,
    title: str,
    body: str,
    by: int,
    at: datetime,
    *,
    category_id: int | None = None,
    article_id: int | None = None,
) -> Thread:
    """A new question; sent twice, it is made once. Raises InvalidContent."""
    title, body = _title(title), _body(body)
    for thread in session.scalars(
        select(Thread).where(Thread.author_id == by, Thread.at > at - TWICE, Thread.title == title)
    ):
        if thread.question.body == body:
            return thread
    thread = Thread(
        title=title,
        author_id=by,
        category_id=category_id,
        article_id=article_id,
        at=at,
        active_at=at,
    )
    thread.posts.append(Post(number=1, author_id=by, body=body, folded=_folded(title, body), at=at))
    session.add(thread)
    session.flush()
    return thread


def reply(session: Session, thread_id: int, body: str, by: int, at: datetime) -> Post:
    """An answer; sent twice, it is made once. Raises NotFound, InvalidContent, Settled."""
    thread, body = hold(session, thread_id), _body(body)
    if thread.hidden:
        raise Settled("这个提问已被隐藏，不能再回答。")
    for post in thread.posts[1:]:
        if post.author_id == by and post.body == body and post.at > at - TWICE:
            return post
    number = max(p.number for p in thread.posts) + 1
    post = Post(number=number, author_id=by, body=body, folded=_folded("", body), at=at)
    thread.posts.append(post)
    thread.active_at = at
    session.flush()
    return post


def edit(
    session: Session,
    post_id: int,
    body: str,
    by: int,
    at: datetime,
    *,
    title: str = "",
    version: int | None = None,
) -> Post:
    """Change a post, keeping what it said. ``title`` is for the question alone.

    Raises NotFound, InvalidContent, and EditConflict when ``version`` is not what is there.
    """
    post = hold_post(session, post_id)
    if version is not None and version != post.version:
        raise EditConflict(post.thread.title)
    body, first = _body(body), post.number == 1
    title = _title(title) if first else ""
    if body == post.body and (not first or title == post.thread.title):
        return post
    before = post.thread.title if first else ""
    post.edits.append(PostEdit(title=before, body=post.body, by_id=by, at=at))
    post.body, post.folded = body, _folded(title, body)
    post.changed_at, post.version = at, post.version + 1
    if first:
        post.thread.title = title
    session.flush()
    return post


def choose(session: Session, post_id: int, by: int, at: datetime) -> Post:
    """Make it the best answer of its thread, in the place of another. Raises InvalidContent."""
    post = hold_post(session, post_id)
    if post.number == 1:
        raise InvalidContent("post", "提问自己不能选作最佳回答。")
    if post.hidden_at is not None:
        raise InvalidContent("post", "已隐藏的回答不能选作最佳回答。")
    if post.best_at is None:
        for other in post.thread.posts:
            other.best_at = other.best_by = None
        post.best_at, post.best_by = at, by
        session.flush()
    return post


def unchoose(session: Session, post_id: int) -> Post:
    post = hold_post(session, post_id)
    post.best_at = post.best_by = None
    session.flush()
    return post


def hide(session: Session, post_id: int, reason: str, by: int, at: datetime) -> Post:
    """Nobody but moderators reads it from now on. Raises InvalidContent without a reason."""
    reason = reason.strip()
    if not reason:
        raise InvalidContent("reason", "请写明隐藏的原因，作者会看到。")
    if len(reason) > LONGEST_REASON:
        raise InvalidContent("reason", f"原因最长{LONGEST_REASON}个字。")
    post = hold_post(session, post_id)
    if post.hidden_at is None:
        post.hidden_at, post.hidden_by, post.hidden_reason = at, by, reason
        session.flush()
    return post


def unhide(session: Session, post_id: int) -> Post:
    post = hold_post(session, post_id)
    post.hidden_at = post.hidden_by = None
    post.hidden_reason = ""
    session.flush()
    return post


def hold(session: Session, id: int) -> Thread:
    """The thread, kept from other writers. Raises NotFound."""
    found = session.scalars(
        select(Thread)
        .where(Thread.id == id)
        .with_for_update(of=Thread)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("提问", str(id))
    return found


def hold_post(session: Session, id: int) -> Post:
    """A post, with its thread kept from other writers. Raises NotFound."""
    found = session.get(Post, id)
    if found is None:
        raise NotFound("回答", str(id))
    hold(session, found.thread_id)
    session.refresh(found)
    return found


# Reading


def get(session: Session, id: int) -> Thread:
    found = session.get(Thread, id)
    if found is None:
        raise NotFound("提问", str(id))
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed to; '' does not narrow. ``show``: '', open, answered, mine."""

    text: str = ""
    show: str = ""
    category: str = ""
    article_id: int | None = None
    person_id: int | None = None
    hidden_too: bool = False


def listing(
    session: Session,
    wanted: Wanted,
    *,
    offset: int = 0,
    limit: int = 20,
    vocabulary: Vocabulary = EMPTY,
) -> tuple[int, Sequence[Thread]]:
    """(how many, one page): the latest first, or with words those that fit best."""
    query = select(Thread).options(joinedload(Thread.category))
    shown = Post.hidden_at.is_(None)
    if not wanted.hidden_too:
        query = query.where(Thread.posts.any((Post.number == 1) & shown))
    best = Thread.posts.any(Post.best_at.is_not(None) & shown)
    if wanted.show == "open":
        query = query.where(~best)
    elif wanted.show == "answered":
        query = query.where(best)
    elif wanted.show == "mine":
        query = query.where(Thread.posts.any(Post.author_id == wanted.person_id))
    if wanted.article_id is not None:
        query = query.where(Thread.article_id == wanted.article_id)
    if wanted.category:
        query = query.join(Thread.category).where(
            or_(
                Category.path == wanted.category,
                func.substr(Category.path, 1, len(wanted.category) + 1) == wanted.category + "/",
            )
        )
    if wanted.text.strip():
        latest = query.order_by(Thread.active_at.desc(), Thread.id.desc()).limit(SEARCHED)
        found = _fitting(session.scalars(latest).all(), wanted, vocabulary)
        return len(found), found[offset : offset + limit]
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    ordered = query.order_by(Thread.active_at.desc(), Thread.id.desc())
    return total, session.scalars(ordered.offset(offset).limit(limit)).all()


def _fitting(threads: Iterable[Thread], wanted: Wanted, vocabulary: Vocabulary) -> list[Thread]:
    scored = []
    for thread in threads:
        posts = [p for p in thread.posts if wanted.hidden_too or p.hidden_at is None]
        score = fit(wanted.text, (post.folded for post in posts), vocabulary)
        if score >= ENOUGH:
            scored.append((score, thread))
    scored.sort(key=lambda pair: -pair[0])  # stable: the latest of equals stays first
    return [thread for _, thread in scored]


def fit(text: str, folded: Iterable[str], vocabulary: Vocabulary = EMPTY) -> float:
    """0…1: the share of the question's telling words, by length, that stand in folded texts.

    Pure. A word counts as found by any of its synonyms; quoted phrases must stand as they are.
    """
    query = parse(text, vocabulary)
    texts = list(folded)
    if any(all(phrase not in t for t in texts) for phrase in query.phrases):
        return 0.0
    words = query.words or query.units
    others: dict[str, list[str]] = {}
    for known in (*query.synonyms, *query.spoken):
        others.setdefault(known.word, []).extend(fold(other).text for other in known.others)
    total = sum(map(len, words))
    found = sum(
        len(word)
        for word in words
        if any(form in t for form in (word, *others.get(word, ())) for t in texts)
    )
    return found / total if total else 0.0


_ADDRESS = re.compile(r"\S*/articles/\S+")


def _folded(title: str, body: str) -> str:
    """What is searched. Addresses of articles are left out: their keys are not for everybody."""
    return fold(_ADDRESS.sub(" ", f"{title}\n{body}")).text


def _title(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise InvalidContent("title", "请用一句话写出问题。")
    if len(text) > LONGEST_TITLE:
        raise InvalidContent("title", f"标题最长{LONGEST_TITLE}个字，细节请写在下面。")
    return _storable("title", text)


def _body(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        raise InvalidContent("body", "请写下内容。")
    if len(text) > LONGEST_POST:
        raise InvalidContent("body", f"最长{LONGEST_POST}个字，现在有{len(text)}个字。")
    return _storable("body", text)


def _storable(field: str, text: str) -> str:
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise InvalidContent(field, "文字里有不能保存的字符，请删去。")
    return text
