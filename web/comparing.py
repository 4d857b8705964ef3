"""What differs between two texts, in the words of the page it stands on."""

from __future__ import annotations

from collections.abc import Sequence

from kb import compare, fieldrules
from kb.compare import Difference
from kb.records import Record

from .context import reading
from .people_names import audience_name


def differences(old: Record, new: Record, *, everything: bool = True) -> Sequence[Difference]:
    """``everything`` is for those who write; a reader is shown what stands beside the text."""
    rules = fieldrules.all_rules(reading())
    names = {rule.key: rule.name for rule in rules if rule.kind in (old.kind, new.kind)}
    return compare.differences(old, new, names, audience=audience_name, everything=everything)
