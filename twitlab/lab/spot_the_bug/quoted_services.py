"""The case study's own services, word for word: what chapter 22 asks you to break.

In the case study: the methods below, under the same names; only comment lines and blank lines are left out, and ``time`` is
``self.time``, because here the clock is handed in. Invariant: tests/test_spot_the_bug.py compares every method with the
case study's text. What they use and never define is in ``stubs``, in the shortest way that fits.
Real Twitter's services of the time were Scala; a sketch in Python is not what failed there.
"""

# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, check-untyped-defs=False

from __future__ import annotations

from twitlab.lab.spot_the_bug import more_stubs, stubs
from twitlab.lab.spot_the_bug.stubs import ValidationError

# fmt: off


class TwitterTweetService(stubs.TweetService):
    """The case study's."""

    def post_tweet(self, user_id, content, media_urls=None):
        """Post a new tweet"""
        if len(content) > 280:
            raise ValidationError("Tweet too long")
        tweet = {
            'tweet_id': self.generate_tweet_id(),
            'user_id': user_id,
            'content': content,
            'media_urls': media_urls or [],
            'created_at': self.time.time(),
            'like_count': 0,
            'retweet_count': 0,
            'reply_count': 0
        }
        self.tweet_storage.save_tweet(tweet)
        self.timeline_service.fan_out_tweet(tweet)
        self.process_mentions_and_hashtags(tweet)
        return tweet

    def generate_tweet_id(self):
        """Generate unique tweet ID using Snowflake algorithm"""
        timestamp = int(self.time.time() * 1000)  # milliseconds
        machine_id = self.get_machine_id()
        sequence = self.get_next_sequence()
        tweet_id = (timestamp << 22) | (machine_id << 12) | sequence
        return tweet_id


class TwitterTimelineService(more_stubs.TimelineService):
    """The case study's."""

    def get_timeline(self, user_id, page_size=20):
        """Get user's timeline"""
        cached_timeline = self.timeline_cache.get_timeline(user_id)
        if cached_timeline:
            return cached_timeline[:page_size]
        timeline_tweets = []
        push_tweets = self.get_push_timeline(user_id)
        timeline_tweets.extend(push_tweets)
        celebrity_following = self.user_service.get_celebrity_following(user_id)
        for celebrity_id in celebrity_following:
            celebrity_tweets = self.get_recent_tweets(celebrity_id, limit=10)
            timeline_tweets.extend(celebrity_tweets)
        timeline_tweets.sort(key=lambda t: t['created_at'], reverse=True)
        self.timeline_cache.cache_timeline(user_id, timeline_tweets)
        return timeline_tweets[:page_size]


class TwitterUserRelationshipService(more_stubs.RelationshipService):
    """The case study's."""

    def follow_user(self, follower_id, followee_id):
        """Create follow relationship"""
        if self.is_following(follower_id, followee_id):
            return False
        self.graph_db.create_relationship(
            follower_id,
            followee_id,
            'FOLLOWS'
        )
        self.increment_follower_count(followee_id)
        self.increment_following_count(follower_id)
        self.timeline_service.handle_new_follow(follower_id, followee_id)
        return True

    def get_followers(self, user_id, limit=None):
        """Get user's followers"""
        cache_key = f"followers:{user_id}"
        cached_followers = self.relationship_cache.get(cache_key)
        if cached_followers:
            return cached_followers[:limit] if limit else cached_followers
        followers = self.graph_db.query(
            "MATCH (follower)-[:FOLLOWS]->(user {id: $user_id}) RETURN follower.id",
            user_id=user_id
        )
        if len(followers) > 10000:
            self.relationship_cache.setex(
                cache_key,
                3600,  # 1 hour TTL
                followers
            )
        return followers[:limit] if limit else followers


class TwitterSearchService(more_stubs.SearchService):
    """The case study's."""

    def search_tweets(self, query, filters=None, page=1, page_size=20):
        """Search tweets"""
        cache_key = self.generate_search_cache_key(query, filters, page, page_size)
        cached_results = self.search_cache.get(cache_key)
        if cached_results:
            return cached_results
        es_query = {
            'query': {
                'bool': {
                    'must': [
                        {'match': {'content': query}}
                    ]
                }
            },
            'sort': [
                {'created_at': {'order': 'desc'}}
            ],
            'from': (page - 1) * page_size,
            'size': page_size
        }
        if filters:
            if 'user_id' in filters:
                es_query['query']['bool']['filter'] = [
                    {'term': {'user_id': filters['user_id']}}
                ]
            if 'date_range' in filters:
                es_query['query']['bool']['filter'].append({
                    'range': {
                        'created_at': {
                            'gte': filters['date_range']['start'],
                            'lte': filters['date_range']['end']
                        }
                    }
                })
        results = self.elasticsearch.search(
            index='tweets',
            body=es_query
        )
        self.search_cache.cache_results(cache_key, results, ttl=300)
        return results


class TwitterFanOutOptimization(more_stubs.FanOut):
    """The case study's."""

    def optimized_fan_out(self, tweet):
        """Optimize fan-out based on user type"""
        user_id = tweet['user_id']
        follower_count = self.get_follower_count(user_id)
        if follower_count > self.celebrity_threshold:
            self.handle_celebrity_tweet(tweet)
        elif follower_count > 10_000:
            self.handle_influencer_tweet(tweet)
        else:
            self.handle_regular_user_tweet(tweet)

    def handle_celebrity_tweet(self, tweet):
        """Handle tweet from celebrity user (pull model)"""
        self.celebrity_tweet_cache.add_tweet(tweet)
        vip_followers = self.get_vip_followers(tweet['user_id'])
        self.push_to_followers(tweet, vip_followers)

    def handle_regular_user_tweet(self, tweet):
        """Handle tweet from regular user (push model)"""
        followers = self.get_followers(tweet['user_id'])
        self.push_to_followers(tweet, followers)

    def get_timeline_hybrid(self, user_id):
        """Get timeline using hybrid push/pull approach"""
        timeline_tweets = []
        push_tweets = self.get_push_timeline(user_id)
        timeline_tweets.extend(push_tweets)
        celebrity_following = self.get_celebrity_following(user_id)
        for celebrity_id in celebrity_following:
            celebrity_tweets = self.celebrity_tweet_cache.get_recent_tweets(
                celebrity_id,
                limit=5
            )
            timeline_tweets.extend(celebrity_tweets)
        timeline_tweets.sort(key=lambda t: t['created_at'], reverse=True)
        return timeline_tweets
