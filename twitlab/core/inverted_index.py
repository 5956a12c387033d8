"""The inverted index: from a word to the documents that hold it. BM25 scores, exact after every add and remove.

In the case study this is ``ElasticsearchClient``; the package list names rank_bm25, which scores well but cannot add a
document. The invariant: after any adds and removes in any order, every answer equals that of an index built afresh from
what is left, and a document is found as soon as ``add`` returns. Twitter's Earlybird does the same in memory: postings
that are only appended to, newest first, searchable within 10 s in 2012 and about 1 s in 2020; its segments are
read-only when full, where ours stay writable.

    token  ->  postings, one int64 each, in the order of document ids:   | slot (32 bits) | how often (32 bits) |
    slot   ->  document id, length, the postings it stands in            (slots of removed documents are used again)
"""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from twitlab.core.bm25 import (
    EPSILON,
    Floats,
    Idf,
    Ints,
    best,
    check_count,
    check_options,
    check_tokens,
    lucene_idf,
    okapi_idf,
)
from twitlab.core.model import require_id


class Postings:
    """Where one word stands: ``entries`` hold ``slot << 32 | times``, in the order of ids unless ``unsorted``."""

    __slots__ = ("entries", "token", "unsorted")

    def __init__(self, token: str) -> None:
        self.token = token
        self.entries = array("q")
        self.unsorted = False


class SearchIndex:
    """A mutable BM25 index over documents that are bags of tokens; safe to share between threads.

    ``score = sum of idf * tf / (tf + k1 * (1 - b + b * length / average length))`` over the query's tokens, repeats
    counted. ``idf="okapi"`` is rank_bm25's own, with its floor; its scores are these times ``k1 + 1``.

    >>> index = SearchIndex()
    >>> index.add(1, ["just", "setting", "up"]); index.add(2, ["setting", "sun"]); index.add(3, ["sun", "sun"])
    >>> index.newest(["setting"], 10)
    [2, 1]
    >>> [doc_id for doc_id, score in index.top_k(["setting", "sun"], 2)]
    [2, 3]
    """

    def __init__(self, k1: float = 1.2, b: float = 0.75, idf: Idf = "lucene") -> None:
        check_options(k1, b, idf)
        self._k1, self._b, self._idf = k1, b, idf
        self._words: dict[str, Postings] = {}
        self._every = Postings("")  # every document, so that newest([]) is a walk like any other
        self._slot_of: dict[int, int] = {}
        self._free: list[int] = []
        self._ids = array("q")  # by slot, like the next two
        self._lengths = array("q")
        self._held: list[tuple[Postings, ...]] = []
        self._total_length = 0
        self._newest = -1  # the largest id ever added: an id above it keeps every list in order
        self._words_with = array("q", [0])  # [n] = how many words n documents hold; kept for okapi
        self._scratch: Floats = np.zeros(1024)
        self._marks: npt.NDArray[np.bool_] = np.zeros(1024, dtype=bool)
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._slot_of)

    def __contains__(self, doc_id: int) -> bool:
        return doc_id in self._slot_of

    def add(self, doc_id: int, tokens: Iterable[str]) -> None:
        """Index a document; one that is known is replaced. About 10 us for 12 tokens, at any size of the index."""
        require_id(doc_id, "doc_id")
        times: dict[str, int] = {}
        for token in (tokens := check_tokens(tokens)):
            times[token] = times.get(token, 0) + 1
        with self._lock:
            if doc_id in self._slot_of:
                self._remove(doc_id)
            slot = self._take_slot(doc_id, len(tokens))
            held = [self._every]
            self._every.entries.append(slot << 32)
            for token, tf in times.items():
                postings = self._words.get(token)
                if postings is None:
                    postings = self._words[token] = Postings(token)
                postings.entries.append(slot << 32 | tf)
                held.append(postings)
            if doc_id < self._newest:
                for postings in held:
                    postings.unsorted = True
            self._newest = max(self._newest, doc_id)
            self._held[slot] = tuple(held)
            self._count_words(held, was=-1)

    def remove(self, doc_id: int) -> None:
        """Forget a document; an unknown one is nothing to forget."""
        require_id(doc_id, "doc_id")
        with self._lock:
            if doc_id in self._slot_of:
                self._remove(doc_id)

    def top_k(self, tokens: Iterable[str], k: int) -> list[tuple[int, float]]:
        """The ``k`` best documents that hold at least one token: ``[(doc_id, score)]``, best first, then smaller id."""
        tokens, k = check_tokens(tokens), check_count(k)
        with self._lock:
            wanted = {token: self._words[token] for token in tokens if token in self._words}
            if not wanted:
                return []
            mean = self._total_length / len(self._slot_of)
            parts = {token: self._impacts(postings, mean) for token, postings in wanted.items()}
            scores = self._scratch
            for token in tokens:
                if token in parts:
                    slots, impacts = parts[token]
                    scores[slots] += impacts
            found = np.concatenate([slots for slots, _ in parts.values()])
            values = scores[found]
            scores[found] = 0.0
            ids = np.frombuffer(self._ids, np.int64)
            return best(ids[found], values, k, len(parts))

    def newest(self, tokens: Iterable[str], k: int, max_id: int | None = None) -> list[int]:
        """The ``k`` largest ids below ``max_id`` whose documents hold all ``tokens`` (no tokens: every document)."""
        words, k = dict.fromkeys(check_tokens(tokens)), check_count(k)
        if max_id is not None:
            require_id(max_id, "max_id")
        with self._lock:
            if any(word not in self._words for word in words):
                return []
            lists = sorted((self._words[word] for word in words), key=lambda postings: len(postings.entries))
            rarest, *others = lists or [self._every]
            for postings in lists or [self._every]:
                self._sort(postings)
            ids, found = np.frombuffer(self._ids, np.int64), list[int]()
            stop, size = self._position(rarest, max_id), 4 * k
            while stop > 0 and len(found) < k:
                start = max(0, stop - size)
                slots = np.frombuffer(rarest.entries[start:stop], np.int64)[::-1] >> 32
                for postings in others:
                    slots = slots[self._holds(postings, slots)] if len(slots) else slots
                found += ids[slots].tolist()
                stop, size = start, 4 * size
            return found[:k]

    def frequency(self, token: str) -> int:
        """How many documents hold ``token``."""
        return len(self._words[token].entries) if token in self._words else 0

    def _take_slot(self, doc_id: int, length: int) -> int:
        if self._free:
            slot = self._free.pop()
            self._ids[slot], self._lengths[slot] = doc_id, length
        else:
            slot = len(self._held)
            self._ids.append(doc_id)
            self._lengths.append(length)
            self._held.append(())
            if slot >= len(self._scratch):
                self._scratch, self._marks = np.zeros(2 * slot), np.zeros(2 * slot, dtype=bool)
        self._slot_of[doc_id] = slot
        self._total_length += length
        return slot

    def _remove(self, doc_id: int) -> None:
        slot = self._slot_of[doc_id]
        for postings in self._held[slot]:
            self._sort(postings)
            del postings.entries[self._position(postings, doc_id)]
            if not postings.entries:
                self._words.pop(postings.token, None)
        self._count_words(self._held[slot], was=1)
        del self._slot_of[doc_id]
        self._total_length -= self._lengths[slot]
        self._held[slot] = ()
        self._free.append(slot)

    def _count_words(self, held: Sequence[Postings], *, was: int) -> None:
        """Move each word of ``held`` in the table "how many words do n documents hold", from ``n + was`` to ``n``."""
        if self._idf != "okapi":
            return
        table = self._words_with
        for postings in held:
            if postings is not self._every:
                n = len(postings.entries)
                if n == len(table):
                    table.append(0)
                table[n] += 1
                table[n + was] -= 1

    def _rarity(self, holding: int) -> float:
        """The idf of a word that ``holding`` documents hold, now."""
        documents = len(self._slot_of)
        if self._idf == "lucene":
            return lucene_idf(documents, holding)
        idf = okapi_idf(documents, holding)
        if idf >= 0:
            return idf
        table = np.frombuffer(self._words_with, np.int64)
        n = np.flatnonzero(table[1:]) + 1
        idfs = np.log(documents - n + 0.5) - np.log(n + 0.5)
        return EPSILON * float(idfs @ table[n]) / int(table[n].sum())

    def _impacts(self, postings: Postings, mean: float) -> tuple[Ints, Floats]:
        """The slots that hold a word, and what one occurrence of it in the query adds to each one's score."""
        entries = np.frombuffer(postings.entries, np.int64)
        slots, tf = entries >> 32, entries & 0xFFFFFFFF
        lengths = np.frombuffer(self._lengths, np.int64)[slots]
        idf, k1, b = self._rarity(len(postings.entries)), self._k1, self._b
        return slots, idf * tf / (tf + k1 * (1 - b + b * lengths / mean))

    def _position(self, postings: Postings, doc_id: int | None) -> int:
        """How many entries of sorted ``postings`` have an id below ``doc_id`` (None: all)."""
        if doc_id is None:
            return len(postings.entries)
        ids = self._ids
        return bisect_left(postings.entries, doc_id, key=lambda entry: ids[entry >> 32])

    def _sort(self, postings: Postings) -> None:
        """Put late arrivals (imported tweets are old) where they belong, once, when somebody asks."""
        if postings.unsorted:
            entries = np.frombuffer(postings.entries, np.int64)
            order = np.argsort(np.frombuffer(self._ids, np.int64)[entries >> 32], kind="stable")
            postings.entries = array("q", entries[order].tobytes())
            postings.unsorted = False

    def _holds(self, postings: Postings, slots: Ints) -> npt.NDArray[np.bool_]:
        """Which of ``slots`` (ids falling) stand in sorted ``postings``: mark, look, wipe."""
        last, first = self._ids[slots[0]], self._ids[slots[-1]]
        part = postings.entries[self._position(postings, first) : self._position(postings, last + 1)]
        theirs = np.frombuffer(part, np.int64) >> 32
        self._marks[theirs] = True
        held = self._marks[slots]
        self._marks[theirs] = False
        return held
