"""Tweets: posting, replying, quoting, deleting, threads.

In the case study: ``TwitterTweetService``, which checks ``len(content) > 280`` (wrong both ways: a family emoji is seven
code points and weighs two, a Japanese letter is one and weighs two) and acknowledges before anything is durable. The
invariant: when ``post_tweet`` returns, the tweet and its event stand in one commit. Twitter writes through to about ten
stores from one service (TweetyPie); here they hear of it over the bus.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice

from twitlab.core.bus import Publish, command
from twitlab.core.clock import Clock
from twitlab.core.config import Config
from twitlab.core.errors import InvalidMedia, InvalidRequest, InvalidTweet, NotFound
from twitlab.core.events import RetweetUndone, TweetDeleted, TweetPosted
from twitlab.core.model import Tweet, TweetRow, require_id, require_size, require_text
from twitlab.core.snowflake import first_id_at, timestamp_ms
from twitlab.core.text import why_invalid
from twitlab.storage.reader import Reader
from twitlab.storage.tweet_store import TweetStore


class Tweets:
    """``tw.tweets``."""

    def __init__(
        self,
        *,
        tweet_store: TweetStore,
        reader: Reader,
        publish: Publish,
        clock: Clock,
        config: Config,
        next_id: Callable[[], int],
    ) -> None:
        self.publish = publish
        self._store, self._reader, self._clock, self._next_id = tweet_store, reader, clock, next_id
        self._key_life_ms = config.idempotency_s * 1000
        self._keys = tweet_store.idempotency_keys(first_id_at(max(clock.now_ms() - self._key_life_ms, 0)))

    @command
    def post_tweet(
        self,
        user_id: int,
        content: str,
        media: Sequence[str] = (),
        in_reply_to: int | None = None,
        quote_of: int | None = None,
        idempotency_key: str | None = None,
    ) -> Tweet:
        """Post a tweet; what it answers or quotes must be in sight (a retweet there means its original).

        The same ``idempotency_key`` within 24 h returns the same tweet. Raises ``InvalidTweet`` (saying which rule),
        ``NotFound``, ``InvalidRequest`` (a key used for another text), ``InvalidMedia``.
        """
        self._reader.require_user(require_id(user_id, "user_id"))
        if reason := why_invalid(content):
            raise InvalidTweet(f"{reason}. A tweet is 1 to 280 characters of text, by Twitter's weights")
        if not isinstance(media, Sequence) or len(media) > 0:
            raise InvalidMedia(f"media={media!r:.80}: no media can be stored yet, give ()")
        if idempotency_key is not None and (earlier := self._posted(user_id, idempotency_key, content)):
            return earlier
        parent = self._target(user_id, in_reply_to, "in_reply_to")
        quoted = self._target(user_id, quote_of, "quote_of")
        tweet_id = self._next_id()
        row = TweetRow(
            tweet_id=tweet_id,
            user_id=user_id,
            content=content,
            created_ms=timestamp_ms(tweet_id),
            in_reply_to=parent.tweet_id if parent else None,
            reply_to_user=parent.user_id if parent else None,
            quote_of=quoted.tweet_id if quoted else None,
        )
        self.publish(self._store.insert(row, TweetPosted(tweet_id=tweet_id, user_id=user_id), idempotency_key))
        if idempotency_key is not None:
            self._keys[user_id, idempotency_key] = tweet_id
        return self._reader.require(user_id, tweet_id)

    @command
    def delete_tweet(self, user_id: int, tweet_id: int) -> bool:
        """Delete one's own tweet (and with it its retweets), or undo one's own retweet by its id.

        False if the user deleted it before; anything that is not the user's own tweet is ``NotFound``.
        """
        self._reader.require_user(require_id(user_id, "user_id"))
        row = self._store.row(require_id(tweet_id, "tweet_id"))
        if self._store.deleted.get(tweet_id) == user_id:
            return False
        if row is None or row.user_id != user_id:
            self._store.require_readable(tweet_id)
            raise NotFound(f"user {user_id} has no tweet {tweet_id}: one can delete one's own only")
        event: TweetDeleted | RetweetUndone = TweetDeleted(tweet_id=tweet_id, user_id=user_id)
        if row.retweet_of is not None:
            event = RetweetUndone(tweet_id=tweet_id, user_id=user_id, original_id=row.retweet_of)
        self.publish(self._store.delete(row, event))
        return True

    def get_tweet(self, tweet_id: int, viewer_id: int | None = None) -> Tweet:
        """One tweet as the viewer sees it, or ``NotFound``."""
        self._viewer(viewer_id)
        return self._reader.require(viewer_id, require_id(tweet_id, "tweet_id"))

    def get_user_tweets(
        self, user_id: int, limit: int = 20, max_id: int | None = None, viewer_id: int | None = None
    ) -> list[Tweet]:
        """The newest ``limit`` tweets of a user (retweets and replies too) older than ``max_id``, as the viewer sees them."""
        self._reader.require_user(require_id(user_id, "user_id"))
        self._viewer(viewer_id)
        require_size(limit, "limit")
        ids = self._store.views.of_author(user_id, None if max_id is None else require_id(max_id, "max_id"))
        facts, found = self._reader.facts(viewer_id), list[Tweet]()
        while len(found) < limit and (some := list(islice(ids, limit))):
            found += self._reader.see(viewer_id, some, facts=facts)
        return found[:limit]

    def thread(self, tweet_id: int, viewer_id: int | None = None) -> list[Tweet]:
        """The conversation around a tweet, oldest first: what it answers, up to the root, itself, and all replies below."""
        start = self.get_tweet(tweet_id, viewer_id)
        root = start.retweet_of or start.tweet_id
        up, down = list[int](), [root]
        row = self._store.row(root)
        while row is not None and row.in_reply_to is not None and row.in_reply_to not in up:
            up.append(row.in_reply_to)
            row = self._store.row(row.in_reply_to)
        for one in down:  # grows while it is walked; imported replies may even form a ring
            down += self._store.views.replies.get(one, set()).difference(down)
        return self._reader.see(viewer_id, sorted({*up, *down}))

    def import_many(self, rows: Sequence[TweetRow]) -> None:
        """Bulk: tweets that are new, with ids, times and relations already settled by the loader."""
        self._store.insert_many(rows)

    def _viewer(self, viewer_id: int | None) -> None:
        if viewer_id is not None:
            self._reader.require_user(require_id(viewer_id, "viewer_id"))

    def _target(self, user_id: int, tweet_id: int | None, name: str) -> Tweet | None:
        """What an act means: the tweet if it is in sight, or the original behind a retweet in sight."""
        if tweet_id is None:
            return None
        seen = self._reader.require(user_id, require_id(tweet_id, name))
        return seen if seen.retweet_of is None else self._reader.require(user_id, seen.retweet_of)

    def _posted(self, user_id: int, key: str, content: str) -> Tweet | None:
        """The tweet that this key already made, within the key's life."""
        require_text(key, "idempotency_key", 200)
        tweet_id = self._keys.get((user_id, key))
        if tweet_id is None or timestamp_ms(tweet_id) <= self._clock.now_ms() - self._key_life_ms:
            return None
        earlier = self._reader.require(user_id, tweet_id)
        if earlier.content != content:
            raise InvalidRequest(f"idempotency_key={key!r} made tweet {tweet_id} with another text: use a new key")
        return earlier
