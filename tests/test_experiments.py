"""The experiment "why not skip fan-out for everybody?": what must hold for its picture to be true."""

from __future__ import annotations

import random
from collections import deque
from types import SimpleNamespace
from typing import Any

import fakeredis
import pytest

from twitlab import Config, ManualClock, Twitter
from twitlab.lab.experiments import (
    EVERYBODY,
    READS_PER_POST,
    Post,
    audience,
    load_follows,
    rates,
    sweep,
    waits,
    work,
)
from twitlab.storage.fanout_queue import FanoutQueue

THRESHOLDS = (0, 1_000, 10_000, 100_000, 1_000_000, EVERYBODY)


def by_the_real_queue(posts: list[Post], *, fair: bool, batch: int) -> list[float]:
    """The same waits, with ``storage/fanout_queue`` in place of the simulated one."""
    queue = FanoutQueue(fakeredis.FakeRedis(), generation=SimpleNamespace(prefix=""), fair=fair)  # type: ignore[arg-type]
    coming, now, result = deque(enumerate(posts)), 0.0, [0.0] * len(posts)

    def admit() -> None:
        while coming and coming[0][1].at <= now:
            number, post = coming.popleft()
            queue.put(post.author, number, range(post.followers), size=batch, active_only=False)

    while coming or queue.waiting():
        if not queue.waiting():
            now = max(now, coming[0][1].at)
            admit()
            continue
        taken = queue.take()
        assert taken is not None
        lane, work = taken
        now = round(now + len(work.readers) / batch, 6)
        result[work.tweet_id] = round(now - posts[work.tweet_id].at, 6)  # the last batch of a post writes last
        admit()
        queue.done(lane)
    return result


@pytest.mark.parametrize("fair", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_the_simulated_queue_serves_like_the_real_one(seed: int, fair: bool) -> None:
    rng = random.Random(seed)
    posts = [
        Post(at=round(rng.random() * 12, 3), author=rng.randrange(4), followers=rng.choice([0, 1, 3, 10, 11, 40]))
        for _ in range(14)
    ]
    posts.sort(key=lambda post: post.at)
    assert waits(posts, fair=fair, batch=10) == by_the_real_queue(posts, fair=fair, batch=10), f"seed {seed}"


def test_turns_help_the_small_and_hardly_hurt_the_large() -> None:
    posts = [Post(at=0, author=0, followers=1_000_000)]
    posts += [Post(at=at, author=at, followers=1_000) for at in range(3, 1_000, 3)]
    fifo, fair = waits(posts, fair=False), waits(posts, fair=True)
    assert sorted(fifo[1:])[len(fifo) // 2] > 100 * sorted(fair[1:])[len(fair) // 2]
    assert fair[0] < 1.6 * fifo[0]
    both = [max(wait + post.at for wait, post in zip(one, posts, strict=True)) for one in (fifo, fair)]
    assert both[0] == both[1], "the same work ends at the same time; only the order differs"


@pytest.mark.parametrize("followers", [[5, 5, 5], [1_000_000, 10, 1], audience()])
@pytest.mark.parametrize(("pull_cost", "reads"), [(1.0, READS_PER_POST), (0.01, READS_PER_POST), (2.0, 3.0)])
def test_follower_count_cancels_out_of_the_work(followers: list[int], pull_cost: float, reads: float) -> None:
    prices: dict[str, Any] = {"pull_cost": pull_cost, "reads_per_post": reads, "correlation": 0.0}
    push, none = work(followers, EVERYBODY, **prices)
    nothing, pull = work(followers, 0, **prices)
    assert none == nothing == 0
    assert pull / push == pytest.approx(pull_cost * reads), "whoever follows whom: the ratio is the prices' alone"
    for threshold in THRESHOLDS:
        between = sum(work(followers, threshold, **prices))
        assert min(push, pull) * 0.999999 <= between <= max(push, pull) * 1.000001, "no threshold beats both ends"


def test_a_u_appears_when_the_followed_post_more_and_pulls_are_cheap() -> None:
    total = {one.threshold: one.work for one in sweep(THRESHOLDS, pull_cost=0.1, correlation=0.3)}
    best = min(total, key=lambda threshold: total[threshold])
    assert best not in (0, EVERYBODY)
    assert total[best] < 0.95 * total[0] and total[best] < 0.95 * total[EVERYBODY]
    flat = [one.work for one in sweep(THRESHOLDS, pull_cost=1.0, correlation=0.0)]
    assert flat == sorted(flat, reverse=True) and flat[0] > 50 * flat[-1], "measured prices: push for all is cheapest"


def test_a_threshold_buys_delay_and_turns_buy_most_of_it() -> None:
    by_threshold = {one.threshold: one for one in sweep(THRESHOLDS)}
    everybody, million, ten = (by_threshold[key] for key in (EVERYBODY, 1_000_000, 10_000))
    assert everybody.fifo > million.fifo > 10 * ten.fifo
    assert everybody.fair < everybody.fifo / 100
    assert everybody.fair < million.fifo / 50, "turns for all beat the case study's threshold, at a fraction of the work"
    assert million.work > 10 * everybody.work
    assert by_threshold[0].fifo == by_threshold[0].fair == 0, "what is pulled is there at once"


def test_rates_keep_their_mean_and_the_same_seed_gives_the_same_answer() -> None:
    for correlation in (0.0, 0.3, 0.5):
        posted = rates(audience(), correlation)
        assert sum(posted) / len(posted) == pytest.approx(2.5)
        assert posted == sorted(posted, reverse=True)
    assert sweep([10_000], seed=3) == sweep([10_000], seed=3) != sweep([10_000], seed=4)


def test_load_follows_makes_people_and_follows() -> None:
    with Twitter(config=Config.lab(), clock=ManualClock(1_700_000_000_000)) as tw:
        load_follows(tw, [(2, 1), (3, 1), (3, 2)])
        assert sorted(tw.follows.get_followers(1)) == [2, 3]
        assert tw.users.get(3).handle == "user_3" and tw.follows.following_count(3) == 2
