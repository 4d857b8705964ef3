"""Kinds of roles, and the matrix of what each may do."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kb.errors import NotFound

from .. import roles
from ..access import PERMISSIONS, needs, permissions_of
from ..audiences import addressed
from ..context import now, person, reading, work
from ..errors import Conflict, InvalidInput, WebError, status_of
from ..models import Person, Role

blueprint = Blueprint("roles", __name__, url_prefix="/admin/roles")

GROUPS: Mapping[str, str] = {
    "kb": "知识库",
    "board": "留言板",
    "qa": "质检",
    "exams": "培训考试",
    "people": "人员和角色",
    "roles": "人员和角色",
    "jobs": "系统",
    "audit": "系统",
    "evidence": "证据",
    "api": "系统",
}
"""The heading of a permission in the matrix, by the word before its dot."""


# What each role may do


@blueprint.get("")
@needs("roles.manage")
def listing() -> ResponseReturnValue:
    return _matrix()


def _matrix(wrong: WebError | None = None, wanted: roles.Grants | None = None) -> str:
    shown = roles.all_roles(reading())
    stored = roles.grants(shown)
    return render_template(
        "roles/matrix.html",
        roles=shown,
        groups=_grouped(),
        grants=stored,
        differs=stored ^ wanted if wanted is not None else frozenset(),
        stamp=roles.stamp(shown),
        wrong=wrong,
    )


def _grouped() -> Mapping[str, list[tuple[str, str]]]:
    """{heading: [(permission, what it allows)]} in the order of the table."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for permission, words in PERMISSIONS.items():
        groups.setdefault(GROUPS[permission.partition(".")[0]], []).append((permission, words))
    return groups


@blueprint.post("")
@needs("roles.manage")
def save() -> ResponseReturnValue:
    wanted = frozenset(_ticks(request.form.getlist("grant")))
    try:
        with work("roles.grant") as writes:
            changed = roles.save_grants(writes, wanted, request.form.get("stamp", ""))
            stays = "roles.manage" in permissions_of(writes.get_one(Person, person().id))
    except Conflict as wrong:
        reading().rollback()
        return _matrix(wrong, wanted), status_of(wrong)
    flash(f"已保存，{changed} 个角色的权限有变化。" if changed else "没有变化。", "success")
    # Somebody may have taken their own way to this page away.
    return redirect(url_for("roles.listing" if stays else "home.home"))


def _ticks(values: list[str]) -> list[tuple[int, str]]:
    """Pairs of role and permission from values such as ``3:kb.read``; others are ignored."""
    pairs = (value.partition(":") for value in values)
    return [(int(id), p) for id, _, p in pairs if id.isdecimal() and p in PERMISSIONS]


# Kinds of roles


@blueprint.get("/kinds")
@needs("roles.manage")
def kinds() -> ResponseReturnValue:
    return _kinds()


def _kinds(wrong: WebError | None = None, name: str = "", renaming: Role | None = None) -> str:
    """``wrong`` belongs to the form for a new role, or to that of the role being renamed."""
    shown = roles.all_roles(reading())
    return render_template(
        "roles/kinds.html",
        roles=shown,
        holders=roles.holders(reading()),
        addressed={role.id: addressed(reading(), roles.names_of(role), now()) for role in shown},
        permissions=len(PERMISSIONS),
        wrong=wrong,
        name=name,
        renaming=renaming,
        ask=isinstance(wrong, Conflict),
    )


@blueprint.post("/kinds")
@needs("roles.manage")
def add() -> ResponseReturnValue:
    name = request.form.get("name", "")
    try:
        with work("roles.add") as writes:
            roles.add_role(writes, name)
    except InvalidInput as wrong:
        return _kinds(wrong, name), status_of(wrong)
    flash(f"已新建角色“{name.strip()}”，现在给它权限。", "success")
    return redirect(url_for("roles.listing"))


@blueprint.route("/kinds/<int:id>", methods=["GET", "POST"])
@needs("roles.manage")
def rename(id: int) -> ResponseReturnValue:
    role = reading().get(Role, id)
    if role is None:
        raise NotFound("角色", str(id))
    if request.method == "GET":
        return _kinds(renaming=role, name=role.name)
    name = request.form.get("name", "")
    try:
        with work("roles.rename") as writes:
            stored = writes.get_one(Role, id)
            roles.rename(writes, stored, name, now(), even_so="even_so" in request.form)
    except (InvalidInput, Conflict) as wrong:
        return _kinds(wrong, name, role), status_of(wrong)
    flash(f"已改名为“{name.strip()}”。", "success")
    return redirect(url_for("roles.kinds"))


@blueprint.post("/kinds/<int:id>/removal")
@needs("roles.manage")
def remove(id: int) -> ResponseReturnValue:
    try:
        with work("roles.remove") as writes:
            role = writes.get(Role, id)
            if role is None:
                raise NotFound("角色", str(id))
            roles.remove_role(writes, role, now())
    except Conflict as wrong:
        flash(str(wrong), "error")
        return redirect(url_for("roles.kinds"))
    flash(f"已删除角色“{role.name}”。", "success")
    return redirect(url_for("roles.kinds"))
