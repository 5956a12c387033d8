"""The exercises of chapter 03, store and shards: a partition function of one's own, months, old tweets, growing.

In the case study: ``get_shard_key``, which it never defines, and ``get_user_tweets``, which stops after three months.
Invariant judged here: an id belongs to one partition for ever, and no partition carries much more than its share.
Real Twitter's Gizzard kept a table from hash ranges to machines, so that growing moved ranges, not everything.
"""

from __future__ import annotations

from datetime import UTC, datetime

from twitlab.core.snowflake import first_id_at
from twitlab.lab.exercises import close, function, judged, value
from twitlab.lab.exercises.ch03_parts import PARTITIONS, counter, judge_machines, judge_partition, mix
from twitlab.storage.tweet_store import by_id_hash, by_month


def months_between(start_ms: int, end_ms: int) -> list[str]:
    """The months that hold tweets of start <= t < end, oldest first."""
    first, last = (datetime.fromtimestamp(ms / 1000, UTC) for ms in (start_ms, end_ms - 1))
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [f"tweets_{number // 12}_{number % 12 + 1:02d}" for number in numbers]


def _two_months(start_ms: int, end_ms: int) -> list[str]:
    return sorted({by_month(first_id_at(start_ms)), by_month(first_id_at(end_ms - 1))})


def _with_the_end(start_ms: int, end_ms: int) -> list[str]:
    return months_between(start_ms, end_ms + 1)


def _one_year(start_ms: int, end_ms: int) -> list[str]:
    first, last = (datetime.fromtimestamp(ms / 1000, UTC) for ms in (start_ms, end_ms - 1))
    return [f"tweets_{first.year}_{month:02d}" for month in range(first.month, last.month + 1)]


def newest(shards: list[list[tuple[int, int]]], user_id: int, limit: int) -> list[int]:
    """The newest ``limit`` ids of a user over shards that come newest first, rows in any order inside."""
    found: list[int] = []
    for shard in shards:
        if len(found) >= limit:
            break
        found += sorted((one for one, author in shard if author == user_id), reverse=True)
    return found[:limit]


def _three_shards(shards: list[list[tuple[int, int]]], user_id: int, limit: int) -> list[int]:
    return newest(shards[:3], user_id, limit)


def _unsorted(shards: list[list[tuple[int, int]]], user_id: int, limit: int) -> list[int]:
    return [one for shard in shards for one, author in shard if author == user_id][:limit]


def _no_limit(shards: list[list[tuple[int, int]]], user_id: int, limit: int) -> list[int]:
    return newest(shards, user_id, 10**9)


SHARDS = [
    [(91, 1), (95, 2), (93, 1)],
    [],
    [(75, 2), (71, 2)],
    [(64, 1), (66, 1), (61, 2)],
    [(52, 1)],
]


def machine_of(tweet_id: int, machines: int) -> int:
    """Rendezvous hashing: the machine whose stirred number together with the id is the largest."""
    return max(range(machines), key=lambda machine: mix(tweet_id ^ mix(machine + 1)))


EXERCISES = (
    judged(
        "03.1",
        judge=judge_partition,
        reference=by_id_hash(PARTITIONS),
        mistakes=[
            (lambda i: i % PARTITIONS, "Begin with tweets_"),
            (lambda i: f"tweets-{mix(i) % PARTITIONS}", "Begin with tweets_"),
            (lambda i: f"tweets_{i % PARTITIONS}", "the sequence, and it is nearly always 0"),
            (lambda i: f"tweets_{hash(i) % PARTITIONS}", "the sequence, and it is nearly always 0"),
            (lambda i: f"tweets_{(i >> 12) % PARTITIONS}", "(the month, the worker)"),
            (by_month, "(the month, the worker)"),
            (lambda i: f"tweets_{hash(str(i)) % PARTITIONS}", "Python salts hash() of texts"),
            (counter(), "no counter, no chance"),
            (lambda i: f"tweets_{mix(i)}", "Each is a file"),
            (lambda i: f"tweets_{mix(i) % 12}", "some of the machines stay empty"),
        ],
        done="even on a quiet day, in a busy second and over 32 workers; a Twitter finds its tweets again.",
    ),
    value(
        "03.2",
        reference=lambda: 500_000_000 * 30 * 71.7 / 1e9,
        same=close(0.02),
        hint="Tweets a day, times the days, times the bytes of a tweet; a GB is 1e9 bytes.",
        mistakes=[
            (lambda: 500_000_000 * 71.7 / 1e9, "That is one day: a month has 30."),
            (lambda: 500_000_000 * 30 * 71.7 / 1e12, "That is in TB: a GB is 1e9 bytes."),
            (lambda: 500_000_000 * 30 * 71.7, "That is in bytes: a GB is 1e9 of them."),
            (lambda: 500_000_000 * 30 * 200 / 1e9, "200 bytes is the case study's guess: take the 71.7 measured."),
        ],
        done="a month of text fits on one disk; it is the writes that do not fit on one machine.",
    ),
    function(
        "03.3",
        reference=months_between,
        cases=lambda: [
            (1_696_118_400_000, 1_696_118_400_001),  # the first millisecond of October 2023
            (1_690_000_000_000, 1_698_796_800_000),  # July to the end of October
            (1_695_000_000_000, 1_707_000_000_000),  # September to February: over a new year
        ],
        hint="The first month is that of start, the last that of end - 1; count year * 12 + month from one to the other.",
        mistakes=[
            (_two_months, "The months between the first and the last are asked as well."),
            (_with_the_end, "The end is exclusive: a range that ends at midnight does not touch the next month."),
            (_one_year, "A range may cross a new year: count months as year * 12 + month."),
        ],
        done="a range of times is a range of partitions: that is what time-based partitions are good for.",
    ),
    function(
        "03.4",
        reference=newest,
        cases=lambda: [(SHARDS, 1, 2), (SHARDS, 1, 4), (SHARDS, 2, 20), (SHARDS, 3, 5)],
        hint="Go on to the next shard until you have `limit`; every id of an older shard is older.",
        mistakes=[
            (_three_shards, "The user may have been silent for three months: go on to the last shard."),
            (_unsorted, "Inside a shard rows stand in any order: sort its ids, newest first."),
            (_no_limit, "Stop at `limit`."),
        ],
        done="as far back as needed, and no further.",
    ),
    judged(
        "03.5",
        judge=judge_machines,
        reference=machine_of,
        mistakes=[
            (lambda i, n: mix(i) % n, "Let each machine bid"),
            (lambda i, n: mix(i) * n >> 64, "Let each machine bid"),
            (lambda i, n: i % n, "Stir the id with mix"),
            (lambda i, n: mix(i) % n + 1, "from 0 to 7"),
            (lambda i, n: mix(i) % 8, "Only the new one may take ids"),
        ],
        done="one machine more takes its share and leaves everything else where it is.",
    ),
)
