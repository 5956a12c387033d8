"""How the synthetic network is made: first people and who follows whom, then half a year of what they say.

In the case study: nothing. The invariant: the same seed gives the same network on every Python and machine. So the only
source of chance is ``random.Random(seed).random()``, and no function is used whose last digit depends on the platform:
power laws come from division and square roots alone. Real Twitter's graph looks the same from afar: in 2012 it had 175
million active users and 20 billion follows, 42 % of them mutual, and its most followed accounts had 25 million each.
"""

from __future__ import annotations

import math
import random
from array import array
from bisect import bisect, insort
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple, TypeVar

from twitlab.lab import phrases

T = TypeVar("T")
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
FIRST_USER_ID = 10_001
BY_HOUR = [3, 2, 1, 1, 1, 2, 4, 7, 9, 9, 8, 8, 10, 9, 8, 8, 8, 9, 11, 13, 14, 13, 10, 6]
"""Tweets by local hour of the day, and by weekday from Monday."""
BY_WEEKDAY = [10, 10, 10, 11, 11, 8, 7]


class Dice:
    """Chance that is the same everywhere: ``Random.random()`` is the one method Python promises never to change."""

    def __init__(self, seed: int) -> None:
        self.roll = random.Random(seed).random

    def below(self, n: int) -> int:
        """A whole number, 0 to n − 1."""
        return int(self.roll() * n)

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[int(self.roll() * len(items))]

    def weighted(self, cumulative: Sequence[float]) -> int:
        """A position, with a probability by its step in the running total."""
        return min(bisect(cumulative, self.roll() * cumulative[-1]), len(cumulative) - 1)

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """The items in a random order."""
        mixed = list(items)
        for last in range(len(mixed) - 1, 0, -1):
            other = self.below(last + 1)
            mixed[last], mixed[other] = mixed[other], mixed[last]
        return mixed


class Person(NamedTuple):
    """An account. A person's place in the list is their rank: the first is followed most."""

    user_id: int
    handle: str
    name: str
    bio: str
    protected: bool
    region: int
    topic: int
    created_ms: int


def people(dice: Dice, n: int, start_ms: int) -> list[Person]:
    """``n`` accounts by popularity; ids say nothing about it. One regular account in 60 is protected."""
    ids = dice.shuffled(range(FIRST_USER_ID, FIRST_USER_ID + n))
    shares = list(accumulate(region.share for region in phrases.REGIONS))
    taken: dict[str, int] = {}
    everybody = []
    for rank, user_id in enumerate(ids):
        region, topic = dice.weighted(shares), dice.below(len(phrases.TOPICS))
        if rank < min(len(phrases.STARS), n // 20):
            handle, name = phrases.STARS[rank]
        else:
            handle, name = _name(dice, phrases.REGIONS[region], taken)
        tag = dice.pick(phrases.TAGS[phrases.TOPICS[topic]])
        bio = f"{phrases.TOPICS[topic]} {dice.pick(phrases.EMOJI)} #{tag}" if dice.roll() < 0.8 else ""
        created = start_ms - 1 - dice.below(1500 * DAY_MS)
        protected = rank > n // 10 and dice.roll() < 1 / 60
        everybody.append(Person(user_id, handle, name, bio, protected, region, topic, created))
    return everybody


def _name(dice: Dice, region: phrases.Region, taken: dict[str, int]) -> tuple[str, str]:
    """(handle, name): handles have at most 15 characters and are told apart by a number."""
    first, _, native_first = dice.pick(region.first).partition(":")
    last, _, native_last = dice.pick(region.last).partition(":")
    base = (first + dice.pick(["", "_"]) + last)[:11]
    count = taken[base] = taken.get(base, 0) + 1
    name = f"{native_last} {native_first}" if region.lang == "ja" else f"{native_first} {native_last}"
    return base + (str(count) if count > 1 else ""), name.strip() or f"{first.title()} {last.title()}"


def follows(dice: Dice, everybody: list[Person]) -> list[array[int]]:
    """For each rank, the ranks that person follows, ascending.

    Out-degrees are Pareto (6 / u^¾, median 10, mean 22); followees are drawn with weight 1 / (rank + 2), over half from
    everywhere, a third from one's own region, the rest evenly. The less famous follow back more often.
    """
    n = len(everybody)
    everywhere = list(accumulate(1 / (rank + 2) for rank in range(n)))
    at_home: list[list[int]] = [[] for _ in phrases.REGIONS]
    for rank, person in enumerate(everybody):
        at_home[person.region].append(rank)
    home_weights = [list(accumulate(1 / (rank + 2) for rank in ranks)) for ranks in at_home]
    chosen: list[set[int]] = [set() for _ in range(n)]
    for rank, person in enumerate(everybody):
        root = math.sqrt(1 - dice.roll())
        wanted = 0 if dice.roll() < 0.01 else min(n // 4, int(6 / (root * math.sqrt(root))))
        for _ in range(wanted):
            way = dice.roll()
            if way < 0.55:
                followee = dice.weighted(everywhere)
            elif way < 0.9:
                followee = at_home[person.region][dice.weighted(home_weights[person.region])]
            else:
                followee = dice.below(n)
            if followee != rank and followee not in chosen[rank]:
                chosen[rank].add(followee)
                if dice.roll() < (0.02 if followee < n // 50 else 0.3):
                    chosen[followee].add(rank)
    return [array("q", sorted(followees)) for followees in chosen]


class Act(NamedTuple):
    """Something that will be said: when, by whom (rank), as what, and which of its kind."""

    ms: int
    rank: int
    kind: str
    which: int = 0


def background(dice: Dice, everybody: list[Person], start_ms: int, end_ms: int, n: int) -> list[Act]:
    """``n`` ordinary acts: authors by a power law, times by each region's own day and week."""
    stars = len(everybody) // 50
    order = dice.shuffled(range(len(everybody)))
    weights = list(accumulate((4.0 if rank < stars else 1.0) / math.sqrt(order[rank] + 1) for rank in range(len(everybody))))
    hours = range(start_ms // HOUR_MS, end_ms // HOUR_MS)
    rhythms = []
    for region in phrases.REGIONS:
        local = [hour + region.utc_offset for hour in hours]  # hour 0 is a Thursday's, and Thursday is day 3
        rhythms.append(list(accumulate(BY_HOUR[h % 24] * BY_WEEKDAY[(h // 24 + 3) % 7] for h in local)))
    acts = []
    for _ in range(n):
        rank = dice.weighted(weights)
        hour = hours[dice.weighted(rhythms[everybody[rank].region])]
        acts.append(Act(hour * HOUR_MS + dice.below(HOUR_MS), rank, "ordinary"))
    return acts


def mondays(dice: Dice, public: list[int], everybody: list[Person], start_ms: int, end_ms: int, n: int) -> list[Act]:
    """#MondayMotivation: every Monday morning, ``n`` people each; a tag that is frequent and no news."""
    acts = []
    for day in range(-(-start_ms // DAY_MS), end_ms // DAY_MS):
        if (day + 3) % 7 == 0:
            for rank in dice.shuffled(public)[:n]:
                morning = 7 * HOUR_MS + dice.below(4 * HOUR_MS)
                offset = phrases.REGIONS[everybody[rank].region].utc_offset
                ms = day * DAY_MS + morning - offset * HOUR_MS
                if start_ms <= ms < end_ms:
                    acts.append(Act(ms, rank, "monday"))
    return acts


def cascade(dice: Dice, graph: list[array[int]], public: list[int], start_ms: int, n: int) -> list[Act]:
    """One tweet by somebody little known that ``n`` people retweet, each having it from someone they follow.

    Delays are log-logistic with a median of 90 minutes: most of it is over in a day, the tail takes three.
    """
    followers: list[list[int]] = [[] for _ in graph]
    for rank, followees in enumerate(graph):
        for followee in followees:
            followers[followee].append(rank)
    origin = next((rank for rank in public[len(public) // 2 :] if len(followers[rank]) >= 5), public[0])
    allowed, exposed = set(public) - {origin}, list(followers[origin])
    spread: list[int] = []
    while exposed and len(spread) < n:
        place = dice.below(len(exposed))
        exposed[place], exposed[-1] = exposed[-1], exposed[place]
        rank = exposed.pop()
        if rank in allowed:
            allowed.discard(rank)
            spread.append(rank)
            exposed.extend(followers[rank])
    delays: list[int] = []
    for _ in spread:
        roll = dice.roll()
        insort(delays, 1_000 + min(3 * DAY_MS, int(1.5 * HOUR_MS * roll / (1 - roll))))
    acts = [Act(start_ms, origin, "viral")]
    for place, (rank, delay) in enumerate(zip(spread, delays, strict=True)):
        acts.append(Act(start_ms + delay, rank, "viral retweet"))
        if place % 8 == 3:
            acts.append(Act(start_ms + delay + 1 + dice.below(HOUR_MS), rank, "viral reply"))
        if place % 10 == 7:
            acts.append(Act(start_ms + delay + 1 + dice.below(HOUR_MS), rank, "viral quote"))
    return acts
