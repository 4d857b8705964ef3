"""What a source of the pulse hands over (see ``web.pulse``)."""

from __future__ import annotations

from dataclasses import dataclass

BANNER, POPUP = "banner", "popup"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to tell somebody. ``urgency`` is BANNER or POPUP (waits to be answered).

    ``link`` is (words, address) of where to go on; ``confirm`` an address to POST to.
    """

    key: str
    kind: str
    sentence: str
    detail: str = ""
    link: tuple[str, str] | None = None
    urgency: str = BANNER
    confirm: str = ""

    def as_dict(self) -> dict[str, object]:
        words, address = self.link or ("", "")
        return {
            "key": self.key,
            "kind": self.kind,
            "sentence": self.sentence,
            "detail": self.detail,
            "link": {"words": words, "address": address} if self.link else None,
            "urgency": self.urgency,
            "confirm": self.confirm,
        }
