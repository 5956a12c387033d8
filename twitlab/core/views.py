"""Views of the tweet rows: who wrote, retweeted, answered and quoted what, as sets in memory.

The case study keeps ``like_count`` and its friends inside the tweet and increments them; such counters drift (a retry
counts twice, an undo goes below zero). The invariant here: rows are the truth, these sets are computed from them, and
each count is the size of a set. X's in-memory post store (Thunder) keeps the same per-author lists of recent posts.
"""

from __future__ import annotations

import heapq
from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator

from twitlab.core.model import Counts, TweetRow

_NOBODY: array[int] = array("q")


class TweetViews:
    """Ids by author (ascending arrays) and the relations between live tweets. ``add`` and ``discard`` are idempotent."""

    def __init__(self) -> None:
        self.by_author: dict[int, array[int]] = {}
        self.original_of: dict[int, int] = {}
        self.retweets: dict[int, dict[int, int]] = {}  # original → user → retweet
        self.replies: dict[int, set[int]] = {}
        self.quotes: dict[int, set[int]] = {}

    def add(self, row: TweetRow) -> None:
        """A live row is stored."""
        self.add_ids(row.tweet_id, row.user_id, row.in_reply_to, row.retweet_of, row.quote_of)

    def add_ids(
        self, tweet_id: int, user_id: int, in_reply_to: int | None, retweet_of: int | None, quote_of: int | None
    ) -> None:
        """A live row is stored: what the views need of it."""
        mine = self.by_author.setdefault(user_id, array("q"))
        if not mine or tweet_id > mine[-1]:
            mine.append(tweet_id)
        elif mine[bisect_left(mine, tweet_id)] != tweet_id:
            insort(mine, tweet_id)
        if retweet_of is not None:
            self.original_of[tweet_id] = retweet_of
            self.retweets.setdefault(retweet_of, {})[user_id] = tweet_id
        if in_reply_to is not None:
            self.replies.setdefault(in_reply_to, set()).add(tweet_id)
        if quote_of is not None:
            self.quotes.setdefault(quote_of, set()).add(tweet_id)

    def discard(self, row: TweetRow) -> None:
        """A row is deleted; its retweets stop counting at the same moment (they stand or fall with it)."""
        self._forget(row.user_id, row.tweet_id)
        self.drop_retweets(row.tweet_id)
        if row.retweet_of is not None and self.original_of.pop(row.tweet_id, None) is not None:
            self.retweets.get(row.retweet_of, {}).pop(row.user_id, None)
        if row.in_reply_to is not None:
            self.replies.get(row.in_reply_to, set()).discard(row.tweet_id)
        if row.quote_of is not None:
            self.quotes.get(row.quote_of, set()).discard(row.tweet_id)

    def drop_retweets(self, original_id: int) -> None:
        """The original is gone, and its retweets with it."""
        for user_id, retweet_id in self.retweets.pop(original_id, {}).items():
            self._forget(user_id, retweet_id)
            self.original_of.pop(retweet_id, None)

    def of_author(self, user_id: int, below: int | None = None) -> Iterator[int]:
        """The author's live tweets, newest first, older than ``below``."""
        mine = self.by_author.get(user_id, _NOBODY)
        mine = mine[: len(mine) if below is None else bisect_left(mine, below)]  # a copy: safe beside a writer
        return reversed(mine)

    def newest(self, authors: Iterable[int], below: int | None = None) -> Iterator[int]:
        """Everything by ``authors``, merged newest first, older than ``below``: the pull that always works."""
        return heapq.merge(*(self.of_author(author, below) for author in authors), reverse=True)

    def rate(self, user_id: int, since_id: int) -> int:
        """How many tweets the author has posted after ``since_id``."""
        mine = self.by_author.get(user_id, _NOBODY)
        return len(mine) - bisect_left(mine, since_id)

    def counts(self, tweet_id: int, likes: int) -> Counts:
        """The public counters of an original."""
        return Counts(
            like_count=likes,
            retweet_count=len(self.retweets.get(tweet_id, ())),
            reply_count=len(self.replies.get(tweet_id, ())),
            quote_count=len(self.quotes.get(tweet_id, ())),
        )

    def _forget(self, user_id: int, tweet_id: int) -> None:
        mine = self.by_author.get(user_id, _NOBODY)
        at = bisect_left(mine, tweet_id)
        if at < len(mine) and mine[at] == tweet_id:
            del mine[at]
