"""The result cache of search: what matched, for 300 s of the Clock, dropped at once when that changes.

In the case study: ``self.search_cache.cache_results(cache_key, results, ttl=300)``, which hides a new tweet for five
minutes and shows a deleted one as long. The invariant: an entry equals what the index would answer now. It holds ids
that match, never who may see them, so one entry serves every viewer and no block or delete has to be waited for.
Elasticsearch turns the question round the same way and calls it percolation: the new document is asked which stored
queries it matches.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from twitlab.core.clock import Clock
from twitlab.core.matching import required
from twitlab.core.query import Clause, Query


class Match(NamedTuple):
    """A tweet that satisfies these clauses of the query, apart from what they ask of its counts."""

    tweet_id: int
    clauses: list[Clause]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some matches in the order of the walk and the id below which it goes on (None: it ended)."""

    matches: list[Match]
    below: int | None
    expires_ms: int
    watched: list[frozenset[str]]


class MatchCache:
    """Pieces of walks by (query, where they start, how many); ``ttl_ms`` 0: off; at most ``room`` entries."""

    def __init__(self, *, clock: Clock, ttl_ms: int, room: int = 256) -> None:
        self._clock, self._ttl_ms, self._room = clock, ttl_ms, room
        self._pieces: dict[Hashable, Piece] = {}
        self._changes = 0  # an answer computed while the index changed is used once and not kept
        self._lock = threading.Lock()
        self.hits = self.misses = 0

    def piece(self, query: Query, below: int, size: int, find: Callable[[], Iterator[Match]]) -> Piece:
        """The next ``size`` matches below an id: kept, or found now by ``find`` and kept."""
        key, now = (query, below, size), self._clock.now_ms()
        with self._lock:
            kept, changes = self._pieces.get(key), self._changes
            if kept and now < kept.expires_ms:
                self.hits += 1
                return kept
        self.misses += 1
        found = list(islice(find(), size))
        piece = Piece(
            matches=found,
            below=found[-1].tweet_id if len(found) == size else None,
            expires_ms=now + self._ttl_ms,
            watched=[frozenset(required(clause)) for clause in query.clauses],
        )
        with self._lock:
            if self._ttl_ms and self._changes == changes:
                self._pieces.pop(key, None)
                self._pieces[key] = piece
                if len(self._pieces) > self._room:
                    del self._pieces[next(iter(self._pieces))]
        return piece

    def added(self, keys: frozenset[str]) -> None:
        """A document with these keys came: drop every piece it may belong to."""
        self._drop(lambda piece: any(watched <= keys for watched in piece.watched))

    def removed(self, tweet_id: int) -> None:
        """A tweet went: drop every piece it stands in."""
        self._drop(lambda piece: any(match.tweet_id == tweet_id for match in piece.matches))

    def _drop(self, stale: Callable[[Piece], bool]) -> None:
        with self._lock:
            self._changes += 1
            for key in [key for key, piece in self._pieces.items() if stale(piece)]:
                del self._pieces[key]
