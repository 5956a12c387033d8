"""The case study's own stores, caches and numbers, word for word (see ``quoted_services``).

In the case study: "Data Storage Strategy", "Twitter's Technology Stack", "Performance Optimizations", "Real-World Numbers".
Invariant: tests/test_spot_the_bug.py compares every method with the case study's text.
Real Twitter's stores were MySQL with its own sharding (Gizzard), memcached and Redis, later Manhattan.
"""

# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, check-untyped-defs=False

from __future__ import annotations

from twitlab.lab.spot_the_bug import more_stubs, stubs
from twitlab.lab.spot_the_bug.stubs import (
    S3,
    BrowserCache,
    Cassandra,
    CloudFlareCache,
    Elasticsearch,
    Hadoop,
    MySQL,
    MySQLQueryCache,
    Redis,
    RedisCluster,
)

# fmt: off


class TwitterTweetStorage(stubs.TweetStorage):
    """The case study's."""

    def save_tweet(self, tweet):
        """Save tweet to appropriate shard"""
        shard_key = self.get_shard_key(tweet['created_at'])
        shard = self.tweet_shards[shard_key]
        shard.insert('tweets', tweet)
        self.cache_hot_tweet(tweet)

    def get_tweet(self, tweet_id):
        """Retrieve tweet by ID"""
        cached_tweet = self.hot_tweet_cache.get(f"tweet:{tweet_id}")
        if cached_tweet:
            return cached_tweet
        timestamp = self.extract_timestamp_from_id(tweet_id)
        shard_key = self.get_shard_key(timestamp)
        shard = self.tweet_shards[shard_key]
        tweet = shard.select_one('tweets', {'tweet_id': tweet_id})
        if tweet:
            self.hot_tweet_cache.setex(f"tweet:{tweet_id}", 3600, tweet)
        return tweet

    def get_user_tweets(self, user_id, limit=20):
        """Get user's recent tweets"""
        cache_key = f"user_tweets:{user_id}"
        cached_tweets = self.hot_tweet_cache.get(cache_key)
        if cached_tweets:
            return cached_tweets[:limit]
        recent_shards = self.get_recent_shards(3)
        user_tweets = []
        for shard in recent_shards:
            tweets = shard.select(
                'tweets',
                {'user_id': user_id},
                order_by='created_at DESC',
                limit=limit
            )
            user_tweets.extend(tweets)
            if len(user_tweets) >= limit:
                break
        user_tweets.sort(key=lambda t: t['created_at'], reverse=True)
        user_tweets = user_tweets[:limit]
        self.hot_tweet_cache.setex(cache_key, 900, user_tweets)  # 15 minutes
        return user_tweets


class TwitterTimelineStorage(stubs.TimelineStorage):
    """The case study's."""

    def store_timeline_entry(self, user_id, tweet_id, timestamp):
        """Store entry in user's timeline"""
        self.timeline_db.insert('user_timelines', {
            'user_id': user_id,
            'tweet_id': tweet_id,
            'timestamp': timestamp
        })
        cache_key = f"timeline:{user_id}"
        self.timeline_cache.zadd(
            cache_key,
            {tweet_id: timestamp}
        )
        self.timeline_cache.zremrangebyrank(cache_key, 0, -801)
        self.timeline_cache.expire(cache_key, 3600)  # 1 hour

    def get_timeline(self, user_id, count=20, max_position=None):
        """Get user's timeline"""
        cache_key = f"timeline:{user_id}"
        if max_position:
            timeline_tweets = self.timeline_cache.zrevrangebyscore(
                cache_key,
                max_position,
                '-inf',
                start=0,
                num=count
            )
        else:
            timeline_tweets = self.timeline_cache.zrevrange(
                cache_key,
                0,
                count - 1
            )
        if timeline_tweets:
            return timeline_tweets
        return self.rebuild_timeline_cache(user_id, count)


class TwitterStorageStack(stubs.Nothing):
    """The case study's."""

    def __init__(self):
        self.storage_systems = {
            'user_data': MySQL(),
            'tweet_content': MySQL(),  # Sharded by time
            'timeline_cache': Redis(),
            'search_index': Elasticsearch(),
            'analytics': Hadoop(),
            'media_storage': S3(),
            'real_time_data': Cassandra()
        }

    def get_storage_for_data_type(self, data_type):
        """Route data to appropriate storage system"""
        routing_rules = {
            'user_profile': 'user_data',
            'tweet_content': 'tweet_content',
            'user_timeline': 'timeline_cache',
            'search_query': 'search_index',
            'engagement_metrics': 'analytics',
            'profile_image': 'media_storage',
            'real_time_events': 'real_time_data'
        }
        storage_key = routing_rules.get(data_type, 'user_data')
        return self.storage_systems[storage_key]


class TwitterCachingStrategy(more_stubs.Caching):
    """The case study's."""

    def __init__(self):
        self.cache_layers = {
            'browser': BrowserCache(),
            'cdn': CloudFlareCache(),
            'application': RedisCluster(),
            'database': MySQLQueryCache()
        }

    def cache_tweet(self, tweet):
        """Multi-level caching for tweets"""
        tweet_id = tweet['tweet_id']
        self.cache_layers['application'].setex(
            f"tweet:{tweet_id}",
            3600,  # 1 hour
            tweet
        )
        if tweet['retweet_count'] > 1000:
            self.cache_layers['cdn'].cache_content(
                f"/tweets/{tweet_id}",
                tweet,
                ttl=1800  # 30 minutes
            )

    def cache_user_timeline(self, user_id, timeline):
        """Cache user timeline"""
        user_activity = self.get_user_activity_level(user_id)
        if user_activity == 'high':
            ttl = 300   # 5 minutes for active users
        elif user_activity == 'medium':
            ttl = 900   # 15 minutes
        else:
            ttl = 1800  # 30 minutes for inactive users
        self.cache_layers['application'].setex(
            f"timeline:{user_id}",
            ttl,
            timeline
        )


class TimelineOptimization(more_stubs.TimelinePages):
    """The case study's."""

    def generate_timeline_efficiently(self, user_id, count=20):
        """Efficiently generate user timeline"""
        following_list = self.user_cache.get(f"following:{user_id}")
        if not following_list:
            following_list = self.user_service.get_following(user_id)
            self.user_cache.setex(f"following:{user_id}", 3600, following_list)
        timeline_candidates = []
        pipeline = self.tweet_cache.pipeline()
        for followed_user_id in following_list:
            pipeline.zrevrange(
                f"user_tweets:{followed_user_id}",
                0, 9  # Get 10 most recent tweets
            )
        user_tweet_lists = pipeline.execute()
        for i, tweet_ids in enumerate(user_tweet_lists):
            followed_user_id = following_list[i]
            for tweet_id in tweet_ids:
                timeline_candidates.append({
                    'tweet_id': tweet_id,
                    'user_id': followed_user_id,
                    'timestamp': self.extract_timestamp_from_id(tweet_id)
                })
        timeline_candidates.sort(key=lambda t: t['timestamp'], reverse=True)
        timeline_tweet_ids = [t['tweet_id'] for t in timeline_candidates[:count]]
        pipeline = self.tweet_cache.pipeline()
        for tweet_id in timeline_tweet_ids:
            pipeline.get(f"tweet:{tweet_id}")
        tweet_details = pipeline.execute()
        timeline = [tweet for tweet in tweet_details if tweet is not None]
        return timeline


class TwitterReadWriteOptimization(stubs.WritePath):
    """The case study's."""

    def optimized_tweet_write(self, tweet_data):
        """Optimized tweet writing"""
        self.write_cache.set(
            f"tweet:{tweet_data['tweet_id']}",
            tweet_data
        )
        self.async_write_to_db(tweet_data)
        self.async_fan_out(tweet_data)
        return {'status': 'success', 'tweet_id': tweet_data['tweet_id']}

    def optimized_timeline_read(self, user_id):
        """Optimized timeline reading"""
        timeline = self.read_cache.get(f"timeline:{user_id}")
        if not timeline:
            timeline = self.generate_timeline_from_cache(user_id)
            if timeline:
                self.read_cache.setex(
                    f"timeline:{user_id}",
                    600,  # 10 minutes
                    timeline
                )
        return timeline
