"""Facts, in the past tense: what services tell each other over the bus.

In the case study a service calls the next one (``self.timeline_service.fan_out_tweet(tweet)``), so posting is as slow
as its slowest listener. The invariant here: an event carries ids and small flags, never an object that may be stale
when it is delivered; the handler looks the rest up. Twitter put the same facts on its event bus (later Kafka).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that has happened and is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRegistered(Event):
    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileUpdated(Event):
    """``unprotected``: the account was protected before and no longer is."""

    user_id: int
    unprotected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFollowed(Event):
    follower_id: int
    followee_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowRequested(Event):
    follower_id: int
    followee_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UserUnfollowed(Event):
    """The follow, or the request for one, is withdrawn."""

    follower_id: int
    followee_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UserBlocked(Event):
    user_id: int
    blocked_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UserUnblocked(Event):
    user_id: int
    blocked_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMuted(Event):
    user_id: int
    muted_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UserUnmuted(Event):
    user_id: int
    muted_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TweetPosted(Event):
    """A post, reply or quote; a retweet is ``TweetRetweeted``."""

    tweet_id: int
    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TweetDeleted(Event):
    """A post, reply or quote is gone, and its retweets with it."""

    tweet_id: int
    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TweetRetweeted(Event):
    tweet_id: int
    user_id: int
    original_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RetweetUndone(Event):
    tweet_id: int
    user_id: int
    original_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TweetLiked(Event):
    tweet_id: int
    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TweetUnliked(Event):
    tweet_id: int
    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DataLoaded(Event):
    """A bulk load: whatever is built from rows has to be built again."""


KINDS: dict[str, type[Event]] = {kind.__name__: kind for kind in Event.__subclasses__()}


def to_json(event: Event) -> str:
    """The body of an outbox row; ids as Python writes them (only this package reads it back)."""
    return json.dumps(asdict(event))


def from_json(kind: str, body: str) -> Event:
    """The event that ``to_json`` wrote.

    >>> from_json("TweetLiked", to_json(TweetLiked(tweet_id=5, user_id=1)))
    TweetLiked(tweet_id=5, user_id=1)
    """
    return KINDS[kind](**json.loads(body))
