"""Fan-out: who gets a new tweet pushed into their timeline, and who will pull it.

In the case study: ``fan_out_tweet`` and ``TwitterFanOutOptimization.optimized_fan_out``. The invariant: a tweet that is
not pushed to every built timeline of its author's followers is noted as unpushed first, so that no crossing of a
threshold, no redelivery and no lost queue can hide it. Twitter made over 30 billion deliveries a day, under 5 s each
as a goal, up to 5 minutes for an author with 31 million followers; those were then left to be pulled.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from twitlab.core.clock import Clock
from twitlab.core.config import Config
from twitlab.core.events import TweetPosted, TweetRetweeted
from twitlab.core.model import require_id
from twitlab.core.snowflake import first_id_at
from twitlab.storage.fanout_queue import Batch, FanoutQueue
from twitlab.storage.follow_graph import FollowGraph
from twitlab.storage.timeline_store import TimelineStore
from twitlab.storage.tweet_store import TweetStore

Tier = Literal["regular", "influencer", "celebrity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What happens to a new tweet of an author: pushed to ``readers``; ``pulled``: the others pull it.

    ``active_only``: a reader not seen for ``Config.active_s`` is skipped (and rebuilds on return).
    """

    tier: Tier
    readers: Sequence[int]
    pulled: bool = False
    active_only: bool = False


class Fanout:
    """``tw.fanout``: plans on the event, then works the queue batch by batch."""

    def __init__(
        self,
        *,
        follow_graph: FollowGraph,
        tweet_store: TweetStore,
        timeline_store: TimelineStore,
        fanout_queue: FanoutQueue,
        clock: Clock,
        config: Config,
    ) -> None:
        self._graph, self._tweets, self._timelines, self._queue = (
            follow_graph,
            tweet_store,
            timeline_store,
            fanout_queue,
        )
        self._clock, self._config = clock, config
        self.stats: Counter[str] = Counter()

    def tier(self, author_id: int) -> Tier:
        """By the number of followers now."""
        followers = len(self._graph.followers(author_id))
        if followers > self._config.celebrity_threshold:
            return "celebrity"
        return "influencer" if followers > self._config.influencer_threshold else "regular"

    def plan(self, author_id: int) -> Plan:
        """The choice for a tweet that the author posts now."""
        require_id(author_id, "author_id")
        tier, followers = self.tier(author_id), list(self._graph.followers(author_id))
        match self._config.strategy:
            case "push":
                return Plan(tier=tier, readers=followers)
            case "pull":
                return Plan(tier=tier, readers=[], pulled=True)
            case "per_edge":
                chosen = self._worth_pushing(author_id, followers)
                return Plan(tier=tier, readers=chosen, pulled=len(chosen) < len(followers))
        if tier == "celebrity":
            return Plan(tier=tier, readers=self.vips(followers), pulled=True)
        return Plan(tier=tier, readers=followers, active_only=tier == "influencer")

    def vips(self, followers: Sequence[int]) -> list[int]:
        """The followers who read most, at most ``Config.vip_per_celebrity``; who never read is none."""
        reads = self._timelines.reads
        readers = (one for one in followers if reads[one])
        return heapq.nsmallest(self._config.vip_per_celebrity, readers, key=lambda one: (-reads[one], one))

    def on_tweet_posted(self, event: TweetPosted) -> None:
        """Queue the tweet for the followers who get it pushed."""
        self._enqueue(event.user_id, event.tweet_id)

    def on_tweet_retweeted(self, event: TweetRetweeted) -> None:
        """A retweet fans out like a tweet of the retweeter."""
        self._enqueue(event.user_id, event.tweet_id)

    def step(self) -> bool:
        """Work one batch, the next author's in turn; False when the queue is empty."""
        taken = self._queue.take()
        if taken is None:
            return False
        lane, batch = taken
        active_since = self._clock.now_ms() - self._config.active_s * 1000 if batch.active_only else 0
        delivered = self._timelines.push(batch.tweet_id, batch.readers, active_since_ms=active_since)
        self._queue.done(lane)
        self.stats["batches"] += 1
        self.stats["deliveries"] += delivered
        self.stats["skipped"] += len(batch.readers) - delivered
        return True

    def waiting(self) -> list[Batch]:
        """The queued batches: look at them between two ``tw.step()``."""
        return self._queue.waiting()

    def _enqueue(self, author_id: int, tweet_id: int) -> None:
        plan = self.plan(author_id)
        self.stats[plan.tier] += 1
        if plan.pulled:
            self._timelines.note_unpushed(author_id, tweet_id)
        self._queue.put(author_id, tweet_id, plan.readers, size=self._config.fanout_batch, active_only=plan.active_only)

    def _worth_pushing(self, author_id: int, followers: Sequence[int]) -> list[int]:
        """Feeding Frenzy's local choice: push iff cost-per-push x author's rate <= cost-per-pull x reader's rate."""
        week = first_id_at(max(self._clock.now_ms() - 7 * 86_400_000, 0))
        posts = max(self._tweets.views.rate(author_id, week), 1)
        reads = self._timelines.reads
        return [one for one in followers if self._config.push_cost * posts <= self._config.pull_cost * reads[one]]
