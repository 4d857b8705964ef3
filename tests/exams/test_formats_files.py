"""Files of other systems, written by hand from the public descriptions of their formats."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from exams import formats
from exams.formats import Report

GIFT = r"""// from the description of the format
::Q1:: 1+1=2 {T}

$CATEGORY: $course$/top/票务/退票

::Q2:: What's between orange and green in the spectrum?
{ =yellow # right; good! ~red # wrong ~blue }

::Q3:: Two plus {=two =2} equals four.

::Q4:: Which animal eats which food? { =cat -> cat food =dog -> dog food = -> hay }

::Q5:: What is a number from 1 to 5? {#3:2}

::Q6:: What is a number from 1 to 5? {#1..5}

::Q7:: When was Ulysses S. Grant born? {#
   =1822:0
   =%50%1822:2 }

::Q8:: How are you? {}

哪些不收退票费？ { ~%50%停运 ~%50%晚点 ~%-100%改签后开车前 }

::Q10:: Which answer equals 5? { ~ \= 2 + 2 = \= 2 + 3 ~ \= 2 + 4 }

You can use your pencil and paper for these next questions.

::Q12:: Grant is {=buried* =en*} here

::Q13::[html]<p>退票<b>多少</b>天？<img src="x.png"></p>{#30:0.5####见规章}

broken { =a ~b

::Q15:: a {T} b {F}
"""


def by_key(report: Report) -> dict[str, dict[str, Any]]:
    return {asked.key: asked.as_dict() for asked in report.imported}


def test_gift_is_read_as_its_description_says() -> None:
    report = formats.read(GIFT.encode(), "x.gift")
    found = by_key(report)
    assert found["Q1"]["answer"] is True
    assert "topics" not in found["Q1"]
    assert found["Q2"]["topics"] == ["票务/退票"]
    assert [option["text"] for option in found["Q2"]["options"]] == ["yellow", "red", "blue"]
    assert found["Q2"]["answer"] == "A"
    assert found["Q3"]["stem"] == "Two plus _____ equals four."
    assert found["Q3"]["answer"] == [["two", "2"]]
    assert found["Q4"]["answer"] == {"cat": "cat food", "dog": "dog food"}
    assert found["Q4"]["options"] == [{"key": "A", "text": "hay"}]
    assert found["Q5"]["answer"] == found["Q6"]["answer"] == {"value": 3, "tolerance": 2}
    assert found["Q8"]["kind"] == "essay"
    assert found["Q10"]["answer"] == "B"
    assert found["Q10"]["options"][1]["text"] == "= 2 + 3"
    assert found["Q13"]["stem"] == "退票多少天？"
    assert found["Q13"]["explanation"] == "见规章"
    [several] = [asked for asked in report.imported if asked.kind == "multiple"]
    assert [option.fraction for option in several.options] == [Fraction(1, 2), Fraction(1, 2), -1]
    assert several.policy == "fractions"


def test_gift_lists_what_it_leaves_out_and_what_is_broken() -> None:
    report = formats.read(GIFT.encode(), "x.gift")
    assert [(left["line"], left["kind"]) for left in report.skipped] == [
        (6, "feedback"),
        (17, "numerical"),
        (27, "description"),
        (29, "shortanswer"),
        (31, "media"),
    ]
    assert [fault["line"] for fault in report.errors] == [33, 35]


MOODLE = """<?xml version="1.0" encoding="UTF-8"?>
<quiz>
<question type="category"><category><text>$course$/top/票务</text></category></question>
<question type="multichoice">
  <name><text>退票</text></name>
  <questiontext format="html"><text><![CDATA[<p>退票<br/>哪些对？</p>]]></text></questiontext>
  <generalfeedback format="html"><text>见规章&amp;公告</text></generalfeedback>
  <defaultgrade>3.0000000</defaultgrade><penalty>0.3333333</penalty><hidden>0</hidden>
  <single>false</single><shuffleanswers>true</shuffleanswers>
  <answer fraction="33.33333" format="html"><text>甲</text><feedback/></answer>
  <answer fraction="33.33333" format="html"><text>乙</text><feedback/></answer>
  <answer fraction="33.33333" format="html"><text>丙</text><feedback/></answer>
  <answer fraction="-100" format="html"><text>丁</text>
    <feedback><text>不对</text></feedback></answer>
  <tags><tag><text>重点</text></tag></tags>
</question>
<question type="truefalse"><name><text>判断</text></name>
  <questiontext format="plain_text"><text>1 &lt; 2</text></questiontext>
  <answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer>
</question>
<question type="numerical"><name><text>天数</text></name>
  <questiontext format="html"><text>几天</text></questiontext>
  <answer fraction="100"><text>30</text><tolerance>0.5</tolerance></answer>
  <units><unit><multiplier>1</multiplier><unit_name>天</unit_name></unit></units>
</question>
<question type="shortanswer"><name><text>简答</text></name><usecase>1</usecase>
  <questiontext format="html"><text>编号</text></questiontext>
  <answer fraction="100"><text>WES-80</text></answer>
  <answer fraction="100"><text>a\\*b</text></answer>
</question>
<question type="matching"><name><text>配对</text></name>
  <questiontext format="html"><text>配对</text></questiontext>
  <subquestion><text>G</text><answer><text>高速</text></answer></subquestion>
  <subquestion><text>D</text><answer><text>动车</text></answer></subquestion>
  <subquestion><text></text><answer><text>快速</text></answer></subquestion>
</question>
<question type="ordering"><name><text>排序</text></name>
  <questiontext format="html"><text>排序</text></questiontext>
  <answer fraction="1"><text>先</text></answer><answer fraction="2"><text>后</text></answer>
</question>
<question type="essay"><name><text>论述</text></name>
  <questiontext format="html"><text>谈谈</text></questiontext>
  <graderinfo><text>看条理</text></graderinfo>
</question>
<question type="cloze"><name><text>完形</text></name>
  <questiontext format="html"><text>{1:SA:=a}</text></questiontext></question>
<question type="pmatch"><name><text>外来</text></name></question>
<question type="shortanswer"><name><text>通配</text></name>
  <questiontext format="html"><text>x</text></questiontext>
  <answer fraction="100"><text>退*</text></answer></question>
<question type="multichoice"><name><text>坏</text></name><single>true</single>
  <questiontext format="html"><text>坏</text></questiontext>
  <answer fraction="0"><text>a</text></answer>
  <answer fraction="0"><text>b</text></answer></question>
</quiz>"""


def test_moodle_xml_is_read_as_moodle_writes_it() -> None:
    report = formats.read(MOODLE.encode(), "x.xml")
    found = by_key(report)
    several = found["退票"]
    assert several["stem"] == "退票\n哪些对？"
    assert (several["points"], several["policy"]) == (3, "fractions")
    assert several["topics"] == ["票务", "重点"]
    assert several["explanation"] == "见规章&公告"
    assert sum(o.fraction or 0 for o in report.imported[0].options[:3]) == 1
    assert (found["判断"]["stem"], found["判断"]["answer"]) == ("1 < 2", True)
    assert found["天数"]["answer"] == {"value": 30, "tolerance": 0.5, "unit": "天"}
    assert found["简答"]["answer"] == [["WES-80", "a*b"]]
    assert found["简答"]["strict"] is True
    assert found["配对"]["answer"] == {"G": "高速", "D": "动车"}
    assert found["配对"]["options"] == [{"key": "A", "text": "快速"}]
    assert [option["text"] for option in found["排序"]["options"]] == ["先", "后"]
    assert found["论述"]["kind"] == "essay"
    assert [(left["item"], left["kind"]) for left in report.skipped] == [
        ("第1题 退票", "feedback"),
        ("第7题 论述", "graderinfo"),
        ("第8题 完形", "cloze"),
        ("第9题 外来", "pmatch"),
        ("第10题 通配", "shortanswer"),
    ]
    assert [fault["item"] for fault in report.errors] == ["第11题 坏"]


AIKEN = """What is the correct answer to this question?
A. Is it this one?
B. Maybe this answer?
C. Possibly this one?
ANSWER: C

开车前几天退票免费？
A) 8天
B) 7天
answer: a

没有答案
A. x
B. y

两个答案
A. x
B. y
ANSWER: A, B

乱序
B. x
A. y
ANSWER: A
"""


def test_aiken_is_read_as_its_description_says() -> None:
    report = formats.read(AIKEN.encode(), "x.txt")
    assert [(a.stem, a.answer) for a in report.imported] == [
        ("What is the correct answer to this question?", "C"),
        ("开车前几天退票免费？", "A"),
    ]
    assert [fault["line"] for fault in report.errors] == [12, 21]
    assert [left["kind"] for left in report.skipped] == ["multiple"]
    again = formats.read(AIKEN.encode(), "x.txt")
    assert [asked.key for asked in again.imported] == [asked.key for asked in report.imported]


def qti(body: str, declared: str, processing: str = "") -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="item1" title="t"
  adaptive="false" timeDependent="false">
  {declared}
  <outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>
  <itemBody>{body}</itemBody>
  {processing}
</assessmentItem>""".encode()


TEMPLATE = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/"
CHOICE = """
<p>Look at the text in the picture.</p>
<choiceInteraction responseIdentifier="RESPONSE" shuffle="false" maxChoices="1">
  <prompt>What does it say?</prompt>
  <simpleChoice identifier="ChoiceA">You must stay with your luggage
     at all times.</simpleChoice>
  <simpleChoice identifier="ChoiceB">Do not let <em>someone</em> else look after it.</simpleChoice>
</choiceInteraction>"""
MAPPED = """
<responseDeclaration identifier="RESPONSE" cardinality="multiple" baseType="identifier">
  <correctResponse><value>H</value><value>O</value></correctResponse>
  <mapping lowerBound="0" upperBound="2" defaultValue="-2">
    <mapEntry mapKey="H" mappedValue="1"/><mapEntry mapKey="O" mappedValue="1"/>
    <mapEntry mapKey="Cl" mappedValue="-1"/>
  </mapping>
</responseDeclaration>"""
WATER = """<choiceInteraction responseIdentifier="RESPONSE" maxChoices="0"><prompt>Water?</prompt>
<simpleChoice identifier="H">H</simpleChoice><simpleChoice identifier="O">O</simpleChoice>
<simpleChoice identifier="Cl">Cl</simpleChoice><simpleChoice identifier="N">N</simpleChoice>
</choiceInteraction>"""


def declared(values: str, cardinality: str = "single", base: str = "identifier") -> str:
    right = "".join(f"<value>{value}</value>" for value in values.split(","))
    return (
        f'<responseDeclaration identifier="RESPONSE" cardinality="{cardinality}" '
        f'baseType="{base}"><correctResponse>{right}</correctResponse></responseDeclaration>'
    )


def test_a_choice_of_the_standard_is_read() -> None:
    template = f'<responseProcessing template="{TEMPLATE}match_correct"/>'
    report = formats.read(qti(CHOICE, declared("ChoiceA"), template), "x.xml")
    [asked] = report.imported
    assert asked.stem == "Look at the text in the picture.\nWhat does it say?"
    assert asked.options[0].text == "You must stay with your luggage at all times."
    assert asked.options[1].text == "Do not let someone else look after it."
    assert (asked.key, asked.answer, report.skipped) == ("item1", "ChoiceA", [])


def test_a_map_of_the_standard_becomes_fractions() -> None:
    """upperBound 2: H and O half each, Cl minus half, N minus all (its default)."""
    template = f'<responseProcessing template="{TEMPLATE}map_response"/>'
    [asked] = formats.read(qti(WATER, MAPPED, template), "x.xml").imported
    half = Fraction(1, 2)
    assert [option.fraction for option in asked.options] == [half, half, -half, -1]
    assert (asked.kind, asked.policy, asked.answer) == ("multiple", "fractions", ("H", "O"))


def test_entries_of_the_standard_are_blanks_and_numbers() -> None:
    body = "<p>Now is the <textEntryInteraction responseIdentifier='RESPONSE'/> of our.</p>"
    [asked] = formats.read(qti(body, declared("winter", base="string")), "x.xml").imported
    assert (asked.stem, asked.answer) == ("Now is the ____ of our.", (("winter",),))
    equal = """<responseProcessing><responseCondition><responseIf>
      <equal toleranceMode="relative" tolerance="10 10"><variable identifier="RESPONSE"/>
      <correct identifier="RESPONSE"/></equal><setOutcomeValue identifier="SCORE">
      <baseValue baseType="float">1</baseValue></setOutcomeValue></responseIf>
      </responseCondition></responseProcessing>"""
    report = formats.read(qti(body, declared("30", base="float"), equal), "x.xml")
    assert report.imported[0].as_dict()["answer"] == {"value": 30, "tolerance": 3}
    assert report.skipped == []


@pytest.mark.parametrize(
    ("body", "said", "kind"),
    [
        ("<p>Read this.</p>", "A", "itemBody"),
        ("<hotspotInteraction responseIdentifier='RESPONSE'/>", "A", "hotspotInteraction"),
        (CHOICE + CHOICE, "ChoiceA", "composite"),
        (CHOICE, "ChoiceA,ChoiceB", "choiceInteraction"),
    ],
)
def test_an_item_we_cannot_hold_is_listed_by_its_kind(body: str, said: str, kind: str) -> None:
    report = formats.read(qti(body, declared(said)), "x.xml")
    assert report.imported == []
    assert [(left["item"], left["kind"]) for left in report.skipped] == [("item1", kind)]


def test_what_is_lost_of_an_item_is_listed_beside_it() -> None:
    body = CHOICE.replace("<p>", "<p>H<sub>2</sub>O <img src='a.png' alt=''/>")
    own = "<responseProcessing><lookupOutcomeValue identifier='X'/></responseProcessing>"
    report = formats.read(qti(body, declared("ChoiceA"), own), "x.xml")
    assert len(report.imported) == 1
    assert [left["kind"] for left in report.skipped] == ["media", "responseProcessing", "script"]


TABLE = """我的题库,,,,,,,
题型,题目内容,选项A,选项B,选项C,正确答案,分数,难易度
单选题,开车前几天免费？,8天,7天,,Ａ,2,简单
多选,哪些免费？,停运,晚点,改签,"A、B",,
判断题,退票免费。,,,,错误,,
填空题,____以内收____,,,,三十天；30天｜退票费,,
单选,没有答案,甲,乙,,C,,
判断题,,,,,对,,
猜谜,什么,,,,x,,
排序题,先后,一,二,三,CA,,
"""


def test_the_template_takes_what_trainers_write_and_names_the_wrong_cells() -> None:
    for data in (TABLE.encode("utf-8-sig"), TABLE.encode("gb18030"), TABLE.encode("utf-16")):
        report = formats.read(data, "题库.csv")
        first, several, judged, blanks = report.imported
        assert (first.answer, first.points, first.difficulty) == ("A", 2, "easy")
        assert several.answer == ("A", "B")
        assert judged.answer is False
        assert blanks.answer == (("三十天", "30天"), ("退票费",))
        assert [(fault["line"], fault["column"]) for fault in report.errors] == [
            (7, "答案"),
            (8, "题干"),
            (9, "题型"),
            (10, "答案"),
        ]


def test_two_questions_of_one_name_are_both_kept() -> None:
    report = formats.read("::退票:: a {T}\n\n::退票:: b {F}\n".encode(), "x.gift")
    assert [(asked.key, asked.stem) for asked in report.imported] == [
        ("退票", "a"),
        ("退票-2", "b"),
    ]
