"""Writing a script as a tree: a form for each step, its check beside it, a preview to walk."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from kb import articles, editorial, flows, gate
from kb.errors import EditConflict, InvalidContent
from kb.flows import Flow, Node, Option
from kb.formats.source import slug
from kb.models import Article
from kb.records import Record

from ..access import needs
from ..context import now, reading, viewer, work
from ..errors import Conflict
from .editor import draft_version, edit_now, hold
from .flows import choices_of, page

blueprint = Blueprint("flow_editor", __name__, url_prefix="/edit/flows")

NEW = "new"
"""Where an option leads that wants a step which is not there yet."""

MAX_FILE = 1024 * 1024
FIRST = Flow("1", (Node("1", "开场"),))


# Beginning


@blueprint.get("/new")
@needs("kb.write")
def new() -> ResponseReturnValue:
    return _new_page({})


@blueprint.post("")
@needs("kb.write")
def create() -> ResponseReturnValue:
    """A new flow with one empty step, or one from a file."""
    title, category = _given("title"), _given("category")
    try:
        flow, from_file = _uploaded()
        record = Record(
            key=slug(title or from_file),
            title=title or from_file,
            body="-",
            kind="script",
            category=category,
            data={flows.FIELD: flows.dump(flow or FIRST)},
        )
        with work("kb.flow") as writes:
            articles.create(writes, record, edit_now())
    except InvalidContent as wrong:
        field = {"body": "file", flows.FIELD: "file", "key": "title"}.get(wrong.field, wrong.field)
        return _new_page({field: str(wrong)}, title, category), 422
    except IntegrityError:
        return _new_page({"title": "这个名称刚被别人用了，请换一个。"}, title, category), 422
    flash("流程已建好，是一份草稿。一步一步写下去，再到“范围与发布”里送审或发布。", "success")
    return redirect(url_for("flow_editor.edit", key=record.key))


def _new_page(errors: Mapping[str, str], title: str = "", category: str = "") -> str:
    return render_template(
        "flows/new.html",
        errors=errors,
        title=title,
        category=category,
        categories=editorial.categories_used(reading()),
    )


# Going on


@blueprint.get("/<key>")
@needs("kb.write")
def edit(key: str) -> ResponseReturnValue:
    article = articles.get(reading(), key)
    if flows.of(article.latest.data) is None:
        return redirect(url_for("editor.edit", key=key))
    return _page(article)


@blueprint.post("/<key>/steps")
@needs("kb.write")
def add(key: str) -> ResponseReturnValue:
    def changed(flow: Flow) -> Flow:
        if len(flow.nodes) >= flows.MOST_NODES:
            raise InvalidContent(flows.FIELD, f"一个流程最多{flows.MOST_NODES}步，请拆成几个。")
        return flows.put(flow, Node(flows.fresh_key(flow), _given("title")[: flows.MAX_TITLE]))

    return _change(key, changed, "已在末尾加了一步，请写要说的话和选项。", last=True)


@blueprint.post("/<key>/step")
@needs("kb.write")
def step(key: str) -> ResponseReturnValue:
    """Save one step, move it, start with it, or remove it: as ``act`` says.

    What stands in the form is saved with every act but a removal.
    """
    act, name = request.form.get("act", "save"), _given("node")

    def changed(flow: Flow) -> Flow:
        if flow.node(name) is None:
            raise Conflict("这一步已被别人删去，请刷新页面看现在的流程。")
        if act == "remove":
            if len(flow.nodes) == 1:
                raise InvalidContent(flows.FIELD, "流程至少要有一步，这一步不能删去。")
            return flows.without(flow, name)
        flow = _typed(flow, name)
        if act == "start":
            return replace(flow, start=name)
        return flows.moved(flow, name, {"up": -1, "down": 1}.get(act, 0))

    said = {"remove": "这一步已删去；通向它的选项要另选去处。"}.get(act, "这一步已保存在草稿里。")
    return _change(key, changed, said, anchor="" if act == "remove" else name)


@blueprint.post("/<key>/import")
@needs("kb.write")
def import_(key: str) -> ResponseReturnValue:
    def changed(flow: Flow) -> Flow:
        return _uploaded(needed=True)[0] or flow

    return _change(key, changed, "文件里的流程已成为草稿。")


@blueprint.get("/<key>/export")
@needs("kb.write")
def export(key: str) -> ResponseReturnValue:
    latest = articles.get(reading(), key).latest
    flow = flows.of(latest.data)
    if flow is None:
        return redirect(url_for("editor.edit", key=key))
    text = json.dumps({"title": latest.title, **flows.dump(flow)}, ensure_ascii=False, indent=2)
    response = Response(text + "\n", mimetype="application/json")
    response.headers.set("Content-Disposition", "attachment", filename=f"{slug(key)}.json")
    return response


@blueprint.get("/<key>/preview")
@needs("kb.write")
def preview(key: str) -> ResponseReturnValue:
    """Walk the newest text as an agent will. Links are those the editor may see."""
    latest = articles.get(reading(), key).latest
    flow = flows.of(latest.data)
    if flow is None:
        return redirect(url_for("editor.edit", key=key))
    steps = flows.walk(flow, choices_of(request.args.get("way", "")))
    linked = steps[-1].node.articles if steps else ()
    ids = {a.id: a.key for k in linked if (a := articles.find(reading(), k))}
    shown = gate.in_force_of(reading(), viewer(), now(), list(ids))
    return page(latest, flow, steps, linked=shown.values(), preview=True)


# What was sent


def _given(name: str) -> str:
    return " ".join(request.form.get(name, "").replace("\0", "").split())


def _typed(flow: Flow, key: str) -> Flow:
    """The flow with the step as its form says; steps it asks for are added at the end."""
    texts, tos = request.form.getlist("option"), request.form.getlist("to")
    options: list[dict[str, str]] = []
    fresh: list[Node] = []
    for text, to in zip(texts, tos, strict=False):
        if not text.strip() and not to.strip():
            continue
        if to == NEW:
            grown = Flow(flow.start, (*flow.nodes, *fresh))
            fresh.append(Node(flows.fresh_key(grown), text.strip()[: flows.MAX_TITLE]))
            to = fresh[-1].key
        options.append({"text": text, "to": to})
    named = request.form.get("articles", "").replace("，", ",").replace("、", ",")
    value: dict[str, Any] = {
        "key": key,
        "title": request.form.get("title", ""),
        "say": request.form.get("say", ""),
        "options": options,
        "articles": [part.strip() for part in named.split(",") if part.strip()],
        "end": "end" in request.form,
    }
    node = flows.parse({"start": key, "nodes": [value]}).nodes[0]
    for one in fresh:
        flow = flows.put(flow, one)
    return flows.put(flow, node)


def _uploaded(*, needed: bool = False) -> tuple[Flow | None, str]:
    """The flow and the title of the file that was sent. Raises InvalidContent."""
    file = request.files.get("file")
    content = file.stream.read(MAX_FILE + 1) if file and file.filename else b""
    if not content:
        if needed:
            raise InvalidContent(flows.FIELD, "请先选择一个 .json 文件。")
        return None, ""
    if len(content) > MAX_FILE:
        raise InvalidContent(flows.FIELD, "文件超过 1 MB，不像是一个话术流程。")
    try:
        value = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise InvalidContent(
            flows.FIELD, "文件不是 JSON，或不是 UTF-8 编码；格式见帮助。"
        ) from None
    flow = flows.parse(value)
    title = value.get("title", "")
    return flow, title if isinstance(title, str) else ""


def _change(
    key: str,
    changed: Callable[[Flow], Flow],
    said: str,
    *,
    anchor: str = "",
    last: bool = False,
) -> ResponseReturnValue:
    """Write the changed flow into the draft, if the draft is still the one on the page."""
    try:
        with work("kb.flow") as writes:
            article = hold(writes, key)
            record = article.latest.record()
            before = flows.parse(record.data.get(flows.FIELD))
            flow = changed(before)
            if last:
                anchor = flow.nodes[-1].key
            if flow != before:
                data = {**record.data, flows.FIELD: flows.dump(flow)}
                articles.save(
                    writes,
                    article,
                    replace(record, data=data),
                    edit_now(),
                    version=request.form.get("version", draft_version(article), type=int),
                    note=article.draft.note if article.draft else "",
                )
    except InvalidContent as wrong:
        return _page(articles.get(reading(), key), wrong=str(wrong), typed=True), 422
    except (EditConflict, Conflict):
        return _stale_page(key), 409
    flash(said, "success")
    target = url_for("flow_editor.edit", key=key)
    return redirect(f"{target}#step-{anchor}" if anchor else target)


def _stale_page(key: str) -> str:
    return _page(
        articles.get(reading(), key),
        wrong="这份草稿在您打开页面以后又改过。您写的还在下面这一步里，请对照现在的流程再保存一次。",
        typed=True,
    )


def _page(article: Article, *, wrong: str = "", typed: bool = False) -> str:
    """``typed``: what was sent for a step stands in its form again."""
    flow = flows.of(article.latest.data) or Flow()
    existing = articles.existing_keys(reading(), flows.linked(flow))
    found = flows.check(flow, existing)
    again = _typed_again() if typed and request.method == "POST" else None
    return render_template(
        "flows/edit.html",
        article=article,
        flow=flow,
        nodes=[again if again and n.key == again.key else n for n in flow.nodes],
        version=draft_version(article),
        found=found,
        wrong=wrong,
        NEW=NEW,
        MOST=flows.MOST_OPTIONS,
    )


def _typed_again() -> Node:
    """The step as it was typed, whatever is wrong with it."""
    pairs = zip(request.form.getlist("option"), request.form.getlist("to"), strict=False)
    named = request.form.get("articles", "").replace("，", ",").replace("、", ",")
    return Node(
        key=_given("node"),
        title=request.form.get("title", ""),
        say=request.form.get("say", ""),
        options=tuple(Option(text, to) for text, to in pairs if text or to),
        articles=tuple(part.strip() for part in named.split(",") if part.strip()),
        end="end" in request.form,
    )
