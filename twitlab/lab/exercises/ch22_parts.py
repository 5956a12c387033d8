"""Chapter 22: the whole timeline storage, and the typical half-fixes, each with one fault.

In the case study: nothing of this; these are what learners write first.
Invariant: ``Whole`` holds in all five tests of the timeline storage, every other class fails one of its exercise's tests.
Real timelines have had most of these half-fixes in production; the issue lists of open-source ones show them.
"""

# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, disallow-incomplete-defs=False, check-untyped-defs=False

from __future__ import annotations

from twitlab.core.snowflake import EPOCH_MS
from twitlab.lab.spot_the_bug.quoted_services import (
    TwitterFanOutOptimization,
    TwitterTimelineService,
    TwitterTweetService,
)
from twitlab.lab.spot_the_bug.quoted_stores import TwitterTimelineStorage, TwitterTweetStorage
from twitlab.lab.spot_the_bug.stubs import ValidationError

# ---------------------------------------------------------------- 22.1, 22.2


class CutsOff(TwitterTweetService):
    """Keeps the lowest 41 bits of the time: after 2039 it starts again."""

    def generate_tweet_id(self):
        timestamp = int(self.time.time() * 1000) % (1 << 41)
        return (timestamp << 22) | (self.get_machine_id() << 12) | self.get_next_sequence()


class SubtractsSeconds(TwitterTweetService):
    """The epoch in seconds, the time in milliseconds."""

    def generate_tweet_id(self):
        timestamp = int(self.time.time() * 1000) - EPOCH_MS // 1000
        return (timestamp << 22) | (self.get_machine_id() << 12) | self.get_next_sequence()


class CountsBytes(TwitterTweetService):
    """UTF-8 is no weight either."""

    def post_tweet(self, user_id, content, media_urls=None):
        if len(content.encode("utf-8")) > 280:
            raise ValidationError("Tweet too long")


class CountsSymbols(TwitterTweetService):
    """What a reader would call one character: joined emoji are one."""

    def post_tweet(self, user_id, content, media_urls=None):
        if len(content) - 2 * content.count("\N{ZERO WIDTH JOINER}") > 280:
            raise ValidationError("Tweet too long")


# ---------------------------------------------------------------- 22.3


class Whole(TwitterTimelineStorage):
    """The five fixes in one: members instead of scores, and a list that is either there or built by a read."""

    exists_first, renews = True, False

    def position(self, tweet_id):
        return tweet_id

    def store_timeline_entry(self, user_id, tweet_id, timestamp):
        key = f"timeline:{user_id}"
        self.timeline_db.insert("user_timelines", {"user_id": user_id, "tweet_id": tweet_id, "timestamp": timestamp})
        if self.timeline_cache.exists(key) or not self.exists_first:
            self.timeline_cache.zadd(key, {f"{tweet_id:019d}": 0})
            if self.renews:
                self.timeline_cache.expire(key, 3600)

    def get_timeline(self, user_id, count=20, max_position=None):
        key = f"timeline:{user_id}"
        if not self.timeline_cache.exists(key):
            for tweet_id in self.stored_ids(user_id):
                self.timeline_cache.zadd(key, {f"{tweet_id:019d}": 0})
        self.timeline_cache.expire(key, 3600)
        top = "+" if max_position is None else f"({max_position:019d}"
        return self.timeline_cache.zrevrangebylex(key, top, "-", start=0, num=count)


class PushesToAll(Whole):
    """Pushes into lists that have expired."""

    exists_first = False


class RenewsWithPushes(Whole):
    """Every push makes the list live an hour again."""

    renews = True


class OneSecondDown(TwitterTimelineStorage):
    """Exclusive by subtracting: skips whatever stands within the second."""

    def get_timeline(self, user_id, count=20, max_position=None):
        return super().get_timeline(user_id, count, max_position and max_position - 1)


# ---------------------------------------------------------------- 22.4 to 22.8


class ForgetsToSort(TwitterTimelineService):
    """Merges at every read, and appends."""

    def get_timeline(self, user_id, page_size=20):
        pulled = [tweet for one in self.get_celebrity_following(user_id) for tweet in self.get_recent_tweets(one, limit=10)]
        return (self.get_push_timeline(user_id) + pulled)[:page_size]


class NeverCuts(TwitterTweetStorage):
    """Caches the most, and returns all of it."""

    def get_user_tweets(self, user_id, limit=20):
        return super().get_user_tweets(user_id, 200)


class OnlyPushes(TwitterFanOutOptimization):
    """No cache of celebrities' tweets, so nothing to see double, and nothing for the others."""

    def handle_celebrity_tweet(self, tweet):
        self.push_to_followers(tweet, self.get_vip_followers(tweet["user_id"]))


class PushedInsteadOfPulled(TwitterFanOutOptimization):
    """Whoever has something pushed does not pull."""

    def get_timeline_hybrid(self, user_id):
        return self.get_push_timeline(user_id) or super().get_timeline_hybrid(user_id)
