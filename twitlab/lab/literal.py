"""The case study's own timeline, word for word, with thin stubs for what it uses and never defines.

In the case study: ``TwitterTimelineService.get_timeline``. The stubs are right on purpose (the push list is twitlab's own,
rebuilt when it must be), so whatever the referee finds is in the text between the two lines below. The invariant: that
text stays as it stands in the case study. Twitter's home timeline never cached a merged page; it merged at each read.
"""

from __future__ import annotations

from typing import Any

from twitlab.core.clock import Clock
from twitlab.core.config import Config
from twitlab.core.model import Tweet
from twitlab.services.timelines import Timelines
from twitlab.storage.follow_graph import FollowGraph
from twitlab.storage.generation import Generation
from twitlab.storage.reader import Reader
from twitlab.storage.timeline_store import TimelineStore
from twitlab.storage.tweet_store import TweetStore


class TwitterTimelineService:
    """The text of the case study."""

    user_service: Any
    timeline_cache: Any

    # ---- from here on word for word ----------------------------------------------------------------------------

    def get_timeline(self, user_id, page_size=20):  # type: ignore[no-untyped-def]
        """Get user's timeline"""

        # Try cache first
        cached_timeline = self.timeline_cache.get_timeline(user_id)
        if cached_timeline:
            return cached_timeline[:page_size]

        # Hybrid approach: Merge push and pull
        timeline_tweets = []

        # Get pre-computed timeline (push model)
        push_tweets = self.get_push_timeline(user_id)
        timeline_tweets.extend(push_tweets)

        # Get tweets from celebrity users (pull model)
        celebrity_following = self.user_service.get_celebrity_following(user_id)
        for celebrity_id in celebrity_following:
            celebrity_tweets = self.get_recent_tweets(celebrity_id, limit=10)
            timeline_tweets.extend(celebrity_tweets)

        # Sort by timestamp and cache
        timeline_tweets.sort(key=lambda t: t["created_at"], reverse=True)
        self.timeline_cache.cache_timeline(user_id, timeline_tweets)

        return timeline_tweets[:page_size]

    # ---- to here -----------------------------------------------------------------------------------------------

    def get_push_timeline(self, user_id: int) -> list[dict[str, Any]]:
        raise NotImplementedError("the case study uses get_push_timeline and never defines it")

    def get_recent_tweets(self, user_id: int, limit: int) -> list[dict[str, Any]]:
        raise NotImplementedError("the case study uses get_recent_tweets and never defines it")


class CaseStudyTimelines(TwitterTimelineService):
    """A part: ``Twitter(timelines=CaseStudyTimelines)``, ``referee(CaseStudyTimelines)``. It cannot page (no cursor)."""

    def __init__(
        self,
        *,
        follow_graph: FollowGraph,
        tweet_store: TweetStore,
        timeline_store: TimelineStore,
        generation: Generation,
        reader: Reader,
        config: Config,
        clock: Clock,
    ) -> None:
        self._ours = Timelines(
            follow_graph=follow_graph,
            tweet_store=tweet_store,
            timeline_store=timeline_store,
            generation=generation,
            reader=reader,
            config=config,
        )
        self._tweets, self._reader = tweet_store, reader
        self.on_user_followed = self._ours.on_user_followed
        self.timeline_cache = TimelineCache(clock, config.timeline_ttl_s)
        self.user_service = UserService(follow_graph, config.celebrity_threshold)

    def get_push_timeline(self, user_id: int) -> list[dict[str, Any]]:
        """Everything that was pushed, as twitlab's own timeline has it at this moment, celebrities left to the pull."""
        celebrities = self.user_service.get_celebrity_following(user_id)
        page = self._ours.get_timeline(user_id, 200)
        return [_as_dict(tweet) for tweet in page.tweets if tweet.user_id not in celebrities]

    def get_recent_tweets(self, user_id: int, limit: int) -> list[dict[str, Any]]:
        """The author's newest tweets."""
        ids = [one for one, _ in zip(self._tweets.views.of_author(user_id), range(limit), strict=False)]
        return [_as_dict(tweet) for tweet in self._reader.see(user_id, ids)]


class UserService:
    """``self.user_service``: asked for the celebrities somebody follows, and nothing else."""

    def __init__(self, graph: FollowGraph, threshold: int) -> None:
        self._graph, self._threshold = graph, threshold

    def get_celebrity_following(self, user_id: int) -> list[int]:
        """Followees with more than ``threshold`` followers."""
        return [one for one in self._graph.following(user_id) if len(self._graph.followers(one)) > self._threshold]


class TimelineCache:
    """``self.timeline_cache``: a dictionary whose entries live for ``ttl_s`` seconds of the clock."""

    def __init__(self, clock: Clock, ttl_s: int) -> None:
        self._clock, self._ttl_ms = clock, ttl_s * 1000
        self._kept: dict[int, tuple[int, list[dict[str, Any]]]] = {}

    def get_timeline(self, user_id: int) -> list[dict[str, Any]]:
        """What is cached and not expired, or nothing."""
        until, timeline = self._kept.get(user_id, (0, []))
        return timeline if self._clock.now_ms() < until else []

    def cache_timeline(self, user_id: int, timeline: list[dict[str, Any]]) -> None:
        """Keep the merged page."""
        self._kept[user_id] = (self._clock.now_ms() + self._ttl_ms, timeline)


def _as_dict(tweet: Tweet) -> dict[str, Any]:
    """A tweet as the case study passes it around; the id stands for the time, which has only milliseconds."""
    return {"tweet_id": tweet.tweet_id, "user_id": tweet.user_id, "created_at": tweet.tweet_id}
