"""What became of some scores in the demo centre: first mistakes, appeals, coaching, remarks.

All is invented. ``day``: days before the demo began. The calls are those of ``conversations``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LEAD = "DEMO05"
"""Who decides on appeals and rechecks, and leads the calibration."""

MISTAKES: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("T1106", "seven"): {"manner": "flat"},
    ("T1017", "seven"): {"skill": ["asked", "steps", "closing"]},
    ("T1303", "seven"): {"satisfaction": 2},
}
"""(call, rubric) → what the first inspector marked by mistake."""


@dataclass(frozen=True, slots=True)
class Appealed:
    """``item`` of the score of a call, ``after`` days; ``state`` it has now.

    ``opinion``: the second person's own answer, ``taken`` days later; None where nobody has
    looked at it yet.
    """

    call: str
    item: str
    reason: str
    state: str
    after: float = 1.0
    taken: float = 1.0
    opinion: Any = None
    verdict: str = ""


APPEALS = (
    Appealed(
        "T1106",
        "manner",
        "来电人很急，我在00:14先说了“您别急，我来帮您看”，01:04又回应了他的情绪，不是在念稿。",
        "upheld",
        opinion="warm",
        verdict="看转写00:14和01:04，两处都回应了客户的情绪，改为“耐心、有回应”。",
    ),
    Appealed(
        "T1002",
        "knowledge",
        "我把改签费的15%记成了退票费，不是故意说错，能不能按“漏了条件”算？",
        "rejected",
        opinion="wrong",
        verdict="条目写明24小时以上不足48小时收10%，15%是改签费，属于答错。维持原评，另安排辅导。",
    ),
    Appealed(
        "T1008",
        "pace",
        "语速335字，是不是把客户说的话也算进去了？",
        "withdrawn",
        taken=0.5,
    ),
    Appealed(
        "T1015",
        "knowledge",
        "费率我说对了，时点在页面上看得到，没有必要在电话里算。",
        "waiting",
        after=2.0,
    ),
    Appealed(
        "T1017",
        "skill",
        "00:23我复述了“G9960次，大后天早上七点四十，退其中一位”，复述确认应当给分。",
        "waiting",
        after=3.2,
    ),
)
"""One upheld, one rejected, one withdrawn, one that has waited too long, one that is new."""

TOO_LATE = "T1011"
"""A call whose score nobody appealed in time."""


@dataclass(frozen=True, slots=True)
class Slip:
    """Corrected in one step by the inspector himself, ``after`` days."""

    call: str
    item: str
    answer: Any
    reason: str
    after: float = 0.5


SLIP = Slip("T1303", "satisfaction", 5, "满意度看错了一行：客户按的是5，录成了2。")


@dataclass(frozen=True, slots=True)
class Coached:
    """A task after the score of a call: ``given`` and ``due`` are days before today (0 and less:
    still to come); ``answered`` and ``closed`` are None where nobody did."""

    call: str
    item: str
    coach: str
    title: str
    text: str
    article: str
    given: int
    due: int
    answered: int | None = None
    reply: str = ""
    closed: int | None = None
    outcome: str = ""


COACHING = (
    Coached(
        "T1002",
        "knowledge",
        "DEMO08",
        "退票费四档背熟，开口先问开车时间",
        "两通都把档位说错了。请读《退票费核收标准》，用三个例子自己算一遍，再到我这里说一次。",
        "refund-fee-tiers",
        39,
        32,
        38,
        "读完了。我把改签费和退票费的比例混了，例子算过了，今后先问几点开车再报比例。",
        3,
        "后面三通都先问开车时间，档位和零头都说对，了结。",
    ),
    Coached(
        "T1008",
        "pace",
        "DEMO13",
        "语速放到每分钟260字以内，说完一档停一停",
        "客户两次请您慢一点。请听这通录音00:11到00:23，再各练三遍：一句话只说一个数字。",
        "",
        26,
        -3,
        25,
        "听了，自己都跟不上。我在屏幕边上贴了“停一停”。",
    ),
    Coached(
        "T1301",
        "knowledge",
        "DEMO08",
        "积分有效期：每一笔12个月，不是年底清零",
        "两通都说成年底清零。请重读《会员积分多久过期》，并在留言板回一条正确的说法。",
        "points-expiry",
        13,
        -4,
        12,
        "已经在留言板更正了。",
    ),
    Coached(
        "T1011",
        "manner",
        "DEMO13",
        "答不上来时怎么说：不说“不知道”“不归我管”",
        "请读《当场答不上来，约定回电的话术》，照着三句话各录一遍给我听。",
        "script-callback",
        20,
        6,
    ),
    Coached(
        "T1304",
        "skill",
        "DEMO08",
        "答完以后把时间、金额复述一遍",
        "内容都对，差在最后没有复述。下周的通话里请每通都做到。",
        "script-closing",
        2,
        -5,
    ),
)
"""One closed, two answered, two that nobody has answered: one of them overdue."""


@dataclass(frozen=True, slots=True)
class Remark:
    """At a moment of the recording (seconds), or over a span."""

    call: str
    item: str
    start: float
    end: float | None
    text: str


REMARKS = (
    Remark("T1002", "knowledge", 13.3, 17.5, "这里就说错了：距开车30小时应是10%，15%是改签费。"),
    Remark("T1002", "knowledge", 22.6, 28.6, "客户已经提醒，还是没有查条目。"),
    Remark("T1008", "pace", 11.6, 23.2, "一口气四档，客户来不及记。"),
    Remark("T1011", "knowledge", 10.4, 13.2, "“这个我不知道”。应说“我核实以后给您回电”。"),
    Remark("T1011", "manner", 17.3, 21.1, "“不归我管”：见《安抚情绪激动的来电人》的换说法。"),
    Remark("T1102", "skill", 13.6, 37.6, "24秒没有声音，事先没说要查多久。"),
    Remark("T1201", "knowledge", 13.5, 16.8, "30000毫安时约111瓦时，超过100，不能带。"),
    Remark("T1203", "skill", 51.8, None, "答完就挂了，没有问还有没有别的事。"),
    Remark("T1301", "knowledge", 14.0, 19.1, "不是年底统一清零，每一笔从入账起12个月。"),
    Remark("T1305", "skill", 20.0, None, "等候前说明了缘由和时长，做得好。"),
    Remark("T1402", "listening", 13.0, 14.4, "客户还没说完就问工单号，后面又有三次。"),
    Remark("T1501", "skill", 38.0, None, "等候前征得同意，回来先致谢，可作示范。"),
)

CALIBRATED = ("T1007", "T1011", "T1102", "T1105", "T1203", "T1305")
CALIBRATION = "语态和业务知识：怎样算“漏了条件”"
AGREED = (
    ("manner", "一通电话里有两处以上回应客户的感受，算“耐心、有回应”；只有开头和结尾，算平淡。"),
    ("knowledge", "客户照着办会多花钱或误事的，算答错；只是少说了一种少见情形，算漏了条件。"),
    ("", "下次校准挑两通有等候的，专看“偏长”怎么判。"),
)
"""(item, what was agreed); '' = about the whole."""

EXPERT = "DEMO04"
"""The yardstick of the session."""


def rechecked(apart: Sequence[str]) -> str:
    """What is said of a second look that left the first score as it was."""
    if not apart:
        return "两次评定完全一致，维持原来的成绩。"
    items = "、".join(f"“{title}”" for title in apart)
    return f"{items}看法不同，评分说明没有写到这种情形，从宽维持，留到校准时讨论。"
