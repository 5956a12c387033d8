"""Experiments: questions of the course, answered by counting. First: why not skip fan-out for everybody?

In the case study: ``self.celebrity_threshold = 1_000_000``, a number without a reason. Here each threshold is tried on one
network and one day of posts: how much work (exact sums), how late a regular user's post arrives (the queue, simulated).
The invariant: the simulated queue serves the same batches in the same order as ``storage/fanout_queue`` (a test compares
them), and nothing here asks a real clock. Real Twitter aimed at 5 s; 31 million followers took it up to 5 minutes.

>>> posts = [Post(at=0, author=1, followers=1_000_000), Post(at=0.5, author=2, followers=200)]
>>> waits(posts, fair=False), waits(posts, fair=True)
([1000.0, 999.7], [1000.2, 0.7])
"""

from __future__ import annotations

import math
import random
import tempfile
from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from twitlab.app import Twitter
from twitlab.core.config import Config

EVERYBODY = 1 << 62
"""The threshold that nobody is above: push for all."""
POSTS_A_DAY = 2.5
"""500,000,000 tweets a day by 200,000,000 users (case study, "Twitter's Scale")."""
READS_PER_POST = 57.6
"""144 timeline requests a user and day (case study, "step_2_capacity_estimation") over 2.5 posts."""
HEADROOM = 0.3
"""The share of the fan-out workers that is idle when everything is pushed; the workers are the same for all thresholds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post on its way: ``at`` in ticks (one tick: the workers make one full batch of deliveries)."""

    at: float
    author: int
    followers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one threshold comes to.

    ``push`` and ``pull``: a day's work in units of one push. ``fifo`` and ``fair``: ticks until 99 % of the regular users'
    posts have reached their last follower, with one queue for all and with turns. ``longest_fifo``, ``longest_fair``: the
    same for the slowest post of all.
    """

    threshold: int
    push: float
    pull: float
    fifo: float
    fair: float
    longest_fifo: float
    longest_fair: float

    @property
    def work(self) -> float:
        """Push and pull together."""
        return self.push + self.pull


def audience(authors: int = 10_000, top: int = 2_000_000, exponent: float = 1.3) -> list[int]:
    """Follower counts by rank, most followed first: a power law, ``top`` / rank ** ``exponent``.

    >>> audience(4, 1_000, 1.0)
    [1000, 500, 333, 250]
    """
    return [int(top / rank**exponent) for rank in range(1, authors + 1)]


def rates(followers: Sequence[int], correlation: float = 0.0) -> list[float]:
    """Posts a day by each author, 2.5 on average, proportional to followers ** ``correlation`` (0: all alike).

    >>> rates([100, 100, 1], 1.0)
    [3.73..., 3.73..., 0.03...]
    """
    weights = [count**correlation for count in followers]
    scale = POSTS_A_DAY * len(followers) / math.fsum(weights)
    return [scale * weight for weight in weights]


def waits(posts: Sequence[Post], *, fair: bool, batch: int = 1_000) -> list[float]:
    """Ticks from each post until its last follower has it; ``posts`` sorted by ``at``.

    A batch of ``batch`` followers takes one tick, a smaller one its share. ``fair``: authors take turns, a batch each;
    otherwise one queue for all, in order of posting.
    """
    lanes: OrderedDict[int, deque[list[int]]] = OrderedDict()  # lane → [post, followers left]; the first has the turn
    result, now = [0.0] * len(posts), 0.0
    coming = deque(enumerate(posts))

    def admit() -> None:
        while coming and coming[0][1].at <= now:
            number, post = coming.popleft()
            if post.followers:
                lanes.setdefault(post.author if fair else 0, deque()).append([number, post.followers])

    while coming or lanes:
        if not lanes:
            now = max(now, coming[0][1].at)
            admit()
            continue
        lane, queue = next(iter(lanes.items()))
        number, left = queue[0]
        now = round(now + min(batch, left) / batch, 6)
        admit()  # who came meanwhile stands before the lane that was just served
        queue[0][1] = left - min(batch, left)
        lanes.move_to_end(lane)
        if queue[0][1] == 0:
            result[number] = round(now - posts[number].at, 6)
            queue.popleft()
        if not queue:
            del lanes[lane]
    return result


def work(
    followers: Sequence[int], threshold: int, *, pull_cost: float, reads_per_post: float, correlation: float
) -> tuple[float, float]:
    """A day's work (push, pull) in units of one push, when authors with more than ``threshold`` followers are pulled.

    Push: each post once to each follower. Pull: each follower asks the author's list once a read. Both are sums over
    followers, so without a correlation their ratio is the same for a celebrity and for you.
    """
    posted = rates(followers, correlation)
    reads = reads_per_post * POSTS_A_DAY
    push = math.fsum(count * rate for count, rate in zip(followers, posted, strict=True) if count <= threshold)
    return push, pull_cost * reads * math.fsum(count for count in followers if count > threshold)


def sweep(
    thresholds: Sequence[int],
    *,
    pull_cost: float = 1.0,
    reads_per_post: float = READS_PER_POST,
    correlation: float = 0.0,
    seed: int = 7,
) -> list[Outcome]:
    """Try each threshold on the network of ``audience()``, with the same posts for each."""
    outcomes = []
    for one in thresholds:
        push, pull = work(audience(), one, pull_cost=pull_cost, reads_per_post=reads_per_post, correlation=correlation)
        (fifo, longest_fifo), (fair, longest_fair) = (_delays(one, correlation, turns, seed) for turns in (False, True))
        outcomes.append(
            Outcome(
                threshold=one,
                push=push,
                pull=pull,
                fifo=fifo,
                fair=fair,
                longest_fifo=longest_fifo,
                longest_fair=longest_fair,
            )
        )
    return outcomes


@lru_cache(maxsize=64)
def _posts(correlation: float, seed: int) -> tuple[Post, ...]:
    """The posts of a day, or of its first 40,000 ticks; a day is as long as the workers need for it, plus headroom."""
    followers, rng = audience(), random.Random(seed)
    posted = rates(followers, correlation)
    day = math.fsum(count * rate for count, rate in zip(followers, posted, strict=True)) / 1_000 / (1 - HEADROOM)
    part = min(1.0, 40_000 / day)
    posts = [
        Post(at=round(rng.random() * day * part, 6), author=author, followers=followers[author])
        for author, rate in enumerate(posted)
        for _ in range(int(rate * part + rng.random()))
    ]
    return tuple(sorted(posts, key=lambda post: (post.at, post.author)))


@lru_cache(maxsize=512)
def _delays(threshold: int, correlation: float, fair: bool, seed: int) -> tuple[float, float]:
    """(99 % of the regular users' posts, the slowest post of all) in ticks; what is pulled is there at once."""
    posts = _posts(correlation, seed)
    pushed = [post for post in posts if post.followers <= threshold]
    waited = waits(pushed, fair=fair)
    usual = Config().influencer_threshold
    regular = [0.0] * sum(threshold < post.followers <= usual for post in posts)
    regular += [wait for post, wait in zip(pushed, waited, strict=True) if post.followers <= usual]
    return sorted(regular)[int(0.99 * (len(regular) - 1))], max(waited, default=0.0)


def load_follows(tw: Twitter, edges: Iterable[tuple[int, int]]) -> None:
    """Give an empty Twitter people and follows in bulk: (follower, followee) ids; accounts are made for all of them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "follows.tsv"
        path.write_text("".join(f"{one}\t{other}\n" for one, other in edges), encoding="utf-8")
        tw.load(follows=path, progress=False)
