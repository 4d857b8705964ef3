"""The list of calls, the import and the settings in a real browser; from a word to its sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from ..homes import Homes
from ..processes import PATIENCE
from ..web.sounding import call_with_sound
from .conftest import PASSING, Site, site_here

SignedIn = Callable[..., Chrome]
See = Callable[[str], Any]
PAGES = (
    "/qa/calls?words=退票&queue=退改签",
    "/qa/calls?score_from=x",
    "/qa/import",
    "/qa/settings",
)


@pytest.fixture(scope="module")
def site(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_here(homes, tmp_path_factory.mktemp("calls") / "home") as served:
        call_with_sound(served.world)
        yield served


def test_axe_finds_nothing_wrong_with_the_pages_of_calls(
    signed_in: SignedIn,
    site: Site,
    accessible: Callable[..., None],
    dark: Callable[[bool], None],
    phone: Callable[[], None],
) -> None:
    browser = signed_in("administrator")
    for path in PAGES:
        browser.get(site.url(path))
        accessible()
    dark(True)
    browser.get(site.url(PAGES[0]))
    accessible()
    phone()
    for path in PAGES:
        browser.get(site.url(path))
        accessible()
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 390


def test_from_words_that_were_said_to_the_moment_of_the_sound(
    signed_in: SignedIn, site: Site, see: See
) -> None:
    browser = signed_in("inspector", "/qa/calls")
    see("[name=words]").send_keys("手续费\n")
    see(".said mark")
    assert "words=" in browser.current_url
    place = see(".said-at")
    seconds = float(place.get_attribute("href").partition("#t=")[2])
    place.click()

    def there(driver: Chrome) -> bool:
        now = driver.execute_script("return document.player && document.player.now")
        return now is not None and abs(now - seconds) < 0.1

    WebDriverWait(browser, PATIENCE, 0.05, PASSING).until(there)
    assert browser.find_element(By.CSS_SELECTOR, "[data-player]").is_displayed()
