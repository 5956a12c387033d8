"""The judges of chapter 03: what a partition function must keep, whatever ids come.

In the case study: ``get_shard_key`` is used four times and never defined. Invariant judged here: an id belongs to one
partition for ever, in every process, and no partition takes much more than its share of any day that Snowflakes make.
Real Twitter hashed ids because "Snowflake ids can be more evenly sharded"; their low bits alone cannot.
"""

from __future__ import annotations

import builtins
import contextlib
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from twitlab.app import Twitter
from twitlab.core.clock import ManualClock
from twitlab.core.config import Config
from twitlab.core.snowflake import EPOCH_MS
from twitlab.lab.exercises import Wrong, show

NOON = 1_700_000_000_000
PARTITIONS = 16
NAME = re.compile(r"tweets_[A-Za-z0-9_]{1,40}")
MASK = (1 << 64) - 1


def mix(number: int) -> int:
    """Every bit of a number stirred into all 64 bits of another (the finisher of splitmix64).

    >>> mix(1) % 16, mix(2) % 16, mix(3) % 16
    (5, 10, 0)
    """
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 & MASK
    number = (number ^ number >> 27) * 0x94D049BB133111EB & MASK
    return number ^ number >> 31


def _id(ms: int, worker: int, sequence: int) -> int:
    return (ms - EPOCH_MS) << 22 | worker << 12 | sequence


def days() -> dict[str, list[int]]:
    """Ids as Snowflakes really make them: on a quiet day, in a busy second, from 32 workers."""
    rng = random.Random(3)
    quiet, ms = list[int](), NOON
    for _ in range(4_000):
        ms += rng.randrange(1, 40_000)
        quiet.append(_id(ms, 7, 0))
    busy = [_id(NOON + ms, 7, sequence) for ms in range(300) for sequence in range(16)]
    many = [_id(NOON + rng.randrange(86_400_000), worker, 0) for worker in range(32) for _ in range(150)]
    return {"one worker's quiet day": quiet, "a busy second": busy, "32 workers' day": many}


@contextlib.contextmanager
def another_process(answer: Any) -> Iterator[None]:
    """While this lasts, ``hash`` of anything but a number differs, as it does in every new process."""
    space = getattr(answer, "__globals__", {})
    missing = object()
    before = space.get("hash", missing)
    usual = builtins.hash if before is missing else before
    space["hash"] = lambda x: usual(x) if isinstance(x, int | float) else usual(("another process", x))
    try:
        yield
    finally:
        if before is missing:
            del space["hash"]
        else:
            space["hash"] = before


def judge_partition(answer: Any) -> None:
    """Names, for ever, even; then a Twitter that keeps its tweets that way."""
    if not callable(answer):
        raise Wrong(f"{show(answer)} is not a function: hand in its name, without brackets behind it.")
    samples = days()
    _judge_names(answer, samples)
    for when, ids in samples.items():
        load = Counter(map(answer, ids))
        if max(load.values()) > 2 * len(ids) / PARTITIONS:
            share, name = max(load.values()) / len(ids), load.most_common(1)[0][0]
            raise Wrong(f"{when}: {name} takes {share:.0%} of the writes, its share is 6 %. {_why(answer, ids)}")
    names = set(map(answer, [one for ids in samples.values() for one in ids]))
    if len(names) != PARTITIONS:
        raise Wrong(f"{len(names)} different names, not {PARTITIONS}: some of the machines stay empty.")
    _judge_in_place(answer)


def _judge_names(answer: Any, samples: dict[str, list[int]]) -> None:
    some = [one for ids in samples.values() for one in ids[::40]]
    first = [answer(one) for one in some]
    for name in first:
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise Wrong(f"{show(name)} is no name for a partition. Begin with tweets_, then letters, digits, underscores.")
    if first != [answer(one) for one in reversed(some)][::-1]:
        raise Wrong("asked twice, the same id went to two partitions. Look at nothing but the id: no counter, no chance.")
    with another_process(answer):
        if first != [answer(one) for one in some]:
            raise Wrong("in another process the same id goes elsewhere: Python salts hash() of texts. Use arithmetic.")
    if len(set(first)) > 5 * PARTITIONS:
        raise Wrong(f"{len(set(first))} partitions for {len(some)} ids. Each is a file: make exactly {PARTITIONS}.")


def _why(answer: Callable[[int], str], ids: list[int]) -> str:
    """What of the id the function looked at: change the others and see whether the name stays."""
    low = {answer(one ^ sequence) for one in ids[:5] for sequence in range(1, 9)} - {answer(one) for one in ids[:5]}
    if len({answer(one + (1 << 22)) for one in ids[:200]} | {answer(one) for one in ids[:200]}) == 1:
        if low:
            return "The lowest 12 bits are the sequence, and it is nearly always 0. Stir all bits first."
        return "It looks at bits that hardly change (the month, the worker). Stir all bits first."
    return "Neighbouring ids should land far apart: stir all bits first."


def _judge_in_place(answer: Any) -> None:
    clock = ManualClock(NOON)
    with Twitter(partition=answer, clock=clock, config=Config(row_cache=0)) as tw:
        author = tw.users.register("author").user_id
        posted = []
        for number in range(48):
            posted.append(tw.tweets.post_tweet(author, f"tweet {number}").tweet_id)
            clock.advance(7_919)
        shown = [tweet.tweet_id for tweet in tw.tweets.get_user_tweets(author, limit=48)]
    if shown != posted[::-1]:
        raise Wrong("a Twitter with your partitions does not find its own tweets again.")


def counter() -> Callable[[int], str]:
    """A typical mistake: round robin, which never finds anything again."""
    seen: list[int] = []

    def round_robin(tweet_id: int) -> str:
        seen.append(tweet_id)
        return f"tweets_{len(seen) % PARTITIONS}"

    return round_robin


def judge_machines(answer: Any) -> None:
    """In range, for ever, even; and a ninth machine takes its ninth of the ids, from all, and nothing else moves."""
    ids = days()["32 workers' day"][::2]
    before = [answer(one, 8) for one in ids]
    wrong = [one for one in before if type(one) is not int or not 0 <= one < 8]
    if wrong:
        raise Wrong(f"with 8 machines you gave {show(wrong[0])}: give a whole number from 0 to 7.")
    if before != [answer(one, 8) for one in ids]:
        raise Wrong("asked twice, the same id went to two machines.")
    share = max(Counter(before).values()) / len(ids)
    if share > 0.2:
        raise Wrong(f"of 8 machines one has {share:.0%} of the ids. Stir the id with mix before you divide it.")
    after = [answer(one, 9) for one in ids]
    moved = [new for old, new in zip(before, after, strict=True) if old != new]
    if len(moved) > 0.2 * len(ids):
        raise Wrong(
            f"the ninth machine moves {len(moved) / len(ids):.0%} of the ids; its own share is 11 %. "
            "Let each machine bid for the id with a number of its own, and the highest bid win."
        )
    if set(moved) != {8}:
        raise Wrong("ids moved between the old machines, or the ninth got none. Only the new one may take ids.")
