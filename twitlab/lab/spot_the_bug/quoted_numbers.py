"""The case study's own numbers and its plan for a viral tweet, word for word (see ``quoted_services``).

In the case study: "Hot Spot Mitigation", "Real-World Numbers and Scale", "Interview Questions and Answers".
Invariant: tests/test_spot_the_bug.py compares every method with the case study's text.
Real Twitter's numbers, with their sources, stand in the chapters that use them.
"""

# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, check-untyped-defs=False

from __future__ import annotations

from twitlab.lab.spot_the_bug import more_stubs, stubs

# fmt: off


class TwitterHotSpotMitigation(more_stubs.HotSpots):
    """The case study's."""

    def handle_viral_tweet(self, tweet_id):
        """Handle viral tweet that's getting massive traffic"""
        if self.is_viral_tweet(tweet_id):
            self.cache_replication.replicate_hot_data(
                f"tweet:{tweet_id}",
                replication_factor=5
            )
            self.cdn_service.warm_cache(f"/tweets/{tweet_id}")


class TwitterScale(more_stubs.Scale):
    """The case study's."""

    def __init__(self):
        self.metrics = {
            'monthly_active_users': 450_000_000,
            'daily_active_users': 200_000_000,
            'tweets_per_day': 500_000_000,
            'peak_tweets_per_second': 143_000,
            'timeline_requests_per_second': 300_000,
            'search_queries_per_second': 18_000,
            'total_tweets': 1_000_000_000_000,  # 1 trillion+
            'average_tweet_size_bytes': 200,
            'media_storage_petabytes': 100,
            'peak_bandwidth_gbps': 100,
            'cdn_cache_hit_ratio': 0.95
        }

    def calculate_infrastructure_requirements(self):
        """Calculate infrastructure needed for Twitter scale"""
        tweets_per_db_server = 1_000_000_000  # 1B tweets per server
        required_db_servers = self.metrics['total_tweets'] / tweets_per_db_server
        cache_memory_per_user_mb = 1  # 1MB cache per active user
        total_cache_memory_gb = (
            self.metrics['daily_active_users'] * cache_memory_per_user_mb
        ) / 1024
        requests_per_web_server = 1000  # RPS per server
        required_web_servers = self.metrics['timeline_requests_per_second'] / requests_per_web_server
        return {
            'database_servers': int(required_db_servers),
            'cache_memory_gb': total_cache_memory_gb,
            'web_servers': int(required_web_servers),
            'estimated_monthly_cost': self.estimate_monthly_cost()
        }


class TimelineDesignAnswer(stubs.Nothing):
    """The case study's."""

    def approach_timeline_design(self):
        """Structured approach to timeline design"""
        return {
            'step_1_requirements': {
                'functional': ['Post tweets', 'Follow users', 'View timeline'],
                'non_functional': ['300K RPS reads', '6K RPS writes', '200ms latency']
            },
            'step_2_capacity_estimation': {
                'daily_active_users': 200_000_000,
                'tweets_per_day': 500_000_000,
                'timeline_requests_per_day': 28_800_000_000,  # 200M users × 144 requests/day
                'storage_per_day_gb': 100  # 500M tweets × 200 bytes
            },
            'step_3_system_design': {
                'components': ['Tweet Service', 'Timeline Service', 'User Service'],
                'databases': ['MySQL (sharded)', 'Redis (cache)', 'Cassandra (timelines)'],
                'key_algorithms': ['Fan-out on write', 'Hybrid push/pull for celebrities']
            },
            'step_4_deep_dive': {
                'fan_out_strategy': 'Hybrid approach based on follower count',
                'caching_strategy': 'Multi-level caching with TTL optimization',
                'database_design': 'Time-based sharding with read replicas'
            }
        }


class ViralTweetHandling(stubs.Nothing):
    """The case study's."""

    def handle_viral_content(self):
        """Strategy for handling viral tweets"""
        return {
            'detection': {
                'metrics': ['Rapid engagement growth', 'Unusual traffic patterns'],
                'thresholds': ['10x normal engagement rate', 'Traffic spike > 5x']
            },
            'mitigation_strategies': [
                'Cache replication across multiple nodes',
                'CDN cache warming',
                'Load balancer adjustment',
                'Database read replica scaling',
                'Rate limiting for non-essential features'
            ],
            'implementation': {
                'cache_strategy': 'Replicate hot tweet across 10+ cache nodes',
                'cdn_strategy': 'Pre-warm CDN caches globally',
                'database_strategy': 'Add temporary read replicas',
                'monitoring': 'Enhanced monitoring for viral content'
            }
        }
