"""The written table: phrases, codes, and numbers with units in either form, on every engine.

Families of articles differ in nothing but the number or the code, so nothing else can decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from kb.index import ENGINES, Document, Index, Scope, open_index, rebuild
from kb.search import Results, search
from kb.vocabulary import Vocabulary

VOCABULARY = Vocabulary(terms=frozenset({"12306 App", "C++", "铁路e卡通"}))

FAMILIES = {
    "物品保管期限（{0}）": ("保管期限为{0}，逾期按无主物品处理。", {
        "keep-15": "15日", "keep-30": "30日", "keep-90": "90日", "keep-180": "180天",
        "keep-7": "7天", "keep-3w": "三个工作日",
    }),
    "退票费档次（{0}）": ("这一档按票价的{0}核收退票费。", {
        "fee-5": "5%", "fee-10": "10%", "fee-20": "百分之二十", "fee-0.5": "0.5%",
    }),
    "保价限额（{0}）": ("每件最高保价{0}，超过的不予承运。", {
        "worth-2": "2000元", "worth-25": "2.5万元", "worth-35": "35,000元", "worth-3.5": "3.5元",
    }),
    "随身行李重量（{0}）": ("每人免费携带{0}以内的行李。", {
        "weight-10": "10公斤", "weight-20": "20kg", "weight-35": "三十五千克",
        "weight-0.5": "500克",
    }),
    "身高标准（{0}）": ("身高不足{0}的适用本条。", {
        "height-120": "1.2米", "height-130": "130厘米", "height-150": "一米五",
    }),
    "停止检票时间（{0}）": ("开车前{0}停止检票。", {
        "gate-15": "15分钟", "gate-30": "30分钟", "gate-90": "一个半小时", "gate-48h": "48小时",
    }),
    "年龄标准（{0}）": ("年满{0}的旅客适用本条。", {
        "age-6": "6周岁", "age-14": "14周岁", "age-60": "六十岁",
    }),
    "积分有效期（{0}）": ("积分自到账之日起{0}内有效。", {
        "valid-6": "6个月", "valid-12": "12个月", "valid-24": "两年",
    }),
    "液体限量（{0}）": ("每种限带{0}。", {"liquid-100": "100毫升", "liquid-120": "120ml"}),
    "充电宝上限（{0}）": ("额定能量不超过{0}的可以携带。", {
        "power-100": "100Wh", "power-160": "160瓦时", "power-20000": "20000mAh",
    }),
    "{0}次列车停运": ("{0}次列车因施工停运，请改乘其他列车。", {
        "train-1234": "G1234", "train-1235": "G1235", "train-k1234": "K1234", "train-8": "Z8",
    }),
    "工单代码 {0}": ("{0} 用于登记一类来电。", {"code-80": "WES-80", "code-81": "WES-81"}),
    "规范第 {0} 条": ("{0} 规定了座席的做法。", {
        "rule-545": "5.4.5", "rule-546": "5.4.6", "rule-55": "5.5",
    }),
    "施工公告（{0}）": ("{0}起停止办理。", {
        "day-1201": "2026年12月1日", "day-1211": "2026年12月11日", "day-0630": "6月30日",
    }),
    "{0}怎么用": ("打开{0}，按提示操作。", {
        "app": "12306 App", "card": "铁路e卡通", "cpp": "C++", "wifi": "车厢Wi-Fi",
    }),
}  # fmt: skip

SINGLE = {
    "refuse": ("不可以退票的情形", "以下车票不可以退票：已经使用的车票。"),
    "allow": ("可以退票的情形", "以下车票可以退票：未使用的车票。"),
    "free": ("退票不收手续费的情形", "开车前8天（含）以上退票不收手续费。"),
    "paid": ("退票收手续费的情形", "退票时手续费不收现金。"),
    "pets": ("寵物託運須知", "寵物可以辦理託運，導盲犬除外。"),
    "quiet": ("静音车厢", "静音车厢内请勿**外放**声音，接打电话\n请到车厢连接处。"),
    "phone": ("客服电话", "客服电话为12306，全天有人接听。"),
    "once": ("一次性解决率", "一次性解决率按月统计，十分重要。"),
}

UNITS = """
保管三十天 keep-30 | 保管30天 keep-30 | 保管期30日 keep-30 | 保管叁拾天 keep-30 | 保管３０天 keep-30
东西保管十五天 keep-15 | 保管15天 keep-15 | 保管期限十五日 keep-15 | 保管九十天 keep-90
保管期限90天 keep-90 | 保管一百八十天 keep-180 | 保管180日 keep-180 | 保管一周 keep-7
保管七天 keep-7 | 保管1个星期 keep-7 | 保管7日 keep-7 | 保管3个工作日 keep-3w
退票费百分之五 fee-5 | 退票费5% fee-5 | 退票费５％ fee-5 | 退票费5 % fee-5 | 退票費百分之五 fee-5
退票费10% fee-10 | 退票费百分之十 fee-10 | 退票费20% fee-20 | 退票费百分之20 fee-20
退票费百分之零点五 fee-0.5 | 退票费千分之五 fee-0.5 | 退票费5‰ fee-0.5
保价两千元 worth-2 | 保价2000块 worth-2 | 保价二千元 worth-2 | 保价2,000元 worth-2
保价2千元 worth-2
保价25000元 worth-25 | 保价两万五千元 worth-25 | 保价二万五千块钱 worth-25 | 保价¥25000 worth-25
保价2.5万块 worth-25 | 保价三万五元 worth-35 | 保价3.5万元 worth-35 | 保价35000元 worth-35
保价三块五 worth-3.5 | 保价3块5 worth-3.5 | 保價三點五元 worth-3.5
行李十公斤 weight-10 | 行李10kg weight-10 | 行李二十斤 weight-10 | 行李20斤 weight-10
行李20公斤 weight-20 | 行李二十公斤 weight-20 | 行李20千克 weight-20 | 行李四十斤 weight-20
行李35公斤 weight-35 | 行李35KG weight-35 | 行李七十斤 weight-35 | 行李一斤 weight-0.5
行李0.5公斤 weight-0.5 | 身高一米二 height-120 | 身高1米2 height-120 | 身高120厘米 height-120
身高120cm height-120 | 身高1.3米 height-130 | 身高一米三 height-130 | 身高130公分 height-130
身高一百三十厘米 height-130 | 身高1.5米 height-150 | 身高150厘米 height-150 | 身高1米5 height-150
检票前一刻钟 gate-15 | 提前十五分钟检票 gate-15 | 半小时前停止检票 gate-30 | 检票半个小时 gate-30
停止检票三十分钟 gate-30 | 检票90分钟 gate-90 | 检票1.5小时 gate-90 | 停止检票九十分钟 gate-90
检票四十八小时 gate-48h | 停止检票48个小时 gate-48h | 年满六岁 age-6 | 年满6岁 age-6
年满六周岁 age-6 | 年满十四岁 age-14 | 年满14岁 age-14 | 年满60周岁 age-60 | 年滿六十周歲 age-60
积分有效半年 valid-6 | 积分六个月有效 valid-6 | 积分有效期一年 valid-12 | 积分十二个月 valid-12
积分1年有效 valid-12 | 积分24个月 valid-24 | 积分有效期二年 valid-24 | 積分兩年有效 valid-24
液体100ml liquid-100 | 液体一百毫升 liquid-100 | 液体120毫升 liquid-120 | 液体0.12升 liquid-120
充电宝100瓦时 power-100 | 充电宝100WH power-100 | 充电宝160wh power-160
充电宝两万毫安时 power-20000 | 充电宝20000毫安 power-20000 | 充电宝20000MAH power-20000
12月1号停止办理 day-1201 | 2026-12-01停止办理 day-1201 | 2026年12月01日施工 day-1201
2026/12/11施工 day-1211 | 2026年12月11号公告 day-1211 | 6月30号停止办理 day-0630
06月30日施工 day-0630
"""

CODES = """
G1234 train-1234 | g1234 train-1234 | Ｇ１２３４ train-1234 | G1234次 train-1234
G1234次列车停了吗 train-1234 | 我坐g1234次 train-1234 | G1235 train-1235 | k1234 train-k1234
K1234次停运 train-k1234 | Z8 train-8 | z8次列车 train-8 | WES-80 code-80 | wes-80 code-80
WES80 code-80 | ｗｅｓ－８０ code-80 | WES–80是什么 code-80 | WES-81 code-81 | wes81 code-81
工单WES-81 code-81 | 5.4.5 rule-545 | 第5.4.5条 rule-545 | 规范5.4.6 rule-546 | ５.４.６ rule-546
5.5条 rule-55 | 12306 App app | 12306app app | 12306APP怎么用 app | 铁路E卡通 card | 铁路e卡通 card
C++ cpp | c++怎么用 cpp | wi-fi wifi | WIFI wifi | 车厢WiFi wifi | 客服电话12306 phone
"""

PHRASES = """
"不可以退票" refuse | "可以退票" refuse allow | "以下车票可以退票" allow | "退票不收手续费" free
“退票不收手续费” free | 「退票不收手續費」 free | 『退票不收手续费』 free | "手续费不收现金" paid
"收手续费" free paid | "不收手续费" free | "退票收手续费" paid | "寵物可以辦理託運" pets
"宠物可以办理托运" pets | "可以办理" pets | "勿外放声音" quiet | "接打电话请到" quiet
"接打电话 请到车厢" quiet | "导盲犬" pets | "导盲犬除外" pets | "12306，全天" phone
"电话为12306" phone | "开车前8天(含)以上" free | "开车前8天（含）以上" free | "一次性解决率" once
"次性" once | "十分重要" once | "WES-80 用于" code-80 | "wes-81" code-81 | "5.4.5 规定" rule-545
"g1234次列车因施工" train-1234 | "保管期限为30日" keep-30 | "最高保价2.5万元" worth-25
退票 "未使用的车票" allow | 退票 -不可以 "以下车票" allow | "已经使用" -现金 refuse
"""


def table(text: str) -> list[tuple[str, list[str]]]:
    cases = [case.strip() for line in text.strip().splitlines() for case in line.split("|")]
    return [split(case) for case in cases]


def split(case: str) -> tuple[str, list[str]]:
    words = case.split(" ")
    keys = [word for word in words if word in KEYS]
    return " ".join(words[: -len(keys)]), keys


def documents() -> Iterator[Document]:
    number = 0
    for title, (body, members) in FAMILIES.items():
        for key, value in members.items():
            number += 1
            yield Document(number, number, key, title.format(value), body.format(value))
    for key, (title, body) in SINGLE.items():
        number += 1
        yield Document(number, number, key, title, body)


ALL = {document.id: document for document in documents()}
KEYS = {document.key for document in ALL.values()}


@pytest.fixture(scope="module", params=sorted(ENGINES))
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder = tmp_path_factory.mktemp("table")
    rebuild(folder, request.param, VOCABULARY, ALL.values())
    return open_index(folder, request.param, VOCABULARY)


def fetch(ids: Sequence[int]) -> dict[int, Document]:
    return {id: ALL[id] for id in ids}


def find(index: Index, text: str) -> Results:
    return search(index, text, Scope(), fetch=fetch, vocabulary=VOCABULARY)


@pytest.mark.parametrize(("text", "keys"), table(UNITS))
def test_a_quantity_in_either_form_decides(index: Index, text: str, keys: list[str]) -> None:
    assert [hit.key for hit in find(index, text).hits][:1] == keys


@pytest.mark.parametrize(("text", "keys"), table(CODES))
def test_an_exact_code_beats_everything(index: Index, text: str, keys: list[str]) -> None:
    assert [hit.key for hit in find(index, text).hits][:1] == keys


@pytest.mark.parametrize(("text", "keys"), table(PHRASES))
def test_a_phrase_is_exact(index: Index, text: str, keys: list[str]) -> None:
    """Nothing without the phrase is found, and nothing with it is missed."""
    results = find(index, text)
    assert {hit.key for hit in results.hits} == set(keys)
    assert "phrase" not in {note.kind for note in results.notes}


def test_the_table_has_more_than_150_cases() -> None:
    assert len(table(UNITS)) + len(table(CODES)) + len(table(PHRASES)) >= 150
