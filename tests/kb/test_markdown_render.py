"""Rendering a body: safe, complete, and marked exactly where asked."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.markdown import plain, render

VOID = {"br", "hr", "img"}


class Reader(HTMLParser):
    """Collects text, marked text and tags, and fails on tags that do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.marked: list[str] = []
        self.stack: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()
        assert self.stack == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            assert "mark" not in self.stack, "a mark holds text alone"
            self.stack.append(tag)
        if tag == "mark":
            self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if "mark" in self.stack:
            self.marked[-1] += data

    @property
    def all_text(self) -> str:
        return "".join(self.text)


PIECES = [
    "退票", "手续费", "😀", "𠮷", " ", "\n", "\r\n", "\n\n", "- ", "1. ", "> ", "# ", "## ",
    "| ", " | ", "|", "\\|", "| a | b |\n|---|:-:|\n| 甲 | 乙 |\n", "**", "*", "_", "~~", "`", "``",
    "```\n", "[", "](", ")", "](/a)", "](https://a.cn \"t\")", "![图](/x.png)", "<", ">", "&amp;",
    "&lt;", "&#x41;", "\\*", "\\", "> [!适用] ", "> [!例外]\n> ", "[!时限]", "<https://a.cn/b?c=d>",
    "<script>", "</p>", "：", "。", "“", "”", "（", "\t", "    ", "\u3000", "---\n", "===\n", "\0",
    "a", "b.c", "[注]: ", "http://x.cn", "\f", "\u2028", "\r", "\ud800",
]  # fmt: skip
bodies = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@st.composite
def marked_bodies(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]]]:
    body = draw(bodies)
    place = st.integers(-2, len(body) + 2)
    return body, draw(st.lists(st.tuples(place, place), max_size=4))


@given(marked_bodies())
@settings(max_examples=400, deadline=None)
def test_marks_neither_lose_text_nor_break_tags(case: tuple[str, list[tuple[int, int]]]) -> None:
    body, marks = case
    without, with_marks = render(body), render(body, marks)
    assert Reader(with_marks).all_text == Reader(without).all_text
    assert re.sub(r'</?mark(?: id="answer")?>', "", with_marks) == without


@given(bodies)
@settings(max_examples=300, deadline=None)
def test_marking_everything_marks_every_visible_character(body: str) -> None:
    reader = Reader(render(body, [(0, len(body))]))
    seen = "".join("".join(reader.marked).split())
    assert seen == "".join(reader.all_text.split())


@given(bodies)
@settings(max_examples=300, deadline=None)
def test_every_word_of_the_body_is_shown(body: str) -> None:
    shown = Reader(render(body)).all_text
    for word in ("退票", "手续费", "😀", "甲"):
        fenced_info = len(re.findall(rf"```[^\n]*{word}", body))
        assert shown.count(word) >= body.count(word) - fenced_info - _in_addresses(body, word)


def _in_addresses(body: str, word: str) -> int:
    """Words within a link's address, or in cells beyond the table's last column, are not shown."""
    if "](" in body or "|" in body or "![" in body or "~~~" in body:
        return body.count(word)
    return 0


@given(bodies)
@settings(max_examples=200, deadline=None)
def test_nothing_that_runs_or_loads_from_elsewhere_comes_out(body: str) -> None:
    for tag, attributes in Reader(render(body)).tags:
        assert tag not in {"script", "style", "iframe", "form", "input"}
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        assert not (attributes.get("src") or "/").startswith(("http", "//"))


CASES = [
    ("开车前**8天**以上不收费", "8天", ["8天"]),
    ("开车前**8天**以上不收费", "前**8天**以", ["前", "8天", "以"]),
    ("- 一\n- 二项内容\n", "二项", ["二项"]),
    ("> - 甲乙\n>   丙丁\n", "丙丁", ["丙丁"]),
    ("| 时间 | 费用 |\n|--|--|\n| 8天 | 5\\|6元 |\n", "5\\|6元", ["5|6元"]),
    ("> | 时间 | 费用 |\n> |--|--|\n> | 8天 | 免费 |\n", "8天 | 免", ["8天", "免"]),
    ("见[退票规则](/kb/a)第二条", "规则](/kb/a)第二", ["规则", "第二"]),
    ("第一行\r\n第二行\r\n", "第二", ["第二"]),
    ("😀😀退𠮷票😀", "退𠮷票", ["退𠮷票"]),
    ("甲乙\n\n丙丁", "乙\n\n丙", ["乙", "丙"]),
    ("A &amp; B 公司", "&amp;", ["&"]),
    ("五\\*星级", "\\*星", ["*星"]),
    ("按 `Ctrl C` 键", "trl", ["trl"]),
    ("按 `` Ctrl`C `` 键", "rl`C", ["rl`C"]),
    ("```\n甲\n乙丙\n```\n", "乙", ["乙"]),
    ("## 二、退票 ##\n正文", "退票", ["退票"]),
    ("退票规则\n====\n", "规则", ["规则"]),
    ("> [!例外] 春运期间\n", "春运", ["春运"]),
    ("> [!例外]\n> 春运期间\n", "例外]\n> 春", ["例外", "春"]),
    ("甲*乙_丙**丁", "*乙_丙**", ["*乙_丙**"]),
    ("乙~~~~~甲~~~~", "甲", ["甲"]),
    ("<https://a.cn/b>可查", "a.cn", ["a.cn"]),
]


@pytest.mark.parametrize(("body", "wanted", "marked"), CASES)
def test_a_mark_falls_on_the_very_characters(body: str, wanted: str, marked: list[str]) -> None:
    start = body.index(wanted)
    assert Reader(render(body, [(start, start + len(wanted))])).marked == marked


def test_the_first_mark_alone_can_be_jumped_to() -> None:
    html = render("甲乙丙\n\n丁", [(4, 6), (0, 1)])
    assert html.count('id="answer"') == 1
    assert html.startswith('<p><mark id="answer">甲</mark>乙丙</p>')


def test_marks_that_overlap_become_one() -> None:
    assert Reader(render("甲乙丙丁戊", [(0, 2), (1, 3), (3, 4)])).marked == ["甲乙丙丁"]


def test_a_callout_says_what_kind_of_rule_it_is() -> None:
    html = render("> [!例外] 春运**除外**\n> 第二行")
    assert '<aside class="callout" data-kind="例外">' in html
    assert '<p class="callout-title">例外</p>' in html
    assert "<strong>除外</strong>" in html
    assert "[!" not in html


@pytest.mark.parametrize(
    ("written", "kind"), [("適用", "适用"), ("時限", "时限"), ("WARNING", "注意"), ("note", "提示")]
)
def test_a_callout_may_be_written_in_traditional_script_or_as_on_github(
    written: str, kind: str
) -> None:
    assert f'data-kind="{kind}"' in render(f"> [!{written}]\n> 内容")


def test_a_quotation_with_another_label_stays_a_quotation() -> None:
    assert "<blockquote>" in render("> [!随便] 内容")
    assert "[!随便]" in render("> [!随便] 内容")


@pytest.mark.parametrize("url", ["https://a.cn/x", "http://a.cn", "mailto:a@b.cn", "/kb/a", "#s-a"])
def test_an_honest_link_is_a_link(url: str) -> None:
    tags = Reader(render(f"[看]({url})")).tags
    assert ("a", {"href": url, "rel": "noopener"}) in tags


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd",
     "JaVaScRiPt:alert(1)", "java&#115;cript:alert(1)", "ftp://a.cn", "tel:10086"],
)  # fmt: skip
def test_other_schemes_make_no_link(url: str) -> None:
    assert not [tag for tag, _ in Reader(render(f"[看]({url})")).tags if tag == "a"]


def test_html_is_shown_and_never_run() -> None:
    html = render('<img src=x onerror=alert(1)> <b>粗</b>\n\n<script>alert("x")</script>')
    assert Reader(html).tags == [("p", {}), ("p", {})]
    assert "&lt;script&gt;" in html


def test_an_image_from_elsewhere_becomes_a_link() -> None:
    tags = Reader(render("![外](https://e.com/p.png) ![外](//e.com/p.png) ![内](/f/1.png)")).tags
    assert [tag for tag, _ in tags] == ["p", "a", "a", "img"]


def test_bold_closes_beside_a_full_width_sign() -> None:
    assert "<strong>注意：</strong>请核对" in render("**注意：**请核对")
    assert "票<strong>（原价）</strong>的" in render("票**（原价）**的")


def test_indented_chinese_text_is_a_paragraph_not_code() -> None:
    assert render("    旅客须知") == "<p>旅客须知</p>\n"


def test_a_note_in_brackets_is_not_taken_for_a_reference() -> None:
    assert "请先核对" in render("[备注]: 请先核对")


def test_heading_ids_are_told_apart_and_cannot_shadow_the_page() -> None:
    ids = [a["id"] for t, a in Reader(render("# 费用\n\n# 费用\n\n# main")).tags if t == "h1"]
    assert ids == ["s-费用", "s-费用-2", "s-main"]


def test_a_tables_alignment_is_a_class() -> None:
    html = render("| 时间 | 费用 |\n|:--|--:|\n| 8天 | 0 |")
    assert '<th class="left">时间</th>' in html
    assert '<td class="right">0</td>' in html


@pytest.mark.parametrize(
    "body",
    [">" * 100_000, "[" * 30_000, "![" * 15_000, "*a " * 33_000, "[a](" * 25_000, "|" * 100_000,
     "|a|b|\n|-|-|\n" + "|1|2|\n" * 5_000, "&#" * 50_000, "> - " * 25_000, "~~a" * 33_000,
     "".join(" " * (2 * i) + "- a\n" for i in range(300)), "`" * 50_000 + "a`" * 25_000,
     "退票。" * 200_000],
    ids=lambda body: body[:5].strip(),
)  # fmt: skip
def test_huge_and_nasty_bodies_come_out_whole(body: str) -> None:
    reader = Reader(render(body, [(1, 50)]))
    assert reader.all_text.strip()


def test_quotes_too_deep_to_lay_out_are_shown_as_written() -> None:
    body = ">" * 60 + " 退票"
    assert render(body) == f"<pre>{'&gt;' * 60} 退票</pre>"
    assert Reader(render(body, [(61, 63)])).marked == ["退票"]


def test_plain_text_keeps_words_and_drops_markup() -> None:
    body = "## 费用\n\n收**5%**，见[规则](/a)&amp;`码`。\n\n"
    body += "| 甲 | 乙 |\n|--|--|\n| 1 | 2 |\n\n> [!例外] 无"
    assert plain(body) == "费用\n收5%，见规则&码。\n甲  乙  \n1  2  \n例外：无"
