"""Defects of the timeline store: what a reader sees twice, or never, or for ever.

In the case study: "2. Timeline Storage".
Invariant: every fix is the smallest that its test accepts; ``twitlab.storage.timeline_store`` is the whole cure.
Real Twitter had the same list: lists of 800 ids in Redis, rebuilt on a miss, filtered when read.
"""

# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, disallow-incomplete-defs=False, check-untyped-defs=False

from __future__ import annotations

from twitlab.core.snowflake import first_id_at
from twitlab.lab.spot_the_bug.defect import Defect, must
from twitlab.lab.spot_the_bug.quoted_stores import TwitterTimelineStorage
from twitlab.lab.spot_the_bug.stubs import NOON

TIMELINES = "timelines"
IDS = [first_id_at(NOON + number * 400) for number in range(1, 7)]
"""Ids of six tweets, 400 ms apart; in messages they are called 1 to 6."""


def stored(part, ids):
    """A timeline storage of that kind in which user 1 was sent these tweets."""
    storage = part()
    for one in ids:
        storage.store_timeline_entry(1, one, storage.position(one))
    return storage


def page(storage, count, below=None):
    """One page of user 1's timeline as ids; ``below``: the id that the page before ended with."""
    position = None if below is None else storage.position(below)
    return [int(member) for member in storage.get_timeline(1, count, position)]


def called(ids):
    return [IDS.index(one) + 1 for one in ids]


# ---------------------------------------------------------------- timeline storage


class StrictlyBelow(TwitterTimelineStorage):
    def get_timeline(self, user_id, count=20, max_position=None):
        if max_position is None:
            return super().get_timeline(user_id, count)
        key = f"timeline:{user_id}"
        return self.timeline_cache.zrevrangebyscore(key, f"({max_position}", "-inf", start=0, num=count)


def no_tweet_is_on_two_pages(part):
    storage = stored(part, IDS[:5])
    first = page(storage, 2)
    second = page(storage, 2, below=first[-1])
    must(
        not set(first) & set(second),
        f"page 1 is {called(first)}, page 2 is {called(second)}: the tweet on the border stands on both. "
        "The position must be exclusive.",
    )
    must(called(second) == [3, 2], f"page 2 is {called(second)}, should be [3, 2]. Go on directly below the border.")


class OrderedByMember(TwitterTimelineStorage):
    def store_timeline_entry(self, user_id, tweet_id, timestamp):
        self.timeline_cache.zadd(f"timeline:{user_id}", {f"{tweet_id:019d}": 0})

    def get_timeline(self, user_id, count=20, max_position=None):
        top = "+" if max_position is None else f"({max_position:019d}"
        return self.timeline_cache.zrevrangebylex(f"timeline:{user_id}", top, "-", start=0, num=count)

    def position(self, tweet_id):
        return tweet_id


def a_hundred_tweets_of_one_moment_are_all_shown(part):
    ids = range(IDS[0], IDS[0] + 100)
    storage = stored(part, ids)
    shown, border = dict.fromkeys(page(storage, 20)), None
    for _ in range(20):
        if len(shown) == 100 or border == list(shown)[-1]:
            break
        border = list(shown)[-1]
        shown |= dict.fromkeys(page(storage, 20, below=border))
    must(
        len(shown) == 100,
        f"{len(shown)} of 100 tweets of one millisecond were ever shown: they share one score, and a page that goes on at "
        "a score cannot stop among them. Order by the member: equal scores, ids of fixed width.",
    )
    must(list(shown) == sorted(ids, reverse=True), "all are shown, but not newest first.")


class EndsAtTheEnd(TwitterTimelineStorage):
    def get_timeline(self, user_id, count=20, max_position=None):
        if max_position is None:
            return super().get_timeline(user_id, count)
        key = f"timeline:{user_id}"
        return self.timeline_cache.zrevrangebyscore(key, max_position, "-inf", start=0, num=count)


def the_scroll_ends(part):
    storage = stored(part, IDS[:5])
    must(called(page(storage, 2)) == [5, 4], f"page 1 is {called(page(storage, 2))}, should be [5, 4].")
    after = page(storage, 2, below=first_id_at(NOON - 60_000))
    must(
        not after,
        f"below the oldest tweet comes {called(after)}: the timeline begins again, for ever. "
        "An empty page is not a cache miss when a position was given.",
    )
    storage.timeline_cache.delete("timeline:1")
    again = page(storage, 2)
    must(called(again) == [5, 4], f"the cache was emptied, and page 1 is {called(again)}: on the first page a miss is a miss.")


class PushesIntoWhatExists(TwitterTimelineStorage):
    def store_timeline_entry(self, user_id, tweet_id, timestamp):
        if self.timeline_cache.exists(f"timeline:{user_id}"):
            super().store_timeline_entry(user_id, tweet_id, timestamp)
        else:
            self.timeline_db.insert("user_timelines", {"user_id": user_id, "tweet_id": tweet_id, "timestamp": timestamp})


def one_push_is_not_a_timeline(part):
    storage = stored(part, IDS[:5])
    page(storage, 20)
    storage.timeline_cache.delete("timeline:1")  # an hour later
    storage.store_timeline_entry(1, IDS[5], storage.position(IDS[5]))
    shown = page(storage, 20)
    must(
        called(shown) == [6, 5, 4, 3, 2, 1],
        f"after the list expired, one push came: the timeline is {called(shown)}, should be [6, 5, 4, 3, 2, 1]. "
        "Push only into a list that exists; the next read builds the rest.",
    )


class PushesDoNotRenew(TwitterTimelineStorage):
    def store_timeline_entry(self, user_id, tweet_id, timestamp):
        self.timeline_cache.zadd(f"timeline:{user_id}", {tweet_id: timestamp})
        self.timeline_cache.expire(f"timeline:{user_id}", 3600, nx=True)  # only if it has no end yet


def an_idle_timeline_expires(part):
    storage = stored(part, IDS[:1])
    page(storage, 20)
    lifetime = storage.timeline_cache.ttl("timeline:1")
    must(lifetime != -1, "the new list has no end at all: nothing will ever remove it. Set a lifetime with the first push.")
    storage.timeline_cache.expire("timeline:1", 5)  # nobody has read it for most of an hour
    storage.store_timeline_entry(1, IDS[1], storage.position(IDS[1]))
    left = storage.timeline_cache.ttl("timeline:1")
    must(
        left <= 5,
        "5 seconds were left, a push made it an hour again: as long as others post, an idle reader's list never "
        "expires. Only a read may renew it.",
    )


_STORAGE = "2. Timeline Storage"
DEFECTS = (
    Defect(
        key="inclusive position", group=TIMELINES, heading=_STORAGE, theirs=TwitterTimelineStorage, methods=("get_timeline",),
        breaks="the tweet on the border stands on both pages", fixed=StrictlyBelow, must_hold=no_tweet_is_on_two_pages,
        right="twitlab.storage.timeline_store:TimelineStore.older",
    ),
    Defect(
        key="time as score", group=TIMELINES, heading=_STORAGE, theirs=TwitterTimelineStorage,
        methods=("store_timeline_entry", "get_timeline"), breaks="tweets of one moment share a score: pages lose some",
        fixed=OrderedByMember, must_hold=a_hundred_tweets_of_one_moment_are_all_shown,
        right="twitlab.storage.timeline_store:TimelineStore.push",
    ),
    Defect(
        key="endless scroll", group=TIMELINES, heading=_STORAGE, theirs=TwitterTimelineStorage, methods=("get_timeline",),
        breaks="past its end the timeline begins again with page 1", fixed=EndsAtTheEnd, must_hold=the_scroll_ends,
        right="twitlab.services.timelines:Timelines.get_timeline",
    ),
    Defect(
        key="one push", group=TIMELINES, heading=_STORAGE, theirs=TwitterTimelineStorage, methods=("store_timeline_entry",),
        breaks="an expired list that gets one push is a one-tweet timeline", fixed=PushesIntoWhatExists,
        must_hold=one_push_is_not_a_timeline, right="twitlab.storage.timeline_store:TimelineStore.push",
    ),
    Defect(
        key="pushes renew", group=TIMELINES, heading=_STORAGE, theirs=TwitterTimelineStorage, methods=("store_timeline_entry",),
        breaks="idle readers' lists never expire, because pushes renew them", fixed=PushesDoNotRenew,
        must_hold=an_idle_timeline_expires, right="twitlab.storage.timeline_store:TimelineStore.newest",
    ),
)  # fmt: skip
