"""The map: everything the case study names, where it lives here, in which chapter, and how real it is.

In the case study: all of it, every class, public method, constructed part, number, and the 34 names it uses and never defines.
Invariant: data only, nothing of the package is imported, and tests/test_case_study.py holds it to both ends: the case study's
text has nothing that is missing here, and every place given here exists (a "later" place does not exist yet).
Twitter's own map was a service directory with hundreds of entries; the case study's has five boxes.

>>> print(find("extract_timestamp_from_id")[0])
extract_timestamp_from_id: twitlab.core.snowflake:timestamp_ms (chapter 02, real)
>>> print(find("Neo4jDatabase")[0])
Neo4jDatabase: replaced by twitlab.storage.follow_graph:FollowGraph because edges both ways are the truth, networkx their \
view (chapter 04, real engine on one machine)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["class", "method", "name", "part", "number"]
Badge = Literal["real", "real engine on one machine", "simulated", "extrapolated", "later"]

_Rows = tuple[tuple[str, ...], ...]
REAL, ENGINE, LATER = "real", "real engine on one machine", "later"  # simulated and extrapolated begin with chapter 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing of the case study.

    ``where`` is ``module:name``; of a later thing the module to come, or nothing. ``because``: it was replaced by ``where``,
    and why. ``kind`` "name": used by the case study, defined nowhere; "part": constructed there, defined nowhere;
    "number": ``name`` is its own line.
    """

    name: str
    kind: Kind
    where: str
    chapter: str
    badge: Badge
    because: str = ""

    def __str__(self) -> str:
        place = f"(later) {self.where}".strip() if self.badge == LATER else self.where
        if self.because:
            place = f"replaced by {place} because {self.because}"
        return f"{self.name}: {place} (chapter {self.chapter}, {self.badge})"


def find(text: str) -> list[Entry]:
    """The entries whose name contains ``text``."""
    return [entry for entry in MAP if text in entry.name]


def _entry(kind: Kind, name: str, where: str, chapter: str, badge: Any, because: str = "") -> Entry:
    place = f"twitlab.{where}" if where else ""
    return Entry(name=name, kind=kind, where=place, chapter=chapter, badge=badge, because=because)


_CLASSES: _Rows = (
    ("TwitterTweetService", "services.tweets:Tweets", "02", REAL),
    ("TwitterTweetService.post_tweet", "services.tweets:Tweets.post_tweet", "02", REAL),
    ("TwitterTweetService.generate_tweet_id", "core.snowflake:Snowflake.next_id", "02", REAL),
    ("TwitterTimelineService", "services.timelines:Timelines", "06", REAL),
    ("TwitterTimelineService.fan_out_tweet", "services.fanout:Fanout.on_tweet_posted", "05", REAL),
    ("TwitterTimelineService.push_fan_out", "storage.fanout_queue:FanoutQueue.put", "05", ENGINE),
    ("TwitterTimelineService.get_timeline", "services.timelines:Timelines.get_timeline", "06", REAL),
    ("TwitterUserRelationshipService", "services.follows:Follows", "04", REAL),
    ("TwitterUserRelationshipService.follow_user", "services.follows:Follows.follow_user", "04", REAL),
    ("TwitterUserRelationshipService.get_followers", "services.follows:Follows.get_followers", "04", REAL),
    ("TwitterSearchService", "services.search:Search", "08", ENGINE),
    ("TwitterSearchService.index_tweet", "services.search:Search.on_tweet_posted", "08", ENGINE),
    ("TwitterSearchService.search_tweets", "services.search:Search.search_tweets", "08", ENGINE),
    ("TwitterTweetStorage", "storage.tweet_store:TweetStore", "03", ENGINE),
    ("TwitterTweetStorage.save_tweet", "storage.tweet_store:TweetStore.insert", "03", ENGINE),
    ("TwitterTweetStorage.get_tweet", "storage.tweet_store:TweetStore.row", "03", ENGINE),
    ("TwitterTweetStorage.get_user_tweets", "services.tweets:Tweets.get_user_tweets", "03", REAL),
    ("TwitterTimelineStorage", "storage.timeline_store:TimelineStore", "06", ENGINE),
    ("TwitterTimelineStorage.store_timeline_entry", "storage.timeline_store:TimelineStore.push", "05", ENGINE),
    ("TwitterTimelineStorage.get_timeline", "storage.timeline_store:TimelineStore.newest", "06", ENGINE),
    ("TwitterFanOutOptimization", "services.fanout:Fanout", "05", REAL),
    ("TwitterFanOutOptimization.optimized_fan_out", "services.fanout:Fanout.plan", "05", REAL),
    ("TwitterFanOutOptimization.handle_celebrity_tweet", "services.fanout:Fanout.plan", "05", REAL),
    ("TwitterFanOutOptimization.handle_regular_user_tweet", "services.fanout:Fanout.plan", "05", REAL),
    ("TwitterFanOutOptimization.get_timeline_hybrid", "services.timelines:Timelines.get_timeline", "06", REAL),
    ("TwitterHotSpotMitigation", "services.hotspots", "14", LATER),
    ("TwitterHotSpotMitigation.handle_viral_tweet", "services.hotspots", "14", LATER),
    ("TwitterHotSpotMitigation.handle_trending_hashtag", "services.hotspots", "14", LATER),
    ("TwitterHotSpotMitigation.distribute_hot_user_load", "services.hotspots", "14", LATER),
    ("TwitterStorageStack", "storage.backends:Database", "03", ENGINE, "app.py hands each store its client"),
    ("TwitterStorageStack.get_storage_for_data_type", "app:Twitter", "22", REAL, "a name looked up at run time can be wrong"),
    ("TwitterCachingStrategy", "storage.cache", "13", LATER),
    ("TwitterCachingStrategy.cache_tweet", "storage.cache", "13", LATER),
    ("TwitterCachingStrategy.cache_user_timeline", "storage.cache", "13", LATER),
    ("TimelineOptimization", "services.timelines:Timelines", "06", REAL),
    ("TimelineOptimization.generate_timeline_efficiently", "storage.reader:Reader.see", "06", REAL),
    ("TwitterReadWriteOptimization", "services.tweets:Tweets", "16", REAL, "durable first: a cache alone may not acknowledge"),
    ("TwitterReadWriteOptimization.optimized_tweet_write", "storage.backends:Database.commit", "16", ENGINE, "nothing is lost"),
    ("TwitterReadWriteOptimization.optimized_timeline_read", "services.timelines:Timelines.get_timeline", "06", REAL),
    ("TwitterScale", "lab.capacity", "18", LATER),
    ("TwitterScale.calculate_infrastructure_requirements", "lab.capacity", "18", LATER),
    ("TwitterArchitectureEvolution", "lab.evolution", "19", LATER),
    ("TwitterArchitectureEvolution.get_lessons_learned", "lab.evolution", "19", LATER),
    ("TimelineDesignAnswer", "", "20", LATER),
    ("TimelineDesignAnswer.approach_timeline_design", "", "20", LATER),
    ("ViralTweetHandling", "", "21", LATER),
    ("ViralTweetHandling.handle_viral_content", "", "21", LATER),
)  # fmt: skip

_NAMES: _Rows = (
    ("process_mentions_and_hashtags", "app:ROUTES", "08", REAL, "whoever reacts to a tweet has a row in that table"),
    ("get_machine_id", "core.config:Config.worker_id", "02", REAL),
    ("get_next_sequence", "core.snowflake:Snowflake.next_id", "02", REAL),
    ("get_push_timeline", "storage.timeline_store:TimelineStore.newest", "06", ENGINE),
    ("mark_as_celebrity_tweet", "storage.timeline_store:TimelineStore.note_unpushed", "05", ENGINE),
    ("get_recent_tweets", "core.views:TweetViews.of_author", "06", REAL),
    ("is_following", "services.follows:Follows.is_following", "04", REAL),
    ("increment_follower_count", "services.follows:Follows.follower_count", "04", REAL, "the size of a set cannot drift"),
    ("increment_following_count", "services.follows:Follows.following_count", "04", REAL, "the size of a set cannot drift"),
    ("timeline_service", "app:ROUTES", "05", REAL, "services never call each other"),
    ("generate_search_cache_key", "core.match_cache:MatchCache.piece", "08", REAL),
    ("extract_hashtags", "core.text:hashtags", "02", REAL),
    ("extract_mentions", "core.text:mentions", "02", REAL),
    ("get_shard_key", "storage.tweet_store:by_month", "03", REAL),
    ("cache_hot_tweet", "core.config:Config.row_cache", "03", REAL, "rows never change, so the store keeps them itself"),
    ("extract_timestamp_from_id", "core.snowflake:timestamp_ms", "02", REAL),
    ("get_recent_shards", "storage.tweet_store:TweetStore.parts", "03", ENGINE, "all months count, not the last three"),
    ("rebuild_timeline_cache", "services.timelines:Timelines.rebuild", "06", REAL),
    ("get_follower_count", "services.follows:Follows.follower_count", "04", REAL),
    ("get_vip_followers", "services.fanout:Fanout.vips", "05", REAL),
    ("push_to_followers", "storage.timeline_store:TimelineStore.push", "05", ENGINE),
    ("get_followers", "services.follows:Follows.get_followers", "04", REAL),
    ("get_celebrity_following", "services.timelines:Timelines.get_timeline", "06", REAL, "authors cross the border both ways"),
    ("handle_influencer_tweet", "services.fanout:Fanout.plan", "05", REAL),
    ("is_viral_tweet", "services.hotspots", "14", LATER),
    ("search_service", "app:Twitter.search", "08", REAL),
    ("cdn_service", "edge.cdn", "15", LATER),
    ("cache", "storage.cache", "13", LATER), ("get_user_activity_level", "storage.cache", "13", LATER),
    ("user_service", "app:Twitter.users", "04", REAL),
    ("async_write_to_db", "storage.backends:Database.commit", "16", ENGINE, "what is acknowledged has been written"),
    ("async_fan_out", "core.bus:Bus", "05", REAL),
    ("generate_timeline_from_cache", "services.timelines:Timelines.rebuild", "06", REAL),
    ("estimate_monthly_cost", "lab.capacity", "18", LATER),
)  # fmt: skip

_PARTS: _Rows = (
    ("TweetStorage", "storage.tweet_store:TweetStore", "03", ENGINE),
    ("MediaStorage", "storage.media_store", "16", LATER),
    ("TimelineService", "services.timelines:Timelines", "06", REAL),
    ("NotificationService", "services.notifications", "11", LATER),
    ("UserService", "services.users:Users", "04", REAL),
    ("TimelineCache", "storage.timeline_store:TimelineStore", "06", ENGINE),
    ("FanOutQueue", "storage.fanout_queue:FanoutQueue", "05", ENGINE),
    ("Neo4jDatabase", "storage.follow_graph:FollowGraph", "04", ENGINE, "edges both ways are the truth, networkx their view"),
    ("Redis", "storage.backends:open_redis", "06", ENGINE),
    ("ElasticsearchClient", "services.search:SearchIndex", "08", ENGINE, "an index in the process is exact and live at once"),
    ("Elasticsearch", "services.search:SearchIndex", "08", ENGINE, "an index in the process is exact and live at once"),
    ("SearchCache", "core.match_cache:MatchCache", "08", REAL),
    ("TrendingAnalyzer", "services.trending:Trending", "09", REAL),
    ("MySQL", "storage.backends:Database", "03", ENGINE, "DuckDB needs no server: a file a month, and one for the rest"),
    ("CassandraCluster", "storage.timeline_store:TimelineStore", "06", ENGINE, "a list can be rebuilt; a copy comes later"),
    ("Cassandra", "storage.timeline_store:TimelineStore", "06", ENGINE, "a list can be rebuilt; a copy comes later"),
    ("CelebrityTweetCache", "core.views:TweetViews.of_author", "06", REAL, "an author's newest ids stand in memory anyway"),
    ("HotUserDetector", "services.hotspots", "14", LATER),
    ("ConsistentHashLoadBalancer", "edge.load_balancer", "15", LATER),
    ("CacheReplication", "core.hash_ring", "14", LATER),
    ("Hadoop", "services.analytics", "16", LATER),
    ("S3", "storage.media_store", "16", LATER),
    ("BrowserCache", "edge.http", "15", LATER),
    ("CloudFlareCache", "edge.cdn", "15", LATER),
    ("RedisCluster", "core.config:Config.user_partitions", "06", ENGINE, "keys carry hash tags; one Redis runs"),
    ("MySQLQueryCache", "core.config:Config.row_cache", "22", REAL, "MySQL removed its query cache in 8.0"),
    ("MySQLWriteCluster", "storage.backends:Database", "16", ENGINE, "one process writes one file at a time"),
    ("MySQLReadReplicas", "storage.backends:Database", "16", ENGINE, "reads run beside the writer; replicas come later"),
    ("WriteCache", "storage.tweet_store:TweetStore", "16", ENGINE, "a write cache that acknowledges loses tweets"),
    ("ReadCache", "core.config:Config.row_cache", "13", REAL),
    ("ValidationError", "core.errors:InvalidTweet", "02", REAL),
)  # fmt: skip

_NUMBERS: _Rows = (
    ("Users can post tweets (280 characters)", "core.text:MAX_WEIGHTED_LENGTH", "02", REAL),
    ("400M+ active users, 500M+ tweets/day", "lab.capacity", "18", LATER),
    ("300K reads/second, 6K writes/second", "lab.capacity", "18", LATER),
    ("Timeline load < 200ms", "lab.simulation", "18", LATER),
    ("99.9% uptime", "lab.simulation", "18", LATER),
    ("len(content) > 280", "core.text:weighted_length", "02", REAL, "Twitter weighs characters: CJK and emoji count two"),
    ("64-bit ID: 41 bits timestamp + 10 bits machine + 12 bits sequence", "core.snowflake:Snowflake", "02", REAL),
    ("tweet_id = (timestamp << 22) | (machine_id << 12) | sequence", "core.snowflake:TIME_SHIFT", "02", REAL),
    ("follower_count > 1_000_000", "core.config:Config.celebrity_threshold", "05", REAL),
    ("batch_size = 1000", "core.config:Config.fanout_batch", "05", REAL),
    ("page_size=20", "services.timelines:Timelines.get_timeline", "06", REAL),
    ("get_recent_tweets(celebrity_id, limit=10)", "services.timelines:Timelines.get_timeline", "06", REAL, "ten may miss"),
    ("len(followers) > 10000", "storage.follow_graph:FollowGraph", "22", REAL, "no list is cached whole"),
    ("3600,  # 1 hour TTL", "storage.follow_graph:FollowGraph", "22", REAL, "the views of the edges never go stale"),
    ("ttl=300", "core.config:Config.search_cache_s", "08", REAL),
    ('setex(f"tweet:{tweet_id}", 3600, tweet)', "core.config:Config.row_cache", "03", REAL, "rows never change"),
    ("limit=20", "services.tweets:Tweets.get_user_tweets", "03", REAL),
    ("get_recent_shards(3)", "storage.tweet_store:TweetStore.parts", "03", ENGINE, "all months count"),
    ("setex(cache_key, 900, user_tweets)", "core.views:TweetViews.of_author", "03", REAL, "a view stays right"),
    ("zremrangebyrank(cache_key, 0, -801)", "core.config:Config.timeline_cap", "05", REAL),
    ("expire(cache_key, 3600)", "core.config:Config.timeline_ttl_s", "06", REAL),
    ("count=20", "services.timelines:Timelines.get_timeline", "06", REAL),
    ("celebrity_threshold = 1_000_000", "core.config:Config.celebrity_threshold", "05", REAL),
    ("follower_count > 10_000", "core.config:Config.influencer_threshold", "05", REAL),
    ("limit=5", "services.timelines:Timelines.get_timeline", "06", REAL, "five may be too few, and two numbers for one pull"),
    ("replication_factor=5", "services.hotspots", "14", LATER),
    ("limit=100", "services.hotspots", "14", LATER),
    ("range(5):  # 5 replicas", "services.hotspots", "14", LATER),
    ("setex(cache_key, 300, trending_tweets)", "services.hotspots", "14", LATER),
    ("for i in range(3):", "services.hotspots", "14", LATER),
    ("3600,  # 1 hour", "storage.cache", "13", LATER),
    ("tweet['retweet_count'] > 1000", "edge.cdn", "15", LATER),
    ("ttl=1800  # 30 minutes", "edge.cdn", "15", LATER),
    ("ttl = 300   # 5 minutes for active users", "storage.cache", "13", LATER),
    ("ttl = 900   # 15 minutes", "storage.cache", "13", LATER),
    ("ttl = 1800  # 30 minutes for inactive users", "storage.cache", "13", LATER),
    ('following:{user_id}", 3600, following_list', "storage.follow_graph:FollowGraph.following", "04", REAL, "a view is right"),
    ("0, 9  # Get 10 most recent tweets", "core.views:TweetViews.newest", "06", REAL, "the newest of all, not ten of each"),
    ("600,  # 10 minutes", "core.config:Config.timeline_ttl_s", "06", REAL, "one key has one lifetime"),
    *(
        (line, "lab.capacity", "18", LATER)
        for line in (
            "'monthly_active_users': 450_000_000", "'daily_active_users': 200_000_000", "'tweets_per_day': 500_000_000",
            "'peak_tweets_per_second': 143_000", "'timeline_requests_per_second': 300_000",
            "'search_queries_per_second': 18_000", "'total_tweets': 1_000_000_000_000", "'average_tweet_size_bytes': 200",
            "'media_storage_petabytes': 100", "'peak_bandwidth_gbps': 100", "'cdn_cache_hit_ratio': 0.95",
            "tweets_per_db_server = 1_000_000_000", "cache_memory_per_user_mb = 1", ") / 1024",
            "requests_per_web_server = 1000",
        )
    ),
    *(
        (line, "lab.evolution", "19", LATER)
        for line in (
            "'year': '2006-2008'", "'scale': '< 1M users'", "'year': '2008-2010'", "'scale': '10M+ users'",
            "'year': '2010-2012'", "'scale': '100M+ users'", "'year': '2012-present'", "'scale': '400M+ users'",
        )
    ),
    ("['300K RPS reads', '6K RPS writes', '200ms latency']", "", "20", LATER),
    ("'timeline_requests_per_day': 28_800_000_000,  # 200M users × 144 requests/day", "", "20", LATER),
    ("'storage_per_day_gb': 100  # 500M tweets × 200 bytes", "", "20", LATER),
    ("['10x normal engagement rate', 'Traffic spike > 5x']", "services.hotspots", "14", LATER),
    ("'Replicate hot tweet across 10+ cache nodes'", "", "21", LATER),
)  # fmt: skip

MAP: tuple[Entry, ...] = (
    *(_entry("method" if "." in row[0] else "class", *row) for row in _CLASSES),
    *(_entry("name", *row) for row in _NAMES),
    *(_entry("part", *row) for row in _PARTS),
    *(_entry("number", *row) for row in _NUMBERS),
)
