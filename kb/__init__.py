"""Knowledge base: articles, Chinese text, the index.

    with Library.open("var") as library:
        with library.writing() as session:
            fee = Record("fee", "退票费", "开车前8天以上退票免费。")
            articles.put(session, fee, Edit(None, datetime.now(UTC)), publish_it=True)
        library.sync()
        print(library.search("退票要钱吗").hits[0].title)

Sessions come in from outside; nothing in here commits.
"""

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
