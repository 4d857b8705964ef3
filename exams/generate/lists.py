"""Questions on lists: which belong, in what order, what are the points; and terms in bold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kb.text import analyse, fold

from .corpus import Article, Corpus, Line, numbered, source
from .drafts import GAP, Draft, chance, fits, scope, shuffled, titled, value

_SERIES = re.compile(r"（([^（）]{4,60})）")
_AFTER_COLON = re.compile(
    r"(?:包括|有|分为|分别是|只有|限于|必须写明|写明|出示|携带|需带|带上|记录|核对)([^，。；：（）]{5,60})$"
)
_COUNTED = re.compile(r"[两三四五六七八九十][样种类项个]|[（(]")
_TERM = re.compile(r"[^、和及或与]{2,12}")
_BOLD = re.compile(r"\*\*([\u4e00-\u9fff]{2,10})\*\*")
_ORDERED = re.compile(r"步骤|流程|顺序|程序")
_LISTED = re.compile(r"要|条件|材料|内容|原则|情形|情况|哪些|范围|须知|准备|核对|检查|复核")
_SEQUENCE = re.compile(
    r"^(?:然后|再|最后|接着|随后)|[一-龥]后[，,]|以后|之后|完毕|[好完]后|通过后|收到.{0,8}后|没有.{0,10}的，"
)
_ANY_ORDER = re.compile(r"也可以?|或者|另外|此外|任选|同时|任一|不分先后|其中|如果|的[，,]")
_ORDINAL = re.compile(
    r"^\s*(?:首先|其次|然后|接着|再次|最后|再|先|第[一二三四五六七八九十]步?)[，,：:、]?\s*"
)


# Which belong


def series(text: str) -> list[tuple[int, int, list[str]]]:
    """The enumerations of a text that have clear ends: (start, end, members)."""
    found = []
    for m in (*_SERIES.finditer(text), *_AFTER_COLON.finditer(text)):
        if _COUNTED.search(m[1]):
            continue
        body = re.sub(r"等$", "", m[1].strip())
        members = [
            part.strip() for part in re.split(r"、|和(?=[^、]{2,12}$)|或(?=[^、]{2,12}$)", body)
        ]
        if len(members) >= 3 and all(_TERM.fullmatch(member) for member in members):
            found.append((m.start(1), m.end(1), members))
    return found


def belonging(corpus: Corpus, line: Line) -> Draft | None:
    """Which of these does the list name? Wrong ones come from lists of other articles."""
    for start, end, members in series(line.text):
        right = members[:4]
        wrong = _strangers(corpus, line, right)
        if len(wrong) < 2 or any(member in scope(line) for member in members):
            continue
        stem = f"{scope(line)}{line.text[:start]}{GAP}{line.text[end:]}。空格处列举的有哪些？"
        seed = f"{line.text}@{start}"
        size = max(2, min(3, 6 - len(right)))
        shown = shuffled([*right, *wrong[:size]], line.article.key, seed)
        keys = "ABCDEFGH"[: len(shown)]
        options = [{"key": k, "text": text} for k, text in zip(keys, shown, strict=True)]
        answer = [k for k, text in zip(keys, shown, strict=True) if text in right]
        made = value(
            "multiple", line.article, seed, stem, options=options, answer=answer, policy="partial"
        )
        return Draft(made, line.source, line.article, stem, (line,))
    return None


def _strangers(corpus: Corpus, line: Line, right: Sequence[str]) -> list[str]:
    """Members of other articles' lists: alike in length or last character, unknown to this one."""
    body = corpus_text(line.article)
    long = max(map(len, right))
    known = [fold(member).text for member in right]
    found = []
    ends = {member[-1] for member in right}
    branch = line.article.category.partition("/")[0]
    for member, article in _members(corpus):
        folded = fold(member).text
        near = article.key != line.article.key and article.category.startswith(branch)
        strange = (
            near and folded == member.lower() and folded not in body and len(member) <= long + 2
        )
        if (
            strange
            and member[-1] in ends
            and not any(k in folded or folded in k or _shares(k, folded) for k in known)
        ):
            found.append(member)
    return sorted(dict.fromkeys(found), key=lambda member: chance(line.text, member))[:3]


def _shares(one: str, other: str) -> bool:
    """Two words with the same beginning or end of two characters may be one thing."""
    return one[:2] == other[:2] or (len(one) > 3 and one[-3:] == other[-3:])


def _members(corpus: Corpus) -> tuple[tuple[str, Article], ...]:
    """The members of every list in the base, and whose they are."""
    if corpus.members is None:
        corpus.members = tuple(
            (member, line.article)
            for line in corpus.all()
            if fits(line)
            for _, _, members in series(line.text)
            for member in members
        )
    return corpus.members


def corpus_text(article: Article) -> str:
    """All of an article, folded."""
    return fold(f"{article.title}\n{article.body}").text


# In what order


def ordered(corpus: Corpus, article: Article, lines: Sequence[Line]) -> Draft | None:
    """The steps of a numbered list; never shown in the right order."""
    if not all(numbered(article, line) for line in lines):
        return None
    steps = [_step(line.text) for line in lines]
    headings = lines[0].sentence.headings
    if not 3 <= len(steps) <= 7 or len(set(steps)) < len(steps):
        return None
    told = sum(_SEQUENCE.search(line.text) is not None for line in lines[1:])
    if not (_ORDERED.search("".join(headings[-1:])) or 2 * told >= len(lines) - 1):
        return None
    if any(not 4 <= len(step) <= 60 or _ANY_ORDER.search(step) for step in steps):
        return None
    stem = f"{titled(article, headings)}请把下面的步骤按先后排好。"
    shown = shuffled(range(len(steps)), article.key, *steps)
    if shown == sorted(shown):
        shown = [*shown[1:], shown[0]]
    keys = "ABCDEFG"[: len(steps)]
    options = [{"key": k, "text": steps[place]} for k, place in zip(keys, shown, strict=True)]
    answer = [keys[shown.index(place)] for place in range(len(steps))]
    made = value("order", article, "".join(steps), stem, options=options, answer=answer)
    evidence = source(article, lines[0].sentence.start, lines[-1].sentence.end)
    return Draft(made, evidence, article, stem + "".join(steps), tuple(lines))


def _step(text: str) -> str:
    """The first clause of a step, without the words that give its place away."""
    clause = re.split(r"[。；;]", _ORDINAL.sub("", text))[0]
    return clause.strip()


# What are the points


def points(corpus: Corpus, article: Article, lines: Sequence[Line]) -> Draft | None:
    """Name the points of a list: each by its rarest words, one mark each."""
    headings = lines[0].sentence.headings
    if not headings or not 3 <= len(lines) <= 6 or any(len(line.text) > 60 for line in lines):
        return None
    if not _LISTED.search(headings[-1]):
        return None
    words = [_telling(corpus, line) for line in lines]
    if not all(words):
        return None
    stem = f"{titled(article, headings)}请写出 {len(lines)} 个要点。"
    answer = [{"words": each, "points": 1} for each in words]
    seed = "".join(line.text for line in lines)
    made = value("essay", article, seed, stem, answer=answer, points=len(lines))
    made["explanation"] = "\n".join(f"· {line.text}" for line in lines)
    evidence = source(article, lines[0].sentence.start, lines[-1].sentence.end)
    return Draft(made, evidence, article, stem + seed, tuple(lines))


def _telling(corpus: Corpus, line: Line) -> list[str]:
    """Up to three words of a line that few lines have and its title has not."""
    bold = _BOLD.search(line.sentence.text)
    found = [bold[1]] if bold else []
    title = fold(line.article.title + "".join(line.sentence.headings)).text
    words = {
        line.text[token.start : token.end]
        for token in analyse(line.text)
        if token.kind in ("word", "quantity", "term") and len(token.text) >= 2
    }
    whole = [word for word in words if not any(word != other and word in other for other in words)]
    rare = sorted(whole, key=lambda word: (-min(len(word), 4), corpus.frequency[word], word))
    found += [word for word in rare if word not in title and word not in "".join(found)]
    return found[:2]


# Terms


def term(corpus: Corpus, line: Line) -> Draft | None:
    """A term that the article itself sets in bold, to be filled in."""
    said = scope(line) + line.text
    for found in _bold(line):
        if said.count(found) != 1 or found in line.article.title or len(line.text) < 3 * len(found):
            continue
        begin = line.text.index(found)
        if begin == 0:
            continue
        stem = f"{scope(line)}{line.text[:begin]}{GAP}{line.text[begin + len(found) :]}。"
        made = value("blank", line.article, f"{line.text}@{begin}", stem, answer=[[found]])
        return Draft(made, line.source, line.article, stem, (line,))
    return None


def _bold(line: Line) -> Iterator[str]:
    yield from (m[1] for m in _BOLD.finditer(line.sentence.text))
