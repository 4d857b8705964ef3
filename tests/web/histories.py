"""Histories of a small knowledge base, told twice: to the product, and to a plain model of it.

A step is (what, article, a, b): small numbers, so that a failing history shrinks to few and plain
steps. Every text is a new word (``zxqv17``) in its title (t), body (b), question (q), tag (g),
field (c), file (a), or answer of its script (s); which words somebody may read is told by the
model alone, which knows no gate.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from kb import (
    articles,
    attachments,
    board,
    broadcasts,
    fieldrules,
    gapbook,
    lexicon,
    related,
    reviews,
    signing,
)
from kb.articles import Edit
from kb.attachments import Checked
from kb.broadcasts import Message
from kb.fieldrules import Wanted
from kb.gate import EVERYTHING
from kb.records import Record
from web import accounts
from web.evidence import recalls
from web.signing import reader_of

from ..browsing import Client
from ..world import CAST, World

Step = tuple[str, int, int, int]
KEYS = ("zxqk0", "zxqk1")
COMMON = "候补"
"""Stands in every title, so that every text can be found."""
PINNED = "怎么兑现"
IN_FILE = "附录原件"
"""Stands in every file and nowhere else."""
CODE = "WES-80"

TEAMS = ("票务一组", "票务二组")
PEOPLE = ("agent", "other_agent", "editor", "qa_lead")
AUDIENCES = ((), (TEAMS[0],), (TEAMS[1],), ("班长",), ("1001",), ("知识管理员",))
HOUR = timedelta(hours=1)
DATES: tuple[tuple[int | None, int | None], ...] = (
    (None, None),
    (2, None),
    (-2, None),
    (None, 3),
    (1, 4),
)
"""Hours from now at which a text begins and ends."""
KIND = {KEYS[0]: "script", KEYS[1]: "notice"}


def ask_for_codes(session: Session) -> None:
    """Articles have a number and a remark in fields of their own."""
    for kind in KIND.values():
        fieldrules.add(session, Wanted(kind, "number", "文号", "code"))
        fieldrules.add(session, Wanted(kind, "remark", "说明", "text"))


@dataclass(eq=False)
class Text:
    """One text as the model knows it. ``published`` is None for a draft; ``leads``: its script
    names the other article."""

    word: int
    audience: frozenset[str]
    since: datetime | None
    until: datetime | None
    published: datetime | None = None
    leads: bool = False

    def begun(self, at: datetime) -> bool:
        assert self.published is not None
        return self.published <= at and (self.since is None or self.since <= at)


@dataclass(eq=False)
class Story:
    """One article: what was published in order, the draft, and when it was out of use."""

    texts: list[Text] = field(default_factory=list)
    draft: Text | None = None
    out: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    urgent: list[Text] = field(default_factory=list)

    @property
    def retired(self) -> bool:
        return bool(self.out) and self.out[-1][1] is None

    def now(self, at: datetime) -> Text | None:
        """What is in force."""
        return None if self.retired else newest([t for t in self.texts if t.begun(at)], at)

    def then(self, at: datetime, known: datetime) -> Text | None:
        """What held at ``at``, of what had been published by ``known``."""
        if any(begun <= at and (over is None or over > at) for begun, over in self.out):
            return None
        published = [t for t in self.texts if t.published and t.published <= known]
        return newest([t for t in published if (t.since or t.published or at) <= at], at)

    def admits(self, names: frozenset[str] | None, now: datetime) -> bool:
        """Whether the text of today, else the newest there is, is for these names."""
        published = [t for t in self.texts if t.published and t.published <= now]
        begun = newest([t for t in published if (t.since or now) <= now], now)
        today = begun or (published[-1] if published else None)
        return today is None or suits(today, names)


def newest(begun: list[Text], at: datetime) -> Text | None:
    """The last of them decides; when its time is over, nothing is in force."""
    last = begun[-1] if begun else None
    return None if last is None or (last.until is not None and last.until <= at) else last


def suits(text: Text, names: frozenset[str] | None) -> bool:
    """Whether it is for somebody of these names; None reads everything."""
    return names is None or not text.audience or bool(text.audience & names)


class History:
    """A world and what the model knows of it."""

    def __init__(self, world: World, browsers: Mapping[str, Client]) -> None:
        self.world, self.browsers = world, browsers
        self.stories: dict[str, Story] = {}
        self.words = 0
        self.team = {who: CAST[who].team for who in PEOPLE}
        self.promoted = False
        self.signed: dict[str, list[tuple[str, Text]]] = {who: [] for who in PEOPLE}
        self.opened: dict[str, list[tuple[str, Text]]] = {who: [] for who in PEOPLE}
        self.withdrawn: list[tuple[str, Text]] = []
        self.seen: dict[str, set[int]] = {who: set() for who in PEOPLE}
        self.started = world.clock()

    # What the model says of somebody

    def names(self, who: str) -> frozenset[str]:
        """By which names they are addressed."""
        roles = {"agent": "座席", "editor": "知识管理员", "qa_lead": "质检主管"}
        keys = ["agent"] if who == "other_agent" else [who]
        found = {CAST[who].number, self.team[who], *keys, *(roles[key] for key in keys)}
        if who == "other_agent" and self.promoted:
            found |= {"supervisor", "班长"}
        return frozenset(found)

    def reads(self, who: str) -> frozenset[str] | None:
        """The names that count when they read; the editor reads everything."""
        return None if who == "editor" else self.names(who)

    def held(self, who: str, key: str) -> Text | None:
        """What of the article they may read now."""
        story = self.stories.get(key)
        text = story.now(self.world.clock()) if story else None
        return text if text and suits(text, self.reads(who)) else None

    # Steps

    def take(self, step: Step) -> None:
        """Do it, in the product and in the model; what makes no sense now does nothing."""
        name, article, a, b = step
        STEPS[name](self, KEYS[article], a, b)

    def edit(self, who: str = "editor") -> Edit:
        return Edit(self.world.person(who).id, self.world.clock())

    def write(self, key: str, a: int, b: int) -> None:
        self.words += 1
        now = self.world.clock()
        since, until = (now + h * HOUR if h is not None else None for h in DATES[b % len(DATES)])
        leads = KIND[key] == "script" and self._in_use(KEYS[1])
        names = frozenset(AUDIENCES[a % len(AUDIENCES)])
        text = Text(self.words, names, since, until, leads=leads)
        w = f"zxqv{text.word}"
        record = Record(
            key,
            f"{COMMON}规定{w}t",
            f"{COMMON}订单在{w}b兑现。\n",
            kind=KIND[key],
            category="票务",
            tags=(f"{w}g", COMMON),
            questions=(f"{COMMON}{w}q怎么办",),
            audiences=AUDIENCES[a % len(AUDIENCES)],
            effective_from=since,
            effective_to=until,
            must_sign=True,
        )
        with self.world.work("editor", "kb.write") as session:
            record = replace(record, data=self._data(session, key, w, leads))
            if key in self.stories:
                articles.save(session, articles.get(session, key), record, self.edit())
            else:
                articles.create(session, record, self.edit())
        self.stories.setdefault(key, Story()).draft = text

    def _data(self, session: Session, key: str, w: str, leads: bool) -> dict[str, object]:
        """Its fields, its file, and what its script says."""
        kept = self.world.services.files.put(io.BytesIO(f"%PDF-1.4 {w}a".encode()))
        found = Checked(f"{w}a.pdf", ".pdf", f"{IN_FILE}写明{w}a兑现")
        file = attachments.register(session, kept, found, self.edit())
        data = attachments.into({"number": CODE, "remark": f"{w}c"}, [file])
        if KIND[key] == "script":
            data["flow"] = flow(w, [KEYS[1]] if leads else [])
        return data

    def _in_use(self, key: str) -> bool:
        story = self.stories.get(key)
        return story is not None and bool(story.texts) and not story.retired

    def _lost(self, text: Text | None) -> bool:
        """Whether its script leads to what is out of use: so it cannot be published."""
        return text is not None and text.leads and not self._in_use(KEYS[1])

    def publish(self, key: str, a: int, b: int) -> None:
        """Of a retired article, with or without a draft: bring it back."""
        story = self.stories.get(key)
        if story is None or not (story.draft or story.retired) or self._lost(story.draft):
            return
        with self.world.work("editor", "kb.publish") as session:
            articles.publish(session, articles.hold(session, key), self.edit())
        self._published(story, self.world.clock())

    def _published(self, story: Story, at: datetime) -> None:
        now = self.world.clock()
        if story.retired:
            story.out[-1] = (story.out[-1][0], now)
        if story.draft:
            story.draft.published = at
            story.texts.append(story.draft)
            story.draft = None

    def schedule(self, key: str, a: int, b: int) -> None:
        story, at = self.stories.get(key), self.world.clock() + (1 + a % 3) * HOUR
        if story is None or story.draft is None or story.retired or self._lost(story.draft):
            return
        with self.world.work("editor", "kb.publish") as session:
            articles.publish(session, articles.hold(session, key), self.edit(), at=at)
        self._published(story, at)

    def unschedule(self, key: str, a: int, b: int) -> None:
        story, now = self.stories.get(key), self.world.clock()
        coming = [t for t in story.texts if t.published and t.published > now] if story else []
        if story is None or not coming or story.draft is not None:
            return
        with self.world.work("editor", "kb.publish") as session:
            reviews.unschedule(session, articles.hold(session, key), self.edit())
        story.draft = coming[0]
        story.texts.remove(coming[0])
        story.draft.published = None

    def urgent(self, key: str, a: int, b: int) -> None:
        story = self.stories.get(key)
        if story is None or story.draft is None or self._lost(story.draft):
            return
        with self.world.work("editor", "kb.publish") as session:
            article = articles.hold(session, key)
            if reviews.state_of(article.draft, self.world.clock()) != "draft":  # was scheduled
                return
            reviews.publish_urgently(session, article, self.edit(), "等不及")
        story.urgent.append(story.draft)
        self._published(story, self.world.clock())

    def take_back(self, key: str, a: int, b: int) -> None:
        story, now = self.stories.get(key), self.world.clock()
        if story is None or not story.urgent:
            return
        place = story.texts.index(story.urgent[-1])
        before = newest([t for t in story.texts[:place] if t.begun(now)], now)
        if self._lost(before):
            return
        with self.world.work("reviewer", "kb.publish") as session:
            reviews.take_back(session, articles.hold(session, key), self.edit("reviewer"), "错了")
        story.urgent.pop()
        if story.texts[place + 1 :]:
            return
        if before is not None:
            story.texts.append(replace(before, published=now))
        elif not story.retired:
            story.out.append((now, None))

    def retire(self, key: str, a: int, b: int) -> None:
        """With ``a`` odd, as wrong: whoever used it is told."""
        story, now = self.stories.get(key), self.world.clock()
        if story is None or story.retired:
            return
        wrong = story.now(now)
        with self.world.work("editor", "kb.retire") as session:
            article = articles.hold(session, key)
            before = recalls.recall_of(session, article, now)
            articles.retire(session, article, self.edit())
            if a % 2 and wrong is not None and before is not None:
                recalls.recall(session, before, self.edit().by, now, reason="有误")
        if a % 2 and wrong is not None:
            self.withdrawn.append((key, wrong))
        story.out.append((now, None))

    def move(self, key: str, a: int, b: int) -> None:
        """Somebody changes team, or is made a supervisor or an agent again."""
        with self.world.work(doing="people.edit") as session:
            if a % 2:
                self.promoted = not self.promoted
                roles = ["agent", *(["supervisor"] if self.promoted else [])]
                person = accounts.get_person(session, CAST["other_agent"].number)
                accounts.set_roles(person, [accounts.role_named(session, r) for r in roles])
                return
            who = PEOPLE[b % 2]
            self.team[who] = TEAMS[self.team[who] == TEAMS[0]]
            person = accounts.get_person(session, CAST[who].number)
            person.team = accounts.ensure_team(session, self.team[who])

    def forward(self, key: str, a: int, b: int) -> None:
        self.world.clock.forward(hours=(0.5, 1, 2, 3)[a % 4])

    def sync(self, key: str, a: int, b: int) -> None:
        """The index follows; until then it lags."""
        self.world.sync()

    def rebuild(self, key: str, a: int, b: int) -> None:
        self.world.services.library.rebuild()

    def look(self, key: str, a: int, b: int) -> None:
        """The suggestions follow; until then they lag."""
        self.world.services.searchlog.flush()
        self.world.services.suggesting.look(self.world.clock())

    def read(self, key: str, a: int, b: int) -> None:
        """Somebody opens the article, keeps it, copies it, votes, reports an error, or signs."""
        who = PEOPLE[a % len(PEOPLE)]
        text, browser = self.held(who, key), self.browsers[who]
        if text is None:
            return
        assert browser.get(f"/articles/{key}").status_code == 200, (who, key)
        assert browser.post(f"/articles/{key}/favourite").status_code == 302
        assert browser.post("/desk/copies", data={"key": key}).status_code == 204
        said = {"quote": f"zxqv{text.word}b", "reason": "不对"}
        assert browser.post(f"/articles/{key}/reports", data=said).status_code == 302
        flashed(browser)
        self.opened[who].append((key, text))
        self.seen[who].add(text.word)
        if b % 2 and suits(text, self.names(who)):
            with self.world.work(who, "signing.sign") as session:
                me = reader_of(self.world.person(who))
                now = self.world.clock()
                shown = signing.text_hash(signing.to_sign(session, me, now, key))
                signing.sign(session, me, key, shown, [], now)
            self.signed[who].append((key, text))

    def talk(self, key: str, a: int, b: int) -> None:
        """The board, a broadcast and a gap speak of the article."""
        if key not in self.stories:
            return
        now, agent = self.world.clock(), self.world.person("agent").id
        with self.world.work(doing="test") as session:
            article = articles.get(session, key)
            words = f"见 /articles/{key}"
            board.ask(session, f"第{a}问", words, agent, now, article_id=article.id)
            broadcasts.send(session, Message("请看", article_id=article.id), self.edit())
            gap = gapbook.raise_gap(session, f"兑现{a}次吗", agent, now).gap
            if not gap.end:
                gapbook.take_up(session, gap.id, article.id)

    def tie(self, key: str, a: int, b: int) -> None:
        """An editor says that the two belong together, or no more."""
        other = KEYS[key == KEYS[0]]
        story, now = self.stories.get(other), self.world.clock()
        if key not in self.stories or story is None or story.now(now) is None:
            return
        with self.world.work("editor", "kb.relate") as session:
            article = articles.get(session, key)
            if a % 3 == 2:
                related.unlink(session, article, other)
            else:
                related.link(session, EVERYTHING, article, other, self.edit())

    def pin(self, key: str, a: int, b: int) -> None:
        with self.world.work("editor", "test") as session:
            for pin in session.query(lexicon.Pin).all():
                lexicon.remove_pin(session, pin.id)
            session.flush()
            if a % 3 and key in self.stories:
                lexicon.put_pin(session, PINNED, articles.get(session, key), self.world.clock())
        self.world.services.library.look_at_lexicon()

    def synonyms(self, key: str, a: int, b: int) -> None:
        with self.world.work("editor", "test") as session:
            groups = session.query(lexicon.SynonymGroup).all()
            if groups:
                lexicon.remove_group(session, groups[0].id)
            else:
                lexicon.put_group(session, (COMMON, "备选"), self.world.clock())
        self.world.services.library.look_at_lexicon()


def flow(w: str, leads: list[str]) -> dict[str, object]:
    """Two steps; both say what to read, if it leads anywhere."""
    first = {"key": "1", "say": f"{COMMON}订单在{w}b兑现。", "articles": leads}
    last = {"key": "2", "say": f"按{w}s说", "end": True, "articles": leads}
    return {"nodes": [first | {"options": [{"text": f"好的{w}s", "to": "2"}]}, last]}


def flashed(browser: Client) -> str:
    """What the next page would say; it is not said any more."""
    with browser.session_transaction() as session:
        return str(session.pop("_flashes", ""))


STEPS: Mapping[str, Callable[[History, str, int, int], None]] = {
    name: getattr(History, name)
    for name in (
        "write",
        "publish",
        "schedule",
        "unschedule",
        "urgent",
        "take_back",
        "retire",
        "move",
        "forward",
        "sync",
        "rebuild",
        "look",
        "read",
        "talk",
        "tie",
        "pin",
        "synonyms",
    )
}
