"""More of what the case study uses and never defines: services, pages, caches in layers (see ``stubs``).

In the case study: ``UserService()``, ``ElasticsearchClient()``, ``self.get_push_timeline()``, ``CacheReplication()`` ...
Invariant: as in ``stubs``: nothing is mended, nothing made worse.
Real Twitter's search answered from an index in memory that refreshed every second; the stub's is live at once.
"""

# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, disallow-incomplete-defs=False, check-untyped-defs=False

from __future__ import annotations

from collections import Counter, defaultdict

from twitlab.core.clock import ManualClock
from twitlab.lab.spot_the_bug.stubs import NOON, Quiet, Shelf
from twitlab.storage.backends import open_redis


class TimelineService:
    """Pushed lists, celebrities' own tweets, and a cache of finished timelines that lives an hour."""

    def __init__(self, clock=None):
        self.timeline_cache = TimelineCache(Shelf(clock))
        self.user_service = self
        self.pushed, self.posts, self.celebrities = defaultdict(list), defaultdict(list), []

    def get_push_timeline(self, user_id):
        return list(self.pushed[user_id])

    def get_celebrity_following(self, user_id):
        return list(self.celebrities)

    def get_recent_tweets(self, user_id, limit):
        return sorted(self.posts[user_id], key=lambda tweet: tweet["created_at"], reverse=True)[:limit]


class TimelineCache:
    """``TimelineCache()``: finished timelines by user."""

    def __init__(self, shelf):
        self._shelf = shelf

    def get_timeline(self, user_id):
        return self._shelf.get(user_id)

    def cache_timeline(self, user_id, timeline):
        self._shelf.setex(user_id, 3600, timeline)


class Graph:
    """``Neo4jDatabase()``: edges, and the one query that is asked, with or without LIMIT."""

    def __init__(self):
        self.edges = {}

    def create_relationship(self, follower_id, followee_id, kind):
        self.edges[follower_id, followee_id] = kind

    def query(self, text, user_id, limit=None):
        return [follower for follower, followee in self.edges if followee == user_id][:limit]


class RelationshipService:
    """Exactly what the case study's ``__init__`` sets, and its counters. It sets no ``timeline_service``."""

    def __init__(self, clock=None):
        self.graph_db = Graph()
        self.relationship_cache = Shelf(clock)
        self.follower_counts, self.following_counts = Counter(), Counter()

    def is_following(self, follower_id, followee_id):
        return (follower_id, followee_id) in self.graph_db.edges

    def increment_follower_count(self, user_id):
        self.follower_counts[user_id] += 1

    def increment_following_count(self, user_id):
        self.following_counts[user_id] += 1


class SearchService:
    """An index of dicts that is live at once, and a cache of results."""

    def __init__(self, clock=None):
        self.elasticsearch = SearchEngine()
        self.search_cache = Shelf(clock)

    def generate_search_cache_key(self, *parts):
        return repr(parts)

    def next_page(self, query, number, shown):
        """How a reader asks for a page; ``shown`` is what the pages before held."""
        return self.search_tweets(query, page=number)


class SearchEngine:
    """``ElasticsearchClient()``: match, term, range, sort, from and size, which is all that is asked."""

    def __init__(self):
        self.documents = []

    def search(self, index, body):
        asked = body["query"]["bool"]
        words = asked["must"][0]["match"]["content"].split()
        found = [one for one in self.documents if set(words) <= set(one["content"].split())]
        for condition in asked.get("filter", []):
            found = [one for one in found if self._holds(one, condition)]
        found.sort(key=lambda one: one["created_at"], reverse=True)
        return found[body["from"] : body["from"] + body["size"]]

    def _holds(self, one, condition):
        if "term" in condition:
            return all(one[key] == value for key, value in condition["term"].items())
        tests = {"gte": lambda a, b: a >= b, "lte": lambda a, b: a <= b, "lt": lambda a, b: a < b}
        return all(tests[name](one[key], limit) for key, limits in condition["range"].items() for name, limit in limits.items())


class FanOut:
    """Followers, pushed lists, a cache of celebrities' tweets. ``handle_influencer_tweet`` is not there."""

    def __init__(self, follower_count=0):
        self.celebrity_threshold = 1_000_000
        self.celebrity_tweet_cache = CelebrityTweetCache()
        self.follower_count, self.pushed = follower_count, defaultdict(list)

    def get_follower_count(self, user_id):
        return self.follower_count

    def get_followers(self, user_id):
        return [1, 2, 3]

    def get_vip_followers(self, user_id):
        return [1]

    def get_celebrity_following(self, user_id):
        return list(self.celebrity_tweet_cache.tweets)

    def push_to_followers(self, tweet, followers):
        for follower in followers:
            self.pushed[follower].append(tweet)

    def get_push_timeline(self, user_id):
        return list(self.pushed[user_id])


class CelebrityTweetCache:
    """``CelebrityTweetCache()``: tweets by author."""

    def __init__(self):
        self.tweets = defaultdict(list)

    def add_tweet(self, tweet):
        self.tweets[tweet["user_id"]].append(tweet)

    def get_recent_tweets(self, user_id, limit):
        return self.tweets[user_id][-limit:]


class Decoded:
    """A Redis client, or a pipeline of it, that answers in text."""

    def __init__(self, redis):
        self._redis = redis

    def __getattr__(self, name):
        return lambda *args, **options: self._text(getattr(self._redis, name)(*args, **options))

    def _text(self, answer):
        if isinstance(answer, list):
            return [self._text(one) for one in answer]
        if isinstance(answer, bytes):
            return answer.decode()
        return answer if isinstance(answer, int | float | str | None) else Decoded(answer)


class TimelinePages:
    """Redis with authors' lists and tweets' bodies, and the store behind it, which the case study never asks."""

    def __init__(self, redis=None):
        self.tweet_cache = Decoded(redis or open_redis(None))
        self.user_cache = Shelf()
        self.user_service = self
        self.tweet_storage = {}

    def get_following(self, user_id):
        return [2]

    def extract_timestamp_from_id(self, tweet_id):
        return int(tweet_id)


class Caching:
    """Readers' activity, and what happens when a tweet is retweeted: nothing, beyond the count."""

    def get_user_activity_level(self, user_id):
        return "high"

    def retweeted(self, tweet):
        tweet["retweet_count"] += 1


class HotSpots:
    """Every tweet is viral; remembers what was to be replicated."""

    def __init__(self):
        self.cache_replication, self.cdn_service = self, Quiet()
        self.clock, self.copies = ManualClock(NOON), 0

    def is_viral_tweet(self, tweet_id):
        return True

    def replicate_hot_data(self, key, replication_factor):
        self.copies = replication_factor


class Scale:
    """No bill is ever estimated."""

    def estimate_monthly_cost(self):
        return 0
