"""The bank of the demo centre: what the generator makes of its articles, and what a trainer took.

Every question was read before. What is not taken stands in ``REJECTED`` by the beginning of
its stem, with the reason; the others are accepted as they came.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from exams import kept, reviewing
from exams.from_articles import in_force, propose
from exams.generate import generate

from .. import accounts
from ..models import AuditEntry, Person
from ..services import Services
from .people import PEOPLE

DOING = "demo.questions"
TOOK = timedelta(seconds=20)
"""How long the trainer looks at a question."""

REJECTED: Mapping[str, str] = MappingProxyType(
    {
        "《怎样注册 12306 账号》（办理方式）：姓名、证件号照证件填，一个证件不必": "unclear",
        "《忘记密码或账号被锁怎么登录》（例外）：座席可以代改密码": "unclear",
        "《白酒、红酒、啤酒能带多少》（适用范围）：600毫升一瓶": "trivial",
        "《包车厢或旅游专列怎么申请》（费用）：适用：只是人多": "unclear",
        "《火车票电子发票怎么开》（例外）：“情形”为“非实名车票": "unclear",
        "《火车票电子发票怎么开》（例外）：“情形”为“中铁银通卡": "unclear",
        "《退票款几天到账、退到哪里》（办理方式）：“当初怎么付的”": "unclear",
        "《老年人坐火车有没有优惠票》（有哪些照顾）：请写出": "wrong_key",
        "《预约重点旅客进出站帮扶》（问需要什么帮助）：请写出": "wrong_key",
        "《大型团体和包车需求的升级转办》（复核要点）：请写出": "wrong_key",
        "《班长交接班办法》（交接内容）：请写出": "wrong_key",
        "《呼叫放弃率的口径（与通行算法的差别）》（超出范围怎么办）：请写出": "wrong_key",
        "《委婉拒绝做不到的要求》（几种常见要求）：请写出": "wrong_key",
        "《占线率的算法和目标》（举例）：把": "trivial",
        "《来电人个人信息保护规定》（可以与不可以）：把": "unclear",
        "《多少人可以订团体票，怎么订》（费用）：适用：不足": "duplicate",
        "《每小时呼叫次数该不该考核》（为什么不设目标）：不同业务": "trivial",
        "《监听分值由谁打、每月听几次》（没有统一目标）：不必": "unclear",
        "《服务水平的算法和80/20标准》（偏离目标怎么管）：例外": "trivial",
        "《遗失物品能不能寄回来》（例外）：手机、电脑": "unclear",
        "《订好的餐怎么退》（时限）：售后申请": "trivial",
        "《想表扬工作人员、提个建议》（要说清什么）：建议": "unclear",
        "《自热米饭、自热火锅能不能带》（为什么）：早几年": "trivial",
        "《学生优惠区间怎么改》（办理方式）：不用回学校换优惠卡": "unclear",
        "《没带身份证怎样在手机上开临时证明》（时限）：跨过": "trivial",
        "《列车停运后的退票与改签》（改签）：时限：____是按": "trivial",
        "《候补成功了又不想要怎么办》（办理方式）：改签": "unclear",
        "《候补的预付款怎么收、没候上退不退》（费用）：最后兑现": "unclear",
    }
)


def add(services: Services) -> None:
    """Once, in one unit of work: what people do with it afterwards stays."""
    with services.db.reading() as session:
        if session.scalar(select(AuditEntry.id).where(AuditEntry.doing == DOING).limit(1)):
            return
        number = next(member.number for member in PEOPLE if "trainer" in member.roles)
        trainer = accounts.get_person(session, number)
        made = generate(in_force(session, services.now()))
    with services.db.work(trainer, DOING) as session:
        now = services.now()
        propose(session, made.questions, None, now - TOOK * len(made.questions))
        _judge(session, [question.key for question in made.questions], trainer, services)


def _judge(session: Session, keys: list[str], trainer: Person, services: Services) -> None:
    rows = kept.of_keys(session, keys)
    for place, key in enumerate(keys):
        row, at = rows[key], services.now() - TOOK * (len(keys) - place)
        stem = str(row.latest.content["stem"])
        why = next((why for start, why in REJECTED.items() if stem.startswith(start)), "")
        if why:
            reviewing.reject(session, row, why, "", trainer.id, at)
        else:
            reviewing.accept(session, row, trainer.id, at)
