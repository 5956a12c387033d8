"""Generations: which keys in Redis belong to this store, now.

The case study's Redis and MySQL never meet a restart. Here the store may be opened without Redis for a day, restored
from a copy, or loaded with old tweets: each makes every timeline in Redis wrong. The invariant: keys are trusted only if
Redis saw the store's previous session; otherwise all keys get a new prefix at once, and the old ones expire by
themselves. Real caches do the same with a version in the key.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from twitlab.storage.backends import Database

if TYPE_CHECKING:
    import redis

_LONG_S = 30 * 86_400


class Generation:
    """``prefix`` begins every key. Embedded Redis starts empty, so its first prefix is the empty string."""

    def __init__(self, db: Database, redis: redis.Redis, *, embedded: bool) -> None:
        self._db, self._redis = db, redis
        kept = dict(db.execute("SELECT name, value FROM meta.settings"))
        self._store = kept.get("store") or uuid.uuid4().hex[:12]
        session, self._number = int(kept.get("session", 0)), int(kept.get("generation", 0))
        self._embedded = embedded
        key = f"twitlab:{self._store}:session"
        if embedded:
            self._number = 0
        elif redis.get(key) != str(session).encode():
            self._number += 1
            self.forget()
        self._save(session + 1)
        if not embedded:
            redis.set(key, str(session + 1), ex=_LONG_S)

    @property
    def prefix(self) -> str:
        """What every key of timelines and of the fan-out queue begins with."""
        if self._embedded:
            return f"g{self._number}:" if self._number else ""
        return f"twitlab:{self._store}:{self._number}:"

    def next(self) -> None:
        """Give up every timeline and queued batch: they will be built again from the store when read."""
        self._number += 1
        self._save(None)

    def forget(self) -> None:
        """Delete every key of this store from a real Redis: of a store that ends with its process, of past generations."""
        for key in list(self._redis.scan_iter(match=f"twitlab:{self._store}:*")):
            self._redis.delete(key)

    def _save(self, session: int | None) -> None:
        values = {"store": self._store, "generation": str(self._number)} | ({"session": str(session)} if session else {})
        with self._db.transaction("meta") as run:
            for name, value in values.items():
                run("DELETE FROM meta.settings WHERE name = ?", [name])
                run("INSERT INTO meta.settings VALUES (?, ?)", [name, value])
