"""Quality assurance of the demo centre, lived through day by day: draws, reviews, what followed.

Everything is done by the functions people's pages use, at its own moment: a heap of what is still
to happen, the earliest first, none of it later than now. What happens leads to what comes after.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import past
from kb.gate import EVERYTHING
from kb.past import Then
from qa import (
    appeals,
    calibrations,
    calls,
    coachings,
    commenting,
    drawing,
    plans,
    rechecks,
    remedies,
    reviews,
    scorecards,
    slips,
    standing,
    suggesting,
)
from qa.assigning import Inspector
from qa.drafts import Marked
from qa.drawing import Seat
from qa.eligible import Period
from qa.tables import Coaching, Plan, Review, Scorecard

from .. import accounts, jobs, qa_ties
from ..course_quizzes import CourseQuizzes
from ..models import AuditEntry, Person
from ..services import Services
from . import cards, stories
from .conversations import Talk, talks
from .quality import (
    SAMPLES,
    WINDOWS,
    Marking,
    Sample,
    Window,
    acknowledged_after,
    marking,
    moment,
)
from .stories import LEAD, Appealed, Coached
from .strictness import STRICTNESS

DOING = "demo.quality"
RECHECKED = (Window(31, 26, 24), 5)
"""Of the reviews finished in these days so many per cent are looked at again."""
CALIBRATED_ON = 12
PAGE = "demo"

Act = Callable[[datetime], None]


def add(services: Services) -> None:
    """Once, in one unit of work: what people do with it afterwards stays."""
    with services.db.reading() as session:
        if session.scalar(select(AuditEntry.id).where(AuditEntry.doing == DOING).limit(1)):
            return
        lead = accounts.get_person(session, LEAD)
    with services.db.work(lead, DOING) as session:
        _Centre(session, services.now()).live()
        waiting = select(Review.call_id).where(Review.state.in_(("waiting", "begun")))
        jobs.enqueue_suggesting(session, session.scalars(waiting))


class _Centre:
    """Two months of one centre: ``later`` says what happens when, ``live`` lets it happen."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session, self.now = session, now
        numbers = {*STRICTNESS, LEAD, *(talk.agent for talk in talks())}
        numbers |= {task.coach for task in stories.COACHING}
        self.people = {n: accounts.get_person(session, n) for n in sorted(numbers)}
        self.numbers = {person.id: number for number, person in self.people.items()}
        self.ties = {n: qa_ties.ties(session, person) for n, person in self.people.items()}
        self.talks = {talk.key: talk for talk in talks()}
        self.cards: dict[str, Scorecard] = {}
        self.plans: dict[str, Plan] = {}
        self._coming: list[tuple[datetime, int, Act]] = []
        self._count = 0

    # Time

    def later(self, at: datetime, act: Act) -> None:
        self._count += 1
        if at <= self.now:
            heapq.heappush(self._coming, (at, self._count, act))

    def live(self) -> None:
        self.later(self.on(62, time(9)), self.begin)
        for window in WINDOWS:
            self.later(window.drawn_at(self.now), partial(self.draw, window))
        self.later(self.on(CALIBRATED_ON, time(9, 20)), self.calibrate)
        self.later(RECHECKED[0].drawn_at(self.now), self.recheck)
        for task in stories.COACHING:
            self.later(self.on(task.given, time(16, 10)), partial(self.coach, task))
        while self._coming:
            at, _, act = heapq.heappop(self._coming)
            act(at)

    def on(self, day: int, at: time) -> datetime:
        return moment(self.now, day, at)

    def id(self, number: str) -> int:
        return self.people[number].id

    @property
    def lead(self) -> Person:
        return self.people[LEAD]

    # Scorecards and plans

    def begin(self, at: datetime) -> None:
        for name in cards.NAMES:
            card = scorecards.create(self.session, cards.content(name), self.lead.id, at)
            scorecards.activate(self.session, card, self.lead.id, at, saves=1, note="开始使用")
            self.cards[name] = card
        for sample in SAMPLES:
            wanted = plans.Wanted(
                sample.name,
                self.cards[sample.rubric],
                sample.content.as_json(),
                due_days=sample.due_days,
                note=sample.note,
            )
            self.plans[sample.name] = plans.create(self.session, wanted, by=self.lead.id, at=at)

    # Draws and reviews

    def draw(self, window: Window, at: datetime) -> None:
        done: Counter[str] = Counter()
        for sample in SAMPLES:
            for review in self._drawn(sample, window, at):
                if review.inspector_id is None:
                    continue
                inspector = self.numbers[review.inspector_id]
                talk = self.talks[review.call.key]
                marked = marking(talk, sample.rubric, inspector, window, done[inspector])
                done[inspector] += 1
                if window is not WINDOWS[-1]:
                    self.later(marked.began(self.now), partial(self.mark, review.id, marked))
                elif done[inspector] == 1:
                    later = at + timedelta(minutes=20)
                    self.later(later, partial(self.half, review.id, marked))

    def _drawn(self, sample: Sample, window: Window, at: datetime) -> list[Review]:
        plan = plans.hold(self.session, self.plans[sample.name].id)
        period = Period(*window.period(self.now))
        seats = [Seat(self.id(n), frozenset(self.ties[n].agents)) for n in STRICTNESS]
        found = drawing.prepare(self.session, plan, period, window.seed, seats, at=at)
        if not found.picks:
            return []
        seen = found.fingerprint
        made = drawing.make(self.session, plan, found, seen, by=self.lead.id, at=at)
        rows = list(drawing.reviews_of(self.session, made))
        for review in rows:
            self._look(review, at)
        return rows

    def _look(self, review: Review, at: datetime) -> None:
        """The automatic checks, before anybody marks; those that ask the knowledge base are left
        to the job, which takes its time."""
        found = suggesting.find(review.call, review.version, None)
        plain = [finding for finding in found if finding.kind != "answer"]
        suggesting.keep(self.session, review.call, review.version, plain, at)

    def mark(self, id: int, marked: Marking, at: datetime) -> None:
        """Begun now, and finished after the work it takes."""
        self._begin(id, marked, at)
        self.later(at + timedelta(seconds=marked.worked), partial(self.finish, id, marked))

    def half(self, id: int, marked: Marking, at: datetime) -> None:
        """Begun, with the first answers: a draft."""
        self._begin(id, marked, at)
        some = dict(list(marked.answers.items())[:3])
        self._save(id, marked, some, {}, 95.0, at + timedelta(seconds=110))

    def _begin(self, id: int, marked: Marking, at: datetime) -> None:
        by = self.id(marked.inspector)
        never = self.ties[marked.inspector].agents
        reviews.begin(self.session, reviews.hold(self.session, id), by=by, at=at, never=never)

    def _save(
        self,
        id: int,
        marked: Marking,
        answers: dict[str, Any],
        notes: dict[str, str],
        worked: float,
        at: datetime,
    ) -> None:
        review = reviews.hold(self.session, id)
        saves = reviews.current(self.session, review).saves
        given = Marked(answers, notes, worked=worked, page=PAGE, turn=1)
        reviews.save(self.session, review, given, saves, by=self.id(marked.inspector), at=at)

    def finish(self, id: int, marked: Marking, at: datetime) -> None:
        by = self.id(marked.inspector)
        self._save(id, marked, marked.answers, marked.notes, marked.worked, at)
        review = reviews.hold(self.session, id)
        if review.purpose == "score":
            self._remark(review, marked, at)
        reviews.finish(self.session, review, by=by, at=at)
        remedies.propose(self.session, review, at, CourseQuizzes(lambda: at))
        if review.purpose == "score":
            self._follow(review, at)

    def _remark(self, review: Review, marked: Marking, at: datetime) -> None:
        by = self.id(marked.inspector)
        for each in stories.REMARKS:
            if each.call == review.call.key and each.item in marked.answers:
                commenting.add(
                    self.session, review, each.text, each.start, each.end, each.item, by=by, at=at
                )

    # What follows a score

    def _follow(self, review: Review, at: datetime) -> None:
        key = review.call.key
        main = review.scorecard_id != self.cards["refund"].id
        appealed = next((a for a in stories.APPEALS if main and a.call == key), None)
        if appealed is not None:
            later = at + timedelta(days=appealed.after)
            self.later(later, partial(self.appeal, review.id, appealed))
        elif main and key == stories.SLIP.call:
            later = at + timedelta(days=stories.SLIP.after)
            self.later(later, partial(self.slip, review.id))
        if key != stories.TOO_LATE and (appealed is None or appealed.state != "waiting"):
            days = 3 if appealed else acknowledged_after(key)
            later = at + timedelta(days=days, hours=2)
            self.later(later, partial(self.acknowledge, review.id))

    def acknowledge(self, id: int, at: datetime) -> None:
        review = reviews.hold(self.session, id)
        standing.acknowledge(self.session, review, "", by=review.call.agent_id, at=at)

    def appeal(self, id: int, told: Appealed, at: datetime) -> None:
        review = reviews.hold(self.session, id)
        made = appeals.make(
            self.session, review, told.item, told.reason, by=review.call.agent_id, at=at
        )
        if told.state != "waiting":
            later = at + timedelta(days=told.taken)
            self.later(later, partial(self.settle, made.id, told))

    def settle(self, id: int, told: Appealed, at: datetime) -> None:
        appeal = appeals.hold(self.session, id)
        if told.state == "withdrawn":
            appeals.withdraw(self.session, appeal, by=appeal.by, at=at)
            return
        ties, by = self.ties[LEAD], self.lead.id
        appeals.opine(self.session, appeal, told.opinion, by=by, at=at, ties=ties)
        verdict = appeals.Verdict(told.state == "upheld", told.verdict)
        later = at + timedelta(minutes=6)
        appeals.decide(self.session, appeal, verdict, by=by, at=later, ties=ties)

    def slip(self, id: int, at: datetime) -> None:
        review, told = reviews.hold(self.session, id), stories.SLIP
        assert review.inspector_id is not None
        slips.correct(
            self.session,
            review,
            {told.item: told.answer},
            told.reason,
            by=review.inspector_id,
            settles=False,
            at=at,
        )

    def coach(self, told: Coached, at: datetime) -> None:
        review = reviews.on(
            self.session, calls.get(self.session, told.call), self.cards["seven"].id
        )
        if review is None or review.state != "finished":
            return
        task = coachings.Task(
            told.title,
            told.text,
            self.on(told.due, time(18)),
            review,
            told.item,
            told.article,
        )
        agent, coach = review.call.agent_id, self.id(told.coach)
        made = coachings.give(self.session, agent, task, by=coach, at=at)
        if told.answered is not None:
            at = self.on(told.answered, time(19, 5))
            self.later(at, partial(self.answer, made, told.reply))
        if told.closed is not None:
            at = self.on(told.closed, time(17, 20))
            self.later(at, partial(self.close, made, told.outcome))

    def answer(self, task: Coaching, reply: str, at: datetime) -> None:
        """The agent reads the article first."""
        if task.article_key:
            then = Then(at, at)
            text = past.in_force(self.session, EVERYTHING, self.now, then, task.article_key)
            remedies.opened(self.session, task.agent_id, task.article_key, text.number, at)
        coachings.acknowledge(self.session, task, reply, by=task.agent_id, at=at)

    def close(self, task: Coaching, outcome: str, at: datetime) -> None:
        coachings.close(self.session, task, outcome, by=task.coach_id, at=at)
        for remedy in remedies.open_for(self.session, [task.agent_id]):
            if remedy.article_key and remedy.article_key == task.article_key:
                remedies.close(self.session, remedy, outcome, by=task.coach_id, at=at)

    # Second looks

    def recheck(self, at: datetime) -> None:
        window, percent = RECHECKED
        first, last = window.period(self.now)
        wish = rechecks.Wish(first, last, percent, window.seed, at + timedelta(days=7))
        inspectors = [
            Inspector(str(self.id(n)), 0, {str(id) for id in self.ties[n].agents})
            for n in STRICTNESS
        ]
        drawn = rechecks.draw(self.session, wish, inspectors, by=self.lead.id, at=at)
        for nth, second in enumerate(drawn.made):
            assert second.inspector_id is not None
            inspector = self.numbers[second.inspector_id]
            name = next(n for n, card in self.cards.items() if card.id == second.scorecard_id)
            talk = self.talks[second.call.key]
            marked = marking(talk, name, inspector, window, nth)
            self.later(marked.began(self.now), partial(self.mark, second.id, marked))
            self.later(self.on(window.on - 2, time(15)), partial(self.keep, second.id))

    def keep(self, id: int, at: datetime) -> None:
        """The first score stands, as far as the lead may decide it."""
        second = reviews.hold(self.session, id)
        first = rechecks.first_of(self.session, second)
        if second.call.agent_id in self.ties[LEAD].agents:
            return
        apart = [line.item.title for line in rechecks.compare(first, second) if not line.same]
        words = stories.rechecked(apart)
        by, ties = self.lead.id, self.ties[LEAD]
        rechecks.settle(self.session, second, rechecks.KEPT, words, by=by, at=at, ties=ties)

    # Calibration

    def calibrate(self, at: datetime) -> None:
        version = self.cards["seven"].active
        assert version is not None
        planned = calibrations.Planned(
            stories.CALIBRATION,
            version.id,
            [calls.get(self.session, key).id for key in stories.CALIBRATED],
            [self.id(n) for n in STRICTNESS],
            expert=self.id(stories.EXPERT),
            due_at=at + timedelta(days=3),
        )
        made = calibrations.create(self.session, planned, self.lead.id, at)
        window = Window(60, 1, CALIBRATED_ON - 1)
        query = select(Review).where(Review.calibration_id == made.id).order_by(Review.id)
        done: Counter[str] = Counter()
        for review in self.session.scalars(query):
            assert review.inspector_id is not None
            inspector = self.numbers[review.inspector_id]
            talk: Talk = self.talks[review.call.key]
            marked = marking(talk, "seven", inspector, window, done[inspector])
            done[inspector] += 1
            self.later(marked.began(self.now), partial(self.mark, review.id, marked))
        self.later(self.on(CALIBRATED_ON - 3, time(15, 30)), partial(self.agree, made.id))

    def agree(self, id: int, at: datetime) -> None:
        found = calibrations.get(self.session, id)
        calibrations.close(self.session, found, self.lead.id, at)
        for item, text in stories.AGREED:
            at += timedelta(minutes=9)
            calibrations.add_note(self.session, found, item, text, self.lead.id, at)
