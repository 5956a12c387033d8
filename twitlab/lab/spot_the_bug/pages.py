"""Defects of pages and of fan-out: a cache at the wrong place, two ways to one reader, a helper that is not there.

In the case study: "2. Timeline Service", "1. Timeline Generation Optimization", "1. Fan-out Scalability".
Invariant: every fix is the smallest that its test accepts; ``twitlab.services.timelines`` is the whole cure.
Real Twitter merged celebrities' tweets at read time too, and deduplicated there.
"""

# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, disallow-incomplete-defs=False, check-untyped-defs=False

from __future__ import annotations

import json

from twitlab.lab.spot_the_bug.defect import Defect, must
from twitlab.lab.spot_the_bug.quoted_services import TwitterFanOutOptimization, TwitterTimelineService
from twitlab.lab.spot_the_bug.quoted_stores import TimelineOptimization

TIMELINES, FAN_OUT = "timelines", "fan-out"


class CachesThePushedPart(TwitterTimelineService):
    def get_timeline(self, user_id, page_size=20):
        pushed = self.timeline_cache.get_timeline(user_id)
        if pushed is None:
            pushed = self.get_push_timeline(user_id)
            self.timeline_cache.cache_timeline(user_id, pushed)
        pulled = [
            tweet for one in self.get_celebrity_following(user_id) for tweet in self.get_recent_tweets(one, limit=page_size)
        ]
        return sorted(pushed + pulled, key=lambda tweet: tweet["created_at"], reverse=True)[:page_size]


def a_celebritys_new_tweet_shows(part):
    service = part()
    service.pushed[1] = [{"tweet_id": 1, "created_at": 1}]
    service.celebrities = [9]
    service.get_timeline(1)
    service.posts[9].append({"tweet_id": 2, "created_at": 2})
    shown = [tweet["tweet_id"] for tweet in service.get_timeline(1)]
    must(
        2 in shown,
        f"a celebrity posted #2; the next read gives {shown} for the rest of the hour. "
        "Cache the pushed part only and merge the pulled part at every read.",
    )
    must(shown == [2, 1], f"a celebrity posted #2 after #1: the read gives {shown}. Sort what you merged, newest first.")


class EachTweetOnce(TwitterFanOutOptimization):
    def get_timeline_hybrid(self, user_id):
        return list({tweet["tweet_id"]: tweet for tweet in super().get_timeline_hybrid(user_id)}.values())


def nobody_sees_a_tweet_twice(part):
    service = part(follower_count=2_000_000)
    service.optimized_fan_out({"tweet_id": 1, "user_id": 9, "created_at": 1})
    vip, other = ([tweet["tweet_id"] for tweet in service.get_timeline_hybrid(reader)] for reader in (1, 4))
    must(other == [1], f"a follower who is no VIP reads {other}, should be [1]: the celebrity's tweet must still be pulled.")
    must(len(set(vip)) == len(vip), f"a VIP follower reads {vip}: pushed and pulled. Show each id once.")
    service.celebrity_tweet_cache.add_tweet({"tweet_id": 2, "user_id": 8, "created_at": 2})
    vip = [tweet["tweet_id"] for tweet in service.get_timeline_hybrid(1)]
    must(vip == [2, 1], f"another celebrity posts #2; the VIP reads {vip}: who gets one tweet pushed still pulls the others.")


class HandlesInfluencers(TwitterFanOutOptimization):
    def handle_influencer_tweet(self, tweet):
        self.push_to_followers(tweet, self.get_followers(tweet["user_id"]))


def an_influencers_tweet_arrives(part):
    service = part(follower_count=50_000)
    try:
        service.optimized_fan_out({"tweet_id": 1, "user_id": 9, "created_at": 1})
    except AttributeError as error:
        must(False, f"an author with 50,000 followers posts: {error}. It is called, and defined nowhere.")
    lists = [[tweet["tweet_id"] for tweet in service.get_timeline_hybrid(reader)] for reader in (1, 2, 3)]
    must(lists == [[1], [1], [1]], f"three followers read {lists}, each should read [1].")


class FetchesWhatExpired(TimelineOptimization):
    def generate_timeline_efficiently(self, user_id, count=20):
        ids = []
        for author in self.user_service.get_following(user_id):
            ids += map(int, self.tweet_cache.zrevrange(f"user_tweets:{author}", 0, count - 1))
        newest = sorted(ids, reverse=True)[:count]
        bodies = [self.tweet_cache.get(f"tweet:{one}") for one in newest]
        return [body or self.tweet_storage[one] for one, body in zip(newest, bodies, strict=True)]


def a_page_is_full(part):
    service = part()
    for number in range(1, 13):
        body = json.dumps({"tweet_id": number})
        service.tweet_storage[number] = body
        service.tweet_cache.zadd("user_tweets:2", {str(number): number})
        if number not in (6, 8, 11):  # these three have expired
            service.tweet_cache.set(f"tweet:{number}", body)
    shown = [json.loads(body)["tweet_id"] for body in service.generate_timeline_efficiently(1, count=10)]
    must(
        shown == list(range(12, 2, -1)),
        f"12 tweets stand in the store, a page of 10 shows {len(shown)}: three bodies had expired from the cache "
        "and were left out without a word. Fetch what the cache misses from the store.",
    )


DEFECTS = (
    Defect(
        key="cached merge", group=TIMELINES, heading="2. Timeline Service (Fan-out Strategies)", theirs=TwitterTimelineService,
        methods=("get_timeline",), breaks="a celebrity's new tweet is hidden until the cached page expires",
        fixed=CachesThePushedPart, must_hold=a_celebritys_new_tweet_shows,
        right="twitlab.services.timelines:Timelines.get_timeline",
    ),
    Defect(
        key="short pages", group=TIMELINES, heading="1. Timeline Generation Optimization", theirs=TimelineOptimization,
        methods=("generate_timeline_efficiently",), breaks="bodies that expired shorten the page, silently",
        fixed=FetchesWhatExpired, must_hold=a_page_is_full, right="twitlab.storage.reader:Reader.see",
    ),
    Defect(
        key="VIPs see double", group=FAN_OUT, heading="1. Fan-out Scalability", theirs=TwitterFanOutOptimization,
        methods=("handle_celebrity_tweet", "get_timeline_hybrid"), breaks="pushed to VIPs and pulled by them: shown twice",
        fixed=EachTweetOnce, must_hold=nobody_sees_a_tweet_twice, right="twitlab.services.timelines:Timelines.get_timeline",
    ),
    Defect(
        key="never defined", group=FAN_OUT, heading="1. Fan-out Scalability", theirs=TwitterFanOutOptimization,
        methods=("optimized_fan_out",), breaks="handle_influencer_tweet and 28 other helpers are called and defined nowhere",
        fixed=HandlesInfluencers, must_hold=an_influencers_tweet_arrives, right="twitlab.services.fanout:Fanout.plan",
    ),
)  # fmt: skip
