"""Questions from articles: every one rests on a sentence, and no wrong option is true."""

from __future__ import annotations

import re
from functools import cache

import pytest

from exams.exact import exact
from exams.generate import Article, Generated, generate
from exams.generate.corpus import Corpus, Line
from exams.generate.drafts import unfit
from exams.generate.truth import falsified
from exams.generate.values import asked_for, chinese, distractors
from exams.grade import grade
from exams.questions import Question

CENTRE = (
    Article(
        "lost",
        "遗失物品保管多久",
        "车站自收到遗失物品之日起保管90天，期满无人领取的发布招领公告。\n\n"
        "## 领取\n\n1. 核对购票证件和物品特征。\n2. 核对无误后登记领取人身份。\n"
        "3. 登记完毕后由领取人签字，交还物品。\n\n"
        "## 时限\n\n- 自公告发布之日起1年内无人认领的，归国家所有。\n",
        3,
        "遗失物品",
    ),
    Article(
        "refund",
        "退票款几天到账",
        "网上支付的票款在15个工作日内退回原来的账户，现金支付的当场退还。\n\n"
        "| 支付方式 | 到账时间 |\n| --- | --- |\n| 银行卡 | 15个工作日 |\n"
        "| 支付宝 | 7个工作日 |\n| 微信 | 3个工作日 |\n\n"
        "已经检票进站的旅客不能在网上办理退票手续。\n",
        1,
        "退票改签",
    ),
    Article(
        "luggage",
        "随身行李限重",
        "成年旅客免费携带的物品重量不超过20公斤，外部尺寸不超过130厘米。\n\n"
        "儿童旅客免费携带的物品重量不超过10公斤。超过的部分应当办理托运。\n\n"
        "外交人员凭有效证件可以免费携带35公斤物品。\n",
        2,
        "行李物品",
    ),
    Article(
        "complaint",
        "投诉多久有答复",
        "专席应当在受理投诉后24小时内首次联系来电人，说明处理进度。\n\n"
        "收到答复后不满意的，可以在10日内要求复核，由另一名专员重新调查。\n\n"
        "监控录像保存30天，需要调看的应当在保存期内提出。\n",
        1,
        "投诉与建议",
    ),
    Article(
        "recording",
        "通话录音保存期限",
        "普通通话的录音保存180天，有争议的录音不得删除，直到争议办结。\n\n"
        "座席必须在通话开始时告知来电人正在录音，来电人有权拒绝。\n",
        1,
        "中心管理",
    ),
    Article(
        "pet",
        "导盲犬随旅客乘车",
        "视力残疾旅客可以携带导盲犬免费进站乘车，不需要另外购买车票。\n\n"
        "网上购票的旅客应当在开车前12小时登记携带导盲犬的需求。\n",
        1,
        "特殊旅客",
    ),
)


@cache
def made() -> Generated:
    return generate(CENTRE)


def questions(kind: str) -> list[Question]:
    return [question for question in made().questions if question.kind == kind]


def line(text: str) -> tuple[Corpus, Line]:
    """A base of one article with one sentence, and the sentence."""
    corpus = Corpus([*CENTRE, Article("one", "规定", text)])
    return corpus, corpus.lines["one"][0]


def test_every_question_rests_on_words_of_its_article() -> None:
    bodies = {article.key: article for article in CENTRE}
    assert len(made().questions) >= 8
    for question in made().questions:
        source = question.source
        assert source is not None
        article = bodies[source.article]
        assert source.revision == article.revision
        assert source.quote == article.body[source.start : source.end]
        assert article.title in question.stem
        assert question.topics == (article.category,)


def test_the_key_is_in_the_evidence_and_not_in_the_stem() -> None:
    for question in questions("single") + questions("number") + questions("blank"):
        assert question.source is not None
        if question.kind == "single":
            key = question.texts()[question.answer]
        elif question.kind == "blank":
            key = question.answer[0][0]
        else:
            key = f"{question.answer.value}{question.answer.unit}"
        assert key.replace(" ", "") in question.source.quote.replace(" ", "")
        assert key not in question.stem


def test_no_wrong_value_is_stated_in_the_article() -> None:
    for question in questions("single"):
        if "|" in (question.source.quote if question.source else ""):
            continue
        body = next(a.body for a in CENTRE if question.source and a.key == question.source.article)
        wrong = [o.text for o in question.options if o.key != question.answer]
        assert [text for text in wrong if text in body] == []


def test_values_are_shown_by_size_and_in_one_unit() -> None:
    for question in questions("single"):
        found = [re.fullmatch(r"([0-9.]+)(\s*\D+)", option.text) for option in question.options]
        if all(found):
            amounts = [exact(match[1]) for match in found if match]
            assert amounts == sorted(amounts, key=lambda amount: amount or 0)
            assert len({match[2] for match in found if match}) == 1


def test_a_statement_is_the_sentence_or_differs_from_it_in_one_place() -> None:
    for question in questions("judge"):
        assert question.source is not None
        said = question.stem.rstrip("。").rpartition("：")[2]
        assert (said in question.source.quote) == question.answer


def test_steps_are_never_shown_in_their_right_order() -> None:
    [question] = questions("order")
    assert [option.key for option in question.options] != list(question.answer)
    texts = question.texts()
    assert [texts[key] for key in question.answer] == [
        "核对购票证件和物品特征",
        "核对无误后登记领取人身份",
        "登记完毕后由领取人签字，交还物品",
    ]


def test_a_row_of_a_table_becomes_a_question_or_the_table_one_of_pairs() -> None:
    found = [q for q in made().questions if q.source and "个工作日" in q.source.quote]
    assert any(q.kind == "match" or "“支付方式”为" in q.stem for q in found)


def test_the_key_earns_everything() -> None:
    for question in made().questions:
        if question.kind == "essay":
            continue
        response = question.answer
        if question.kind == "number":
            response = f"{float(question.answer.value):g}{question.answer.unit}"
        elif question.kind == "blank":
            response = [forms[0] for forms in question.answer]
        elif question.kind == "match":
            response = dict(question.answer)
        assert grade(question, response).fraction == 1


def test_the_same_articles_give_the_same_questions_in_any_order() -> None:
    again = generate(reversed(CENTRE))
    assert {q.key: q for q in again.questions} == {q.key: q for q in made().questions}


def test_only_the_wanted_articles_are_asked_about() -> None:
    found = generate(CENTRE, ["luggage"])
    assert {q.source.article for q in found.questions if q.source} == {"luggage"}
    assert found.metrics()["articles"] == 1


def test_what_two_articles_say_is_not_asked() -> None:
    """The key would have two places, and one of them may change."""
    copy = Article("copy", "失物招领", CENTRE[0].body.partition("\n")[0])
    found = generate([*CENTRE, copy], ["copy"])
    assert found.questions == []
    assert found.rejected["two_places"] == 1


def test_a_question_that_does_not_find_its_article_is_left_out() -> None:
    found = generate(CENTRE, find=lambda query: ["another"])
    assert found.questions == []
    assert found.rejected["not_found"] > 0


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("该旅客应当在24小时内到车站办理手续。", "hanging"),
        ("但是超过30天的不再受理任何申请。", "hanging"),
        ("您可以在30天以内到车站办理退票。", "spoken"),
        ("例如提前15天购买的车票可以免费退。", "vague"),
        ("通常30天左右可以收到退还的票款。", "vague"),
        ("退票30天。", "length"),
        ("办理退票时应当出示下列证件和材料：", "markup"),
        ("旅客应当在30天以内到车站办理退票。", ""),
    ],
)
def test_a_sentence_that_does_not_stand_alone_is_not_asked(text: str, why: str) -> None:
    assert unfit(line(text)[1]) == why


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("旅客应当在30天以内到车站办理退票。", ["30天"]),
        ("旅客应当在20天至30天内办理退票手续。", []),
        ("改签以30天计算，满30天的不再受理。", []),
        ("每位旅客可以免费携带一件行李上车。", []),
        ("在2020年以前购买的车票可以报销。", []),
        ("60岁、70岁或80岁的旅客都按普通票价购票。", []),
    ],
)
def test_only_values_that_mean_something_are_asked_for(text: str, asked: list[str]) -> None:
    found = line(text)[1]
    assert [found.text[each.start : each.end] for each in asked_for(found)] == asked


@pytest.mark.parametrize(
    ("text", "smaller"),
    [
        ("开车前8天以上退票的，不收取退票手续费。", True),
        ("团体旅客至少20人方可办理团体票手续。", True),
        ("旅客携带的物品重量不超过40公斤即可上车。", False),
        ("班长接到工单后应当在45分钟内完成复核。", False),
    ],
)
def test_a_changed_bound_is_false_whichever_way_it_is_read(text: str, smaller: bool) -> None:
    """10天以上 would still be free of charge; 5天以上 is not what the rule says."""
    corpus, found = line(text)
    said = falsified(corpus, found)
    assert said is not None
    value = next(iter(found.values)).measure.value
    changed = Line(found.article, found.sentence, said).values[0].measure.value
    assert (changed < value) is smaller
    assert changed != value


def test_distractors_are_plausible() -> None:
    corpus, found = line("旅客应当在30天以内到车站办理退票。")
    [each] = asked_for(found)
    wrong = distractors(corpus, found, each)
    assert all(6 <= other <= 150 and other % 5 == 0 and other != 30 for other in wrong)
    assert 90 in wrong


def test_the_opposite_of_a_rule_has_one_word_turned() -> None:
    corpus, found = line("已经检票进站的团体旅客不得办理改签。")
    assert falsified(corpus, found) == "已经检票进站的团体旅客可以办理改签"
    corpus, found = line("查看知识能不能被座席看到，看不到就补权限。")
    assert falsified(corpus, found) is None


def test_amounts_are_written_as_the_key_is() -> None:
    assert [chinese(n) for n in (2, 5, 10, 15, 20, 48, 100)] == [
        "两", "五", "十", "十五", "二十", "四十八", "100",
    ]  # fmt: skip


@pytest.mark.parametrize("body", ["", "# 只有标题", "```\n代码 30天\n```", "|a|\n|-|", "。" * 1000])
def test_an_article_without_a_fact_gives_nothing(body: str) -> None:
    assert generate([Article("x", "空", body)]).questions == []
