"""Users: accounts, handles, profiles.

In the case study: ``UserService``, used everywhere and never defined. The invariant: a handle means one account, whatever
its capitals, and every count on a profile is computed from rows. Twitter's handles have the same 15 characters; the
service in front of them (Gizmoduck) also owned settings and login, which are left out here.
"""

from __future__ import annotations

import dataclasses
import heapq
import re
from collections.abc import Callable
from typing import Any

from twitlab.core.bus import Publish, command
from twitlab.core.clock import Clock
from twitlab.core.errors import HandleTaken, InvalidHandle, InvalidRequest, NotFound
from twitlab.core.events import ProfileUpdated
from twitlab.core.model import Profile, Relationship, User, require_id, require_size, require_text
from twitlab.storage.follow_graph import FollowGraph
from twitlab.storage.tweet_store import TweetStore
from twitlab.storage.user_store import UserStore

HANDLE = re.compile(r"[A-Za-z0-9_]{1,15}")
LIMITS = {"name": 50, "bio": 160, "region": 30}


class Users:
    """``tw.users``."""

    def __init__(
        self,
        *,
        user_store: UserStore,
        follow_graph: FollowGraph,
        tweet_store: TweetStore,
        publish: Publish,
        clock: Clock,
        next_id: Callable[[], int],
    ) -> None:
        self.publish = publish
        self._store, self._graph, self._tweets = user_store, follow_graph, tweet_store
        self._clock, self._next_id = clock, next_id

    @command
    def register(self, handle: str, name: str = "", bio: str = "", protected: bool = False, region: str = "") -> User:
        """Open an account. Raises ``InvalidHandle``, ``HandleTaken``, ``InvalidRequest`` (texts too long)."""
        if not isinstance(handle, str) or not HANDLE.fullmatch(handle):
            raise InvalidHandle(f"handle {handle!r:.80}: give 1 to 15 characters of A-Z a-z 0-9 and underscore")
        if self._store.id_of(handle) is not None:
            raise HandleTaken(f"handle {handle!r} is taken (capitals do not count): choose another")
        changes = _checked(name=name, bio=bio, protected=protected, region=region)
        user_id = self._next_id()
        while user_id in self._store.by_id:
            user_id = self._next_id()
        user = User(user_id=user_id, handle=handle, created_ms=self._clock.now_ms(), **changes)
        self.publish(self._store.insert(user))
        return user

    def get(self, user_id: int) -> User:
        """The account, or ``NotFound``."""
        user = self._store.by_id.get(require_id(user_id, "user_id"))
        if user is None:
            raise NotFound(f"user {user_id} is not there: check the id")
        return user

    def by_handle(self, handle: str) -> User:
        """The account with this handle, in any capitals, with or without @; or ``NotFound``."""
        if not isinstance(handle, str):
            raise InvalidRequest(f"handle={handle!r:.80}: give a str")
        user_id = self._store.id_of(handle.removeprefix("@"))
        if user_id is None:
            raise NotFound(f"no account has the handle {handle!r:.80}: search with tw.users.search(prefix)")
        return self._store.by_id[user_id]

    def search(self, prefix: str, limit: int = 10) -> list[User]:
        """Accounts whose handle begins so (@ and capitals do not count), those with most followers first."""
        require_size(limit, "limit")
        wanted = require_text(prefix, "prefix", 100).removeprefix("@")
        if not wanted:
            raise InvalidRequest("prefix='': give at least one character of a handle")
        found = self._store.with_prefix(wanted)
        return heapq.nsmallest(limit, found, key=lambda user: (-len(self._graph.followers(user.user_id)), user.user_id))

    @command
    def update_profile(
        self,
        user_id: int,
        name: str | None = None,
        bio: str | None = None,
        protected: bool | None = None,
        region: str | None = None,
    ) -> User:
        """Change what is given; the changed account. Unprotecting turns waiting requests into follows."""
        user = self.get(user_id)
        given = {"name": name, "bio": bio, "protected": protected, "region": region}
        changes = _checked(**{key: value for key, value in given.items() if value is not None})
        changed = dataclasses.replace(user, **changes)
        if changed != user:
            event = ProfileUpdated(user_id=user_id, unprotected=user.protected and not changed.protected)
            self.publish(self._store.update(changed, event))
        return changed

    def profile(self, user_id: int, viewer_id: int | None = None) -> Profile:
        """The account with its counts and, for a viewer with an account, how the two stand."""
        user, graph = self.get(user_id), self._graph
        relationship = None
        if viewer_id is not None:
            self.get(viewer_id)
            relationship = Relationship(
                following=graph.has("follows", viewer_id, user_id),
                followed_by=graph.has("follows", user_id, viewer_id),
                requested=graph.has("requests", viewer_id, user_id),
                blocking=graph.has("blocks", viewer_id, user_id),
                blocked_by=graph.has("blocks", user_id, viewer_id),
                muting=graph.has("mutes", viewer_id, user_id),
            )
        return Profile(
            user=user,
            follower_count=len(graph.followers(user_id)),
            following_count=len(graph.following(user_id)),
            tweet_count=len(self._tweets.views.by_author.get(user_id, ())),
            relationship=relationship,
        )

    def import_many(self, new: list[User], changed: list[User]) -> None:
        """Bulk: accounts that are new or say something new, with ids and handles already settled by the loader."""
        self._store.import_many(new, changed)


def _checked(**changes: Any) -> dict[str, Any]:
    for name, value in changes.items():
        if name == "protected":
            if not isinstance(value, bool):
                raise InvalidRequest(f"protected={value!r:.80}: give True or False")
        else:
            require_text(value, name, LIMITS[name])
    return changes
