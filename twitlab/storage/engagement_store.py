"""Likes: rows in the file of the liked tweet, and the set of likers of each tweet in memory.

In the case study: ``'like_count': 0`` inside the tweet, to be incremented. The invariant: one row a (user, tweet), and the
count is the size of a set, so a redelivered like changes nothing. A counter row under 50,000 likes a second conflicts
with itself on each; appended rows never meet. Twitter counted in memcached and repaired the counts from the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Set

from twitlab.core.bus import Outboxed
from twitlab.core.errors import StoreError
from twitlab.core.events import Event
from twitlab.storage.backends import Database

_NOBODY: frozenset[int] = frozenset()


class EngagementStore:
    """``likes`` rows; ``part_of`` tells the partition of the liked tweet."""

    def __init__(self, db: Database, part_of: Callable[[int], str]) -> None:
        self._db, self._part_of = db, part_of
        self._likers: dict[int, set[int]] = {}
        for part in sorted(db.parts - {"meta"}):
            live = f"SELECT tweet_id FROM {part}.tweets WHERE NOT deleted"
            sql = f"SELECT tweet_id, user_id FROM {part}.likes WHERE tweet_id IN ({live})"
            try:
                for tweet_id, user_id in db.execute(sql, part=part):
                    self._likers.setdefault(tweet_id, set()).add(user_id)
            except StoreError as error:
                db.broken[part] = str(error)

    def likers(self, tweet_id: int) -> Set[int]:
        """Who likes the tweet now."""
        return self._likers.get(tweet_id, _NOBODY)

    def like(self, tweet_id: int, user_id: int, event: Event) -> Outboxed:
        """Store one like."""
        part = self._part_of(tweet_id)
        entry = self._db.commit(part, event, (f"INSERT INTO {part}.likes VALUES (?, ?)", [tweet_id, user_id]))
        self._likers.setdefault(tweet_id, set()).add(user_id)
        return entry

    def unlike(self, tweet_id: int, user_id: int, event: Event) -> Outboxed:
        """Remove one like."""
        part = self._part_of(tweet_id)
        delete = f"DELETE FROM {part}.likes WHERE tweet_id = ? AND user_id = ?"
        entry = self._db.commit(part, event, (delete, [tweet_id, user_id]))
        self._likers[tweet_id].discard(user_id)
        return entry

    def forget(self, tweet_id: int) -> None:
        """The tweet is deleted: its likes stop counting."""
        self._likers.pop(tweet_id, None)
