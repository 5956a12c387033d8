"""Defects of caches: whose key it is, how long it lives, and what was never put in.

In the case study: "1. Tweet Storage", "2. Caching Strategy", "2. Read/Write Optimization".
Invariant: every fix is the smallest that its test accepts. Real Twitter's rules for the same cache: a deletion leaves a
tombstone that a racing read may not overwrite, and what is not found is remembered too, for 100 ms to a day.
"""

# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, disallow-incomplete-defs=False, check-untyped-defs=False

from __future__ import annotations

from twitlab.core.clock import ManualClock
from twitlab.core.errors import RedisUnavailable
from twitlab.lab.spot_the_bug.defect import Defect, must
from twitlab.lab.spot_the_bug.quoted_stores import (
    TimelineOptimization,
    TwitterCachingStrategy,
    TwitterReadWriteOptimization,
    TwitterTimelineStorage,
    TwitterTweetStorage,
)
from twitlab.lab.spot_the_bug.stubs import NOON, JsonRedis
from twitlab.storage.backends import open_redis

CACHES = "caches"


def with_tweets(part, number, author=1):
    """A tweet storage of that kind that holds so many tweets of an author, all of January 2024."""
    storage = part(ManualClock(NOON + 3_600_000))
    for one in range(1, number + 1):
        storage.tweet_shards["tweets_2024_01"].insert("tweets", {"tweet_id": one, "user_id": author, "created_at": one})
    return storage


class RemembersNothing(TwitterTweetStorage):
    def get_user_tweets(self, user_id, limit=20):
        cached = self.hot_tweet_cache.get(f"user_tweets:{user_id}")
        return super().get_user_tweets(user_id, limit) if cached is None else cached[:limit]


def an_empty_answer_is_cached_too(part):
    storage = with_tweets(part, 3, author=2)
    for _ in range(100):
        must(storage.get_user_tweets(1) == [], "user 1 has no tweets, and got some.")
    asked = storage.tweet_shards["tweets_2024_01"].questions
    must(
        asked <= 1,
        f"a user without tweets was read 100 times: {asked} questions to the database. An empty list is an answer, and is "
        "falsy: ask `is not None`.",
    )


class CachesTheMost(TwitterTweetStorage):
    def get_user_tweets(self, user_id, limit=20):
        return super().get_user_tweets(user_id, 200)[:limit]


def a_longer_list_is_longer(part):
    storage = with_tweets(part, 50)
    few, many = storage.get_user_tweets(1, limit=20), storage.get_user_tweets(1, limit=50)
    must(len(few) == 20, f"asked for 20, got {len(few)}.")
    must(
        len(many) == 50,
        f"asked for 20, then for 50: got {len(many)}. What was cached for one limit was served for another: "
        "cache the most anybody may ask for.",
    )


class DurableFirst(TwitterReadWriteOptimization):
    def optimized_tweet_write(self, tweet_data):
        self.write_to_db(tweet_data)
        self.write_cache.set(f"tweet:{tweet_data['tweet_id']}", tweet_data)
        self.async_fan_out(tweet_data)
        return {"status": "success", "tweet_id": tweet_data["tweet_id"]}


def what_is_acknowledged_survives(part):
    service = part()
    said = service.optimized_tweet_write({"tweet_id": 1})
    service.crash()
    must(said["status"] == "success", "the write was not acknowledged.")
    must(
        1 in service.database,
        "it said success, the process died, and the tweet is nowhere: cache and queue were memory. "
        "Write to the database first, then acknowledge.",
    )


class LifetimesOfOneKey:
    """Who writes `timeline:1`, and how long it lives then."""

    parts = (TwitterTimelineStorage, TwitterCachingStrategy, TwitterReadWriteOptimization)

    def lifetimes(self):
        storage, caching, reads = (part() for part in self.parts)
        storage.store_timeline_entry(1, 1, 1.0)
        caching.cache_user_timeline(1, ["a tweet"])
        reads.optimized_timeline_read(1)
        shelf = caching.cache_layers["application"]
        found = round(storage.timeline_cache.ttl("timeline:1"), -1), shelf.ttl("timeline:1"), reads.read_cache.ttl("timeline:1")
        return [seconds for seconds in found if seconds is not None]


class PagesHaveTheirOwnKey(TwitterCachingStrategy):
    def cache_user_timeline(self, user_id, timeline):
        self.cache_layers["application"].setex(f"page:{user_id}", 300, timeline)


class ReadsHaveTheirOwnKey(TwitterReadWriteOptimization):
    def optimized_timeline_read(self, user_id):
        return self.read_cache.get(f"page:{user_id}") or self.generate_timeline_from_cache(user_id)


class OneOwner(LifetimesOfOneKey):
    parts = (TwitterTimelineStorage, PagesHaveTheirOwnKey, ReadsHaveTheirOwnKey)


def a_key_has_one_lifetime(part):
    found = part().lifetimes()
    must(
        len(set(found)) == 1,
        f"three writers give the key timeline:1 the lifetimes {', '.join(map(str, found))} seconds: the last one wins. "
        "A key has one owner.",
    )


class TypesOfTwoKeys:
    """One Redis, as the case study draws it: who writes `timeline:1` and `user_tweets:2`, and as what."""

    timelines = (TwitterCachingStrategy, TwitterTimelineStorage)
    tweets = (TwitterTweetStorage, TimelineOptimization)

    def share_the_timeline(self):
        redis = open_redis(None)
        caching, storage = self.timelines[0](), self.timelines[1](redis)
        caching.cache_layers["application"] = JsonRedis(redis)
        caching.cache_user_timeline(1, ["a tweet"])
        storage.store_timeline_entry(1, 2, 2.0)

    def share_the_users_tweets(self):
        redis = open_redis(None)
        storage, pages = self.tweets[0](), self.tweets[1](redis)
        storage.hot_tweet_cache = JsonRedis(redis)
        storage.get_user_tweets(2)
        pages.generate_timeline_efficiently(1)


class ListsHaveTheirOwnKey(TwitterTweetStorage):
    def get_user_tweets(self, user_id, limit=20):
        return super().get_user_tweets(f"{user_id}:rows", limit)


class OneTypeAKey(TypesOfTwoKeys):
    timelines = (PagesHaveTheirOwnKey, TwitterTimelineStorage)
    tweets = (ListsHaveTheirOwnKey, TimelineOptimization)


def a_key_has_one_type(part):
    for key, share in (("timeline:1", part().share_the_timeline), ("user_tweets:2", part().share_the_users_tweets)):
        try:
            share()
        except RedisUnavailable as error:
            must(
                "WRONGTYPE" not in str(error),
                f"{key} is a text for one class, a sorted set for the other: Redis says WRONGTYPE.",
            )
            raise


class AsksAgain(TwitterCachingStrategy):
    def retweeted(self, tweet):
        super().retweeted(tweet)
        if tweet["retweet_count"] == 1_001:
            self.cache_tweet(tweet)


def a_popular_tweet_reaches_the_cdn(part):
    caching, tweet = part(), {"tweet_id": 1, "retweet_count": 0}
    caching.cache_tweet(tweet)
    for _ in range(5_000):
        caching.retweeted(tweet)
    must(
        caching.cache_layers["cdn"].get("/tweets/1"),
        "retweeted 5,000 times and not in the CDN: the rule was tested once, when the tweet was new and had 0 retweets. "
        "Test it when the count changes.",
    )


class RowsInTheProcess(TwitterCachingStrategy):
    def __init__(self):
        super().__init__()
        self.cache_layers["database"] = type(self.cache_layers["application"])()


def every_layer_keeps_something(part):
    for name, layer in part().cache_layers.items():
        layer.setex("key", 60, "value")
        must(
            layer.get("key") == "value",
            f"the layer {name!r} ({type(layer).__name__}) keeps nothing: MySQL removed its query cache in 8.0. "
            "Keep rows in the application.",
        )


_ONE_REDIS = "2. Timeline Storage, 2. Caching Strategy"
DEFECTS = tuple(
    Defect(group=CACHES, key=key, heading=heading, theirs=theirs, methods=tuple(methods.split()), breaks=breaks, fixed=fixed,
           must_hold=must_hold, right=right and f"twitlab.{right}")
    for key, heading, theirs, methods, breaks, fixed, must_hold, right in (
        ("empty answer", "1. Tweet Storage", TwitterTweetStorage, "get_user_tweets",
         "an empty result is never cached: every read is a miss", RemembersNothing, an_empty_answer_is_cached_too,
         "storage.timeline_store:SENTINEL"),
        ("cached limit", "1. Tweet Storage", TwitterTweetStorage, "get_user_tweets",
         "cached at one limit, served at another", CachesTheMost, a_longer_list_is_longer, "core.views:TweetViews.of_author"),
        ("acknowledged, then gone", "2. Read/Write Optimization", TwitterReadWriteOptimization, "optimized_tweet_write",
         "success is said before anything is durable", DurableFirst, what_is_acknowledged_survives,
         "storage.backends:Database.commit"),
        ("three lifetimes", _ONE_REDIS, LifetimesOfOneKey, "TwitterTimelineStorage.store_timeline_entry "
         "TwitterCachingStrategy.cache_user_timeline TwitterReadWriteOptimization.optimized_timeline_read lifetimes",
         "three TTLs for one key", OneOwner, a_key_has_one_lifetime, "core.config:Config.timeline_ttl_s"),
        ("two types", _ONE_REDIS, TypesOfTwoKeys, "TwitterCachingStrategy.cache_user_timeline "
         "TwitterTimelineStorage.store_timeline_entry share_the_timeline",
         "timeline: and user_tweets: hold two Redis types", OneTypeAKey, a_key_has_one_type,
         "storage.timeline_store:TimelineStore"),
        ("CDN at zero", "2. Caching Strategy", TwitterCachingStrategy, "cache_tweet retweeted",
         "the CDN rule is tested when the tweet has 0 retweets", AsksAgain, a_popular_tweet_reaches_the_cdn, ""),
        ("no query cache", "2. Caching Strategy", TwitterCachingStrategy, "__init__",
         "MySQL's query cache was removed in 8.0", RowsInTheProcess, every_layer_keeps_something,
         "core.config:Config.row_cache"),
    )
)  # fmt: skip
