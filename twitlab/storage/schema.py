"""The tables, written out once: what stands in ``meta`` and what stands in each month's file.

In the case study: ``self.tweet_shards = {'tweets_2024_01': MySQL(...), ...}`` without a column named. The invariant:
a fact and its outbox row stand in the same file, because a transaction cannot span two attached DuckDB files. Twitter's
MySQL rows were as plain; the sharding framework (Gizzard) and the schema-less tweet store (Manhattan) came around them.
"""

from __future__ import annotations

VERSION = 1

OUTBOX = "CREATE TABLE IF NOT EXISTS {part}.outbox (seq BIGINT, kind VARCHAR, body VARCHAR)"

META = (
    "CREATE TABLE IF NOT EXISTS meta.settings (name VARCHAR, value VARCHAR)",
    "CREATE TABLE IF NOT EXISTS meta.parts (part VARCHAR)",
    """CREATE TABLE IF NOT EXISTS meta.users (user_id BIGINT, handle VARCHAR, name VARCHAR, bio VARCHAR,
        protected BOOLEAN, region VARCHAR, created_ms BIGINT)""",
    "CREATE TABLE IF NOT EXISTS meta.follows (follower_id BIGINT, followee_id BIGINT)",
    "CREATE TABLE IF NOT EXISTS meta.requests (follower_id BIGINT, followee_id BIGINT)",
    "CREATE TABLE IF NOT EXISTS meta.blocks (user_id BIGINT, blocked_id BIGINT)",
    "CREATE TABLE IF NOT EXISTS meta.mutes (user_id BIGINT, muted_id BIGINT)",
    OUTBOX.format(part="meta"),
)

MONTH = (
    """CREATE TABLE IF NOT EXISTS {part}.tweets (tweet_id BIGINT, user_id BIGINT, content VARCHAR, created_ms BIGINT,
        media VARCHAR[], in_reply_to BIGINT, reply_to_user BIGINT, retweet_of BIGINT, quote_of BIGINT, deleted BOOLEAN,
        idempotency_key VARCHAR)""",
    "CREATE TABLE IF NOT EXISTS {part}.likes (tweet_id BIGINT, user_id BIGINT)",
    OUTBOX,
)


def tables(part: str) -> list[str]:
    """The statements that make the tables of ``meta`` or of a month, each harmless when they exist."""
    return list(META) if part == "meta" else [statement.format(part=part) for statement in MONTH]
