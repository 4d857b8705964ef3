"""Errors of the knowledge base: one root, leaves that carry their data."""

from __future__ import annotations


class KbError(Exception):
    """Root of every error the knowledge base raises on purpose.

    ``str(error)`` is a Chinese sentence fit for a person; attributes carry the data.
    """


class NotFound(KbError):
    """No such article or category, or none that this person may know of."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"找不到{what}“{name}”，可能已停用，或您没有查看权限。")
        self.what, self.name = what, name


class InvalidContent(KbError):
    """Content that cannot be kept; ``field`` names the part that is wrong."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class FrozenRevision(KbError):
    """Something tried to rewrite a published revision."""

    def __init__(self, key: str, number: int) -> None:
        super().__init__(f"“{key}”第{number}版已发布，不能改写；请另存为新的一版。")
        self.key, self.number = key, number


class EditConflict(KbError):
    """The draft was changed by somebody else since it was opened."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"“{key}”的草稿刚被别人改过。您写的内容还在页面上，请对照新的草稿后再保存。"
        )
        self.key = key


class NothingToPublish(KbError):
    """Publishing was asked for, and there is no draft."""

    def __init__(self, key: str) -> None:
        super().__init__(f"“{key}”没有待发布的草稿。")
        self.key = key


class Settled(KbError):
    """Somebody else has decided the matter already."""


class OutOfTurn(KbError):
    """What was asked for does not fit the state the text is in."""

    def __init__(self, state: str, action: str) -> None:
        super().__init__(f"这一稿现在是“{state}”，不能{action}。请刷新页面看看它的现状。")
        self.state, self.action = state, action


class OwnText(KbError):
    """Somebody would judge a text that they wrote."""

    def __init__(self, key: str) -> None:
        super().__init__(f"“{key}”这一稿您写过或改过，要由别人审核。请送审，或请同事来看。")
        self.key = key
