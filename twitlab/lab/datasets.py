"""The synthetic network: people, follows and half a year of tweets from one seed, as big as you want it.

In the case study: nothing; it speaks of 300 million users and shows none. The invariant: the same arguments give the
same bytes (before gzip) on every Python and machine, and everything loads: valid texts, ids that agree with their
times, references to older tweets only. Licence-clean: every name and word is invented (``phrases``). ``data/`` holds
``generate()`` as it is. Real Twitter at the case study's size would be 150,000 of these.

    python -m twitlab.lab.datasets --out data --seed 7
    python -m twitlab.lab.datasets --out big --users 100000 --tweets 1000000
"""

from __future__ import annotations

import argparse
import gzip
import html
import io
import json
import os
from array import array
from bisect import bisect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from twitlab.core.errors import InvalidRequest
from twitlab.core.snowflake import timestamp_ms
from twitlab.lab import phrases, synthesis
from twitlab.lab.chatter import NONE, Chatter
from twitlab.lab.synthesis import DAY_MS, HOUR_MS, Act, Dice, Person

DATA = Path(__file__).resolve().parents[2] / "data"
"""The shipped network: ``users.jsonl.gz``, ``tweets.jsonl.gz``, ``follows.tsv.gz`` (in a checkout; no wheel carries it)."""

END_MS = 1_698_796_800_000
"""2023-11-01T00:00Z, where every data set ends: two weeks before ``ManualClock(1_700_000_000_000)``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedTrend:
    """A tag that bursts within one hour, ``start_ms`` <= t < ``end_ms``; ``region`` is "" for the whole world."""

    tag: str
    start_ms: int
    end_ms: int
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A generated network. ``people[rank]`` by popularity, ``graph[rank]`` the ranks that person follows."""

    people: list[Person]
    graph: list[array[int]]
    tweets: Chatter
    trends: tuple[PlantedTrend, ...]

    def write(self, folder: str | os.PathLike[str]) -> None:
        """Write ``users.jsonl.gz``, ``follows.tsv.gz`` and ``tweets.jsonl.gz``, as ``tw.load()`` reads them."""
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        _pack(target / "users.jsonl.gz", self.user_lines())
        _pack(target / "follows.tsv.gz", self.follow_lines())
        _pack(target / "tweets.jsonl.gz", self.tweet_lines())

    def user_lines(self) -> Iterator[str]:
        """One JSON object an account, by id."""
        for person in sorted(self.people):
            yield _json(
                user_id=str(person.user_id),
                handle=person.handle,
                name=person.name,
                bio=person.bio,
                protected=person.protected,
                region=phrases.REGIONS[person.region].code,
                created_at=_iso(person.created_ms),
            )

    def follow_lines(self) -> Iterator[str]:
        """Two columns, follower then followee, by id."""
        yield "# follower\tfollowee"
        ids = [person.user_id for person in self.people]
        for rank in sorted(range(len(ids)), key=ids.__getitem__):
            for followee in sorted(ids[followee] for followee in self.graph[rank]):
                yield f"{ids[rank]}\t{followee}"

    def tweet_lines(self) -> Iterator[str]:
        """One JSON object a tweet, oldest first; text is HTML-escaped, as the API sent it."""
        told, people = self.tweets, self.people
        for place, tweet_id in enumerate(told.ids):
            author = people[told.authors[place]]
            text = told.texts[place]
            refers = {}
            for key, column in (
                ("in_reply_to", told.in_reply_to),
                ("retweet_of", told.retweet_of),
                ("quote_of", told.quote_of),
            ):
                if (position := column[place]) != NONE:
                    refers[key] = str(told.ids[position])
                    if key == "retweet_of":
                        text = f"RT @{people[told.authors[position]].handle}: {told.texts[position]}"
            yield _json(
                id=str(tweet_id),
                created_at=_iso(timestamp_ms(tweet_id)),
                user_id=str(author.user_id),
                screen_name=author.handle,
                text=html.escape(text, quote=False),
                **refers,
                lang=told.langs[place],
            )


def generate(users: int = 2_000, tweets: int = 20_000, months: int = 6, seed: int = 7) -> Dataset:
    """A network of ``users`` people (20 or more) and exactly ``tweets`` tweets over the ``months`` before ``END_MS``.

    A million tweets by 100,000 users take about a minute and 1 GB. Raises ``InvalidRequest``.
    """
    if users < 20 or tweets < 0 or months < 1:
        raise InvalidRequest(f"generate(users={users}, tweets={tweets}, months={months}): at least 20, 0 and 1")
    dice, start_ms = Dice(seed), _start_ms(months)
    people = synthesis.people(dice, users, start_ms)
    graph = synthesis.follows(dice, people)
    trends = planted_trends(months)
    planned = sorted(_planned(dice, people, graph, trends, start_ms, tweets))[:tweets]
    acts = planned + synthesis.background(dice, people, start_ms, END_MS, tweets - len(planned))
    chatter = Chatter(dice, people, graph)
    for act in sorted(acts):
        chatter.tell(act)
    return Dataset(people=people, graph=graph, tweets=chatter, trends=trends)


def planted_trends(months: int = 6) -> tuple[PlantedTrend, ...]:
    """When and where each planted tag bursts, oldest first; the same for every seed and size."""
    start_ms = _start_ms(months)
    days = (END_MS - start_ms) // DAY_MS
    hours = [start_ms + days * h.per_mille // 1000 * DAY_MS + h.hour * HOUR_MS for h in phrases.HAPPENINGS]
    return tuple(
        PlantedTrend(tag=happening.tag, start_ms=ms, end_ms=ms + HOUR_MS, region=happening.region)
        for ms, happening in zip(hours, phrases.HAPPENINGS, strict=True)
    )


def tier_shares(dataset: Dataset, influencer_threshold: int, celebrity_threshold: int) -> dict[str, float]:
    """Each tier's share of the deliveries (one delivery: one tweet to one follower of its author).

    Regular: at most ``influencer_threshold`` followers; celebrity: more than ``celebrity_threshold``.
    """
    followers = follower_counts(dataset)
    deliveries = {"regular": 0, "influencer": 0, "celebrity": 0}
    for author in dataset.tweets.authors:
        tier = bisect((influencer_threshold + 1, celebrity_threshold + 1), followers[author])
        deliveries[("regular", "influencer", "celebrity")[tier]] += followers[author]
    total = max(1, sum(deliveries.values()))
    return {tier: count / total for tier, count in deliveries.items()}


def timelines_past(dataset: Dataset, cap: int) -> float:
    """The share of people whose followees have written more than ``cap`` tweets."""
    written = [0] * len(dataset.people)
    for author in dataset.tweets.authors:
        written[author] += 1
    return sum(sum(written[followee] for followee in followees) > cap for followees in dataset.graph) / len(written)


def follower_counts(dataset: Dataset) -> list[int]:
    """How many followers each rank has."""
    followers = [0] * len(dataset.people)
    for followees in dataset.graph:
        for followee in followees:
            followers[followee] += 1
    return followers


def _planned(
    dice: Dice,
    people: list[Person],
    graph: list[array[int]],
    trends: tuple[PlantedTrend, ...],
    start_ms: int,
    tweets: int,
) -> Iterator[Act]:
    """Everything that does not just happen: trends, Mondays, the flood and the viral tweet; about 8 % of the tweets."""
    public = [rank for rank, person in enumerate(people) if not person.protected]
    for which, trend in enumerate(trends):
        crowd = [rank for rank in public if trend.region in ("", phrases.REGIONS[people[rank].region].code)]
        size = tweets * (2 if trend.region else 3) // 1000
        for rank in dice.shuffled(crowd)[:size]:
            yield Act(trend.start_ms + int(HOUR_MS * (dice.roll() + dice.roll()) / 2), rank, "trend", which)
    yield from synthesis.mondays(dice, public, people, start_ms, END_MS, tweets * 7 // 10_000)
    days = (END_MS - start_ms) // DAY_MS
    spammer, evening = public[-1], start_ms + days // 2 * DAY_MS + 18 * HOUR_MS
    for which in range(tweets * 15 // 1000):
        yield Act(evening + dice.below(3 * HOUR_MS), spammer, "flood", which)
    takeoff = start_ms + days * 3 // 5 * DAY_MS + 17 * HOUR_MS
    yield from synthesis.cascade(dice, graph, public, takeoff, min(tweets * 2 // 100, len(public) // 3))


def _start_ms(months: int) -> int:
    end = datetime.fromtimestamp(END_MS // 1000, tz=UTC)
    year, month = divmod(end.year * 12 + end.month - 1 - months, 12)
    return int(datetime(year, month + 1, 1, tzinfo=UTC).timestamp()) * 1000


def _iso(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms // 1000, tz=UTC):%Y-%m-%dT%H:%M:%S}.{ms % 1000:03}Z"


def _json(**fields: object) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def _pack(path: Path, lines: Iterable[str]) -> None:
    """Gzip without name and time, so that the same lines packed by the same zlib are the same file."""
    with (
        open(path, "wb") as raw,
        gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=raw, mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="utf-8", newline="\n") as text,
    ):
        text.writelines(line + "\n" for line in lines)


def main(argv: list[str] | None = None) -> None:
    """The command line: write a data set into a folder."""
    parser = argparse.ArgumentParser(prog="python -m twitlab.lab.datasets", description="Write a synthetic network.")
    parser.add_argument("--out", required=True, help="folder for users.jsonl.gz, follows.tsv.gz, tweets.jsonl.gz")
    for name, default in (("users", 2_000), ("tweets", 20_000), ("months", 6), ("seed", 7)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args(argv)
    generate(asked.users, asked.tweets, asked.months, asked.seed).write(asked.out)


if __name__ == "__main__":
    main()
