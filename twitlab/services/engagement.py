"""Engagement: likes and retweets.

In the case study: two counters in the tweet's dictionary; liking is not shown at all. The invariant: once per user and
tweet, an act on a retweet means its original, and a count is the size of a set. Twitter's counters are a service of
their own, repaired from the rows, because increments that are retried drift.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from twitlab.core.bus import Publish, command
from twitlab.core.errors import InvalidRequest
from twitlab.core.events import RetweetUndone, TweetDeleted, TweetLiked, TweetRetweeted, TweetUnliked
from twitlab.core.model import Counts, Tweet, TweetRow, require_id
from twitlab.core.snowflake import timestamp_ms
from twitlab.storage.engagement_store import EngagementStore
from twitlab.storage.reader import Reader
from twitlab.storage.tweet_store import TweetStore
from twitlab.storage.user_store import UserStore


class Engagement:
    """``tw.engagement``. Acts need sight; repeating what is so, or undoing what is not, returns False."""

    def __init__(
        self,
        *,
        engagement_store: EngagementStore,
        tweet_store: TweetStore,
        user_store: UserStore,
        reader: Reader,
        publish: Publish,
        next_id: Callable[[], int],
    ) -> None:
        self.publish = publish
        self._likes, self._tweets, self._users = engagement_store, tweet_store, user_store
        self._reader, self._next_id = reader, next_id

    @command
    def like_tweet(self, user_id: int, tweet_id: int) -> bool:
        """Like a tweet in sight; False if the user likes it already."""
        original = self._original(user_id, tweet_id)
        if self._liked(user_id, original):
            return False
        self._require_sight(user_id, tweet_id)
        self.publish(self._likes.like(original, user_id, TweetLiked(tweet_id=original, user_id=user_id)))
        return True

    @command
    def unlike_tweet(self, user_id: int, tweet_id: int) -> bool:
        """Take a like back; needs no sight."""
        original = self._original(user_id, tweet_id)
        if not self._liked(user_id, original):
            return False
        self.publish(self._likes.unlike(original, user_id, TweetUnliked(tweet_id=original, user_id=user_id)))
        return True

    @command
    def retweet(self, user_id: int, tweet_id: int) -> Tweet | Literal[False]:
        """Pass a tweet in sight on: the new retweet; False if the user retweets it already.

        Raises ``NotFound``, and ``InvalidRequest`` if the author is protected.
        """
        original = self._original(user_id, tweet_id)
        if self._retweet_by(user_id, original) is not None:
            return False
        author = self._require_sight(user_id, tweet_id).user_id
        if author in self._users.protected:
            raise InvalidRequest(f"tweet {original} is by a protected account: it cannot be retweeted")
        new_id = self._next_id()
        row = TweetRow(tweet_id=new_id, user_id=user_id, content="", created_ms=timestamp_ms(new_id), retweet_of=original)
        event = TweetRetweeted(tweet_id=new_id, user_id=user_id, original_id=original)
        self.publish(self._tweets.insert(row, event))
        return self._reader.require(user_id, new_id)

    @command
    def undo_retweet(self, user_id: int, tweet_id: int) -> bool:
        """Take a retweet back, by the id of the original or of the retweet; needs no sight."""
        original = self._original(user_id, tweet_id)
        mine = self._retweet_by(user_id, original)
        row = self._tweets.row(mine) if mine is not None else None
        if row is None:
            return False
        event = RetweetUndone(tweet_id=row.tweet_id, user_id=user_id, original_id=original)
        self.publish(self._tweets.delete(row, event))
        return True

    def counts(self, tweet_id: int) -> Counts:
        """Likes, retweets, replies and quotes of a tweet (of the original, for a retweet); ``NotFound`` if there is none."""
        require_id(tweet_id, "tweet_id")
        original = self._tweets.views.original_of.get(tweet_id, tweet_id)
        if self._tweets.row(original) is None:
            self._reader.require(None, tweet_id)
        return self._reader.counts(original)

    def on_tweet_deleted(self, event: TweetDeleted) -> None:
        """The likes of a deleted tweet stop counting."""
        self._likes.forget(event.tweet_id)

    def _original(self, user_id: int, tweet_id: int) -> int:
        self._reader.require_user(require_id(user_id, "user_id"))
        return self._tweets.views.original_of.get(require_id(tweet_id, "tweet_id"), tweet_id)

    def _require_sight(self, user_id: int, tweet_id: int) -> Tweet:
        """The original meant by ``tweet_id``, which must be in sight itself."""
        seen = self._reader.require(user_id, tweet_id)
        return seen if seen.retweet_of is None else self._reader.require(user_id, seen.retweet_of)

    def _liked(self, user_id: int, original_id: int) -> bool:
        """Likes of a deleted tweet stop counting with the deletion, not with the delivery of its event."""
        return original_id not in self._tweets.deleted and user_id in self._likes.likers(original_id)

    def _retweet_by(self, user_id: int, original_id: int) -> int | None:
        return self._tweets.views.retweets.get(original_id, {}).get(user_id)
