"""Synonyms, the dictionary and pinned answers, with a box that shows the effect before saving."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import articles, lexicon, text
from kb.errors import InvalidContent, KbError
from kb.lexicon import Pin, SynonymGroup, Term
from kb.search import Results
from kb.vocabulary import Vocabulary

from .. import jobs
from ..access import needs
from ..context import now, reading, services, viewer, work

blueprint = Blueprint("lexicon", __name__, url_prefix="/kb/lexicon")

TRIED = 5
MAX_LINES = 5000


@dataclass(frozen=True, slots=True)
class Trial:
    """The same question asked before and after a change."""

    question: str
    words: tuple[str, ...]
    before: Results
    after: Results

    @property
    def rows(self):  # type: ignore[no-untyped-def]
        return list(zip_longest(self.before.hits, self.after.hits))


# Synonyms


@blueprint.get("/synonyms")
@needs("kb.lexicon")
def synonyms() -> ResponseReturnValue:
    return _synonyms_page()


def _synonyms_page(error: str = "", status: int = 200) -> ResponseReturnValue:
    groups = reading().scalars(select(SynonymGroup).order_by(SynonymGroup.id.desc())).all()
    page = render_template(
        "lexicon/synonyms.html",
        groups=groups,
        editing=next((g for g in groups if g.id == request.args.get("group", type=int)), None),
        words=request.values.get("words", ""),
        question=request.values.get("try", ""),
        trial=_trial(),
        error=error,
    )
    return page, status


def _trial() -> Trial | None:
    """What the words would change for the question, without saving anything."""
    question = request.values.get("try", "").strip()[:400]
    if not question:
        return None
    words = lexicon.parse_words(request.values.get("words", ""))[: lexicon.MAX_GROUP]
    library = services().library
    now_used = lexicon.load(reading()).vocabulary
    kept = tuple(g for g in now_used.synonyms if not g & set(words))
    changed = Vocabulary(now_used.terms, (*kept, frozenset(words)) if words else now_used.synonyms)

    def ask(vocabulary: Vocabulary) -> Results:
        return library.search(
            question, viewer=viewer(), limit=TRIED, session=reading(), vocabulary=vocabulary
        )

    return Trial(question, words, ask(now_used), ask(changed))


@blueprint.post("/synonyms")
@needs("kb.lexicon")
def save_synonyms() -> ResponseReturnValue:
    words = lexicon.parse_words(request.form.get("words", ""))
    try:
        with work("kb.synonyms") as writes:
            lexicon.put_group(writes, words, now(), request.form.get("group", type=int))
    except InvalidContent as error:
        return _synonyms_page(str(error), 422)
    flash(f"已保存：{' = '.join(words)}。下一次检索就用上了。", "ok")
    return redirect(url_for("lexicon.synonyms"))


@blueprint.post("/synonyms/<int:id>/removal")
@needs("kb.lexicon")
def remove_synonyms(id: int) -> ResponseReturnValue:
    with work("kb.synonyms") as writes:
        lexicon.remove_group(writes, id)
    flash("已删除这组同义词。", "ok")
    return redirect(url_for("lexicon.synonyms"))


# The dictionary


@blueprint.get("/terms")
@needs("kb.lexicon")
def terms() -> ResponseReturnValue:
    return _terms_page()


def _terms_page(error: str = "", status: int = 200) -> ResponseReturnValue:
    term = request.values.get("term", "").strip()
    question = request.values.get("try", "").strip()[:400]
    vocabulary = lexicon.load(reading()).vocabulary
    page = render_template(
        "lexicon/terms.html",
        terms=reading().scalars(select(Term).order_by(Term.text)).all(),
        term=term,
        question=question,
        before=_cut(question, vocabulary),
        after=_cut(question, Vocabulary(vocabulary.terms | ({term} if term else set()))),
        error=error,
    )
    return page, status


def _cut(question: str, vocabulary: Vocabulary) -> list[str]:
    """The words a text is cut into."""
    return [token.text for token in text.analyse(question, vocabulary.document_matcher)]


@blueprint.post("/terms")
@needs("kb.lexicon")
def add_term() -> ResponseReturnValue:
    try:
        with work("kb.terms") as writes:
            added = lexicon.add_term(writes, request.form.get("term", ""), now())
            if added:
                _rebuild(writes)
    except InvalidContent as error:
        return _terms_page(str(error), 422)
    if added:
        flash(f"已加入“{added.text}”，索引正在后台重建，几秒到几分钟后生效。", "ok")
    else:
        flash("词典里已经有这个词。", "info")
    return redirect(url_for("lexicon.terms"))


@blueprint.post("/terms/<int:id>/removal")
@needs("kb.lexicon")
def remove_term(id: int) -> ResponseReturnValue:
    with work("kb.terms") as writes:
        lexicon.remove_term(writes, id)
        _rebuild(writes)
    flash("已从词典删除，索引正在后台重建。", "ok")
    return redirect(url_for("lexicon.terms"))


def _rebuild(writes: Session) -> None:
    """Terms shape the index, so it is built anew beside the one in use."""
    jobs.enqueue_once(writes, "kb.rebuild")


# Pinned answers


@blueprint.get("/pins")
@needs("kb.lexicon")
def pins() -> ResponseReturnValue:
    return _pins_page()


def _pins_page(error: str = "", status: int = 200) -> ResponseReturnValue:
    question = request.values.get("query", "").strip()[:200]
    page = render_template(
        "lexicon/pins.html",
        pins=reading().scalars(select(Pin).order_by(Pin.id.desc())).all(),
        question=question,
        key=request.values.get("key", ""),
        found=services().library.search(question, viewer=viewer(), limit=TRIED, session=reading())
        if question
        else None,
        error=error,
    )
    return page, status


@blueprint.post("/pins")
@needs("kb.lexicon")
def save_pin() -> ResponseReturnValue:
    query, key = request.form.get("query", ""), request.form.get("key", "").strip()
    try:
        with work("kb.pins") as writes:
            lexicon.put_pin(writes, query, articles.get(writes, key), now())
    except KbError as error:
        return _pins_page(str(error), 422)
    flash(f"问“{query.strip()}”时，先给出这一篇。", "ok")
    return redirect(url_for("lexicon.pins"))


@blueprint.post("/pins/<int:id>/removal")
@needs("kb.lexicon")
def remove_pin(id: int) -> ResponseReturnValue:
    with work("kb.pins") as writes:
        lexicon.remove_pin(writes, id)
    flash("已取消置顶。", "ok")
    return redirect(url_for("lexicon.pins"))


# In and out, as text files of one entry a line

Put = Callable[[Session, str], bool]


def _put_term(writes: Session, line: str) -> bool:
    return lexicon.add_term(writes, line, now()) is not None


def _put_group(writes: Session, line: str) -> bool:
    words = lexicon.parse_words(line)
    known = (frozenset(g.words) for g in writes.scalars(select(SynonymGroup)))
    if frozenset(words) in known:
        return False
    lexicon.put_group(writes, words, now())
    return True


def _put_pin(writes: Session, line: str) -> bool:
    query, tab, key = line.partition("\t")
    if not tab:
        raise InvalidContent("query", "每行要有问法和文章编号，中间用制表符（Tab）隔开。")
    article = articles.get(writes, key.strip())
    for pin in writes.scalars(select(Pin).where(Pin.article_id == article.id)):
        if lexicon.pin_key(pin.query) == lexicon.pin_key(query):
            return False
    lexicon.put_pin(writes, query, article, now())
    return True


PARTS: dict[str, tuple[str, Put]] = {
    "synonyms": ("同义词", _put_group),
    "terms": ("词典", _put_term),
    "pins": ("置顶答案", _put_pin),
}


@blueprint.get("/<any(synonyms, terms, pins):part>.txt")
@needs("kb.lexicon")
def export(part: str) -> ResponseReturnValue:
    lines = {
        "synonyms": (" = ".join(g.words) for g in reading().scalars(select(SynonymGroup))),
        "terms": reading().scalars(select(Term.text).order_by(Term.text)),
        "pins": (f"{p.query}\t{p.article.key}" for p in reading().scalars(select(Pin))),
    }[part]
    answer = Response("".join(f"{line}\n" for line in lines), mimetype="text/plain")
    answer.headers["Content-Disposition"] = f"attachment; filename=zhixi-{part}.txt"
    return answer


@blueprint.post("/<any(synonyms, terms, pins):part>/import")
@needs("kb.lexicon")
def import_(part: str) -> ResponseReturnValue:
    """All lines or none: the first line that cannot be kept is named and nothing changes."""
    try:
        with work(f"kb.{part}") as writes:
            added = _take_lines(writes, _uploaded_lines(), PARTS[part][1])
            if part == "terms" and added:
                _rebuild(writes)
    except KbError as error:
        flash(f"没有导入：{error}", "bad")
    else:
        flash(f"{PARTS[part][0]}：新加 {added} 条，已有的没有重复加。", "ok")
    return redirect(url_for(f"lexicon.{part}"))


def _uploaded_lines() -> list[str]:
    file = request.files.get("file")
    data = file.read() if file else b""
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise InvalidContent("file", "文件不是 UTF-8 文字，请另存为 UTF-8 再导入。") from None
    lines = [line.strip() for line in lines]
    if not any(lines):
        raise InvalidContent("file", "请选择一个每行一条的文本文件。")
    if len(lines) > MAX_LINES:
        raise InvalidContent("file", f"一次最多 {MAX_LINES} 行，请分几次导入。")
    return lines


def _take_lines(writes: Session, lines: list[str], put: Put) -> int:
    added = 0
    for number, line in enumerate(lines, 1):
        if line and not line.startswith("#"):
            try:
                added += put(writes, line)
            except KbError as error:
                raise InvalidContent("file", f"第 {number} 行：{error}") from error
    return added
