"""Results of exams in a real browser: axe finds nothing wrong, nothing is wider than a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from selenium.webdriver import Chrome

from exams import certificates
from exams.tables import Exam

from ..exam_world import add_attempt, add_exam, add_paper, add_question
from ..homes import Homes
from ..world import NOW
from .conftest import Site, site_here

HOUR = timedelta(hours=1)
QUOTE = "开车前8天以上退票，不收退票费。"
SOURCE = {"article": "refund-fee", "revision": 1, "start": 0, "end": len(QUOTE), "quote": QUOTE}
ANSWERS = {
    "single": "A",
    "multiple": ["A"],
    "judge": False,
    "blank": ["30天", "手续费"],
    "number": "15天",
    "order": ["A", "B", "C"],
    "match": {"G": "动车"},
}


@pytest.fixture(scope="module")
def site(homes: Homes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site_here(homes, tmp_path_factory.mktemp("results") / "home") as served:
        with served.world.work(doing="test") as session:
            asked = [
                add_question(session, kind=kind, source=SOURCE, topics=[f"票务/{kind}"])
                for kind in ANSWERS
            ]
            paper = add_paper(session, asked)
            times = {"opens_at": NOW - 5 * HOUR, "closes_at": NOW - 2 * HOUR}
            exam = add_exam(session, paper, kind="promotion", pass_percent=0.0, **times)
            agent = served.world.person("agent").id
            begun = NOW - 4 * HOUR
            for person in (agent, *range(5_000, 5_024)):
                add_attempt(
                    session, exam, person, list(ANSWERS.values()), graded=True, begun_at=begun
                )
            certificates.issue(session, session.get_one(Exam, exam.id), [agent], by=None, at=NOW)
        yield served


STAFF = (
    "/results",
    "/results/1",
    "/results/1/people",
    "/results/1/questions",
    "/results/1/certificates",
    "/results/1/attempts/1",
    "/certificates?number=ZX2026-1-1-1",
    "/bank/1",
)
OWN = ("/my/exams", "/my/exams/1")


@pytest.mark.parametrize(("who", "pages"), [("examiner", STAFF), ("agent", OWN)])
def test_axe_finds_nothing_wrong_with_the_pages_of_results(
    signed_in: Callable[..., Chrome],
    presentable: Callable[[str], None],
    who: str,
    pages: tuple[str, ...],
) -> None:
    signed_in(who, "/healthz")
    for path in pages:
        presentable(path)
