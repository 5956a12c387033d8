"""Timelines: per reader, the ids of tweets pushed to them, in a Redis sorted set.

In the case study: ``TwitterTimelineStorage``, with float timestamps as scores, an inclusive ``max_position`` and a key that
a single push after its expiry brings back as a one-tweet timeline. Here all scores are 0 and the members are ids of
fixed width, so Redis orders them as text and no bit is lost (a double keeps 53 bits: 600 Snowflakes of one
millisecond collapse to 3 scores). Twitter kept 800 ids a reader, three copies, about 40 TB of them in 2014.

Invariants, and why a page can trust this list:

1. A timeline is *built* when the reader's mark (in ``seen``) and the list's own sentinel are both there. Whoever skips a
   push to a marked reader removes the mark first. So built means: every push since the building has arrived.
2. Only the newest ``cap`` entries are trusted. If there are fewer, the list is complete; if not, what is older than the
   cap-th entry belongs to the store. Entries are only added, so no entry ever moves up into the trusted part.
3. A tweet that was not pushed to everybody raises its author's ``unpushed`` id: readers pull that author up to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twitlab.core.clock import Clock
from twitlab.core.config import Config
from twitlab.storage.generation import Generation

if TYPE_CHECKING:
    import redis

SENTINEL = "!"
"""The member that says "built": below every digit, so it is always the last of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Some trusted ids, newest first. ``floor``: what is older has to come from the store; None: read on here."""

    ids: list[int]
    floor: int | None
    complete: bool


class TimelineStore:
    """The sorted-set layout: ``<prefix>{p}:timeline:<user>`` and ``<prefix>{p}:seen``, p the user's partition."""

    def __init__(self, redis: redis.Redis, *, clock: Clock, config: Config, generation: Generation) -> None:
        self._redis, self._clock, self._config, self._generation = redis, clock, config, generation
        self.reads: Counter[int] = Counter()
        kept = redis.hgetall(self._unpushed_key())
        self.unpushed: dict[int, int] = {int(author): int(tweet_id) for author, tweet_id in kept.items()}

    def push(self, tweet_id: int, readers: Sequence[int], *, active_since_ms: int = 0) -> int:
        """Add a tweet to the timelines of ``readers`` that are built; the number of deliveries.

        A reader last seen before ``active_since_ms``, or longer ago than the timelines' lifetime, gets nothing and loses
        the mark: the next read rebuilds.
        """
        by_partition: dict[int, list[int]] = {}
        for reader in readers:
            by_partition.setdefault(reader % self._config.user_partitions, []).append(reader)
        oldest = max(active_since_ms, self._clock.now_ms() - self._config.timeline_ttl_s * 1000)
        asking = self._redis.pipeline(transaction=False)
        for partition, members in by_partition.items():
            asking.zmscore(self._seen_key(partition), [str(one) for one in members])
        member, deliveries = _member(tweet_id), 0
        pushing = self._redis.pipeline(transaction=False)
        for (partition, members), marks in zip(by_partition.items(), asking.execute(), strict=True):
            stale = [one for one, mark in zip(members, marks, strict=True) if mark is not None and mark < oldest]
            if stale:
                pushing.zrem(self._seen_key(partition), *stale)
            for one, mark in zip(members, marks, strict=True):
                if mark is not None and mark >= oldest:
                    deliveries += 1
                    pushing.zadd(self._key(one), {member: 0})
                    if (one + (tweet_id >> 22) + tweet_id) % self._config.trim_every == 0:
                        pushing.zremrangebyrank(self._key(one), 1, -(self._config.timeline_cap + 1))
        if pushing.command_stack:
            pushing.execute()
        return deliveries

    def newest(self, user_id: int, count: int) -> Chunk | None:
        """The newest ``count`` ids (at most the cap), counted as a read; None: not built."""
        self.reads[user_id] += 1
        count = min(count, self._config.timeline_cap)
        pipe = self._redis.pipeline(transaction=False)
        pipe.zscore(self._seen(user_id), str(user_id))
        pipe.zscore(self._key(user_id), SENTINEL)
        pipe.zrevrange(self._key(user_id), 0, count - 1)
        mark, sentinel, members = pipe.execute()
        if mark is None or sentinel is None:
            return None
        self._saw(user_id, mark)
        return self._chunk(members, count, at_cap=count == self._config.timeline_cap)

    def older(self, user_id: int, before: int, count: int) -> Chunk | None:
        """At most ``count`` trusted ids older than ``before``; None: not built."""
        cap = self._config.timeline_cap
        pipe = self._redis.pipeline(transaction=False)
        pipe.zscore(self._seen(user_id), str(user_id))
        pipe.zscore(self._key(user_id), SENTINEL)
        pipe.zrevrange(self._key(user_id), cap - 1, cap - 1)
        pipe.zrevrangebylex(self._key(user_id), f"({_member(before)}", "[0", start=0, num=count)
        mark, sentinel, last, members = pipe.execute()
        if mark is None or sentinel is None:
            return None
        floor = last[0] if last and last[0] != SENTINEL.encode() else b""
        trusted = [member for member in members if member >= floor]
        done = len(members) < count or len(trusted) < len(members)
        return Chunk(
            ids=[int(one) for one in trusted], floor=int(floor) if floor and done else None, complete=done and not floor
        )

    def arrived(self, user_id: int, ids: Sequence[int]) -> bool:
        """Whether any of ``ids`` is in the reader's list, or older than what the list is trusted for."""
        cap = self._config.timeline_cap
        pipe = self._redis.pipeline(transaction=False)
        pipe.zmscore(self._key(user_id), [_member(one) for one in ids])
        pipe.zrevrange(self._key(user_id), cap - 1, cap - 1)
        scores, last = pipe.execute()
        floor = int(last[0]) if last and last[0] != SENTINEL.encode() else -1
        return any(score is not None or one < floor for one, score in zip(ids, scores, strict=True))

    def begin(self, user_id: int) -> None:
        """Announce a building: pushes from now on are accepted. Read the store after this, then ``add(built=True)``."""
        self._redis.zadd(self._seen(user_id), {str(user_id): self._clock.now_ms()})

    def add(self, user_id: int, ids: Iterable[int], *, built: bool = False) -> None:
        """Add ids (never replace: a push may have come meanwhile); ``built`` sets the sentinel with them, in one command."""
        members: dict[str, float] = {_member(one): 0 for one in ids}
        if built:
            members[SENTINEL] = 0
        if members:
            self._redis.zadd(self._key(user_id), members)
        if built:
            self._redis.expire(self._key(user_id), 2 * self._config.timeline_ttl_s + 1)

    def is_marked(self, user_id: int) -> bool:
        """Whether pushes to this reader are accepted."""
        return self._redis.zscore(self._seen(user_id), str(user_id)) is not None

    def note_unpushed(self, author_id: int, tweet_id: int) -> None:
        """The tweet is not pushed to every follower: readers pull the author up to it."""
        if tweet_id > self.unpushed.get(author_id, -1):
            self._redis.hset(self._unpushed_key(), str(author_id), str(tweet_id))
            self.unpushed[author_id] = tweet_id

    def _saw(self, user_id: int, mark: float) -> None:
        """Move the reader's mark, and the list's lifetime, a few times per lifetime; XX: a removed mark stays removed."""
        now, life = self._clock.now_ms(), self._config.timeline_ttl_s * 1000
        if now - mark > life / 16 or now < mark:
            pipe = self._redis.pipeline(transaction=False)
            pipe.zadd(self._seen(user_id), {str(user_id): now}, xx=True)
            pipe.expire(self._key(user_id), 2 * self._config.timeline_ttl_s + 1)
            pipe.execute()

    def _chunk(self, members: list[bytes], count: int, *, at_cap: bool) -> Chunk:
        ids = [int(one) for one in members if one != SENTINEL.encode()]
        complete = len(ids) < count
        return Chunk(ids=ids, floor=ids[-1] if at_cap and not complete else None, complete=complete)

    def _key(self, user_id: int) -> str:
        return f"{self._generation.prefix}{{{user_id % self._config.user_partitions}}}:timeline:{user_id}"

    def _seen(self, user_id: int) -> str:
        return self._seen_key(user_id % self._config.user_partitions)

    def _seen_key(self, partition: int) -> str:
        return f"{self._generation.prefix}{{{partition}}}:seen"

    def _unpushed_key(self) -> str:
        return f"{self._generation.prefix}unpushed"


def _member(tweet_id: int) -> str:
    return f"{tweet_id:019d}"
