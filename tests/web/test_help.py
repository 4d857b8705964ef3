"""The guides: whole, true of today, and searchable."""

from __future__ import annotations

import re
from collections.abc import Callable

import click
import pytest

from kb.formats import FORMATS
from kb.formats.fields import LABELS
from kb.markdown.callouts import CALLOUTS
from kb.records import KINDS
from web import accounts
from web.access import DEFAULT_ROLES
from web.api.spec import ERRORS, describe
from web.errorpages import ERROR_CODES
from web.settings import NAMES
from web.views.help import guides, search

from ..browsing import Client
from ..commands import commands

AsPerson = Callable[[str], Client]


def text_of(name: str) -> str:
    guide = next(guide for guide in guides() if guide.name == name)
    return guide.lead + "\n".join(f"{part.title}\n{part.body}" for part in guide.parts)


@pytest.fixture
def agent(as_person: AsPerson) -> Client:
    return as_person("agent")


# True of today


def test_every_setting_is_named_in_the_administrators_guide() -> None:
    text = text_of("administrator")
    assert [name for name in NAMES if f"`{name}`" not in text] == []
    assert set(re.findall(r"ZHIXI_[A-Z_]+", text)) - {f"{n}_FILE" for n in NAMES} == set(NAMES)


def test_every_command_is_named_in_the_guide_and_no_other() -> None:
    text = text_of("command-line")
    known = {name for name, command in commands() if not isinstance(command, click.Group)}
    assert [command for command in sorted(known) if f"`{command}" not in text] == []
    written = {
        f"zhixi {found}"
        for found in re.findall(r"zhixi ((?:kb |qa |exams |user |evidence )?[a-z]+)", text)
    }
    assert written <= known


def test_every_option_the_guides_name_exists() -> None:
    options = {
        option
        for _, command in commands()
        for parameter in command.params
        for option in parameter.opts
    }
    named = {
        option
        for guide in guides()
        for line in text_of(guide.name).splitlines()
        if "zhixi" in line
        for option in re.findall(r"(?<![\w-])--[a-z-]+", line)
    }
    assert named - {"--help"} <= options


def test_every_file_format_field_kind_and_callout_is_in_the_editors_guide() -> None:
    text = text_of("editor")
    for ending in FORMATS:
        assert ending in text or ending in (".htm", ".markdown"), ending
    for heading in LABELS.values():
        assert f"`{heading}`" in text, heading
    for kind, words in KINDS.items():
        assert f"`{kind}`" in text, kind
        assert words in text, words
    for callout in set(CALLOUTS.values()):
        assert f"`[!{callout}]`" in text, callout


def test_every_address_and_error_of_the_api_is_in_its_guide() -> None:
    text = text_of("api")
    for path in describe(1)["paths"]:
        told = path.removeprefix("/api/v1").replace("{key}", "编号").replace("{id}", "编号")
        assert told in text.replace("/articles/refund-fee", "/articles/编号"), path
    for status in ERRORS:
        assert f"| {status} | `{ERROR_CODES[int(status)]}` |" in text, status


def test_every_default_role_that_has_pages_of_its_own_is_spoken_to() -> None:
    titles = " ".join(guide.title for guide in guides())
    assert {r.name for r in DEFAULT_ROLES} & {"座席", "知识管理员", "管理员"} == {
        name for name in ("座席", "知识管理员", "管理员") if name in titles
    }


def test_the_rules_of_accounts_the_guide_states_are_the_ones_in_force() -> None:
    text = text_of("desk")
    assert f"至少 {accounts.MIN_PASSWORD} 个字" in text
    assert f"最长 {accounts.LONGEST_DELAY.seconds // 60} 分钟" in text
    assert f"{accounts.SESSION_IDLE.seconds // 3600} 小时没有使用" in text
    assert f"最长保持 {accounts.SESSION_LIFE.days} 天" in text


def test_the_keys_of_the_guide_are_the_keys_of_the_sheet(agent: Client) -> None:
    sheet = agent.get("/help/keys").text
    on_sheet = set(re.findall(r"<kbd>([^<]+)</kbd>", sheet.split("<main")[1].split("</main>")[0]))
    table = next(part.body for guide in guides() for part in guide.parts if part.title == "按键")
    in_guide = set(re.findall(r"`([^`]+)`", table))
    assert {key for key in in_guide if key not in ("1", "9", "?")} <= on_sheet


# The pages


def test_the_index_leads_to_every_guide(agent: Client) -> None:
    page = agent.get("/help/").text
    for guide in guides():
        assert f'href="/help/{guide.name}"' in page
        assert guide.title in page
    assert "/help/keys" in page


def test_every_guide_opens_with_its_headings_listed(agent: Client) -> None:
    for guide in guides():
        page = agent.get(f"/help/{guide.name}").text
        for part in guide.parts:
            assert f'<h{part.depth} id="{part.anchor}">{part.title}</h{part.depth}>' in page
            assert f'<a href="#{part.anchor}">{part.title}</a>' in page


def test_no_markdown_is_left_unrendered(agent: Client) -> None:
    for guide in guides():
        page = agent.get(f"/help/{guide.name}").text.split('<article class="prose help">')[1]
        bare = re.sub(r"<(pre|code)\b.*?</\1>", "", page.split("</article>")[0], flags=re.DOTALL)
        assert "**" not in bare, guide.name
        assert "| ---" not in bare, guide.name
        assert "](" not in bare, guide.name


def test_a_guide_that_is_not_there_is_not_found(agent: Client) -> None:
    assert agent.get("/help/nothing").status_code == 404


def test_a_comment_in_a_command_is_no_heading() -> None:
    assert all(not part.title.startswith("#") for guide in guides() for part in guide.parts)


# Finding in them


def test_words_are_found_with_the_text_around_them_marked(agent: Client) -> None:
    page = agent.get("/help/?q=一次性密码").text
    assert "<mark>一次性密码</mark>" in page
    assert re.search(r"在 \d+ 处提到", page)
    assert 'href="/help/administrator#p1"' in page


def test_all_words_must_occur_in_a_part() -> None:
    assert [found.part.title for found in search(["令牌", "作废"])] != []
    assert list(search(["令牌", "没有这个词"])) == []


def test_case_does_not_matter() -> None:
    assert (
        [f.part for f in search(["POSTGRESQL"])] == [f.part for f in search(["postgresql"])] != []
    )


def test_signs_of_patterns_are_ordinary_text(agent: Client) -> None:
    for q in ("(", "[", ".*", "\\", "<script>"):
        response = agent.get("/help/", query_string={"q": q})
        assert response.status_code == 200
        assert "<script>alert" not in response.text


def test_nothing_found_says_what_to_do(agent: Client) -> None:
    assert "换一个说法" in agent.get("/help/?q=没有这个词").text


def test_what_is_marked_and_not_is_the_text_itself() -> None:
    for found in search(["备份"]):
        shown = "".join(text for text, _ in found.runs).strip("…")
        assert all(text.lower() == "备份" for text, hit in found.runs if hit)
        assert shown
