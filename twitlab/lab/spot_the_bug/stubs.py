"""What the case study's code uses and never defines, in the shortest way that fits, so that its own lines run.

In the case study: ``MySQL(...)``, ``Redis()``, ``self.get_machine_id()`` and eighty more names without a body.
Invariant: nothing here mends or worsens anything: a cache keeps what it was given until its lifetime ends, a shard returns
what was put in, and what the case study never mentions does nothing. Time is a clock that stands still until it is moved.
Real Twitter had some ten thousand machines behind these names.
"""

# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, disallow-incomplete-defs=False, check-untyped-defs=False

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime

from twitlab.core.clock import ManualClock
from twitlab.core.snowflake import timestamp_ms
from twitlab.storage.backends import open_redis

NOON = 1_704_110_400_000
"""1 January 2024, 12:00 UTC, in milliseconds."""


class ValidationError(ValueError):
    """The case study's."""


class Nothing:
    """No stubs needed."""


class Quiet:
    """Whatever is asked of it, it does nothing."""

    def __getattr__(self, name):
        return lambda *args, **options: None


class PythonTime:
    """``time`` on a clock of ours."""

    def __init__(self, clock):
        self._clock = clock

    def time(self):
        return self._clock.now_ms() / 1000

    def sleep(self, seconds):
        self._clock.wait_ms(max(1, int(seconds * 1000)))


class Shelf:
    """A cache of Python objects with lifetimes: what the case study takes Redis and memcached for."""

    def __init__(self, clock=None):
        self.clock = clock or ManualClock(NOON)
        self.kept = {}

    def get(self, key):
        value, until = self.kept.get(key, (None, 0))
        return value if until is None or self.clock.now_ms() < until else None

    def set(self, key, value):
        self.kept[key] = (value, None)

    def setex(self, key, ttl, value):
        self.kept[key] = (value, self.clock.now_ms() + ttl * 1000)

    def delete(self, key):
        self.kept.pop(key, None)

    def ttl(self, key):
        return None if key not in self.kept else (self.kept[key][1] - self.clock.now_ms()) // 1000

    def cache_content(self, path, content, ttl):
        self.setex(path, ttl, content)

    def cache_results(self, key, results, ttl):
        self.setex(key, ttl, results)


class JsonRedis:
    """A Redis client that takes Python objects, as the case study hands them over: ``get`` and ``setex`` as JSON."""

    def __init__(self, redis):
        self._redis = redis

    def get(self, key):
        found = self._redis.get(key)
        return None if found is None else json.loads(found)

    def setex(self, key, ttl, value):
        self._redis.set(key, json.dumps(value), ex=ttl)

    def __getattr__(self, name):
        return getattr(self._redis, name)


class MySQL(Shelf):
    """A server in name only."""


Redis = Elasticsearch = Hadoop = S3 = Cassandra = MySQL


class BrowserCache(Shelf): ...


CloudFlareCache = RedisCluster = BrowserCache


class MySQLQueryCache(Shelf):
    """MySQL 8.0 and later have no query cache: what is put in is gone."""

    def setex(self, key, ttl, value):
        """Nothing: ``query_cache_size`` is an unknown system variable since 8.0.3."""


# ---------------------------------------------------------------- tweets


class TweetService:
    """``__init__`` and the helpers of ``TwitterTweetService``; ``get_next_sequence`` counts modulo 4,096."""

    def __init__(self, clock=None, tweet_storage=None):
        self.time = PythonTime(clock or ManualClock(NOON))
        self.tweet_storage = tweet_storage or Quiet()
        self.timeline_service = Quiet()
        self.sequence = -1

    def get_machine_id(self):
        return 7

    def get_next_sequence(self):
        self.sequence = (self.sequence + 1) % 4096
        return self.sequence

    def process_mentions_and_hashtags(self, tweet):
        """Never defined; nothing here depends on it."""


class Shard:
    """One MySQL database with one table; counts what it is asked."""

    def __init__(self):
        self.table, self.questions = [], 0

    def insert(self, name, row):
        self.table.append(row)

    def select(self, name, where, order_by=None, limit=None):
        self.questions += 1
        found = [row for row in self.table if all(row[key] == value for key, value in where.items())]
        return sorted(found, key=lambda row: row["created_at"], reverse=True)[:limit]

    def select_one(self, name, where):
        return next(iter(self.select(name, where)), None)


class TweetStorage:
    """Monthly shards, made when first named; the id's time as ``generate_tweet_id`` put it there."""

    def __init__(self, clock=None):
        self.clock = clock or ManualClock(NOON)
        self.tweet_shards = defaultdict(Shard)
        self.hot_tweet_cache = Shelf(self.clock)

    def get_shard_key(self, seconds):
        return f"tweets_{datetime.fromtimestamp(seconds, UTC):%Y_%m}"

    def extract_timestamp_from_id(self, tweet_id):
        return (tweet_id >> 22) / 1000

    def get_recent_shards(self, months):
        now = self.get_shard_key(self.clock.now_ms() / 1000)
        return [self.tweet_shards[key] for key in sorted(self.tweet_shards, reverse=True) if self._age(key, now) < months]

    def _age(self, key, now):
        year, month = (int(now[at]) - int(key[at]) for at in (slice(7, 11), slice(12, 14)))
        return 12 * year + month

    def cache_hot_tweet(self, tweet):
        self.hot_tweet_cache.setex(f"tweet:{tweet['tweet_id']}", 3600, tweet)


class WritePath:
    """A database that survives a crash; caches and the queue of asynchronous writes, which do not."""

    def __init__(self):
        self.write_cache, self.read_cache = Shelf(), Shelf()
        self.database, self.queue = {}, []

    def write_to_db(self, tweet_data):
        self.database[tweet_data["tweet_id"]] = tweet_data

    def async_write_to_db(self, tweet_data):
        self.queue.append(tweet_data)

    def async_fan_out(self, tweet_data):
        """Never defined; nothing here depends on it."""

    def generate_timeline_from_cache(self, user_id):
        return ["a tweet"]

    def crash(self):
        self.queue.clear()
        self.write_cache.kept.clear()


# ---------------------------------------------------------------- timelines


class TimelineStorage:
    """Real (embedded) Redis for the cache; the persistent copy is a list of rows."""

    def __init__(self, redis=None):
        self.timeline_cache = redis or open_redis(None)
        self.timeline_db = Shard()
        self.rebuilds = 0

    def position(self, tweet_id):
        """What a reader hands in as ``max_position`` to go on after this tweet: its score."""
        return timestamp_ms(tweet_id) / 1000

    def stored_ids(self, user_id):
        """The persistent copy: every tweet that was ever sent to this user."""
        return [row["tweet_id"] for row in self.timeline_db.table if row["user_id"] == user_id]

    def rebuild_timeline_cache(self, user_id, count):
        """Not in the case study: everything that was ever stored, newest first, into the cache; the first ``count``."""
        self.rebuilds += 1
        rows = [row for row in self.timeline_db.table if row["user_id"] == user_id]
        for row in rows:
            self.timeline_cache.zadd(f"timeline:{user_id}", {row["tweet_id"]: row["timestamp"]})
        newest = sorted(rows, key=lambda row: row["timestamp"], reverse=True)
        return [str(row["tweet_id"]).encode() for row in newest[:count]]
