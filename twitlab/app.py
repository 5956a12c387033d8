"""Twitter, assembled: builds every box of the drawing, and owns the table of who reacts to what.

In the case study the services construct each other (``TimelineService()`` in the tweet service), so none can be swapped or
tested alone. The invariant here: this is the only file that knows all services; ``ROUTES`` is the whole reaction graph.
Real Twitter's composition is hundreds of processes and an event bus with the same table spread over them.
"""

from __future__ import annotations

import random
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from twitlab.core import events as e
from twitlab.core.bus import Bus, Delivery
from twitlab.core.clock import Clock, SystemClock
from twitlab.core.config import Config
from twitlab.core.errors import DeadLetters, InvalidRequest
from twitlab.core.parts import check_arguments, construct
from twitlab.core.snowflake import Snowflake
from twitlab.services.engagement import Engagement
from twitlab.services.fanout import Fanout
from twitlab.services.follows import Follows
from twitlab.services.search import Search, SearchIndex
from twitlab.services.timelines import Timelines
from twitlab.services.trending import Trending
from twitlab.services.tweets import Tweets
from twitlab.services.users import Users
from twitlab.storage.backends import Database, Tracer, open_redis
from twitlab.storage.engagement_store import EngagementStore
from twitlab.storage.fanout_queue import FanoutQueue
from twitlab.storage.follow_graph import FollowGraph
from twitlab.storage.generation import Generation
from twitlab.storage.reader import Reader
from twitlab.storage.timeline_store import TimelineStore
from twitlab.storage.tweet_store import TweetStore, by_month
from twitlab.storage.user_store import UserStore

ROUTES: dict[type[e.Event], tuple[str, ...]] = {
    e.UserRegistered: (),
    e.ProfileUpdated: ("follows.on_profile_updated", "trending.on_profile_updated"),
    e.UserFollowed: ("timelines.on_user_followed",),
    e.FollowRequested: (),
    e.UserUnfollowed: (),
    e.UserBlocked: (),
    e.UserUnblocked: (),
    e.UserMuted: (),
    e.UserUnmuted: (),
    e.TweetPosted: ("fanout.on_tweet_posted", "search.on_tweet_posted", "trending.on_tweet_posted"),
    e.TweetDeleted: ("engagement.on_tweet_deleted", "search.on_tweet_deleted", "trending.on_tweet_deleted"),
    e.TweetRetweeted: ("fanout.on_tweet_retweeted",),
    e.RetweetUndone: (),
    e.TweetLiked: (),
    e.TweetUnliked: (),
    e.DataLoaded: ("timelines.on_data_loaded", "search.on_data_loaded", "trending.on_data_loaded"),
}

SERVICES: dict[str, type[Any]] = {
    "users": Users,
    "follows": Follows,
    "tweets": Tweets,
    "engagement": Engagement,
    "fanout": Fanout,
    "timelines": Timelines,
    "search": Search,
    "trending": Trending,
}
PARTS = {**SERVICES, "ids": Snowflake, "search_index": SearchIndex, "partition": by_month}


class Twitter:
    """A whole Twitter: ``tw.users``, ``tw.follows``, ``tw.tweets``, ``tw.engagement``, ``tw.timelines``, ``tw.search``, ...

    Parameters
    ----------
    store: folder of the DuckDB files, one a month (made if missing); None: all in memory.
    redis: ``redis://host:port/db``; None: embedded.
    config, clock, seed: the numbers, the time and the chance it runs by.
    delivery: "immediate" (a command returns when everything it caused is delivered) or "manual" (``step``, ``drain``).
    tracer: called with one line for every SQL statement and Redis command, ``print`` for instance.
    parts: classes put in place of ours: ``timelines=MyTimelines``, ``ids=MySnowflake``, ... Each is constructed with
        those of our constructor keywords that it names. ``partition=``: a function from a tweet id to a file's name.

    Raises ``StoreLocked``, ``StoreError``, ``RedisUnavailable``, ``InvalidRequest``.
    """

    users: Users
    follows: Follows
    tweets: Tweets
    engagement: Engagement
    fanout: Fanout
    timelines: Timelines
    search: Search
    trending: Trending

    def __init__(
        self,
        store: str | Path | None = None,
        *,
        redis: str | None = None,
        config: Config | None = None,
        clock: Clock | None = None,
        seed: int = 0,
        delivery: str = "immediate",
        tracer: Tracer | None = None,
        **parts: Any,
    ) -> None:
        if delivery not in ("immediate", "manual"):
            raise InvalidRequest(f'delivery={delivery!r}: choose "immediate" or "manual"')
        if unknown := parts.keys() - PARTS:
            raise InvalidRequest(f"no part is called {', '.join(sorted(unknown))}: choose from {', '.join(sorted(PARTS))}")
        self.config, self.clock = config or Config(), clock or SystemClock()
        check_arguments(store=store, redis=redis, config=config, clock=clock, seed=seed, tracer=tracer, parts=parts)
        self._ends_with_process = store is None and redis is not None
        self._db = Database(Path(store) if store is not None else None, self.config, tracer)
        try:
            self._build(open_redis(redis, tracer), redis is None, delivery == "immediate", seed, parts)
        except BaseException:
            self._db.close()
            raise

    def _build(self, redis: Any, embedded: bool, immediate: bool, seed: int, parts: dict[str, Any]) -> None:
        config, clock, db = self.config, self.clock, self._db
        self._generation = Generation(db, redis, embedded=embedded)
        self._bus = Bus(
            immediate=immediate, settle=db.settle, max_attempts=config.max_attempts, on_dead=self._after_dead_letter
        )
        users, graph = UserStore(db), FollowGraph(db)
        tweets = TweetStore(db, partition=parts.get("partition", by_month), row_cache=config.row_cache)
        likes = EngagementStore(db, tweets.part_of)
        offered: dict[str, Any] = {
            "clock": clock,
            "config": config,
            "rng": random.Random(seed),
            "publish": self._bus,
            "db": db,
            "redis": redis,
            "generation": self._generation,
            "user_store": users,
            "follow_graph": graph,
            "tweet_store": tweets,
            "engagement_store": likes,
            "timeline_store": TimelineStore(redis, clock=clock, config=config, generation=self._generation),
            "fanout_queue": FanoutQueue(redis, generation=self._generation, fair=config.fair_queue),
            "reader": Reader(user_store=users, follow_graph=graph, tweet_store=tweets, engagement_store=likes),
            "worker_id": config.worker_id,
            "after": max(tweets.newest_id, max(users.by_id, default=0)),
        }
        self.boxes = offered
        self.ids = construct("ids", parts.get("ids", Snowflake), offered)
        offered["next_id"] = self.ids.next_id
        offered["search_index"] = construct("search_index", parts.get("search_index", SearchIndex), offered)
        for name, usual in SERVICES.items():
            setattr(self, name, construct(name, parts.get(name, usual), offered))
        self._bus.routes = {event: self._handlers(names) for event, names in ROUTES.items()}
        self._bus.worker = getattr(self.fanout, "step", lambda: False)
        for entry in db.outbox():
            self._bus(entry)
        if immediate:
            with self._bus.command():
                pass  # whatever an earlier session left undelivered

    def load(self, tweets: Any = None, follows: Any = None, users: Any = None, progress: bool | None = None) -> Any:
        """Load data files (see ``twitlab.loading``): the ``LoadReport``. ``progress=None``: a bar only on a terminal."""
        from twitlab.loading import load

        return load(self, tweets=tweets, follows=follows, users=users, progress=progress)

    def step(self) -> bool:
        """Make one delivery, or work one fan-out batch; False when nothing waits."""
        return self._bus.step()

    def drain(self) -> int:
        """Deliver everything that waits; the number of steps. Raises ``DeadLetters`` if a delivery failed for good."""
        return self._bus.drain()

    def redeliver(self) -> int:
        """Try the dead letters again; the number of steps."""
        return self._bus.redeliver()

    @property
    def waiting(self) -> list[Delivery]:
        """Deliveries not made yet (``tw.fanout.waiting()`` has the batches of the fan-out queue)."""
        return self._bus.waiting

    @property
    def dead_letters(self) -> list[Delivery]:
        """Deliveries that failed for good; the facts themselves are stored."""
        return list(self._bus.dead_letters)

    def close(self) -> None:
        """Give files and connections back. Raises ``DeadLetters`` (after closing) if a delivery failed for good."""
        try:
            self._bus.settle()
            if self._ends_with_process and not self._bus.dead_letters:
                self._generation.forget()
        finally:
            self._db.close()
        if self._bus.dead_letters:
            raise DeadLetters(self._bus.dead_letters)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self.close()
        except DeadLetters:
            if error is None:
                raise

    def _handlers(self, names: tuple[str, ...]) -> list[Any]:
        """The bound methods of a row of ROUTES; a learner's own part may leave a handler out."""
        found = []
        for name in names:
            service, method = name.split(".")
            part = getattr(self, service)
            if hasattr(part, method) or type(part) is SERVICES[service]:
                found.append(getattr(part, method))
        return found

    def _after_dead_letter(self, delivery: Delivery) -> None:
        """A push may be missing: no timeline is trusted any more; each is built from the store when it is read."""
        self._generation.next()
