"""The page of a call: what it shows, to whom, and what stands there when there is no sound."""

from __future__ import annotations

from collections.abc import Callable

from ..browsing import Client
from ..world import World
from .sounding import call_with_sound

AsPerson = Callable[[str], Client]


def test_an_inspector_finds_sound_words_and_figures_on_one_page(
    world: World, as_person: AsPerson
) -> None:
    call = call_with_sound(world)
    page = as_person("inspector").get(f"/qa/calls/{call.key}")
    assert page.status_code == 200
    for words in ("播放", "您好，铁路旅客服务中心", "长静音", "1 段", "至少 3 秒", "质检设定"):
        assert words in page.text
    assert "13812345678" not in page.text
    assert "*******5678" in page.text
