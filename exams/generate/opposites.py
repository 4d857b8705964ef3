"""A rule turned into its opposite by one word, as it would be said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_PLAIN = (
    r"(?![得能可必用足满滿同少多超低高大清通见見是到了过過论論管仅僅但如便符良慎动動明久在再要断斷"
    r"对對会會时時只行想愿願由知方需须須应應许許])(?=[\u4e00-\u9fff]{2})"
)
"""What may follow a 不 in whose place 可以 can stand."""

_TURNS: Sequence[tuple[str, str]] = (
    (r"(?<!能)不得(?!不|已|到)", "可以"),
    (r"(?<![能样樣但])(?<!不)不能(?!不)", "可以"),
    (r"不可以?(?=[\u4e00-\u9fff]{2})(?!避免|少|抗|能)", "可以"),
    (
        r"(?<![不才也都就还還但时時])可以(?!不|[^，；。]{0,8}[0-9一两]\s?次|[^，；。]{0,16}(?:不超|最多|至少|不少|限))",
        "不能",
    ),
    (r"(?<![不只才未可功性智储节效就都也])能(?=[用办带退改买查坐进领补开换看])", "不能"),
    (r"不需要|不需(?!要)|无需|無需", "需要"),
    (r"(?<=[，；：])(?:还|還)?需要", "不需要"),
    (r"不必(?!须|争|跑|担心|惊|急)", "必须"),
    (r"不用(?=[\u4e00-\u9fff]{2})(?!手机|钱|过|来)", "需要"),
    (r"必须|必須|应当|應當", "不必"),
    (r"(?<![必无無])[须須](?![知要])", "不必"),
    (r"(?<!收)不收取", "仍收取"),
    (r"(?<!收)不收(?=[\u4e00-\u9fff]{0,4}费|票款|钱)", "要收"),
    (r"(?<!不)收取(?=手续费|费用)", "不收取"),
    (r"免收", "照收"),
    (r"(?<!付款)全额退", "扣费后退"),
    (r"(?<!不)免费(?=改签|退票|办理|送回|乘回|领取|开具|登记|打印|返回|变更)", "付费"),
    (r"(?<!也)不影响(?!的)", "会影响"),
    (r"不计入|不計入", "计入"),
    (r"(?<!不)(?<!不再)计入", "不计入"),
    (r"(?<!收)不包括", "包括"),
    (r"(?<!不)包括", "不包括"),
    (r"不支持", "支持"),
    (r"(?<![不以])支持(?![席率])", "不支持"),
    (r"不适用|不適用", "适用"),
    (r"不受理", "可以受理"),
    (r"不办理|不辦理", "可以办理"),
    (r"不享受", "可以享受"),
    (r"不参与|不参加", "参加"),
    (r"(?<!也)不扣(?=[\u4e00-\u9fff])", "要扣"),
    (r"(?<!也)不罚款", "要罚款"),
    (r"(?<!拒)不补(?=票|差|收|办|打|退|价|钱)", "可以补"),
    (r"不(?=占用|占额度|占座)", "要"),
    (r"不加倍", "也加倍"),
    (r"(?<!也)不(?=区分|提供|负责|承担|承诺|公布|受限制|受影响|代办|重新计算)", "会"),
    (r"(?<!收)不算(?!数)", "也算"),
    (r"开车前(?!后)", "开车后"),
    (r"开车后", "开车前"),
    (r"(?<=[\u4e00-\u9fff])(?:之前|以前)(?!才)", "之后"),
    (r"(?<=[\u4e00-\u9fff])(?:之后|以后)(?!才)", "之前"),
    (r"(?:当日|当天)(?=\s?[0-9]{1,2}:|停用|上?报|办完|录入|补录|核实|处理)", "次日"),
    (r"次日(?=\s?[0-9]{1,2}:|上?报|办完|录入|补录|核实|处理)", "当日"),
    (r"(?<!不)会自动", "不会自动"),
    (r"同意", "不同意"),
    (r"(?<![高不])高于", "低于"),
    (r"(?<![低不])低于", "高于"),
    (r"(?<![不再])增加(?!的)", "减少"),
    (r"不再(?=退还|退回|扣|补收|受理|保留|追加|收)", "仍"),
    (r"(?<=[的时后]，)不要(?=[\u4e00-\u9fff]{2})(?!争|吵|骂)", "可以"),
    (rf"(?:^|(?<=[的时時后後]，)|(?<=：))不{_PLAIN}", "可以"),
    (r"(?<=[，；：])可(?=[请在凭到由用选改退补办申再])", "不可"),
    (r"(?<=[\u4e00-\u9fff，])应(?=选|在|由|按|告|报|先|向|主动|出示|及时|载)", "不必"),
    (r"也要(?=[先在带有经写填单按把向提由补出到与和申])", "不用"),
    (r"(?<=[，；：])要(?=[先在带有经写填单按把向提由补出到与和])", "不用"),
    (r"(?<![有也])没有(?=[\u4e00-\u9fff]{0,5}(?:限制|罚款|折扣|补偿|赔偿|优惠|次数|标准))", "有"),
    (r"无权", "有权"),
    (r"有权", "无权"),
    (r"(?:^|(?<=[，：]))(?P<back>退还|退回|补收|扣除)(?!的)", r"不\g<back>"),
    (
        r"先(?P<one>[^，；：。、先]{2,12})[，、]?(?:再|然后)(?P<two>[^，；：。、]{2,14})$",
        r"先\g<two>，再\g<one>",
    ),
    (r"(?<=只能)(?P<one>[\u4e00-\u9fff]{0,4})一(?=次|张|件|名|只|位)", r"\g<one>两"),
)

_PAIRS = (
    ("全价", "半价"),
    ("原票", "新票"),
    ("始发站", "终到站"),
    ("下车站", "上车站"),
    ("乘车当天", "购票当天"),
    ("乘车日期", "购票日期"),
    ("线上", "线下"),
    ("书面", "口头"),
    ("事前", "事后"),
    ("人工通道", "自助通道"),
    ("最早", "最晚"),
    ("最高", "最低"),
    ("加倍", "减半"),
    ("较高", "较低"),
    ("较贵", "较便宜"),
    ("每天", "每周"),
    ("每日", "每周"),
    ("每月", "每季度"),
    ("逐级", "越级"),
    ("自愿", "强制"),
    ("由高到低", "由低到高"),
)
"""Words that stand against each other; what holds for one does not hold for the other."""

"""Each word of a rule and what makes it false. Both directions are there, so that neither a
negation nor its absence tells a false statement."""

_COMPILED = tuple((re.compile(pattern), other) for pattern, other in _TURNS)
_AGAINST = tuple(
    (re.compile(re.escape(word)), other)
    for one, two in _PAIRS
    for word, other in ((one, two), (two, one))
)
_ASKS = re.compile(
    r"能不能|可不可以|可以.{0,2}不|能否|是否|要不要|收不收|不得不|不能不|不是|赶在|免得|本来"
)
_FOLLOWS = re.compile(
    r"也[不没無无]|[仍也]需|就要|不用|不必|只(?!要|有)|才[能可会]|同样不|一样不|[并並]且?不|不行|不然|否则|而是|免得|以免|更不|自动|自動"
)
"""What a clause has that says on what another one ruled."""

_JOINED = re.compile(r"[不没][\u4e00-\u9fff]{1,6}、不|、不|不[\u4e00-\u9fff]{1,4}、不")
"""不报价、不承诺: several refusals in a row are turned all or none."""

_CLAUSE = re.compile(r"[^，；：。（）]+")
_CONDITION = re.compile(r"(?:的|时|後|后|前|者|如果.*|以后|之后|以前|之前|[时期]候|情况下)$")
_MODIFIES = re.compile(r"[^，；：。]{0,9}的(?=[\u4e00-\u9fff]|$)")
"""能退的票: what is turned there says of which things the rule speaks, not what it rules."""

_TRADITIONAL = str.maketrans("费须当后计票应", "費須當後計票應")


def opposites(text: str, traditional: bool = False) -> Iterator[str]:
    """The text with one word of its rule turned round, the surest first.

    Conditions stay as they are; a text that asks or that sets one against the other gives none.

    >>> next(opposites("已经检票进站的旅客不能在网上退票"))
    '已经检票进站的旅客可以在网上退票'
    """
    if _ASKS.search(text):
        return
    for pattern, other in _COMPILED:
        found = list(pattern.finditer(text))
        if len(found) != 1 or not _rules(text, found[0]) or _answered(text, found[0]):
            continue
        word = found[0].expand(other.translate(_TRADITIONAL) if traditional else other)
        yield text[: found[0].start()] + word + text[found[0].end() :]
    for pattern, other in _AGAINST:
        found = list(pattern.finditer(text))
        if len(found) == 1 and not _set_against(text, found[0], other):
            yield text[: found[0].start()] + other + text[found[0].end() :]


def _set_against(text: str, found: re.Match[str], other: str) -> bool:
    """Does the sentence speak of both, list several of the sort, or only name a thing by it?"""
    around = text[max(0, found.start() - 1) : found.end() + 1]
    if re.match(r"[几各]", text[found.end() :]):
        return True
    named = re.match(r"[^，；：。]*的[\u4e00-\u9fff]", text[found.end() :])
    return (
        other in text
        or "、" in around
        or named is not None
        or not _rules(text, found)
        or _answered(text, found)
    )


def _answered(text: str, found: re.Match[str]) -> bool:
    """Does another clause follow from the word, so that the two would contradict each other?"""
    clauses = [m for m in _CLAUSE.finditer(text) if not m.start() <= found.start() < m.end()]
    after = re.match(r"[^；。]*", text[found.end() :])
    goes_on = after is not None and "，" in re.sub(r"（[^）]*）", "", after[0])
    refused = _JOINED.search(text[max(0, found.start() - 12) : found.end() + 6])
    return goes_on or refused is not None or any(_FOLLOWS.search(m[0]) for m in clauses)


def _rules(text: str, found: re.Match[str]) -> bool:
    """Does the word rule something, or is it part of a condition or of a name?"""
    clause = next(m for m in _CLAUSE.finditer(text) if m.start() <= found.start() < m.end())
    last = clause.end() == len(text)
    if not last and _CONDITION.search(clause[0]):
        return False
    if _MODIFIES.match(text, found.end()):
        return False
    quoted = re.search(r"[“「《][^”」》]*$", text[: found.start()])
    return quoted is None
