"""Every path by which a text reaches a person, and what each may show: one table.

What a rule allows is told by the model of ``histories``; a rule gives the words somebody may
find on that path now. ``17`` allows a text whole, ``17t`` its title alone.

    NOW        what is in force and for them
    TOLD       NOW, and titles of withdrawn texts they used, if for them still (recalls)
    SIGNED     NOW, and of texts they signed, if for them still (the receipt, what changed since)
    LISTED     NOW, and titles of what somebody of their team has to sign (kb.signing)
    THEN       what held at the moment asked about, if for them then and today
    BY_DESIGN  everything: pages of those who write (kb.write)
    QUOTED     NOW, and their own quotes from earlier texts of what they may see
    EVIDENCE   what anybody may have read, if that text is for the one who reads the evidence

Whoever may not see an article gets, on every path of one article, the answer for a key that does
not exist. A person who signed nothing and used nothing has no more than NOW anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from web.api import limiter

from .histories import CODE, COMMON, IN_FILE, KEYS, PEOPLE, PINNED, History, flashed, suits

MISSING = "zxqk9"
WORD = re.compile(r"zxqv(\d+[tbqgcas]?)")
WRITERS = ("editor",)

Rule = Callable[[History, str, timedelta], set[str]]


class Leak(AssertionError):
    """A text stood where it may not stand, or somebody could tell that there is one."""


# Rules


def now_(history: History, who: str, ago: timedelta) -> set[str]:
    texts = (history.held(who, key) for key in KEYS)
    return {str(text.word) for text in texts if text}


def told(history: History, who: str, ago: timedelta) -> set[str]:
    gone = [(k, t) for k, t in history.withdrawn if t.word in history.seen[who]]
    return now_(history, who, ago) | {f"{t.word}t" for k, t in gone if _still(history, who, k, t)}


def signed(history: History, who: str, ago: timedelta) -> set[str]:
    mine = history.signed[who]
    return now_(history, who, ago) | {
        str(t.word) for key, t in mine if _still(history, who, key, t)
    }


def quoted(history: History, who: str, ago: timedelta) -> set[str]:
    mine = ((k, t) for k, t in history.opened[who] if history.held(who, k))
    return now_(history, who, ago) | {
        f"{t.word}b" for key, t in mine if _still(history, who, key, t)
    }


def listed(history: History, who: str, ago: timedelta) -> set[str]:
    """The editor follows everybody, others who may (kb.signing) the people of their team."""
    if who != "editor" and not (who == "other_agent" and history.promoted):
        return set()
    mates = [p for p in PEOPLE if who == "editor" or history.team[p] == history.team[who]]
    texts = [story.now(history.world.clock()) for story in history.stories.values()]
    asked = [t for t in texts if t and any(suits(t, history.names(p)) for p in mates)]
    return {f"{text.word}t" for text in asked}


def _still(history: History, who: str, key: str, text: object) -> bool:
    names, at = history.reads(who), history.world.clock()
    return suits(text, names) and history.stories[key].admits(names, at)  # type: ignore[arg-type]


def then(history: History, who: str, ago: timedelta) -> set[str]:
    now, names = history.world.clock(), history.reads(who)
    found = ((s, s.then(now - ago, now - ago)) for s in history.stories.values())
    return {str(t.word) for s, t in found if t and suits(t, names) and s.admits(names, now)}


def known_now(history: History, who: str, ago: timedelta) -> set[str]:
    now, names = history.world.clock(), history.reads(who)
    found = ((s, s.then(now - ago, now)) for s in history.stories.values())
    return {str(t.word) for s, t in found if t and suits(t, names) and s.admits(names, now)}


def evidence(history: History, who: str, ago: timedelta) -> set[str]:
    texts = (t for story in history.stories.values() for t in story.texts)
    begun = (t for t in texts if t.begun(history.world.clock()))
    return {str(t.word) for t in begun if suits(t, history.reads(who))}


def everything(history: History, who: str, ago: timedelta) -> set[str]:
    return {str(word) for word in range(history.words + 1)}


# The table

OF_TEXT = "/articles/{key}/revisions/{number}"


@dataclass(frozen=True, slots=True)
class Path:
    """``address``: {key} the article, {number} a revision, {at} the moment asked about.

    ``writers``: what those who write may find, where that is more. ``post``: the form sent,
    which is tried only for what may not be seen: it must change nothing. ``cached``: asked as
    by a browser that has kept an answer from before.
    """

    name: str
    address: str
    rule: Rule = now_
    writers: Rule | None = None
    htmx: bool = False
    cached: bool = False
    post: tuple[tuple[str, str], ...] | None = None

    @property
    def of_article(self) -> bool:
        return "{key}" in self.address or any("{key}" in v for _, v in self.post or ())


SHARED: tuple[Path, ...] = (
    Path("desk: shelves", "/desk"),
    Path("desk: search", f"/desk?q={COMMON}", htmx=True),
    Path("desk: pinned question", f"/desk?q={PINNED}"),
    Path("desk: category", "/desk?category=票务", htmx=True),
    Path("desk: notices", "/desk?kind=notice"),
    Path("desk: tag", f"/desk?tag={COMMON}", htmx=True),
    Path("desk: words of a file", f"/desk?q={IN_FILE}", htmx=True),
    Path("by code", f"/lookup?q={CODE}"),
    Path("by code: all", "/lookup"),
    Path("start page", "/", told, everything),
    Path("editor: list", "/edit", now_, everything),
    Path("editor: reports", "/kb/reports", now_, everything),
    Path("gap", "/kb/gaps/1", now_, everything),
    Path("cases", "/kb/cases", now_, everything),
    Path("usage", "/usage", now_, everything),
    Path("broadcasts: sent", "/broadcasts/sent", now_, everything),
    Path("pulse", "/pulse", told),
    Path("mine", "/mine", quoted),
    Path("broadcasts", "/broadcasts"),
    Path("board", "/board"),
    Path("board: thread", "/board/1"),
    Path("recalls", "/recalls", told),
    Path("signing", "/signing", signed),
    Path("signing: lists", "/signing/lists", listed),
    Path("past: search", f"/past?at={{at}}&q={COMMON}", then),
    Path("past: search, as known now", f"/past?at={{at}}&known=now&q={COMMON}", known_now),
    Path("evidence", "/evidence", evidence),
    Path("evidence: report", "/evidence/report.json?from=2026-11-01", evidence),
    Path("api: search", f"/api/v1/search?q={COMMON}"),
    Path("api: search of the past", f"/api/v1/search?q={COMMON}&at={{at}}", then),
    Path("api: suggestions", f"/api/v1/suggest?q={COMMON}&limit=20"),
    Path("api: articles", "/api/v1/articles"),
    Path("api: categories", "/api/v1/categories"),
)
OF_ARTICLE: tuple[Path, ...] = (
    Path("article", "/articles/{key}"),
    Path("desk: article", "/desk/articles/{key}", htmx=True),
    Path(
        "desk: article beside the results", f"/desk/articles/{{key}}?peek=1&q={COMMON}", htmx=True
    ),
    Path("desk: opened", "/desk?open={key}"),
    Path("related", "/articles/{key}/related"),
    Path("related beside the results", "/articles/{key}/related?beside=1", htmx=True),
    Path("script", "/flows/{key}"),
    Path("script: a step on", "/flows/{key}?way=1"),
    Path("attachment", f"{OF_TEXT}/attachments/1", now_, everything),
    Path("attachment: content", f"{OF_TEXT}/attachments/1/file", now_, everything),
    Path("attachment: kept before", f"{OF_TEXT}/attachments/1/file", now_, everything, cached=True),
    Path("comparison", "/articles/{key}/comparison", now_, everything),
    Path("article: kept before", "/articles/{key}", cached=True),
    Path("revisions", "/articles/{key}/revisions", now_, everything),
    Path("revision", "/articles/{key}/revisions/{number}", now_, everything),
    Path("timeline", "/articles/{key}/timeline", now_, everything),
    Path("why it stands there", f"/desk/why/{{key}}?q={COMMON}"),
    Path("report an error", "/articles/{key}/reports"),
    Path("signing: article", "/signing/articles/{key}", signed),
    Path("signing: one list", "/signing/lists/{key}", listed),
    Path("signing: export", "/signing/lists/{key}/export.csv", listed),
    Path("board: ask about it", "/board/new?article={key}"),
    Path("past: article", "/past/{key}?at={at}", then),
    Path("past: article, as known now", "/past/{key}?at={at}&known=now", known_now),
    Path("api: article", "/api/v1/articles/{key}"),
    Path("api: article of the past", "/api/v1/articles/{key}?at={at}", then),
    Path("api: revisions", "/api/v1/articles/{key}/revisions", now_, everything),
    Path("copy", "/desk/copies", post=(("key", "{key}"),)),
    Path("copy from an old page", "/desk/copies", post=(("key", "{key}"), ("number", "{number}"))),
    Path("vote", "/articles/{key}/votes", post=(("helpful", "1"),)),
    Path("keep", "/articles/{key}/favourite", post=()),
    Path("keep no more", "/articles/{key}/favourite/removal", post=()),
    Path("sign", "/signing/articles/{key}", post=(("read", "1"),)),
)
TABLE = SHARED + OF_ARTICLE
PAIRS = tuple((path, who) for path in TABLE for who in PEOPLE)
AGO = (timedelta(0), timedelta(minutes=90))


# Asking


@dataclass(frozen=True, slots=True)
class Answer:
    """``text`` is the body and what the next page will say; ``kept``: a cache may keep it."""

    status: int
    location: str
    text: str
    kept: bool = False


class Checker:
    """Asks paths as somebody, and compares with the model.

    ``checked`` counts answers, ``texts`` those of them in which a text stood.
    """

    def __init__(self, history: History, tokens: dict[str, dict[str, str]]) -> None:
        self.history, self.tokens = history, tokens
        self.checked = self.texts = 0
        self._nothing: dict[tuple[str, ...], Answer] = {}

    def ask(self, pairs: Iterable[tuple[Path, str]]) -> None:
        """Ask these paths, each as somebody. Raises Leak."""
        self._nothing.clear()
        limiter.reset()
        for path, who in pairs:
            for asked, key, ago in self._questions(path):
                self._check(who, path, asked, key, ago)

    def _questions(self, path: Path) -> Iterator[tuple[dict[str, str], str, timedelta]]:
        keys = list(self.history.stories) if path.of_article else [""]
        for key in keys:
            story = self.history.stories.get(key)
            numbers = len(story.texts) + bool(story.draft) if story else 0
            whole = path.address + str(path.post)
            for number in range(1, numbers + 1) if "{number}" in whole else (1,):
                for ago in AGO if "{at}" in path.address else AGO[:1]:
                    at = (self.history.world.clock() - ago).strftime("%Y-%m-%dT%H:%M:%S")
                    yield {"number": str(number), "at": at}, key, ago

    def _check(self, who: str, path: Path, asked: dict[str, str], key: str, ago: timedelta) -> None:
        rule = path.writers if path.writers and who in WRITERS else path.rule
        allowed = rule(self.history, who, ago)
        seen = path.of_article and self._may_know(who, path, key, rule, ago)
        if path.post is not None and seen:
            return
        answer = self._ask(who, path, asked | {"key": key})
        self.checked += 1
        where = f"{path.name}, {who}, {asked}, {key}: "
        if answer.status >= 500 or answer.status == 429:
            raise AssertionError(where + answer.text)
        if answer.kept:
            raise Leak(f"{where}a cache may keep it")
        self.texts += bool(WORD.search(answer.text))
        shown = {w for w in WORD.findall(answer.text) if w not in allowed and w[:-1] not in allowed}
        if shown:
            raise Leak(f"{where}{sorted(shown)} shown, {sorted(allowed)} allowed")
        self.history.seen[who] |= {
            int(word.rstrip("tbqgcas")) for word in WORD.findall(answer.text)
        }
        if path.of_article and not seen:
            nothing = self._missing(who, path, asked)
            if _shape(answer, key) != _shape(nothing, MISSING):
                told = _diff(answer, nothing, key)
                raise Leak(f"{where}{answer.status} for what may not be known\n{told}")

    def _missing(self, who: str, path: Path, asked: dict[str, str]) -> Answer:
        """What they are told of a key that does not exist; asked once, as nothing happens."""
        place = (who, path.name, *asked.values())
        if place not in self._nothing:
            self._nothing[place] = self._ask(who, path, asked | {"key": MISSING})
            self.checked += 1
        return self._nothing[place]

    def _may_know(self, who: str, path: Path, key: str, rule: Rule, ago: timedelta) -> bool:
        """Whether the path may tell that there is such an article."""
        if rule is everything:
            return True
        if rule is signed:
            rule = now_
        story, names = self.history.stories[key], self.history.reads(who)
        words = {str(t.word) for t in story.texts}
        if words & {word.rstrip("t") for word in rule(self.history, who, ago)}:
            return True
        # What once began and is theirs, then and today, they may read of in the past.
        now = self.history.world.clock()
        past = [t for t in story.texts if t.begun(now) and suits(t, names)]
        used = bool({t.word for t in story.texts} & self.history.seen[who])
        return path.name == "copy from an old page" and (
            used or bool(past and story.admits(names, now))
        )

    def _ask(self, who: str, path: Path, asked: dict[str, str]) -> Answer:
        browser = self.history.browsers[who]
        address = path.address.format(**asked)
        headers = dict(self.tokens[who]) if path.address.startswith("/api/") else {}
        if path.htmx:
            headers["HX-Request"] = "true"
        if path.cached:
            headers["If-None-Match"] = "*"
        if path.post is not None:
            form = {name: value.format(**asked) for name, value in path.post}
            found = browser.post(address, data=form, headers=headers)
        else:
            found = browser.get(address, headers=headers)
        said = flashed(browser) if found.status_code == 302 else ""
        kept = "no-store" not in found.headers.get("Cache-Control", "")
        return Answer(found.status_code, found.headers.get("Location", ""), found.text + said, kept)


_PASSING = re.compile(
    r"csrf_token\S* value=\"[^\"]*\"|content=\"[^\"]{60,}\"|value=\"[^\"]{60,}\""
    r"|<code>[^<]*</code>|[0-9a-f]{12,}"
)


def _shape(answer: Answer, key: str) -> Answer:
    """What somebody can tell apart: the answer without the key and what is new every time."""
    location = answer.location.replace(key, MISSING)
    return Answer(answer.status, location, _PASSING.sub("~", answer.text.replace(key, MISSING)))


def _diff(one: Answer, other: Answer, key: str) -> str:
    lines, others = (_shape(a, k).text.splitlines() for a, k in ((one, key), (other, MISSING)))
    return "\n".join(sorted({x.strip() for x in lines} ^ {x.strip() for x in others})[:12])
