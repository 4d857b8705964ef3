"""The instrument itself: a browser that signs in, and a check that can find something."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from ..world import CAST, PASSWORD
from .conftest import PHONE, Site


def test_a_person_signs_in_by_the_page(
    browser: Chrome, site: Site, see: Callable[[str], Any]
) -> None:
    browser.get(site.url("/"))
    see("input[name=number]").send_keys(CAST["agent"].number)
    see("input[name=password]").send_keys(PASSWORD + "\n")
    see("nav")
    assert "/sign-in" not in browser.current_url


def test_the_cast_signs_in_without_the_page(signed_in: Callable[[str], Chrome]) -> None:
    browser = signed_in("administrator")
    assert "/sign-in" not in browser.current_url
    assert CAST["administrator"].name in browser.find_element(By.TAG_NAME, "body").text


def test_a_test_finds_nobody_signed_in(browser: Chrome, site: Site) -> None:
    browser.get(site.url("/"))
    assert "/sign-in" in browser.current_url


def test_the_check_for_accessibility_finds_what_is_wrong(
    browser: Chrome, site: Site, accessible: Callable[..., None]
) -> None:
    """Else a clean report would prove nothing."""
    browser.get(site.url("/sign-in"))
    accessible()
    browser.execute_script(
        "const image = document.createElement('img'); image.src = '/static/x.png';"
        "document.querySelector('main').append(image)"
    )
    with pytest.raises(AssertionError, match="image-alt"):
        accessible()


def test_a_page_can_be_seen_on_a_phone_in_the_dark_and_without_script(
    browser: Chrome,
    site: Site,
    phone: Callable[[], None],
    dark: Callable[[bool], None],
    without_script: Callable[[], None],
    see: Callable[[str], Any],
) -> None:
    phone()
    dark(True)
    browser.get(site.url("/sign-in"))
    assert browser.execute_script("return innerWidth") == PHONE[0]
    assert browser.execute_script("return matchMedia('(prefers-color-scheme: dark)').matches")
    without_script()
    browser.get(site.url("/sign-in"))
    see("input[name=number]")
