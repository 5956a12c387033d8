"""Defects of stores and of search.

In the case study: "1. Tweet Storage", "1. Storage Technologies", "4. Search Service".
Invariant: every fix is the smallest that its test accepts.
Real Twitter left shards by time in 2011, kept edges both ways in one store, and pages search by id.
"""

# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, disallow-incomplete-defs=False, check-untyped-defs=False

from __future__ import annotations

from twitlab.core.clock import ManualClock
from twitlab.lab.spot_the_bug.defect import Defect, must
from twitlab.lab.spot_the_bug.quoted_services import (
    TwitterSearchService,
    TwitterTweetService,
)
from twitlab.lab.spot_the_bug.quoted_stores import TwitterStorageStack, TwitterTweetStorage
from twitlab.lab.spot_the_bug.stubs import NOON

STORE, SEARCH = "store", "search"
FEBRUARY = 1_706_745_600_000
"""1 February 2024, 00:00 UTC."""


class Ticking(ManualClock):
    """A clock that moves by a millisecond whenever it is read, as clocks do."""

    def now_ms(self):
        self.advance(1)
        return super().now_ms()


class AllShards(TwitterTweetStorage):
    def get_recent_shards(self, months):
        return [self.tweet_shards[key] for key in sorted(self.tweet_shards, reverse=True)]


def old_tweets_are_found(part):
    storage = part(ManualClock(NOON))
    storage.tweet_shards["tweets_2023_08"].insert("tweets", {"tweet_id": 1, "user_id": 1, "created_at": 1})
    shown = [tweet["tweet_id"] for tweet in storage.get_user_tweets(1)]
    must(
        shown == [1],
        f"a user whose only tweet is five months old has {len(shown)} tweets: the last three shards are searched. "
        "Go on, newest first, until there are enough.",
    )


class ShardsByTheId(TwitterTweetStorage):
    def save_tweet(self, tweet):
        shard_key = self.get_shard_key(self.extract_timestamp_from_id(tweet["tweet_id"]))
        self.tweet_shards[shard_key].insert("tweets", tweet)
        self.cache_hot_tweet(tweet)


def a_tweet_at_midnight_is_found(part):
    clock = Ticking(FEBRUARY - 2)
    storage = part(clock)
    tweet = TwitterTweetService(clock, storage).post_tweet(1, "happy February")
    clock.advance(2 * 3_600_000)  # the hot cache has let go of it
    must(
        storage.get_tweet(tweet["tweet_id"]),
        "posted at midnight, saved into February by created_at, looked for in January by the id's time: not found. "
        "Route by the id in both directions.",
    )


class NoUsual(TwitterStorageStack):
    def get_storage_for_data_type(self, data_type):
        if data_type not in {"user_profile", "tweet_content", "user_timeline", "search_query", "engagement_metrics",
                             "profile_image", "real_time_events"}:  # fmt: skip
            raise LookupError(f"nobody stores {data_type!r}")
        return super().get_storage_for_data_type(data_type)


def an_unknown_type_is_refused(part):
    stack = part()
    must(stack.get_storage_for_data_type("user_timeline"), "user_timeline is a known type.")
    try:
        stack.get_storage_for_data_type("direct_mesage")
    except (LookupError, ValueError):
        return
    must(False, "'direct_mesage', a typing error, went to MySQL without a word. Refuse what nobody named.")


# ---------------------------------------------------------------- search


def conditions(filters):
    """The case study's filters as a list of Elasticsearch conditions."""
    found = []
    if "user_id" in filters:
        found.append({"term": {"user_id": filters["user_id"]}})
    if "date_range" in filters:
        start, end = filters["date_range"]["start"], filters["date_range"]["end"]
        found.append({"range": {"created_at": {"gte": start, "lte": end}}})
    return found


class FiltersAlone(TwitterSearchService):
    def search_tweets(self, query, filters=None, page=1, page_size=20):
        asked = {"must": [{"match": {"content": query}}], "filter": conditions(filters or {})}
        body = {"query": {"bool": asked}, "from": (page - 1) * page_size, "size": page_size}
        return self.elasticsearch.search(index="tweets", body=body)


def cats(part, number):
    service = part()
    service.elasticsearch.documents = [{"tweet_id": n, "created_at": n, "content": "a cat"} for n in range(1, number + 1)]
    return service


def a_date_range_alone_works(part):
    service = cats(part, 9)
    try:
        found = service.search_tweets("cat", {"date_range": {"start": 3, "end": 5}})
    except KeyError as error:
        must(False, f"filters with a date_range and no user_id: KeyError {error}. The list was made for user_id only.")
    shown = [tweet["tweet_id"] for tweet in found]
    must(shown == [5, 4, 3], f"tweets 3 to 5 were asked for, {shown} came.")
    shown = [tweet["tweet_id"] for tweet in service.search_tweets("cat")]
    must(len(shown) == 9, f"without filters 9 tweets match, {len(shown)} came.")


class BelowTheLast(TwitterSearchService):
    def next_page(self, query, number, shown):
        asked = {"must": [{"match": {"content": query}}], "filter": []}
        if shown:
            asked["filter"].append({"range": {"tweet_id": {"lt": shown[-1]["tweet_id"]}}})
        return self.elasticsearch.search(index="tweets", body={"query": {"bool": asked}, "from": 0, "size": 20})


def no_row_repeats_while_others_post(part):
    service = cats(part, 40)
    shown = list(service.next_page("cat", 1, []))
    service.elasticsearch.documents.append({"tweet_id": 41, "created_at": 41, "content": "a cat"})
    shown += service.next_page("cat", 2, shown)
    ids = [tweet["tweet_id"] for tweet in shown]
    must(
        len(set(ids)) == len(ids),
        f"somebody posted between two pages: tweet {max(i for i in ids if ids.count(i) > 1)} stands on both. "
        "A page number counts from a top that moves: go on strictly below the last id shown."
        if len(set(ids)) < len(ids)
        else "",
    )
    must(ids == list(range(40, 0, -1)), f"two pages hold {len(ids)} tweets, should be 40 to 1.")


DEFECTS = tuple(
    Defect(group=group, key=key, heading=heading, theirs=theirs, methods=tuple(methods.split()), breaks=breaks, fixed=fixed,
           must_hold=must_hold, right=f"twitlab.{right}")
    for group, key, heading, theirs, methods, breaks, fixed, must_hold, right in (
        (STORE, "three shards", "1. Tweet Storage", TwitterTweetStorage, "get_user_tweets",
         "only the last three months are searched", AllShards, old_tweets_are_found, "services.tweets:Tweets.get_user_tweets"),
        (STORE, "two clocks", "1. Tweet Storage", TwitterTweetStorage, "save_tweet get_tweet",
         "saved by created_at, read by the id's time: lost at a month's border", ShardsByTheId, a_tweet_at_midnight_is_found,
         "storage.tweet_store:by_month"),
        (STORE, "unknown type", "1. Storage Technologies", TwitterStorageStack, "get_storage_for_data_type",
         "an unknown data type goes silently to MySQL", NoUsual, an_unknown_type_is_refused, "app:Twitter"),
        (SEARCH, "date range alone", "4. Search Service", TwitterSearchService, "search_tweets",
         "filters with a date_range and no user_id raise KeyError", FiltersAlone, a_date_range_alone_works,
         "core.query:understand"),
        (SEARCH, "from and size", "4. Search Service", TwitterSearchService, "search_tweets",
         "from/size repeats rows while others post", BelowTheLast, no_row_repeats_while_others_post,
         "services.search:Search.search_tweets"),
    )
)  # fmt: skip
