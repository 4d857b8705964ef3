"""The category tree: paths such as 票务/退票."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .errors import InvalidContent, NotFound
from .gate import under
from .models import Category, Revision

MAX_DEPTH = 6
MAX_NAME = 60


def clean_path(path: str) -> str:
    """The path without empty steps and stray spaces. Raises InvalidContent."""
    steps = [step.strip() for step in path.replace("\\", "/").split("/")]
    steps = [step for step in steps if step]
    if len(steps) > MAX_DEPTH:
        raise InvalidContent("category", f"分类最多{MAX_DEPTH}级，“{path[:80]}”超出了。")
    if any(len(step) > MAX_NAME for step in steps):
        raise InvalidContent("category", f"分类名最长{MAX_NAME}个字，“{path[:80]}”超出了。")
    return "/".join(steps)


def tree(session: Session) -> list[Category]:
    """All categories, parents before children, siblings by position and then by path."""
    found = list(session.scalars(select(Category)))
    order = {c.path: (c.position, c.path) for c in found}

    def place(category: Category) -> list[tuple[int, str]]:
        steps = category.path.split("/")
        return [order.get("/".join(steps[: i + 1]), (0, "")) for i in range(len(steps))]

    return sorted(found, key=place)


def ensure(session: Session, path: str) -> Category | None:
    """The category of that path, made with its ancestors where missing; None for ''."""
    path = clean_path(path)
    if not path:
        return None
    found = session.scalars(select(Category).where(Category.path == path)).one_or_none()
    if found:
        return found
    parent = ensure(session, path.rpartition("/")[0])
    made = Category(path=path, parent_id=parent.id if parent else None)
    session.add(made)
    session.flush()
    return made


def rename(session: Session, category_id: int, name: str) -> Category:
    """Rename one node; the paths below it follow."""
    category = _get(session, category_id)
    name = clean_path(name)
    if not name or "/" in name:
        raise InvalidContent("name", "请填写分类名，名称里不能有“/”。")
    before = category.path
    after = "/".join(filter(None, [before.rpartition("/")[0], name]))
    if after == before:
        return category
    if session.scalar(select(Category.id).where(Category.path == after)):
        raise InvalidContent("name", f"已经有“{after}”这个分类。")
    for node in session.scalars(select(Category).where(under(before))):
        node.path = after + node.path[len(before) :]
    session.flush()
    return category


def move(session: Session, category_id: int, position: int) -> None:
    """Set a node's place among its siblings (smaller first)."""
    _get(session, category_id).position = position


def remove(session: Session, category_id: int) -> None:
    """Remove an empty leaf. Raises InvalidContent when anything is still in it."""
    category = _get(session, category_id)
    if session.scalar(select(Category.id).where(Category.parent_id == category.id).limit(1)):
        raise InvalidContent("category", f"“{category.path}”下面还有分类，请先移走或删除它们。")
    used = session.scalar(
        select(func.count()).select_from(Revision).where(Revision.category_id == category.id)
    )
    if used:
        raise InvalidContent(
            "category",
            f"“{category.path}”还有 {used} 个版本的文章在用，历史要留着，不能删除；可以改名。",
        )
    session.delete(category)


def _get(session: Session, category_id: int) -> Category:
    found = session.get(Category, category_id)
    if found is None:
        raise NotFound("分类", str(category_id))
    return found
