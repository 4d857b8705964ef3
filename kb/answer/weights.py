"""How much each sign speaks for a sentence; learned by ``python -m tests.bench.answers train``."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "after": 2.954,
        "before": 3.307,
        "characters": 9.719,
        "characters²": -3.651,
        "first": 0.700,
        "focus": 1.188,
        "how": -1.269,
        "how+": 1.794,
        "lead": 1.278,
        "leans": -0.074,
        "leans·before": 3.225,
        "leant on": 3.502,
        "list": -1.040,
        "list+": 1.314,
        "long": 1.708,
        "money": 1.901,
        "money+": -0.877,
        "number": 0.470,
        "number+": 0.668,
        "pairs": 8.073,
        "pairs²": -4.228,
        "pairs·characters": -0.919,
        "place": -0.978,
        "title": -0.895,
        "topic": 0.820,
        "unit": 1.357,
        "what": 0.446,
        "when": 1.310,
        "when+": 1.129,
        "where+": 0.652,
        "whether": 0.184,
        "whether+": 0.753,
        "who": 0.314,
        "who+": 1.577,
        "why": 0.675,
        "why+": 0.631,
        "year": 5.397,
        "year+": -1.472,
    }
)
TRUST: Mapping[str, float] = MappingProxyType(
    {
        "bias, naming title": -5.495,
        "bias, telling title": -2.050,
        "first, naming title": -0.164,
        "first, telling title": 0.160,
        "lead, naming title": 3.098,
        "lead, telling title": 2.555,
        "said anywhere, naming title": 1.077,
        "said anywhere, telling title": -1.189,
        "said here, naming title": 4.601,
        "said here, telling title": 2.521,
        "said in title, naming title": -0.783,
        "said in title, telling title": 0.299,
    }
)
