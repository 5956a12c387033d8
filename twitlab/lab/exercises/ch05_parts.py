"""The judge of chapter 05's Build-it: a fan-out planner with a fair queue, watched batch by batch.

In the case study: `FanOutQueue`, which it uses and never defines. Invariant judged here: every follower gets the tweet
once, in batches, authors in turn, also when a push fails; and every timeline equals `mini`'s.
Red Planet Labs' Mastodon works the same way: at most 1,000 followers of an author per round, then the next author.
"""

from __future__ import annotations

import random
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from twitlab.app import Twitter
from twitlab.core.clock import ManualClock
from twitlab.core.config import Config
from twitlab.lab.exercises import NotStarted, Wrong
from twitlab.lab.experiments import load_follows
from twitlab.mini import Mini

NOON = 1_700_000_000_000
STAR, BUSY, SMALL, NOBODY = 1, 2, 3, 4
AUDIENCES = {STAR: 41, BUSY: 40, SMALL: 20}
"""The judge's authors and how many follow them; the celebrity threshold is 40, a batch 10."""


def judge_fanout(answer: Any) -> None:
    """Watch the planner's pushes batch by batch, make one fail, then play random stories against `mini`."""
    if not isinstance(answer, type):
        raise Wrong("hand in your class, without brackets behind it.")
    with _town(answer) as (tw, pushes, _):
        _judge_plan(tw, pushes)
    with _town(answer) as (tw, pushes, _):
        _judge_turns(tw, pushes)
    with _town(answer) as (tw, pushes, fail_next):
        _deliver(tw, [BUSY])
        fail_next.append(True)
        if not _all_steps(tw) or _reached(pushes) != _followers(BUSY):
            raise Wrong("a push failed once, and its followers never got the tweet: strike a batch off only after its push.")
    for seed in range(3):
        _judge_story(answer, seed)


def _judge_plan(tw: Twitter, pushes: list[tuple[int, list[int]]]) -> None:
    _deliver(tw, [BUSY])
    if pushes:
        raise Wrong("you push inside on_tweet_posted: posting gets as slow as its author is popular. Push in step().")
    if not _all_steps(tw):
        raise Wrong("step() never returns False: say False when nothing is queued, True after a batch.")
    if not pushes:
        raise NotStarted("`step`") if tw.fanout.step() is None else Wrong("nothing was pushed: 40 followers wait.")
    if max(len(readers) for _, readers in pushes) > 10:
        raise Wrong("one step pushed to more than config.fanout_batch followers: cut the list into batches.")
    if _reached(pushes) != _followers(BUSY):
        raise Wrong(f"{len(_reached(pushes))} pushes for 40 followers: each of them once.")
    pushes.clear()
    _deliver(tw, [STAR])
    _all_steps(tw)
    if pushes:
        raise Wrong("41 followers are above the threshold of 40, and you pushed to them: leave the tweet to be pulled.")
    if STAR not in tw.boxes["timeline_store"].unpushed:
        raise Wrong("what is not pushed must be noted, or nobody ever sees it: timelines.note_unpushed(author, tweet).")
    try:
        _deliver(tw, [NOBODY])
        quiet = not tw.fanout.step()
    except Exception:
        quiet = False
    if not quiet:
        raise Wrong("an author without followers posted: no batch, no lane, and step() says False.")


def _judge_turns(tw: Twitter, pushes: list[tuple[int, list[int]]]) -> None:
    posted = _deliver(tw, [BUSY, BUSY, SMALL])
    _all_steps(tw)
    last = max(number for number, (tweet_id, _) in enumerate(pushes, 1) if tweet_id == posted[2])
    if last > 4:
        raise Wrong(
            f"8 batches of one author were queued, then 2 of another: those were done after {last} steps, "
            "by turns it takes 4. After a batch, the lane goes to the end."
        )
    first = [tweet_id for tweet_id, _ in pushes if tweet_id != posted[2]]
    if first != sorted(first):
        raise Wrong("one author's batches left the queue out of order: the oldest of a lane goes first.")


@contextmanager
def _town(answer: Any) -> Iterator[tuple[Twitter, list[tuple[int, list[int]]], list[bool]]]:
    """A Twitter with the learner's fan-out, delivery by hand: (it, every push seen, a list that makes one fail)."""
    config = Config.lab(celebrity_threshold=40, influencer_threshold=40, fanout_batch=10)
    with Twitter(fanout=answer, clock=ManualClock(NOON), config=config, delivery="manual") as tw:
        readers = range(100, 141)
        load_follows(tw, [(reader, author) for author, count in AUDIENCES.items() for reader in readers[:count]])
        load_follows(tw, [(NOBODY, readers[0])])
        tw.drain()
        for reader in readers:
            tw.timelines.get_timeline(reader, page_size=1)
        pushes: list[tuple[int, list[int]]] = []
        fail_next: list[bool] = []
        store = tw.boxes["timeline_store"]
        real = store.push

        def push(tweet_id: int, readers: Any, **options: Any) -> Any:
            if fail_next:
                fail_next.clear()
                raise ConnectionError("Redis did not answer, once")
            pushes.append((tweet_id, list(readers)))
            return real(tweet_id, readers, **options)

        store.push = push
        yield tw, pushes, fail_next


def _deliver(tw: Twitter, authors: list[int]) -> list[int]:
    """Let them post and deliver the events, but work no batch; the tweet ids."""
    posted = [tw.tweets.post_tweet(author, "hello").tweet_id for author in authors]
    while tw.waiting:
        tw.step()
    if tw.dead_letters:
        raise Wrong(f"on_tweet_posted failed with {tw.dead_letters[0].error}.")
    return posted


def _all_steps(tw: Twitter) -> bool:
    """Work the queue to its end; False if it has none."""
    return any(not tw.step() for _ in range(60))


def _reached(pushes: list[tuple[int, list[int]]]) -> list[int]:
    return sorted(reader for _, readers in pushes for reader in readers)


def _followers(author: int) -> list[int]:
    return list(range(100, 100 + AUDIENCES[author]))


def _judge_story(answer: Any, seed: int) -> None:
    """A few people at random, thresholds that are crossed by two follows, batches of one: every page against `mini`."""
    rng, mini, told = random.Random(seed), Mini(), list[str]()
    config = Config(celebrity_threshold=2, influencer_threshold=2, fanout_batch=1)
    with Twitter(fanout=answer, clock=ManualClock(NOON), config=config) as tw:
        users = [tw.users.register(f"u{number}").user_id for number in range(5)]
        for _ in range(24):
            one, other = rng.sample(range(5), 2)
            if (act := rng.choice(["follow", "follow", "unfollow", "post", "post", "post", "read"])) == "post":
                mini.post_tweet(users[one], tw.tweets.post_tweet(users[one], "hello").tweet_id)
            elif act != "read":
                getattr(mini, f"{act}_user")(users[one], users[other])
                getattr(tw.follows, f"{act}_user")(users[one], users[other])
            told.append(f"{one} {act}s" + (f" {other}" if "follow" in act else ""))
            shown = [tweet.tweet_id for tweet in tw.timelines.get_timeline(users[other]).tweets]
            if shown != mini.home(users[other]):
                raise Wrong(f"a timeline differs from mini's after: {', '.join(told)}, {other} reads.")


class Draft:
    """A right planner with the typical faults, each switched on by a subclass."""

    at_once, whole, pushes_all, notes, turns, pops_first, empty_lanes = False, False, False, True, True, False, False

    def __init__(self, follow_graph: Any, timeline_store: Any, config: Config) -> None:
        self.graph, self.timelines, self.config = follow_graph, timeline_store, config
        self.lanes: OrderedDict[int, deque[tuple[int, list[int]]]] = OrderedDict()

    def on_tweet_posted(self, event: Any) -> None:
        followers = list(self.graph.followers(event.user_id))
        if len(followers) > self.config.celebrity_threshold and not self.pushes_all:
            if self.notes:
                self.timelines.note_unpushed(event.user_id, event.tweet_id)
            return
        if self.at_once:
            self.timelines.push(event.tweet_id, followers)
            return
        size = len(followers) or 1 if self.whole else self.config.fanout_batch
        batches = [(event.tweet_id, followers[at : at + size]) for at in range(0, len(followers), size)]
        if batches or self.empty_lanes:
            self.lanes.setdefault(event.user_id if self.turns else 0, deque()).extend(batches)

    on_tweet_retweeted = on_tweet_posted

    def step(self) -> bool:
        if not self.lanes:
            return False
        author, lane = next(iter(self.lanes.items()))
        tweet_id, readers = lane.popleft() if self.pops_first else lane[0]
        self.lanes.move_to_end(author)
        if self.pops_first and not lane:
            del self.lanes[author]
        self.timelines.push(tweet_id, readers)
        if not self.pops_first:
            lane.popleft()
            if not lane:
                del self.lanes[author]
        return True


def with_faults(**faults: bool) -> type[Draft]:
    return type("MyFanout", (Draft,), faults)
