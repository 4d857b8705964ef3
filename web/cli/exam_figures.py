"""Figures of generated questions, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import click

from exams.questions import KINDS

WHY: Mapping[str, str] = MappingProxyType(
    {
        "two_places": "别处也这样写，答案不止一处",
        "no_fact": "没有可考的事实",
        "hanging": "离开上下文读不懂",
        "spoken": "是对旅客说的话",
        "vague": "说得不确定，或是举例",
        "length": "太短或太长",
        "markup": "有链接、外文等",
        "condition": "前面的条件太长",
        "same_line": "同一句话已经考过",
        "same_fact": "同一个事实已经考过",
        "near_duplicate": "和这篇的另一道题相近",
        "true_option": "错误选项在别处成立",
        "not_found": "题干搜不到原文",
        "enough": "一篇文章的题够了",
    }
)
"""Why a sentence or a candidate gave no question."""

_BLIND: Mapping[str, str] = MappingProxyType(
    {
        "first": "选第一项",
        "last": "选最后一项",
        "longest": "选最长的",
        "middle": "选中间的",
        "most_shared_characters": "选和题干共字最多的",
        "roundest": "选最整的数",
        "judge_always_true": "判断一律答对",
        "judge_true_unless_negated": "有“不、没、无”就答错",
        "judge_true_if_short": "短句答对，长句答错",
    }
)


def print_figures(figures: Mapping[str, Any]) -> None:
    """What ``exams.generate`` measured, each share with its n and its 95 % interval."""
    click.echo(
        f"{figures['articles']} 篇文章，{figures['questions']} 道题，"
        f"其中 {figures['articles_with_questions']} 篇有题。"
    )
    without = figures["without"]
    if without["n"]:
        click.echo(f"没有题的文章 {without['n']} 篇：{_reasons(without['why'])}")
    if not figures["questions"]:
        return
    click.echo(f"每篇 {figures['per_article']} 道，最多 {figures['most_per_article']} 道。")
    kinds = figures["by_kind"].items()
    click.echo("题型：" + "，".join(f"{KINDS[kind]} {n}" for kind, n in kinds))
    _line("答案只有一处依据", figures["keys_unique"])
    _line("错误选项都不成立", figures["wrong_options_false"])
    _line("题干搜到原文，第1条", figures["found"]["within_1"])
    _line("题干搜到原文，前3条", figures["found"]["within_3"])
    _line("去掉标题也搜到，第1条", figures["found_untitled"]["within_1"])
    _line("去掉标题也搜到，前3条", figures["found_untitled"]["within_3"])
    _line("判断题答案为“对”", figures["judge_true"])
    for rule, found in figures["blind"].items():
        ahead = "，超过了" if found["ahead"] else ""
        _line(f"瞎猜：{_BLIND[rule]}", found, f"，碰运气 {found['chance']:.1%}{ahead}")
    if figures["rejected"]:
        click.echo(f"没有出成题的：{_reasons(figures['rejected'])}")


def _reasons(counts: Mapping[str, int]) -> str:
    return "，".join(f"{WHY[why]} {n}" for why, n in counts.items())


def _line(name: str, found: Mapping[str, Any] | None, more: str = "") -> None:
    if found is not None:
        share = found.get("share", found.get("accuracy"))
        interval = f"95% 区间 {found['low']:.1%}—{found['high']:.1%}"
        click.echo(f"{name}：{share:.1%}（n={found['n']}，{interval}{more}）")
