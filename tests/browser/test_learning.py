"""Courses in a real browser: a sound is heard, its place kept, and gone on with; uploads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from exams import progress, spans
from exams.tables import Course, LessonProgress

from ..exams.mediafiles import wav
from ..homes import Homes
from ..processes import PATIENCE
from ..web.coursing import add_course, lesson_ids
from .conftest import PASSING, Site, site_with

SignedIn = Callable[..., Chrome]
See = Callable[[str], Any]
SECONDS = 30


@pytest.fixture(scope="module")
def site(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_with(homes, tmp_path_factory.mktemp("learning") / "home") as served:
        yield served


@pytest.fixture(scope="module")
def course(site: Site) -> Course:
    return add_course(site.world, "agent", "other_agent", seconds=SECONDS)


def until(browser: Chrome, so: Callable[[Chrome], Any]) -> Any:
    return WebDriverWait(browser, PATIENCE, 0.05, PASSING).until(so)


def row(site: Site, lesson: int) -> LessonProgress | None:
    with site.world.reading() as session:
        return session.get(LessonProgress, (lesson, site.world.person("agent").id))


def player(browser: Chrome, script: str) -> Any:
    return browser.execute_script(f"const p = document.querySelector('[data-player]'); {script}")


def begin(browser: Chrome, see: See) -> None:
    """By keyboard, on the browser's own controls; at twice the speed."""
    sound = see("[data-player]")
    until(browser, lambda b: player(b, "return p.readyState > 0"))
    player(browser, "p.playbackRate = 2;")
    sound.send_keys(Keys.SPACE)


def test_what_was_heard_is_kept_and_the_next_visit_goes_on_there(
    signed_in: SignedIn, site: Site, course: Course, see: See
) -> None:
    _, sound = lesson_ids(site.world, course)
    address = f"/learning/{course.id}/{sound}"
    browser = signed_in("agent", address)
    begin(browser, see)
    until(browser, lambda b: player(b, "return p.currentTime > 3"))
    player(browser, "p.pause();")
    until(browser, lambda b: "已保存" in b.find_element(By.CSS_SELECTOR, "[data-saved]").text)
    player(browser, "p.currentTime = 25; p.play();")
    until(browser, lambda b: player(b, "return p.currentTime > 26"))
    player(browser, "p.pause();")

    def kept(_: Chrome) -> bool:
        found = row(site, sound)
        return found is not None and found.at_second > 25

    until(browser, kept)
    found = row(site, sound)
    assert found is not None
    heard = spans.parse(found.heard)
    assert heard[0][0] < 0.5 <= 3 <= heard[0][1] + 0.5
    assert spans.length(heard) < 15, "what was jumped over is not heard"
    assert found.done_at is None
    browser.get(site.url(address))
    until(browser, lambda b: player(b, "return p.currentTime > 25"))
    assert "接着放" in browser.find_element(By.CSS_SELECTOR, ".lesson-media").text


def test_a_lesson_heard_to_its_end_is_done_on_the_page(
    signed_in: SignedIn, site: Site, see: See
) -> None:
    short = add_course(site.world, "agent", keys=(), seconds=2.0, title="短课")
    [sound] = lesson_ids(site.world, short)
    browser = signed_in("agent", f"/learning/{short.id}/{sound}")
    begin(browser, see)
    until(browser, lambda b: b.find_element(By.CSS_SELECTOR, "[data-done]").is_displayed())
    said = browser.find_element(By.CSS_SELECTOR, "[data-said]").get_attribute("textContent")
    assert "整门课程也学完了" in (said or "")
    found = row(site, sound)
    assert found is not None
    assert spans.length(spans.parse(found.heard)) >= 2 * progress.ENOUGH


def test_a_text_can_be_confirmed_once_its_end_was_seen(
    signed_in: SignedIn, site: Site, course: Course, see: See
) -> None:
    text, sound = lesson_ids(site.world, course)
    browser = signed_in("other_agent", f"/learning/{course.id}/{text}")
    see("#text")
    browser.execute_script("document.getElementById('end-of-text').scrollIntoView()")
    box = browser.find_element(By.CSS_SELECTOR, "[name=read]")
    until(browser, lambda b: box.is_enabled())
    box.click()
    browser.find_element(By.CSS_SELECTOR, ".sign button").click()
    until(browser, lambda b: b.current_url.endswith(f"/{sound}"))


def test_a_file_is_sent_with_its_progress_and_a_wrong_one_is_told_on_the_spot(
    signed_in: SignedIn, site: Site, course: Course, see: See, tmp_path: Path
) -> None:
    good, bad = tmp_path / "第三课.wav", tmp_path / "坏的.mp4"
    good.write_bytes(wav(1))
    bad.write_bytes(b"nothing at all" * 20)
    browser = signed_in("trainer", f"/courses/{course.id}")
    see("form[data-upload] [type=file]").send_keys(str(bad))
    see("form[data-upload] button").click()
    assert "不是能在网页里播放的" in see("[data-fault]").text
    browser.find_element(By.CSS_SELECTOR, "form[data-upload] [type=file]").send_keys(str(good))
    see("form[data-upload] button").click()
    until(browser, lambda b: "第三课" in b.find_element(By.CSS_SELECTOR, ".lesson-list").text)


def test_axe_finds_nothing_wrong_with_the_pages_of_courses(
    signed_in: SignedIn, site: Site, course: Course, presentable: Callable[[str], None]
) -> None:
    text, sound = lesson_ids(site.world, course)[:2]
    here = f"/learning/{course.id}"
    own = ("/learning", here, f"{here}/{text}", f"{here}/{sound}")
    writing = ("/courses", "/courses/new", f"/courses/{course.id}", f"/courses/{course.id}/people")
    for who, pages in (("trainer", (*writing, "/courses/proposals")), ("agent", own)):
        signed_in(who, "/healthz")
        for path in pages:
            presentable(path)
