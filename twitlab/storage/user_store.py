"""Users and their handles: rows in ``meta``, all of them also in memory.

In the case study: ``'user_profile': 'user_data'`` (MySQL). The invariant: a handle belongs to one user at a time, whatever
its capitals; the rows are the truth and the maps below are views of them. Twitter's user service (Gizmoduck) answered
about a million look-ups a second from a cache in front of MySQL; two thousand users fit into a dictionary.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

from twitlab.core.bus import Outboxed
from twitlab.core.events import ProfileUpdated, UserRegistered
from twitlab.core.model import User
from twitlab.storage.backends import Database


class UserStore:
    """Rows of ``meta.users`` with views by id, by handle (case-folded) and of protected accounts."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.by_id: dict[int, User] = {}
        self.protected: set[int] = set()
        self._id_of: dict[str, int] = {}
        self._handles: list[str] = []  # case-folded, sorted: a prefix is a slice
        columns = "user_id, handle, name, bio, protected, region, created_ms"
        rows = db.execute(f"SELECT {columns} FROM meta.users ORDER BY rowid")
        for values in rows:
            self._view(User(**dict(zip(columns.split(", "), values, strict=True))))
        self._handles = sorted(self._id_of)

    def id_of(self, handle: str) -> int | None:
        """Who holds this handle, in any capitals."""
        return self._id_of.get(handle.casefold())

    def with_prefix(self, prefix: str) -> list[User]:
        """Users whose handle begins so, in alphabetical order."""
        prefix = prefix.casefold()
        at = bisect_left(self._handles, prefix)
        found = []
        while at < len(self._handles) and self._handles[at].startswith(prefix):
            found.append(self.by_id[self._id_of[self._handles[at]]])
            at += 1
        return found

    def insert(self, user: User) -> Outboxed:
        """Store a new user."""
        insert = ("INSERT INTO meta.users VALUES (?, ?, ?, ?, ?, ?, ?)", _values(user))
        entry = self._db.commit("meta", UserRegistered(user_id=user.user_id), insert)
        self._view(user)
        insort(self._handles, user.handle.casefold())
        return entry

    def update(self, user: User, event: ProfileUpdated) -> Outboxed:
        """Store a changed profile; the handle stays."""
        sql = "UPDATE meta.users SET name = ?, bio = ?, protected = ?, region = ? WHERE user_id = ?"
        entry = self._db.commit("meta", event, (sql, [user.name, user.bio, user.protected, user.region, user.user_id]))
        self._view(user)
        return entry

    def import_many(self, new: Sequence[User], changed: Sequence[User]) -> None:
        """Bulk: new users, and users whose profile or handle changed, in one commit without events."""
        with self._db.transaction("meta") as run:
            for user in changed:
                run("DELETE FROM meta.users WHERE user_id = ?", [user.user_id])
            self._db.append("meta", "users", [_values(user) for user in (*changed, *new)])
        for user in changed:
            self._id_of.pop(self.by_id[user.user_id].handle.casefold(), None)
        for user in (*changed, *new):
            self._view(user)
        self._handles = sorted(self._id_of)

    def _view(self, user: User) -> None:
        self.by_id[user.user_id] = user
        self._id_of[user.handle.casefold()] = user.user_id
        (self.protected.add if user.protected else self.protected.discard)(user.user_id)


def _values(user: User) -> list[object]:
    return [user.user_id, user.handle, user.name, user.bio, user.protected, user.region, user.created_ms]
