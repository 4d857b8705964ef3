"""Draws from a plan: looked at first, then made; the same again gives the same picks.

    drawn = prepare(session, plan, Period(first, last), seed, seats, at=now)
    draw = make(session, plan, drawn, by=lead, at=now)
    replay(session, draw)           # the picks once more, and whether the calls are still the same

Random calls are drawn first, undisturbed by what follows; then, from what is left, calls of
agents who are looked at again, then risky ones. Each pick keeps how it was chosen, its exact
probability in that step, and why.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.errors import InvalidContent, NotFound, Settled

from . import assigning, sampling
from .drafts import words
from .eligible import Period, population
from .plans import Content, parse
from .sampled import ATTRIBUTES, ZONE, Facts, as_call
from .sampling import Pick
from .tables import Call, Draw, Plan, Review

OPEN = ("waiting", "begun")
AGAIN = "\nagain\n"


@dataclass(frozen=True, slots=True)
class Seat:
    """An inspector, and the agents whose calls are not for them (besides their own)."""

    person: int
    never: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Chosen:
    """One call drawn, and who is to score it; None: nobody may."""

    call_id: int
    key: str
    agent_id: int
    kind: str
    probability: Fraction
    why: tuple[str, ...]
    inspector: int | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """A draw before it is made. ``agents``: eligible calls of each; ``loads``: open reviews of
    each inspector (before, after). ``short``: agents with fewer calls than are asked for."""

    period: Period
    seed: str
    picks: Sequence[Chosen]
    agents: Mapping[int, int]
    loads: Mapping[int, tuple[int, int]]
    fingerprint: str
    short: Mapping[int, int] = field(default_factory=dict)

    @property
    def population(self) -> int:
        return sum(self.agents.values())

    @property
    def left(self) -> Sequence[Chosen]:
        """What nobody may score."""
        return [pick for pick in self.picks if pick.inspector is None]

    @property
    def per_agent(self) -> Mapping[int, Counter[str]]:
        """{agent: {kind: picks}}, every agent with calls among them."""
        made: dict[int, Counter[str]] = {agent: Counter() for agent in self.agents}
        for pick in self.picks:
            made[pick.agent_id][pick.kind] += 1
        return made

    @property
    def kinds(self) -> Counter[str]:
        return Counter(pick.kind for pick in self.picks)


def usual_seed(plan: Plan, period: Period) -> str:
    """The seed nobody chose: of the plan and the period alone."""
    ends = period.first, period.last - timedelta(microseconds=1)
    first, last = (moment.astimezone(ZONE) for moment in ends)
    return f"{plan.id}-{first:%Y%m%d}-{last:%Y%m%d}"


# Looking first


def prepare(
    session: Session,
    plan: Plan,
    period: Period,
    seed: str,
    seats: Iterable[Seat],
    *,
    at: datetime,
    joined: Mapping[int, datetime] | None = None,
    expected: Collection[int] = (),
) -> Drawn:
    """What would be drawn now, and who would score it. Raises BadPlan, InvalidContent.

    ``joined``: since when agents are there; ``expected``: agents who should have calls.
    """
    seed = _seed(seed)
    content = parse(plan.content)
    facts = population(session, plan.scorecard, content, period, at, joined or {})
    calls = calls_of(content, facts)
    picks = _pick(content, facts, calls, seed)
    assigned, load = _assign(session, picks, list(seats))
    agents = Counter(_eligible(content, facts, calls))
    wanted = content.per_agent
    short = {a: agents[a] for a in sorted({*agents, *expected}) if agents[a] < wanted}
    chosen = [_with(each, assigned) for each in picks]
    return Drawn(period, seed, chosen, agents, load, fingerprint(content, calls), short)


def _seed(seed: str) -> str:
    found = words(seed, "seed", 60)
    if not found:
        raise InvalidContent("seed", "请填写随机种子，如 2026-11；同一个种子抽出同样的通话。")
    return found


# Drawing


def calls_of(content: Content, facts: Iterable[Facts]) -> list[sampling.Call]:
    """The calls as ``qa.sampling`` draws them, with what this plan asks for."""
    kinds = {ask.name: ATTRIBUTES[ask.name].sort for ask in content.asks}
    names = [name for name, sort in kinds.items() if sort != "words"]
    said = [(ask.name, ask.among) for ask in content.asks if kinds[ask.name] == "words"]
    return [as_call(each, names, said, content.strata) for each in facts]


def _eligible(
    content: Content, facts: Sequence[Facts], calls: Sequence[sampling.Call]
) -> list[int]:
    """The agents of calls that every rule of ``only`` lets through, one for each call."""
    rules = [ask.rule for ask in content.only]
    pairs = zip(facts, calls, strict=True)
    return [f.agent_id for f, call in pairs if all(rule.holds(call) for rule in rules)]


def pick(content: Content, facts: Sequence[Facts], seed: str) -> list[Chosen]:
    """The picks, step after step, each from what the steps before left. Pure."""
    return _pick(content, facts, calls_of(content, facts), seed)


def _pick(
    content: Content, facts: Sequence[Facts], calls: Sequence[sampling.Call], seed: str
) -> list[Chosen]:
    by_key = {each.key: each for each in facts}
    made: list[Chosen] = []
    for kind, step in content.steps():
        if not step.per_agent + step.risks_per_agent:
            continue
        taken = {each.key for each in made}
        rest = [call for call in calls if call.key not in taken]
        own = seed if kind == "random" else f"{kind}{AGAIN}{seed}"
        drawn = sampling.draw(rest, step, own)
        made += [_chosen(kind, found, by_key[found.call.key]) for found in drawn]
    return sorted(made, key=lambda each: (each.agent_id, each.key))


def _chosen(kind: str, found: Pick, facts: Facts) -> Chosen:
    why = found.why
    if kind == "resample":
        why = tuple(f"复查“{title}”" for title in dict.fromkeys(facts.failed))
    return Chosen(facts.id, facts.key, facts.agent_id, kind, found.probability, why)


def fingerprint(content: Content, calls: Iterable[sampling.Call]) -> str:
    """SHA-256 of all that a draw depends on, but for its seed."""
    known = sorted((call.key, call.agent, sorted(call.about.items())) for call in calls)
    text = json.dumps([content.as_json(), known], ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


# Spreading


def loads(session: Session) -> dict[int, int]:
    """{inspector: reviews that wait or are begun}"""
    query = (
        select(Review.inspector_id, func.count())
        .where(Review.state.in_(OPEN), Review.inspector_id.is_not(None))
        .group_by(Review.inspector_id)
    )
    return {id: count for id, count in session.execute(query) if id is not None}


def _assign(
    session: Session, picks: Sequence[Chosen], seats: Sequence[Seat]
) -> tuple[dict[str, int], dict[int, tuple[int, int]]]:
    before = loads(session)
    inspectors = [
        assigning.Inspector(
            str(seat.person), before.get(seat.person, 0), {str(agent) for agent in seat.never}
        )
        for seat in sorted(seats, key=lambda seat: seat.person)
    ]
    calls = [
        Pick(sampling.Call(p.key, str(p.agent_id)), "random", p.probability, p.why) for p in picks
    ]
    made, _ = assigning.assign(calls, inspectors)
    given = Counter(made.values())
    after = {
        seat.person: (
            before.get(seat.person, 0),
            before.get(seat.person, 0) + given[str(seat.person)],
        )
        for seat in seats
    }
    return {key: int(name) for key, name in made.items()}, after


def _with(pick: Chosen, assigned: Mapping[str, int]) -> Chosen:
    return Chosen(
        pick.call_id,
        pick.key,
        pick.agent_id,
        pick.kind,
        pick.probability,
        pick.why,
        assigned.get(pick.key),
    )


# Making


def make(session: Session, plan: Plan, drawn: Drawn, seen: str, *, by: int, at: datetime) -> Draw:
    """The draw and its reviews. The plan comes held, and ``drawn`` was prepared since.

    ``seen`` is the fingerprint that was looked at: Settled where calls have changed since then,
    or the draw has been made already.
    """
    if plan.closed_at is not None:
        raise Settled(f"计划“{plan.name}”已经停用，不能再抽。")
    if seen != drawn.fingerprint:
        raise Settled("可抽的通话在预览以后变了：可能刚抽过一次，或有新的通话。请重新预览再抽。")
    version = plan.scorecard.active
    if version is None or plan.scorecard.retired_at is not None:
        raise Settled(f"评分表“{plan.scorecard.title}”已停用，请给计划换一张。")
    if not drawn.picks:
        raise InvalidContent("picks", "一通也没有抽到：这段时间没有符合条件、还没评过的通话。")
    draw = Draw(
        plan=plan,
        content=parse(plan.content).as_json(),
        seed=drawn.seed,
        first=drawn.period.first,
        last=drawn.period.last,
        population=drawn.population,
        agents={str(agent): count for agent, count in sorted(drawn.agents.items())},
        fingerprint=drawn.fingerprint,
        left=[pick.call_id for pick in drawn.left],
        at=at,
        by=by,
    )
    session.add(draw)
    session.flush()
    due = at + timedelta(days=plan.due_days)
    session.add_all(_review(plan, version.id, draw, pick, due) for pick in drawn.picks)
    session.flush()
    return draw


def _review(plan: Plan, version_id: int, draw: Draw, pick: Chosen, due: datetime) -> Review:
    return Review(
        call_id=pick.call_id,
        scorecard_id=plan.scorecard_id,
        version_id=version_id,
        inspector_id=pick.inspector,
        purpose="score",
        state="waiting",
        chosen=pick.kind,
        probability=str(pick.probability),
        why=list(pick.why),
        draw_id=draw.id,
        blind=plan.blind,
        scored=0,
        worked=0.0,
        created_at=draw.at,
        created_by=draw.by,
        due_at=due,
    )


# Looking back


@dataclass(frozen=True, slots=True)
class Replay:
    """A draw done once more on what is known now. ``same``: the very picks came out; where they
    did not, ``unchanged`` tells whether the calls are what they were."""

    picks: Sequence[Chosen]
    same: bool
    unchanged: bool


def get(session: Session, id: int) -> Draw:
    """Raises NotFound."""
    found = session.get(Draw, id) if 0 < id < 2**31 else None
    if found is None:
        raise NotFound("抽样", str(id))
    return found


def listing(session: Session, plan: Plan | None = None) -> Sequence[Draw]:
    """Newest first."""
    query = select(Draw).order_by(Draw.id.desc())
    return session.scalars(query if plan is None else query.where(Draw.plan_id == plan.id)).all()


def reviews_of(session: Session, draw: Draw) -> Sequence[Review]:
    """Every pick, by agent and call."""
    query = select(Review).where(Review.draw_id == draw.id).join(Call, Call.id == Review.call_id)
    return session.scalars(query.order_by(Call.agent_id, Call.key)).unique().all()


def replay(session: Session, draw: Draw, joined: Mapping[int, datetime] | None = None) -> Replay:
    """The same content, period and seed once more, on the calls known when it was made."""
    content = parse(draw.content)
    period = Period(draw.first, draw.last)
    scorecard = draw.plan.scorecard
    facts = population(session, scorecard, content, period, draw.at, joined or {}, but=draw.id)
    calls = calls_of(content, facts)
    picks = _pick(content, facts, calls, draw.seed)
    made = {review.call.key for review in reviews_of(session, draw)}
    return Replay(
        picks,
        {each.key for each in picks} == made,
        fingerprint(content, calls) == draw.fingerprint,
    )
