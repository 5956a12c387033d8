"""The partition experiment: time, id hash or author, counted on one trace of writes and reads.

In the case study: ``tweets_2024_01``, one shard a month, and "Time-based sharding: Natural partitioning for social media
data" among the insights. Here the same month of posts and of home pages is laid over three partition functions, and
rows are counted. The invariant: all three see the same trace, and nothing is timed. Real Twitter filled one machine
after the other until 2011 ("a whole new cluster every three weeks"), then spread tweets by id over all of them.

>>> from twitlab.lab.datasets import generate
>>> small = trace(generate(users=100, tweets=1_000, months=3), pages=200)
>>> [outcome.writes for outcome in compare(small, 8)]
[1.0, 0.1..., 0.1...]
"""

from __future__ import annotations

import heapq
import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, islice

from twitlab.core.snowflake import first_id_at, timestamp_ms
from twitlab.lab.chatter import NONE
from twitlab.lab.datasets import END_MS, Dataset
from twitlab.storage.tweet_store import by_id_hash, by_month

PAGE = 20
DAY_MS = 86_400_000

Row = tuple[int, int]
"""A stored tweet, as far as a partition function may care: (tweet id, author id)."""
Layout = Callable[[Row], str]
"""From a row to the name of the partition that keeps it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One month on the network: the rows written, the rows of each home page read, and of each profile page read.

    ``days``: the rows written on each full day of all months. ``report``: the rows of the last day, as a report over
    that day reads them.
    """

    writes: tuple[Row, ...]
    days: tuple[tuple[Row, ...], ...]
    homes: tuple[tuple[Row, ...], ...]
    profiles: tuple[tuple[Row, ...], ...]
    report: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one layout comes to: the busiest partition's share (0 to 1) of the rows written and of the rows read.

    ``worst_day``: the largest share of one day's writes that one partition took. ``home``, ``profile``, ``report``: how
    many partitions hold the rows of one such question, on average.
    """

    name: str
    writes: float
    worst_day: float
    reads: float
    home: float
    profile: float
    report: int


def layouts(partitions: int) -> dict[str, Layout]:
    """The three candidates. Months are as many as there are; the other two have ``partitions`` (1 to 99)."""
    spread = by_id_hash(partitions)
    return {
        "time": lambda row: by_month(row[0]),
        "id hash": lambda row: spread(row[0]),
        "author": lambda row: spread(row[1]),
    }


def rows(dataset: Dataset) -> list[Row]:
    """All rows of a data set, oldest first."""
    people = [person.user_id for person in dataset.people]
    return [(one, people[author]) for one, author in zip(dataset.tweets.ids, dataset.tweets.authors, strict=True)]


def trace(dataset: Dataset, *, pages: int = 1_000, seed: int = 7) -> Trace:
    """The data set's last month: what is written, and ``pages`` home pages and as many profiles, read at random moments.

    The reader is anybody who follows somebody, each as likely; a page is the newest 20 rows before that moment, and a
    retweet reads the row of its original as well. The profile is that of one of the reader's followees.
    """
    told, rng = dataset.tweets, random.Random(seed)
    stored = rows(dataset)
    written: list[list[int]] = [[] for _ in dataset.people]
    for place, author in enumerate(told.authors):
        written[author].append(place)
    end = datetime.fromtimestamp(timestamp_ms(told.ids[-1]) / 1000, UTC)
    start_ms = int(datetime(end.year, end.month, 1, tzinfo=UTC).timestamp()) * 1000
    first, last_day = (bisect_left(told.ids, first_id_at(ms)) for ms in (start_ms, END_MS - DAY_MS))

    def newest(authors: Iterable[int], before: int) -> tuple[Row, ...]:
        def of(author: int) -> Iterator[int]:
            mine = written[author]
            return reversed(mine[: bisect_left(mine, before)])

        found = list(islice(heapq.merge(*map(of, authors), reverse=True), PAGE))
        originals = [told.retweet_of[place] for place in found if told.retweet_of[place] != NONE]
        return tuple(stored[place] for place in found + originals)

    readers = [rank for rank, followees in enumerate(dataset.graph) if len(followees)]
    homes, profiles = [], []
    for _ in range(pages):
        followees, moment = dataset.graph[rng.choice(readers)], rng.randrange(first, len(stored))
        homes.append(newest(followees, moment))
        profiles.append(newest([rng.choice(followees)], moment))
    return Trace(
        writes=tuple(stored[first:]),
        days=tuple(_full_days(stored)),
        homes=tuple(homes),
        profiles=tuple(profiles),
        report=tuple(stored[last_day:]),
    )


def _full_days(stored: Sequence[Row]) -> Iterator[tuple[Row, ...]]:
    """The rows of each day (UTC) on which at least as many were written as on the average day."""
    by_day = [tuple(day) for _, day in groupby(stored, lambda row: timestamp_ms(row[0]) // DAY_MS)]
    return (day for day in by_day if len(day) * len(by_day) >= len(stored))


def busiest(layout: Layout, written: Iterable[Row]) -> float:
    """The share of the rows that the partition with most of them holds.

    >>> busiest(lambda row: str(row[0] % 2), [(1, 9), (2, 9), (3, 9), (5, 9)])
    0.75
    """
    load = Counter(map(layout, written))
    return max(load.values(), default=0) / max(1, load.total())


def asked(layout: Layout, questions: Iterable[Sequence[Row]]) -> float:
    """How many partitions hold the rows of one question, on average over the questions that have any."""
    counts = [len(set(map(layout, question))) for question in questions if question]
    return sum(counts) / max(1, len(counts))


def compare(trace: Trace, partitions: int = 24) -> list[Outcome]:
    """All three layouts on one trace."""
    return [
        Outcome(
            name=name,
            writes=busiest(layout, trace.writes),
            worst_day=max(busiest(layout, day) for day in trace.days),
            reads=busiest(layout, [row for page in trace.homes for row in page]),
            home=asked(layout, trace.homes),
            profile=asked(layout, trace.profiles),
            report=int(asked(layout, [trace.report])),
        )
        for name, layout in layouts(partitions).items()
    ]
