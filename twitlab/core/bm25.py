"""BM25: how well a document answers words. The formula, and rank_bm25, the library that has it but cannot live.

In the case study Elasticsearch scores and rank_bm25 is on the package list. A word counts more the rarer it is (idf),
the more often it stands in the document (with diminishing returns, ``k1``) and the shorter the document is (``b``).
The invariant: ``RankBM25Index`` and ``inverted_index.SearchIndex`` give the same documents and scores for the same adds
and removes, so either can be swapped in and the library is the other's oracle. Lucene, and with it Twitter's search,
dropped the constant factor ``k1 + 1`` in version 8 and never lets an idf fall below 0.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal, Protocol, get_args

import numpy as np
import numpy.typing as npt

from twitlab.core.errors import InvalidRequest
from twitlab.core.model import require_id

Idf = Literal["lucene", "okapi"]
EPSILON = 0.25
"""rank_bm25's floor: an idf below 0 becomes this share of the average idf."""

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Index(Protocol):
    """What search asks of an index; a learner's own may take its place."""

    def __len__(self) -> int: ...
    def __contains__(self, doc_id: int, /) -> bool: ...
    def add(self, doc_id: int, tokens: Iterable[str]) -> None: ...
    def remove(self, doc_id: int) -> None: ...
    def top_k(self, tokens: Iterable[str], k: int) -> list[tuple[int, float]]: ...
    def newest(self, tokens: Iterable[str], k: int, max_id: int | None = None) -> list[int]: ...
    def frequency(self, token: str) -> int: ...


def lucene_idf(documents: int, holding: int) -> float:
    """How rare a word is, Lucene's way: ``ln(1 + (N - n + 1/2) / (n + 1/2))``, never negative.

    >>> round(lucene_idf(3, 3), 4)
    0.1335
    """
    return math.log(1 + (documents - holding + 0.5) / (holding + 0.5))


def okapi_idf(documents: int, holding: int) -> float:
    """How rare a word is, the textbook's way: below 0 for a word that more than half of the documents hold."""
    return math.log(documents - holding + 0.5) - math.log(holding + 0.5)


def top_score(text: float, acts: int, age_minutes: float) -> float:
    """What "top" sorts by: text x engagement x freshness.

    ``text``: the BM25 score; ``acts``: likes, replies, quotes and twice the retweets, in log2 as Earlybird takes them;
    freshness falls from 0.9 to 0.6 along Twitter's logistic age decay (half of it at 360 minutes, slope 0.003).

    >>> top_score(2.0, 0, 0) < top_score(2.0, 1, 0), top_score(2.0, 0, 0) > top_score(2.0, 0, 600)
    (True, True)
    """
    freshness = 0.6 + 0.4 / (1 + math.exp(min(0.003 * (age_minutes - 360), 700)))
    return (1 + max(0.0, text)) * (1 + math.log2(1 + acts)) * freshness


def check_options(k1: float, b: float, idf: str) -> None:
    """``InvalidRequest`` for settings that BM25 has no meaning for."""
    if type(k1) not in (int, float) or not 0 < k1 < math.inf:
        raise InvalidRequest(f"k1={k1!r}: give a number above 0 (1.2 is usual)")
    if type(b) not in (int, float) or not 0 <= b <= 1:
        raise InvalidRequest(f"b={b!r}: give a number from 0 (length does not matter) to 1")
    if idf not in get_args(Idf):
        raise InvalidRequest(f"idf={idf!r}: choose one of {', '.join(get_args(Idf))}")


def check_tokens(tokens: Iterable[str]) -> list[str]:
    """``tokens`` as a list; one bare string is refused, for it would be read as its letters."""
    if isinstance(tokens, str) or not isinstance(tokens, Iterable):
        raise InvalidRequest(f"tokens={tokens!r:.80}: give a list of words, such as {str(tokens).split()[:3]!r:.80}")
    return list(tokens)


def check_count(k: int) -> int:
    """``k`` if it is a number of results, 1 or more."""
    if type(k) is not int or k < 1:
        raise InvalidRequest(f"k={k!r:.80}: give a whole number of results, 1 or more")
    return k


def best(ids: Ints, scores: Floats, k: int, copies: int = 1) -> list[tuple[int, float]]:
    """The ``k`` best of documents that may each stand up to ``copies`` times: larger score, then smaller id."""
    if len(scores) > k * copies:
        keep = scores >= np.partition(scores, len(scores) - k * copies)[len(scores) - k * copies]
        ids, scores = ids[keep], scores[keep]
    if copies > 1:
        ids, first = np.unique(ids, return_index=True)
        scores = scores[first]
    order = np.lexsort((ids, -scores))[:k]
    return list(zip(ids[order].tolist(), scores[order].tolist(), strict=True))


class RankBM25Index:
    """rank_bm25 itself behind the same methods: the library cannot add, so it is rebuilt after every change.

    The oracle of ``SearchIndex`` and the first act of chapter 08: 100,000 tweets take it 0.4 s to build, 50 ms to ask.
    """

    def __init__(self, k1: float = 1.2, b: float = 0.75, idf: Idf = "okapi") -> None:
        check_options(k1, b, idf)
        self._k1, self._b, self._idf = k1, b, idf
        self._documents: dict[int, list[str]] = {}
        self._built: tuple[Any, Ints] | None = None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._documents)

    def __contains__(self, doc_id: int) -> bool:
        return doc_id in self._documents

    def add(self, doc_id: int, tokens: Iterable[str]) -> None:
        """Index a document; one that is known is replaced."""
        require_id(doc_id, "doc_id")
        tokens = check_tokens(tokens)
        with self._lock:
            self._documents[doc_id] = tokens
            self._built = None

    def remove(self, doc_id: int) -> None:
        """Forget a document; an unknown one is nothing to forget."""
        require_id(doc_id, "doc_id")
        with self._lock:
            if self._documents.pop(doc_id, None) is not None:
                self._built = None

    def top_k(self, tokens: Iterable[str], k: int) -> list[tuple[int, float]]:
        """The ``k`` best documents that hold at least one token, without the library's constant factor ``k1 + 1``."""
        tokens, k = check_tokens(tokens), check_count(k)
        with self._lock:
            if not any(self._documents.values()):
                return []
            if self._built is None:
                self._built = self._build()
            bm25, ids = self._built
            words = set(tokens)
            holding = np.fromiter((not words.isdisjoint(times) for times in bm25.doc_freqs), bool, len(ids))
            with np.errstate(invalid="ignore"):  # b=1 and an empty document: 0 / 0, which nobody is shown
                scores = bm25.get_scores(tokens) / (self._k1 + 1)
            return best(ids[holding], scores[holding], k)

    def newest(self, tokens: Iterable[str], k: int, max_id: int | None = None) -> list[int]:
        """The ``k`` largest ids below ``max_id`` whose documents hold all ``tokens``, by looking at every document."""
        words, k = set(check_tokens(tokens)), check_count(k)
        if max_id is not None:
            require_id(max_id, "max_id")
        with self._lock:
            found = [i for i, held in self._documents.items() if (max_id is None or i < max_id) and words.issubset(held)]
        return sorted(found, reverse=True)[:k]

    def frequency(self, token: str) -> int:
        """How many documents hold ``token``."""
        with self._lock:
            return sum(token in held for held in self._documents.values())

    def _build(self) -> tuple[Any, Ints]:
        from rank_bm25 import BM25Okapi

        ids = sorted(self._documents)
        bm25 = BM25Okapi([self._documents[i] for i in ids], k1=self._k1, b=self._b, epsilon=EPSILON)
        if self._idf == "lucene":
            holding = Counter(word for times in bm25.doc_freqs for word in times)
            bm25.idf = {word: lucene_idf(len(ids), n) for word, n in holding.items()}
        return bm25, np.array(ids, dtype=np.int64)
