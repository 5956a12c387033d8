"""The fan-out queue: batches of followers waiting for a tweet, fair between authors, in Redis lists.

In the case study: ``FanOutQueue.enqueue({'tweet': tweet, 'follower_batch': batch})``, never defined. The invariant: a
batch leaves the queue only after it was worked (at least once), and each author in turn has one batch worked, so that
one author with a million followers does not delay everybody. Red Planet Labs' Mastodon does the same: at most 1,000
followers of an author per round, then the next author.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twitlab.storage.generation import Generation

if TYPE_CHECKING:
    import redis


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One tweet on its way to at most ``Config.fanout_batch`` followers. ``active_only``: to those seen lately."""

    author_id: int
    tweet_id: int
    active_only: bool
    readers: Sequence[int]


class FanoutQueue:
    """A list of batches per lane (an author, or one lane for all if not ``fair``) and the ring of waiting lanes."""

    def __init__(self, redis: redis.Redis, *, generation: Generation, fair: bool = True) -> None:
        self._redis, self._generation, self._fair = redis, generation, fair
        last = redis.zrange(self._ring(), -1, -1, withscores=True)
        self._turn = int(last[0][1]) if last else 0

    def put(self, author_id: int, tweet_id: int, readers: Sequence[int], *, size: int, active_only: bool) -> int:
        """Queue a tweet for ``readers`` in batches of ``size``; the number of batches."""
        batches = [_pack(author_id, tweet_id, active_only, readers[at : at + size]) for at in range(0, len(readers), size)]
        if batches:
            lane = author_id if self._fair else 0
            self._turn += 1
            pipe = self._redis.pipeline(transaction=True)
            pipe.rpush(self._lane(lane), *batches)
            pipe.zadd(self._ring(), {str(lane): self._turn}, nx=True)
            pipe.execute()
        return len(batches)

    def take(self) -> tuple[int, Batch] | None:
        """The lane whose turn it is and its oldest batch, which stays queued until ``done``; None: nothing waits."""
        ring: list[Any] = self._redis.zrange(self._ring(), 0, 0)
        if not ring:
            return None
        lane = int(ring[0])
        raw: Any = self._redis.lindex(self._lane(lane), 0)
        if raw is None:  # an eviction took the list and left its turn
            self._redis.zrem(self._ring(), str(lane))
            return self.take()
        return lane, _unpack(raw)

    def done(self, lane: int) -> None:
        """The lane's oldest batch is worked: strike it off; the lane goes to the end of the ring, or leaves it."""
        pipe = self._redis.pipeline(transaction=False)
        pipe.lpop(self._lane(lane))
        pipe.llen(self._lane(lane))
        left = pipe.execute()[1]
        if left:
            self._turn += 1
            self._redis.zadd(self._ring(), {str(lane): self._turn})
        else:
            self._redis.zrem(self._ring(), str(lane))

    def waiting(self) -> list[Batch]:
        """Every queued batch, lane by lane in the order of their turns."""
        lanes: list[Any] = self._redis.zrange(self._ring(), 0, -1)
        raws: list[Any] = [raw for lane in lanes for raw in self._redis.lrange(self._lane(int(lane)), 0, -1)]
        return [_unpack(raw) for raw in raws]

    def _ring(self) -> str:
        return f"{self._generation.prefix}{{queue}}:ring"

    def _lane(self, lane: int) -> str:
        return f"{self._generation.prefix}{{queue}}:lane:{lane}"


def _pack(author_id: int, tweet_id: int, active_only: bool, readers: Sequence[int]) -> bytes:
    return array("q", [author_id, tweet_id, active_only, *readers]).tobytes()


def _unpack(raw: bytes) -> Batch:
    author_id, tweet_id, active_only, *readers = array("q", raw)
    return Batch(author_id=author_id, tweet_id=tweet_id, active_only=bool(active_only), readers=readers)
