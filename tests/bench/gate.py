"""Random histories told until somebody reads what they may not read.

    python -m tests.bench.gate --histories 2000

Tells the histories of ``tests.web.telling`` on every engine in turn and asks the paths of
``tests.web.text_paths`` after every step. Prints how many histories were told, how many answers
were compared with the model, and in how many of them a text stood. A history that leaks is made
as short as it can be and printed; the command then fails.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.homes import Homes
from tests.web.histories import Step
from tests.web.telling import ENGINES, LIVELY, STORIES, application, peopled, tell


class Told:
    """What has been told so far."""

    def __init__(self) -> None:
        self.histories = self.steps = self.answers = self.texts = 0

    def __str__(self) -> str:
        return (
            f"{self.histories} histories, {self.steps} steps, {self.answers} answers compared, "
            f"{self.texts} of them with text"
        )


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.gate")
    parser.add_argument("--histories", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    told, begun = Told(), time.monotonic()
    homes = Homes(Path(tempfile.mkdtemp(prefix="zhixi-gate-")))
    origin, app = peopled(homes, homes.folder / "origin"), application(homes.folder)

    def one(engine: str, steps: list[Step]) -> None:
        checker = tell(app, origin, engine, steps)
        told.histories += 1
        told.steps += len(steps)
        told.answers += checker.checked
        told.texts += checker.texts
        if told.histories % 50 == 0:
            print(f"{time.monotonic() - begun:6.0f} s  {told}", flush=True)

    for engine in ENGINES:
        one(engine, list(LIVELY))
    told_at_random = given(engine=st.sampled_from(ENGINES), steps=STORIES)(one)
    many = settings(
        max_examples=max(1, options.histories - len(ENGINES)),
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    try:
        seed(options.seed)(many(told_at_random))()
    finally:
        homes.close()
        print(f"{time.monotonic() - begun:6.0f} s  {told}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
