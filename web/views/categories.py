"""The category tree: one page, a route for every act on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kb import categories, editorial
from kb.errors import InvalidContent, KbError, NotFound
from kb.models import Category

from ..access import needs
from ..context import reading, work

blueprint = Blueprint("categories", __name__, url_prefix="/categories")


@dataclass(frozen=True, slots=True)
class Node:
    """A category as the page shows it; ``place`` counts from 1 among ``siblings``."""

    category: Category
    own: int
    below: int
    place: int
    siblings: int
    leaf: bool


@blueprint.get("")
@needs("kb.categories")
def listing() -> ResponseReturnValue:
    return _page()


def _page(errors: dict[str, str] | None = None) -> str:
    return render_template(
        "categories/listing.html",
        nodes=_nodes(reading()),
        errors=errors or {},
        typed=request.form,
    )


def _nodes(session: Session) -> list[Node]:
    """The tree from the top down. ``below`` counts the articles in it and its branches."""
    tree = categories.tree(session)
    own = editorial.counts_by_category(session)
    below: dict[str, int] = {}
    families: dict[int | None, list[Category]] = {}
    for category in tree:
        families.setdefault(category.parent_id, []).append(category)
        for upper in _uppers(category.path):
            below[upper] = below.get(upper, 0) + own.get(category.id, 0)
    return [
        Node(
            category=category,
            own=own.get(category.id, 0),
            below=below[category.path],
            place=families[category.parent_id].index(category) + 1,
            siblings=len(families[category.parent_id]),
            leaf=category.id not in families,
        )
        for category in tree
    ]


def _uppers(path: str) -> list[str]:
    """票务/退票 → 票务, 票务/退票"""
    steps = path.split("/")
    return ["/".join(steps[: depth + 1]) for depth in range(len(steps))]


@blueprint.post("")
@needs("kb.categories")
def add() -> ResponseReturnValue:
    try:
        with work("kb.category.add") as writes:
            path = _add(writes, _typed("path"))
    except (InvalidContent, IntegrityError) as wrong:
        said = str(wrong) if isinstance(wrong, InvalidContent) else "这个分类刚被别人加上了。"
        return _page({"path": said}), 422
    flash(f"已新增分类“{path}”。", "success")
    return redirect(url_for("categories.listing"))


def _add(writes: Session, typed: str) -> str:
    path = categories.clean_path(typed)
    if not path:
        raise InvalidContent("path", "请填写分类名。")
    if writes.scalar(select(Category.id).where(Category.path == path)):
        raise InvalidContent("path", f"已经有“{path}”这个分类。")
    categories.ensure(writes, path)
    return path


@blueprint.post("/<int:id>/name")
@needs("kb.categories")
def rename(id: int) -> ResponseReturnValue:
    try:
        with work("kb.category.rename") as writes:
            path = categories.rename(writes, id, _typed("name")).path
    except InvalidContent as wrong:
        return _page({f"name-{id}": str(wrong)}), 422
    except IntegrityError:
        return _page({f"name-{id}": "这个名字刚被别人用了，请换一个。"}), 422
    flash(f"已改名为“{path}”，下级分类和文章都跟着改了。", "success")
    return redirect(url_for("categories.listing") + f"#c{id}")


@blueprint.post("/<int:id>/position")
@needs("kb.categories")
def place(id: int) -> ResponseReturnValue:
    with work("kb.category.place") as writes:
        _place(writes, id, request.form.get("place", 1, type=int))
    return redirect(url_for("categories.listing") + f"#c{id}")


def _place(writes: Session, id: int, wanted: int) -> None:
    """Put a category in its place (from 1) among its siblings, and number them anew."""
    tree = categories.tree(writes)
    moved = next((category for category in tree if category.id == id), None)
    if moved is None:
        raise NotFound("分类", str(id))
    family = [c for c in tree if c.parent_id == moved.parent_id and c is not moved]
    family.insert(max(0, min(wanted - 1, len(family))), moved)
    _number(writes, family)


def _number(writes: Session, family: Sequence[Category]) -> None:
    for position, category in enumerate(family, 1):
        if category.position != position:
            categories.move(writes, category.id, position)


@blueprint.post("/<int:id>/removal")
@needs("kb.categories")
def remove(id: int) -> ResponseReturnValue:
    try:
        with work("kb.category.remove") as writes:
            categories.remove(writes, id)
        flash("已删除。", "success")
    except NotFound:
        flash("这个分类已经不在了。", "info")
    except KbError as wrong:
        flash(str(wrong), "warning")
    except IntegrityError:  # an article came in between looking and writing
        flash("刚有文章放进这个分类，没有删除。", "warning")
    return redirect(url_for("categories.listing"))


def _typed(name: str) -> str:
    value = request.form.get(name, "")
    if "\0" in value:
        raise InvalidContent(name, "名称里有不能保存的控制字符，请删去。")
    return value
