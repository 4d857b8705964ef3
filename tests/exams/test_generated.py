"""What the generator promises of its questions: nothing hidden told, nothing guessed blindly."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exams.duplicates import LEAST, said, sketch
from exams.generate import Article, Generated, checks, formulas, generate, names, spans, tables
from exams.generate.corpus import Corpus, Line, parts
from exams.generate.drafts import Turns, gives_away
from exams.generate.metrics import share
from exams.generate.opposites import opposites
from exams.generate.values import _LADDER, asked_for, distractors
from exams.questions import Question
from exams.reading import read
from kb.duplicates import similarity
from kb.gate import Viewer
from qa.intervals import wilson

from .test_generate import CENTRE

LEADERS = ("班长",)
RULES = (
    Article("return", "退票期限", "旅客应当在30天以内到车站办理退票。", category="甲"),
    Article("appeal", "申诉期限", "座席可以在35天以内向质检主管提出申诉。", category="甲"),
    Article("leak", "外泄上报", "发现外泄的立即报信息安全员处理，不得拖延。", category="甲"),
    Article("drill", "演练安排", "演练开始之前由值班经理通知全体座席离席。", category="甲"),
    Article("claim", "索赔转办", "旅客要求索赔的由综合办公室统一答复处理。", category="甲"),
    Article("wait", "等候目标", "平均等候时间的目标是20秒至60秒，超过的要说明。", category="甲"),
    Article("hold", "保持目标", "平均保持时间的目标是30秒至90秒，超过的要说明。", category="甲"),
    Article("talk", "接通率", "接通率＝已经回答的来电÷全部打进来的电话×100%。", category="甲"),
    Article("busy", "忙音率", "忙音率＝遇到忙音的呼叫÷拨打总次数×100%。", category="甲"),
    Article("moves", "转接率", "转接率＝座席转走的通话÷接起的通话×100%。", category="甲"),
    Article("leave", "流动率", "流动率＝离职的座席÷在册人员×100%。", category="甲"),
)


def hidden(*keys: str) -> list[Article]:
    return [replace(a, audiences=LEADERS) if a.key in keys else a for a in RULES]


def line_of(articles: list[Article], key: str) -> tuple[Corpus, Line]:
    corpus = Corpus(articles)
    return corpus, corpus.lines[key][0]


def values_offered(articles: list[Article], key: str) -> set[Fraction]:
    corpus, line = line_of(articles, key)
    return set(distractors(corpus, line, asked_for(line)[0]))


def names_offered(articles: list[Article], key: str) -> set[str]:
    corpus, line = line_of(articles, key)
    return set(names.others(corpus, line, next(names.names(line))))


def options(question: Question | None) -> set[str]:
    return {option.text for option in question.options} if question else set()


def test_a_wrong_value_never_tells_what_another_article_hides() -> None:
    """35 is no usual step: it can only come from the article that states it."""
    assert 35 in values_offered(list(RULES), "return")
    assert 35 not in values_offered(hidden("appeal"), "return")
    assert 35 in values_offered(hidden("appeal", "return"), "return")
    assert Fraction(30) in values_offered(hidden("appeal"), "appeal")


def test_a_wrong_name_never_tells_what_another_article_hides() -> None:
    assert "信息安全员" in names_offered(list(RULES), "claim")
    assert "信息安全员" not in names_offered(hidden("leak"), "claim")
    assert "信息安全员" in names_offered(hidden("leak", "claim"), "claim")


def test_a_wrong_part_of_a_formula_never_tells_what_another_article_hides() -> None:
    def offered(articles: list[Article]) -> set[str]:
        corpus, line = line_of(articles, "talk")
        draft = formulas.asked(corpus, line, Turns(line.article))
        return {option["text"] for option in draft.value["options"]} if draft else set()

    hid = ("遇到忙音的呼叫", "拨打总次数")
    assert offered(list(RULES)) & set(hid)
    assert not offered(hidden("busy")) & set(hid)


def test_a_wrong_range_never_tells_what_another_article_hides() -> None:
    odd = Article(
        "odd", "振铃目标", "平均振铃时间的目标是25秒至65秒，超过的要说明。", category="甲"
    )

    def offered(audiences: tuple[str, ...]) -> bool:
        corpus, line = line_of([*RULES, replace(odd, audiences=audiences)], "wait")
        [span] = spans.spans(line)
        near = {"25秒至65秒"}
        return any(near & set(side) for side in spans._around(corpus, line, span))

    # Lines that say something like this may make it true; so the subject must differ.
    assert not offered(LEADERS)


@given(
    own=st.sets(st.sampled_from("甲乙丙")),
    other=st.sets(st.sampled_from("甲乙丙")),
    viewer=st.sets(st.sampled_from("甲乙丙")),
)
def test_who_may_read_the_question_may_read_what_lends_it_options(
    own: set[str], other: set[str], viewer: set[str]
) -> None:
    asked = Article("a", "题", "", audiences=tuple(own))
    lender = Article("b", "别", "", audiences=tuple(other))
    reader = Viewer(frozenset(viewer))
    if lender.lends(asked) and reader.may_see(asked.audiences):
        assert reader.may_see(lender.audiences)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from([(), ("班长",), ("班长", "质检员")]), min_size=17, max_size=17))
def test_no_option_of_a_base_stands_only_where_its_reader_may_not_look(
    audiences: list[tuple[str, ...]],
) -> None:
    base = [
        replace(article, audiences=who)
        for article, who in zip((*CENTRE, *RULES), audiences, strict=True)
    ]
    by_key = {article.key: article for article in base}
    for question in generate(base, find=lambda query: list(by_key)[:0] or _FOUND).questions:
        assert question.source is not None
        mine = by_key[question.source.article]
        for text in options(question):
            holders = [article for article in base if text in article.body]
            number = re.match(r"[0-9]+", text)
            usual = number is not None and int(number[0]) in _LADDER
            assert usual or not holders or any(holder.lends(mine) for holder in holders)


class _Everything(list[str]):
    """Every article stands first: what is found is not what is looked at here."""

    def __contains__(self, key: object) -> bool:
        return True

    def index(self, *key: object) -> int:
        return 0


_FOUND = _Everything()


@cache
def thorough() -> Generated:
    return generate((*CENTRE, *RULES), thorough=True)


def test_figures_tell_of_every_question_what_was_checked() -> None:
    found = thorough()
    figures = found.metrics()
    size = len(found.questions)
    assert figures["questions"] == size == sum(figures["by_kind"].values()) > 12
    assert figures["articles"] == len(CENTRE) + len(RULES)
    assert figures["articles_with_questions"] + figures["without"]["n"] == figures["articles"]
    assert figures["keys_unique"]["share"] == figures["wrong_options_false"]["share"] == 1
    assert figures["found"]["within_1"] == {**figures["found"]["within_3"]}
    assert figures["found_untitled"]["within_3"]["n"] == size
    assert figures["near_duplicates"] == 0
    assert {"longest", "middle", "most_shared_characters", "judge_always_true"} <= set(
        figures["blind"]
    )
    for rule in figures["blind"].values():
        assert 0 <= rule["low"] <= rule["accuracy"] <= rule["high"] <= 1
        assert rule["ahead"] is (rule["accuracy"] > rule["chance"] + 0.05)


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_a_share_has_the_interval_of_the_rest_of_the_house(hits: list[bool]) -> None:
    mine, theirs = share(hits), wilson(sum(hits), len(hits))
    assert mine is not None
    assert theirs is not None
    assert (mine["low"], mine["high"]) == (
        pytest.approx(theirs.low, abs=1e-3),
        pytest.approx(theirs.high, abs=1e-3),
    )


def test_an_article_is_not_asked_twice_for_one_fact() -> None:
    body = (
        "车站自收到遗失物品之日起保管90天，期满发布公告。\n\n"
        "失主逾期没有来领的，招领处在90天以后移交有关部门。\n"
    )
    found = generate([Article("x", "失物", body)])
    assert len(found.questions) == 1
    assert found.rejected["same_fact"] == 1


def test_no_two_questions_of_an_article_rest_on_one_sentence_or_ask_nearly_the_same() -> None:
    seen: dict[str, list[Question]] = {}
    for question in thorough().questions:
        assert question.source is not None
        others = seen.setdefault(question.source.article, [])
        for other in others:
            assert (
                similarity(sketch(said(question.as_dict())), sketch(said(other.as_dict()))) < LEAST
            )
            assert other.source is not None
            if "single" in (question.kind, other.kind) and "下列" in question.stem + other.stem:
                continue  # statements taken together span what stands between them
            assert question.source.start != other.source.start
        others.append(question)


@given(st.text(max_size=8), st.integers(1, 6), st.integers(1, 40))
def test_turns_give_every_place_as_often_as_any_other(key: str, size: int, rounds: int) -> None:
    turns = Turns(Article(key, "题", ""))
    counts = Counter(turns.next("place", size) for _ in range(size * rounds))
    assert counts == dict.fromkeys(range(size), rounds)


def test_the_key_takes_every_place_in_turn() -> None:
    turns = Turns(Article("x", "题", ""))
    places = [turns.placed("对", ["甲", "乙", "丙"]).index("对") for _ in range(8)]
    assert Counter(places) == {0: 2, 1: 2, 2: 2, 3: 2}


def test_an_option_that_repeats_the_stem_gives_itself_away() -> None:
    assert gives_away("席位差价怎么补", "补席位差价", ["退手续费", "加收票款"])
    assert not gives_away("席位差价怎么补", "退手续费", ["补席位差价", "加收票款"])


@pytest.mark.parametrize(
    ("text", "opposite"),
    [
        ("已经检票进站的旅客不能在网上退票", "已经检票进站的旅客可以在网上退票"),
        ("候补没有兑现的订单不用另行申请退款", "候补没有兑现的订单需要另行申请退款"),
        ("第一句一定先致歉，再讲结果", "第一句一定先讲结果，再致歉"),
        ("一张车票只能改签一次", "一张车票只能改签两次"),
        ("判不清在哪里上车的，从始发站起算", "判不清在哪里上车的，从终到站起算"),
        ("自己愿意换到低等席位的，不退差额", "自己愿意换到低等席位的，可以退差额"),
        ("免費兒童不得單獨佔用席位", "免費兒童可以單獨佔用席位"),
    ],
)
def test_a_rule_is_turned_by_one_word(text: str, opposite: str) -> None:
    assert opposite in list(opposites(text))


@pytest.mark.parametrize(
    "text",
    [
        "生活不能自理的老人，须家人同行接送照看",  # says of whom the rule speaks
        "宠物不能带进车厢，装在笼子里也不行",  # the other clause would contradict it
        "系统自动退差额，不用申请",
        "座席不报价、不承诺",
        "快递公司收不收由对方决定",
        "旅客说“不可以退票”的请先致歉",
        "车站在出站口设有补票处",
    ],
)
def test_what_would_contradict_itself_or_rules_nothing_is_not_turned(text: str) -> None:
    found = list(opposites(text))
    assert [said for said in found if said != "生活不能自理的老人，不必家人同行接送照看"] == []


@given(st.text(alphabet="不能可以得须要先再，；。的时退票收费旅客有没", max_size=40))
def test_a_turned_rule_is_another_sentence_and_differs_in_one_place(text: str) -> None:
    for other in opposites(text):
        assert other != text
        head = next((n for n, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), 0)
        assert text[:head] == other[:head]


def test_a_key_that_stands_twice_is_found_by_the_check() -> None:
    [question] = generate([RULES[0]]).questions
    assert checks.places(Corpus([RULES[0]]), question) == 1
    twice = Article("copy", "另一篇", "旅客应当在30天以内到车站办理退票手续。")
    assert checks.places(Corpus([RULES[0], twice]), question) == 2
    assert checks.fault(Corpus([RULES[0], twice]), question) == "two_places"


def test_a_wrong_option_that_an_article_states_is_found_by_the_check() -> None:
    asked = read(
        {
            "key": "q",
            "kind": "single",
            "stem": "《退票期限》：旅客应当在____以内到车站办理退票。",
            "options": [{"key": "A", "text": "30天"}, {"key": "B", "text": "45天"}],
            "answer": "A",
            "source": {"article": "return", "start": 0, "end": 17, "quote": RULES[0].body},
        }
    )
    other = Article("students", "学生", "学生旅客应当在45天以内到车站办理退票。")
    assert checks.true_elsewhere(Corpus([RULES[0]]), asked) == []
    assert checks.true_elsewhere(Corpus([RULES[0], other]), asked) == ["45天"]


def test_semicolons_part_a_sentence_into_claims_with_their_own_evidence() -> None:
    body = "- 短于30秒的通话不抽取；拒绝录音的通话不进入样本。"
    [whole] = Corpus([Article("x", "抽样", body)]).lines["x"]
    first, second = parts(whole)
    assert (first.text, second.text) == ("短于30秒的通话不抽取", "拒绝录音的通话不进入样本")
    assert body[second.sentence.start : second.sentence.end] == "拒绝录音的通话不进入样本。"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("目标是20秒至60秒，行业平均60秒", ["20秒至60秒"]),
        ("每日17:00前汇总上报", ["17:00"]),
        ("11月5日至10日停办业务", []),
        ("拘留5日至10日，并处罚款", ["5日至10日"]),
        ("7:48开，8:51到达终点", []),
    ],
)
def test_ranges_and_round_times_are_values(text: str, written: list[str]) -> None:
    corpus = Corpus([Article("x", "规定", text)])
    line = corpus.lines["x"][0]
    assert [line.text[s.start : s.end] for s in spans.spans(line)] == written


def asked_of(table: str) -> list[Question]:
    return generate([Article("x", "规定一览", table)]).questions


def rows(*lines: str) -> str:
    """A table: its titles, and its rows."""
    width = lines[0].count("|") + 1
    return "\n".join(f"| {line} |" for line in (lines[0], "|".join("-" * width), *lines[1:])) + "\n"


def test_rows_with_the_same_cell_are_asked_for_together() -> None:
    table = rows("席别|能否选座", "一等座|可以选", "二等座|可以选", "硬座|系统随机")
    [question] = asked_of(table)
    assert question.kind == "multiple"
    texts = question.texts()
    assert {texts[key] for key in question.answer} == {"一等座", "二等座"}


def test_things_compared_in_columns_are_judged() -> None:
    [found] = asked_of(rows("比较|改签|变更到站", "最晚时间|开车之后当日|开车前两天"))
    assert found.kind == "judge"
    told = "开车之后当日" if ("改签”的" in found.stem) == found.answer else "开车前两天"
    assert told in found.stem


def test_two_lists_side_by_side_are_no_pairs() -> None:
    table = rows("可以|不可以", "查订单|查名人", "填工单|抄便签", "培训|截屏")
    assert asked_of(table) == []


def test_questions_speak_the_script_of_their_article() -> None:
    table = rows("物品|怎麼保管", "證件|交公安機關", "食品|當日處理", "現金|清點封存")
    found = asked_of(table + "\n旅客領取遺失物品應當出示證件，車站會請旅客說出特徵。")
    assert found
    for question in found:
        assert not re.search(r"[为对应请说这里]", question.stem)


_PIECES = st.sampled_from(
    (
        *("旅客", "不得", "可以", "30天", "20秒至60秒", "17:00", "由班长处理", "退票", "见《甲》"),
        *(
            "“",
            "”",
            "（",
            "）",
            "、",
            "，",
            "；",
            "：",
            "　",
            "%",
            "÷",
            "＝",
            "。\n",
            "\n- ",
            "\n1. ",
        ),
        *("| a | b |\n", "|-|-|\n", "\n## "),
    )
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_PIECES, max_size=60).map("".join))
def test_no_text_whatever_breaks_the_generator(body: str) -> None:
    made = generate([Article("x", "乱", body), *RULES[:4]], ["x"], find=lambda query: ["x"])
    for question in made.questions:
        assert question.source is not None
        assert question.source.quote == body[question.source.start : question.source.end]
        assert read(question.as_dict()) == question


def test_a_list_of_cases_is_a_table_of_cases() -> None:
    cases = [("开车前", "在网上办理"), ("开车后", "到窗口办理"), ("停运", "全额退还票款")]
    body = "\n".join(f"- {case}：{order}" for case, order in cases)
    corpus = Corpus([Article("x", "退票", body)])
    [found] = tables.lists([corpus.lines["x"]])
    assert found.cells == cases
