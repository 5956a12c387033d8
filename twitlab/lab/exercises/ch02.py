"""The exercises of chapter 02, ids: a generator built and broken, and what a time inside an id is good for.

In the case study: `generate_tweet_id`, and "extract timestamp from Snowflake ID", a helper it never defines.
Invariant judged here: no duplicate, never a smaller id, never an id from the future.
Twitter's own generator is stricter about a clock that goes back: it throws until the clock has caught up.
"""

from __future__ import annotations

from typing import Any

from twitlab.app import Twitter
from twitlab.core.clock import ManualClock
from twitlab.core.errors import ClockMovedBackwards
from twitlab.core.snowflake import EPOCH_MS, Snowflake, first_id_at, timestamp_ms
from twitlab.lab.exercises import Wrong, function, judged, value

NOON = 1_700_000_000_000
DAY_MS = 86_400_000
SAMPLES = [((NOON + 5 - EPOCH_MS) << 22 | 7 << 12 | 9,), (1 << 22 | 1023 << 12 | 4095,), (4096 << 22 | 1 << 12,)]


class RestlessClock(ManualClock):
    """A clock that also ticks when code spins on it, and loses patience when code spins for ever."""

    def __init__(self, now_ms: int) -> None:
        super().__init__(now_ms)
        self._reads = 0

    def now_ms(self) -> int:
        self._reads += 1
        if self._reads % 20_000 == 0:
            self.advance(1)
        if self._reads > 1_000_000:
            raise Wrong("your generator waits for ever. A clock more than 5 s behind: raise ClockMovedBackwards.")
        return super().now_ms()


# ---------------------------------------------------------------- 02.1, Build it


def judge_generator(answer: Any) -> None:
    """Ask a generator for ids at one moment, in one millisecond, on a clock that goes back; then run Twitter on it."""
    clock = RestlessClock(NOON)
    maker = answer(7, clock)
    first = maker.next_id()
    if type(first) is not int:
        raise Wrong(f"next_id() gave {first!r}, which is no int. Is a `return` missing?")
    if first >> 22 == NOON or first >> 22 > 1 << 40:
        raise Wrong("the id's time counts from 1970. Subtract the epoch 1288834974657 before you shift.")
    if timestamp_ms(first) != NOON:
        raise Wrong("the upper 41 bits are not the clock's time. Shift the milliseconds by 22: 10 worker + 12 sequence.")
    if first >> 12 & 1023 != 7:
        raise Wrong(f"bits 12 to 21 hold {first >> 12 & 1023}, not worker 7. Shift the worker by 12.")
    many = [first, *(maker.next_id() for _ in range(4_999))]
    if twice := len(many) - len(set(many)):
        raise Wrong(
            f"5,000 ids in one millisecond, {twice:,} of them twice. After 4,096 the sequence wraps: "
            "wait for the next millisecond."
        )
    _judge_order(many, maker, clock)
    _judge_in_place(answer)


def _judge_order(many: list[int], maker: Any, clock: RestlessClock) -> None:
    if many != sorted(many):
        raise Wrong("a later id is smaller than an earlier one. Within a millisecond count the sequence up from 0.")
    if timestamp_ms(many[-1]) > clock.now_ms():
        raise Wrong("an id comes from the future: wait until the clock shows its millisecond (clock.wait_ms(1)).")
    clock.advance(-3)
    try:
        later = maker.next_id()
    except ClockMovedBackwards as error:
        raise Wrong("the clock stepped back 3 ms and you gave up. Up to 5 s: wait.") from error
    if later <= many[-1]:
        raise Wrong("the clock stepped back 3 ms and the next id was not larger. Remember the last millisecond.")
    clock.advance(-10_000)
    try:
        maker.next_id()
    except ClockMovedBackwards:
        return
    raise Wrong("the clock stepped back 10 s and nothing was raised. More than 5 s behind: raise ClockMovedBackwards.")


def _judge_in_place(answer: Any) -> None:
    with Twitter(ids=answer, clock=RestlessClock(NOON)) as tw:
        author = tw.users.register("author")
        posted = [tw.tweets.post_tweet(author.user_id, f"tweet {number}").tweet_id for number in range(3)]
        shown = [tweet.tweet_id for tweet in tw.timelines.get_timeline(author.user_id).tweets]
        if shown != posted[::-1]:
            raise Wrong("a Twitter with your ids shows its tweets in another order than newest first.")


class _Draft:
    """A generator with the learner's typical faults, each switched on by a subclass."""

    epoch, worker_shift, wraps, trusts, borrows, waits = EPOCH_MS, 12, False, False, False, False

    def __init__(self, worker_id: int, clock: Any) -> None:
        self.worker_id, self.clock, self.last_ms, self.sequence = worker_id, clock, -1, 0

    def next_id(self) -> int:
        now = self.clock.now_ms()
        if now < self.last_ms - 5_000 and not self.waits:
            raise ClockMovedBackwards(f"{self.last_ms - now} ms behind")
        if now > self.last_ms or (self.trusts and now != self.last_ms):
            self.last_ms, self.sequence = now, 0
        elif self.sequence < 4095 or self.wraps:
            self.sequence = (self.sequence + 1) % 4096
        else:
            self.last_ms, self.sequence = self.last_ms + 1, 0
        while not self.borrows and self.clock.now_ms() < self.last_ms:
            self.clock.wait_ms(1)
        return (self.last_ms - self.epoch) << 22 | self.worker_id << self.worker_shift | self.sequence


class _FromTheFuture(_Draft):
    borrows = True


class _NoEpoch(_Draft):
    epoch = 0


class _WorkerAtTheEnd(_Draft):
    worker_shift = 0


class _Wraps(_Draft):
    wraps = True


class _TrustsTheClock(_Draft):
    trusts = True


class _NeverGivesUp(_Draft):
    waits = True


# ---------------------------------------------------------------- 02.2 to 02.5


def parts(snowflake: int) -> tuple[int, int, int]:
    """Time (Unix ms), worker and sequence of an id."""
    return timestamp_ms(snowflake), snowflake >> 12 & 1023, snowflake & 4095


def ids_of_day(day_ms: int) -> tuple[int, int]:
    """The ids of the UTC day that begins at `day_ms`: the first one, and the first one after it."""
    return first_id_at(day_ms), first_id_at(day_ms + DAY_MS)


def layout(workers: int, ids_per_ms: int) -> tuple[int, int, int]:
    """Bits for time, worker and sequence, 63 in all: the fewest that hold the last two, the rest for the time."""
    worker, sequence = (workers - 1).bit_length(), (ids_per_ms - 1).bit_length()
    return 63 - worker - sequence, worker, sequence


EXERCISES = (
    judged(
        "02.1",
        judge=judge_generator,
        reference=Snowflake,
        mistakes=[
            (_NoEpoch, "Subtract the epoch"),
            (_WorkerAtTheEnd, "Shift the worker by 12"),
            (_Wraps, "the sequence wraps"),
            (_FromTheFuture, "comes from the future"),
            (_TrustsTheClock, "Remember the last millisecond"),
            (_NeverGivesUp, "nothing was raised"),
        ],
        done="5,000 ids in a millisecond, a clock that goes back, a Twitter on top: no duplicate, none smaller.",
    ),
    value(
        "02.2",
        reference=lambda: 2**10 * 2**12,
        hint="Multiply the number of workers by the number of sequence values.",
        mistakes=[
            (lambda: 2**12, "That is one worker's share: how many workers do 10 bits number?"),
            (lambda: 1023 * 4095, "10 bits hold the values 0 to 1023: that is one more than the largest of them."),
            (lambda: 2**10 + 2**12, "Every worker has its own sequence, so the two multiply."),
        ],
        done="all workers together can make over four million ids in each millisecond.",
    ),
    function(
        "02.3",
        reference=parts,
        cases=lambda: SAMPLES,
        hint="Shift right by 22 for the time, by 12 for the worker, and keep 10 or 12 bits with `& 1023`, `& 4095`.",
        mistakes=[
            (lambda i: (i >> 22, i >> 12 & 1023, i & 4095), "Add the epoch 1288834974657 to the time."),
            (lambda i: (timestamp_ms(i), i >> 12, i & 4095), "The worker still carries the time: keep 10 bits."),
            (lambda i: (timestamp_ms(i), i & 1023, i >> 10 & 4095), "The sequence is the lowest part."),
        ],
    ),
    function(
        "02.4",
        reference=ids_of_day,
        cases=lambda: [(NOON - NOON % DAY_MS,), (NOON - NOON % DAY_MS + 31 * DAY_MS,)],
        hint="Use first_id_at twice: at the start of this day and at the start of the next.",
        mistakes=[
            (lambda d: (first_id_at(d), first_id_at(d + DAY_MS) - 1), "The second id is exclusive: no `- 1`."),
            (lambda d: (first_id_at(d), first_id_at(d + 86_400)), "A day has 86,400 seconds; ids count milliseconds."),
            (lambda d: (d << 22, (d + DAY_MS) << 22), "Ids count from the epoch, not from 1970: use first_id_at."),
        ],
        done="a day is one range of ids, so an index on the id is also an index on the time.",
    ),
    function(
        "02.5",
        reference=layout,
        cases=lambda: [(1024, 4096), (1000, 4000), (1025, 4096), (1, 65536), (5000, 100)],
        hint="n values need the fewest bits b with 2**b >= n; what is left of 63 goes to the time.",
        mistakes=[
            (
                lambda w, s: (63 - w.bit_length() - s.bit_length(), w.bit_length(), s.bit_length()),
                "1,024 workers are numbered 0 to 1,023: that takes 10 bits, not 11.",
            ),
            (
                lambda w, s: (64 - (w - 1).bit_length() - (s - 1).bit_length(), *layout(w, s)[1:]),
                "The highest bit stays 0, so that the id is positive in every language: 63 bits.",
            ),
        ],
        done="every bit for workers halves the years.",
    ),
)
