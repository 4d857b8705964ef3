"""What the people of the demo centre say: threads, reports, votes, gaps and a handled case.

All is invented. Times count back from the start of the demo, so that the pages look lived in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import board, cases, feedback, gapbook, gate, lexicon, points
from kb.cases import Case
from kb.feedback import Passage
from kb.gate import EVERYTHING
from kb.models import Revision

from .. import accounts, handling
from ..db import SYSTEM
from ..models import AuditEntry
from ..services import Services

DOING = "demo.voices"


@dataclass(frozen=True, slots=True)
class Talk:
    """A thread: who, how many hours ago, what; then (who, hours ago, answer); the best (from 1)."""

    by: str
    ago: float
    title: str
    body: str
    answers: tuple[tuple[str, float, str], ...] = ()
    best: int = 0
    article: str = ""


TALKS = (
    Talk(
        "DEMO01",
        200,
        "旅客的充电宝标志磨掉一半，安检员口头放行了，能这样答吗",
        "来电人说上次在南站带过去了，问这次还行不行。我答的是标志看不清就不能带，他不服气。",
        (
            (
                "DEMO11",
                199,
                "按条目答：标志看不清一律不能带，上次放行不等于规定。建议他换一块带标志的。",
            ),
            ("DEMO15", 196, "可以顺便把换算公式告诉他，免得买了超 100Wh 的。"),
        ),
        1,
        "powerbank-limit",
    ),
    Talk(
        "DEMO14",
        170,
        "来电人要我报退票费的具体金额，报还是不报",
        "系统里看得到票价，按比例算出来是 27.5 元。怕尾数进位算错。",
        (
            (
                "DEMO08",
                169,
                "先报比例，再报“大约多少，以办理页面为准”。尾数按 0.5 元进位，别口算到角。",
            ),
            ("DEMO01", 168, "我一般让他在 App 里点到最后一步看，数字是系统算的，不会错。"),
        ),
        1,
        "refund-fee-tiers",
    ),
    Talk(
        "DEMO12",
        150,
        "送老人进站，儿子和儿媳都想进，能登记两个人吗",
        "老人八十多，坐轮椅，带三件行李。",
        (
            (
                "DEMO14",
                149,
                "一般一位重点旅客限 1 人。轮椅加行李可以请车站派人接，先预约重点旅客服务。",
            ),
            ("DEMO18", 140, "有的站看情况放两人，不要替车站承诺，说“以服务台为准”。"),
        ),
        2,
        "platform-send-off",
    ),
    Talk(
        "DEMO10",
        120,
        "旅客用方言，听不懂站名，怎么确认",
        "今天一通温州话，反复三遍没听清，最后挂断了，挺内疚的。",
        (
            (
                "DEMO11",
                119,
                "请他说出发的城市和车次，车次是数字，好确认；再把站名按拼音念回去请他说对不对。",
            ),
            (
                "DEMO20",
                118,
                "可以请他让身边的年轻人接一下电话。别说“您说普通话”，换成“我再核对一遍”。",
            ),
            ("DEMO16", 110, "条目《话术：听不清》里有三句，背下来很好用。"),
        ),
        2,
    ),
    Talk(
        "DEMO15",
        96,
        "静音车厢有人外放，旅客打电话来要我们“马上处理”",
        "人在车上，列车员他说找不到。我们能直接联系到车上吗？",
        (
            (
                "DEMO13",
                95,
                "我们联系不到列车员个人。请他按座椅扶手旁的呼叫码，或到连接处找乘务室；情绪激动的记工单。",
            ),
        ),
        1,
        "quiet-coach-rules",
    ),
    Talk(
        "DEMO16",
        80,
        "寄存柜超时补费，旅客说柜子打不开，归谁管",
        "他赶车，柜机上的电话没人接。",
        (
            (
                "DEMO17",
                79,
                "柜子多是车站外包的。转车站服务台，同时记工单写清柜号和城市。待核实各站的电话。",
            ),
        ),
        0,
        "luggage-storage",
    ),
    Talk(
        "DEMO17",
        60,
        "学生票次数，退票以后多久回来",
        "条目写“退票成功后退回账户”，旅客说半小时了还是 0 次。",
        (
            (
                "DEMO11",
                59,
                "线上退的一般马上回来，让他退出账户重新登录；窗口退的要等结账，最迟次日。",
            ),
            ("DEMO14", 58, "还有一种：那张是改签过的，次数跟着新票走，要退的是新票。"),
        ),
        1,
        "student-ticket-times",
    ),
    Talk(
        "DEMO19",
        48,
        "积分过期提醒，能不能统一一个说法",
        "有人说“年底清零”，这个不对，是每一笔各算 12 个月。大家别再说错了。",
        (
            (
                "DEMO10",
                46,
                "收到，我之前说错过。现在说：每一笔从入账起 12 个月，积分明细里看得到到期日。",
            ),
        ),
        1,
        "points-expiry",
    ),
    Talk(
        "DEMO01",
        30,
        "旅客问我们的录音能不能给他一份",
        "投诉没处理完，他要录音当证据。",
        (
            ("DEMO08", 29, "不能直接给。按录音规定走申请，先记工单，告诉他几个工作日内有人回。"),
            ("DEMO16", 28, "别说“我们没有录音”，开场白里已经告知录音了。"),
        ),
        1,
    ),
    Talk(
        "DEMO12",
        20,
        "夜里系统维护，旅客问现在能不能退票",
        "维护时段页面点不动，他怕过了点手续费涨一档。",
        (
            (
                "DEMO13",
                19,
                "按点击办理的时间算，不是按来电时间。维护完马上办，真的跨档了记工单，附来电时间。待核实能否补救。",
            ),
        ),
    ),
    Talk(
        "DEMO14",
        9,
        "同一个旅客一天打了六次，怎么写小结不重复",
        "每次都是问到账没有。",
        (("DEMO18", 8, "第一条写全，后面写“同上，第 N 次来电，新情况：……”，没有新情况也写“无”。"),),
    ),
    Talk(
        "DEMO10",
        3,
        "大件行李先发快运，人坐晚一班车，取件要本人吗",
        "旅客让妹妹去取，条目里没看到代取怎么办。",
    ),
)

POINTS = (
    (0, 2, "DEMO08", 2, "quality", "依据准确，给了旅客下一步怎么做"),
    (3, 3, "DEMO13", 2, "quality", "说法可以直接用，替人着想"),
    (6, 2, "DEMO08", 2, "quality", "把两种情形分清楚了"),
    (7, 1, "DEMO18", 1, "activity", "主动纠正了大家的说法"),
    (2, 1, "DEMO13", 1, "activity", "提问写清了已经查过的条目"),
)
"""(talk, post number, who gives, points, sort, why)"""

REPORTS = (
    (
        "powerbank-limit",
        "10000mAh | 37Wh | 能",
        "DEMO01",
        30,
        "表里只写 3.7V，旅客的电源标的是 3.85V，照表换算会差一点，能不能加一行说明。",
    ),
    (
        "luggage-storage",
        "小件每天多在10元至30元之间",
        "DEMO15",
        100,
        "旅客说南站已经涨到 35 元，这句容易答错。",
    ),
    (
        "points-expiry",
        "不能延期，也不能恢复",
        "DEMO10",
        140,
        "上个月有活动可以延期一个月，是不是漏写了。",
    ),
    (
        "student-ticket-times",
        "不再限寒暑假",
        "DEMO17",
        12,
        "和车站贴的旧告示不一样，旅客拿着照片来问。",
    ),
)
"""(article, passage, who, hours ago, why)"""

VOTES = (
    ("powerbank-limit", (("DEMO01", 1), ("DEMO10", 1), ("DEMO11", 1), ("DEMO12", 0))),
    ("luggage-storage", (("DEMO14", 0), ("DEMO15", 0), ("DEMO16", 1))),
    ("refund-fee-tiers", (("DEMO01", 1), ("DEMO14", 1), ("DEMO15", 1), ("DEMO17", 1))),
    ("quiet-coach-rules", (("DEMO15", 0), ("DEMO16", 1))),
)

GAPS = (
    (
        ("快运的行李别人能代取吗", "DEMO10", 3),
        ("大件快运可以让家人代取吗", "DEMO01", 26),
        ("代取快运行李要带什么", "DEMO14", 50),
    ),
    (("候车室的按摩椅扣了钱没动怎么退", "DEMO12", 40),),
    (("车站能不能充电动轮椅", "DEMO16", 75), ("电动轮椅在车站充电可以吗", "DEMO15", 60)),
    (("婚纱能不能单独占一个行李架", "DEMO17", 20),),
)
"""Open gaps, as (question, who, hours ago); they are raised one by one and group themselves."""

ANSWERED = ("送人进站要不要买站台票", "DEMO12", 160, "platform-send-off", 31)
"""(question, who, hours ago, the article that answers, hours until it did)"""

DROPPED = ("车站外面哪家面馆好吃", "DEMO16", 90, "不属于客服解答范围，请旅客用地图软件查询。")

RESULT = """核对车次、车厢和座位号，药名和包装样子。

1. 记失物工单，注明“急用药”，按急件派给列车担当段。
2. 列车员找到后交下一个停车站客运值班室，短信告诉旅客取件的站和电话。
3. 旅客已出站赶不回来的，可以办到付快递；冷藏药不办快递，由站方先放冷柜。

旅客两小时后在下一站取回，回访满意。
"""
CASE = ("旅客把药落在座位网兜里，下一站怎么拿回", RESULT, "WO-2026-113057")


def add(services: Services) -> None:
    """Once: what people remove afterwards stays removed."""
    with services.db.reading() as session:
        done = session.scalar(select(AuditEntry.id).where(AuditEntry.doing == DOING).limit(1))
    if done:
        return
    with services.db.work(SYSTEM, DOING) as session:
        _Filling(session, services.now()).fill()


class _Filling:
    """One session, one start of the clock."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session, self.now = session, now
        self.people: Mapping[str, int] = {
            number: accounts.get_person(session, number).id
            for number in (f"DEMO{n:02d}" for n in range(1, 21))
        }

    def fill(self) -> None:
        threads = [self._talk(talk) for talk in TALKS]
        for talk, number, by, count, sort, why in POINTS:
            post = threads[talk].posts[number - 1]
            giver, at = self.people[by], self.ago(2)
            points.give(self.session, post.author_id, count, sort, why, giver, at, post_id=post.id)
        self._reports()
        self._votes()
        self._gaps()
        case = Case(*CASE, self.ago(52))
        cases.propose(self.session, case, self.people["DEMO11"], self.ago(49))

    def ago(self, hours: float) -> datetime:
        return self.now - timedelta(hours=hours)

    def text(self, key: str) -> Revision:
        return gate.in_force(self.session, EVERYTHING, self.now, key)

    def _talk(self, talk: Talk) -> board.Thread:
        about = self.text(talk.article) if talk.article else None
        thread = board.ask(
            self.session,
            talk.title,
            talk.body,
            self.people[talk.by],
            self.ago(talk.ago),
            article_id=about.article_id if about else None,
            category_id=about.category_id if about else None,
        )
        posts = [
            board.reply(self.session, thread.id, body, self.people[by], self.ago(hours))
            for by, hours, body in talk.answers
        ]
        if talk.best:
            chosen = posts[talk.best - 1]
            board.choose(self.session, chosen.id, thread.author_id, self.ago(talk.answers[-1][1]))
        return thread

    def _reports(self) -> None:
        made = []
        for key, quote, by, hours, why in REPORTS:
            text = self.text(key)
            passage = feedback.locate(text.body, quote)
            made.append(
                feedback.report(
                    self.session,
                    text,
                    passage,
                    why,
                    self.people[by],
                    self.ago(hours),
                    owner=handling.handler(self.session, text),
                )
            )
        editor = self.people["DEMO02"]
        answer = "活动只在当月有效，已过期，条目写的是长期规定。"
        feedback.answer(self.session, made[2].id, feedback.KEPT, answer, editor, self.ago(100))

    def _votes(self) -> None:
        for key, given in VOTES:
            text = self.text(key)
            for by, helpful in given:
                feedback.vote(
                    self.session, text, Passage(), bool(helpful), self.people[by], self.ago(30)
                )

    def _gaps(self) -> None:
        for group in GAPS:
            for question, by, hours in group:
                self._raise(question, by, hours)
        question, by, hours, key, took = ANSWERED
        gap = self._raise(question, by, hours)
        gapbook.take_up(self.session, gap, self.text(key).article_id, self.people["DEMO02"])
        gapbook.close(self.session, gap, self.ago(hours - took), None, self.ago(hours - took))
        question, by, hours, why = DROPPED
        gap = self._raise(question, by, hours)
        gapbook.drop(self.session, gap, why, self.people["DEMO02"], self.ago(hours - 10))

    def _raise(self, question: str, by: str, hours: float) -> int:
        asking = gapbook.raise_gap(
            self.session,
            question,
            self.people[by],
            self.ago(hours),
            cause="missing",
            vocabulary=lexicon.load(self.session).vocabulary,
        )
        return asking.gap_id
