"""Questions on lists: which belong, in what order, what are the points; and terms in bold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kb.text import analyse, fold

from .corpus import Article, Corpus, Line, numbered, source
from .drafts import GAP, Draft, chance, choice, fits, scope, shuffled, titled, value, worded

_SERIES = re.compile(r"（([^（）]{4,60})）")
_AFTER_COLON = re.compile(
    r"(?:包括|有|分为|分别是|只有|限于|必须写明|写明|出示|携带|需带|带上|记录|核对)([^，。；：（）]{5,60})$"
)
_MIDST = re.compile(
    r"(?:包括|需带|带上|出示|写明|记下|核对|提供|填写|限于|^|[，；：。])"
    r"(?![按把在对从由与和每用到以可能])"
    r"([^，；：。、（）“”]{2,10}(?:、[^，；：。、（）“”]{2,10}){2,6}?)(?=等|都|均|，|；|。|$)"
)
_COUNTED = re.compile(r"[两三四五六七八九十][样种类项个]|[（(]")
_LABEL = re.compile(r"([\u4e00-\u9fff]{2,6})：")
_VERB = re.compile(
    r"(?:小结|座席)?(?:写明|写清|说清|说明|并?留下|登记|核对|记下|如|只报|先问|包括|提供|依次查|出示|要带|带)"
)
_CLAUSE = re.compile(r"[是要用来不没有的了]|重新|选择|写错|为准|[^的]同时|一起")
_TERM = re.compile(r"[^、和及或与]{2,12}")
_BOLD = re.compile(r"\*\*([\u4e00-\u9fff]{2,10})\*\*")
_ORDERED = re.compile(r"步骤|步驟|流程|顺序|順序|程序|过程|過程|怎么做|怎樣做|怎样交")
_LISTED = re.compile(
    r"要点|要求|要说|要准备|条件|材料|内容|內容|原则|哪些|须知|准备|核对|检查|复核|排查|不准|三样|不是"
)
_NO_POINT = re.compile(r"→|[“「][^”」]{9,}|[？?]|[见見]《")
_IDLE = re.compile(
    r"有没有|是不是|不是|是否|大家|之外|每天|时候|尽量|齐全|作出|有人|整体|着急|之前|乘坐|私人|分开|说明|原因|写明|可以|不能|自己|还是|多少|怎么|怎样|什么|需要|没有|已经|由于|因此|或者|以及|这个|那个|一下"
    r"|[齐写说看问要会能]$|^[要会能已还再先后都也与和或的在到把被从]"
)
_SEQUENCE = re.compile(
    r"^(?:然后|再|最后|接着|随后)|[一-龥]后[，,]|以后|之后|完毕|[好完]后|通过后|收到.{0,8}后|没有.{0,10}的，|^[一-龥]{0,6}后，|再次|仍不|仍没|提交后|成功"
)
_ACTS = re.compile(
    r"^(?:打开|打開|进入|登录|用.{2,8}登录|填|填寫|填写|选|選|提交|等待|核对|付款|在线付款|扫码|扫|出示|输入|双方"
    r"|书面|交运|预约|领取|准备|设|余票页|收到|回到|到|拿到|退出|送|请|列车员|再次)"
)
_WAYS = re.compile(r"方式|执行|怎么办|怎樣|怎样")
_ANY_ORDER = re.compile(
    r"也可以?|或者|另外|此外|任选|同时|任一|不分先后|其中|如果|的[，,]|一致：|不符：|变化要|^不要|^不得|换了"
)
_ORDINAL = re.compile(
    r"^\s*(?:首先|其次|然后|接着|再次|最后|再|先|第[一二三四五六七八九十]步?)[，,：:、]?\s*"
)


# Which belong


def series(text: str) -> list[tuple[int, int, list[str]]]:
    """The enumerations of a text that have clear ends: (start, end, members)."""
    found: list[tuple[int, int, list[str]]] = []
    for m in (*_SERIES.finditer(text), *_AFTER_COLON.finditer(text), *_MIDST.finditer(text)):
        if any(start < m.end(1) and m.start(1) < end for start, end, _ in found):
            continue
        if _COUNTED.search(m[1]):
            continue
        lead = _VERB.match(m[1])
        begin = m.start(1) + (lead.end() if lead else 0)
        body = re.sub(r"等$", "", text[begin : m.end(1)])
        members = [
            part.strip() for part in re.split(r"、|和(?=[^、]{2,12}$)|或(?=[^、]{2,12}$)", body)
        ]
        if _parallel(members):
            found.append((begin, begin + len(body), members))
    return found


def _parallel(members: Sequence[str]) -> bool:
    """Are they at least three names of things, none of them a clause?"""
    if len(members) < 3 or len(set(members)) < len(members):
        return False
    long = sorted(map(len, members))
    last = len(members[-1]) <= 2 * long[len(long) // 2]
    return last and all(_TERM.fullmatch(m) and not _CLAUSE.search(m) for m in members)


def belonging(corpus: Corpus, line: Line) -> Draft | None:
    """Which of these does the list name? Wrong ones come from lists of other articles."""
    for start, end, members in series(line.text):
        right = members[:4]
        wrong = _strangers(corpus, line, members)
        if len(wrong) < 2 or any(member in scope(line) for member in members):
            continue
        asks = worded(line.article, "空格处列举的有哪些？")
        stem = f"{scope(line)}{line.text[:start]}{GAP}{line.text[end:]}。{asks}"
        seed = f"{line.text}@{start}"
        size = max(2, min(3, 6 - len(right)))
        shown = shuffled([*right, *wrong[:size]], line.article.key, seed)
        options = choice(shown)
        answer = [option["key"] for option in options if option["text"] in right]
        made = value(
            "multiple", line.article, seed, stem, options=options, answer=answer, policy="partial"
        )
        return Draft(made, line.source, line.article, stem, (line,))
    return None


def _strangers(corpus: Corpus, line: Line, right: Sequence[str]) -> list[str]:
    """Members of other articles' lists of the same sort of things, unknown to this article.

    Lists are of one sort where they share a member.
    """
    article = line.article
    body = corpus_text(article)
    long = max(map(len, right))
    known = [fold(member).text for member in right]
    found = []
    for members, theirs in _members(corpus):
        if theirs is article or not theirs.lends(article):
            continue
        if theirs.traditional != article.traditional:
            continue
        kin = any(member in known for member in members)
        for member in members if kin else ():
            if member in body or len(member) > long + 2:
                continue
            if not any(k in member or member in k or _shares(k, member) for k in known):
                found.append(member)
    drawn = sorted(dict.fromkeys(found), key=lambda member: chance(line.text, member))
    return _apart(drawn)[:3]


def _apart(members: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for member in members:
        if not any(one in member or member in one or _shares(one, member) for one in kept):
            kept.append(member)
    return kept


def _shares(one: str, other: str) -> bool:
    """Two words with the same beginning or end of two characters may be one thing."""
    return one[:2] == other[:2] or (len(one) > 3 and one[-3:] == other[-3:])


def _members(corpus: Corpus) -> tuple[tuple[tuple[str, ...], Article], ...]:
    """The lists of the base, folded, and whose they are."""
    if corpus.members is None:
        corpus.members = tuple(
            (tuple(fold(member).text for member in members), line.article)
            for line in corpus.all()
            if fits(line)
            for _, _, members in series(line.text)
            if all(member == fold(member).text for member in members)
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
    heading = "".join(headings[-1:])
    acts = sum(_ACTS.match(step) is not None for step in steps)
    done = _WAYS.search(heading) and acts >= 2 and told + acts >= len(steps)
    if not (_ORDERED.search(heading) or 2 * told >= len(lines) - 1 or done):
        return None
    if any(not 4 <= len(step) <= 60 or _ANY_ORDER.search(step) or "→" in step for step in steps):
        return None
    stem = f"{titled(article, headings)}{worded(article, '请把下面的步骤按先后排好。')}"
    shown = shuffled(range(len(steps)), article.key, *steps)
    if shown == sorted(shown):
        shown = [*shown[1:], shown[0]]
    options = choice([steps[place] for place in shown])
    answer = ["ABCDEFG"[shown.index(place)] for place in range(len(steps))]
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
    if not headings or not 3 <= len(lines) <= 6 or any(len(line.text) > 40 for line in lines):
        return None
    if not _LISTED.search(headings[-1]) or any(_NO_POINT.search(line.text) for line in lines):
        return None
    words = [_telling(corpus, line) for line in lines]
    if not all(
        len(each) > 1 or _LABEL.match(line.text) for each, line in zip(words, lines, strict=True)
    ):
        return None  # one word is too little to know a point by
    asks = worded(article, f"请写出 {len(lines)} 个要点。")
    stem = titled(article, headings) + asks
    answer = [{"words": each, "points": 1} for each in words]
    seed = "".join(line.text for line in lines)
    made = value("essay", article, seed, stem, answer=answer, points=len(lines))
    made["explanation"] = "\n".join(f"· {line.text}" for line in lines)
    evidence = source(article, lines[0].sentence.start, lines[-1].sentence.end)
    return Draft(made, evidence, article, stem + seed, tuple(lines))


def _telling(corpus: Corpus, line: Line) -> list[str]:
    """Up to three words of a line that few lines have and its title has not."""
    bold = _BOLD.search(line.sentence.text)
    label = _LABEL.match(line.text)
    found = [bold[1]] if bold else [label[1]] if label else []
    title = fold(line.article.title + "".join(line.sentence.headings)).text
    words = {
        line.text[token.start : token.end]
        for token in analyse(line.text)
        if token.kind in ("word", "quantity", "term")
        and len(token.text) >= 2
        and not _IDLE.search(line.text[token.start : token.end])
    }
    whole = [word for word in words if not any(word != other and word in other for other in words)]
    known = [word for word in whole if corpus.frequency[word] > 1] or whole
    rare = sorted(known, key=lambda word: (-min(len(word), 4), corpus.frequency[word], word))
    found += [word for word in rare if word not in title and word not in "".join(found)]
    return found[:3]


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
