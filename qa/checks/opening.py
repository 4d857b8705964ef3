"""``opening`` and ``closing``: wording at the agent's first words, and at the last ones.

As ``required``, but ``within`` (15 seconds without it) is counted from the agent's first word,
however long it rang, or back from the last one, however long the line stayed open. ``need`` is
``all`` unless it says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from ..exact import plain
from ..fields import Fields
from ..transcripts import Utterance
from .contract import Evidence, Heard, Seen, unsure
from .phrases import Where, Wording, read_phrases, read_seconds, read_wording
from .required import NO_WORDS, Required, read_need

WITHIN = Fraction(15)


@dataclass(frozen=True, slots=True)
class Wordings:
    """The phrases of one end of the call."""

    end: Literal["opening", "closing"]
    required: Required
    within: Fraction

    def look(self, heard: Heard) -> Seen:
        """As the required phrases, among the utterances of that end alone."""
        if not heard.utterances:
            return unsure(NO_WORDS)
        agent = [each for each in heard.utterances if each.role == "agent"]
        if not agent:
            return unsure("转写没有标明哪些话是座席说的。")
        near = [index for index, each in enumerate(heard.utterances) if self._near(each, agent)]
        part = replace(heard, utterances=tuple(heard.utterances[index] for index in near))
        seen = self.required.look(part)
        place = "开头" if self.end == "opening" else "结尾"
        return replace(
            seen,
            reason=f"{place}{plain(self.within)}秒内，{seen.reason}",
            evidence=tuple(_moved(each, near) for each in seen.evidence),
            settings={**seen.settings, "within": plain(self.within)},
        )

    def _near(self, each: Utterance, agent: list[Utterance]) -> bool:
        if self.end == "opening":
            return each.start <= min(said.start for said in agent) + self.within
        return each.end >= max(said.end for said in agent) - self.within


def _moved(evidence: Evidence, near: list[int]) -> Evidence:
    return replace(evidence, utterance=near[evidence.utterance or 0])


def read_opening(fields: Fields) -> Wordings:
    return _read(fields, "opening")


def read_closing(fields: Fields) -> Wordings:
    return _read(fields, "closing")


def _read(fields: Fields, end: Literal["opening", "closing"]) -> Wordings:
    phrases = tuple(dict.fromkeys(read_phrases(fields)))
    wording: Wording = read_wording(fields)
    required = Required(phrases, read_need(fields, phrases), Where(), wording)
    within = read_seconds(fields, "within", usual=WITHIN)
    assert within is not None
    return Wordings(end, required, within)
