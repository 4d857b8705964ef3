"""Sitting an exam in a browser: an exam to sit, and what the page says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait
from sqlalchemy import select, update

from exams import attempts
from exams.tables import Attempt, AttemptEvent, AttemptQuestion

from ..exam_world import a_taker, add_exam, add_paper, add_question
from ..processes import PATIENCE
from ..world import World
from .conftest import PASSING


def begun(
    world: World, kinds: Sequence[str] = ("single", "judge", "essay"), who: str = "agent"
) -> int:
    """An attempt of somebody at a new exam, begun this moment; nothing is shuffled."""
    at = world.clock()
    with world.work(who, "exams.begin") as session:
        asked = [add_question(session, kind=kind) for kind in kinds]
        exam = add_exam(
            session,
            add_paper(session, asked),
            opens_at=at - timedelta(hours=1),
            closes_at=at + timedelta(hours=5),
            shuffle_questions=False,
            shuffle_options=False,
        )
        return attempts.begin(session, exam, a_taker(world.person(who).id), at).id


def kept(world: World, id: int) -> dict[int, Any]:
    query = select(AttemptQuestion.position, AttemptQuestion.response)
    with world.reading() as session:
        rows = session.execute(query.where(AttemptQuestion.attempt_id == id)).all()
    return {position: response for position, response in rows if response is not None}


def attempt(world: World, id: int) -> Attempt:
    with world.reading() as session:
        return session.get_one(Attempt, id)


def kinds(world: World, id: int) -> list[str]:
    """What the log says happened, in its order."""
    query = select(AttemptEvent.kind).where(AttemptEvent.attempt_id == id)
    with world.reading() as session:
        return list(session.scalars(query.order_by(AttemptEvent.id)))


def ending(world: World, id: int, **length: float) -> None:
    """The attempt's time is over so long from now."""
    with world.work(doing="test") as session:
        values = {"deadline_at": world.clock() + timedelta(**length)}
        session.execute(update(Attempt).where(Attempt.id == id).values(**values))


def until(browser: Chrome, what: Callable[[], Any], told: str = "") -> Any:
    return WebDriverWait(browser, PATIENCE, 0.05, PASSING).until(lambda _: what(), told)


def press(browser: Chrome, *keys: str) -> None:
    ActionChains(browser).send_keys(*keys).perform()


def state(browser: Chrome) -> str:
    return browser.find_element(By.CSS_SELECTOR, "[data-save-state]").text


def says(browser: Chrome, words: str) -> None:
    until(browser, lambda: words in state(browser), words)


def shows(browser: Chrome, words: str) -> None:
    until(browser, lambda: words in browser.find_element(By.TAG_NAME, "main").text, words)


def ready(browser: Chrome) -> None:
    until(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "[data-sit][data-ready]"))


def saved(browser: Chrome) -> None:
    """Nothing waits to be saved any more."""
    until(
        browser,
        lambda: (
            state(browser).startswith("已保存")
            and not browser.find_elements(By.CSS_SELECTOR, ".sit-numbers [data-unsaved]")
        ),
        "saved",
    )


def click(browser: Chrome, selector: str) -> None:
    def clicked() -> bool:
        browser.find_element(By.CSS_SELECTOR, selector).click()
        return True

    until(browser, clicked, selector)


def offline(browser: Chrome, on: bool) -> None:
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd(
        "Network.emulateNetworkConditions",
        {"offline": on, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1},
    )
