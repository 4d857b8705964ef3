"""Dispatch notices of the demo centre, found by train, station and document number.

All is invented: no such train ran late, no such document was issued.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import fieldrules
from kb.fieldrules import Wanted
from kb.records import Record

from .. import accounts
from ..models import AuditEntry
from ..services import Services
from . import life

DOING = "demo.dispatch"
CATEGORY = "公告与提醒/调度命令"

RULES = (
    Wanted("notice", "车次", "车次", "codes"),
    Wanted("notice", "车站", "车站", "codes"),
    Wanted("notice", "文号", "文号", "code"),
    Wanted("notice", "事由", "事由", "choice", choices="晚点\n停运\n加开\n改点\n检票口\n设备"),
)

Row = tuple[str, str, str, str, str, str, int, str]
ROWS: tuple[Row, ...] = (
    (
        "dispatch-g1234-late",
        "G1234次晚点约40分钟",
        "G1234",
        "北京南、济南西",
        "铁客〔2026〕12号",
        "晚点",
        2,
        (
            "G1234次因前方区间设备检查，预计晚点约40分钟到达北京南。\n\n"
            "- 旅客要退票：晚点列车到站前可以在原购票渠道办理，按晚点办法免收退票费。\n"
            "- 旅客赶不上接续列车：请到中转站改签窗口办理。\n"
        ),
    ),
    (
        "dispatch-g1236-stop",
        "G1236次当日停运",
        "G1236",
        "北京南",
        "铁客〔2026〕13号",
        "停运",
        3,
        "G1236次当日停运，已购票旅客可以在票面乘车日起30日内全额退票。\n",
    ),
    (
        "dispatch-g8801-extra",
        "G8801/8802次周末加开",
        "G8801/8802",
        "上海虹桥、杭州东",
        "铁客〔2026〕15号",
        "加开",
        4,
        "每周五、周日加开G8801/8802次，上海虹桥至杭州东，票已开售。\n",
    ),
    (
        "dispatch-d3107-retime",
        "D3107次始发时刻调整",
        "D3107",
        "福州南、厦门北",
        "铁客〔2026〕16号",
        "改点",
        5,
        "D3107次福州南始发时刻由7:12调整为7:05，其余各站不变，请提醒旅客提前到站。\n",
    ),
    (
        "dispatch-k7725-late",
        "K7725次受大风影响限速",
        "K7725、K7726",
        "赤峰、叶柏寿",
        "铁调〔2026〕208号",
        "晚点",
        1,
        "赤峰至叶柏寿间大风限速，K7725、K7726次预计晚点20至60分钟，以车站广播为准。\n",
    ),
    (
        "dispatch-beijingnan-gate",
        "北京南站B检票口临时停用",
        "",
        "北京南",
        "站函〔2026〕31号",
        "检票口",
        6,
        "北京南站B检票口检修停用，原在B口检票的列车改到A口，步行多走约3分钟。\n",
    ),
    (
        "dispatch-xian-elevator",
        "西安北站2号站台直梯检修",
        "",
        "西安北",
        "站函〔2026〕35号",
        "设备",
        7,
        "西安北站2号站台直梯检修，坐轮椅的旅客请提前1小时联系服务台，由工作人员带走斜坡。\n",
    ),
    (
        "dispatch-c2001-retime",
        "C2001至C2009次列车换型",
        "C2001、C2003、C2005、C2007、C2009",
        "北京南、天津",
        "铁客〔2026〕18号",
        "改点",
        8,
        "这五趟换用短编组，部分席位号有变，旅客凭原票上车，由列车员安排座位。\n",
    ),
    (
        "dispatch-z66-stop",
        "Z66次沿途两站通过不停",
        "Z66",
        "阜阳、商丘",
        "铁调〔2026〕211号",
        "改点",
        9,
        "站台改造期间Z66次在阜阳、商丘通过不停，已购这两站车票的旅客可以免费改签其他车次。\n",
    ),
    (
        "dispatch-g1235-platform",
        "G1235次改在14站台上车",
        "G1235",
        "南京南",
        "站函〔2026〕36号",
        "检票口",
        2,
        "G1235次在南京南改由14站台上车，检票口同时换到B14。\n",
    ),
    (
        "dispatch-tianjin-water",
        "天津站候车室饮水机检修",
        "",
        "天津",
        "站函〔2026〕38号",
        "设备",
        3,
        "天津站一层候车室饮水机检修，旅客可以到二层东侧接热水。\n",
    ),
    (
        "dispatch-g7-restore",
        "G7次恢复按图行车",
        "G7",
        "北京南、上海虹桥",
        "铁客〔2026〕19号",
        "晚点",
        1,
        "前方线路恢复，G7次自今日起按列车时刻表运行，之前的晚点通知不再适用。\n",
    ),
)
"""(key, title, trains, stations, document, matter, published how many days ago, text)"""


def add(services: Services) -> None:
    """Once: what people do with them afterwards stays."""
    with services.db.reading() as session:
        if session.scalar(select(AuditEntry.id).where(AuditEntry.doing == DOING).limit(1)):
            return
        boss = accounts.get_person(session, "DEMO09")
    with services.db.work(boss, DOING) as session:
        _add(session, services)


def _add(session: Session, services: Services) -> None:
    rules = {wanted.key: fieldrules.add(session, wanted) for wanted in RULES}
    writer = accounts.get_person(session, "DEMO02").id
    publisher = accounts.get_person(session, "DEMO09").id
    for key, title, trains, stations, document, matter, ago, text in ROWS:
        typed = {"车次": trains, "车站": stations, "文号": document, "事由": matter}
        kept = {name: fieldrules.understood(rules[name], value) for name, value in typed.items()}
        record = Record(
            key,
            title,
            text,
            kind="notice",
            category=CATEGORY,
            tags=("调度命令",),
            data={name: value for name, value in kept.items() if value is not None},
        )
        at = services.now() - timedelta(days=ago)
        life.publish(session, record, writer, publisher, at)
