"""How Whoosh writes and reads our postings: a document's number and a count, nothing else.

Whoosh's own codec pickles and compresses blocks, and asks for each posting how long its field is;
for hundreds of short lists per article that is most of the time of indexing. Here a list is two
arrays, one after the other.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from typing import Any

from whoosh.codec.whoosh3 import W3Codec, W3FieldWriter, W3PerDocReader
from whoosh.matching import ListMatcher
from whoosh.system import pack_int, pack_long, pack_ushort

_INFO = struct.Struct("!BfIBBfII")
"""Whoosh's row of a term: not inlined, weight, documents, two lengths, weight, first, last."""

_NUMBER, _COUNT = array("I").itemsize, array("H").itemsize
_MOST = 65535

Posting = tuple[str, bytes, int, float, bytes]
"""Field, term, document's number, count, and what Whoosh would keep besides."""


class Codec(W3Codec):  # type: ignore[misc]
    """Whoosh's codec but for the postings."""

    def field_writer(self, storage: Any, segment: Any) -> _Terms:
        return _Terms(self, storage, segment)

    def per_document_reader(self, storage: Any, segment: Any) -> _Documents:
        return _Documents(storage, segment)

    def postings_reader(
        self, dbfile: Any, terminfo: Any, format_: Any, term: Any = None, scorer: Any = None
    ) -> ListMatcher:
        offset, (length,) = terminfo.extent()  # Whoosh leaves the length as it unpacked it
        numbers, counts = postings(dbfile, offset, length)
        weights = [float(count) for count in counts]
        return ListMatcher(numbers, weights, [b""] * len(numbers), format_, term=term)


def postings(dbfile: Any, offset: int, length: int) -> tuple[array[int], array[int]]:
    """The documents' numbers and the counts of one term."""
    numbers, counts = array("I"), array("H")
    data = dbfile.get(offset, length)
    middle = length // (_NUMBER + _COUNT) * _NUMBER
    numbers.frombytes(data[:middle])
    counts.frombytes(data[middle:])
    return numbers, counts


class _Documents(W3PerDocReader):  # type: ignore[misc]
    """We keep the lengths of fields ourselves; Whoosh asks the file system for every posting."""

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        return default


class _Terms(W3FieldWriter):  # type: ignore[misc]
    """Writes the sorted postings of a segment."""

    def add_postings(self, schema: Any, lengths: Any, items: Iterable[Posting]) -> None:
        offset = self._postfile.tell()
        for (field, term), found in groupby(items, key=itemgetter(0, 1)):
            numbers, counts = array("I"), array("H")
            for _, _, number, weight, _ in found:
                numbers.append(number)
                counts.append(min(int(weight), _MOST))
            data = numbers.tobytes() + counts.tobytes()
            self._postfile.write(data)
            place = self._fieldmap.setdefault(field, len(self._fieldmap))
            row = (0, float(sum(counts)), len(numbers), 0, 0, float(max(counts)))
            info = _INFO.pack(*row, numbers[0], numbers[-1]) + pack_long(offset)
            self._tindex.add(pack_ushort(place) + term, info + pack_int(len(data)))
            offset += len(data)
