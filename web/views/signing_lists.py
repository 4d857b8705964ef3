"""Who has signed and who has not: lists, reminders, exports, and the centre's rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kb import signing
from kb.articles import Edit
from kb.errors import InvalidContent
from kb.models import Revision
from kb.signing import Duty, Rules

from .. import sheets
from ..access import needs
from ..audit_notes import note
from ..context import can, now, person, reading, work
from ..models import Person
from ..pages import moment
from ..people_names import load_names
from ..signing import readers, signers

blueprint = Blueprint("signing_lists", __name__, url_prefix="/signing/lists")

NO_TEAM = "没有班组"
HOLDS = (
    (signing.NEVER, "照常检索，只提醒"),
    (signing.OVERDUE, "过了期限还没签收的，签收后才能检索"),
    (signing.ALWAYS, "有没签收的就不能检索，签收后恢复"),
)
HEAD = ("文章", "版次", "班组", "工号", "姓名", "状态", "签收时间", "期限", "答题次数", "内容指纹")


@dataclass(slots=True)
class Tally:
    """How far some people are with one text."""

    total: int = 0
    signed: int = 0
    overdue: int = 0

    def count(self, duty: Duty, at: datetime) -> None:
        self.total += 1
        self.signed += duty.signature is not None
        self.overdue += duty.is_overdue(at)

    @property
    def waiting(self) -> int:
        return self.total - self.signed


@dataclass(slots=True)
class TeamRoll:
    """One team's people and their duties, those who have not signed first."""

    name: str
    rows: list[tuple[Person, Duty]] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)


def _people() -> list[Person]:
    """Everybody for those who keep texts or people; else the people of one's own team."""
    everybody = signers(reading())
    if can("kb.write") or can("people.manage"):
        return everybody
    return [p for p in everybody if p.team_id is not None and p.team_id == person().team_id]


@blueprint.get("")
@needs("kb.signing")
def listing() -> ResponseReturnValue:
    return _listing_page(signing.rules(reading()))


def _listing_page(rules: Rules, fault: str = "") -> str:
    texts, people, at = signing.demanded(reading(), now()), _people(), now()
    found = signing.rolls(reading(), texts, readers(people))
    rows = []
    for text in texts:
        tally = Tally()
        for duty in found[text.id].values():
            tally.count(duty, at)
        if tally.total:
            rows.append((text, tally))
    return render_template(
        "signing/lists.html", rows=rows, rules=rules, fault=fault, HOLDS=HOLDS, people=len(people)
    )


@blueprint.post("/rules")
@needs("kb.signing_rules")
def rule() -> ResponseReturnValue:
    wanted = Rules(request.form.get("days", -1, type=int), request.form.get("hold", -1, type=int))
    try:
        with work("signing.rule") as writes:
            signing.set_rules(writes, wanted)
    except InvalidContent as wrong:
        return _listing_page(signing.rules(reading()), str(wrong)), 422
    flash("签收规则已保存，从现在起有效。", "success")
    return redirect(url_for("signing_lists.listing"))


@blueprint.get("/<key>")
@needs("kb.signing")
def show(key: str) -> ResponseReturnValue:
    revision = _text(key)
    if revision is None:
        return _no_such_list()
    teams = _teams(revision)
    sent = signing.reminders(reading(), [revision.id])
    load_names(r.created_by for r in sent)
    return render_template(
        "signing/list.html",
        revision=revision,
        teams=teams,
        tally=_all(teams),
        tries=signing.tries(reading(), revision.id),
        reminders=sent,
        only=request.args.get("only", ""),
    )


def _text(key: str) -> Revision | None:
    return next((r for r in signing.demanded(reading(), now()) if r.article.key == key), None)


def _no_such_list() -> ResponseReturnValue:
    flash("这篇文章现在没有要签收的版次。", "info")
    return redirect(url_for("signing_lists.listing"))


def _teams(revision: Revision) -> list[TeamRoll]:
    people = _people()
    found = signing.rolls(reading(), [revision], readers(people))[revision.id]
    teams: dict[str, TeamRoll] = {}
    for one in people:
        if duty := found.get(one.id):
            name = one.team.name if one.team else NO_TEAM
            team = teams.setdefault(name, TeamRoll(name))
            team.rows.append((one, duty))
            team.tally.count(duty, now())
    for team in teams.values():
        team.rows.sort(key=lambda row: (row[1].signature is not None, row[0].number))
    return sorted(teams.values(), key=lambda team: (team.name == NO_TEAM, team.name))


def _all(teams: Sequence[TeamRoll]) -> Tally:
    return Tally(
        sum(t.tally.total for t in teams),
        sum(t.tally.signed for t in teams),
        sum(t.tally.overdue for t in teams),
    )


@blueprint.post("/<key>/reminder")
@needs("kb.signing")
def remind(key: str) -> ResponseReturnValue:
    revision = _text(key)
    if revision is None:
        return _no_such_list()
    team = request.form.get("team", "")
    waiting = [
        one.id
        for roll in _teams(revision)
        if team in ("", roll.name)
        for one, duty in roll.rows
        if duty.signature is None
    ]
    if not waiting:
        flash("没有要提醒的人：都签收了。", "info")
        return redirect(url_for("signing_lists.show", key=key))
    with work("signing.remind") as writes:
        text = writes.get_one(Revision, revision.id)
        signing.remind(writes, text, waiting, Edit(person().id, now()))
    flash(f"已提醒 {len(waiting)} 人，几秒内出现在他们打开的页面上。", "success")
    return redirect(url_for("signing_lists.show", key=key))


@blueprint.get("/<key>/export.<any(xlsx, csv):kind>")
@needs("kb.signing")
def export(key: str, kind: str) -> ResponseReturnValue | Response:
    """The list as a table; that it was taken is itself recorded."""
    revision = _text(key)
    if revision is None:
        return _no_such_list()
    if kind not in sheets.FORMATS:
        abort(404)
    rows = list(_rows(revision, signing.tries(reading(), revision.id)))
    with work("signing.export") as writes:
        note(writes, "signature", "", {"filter": (None, {"key": key, "number": revision.number})})
    return sheets.download(rows, HEAD, f"签收名单-{key[:60]}", kind, now())


def _rows(revision: Revision, tries: Mapping[int, int]) -> Iterator[tuple[str, ...]]:
    for team in _teams(revision):
        for one, duty in team.rows:
            signed = duty.signature
            yield (
                revision.title,
                f"第{(signed.revision if signed else revision).number}版",
                team.name,
                one.number,
                one.name,
                "已签收" if signed else "逾期未签" if duty.is_overdue(now()) else "未签收",
                moment(signed.signed_at) if signed else "",
                moment(duty.due),
                str(tries.get(one.id, "")),
                signed.text_hash if signed else "",
            )
