"""Snowflake: 64-bit ids that need no coordination and sort by time.

In the case study: ``TwitterTweetService.generate_tweet_id``, which forgets the epoch (41 bits of Unix milliseconds end
in 2039, not 2080), trusts the clock and lets the sequence wrap inside a millisecond. The invariant here: per worker,
each id is larger than every id before it; no two workers ever make the same one. Twitter's own generator made at
least 10,000 ids a second per process with the same layout and also refused to run on a clock that went back.

        63   62 .............. 22   21 ...... 12   11 ...... 0
         0   milliseconds (41 bits)  worker (10)   sequence (12)
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from twitlab.core.clock import Clock
from twitlab.core.errors import ClockMovedBackwards, InvalidId, InvalidRequest

EPOCH_MS = 1_288_834_974_657
"""2010-11-04T01:42:54.657Z, the moment Twitter's ids start counting from."""

WORKER_BITS = 10
SEQUENCE_BITS = 12
WORKER_SHIFT = SEQUENCE_BITS
TIME_SHIFT = SEQUENCE_BITS + WORKER_BITS
MAX_WORKER = (1 << WORKER_BITS) - 1
MAX_SEQUENCE = (1 << SEQUENCE_BITS) - 1
MAX_ID = (1 << 63) - 1
LAST_MS = EPOCH_MS + (1 << 41) - 1
"""2080-07-10: the last millisecond that 41 bits can hold."""

PATIENCE_MS = 5_000
"""How far a clock may step back before waiting for it stops being reasonable."""


def timestamp_ms(snowflake: int) -> int:
    """The millisecond (Unix) in which an id was made.

    >>> timestamp_ms(1212092628029698048)
    1577820376771
    """
    if type(snowflake) is not int or not 0 <= snowflake <= MAX_ID:
        raise InvalidId(f"{snowflake!r} is not an id: give an int, 0 <= id < 2**63")
    return (snowflake >> TIME_SHIFT) + EPOCH_MS


def first_id_at(ms: int) -> int:
    """The smallest id that millisecond ``ms`` (Unix) can hold: turns a time into a border between ids.

    Before the epoch that is 0: nothing older has an id.

    >>> timestamp_ms(first_id_at(1_700_000_000_000))
    1700000000000
    """
    if type(ms) is not int or ms < 0:
        raise InvalidRequest(f"first_id_at({ms!r}): give milliseconds since 1970 as an int, 0 or more")
    return min(max(ms - EPOCH_MS, 0) << TIME_SHIFT, MAX_ID)


class Snowflake:
    """The generator of one worker (0-1023). Safe to share between threads.

    ``after`` is the largest id that exists already (after a restart): every new id is larger.
    """

    def __init__(self, worker_id: int, clock: Clock, *, after: int = 0) -> None:
        if type(worker_id) is not int or not 0 <= worker_id <= MAX_WORKER:
            raise InvalidRequest(f"worker_id {worker_id!r}: give an int from 0 to {MAX_WORKER}")
        self._worker = worker_id << WORKER_SHIFT
        self._now_ms: Callable[[], int] = clock.now_ms
        self._clock = clock
        self._lock = threading.Lock()
        self._last_ms = timestamp_ms(after)
        self._sequence = MAX_SEQUENCE  # the millisecond of `after` counts as used up

    def next_id(self) -> int:
        """One new id. Waits when a millisecond's 4,096 ids are used up, or the clock stepped back up to 5 s.

        Raises ``ClockMovedBackwards`` when the clock is further behind.
        """
        with self._lock:
            now = self._now_ms()
            if self._last_ms < now <= LAST_MS:
                self._sequence = 0
            else:
                now = self._same_or_next(now)
            self._last_ms = now
            return (now - EPOCH_MS) << TIME_SHIFT | self._worker | self._sequence

    def next_ids(self, n: int) -> list[int]:
        """``n`` new ids in ascending order, a millisecond's block at a time (at most 4,096 a millisecond)."""
        if type(n) is not int or n < 0:
            raise InvalidRequest(f"next_ids({n!r}): give a number of ids, 0 or more")
        ids: list[int] = []
        while n > 0:
            first = self.next_id()
            with self._lock:
                same = first & MAX_SEQUENCE == self._sequence and timestamp_ms(first) == self._last_ms
                room = min(n - 1, MAX_SEQUENCE - self._sequence) if same else 0
                self._sequence += room
            ids.extend(range(first, first + room + 1))
            n -= room + 1
        return ids

    def _same_or_next(self, now: int) -> int:
        """The clock has not moved past the last id: use its millisecond up, then wait for the next."""
        if now > LAST_MS:
            raise InvalidRequest(f"the clock says {now} ms: 41 bits of milliseconds end at {LAST_MS}, in 2080")
        behind = self._last_ms - now
        if behind > PATIENCE_MS:
            raise ClockMovedBackwards(
                f"the clock says {now} ms, the newest id was made at {self._last_ms} ms: {behind} ms behind, and at most "
                f"{PATIENCE_MS} are waited for. Set the clock right, or wait."
            )
        if self._sequence < MAX_SEQUENCE:
            target, sequence = self._last_ms, self._sequence + 1
        else:
            target, sequence = self._last_ms + 1, 0
        while now < target:
            self._clock.wait_ms(target - now)
            now = self._now_ms()
        self._sequence = sequence if now == target else 0
        return now
