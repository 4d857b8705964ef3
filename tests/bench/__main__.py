"""Quality, then speed, of the search: see ``quality`` and ``speed`` for what each measures.

python -m tests.bench [--articles PATH…] [--questions FILE] [--size N]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from . import quality, speed


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--articles", nargs="+", default=[])
    parser.add_argument("--questions")
    parser.add_argument("--size", type=int, default=5000)
    options = parser.parse_args(arguments)
    given = ["--articles", *options.articles] if options.articles else []
    given += ["--questions", options.questions] if options.questions else []
    quality.main(given)
    for engine in ("whoosh", "tantivy"):
        print()
        speed.main([*given, "--size", str(options.size), "--engine", engine])


if __name__ == "__main__":
    main(sys.argv[1:])
