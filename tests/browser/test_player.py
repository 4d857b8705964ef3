"""Listening in a browser: by keyboard, from the words to the sound, with and without script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait
from sqlalchemy import select

from qa.tables import Call, Comment, Listening, Review

from ..homes import Homes
from ..processes import PATIENCE
from ..qa_world import add_review, add_scorecard
from ..web.sounding import SECONDS, call_with_sound
from ..world import NOW
from .conftest import PASSING, Site, site_here

SignedIn = Callable[..., Chrome]

INKED = """
const canvas = document.querySelector('[data-wave-canvas]');
const pen = canvas.getContext('2d');
return [0, 1].map(row => {
  const half = Math.floor((canvas.height - 22) / 2);
  const data = pen.getImageData(0, row * half + 4, canvas.width, half - 8).data;
  const colours = {};
  for (let n = 0; n < data.length; n += 4)
    if (data[n + 3] === 255) {
      const colour = data.slice(n, n + 3).join();
      colours[colour] = (colours[colour] ?? 0) + 1;
    }
  return Object.entries(colours).sort((a, b) => b[1] - a[1]).slice(0, 3).map(each => each[0]);
});
"""


@pytest.fixture(scope="module")
def site(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_here(homes, tmp_path_factory.mktemp("site") / "home") as served:
        call_with_sound(served.world)
        call_with_sound(served.world, "C-gone")
        with served.world.work(doing="test.remove") as session:
            gone = session.scalars(select(Call).where(Call.key == "C-gone")).one()
            gone.recordings[0].removed_at = NOW
        yield served


@pytest.fixture
def page(signed_in: SignedIn, site: Site) -> Chrome:
    """The page of the call, its waveform drawn, opened by the lead of quality assurance."""
    browser = signed_in("qa_lead", "/qa/calls/C-sound")
    until(browser, lambda: browser.execute_script("return Boolean(document.player)"))
    until(browser, lambda: len(browser.execute_script(INKED)[1]) > 1)
    return browser


def until(browser: Chrome, what: Callable[[], Any], told: str = "") -> Any:
    return WebDriverWait(browser, PATIENCE, 0.05, PASSING).until(lambda _: what(), told)


def press(browser: Chrome, *keys: str) -> None:
    ActionChains(browser).send_keys(*keys).perform()


def chord(browser: Chrome, held: str, key: str) -> None:
    ActionChains(browser).key_down(held).send_keys(key).key_up(held).perform()


def one(browser: Chrome, selector: str) -> WebElement:
    return browser.find_element(By.CSS_SELECTOR, selector)


def where(browser: Chrome) -> float:
    return float(browser.execute_script("return document.player.now"))


def plays(browser: Chrome) -> bool:
    return bool(browser.execute_script("return document.player.playing"))


def goes_on(browser: Chrome) -> None:
    """The place of the sound moves by itself."""
    until(browser, lambda: plays(browser), "it plays")
    began = where(browser)
    until(browser, lambda: where(browser) != began, "it moves")


def test_a_call_is_heard_by_keyboard_alone(page: Chrome, site: Site) -> None:
    press(page, "k")
    goes_on(page)
    press(page, "k")
    until(page, lambda: not plays(page), "it stops")
    stopped = where(page)
    press(page, "l")
    assert where(page) == pytest.approx(stopped + 5, abs=0.01)
    press(page, "j", Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_LEFT)
    assert where(page) == pytest.approx(stopped + 2, abs=0.01)
    chord(page, Keys.SHIFT, Keys.ARROW_RIGHT)
    assert where(page) == pytest.approx(stopped + 17, abs=0.01)
    press(page, ">", ">", "<")
    assert where(page) == pytest.approx(stopped + 17.02, abs=0.005)
    press(page, ".", ".")
    assert page.execute_script("return document.player.sound.playbackRate") == 1.5
    assert one(page, "[data-rate]").text == "1.5×"
    assert page.execute_script("return document.player.sound.preservesPitch")
    page.execute_script("document.player.seek(2)")
    press(page, Keys.SPACE)
    until(page, lambda: where(page) > 2.5, "it plays")
    press(page, "k")

    def heard() -> float:
        with site.world.reading() as session:
            found = session.scalars(select(Listening)).all()
            return max((row.heard for row in found), default=0.0)

    until(page, lambda: heard() > 0, "the record says that it was heard")


def test_a_span_is_repeated_and_silence_is_left_out(page: Chrome) -> None:
    page.execute_script("document.player.seek(3)")
    press(page, "[")
    page.execute_script("document.player.seek(3.4)")
    press(page, "]", "k")
    goes_on(page)
    places = [where(page) for _ in range(40)]
    assert max(places) < 4.4
    until(page, lambda: where(page) < 3.2, "it begins again")
    press(page, "\\", "s")
    assert one(page, "[data-do=skip]").get_attribute("aria-pressed") == "true"
    page.execute_script("document.player.seek(8)")
    until(page, lambda: where(page) > 11.7, "the silence from 8 to 12 is skipped")
    assert plays(page)
    press(page, "k")
    page.execute_script("document.player.seek(1)")
    chord(page, Keys.SHIFT, "s")
    assert where(page) == pytest.approx(3.5, abs=0.01)


def test_words_lead_to_the_sound_and_the_sound_to_the_words(page: Chrome) -> None:
    turns = page.find_elements(By.CSS_SELECTOR, ".turn")
    turns[1].find_element(By.CSS_SELECTOR, ".turn-text").click()
    assert where(page) == pytest.approx(3.5, abs=0.01)
    until(page, lambda: turns[1].get_attribute("aria-current") == "true")
    page.execute_script("document.player.seek(7)")
    until(page, lambda: turns[2].get_attribute("aria-current") == "true")
    assert turns[1].get_attribute("aria-current") is None
    one(page, "#find-said").send_keys("退票费 ")
    assert one(page, "[data-found]").text == "1 句"
    assert one(page, ".turn mark").text == "退票费"
    one(page, "#find-said").send_keys(Keys.ENTER)
    assert where(page) == pytest.approx(6.5, abs=0.01)
    one(page, "#find-said").send_keys(Keys.ESCAPE)
    assert page.find_elements(By.CSS_SELECTOR, ".turn mark") == []


def test_letters_in_a_field_are_text_and_alt_makes_them_keys(page: Chrome) -> None:
    field = one(page, "#find-said")
    field.send_keys("kjl s[],.")
    assert not plays(page)
    assert where(page) == 0
    assert field.get_attribute("value") == "kjl s[],."
    chord(page, Keys.ALT, "l")
    assert where(page) == 5


def test_the_waveform_shows_both_sides_and_is_pressed_dragged_and_zoomed(
    page: Chrome, dark: Callable[[bool], None]
) -> None:
    light = page.execute_script(INKED)
    assert light[0][:2] != light[1][:2]
    wave = one(page, "[data-wave]")
    ActionChains(page).move_to_element(wave).click().perform()
    assert where(page) == pytest.approx(SECONDS / 2, abs=0.1)
    assert wave.get_attribute("aria-valuetext") == page.execute_script(
        "return document.player.told(document.player.now)"
    )
    press(page, Keys.END)
    assert where(page) > SECONDS - 0.1
    press(page, Keys.HOME, "+", "+")
    assert where(page) == 0
    ActionChains(page).move_to_element(wave).click_and_hold().move_by_offset(
        80, 0
    ).release().perform()
    loop = page.execute_script("return document.player.loop")
    assert loop["to"] - loop["from"] == pytest.approx(
        80 / wave.size["width"] * SECONDS / 4, rel=0.05
    )
    dark(True)
    until(page, lambda: page.execute_script(INKED)[0][0] != light[0][0], "in dark colours")


def test_one_side_alone_is_heard_through_both_ears(page: Chrome) -> None:
    chord(page, Keys.SHIFT, "m")
    pressed = "[data-only][aria-pressed=true]"
    assert one(page, pressed).text == "只听座席"
    press(page, "k")
    goes_on(page)
    press(page, "k")
    one(page, '[data-only=""]').click()
    assert one(page, pressed).text == "双方"


def test_a_remark_is_made_where_one_listens_and_seen_on_the_waveform(
    signed_in: SignedIn, site: Site
) -> None:
    with site.world.work(doing="test.review") as session:
        call = session.scalars(select(Call).where(Call.key == "C-sound")).one()
        mine = site.world.person("inspector").id
        review = add_review(session, call, add_scorecard(session), inspector_id=mine).id
    browser = signed_in("inspector", f"/qa/reviews/{review}")
    until(browser, lambda: browser.execute_script("return Boolean(document.player)"))
    browser.execute_script("document.player.seek(6.5)")
    press(browser, "m")
    assert one(browser, "[data-note-start]").get_attribute("value") == "00:06.5"
    press(browser, "费率说错了")
    chord(browser, Keys.CONTROL, Keys.ENTER)
    note = until(browser, lambda: one(browser, "[data-note]"))
    assert "费率说错了" in note.text
    with site.world.reading() as session:
        [kept] = session.scalars(select(Comment)).all()
        assert (kept.review_id, kept.start, kept.end) == (review, 6.5, None)
        assert session.get_one(Review, review).state != "finished"
    browser.execute_script("document.player.seek(0)")
    note.find_element(By.CSS_SELECTOR, "[data-seek]").click()
    assert where(browser) == pytest.approx(6.5, abs=0.01)


def test_without_script_there_are_the_browsers_controls_and_the_words(
    signed_in: SignedIn, site: Site, without_script: Callable[[], None]
) -> None:
    browser = signed_in("inspector")
    without_script()
    browser.get(site.url("/qa/calls/C-sound"))
    sound = one(browser, "audio[controls]")
    assert sound.is_displayed()
    assert "退票费是票价的20%" in one(browser, ".turns").text
    shown = [b.text for b in browser.find_elements(By.CSS_SELECTOR, "main button")]
    assert [text for text in shown if text] == []


def test_axe_finds_nothing_wrong_with_the_page_of_a_call(
    page: Chrome,
    site: Site,
    accessible: Callable[..., None],
    dark: Callable[[bool], None],
    phone: Callable[[], None],
) -> None:
    press(page, "k", "s", "[")
    goes_on(page)
    press(page, "k")
    accessible()
    dark(True)
    accessible()
    page.get(site.url("/qa/calls/C-gone"))
    assert "录音已在" in one(page, ".player-silent").text
    accessible()
    phone()
    page.get(site.url("/qa/calls/C-sound"))
    until(page, lambda: page.execute_script("return Boolean(document.player)"))
    accessible()
    wide = page.execute_script("return document.documentElement.scrollWidth")
    assert wide <= 390
