"""How much each sign speaks for a sentence; learned by ``python -m tests.bench.answers train``."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "after": 1.456,
        "before": 1.828,
        "characters": 4.498,
        "characters²": -0.567,
        "first": 0.929,
        "focus": 1.101,
        "how+": 0.450,
        "lead": 2.000,
        "leans": -0.240,
        "leans·before": 1.963,
        "leant on": 1.972,
        "list": -1.100,
        "list+": 1.233,
        "long": 1.244,
        "long+": 0.842,
        "money": 4.855,
        "money+": -3.467,
        "number": 1.248,
        "number+": -0.120,
        "pairs": 2.900,
        "pairs²": -0.511,
        "pairs·characters": 0.993,
        "place": -0.495,
        "title": 0.845,
        "topic": 0.707,
        "unit": 2.083,
        "what+": 0.483,
        "when": 1.317,
        "when+": 1.068,
        "where": -0.112,
        "where+": 0.684,
        "whether": 3.862,
        "whether+": -2.682,
        "who": 0.157,
        "who+": 1.738,
        "why": 0.583,
        "why+": 0.851,
        "year": 4.659,
        "year+": -0.909,
    }
)
TRUST: Mapping[str, float] = MappingProxyType(
    {
        "bias": -6.594,
        "lead": 2.600,
        "said anywhere": 2.400,
        "said here": 4.675,
    }
)
