"""Every number of the case study in one place, as defaults that can be turned.

In the case study they stand where they are used (``follower_count > 1_000_000``, ``zremrangebyrank(key, 0, -801)``).
The invariant: no threshold, size or lifetime is written anywhere else in the package. Twitter kept such numbers in a
configuration service and changed them while running; here a ``Config`` is frozen and belongs to one ``Twitter``.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

from twitlab.core.errors import InvalidRequest

Strategy = Literal["hybrid", "push", "pull", "per_edge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The numbers a ``Twitter`` runs by. Durations are seconds of the ``Clock``; sizes are counts."""

    celebrity_threshold: int = 1_000_000  # self.celebrity_threshold = 1_000_000  # 1M followers
    influencer_threshold: int = 10_000  # elif follower_count > 10_000
    strategy: Strategy = "hybrid"  # 'fan_out_strategy': 'Hybrid approach based on follower count'
    fanout_batch: int = 1_000  # batch_size = 1000
    fair_queue: bool = True  # ours: round-robin between authors; False is one queue for everybody
    active_s: int = 7 * 86_400  # ours: an influencer pushes to followers who read within a week
    vip_per_celebrity: int = 100  # vip_followers = self.get_vip_followers(...), never defined there
    push_cost: float = 5.0  # ours, per-edge strategy: microseconds for one push ...
    pull_cost: float = 20.0  # ... and for pulling one author once
    timeline_cap: int = 800  # zremrangebyrank(cache_key, 0, -801): "last 800 tweets"
    timeline_ttl_s: int = 3_600  # self.timeline_cache.expire(cache_key, 3600)  # 1 hour
    trim_every: int = 32  # ours: a push in 32 trims; readers trust the newest `timeline_cap` only
    user_partitions: int = 16  # ours: keys of one partition share a Redis Cluster hash tag
    idempotency_s: int = 86_400  # ours: how long an idempotency key is remembered
    search_cache_s: int = 300  # self.search_cache.cache_results(cache_key, results, ttl=300)
    row_cache: int = 50_000  # ours: tweet rows kept in process (rows never change, except to deleted)
    worker_id: int = 0  # machine_id = self.get_machine_id()
    max_attempts: int = 3  # ours: tries of one delivery before it is a dead letter
    duckdb_threads: int = 2  # ours: DuckDB's own default takes every core ...
    duckdb_memory: str = "256MB"  # ... and 80 % of the memory

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.type == "int" and (type(value) is not int or value < _LOWEST.get(field.name, 1)):
                raise InvalidRequest(
                    f"Config({field.name}={value!r}): give a whole number, {_LOWEST.get(field.name, 1)} or more"
                )
            if field.type == "float" and (type(value) not in (int, float) or not value >= 0):
                raise InvalidRequest(f"Config({field.name}={value!r}): give a number, 0 or more")
        if self.strategy not in get_args(Strategy):
            raise InvalidRequest(f"Config(strategy={self.strategy!r}): choose one of {', '.join(get_args(Strategy))}")
        if self.influencer_threshold > self.celebrity_threshold:
            raise InvalidRequest(
                f"Config: influencer_threshold {self.influencer_threshold} is above celebrity_threshold "
                f"{self.celebrity_threshold}: an influencer has fewer followers than a celebrity"
            )

    @classmethod
    def lab(cls, **changes: Any) -> Self:
        """The same house scaled to the shipped network of 2,000 people, so that every tier has work to do.

        The thresholds are quantiles of ``data/``, not the case study's divided by a thousand (that would leave
        tiers empty): each tier carries at least 10 % of the deliveries, and at least 10 % of the timelines run
        past the cap. ``changes`` override single numbers.
        """
        scaled: dict[str, Any] = {
            "celebrity_threshold": 300,
            "influencer_threshold": 80,
            "timeline_cap": 80,
            "fanout_batch": 10,
            "vip_per_celebrity": 10,
            "user_partitions": 4,
            "timeline_ttl_s": 3_600,
        }
        return cls(**(scaled | changes))


_LOWEST = {
    "celebrity_threshold": 0,
    "influencer_threshold": 0,
    "vip_per_celebrity": 0,
    "active_s": 0,
    "worker_id": 0,
    "row_cache": 0,
    "timeline_ttl_s": 0,
    "search_cache_s": 0,
    "idempotency_s": 0,
}
