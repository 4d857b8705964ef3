"""Knowledge base: articles, Chinese text, the index.

    with Library.open("var") as library:
        with library.writing() as session:
            fee = Record("fee", "退票费", "开车前8天以上退票免费。")
            articles.put(session, fee, Edit(None, datetime.now(UTC)), publish_it=True)
        library.sync()
        print(library.search("退票要钱吗").hits[0].title)

Sessions come in from outside; nothing in here commits.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import articles, categories, gate, lexicon
    from .articles import Edit
    from .errors import KbError
    from .gate import EVERYTHING, Viewer
    from .library import Filters, Library
    from .records import KINDS, Fault, Record
    from .vocabulary import Vocabulary

__all__ = [
    "EVERYTHING",
    "KINDS",
    "Edit",
    "Fault",
    "Filters",
    "KbError",
    "Library",
    "Record",
    "Viewer",
    "Vocabulary",
    "articles",
    "categories",
    "gate",
    "lexicon",
]

# What is named above is loaded when it is first asked for: qa and exams build on modules of
# this package that need no database, and a command line should start at once.

_HOMES = {
    "EVERYTHING": "gate",
    "KINDS": "records",
    "Edit": "articles",
    "Fault": "records",
    "Filters": "library",
    "KbError": "errors",
    "Library": "library",
    "Record": "records",
    "Viewer": "gate",
    "Vocabulary": "vocabulary",
}
"""Name → its module. Any other name of ``__all__`` is a module itself."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(f"{__name__}.{_HOMES.get(name, name)}")
    return getattr(home, name) if name in _HOMES else home
