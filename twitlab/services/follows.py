"""Follows: who follows, blocks and mutes whom, and requests to protected accounts.

In the case study: ``TwitterUserRelationshipService``, which writes the edge, then two counters, then calls the timeline
service, and stops half-way when one of them fails. The invariant: one commit changes all edges an act touches, and a
block cuts both directions. FlockDB's edges were idempotent and commutative for the same reason: retries were normal.
"""

from __future__ import annotations

from twitlab.core.bus import Publish, command
from twitlab.core.errors import InvalidRequest, NotFound
from twitlab.core.events import (
    FollowRequested,
    ProfileUpdated,
    UserBlocked,
    UserFollowed,
    UserMuted,
    UserUnblocked,
    UserUnfollowed,
    UserUnmuted,
)
from twitlab.core.model import require_id, require_size
from twitlab.storage.follow_graph import FollowGraph
from twitlab.storage.user_store import UserStore


class Follows:
    """``tw.follows``. What is repeated, or undone without having been, returns False."""

    def __init__(self, *, follow_graph: FollowGraph, user_store: UserStore, publish: Publish) -> None:
        self.publish = publish
        self._graph, self._users = follow_graph, user_store

    @command
    def follow_user(self, follower_id: int, followee_id: int) -> bool:
        """True: follows now. False: followed already, or a protected account was asked (see ``approve_follow``).

        Raises ``NotFound`` (unknown, or a block between the two), ``InvalidRequest`` (oneself).
        """
        self._both(follower_id, followee_id, "follow")
        graph = self._graph
        if followee_id in graph.hidden(follower_id):
            raise NotFound(f"user {followee_id} is not there: check the id")
        if graph.has("follows", follower_id, followee_id) or graph.has("requests", follower_id, followee_id):
            return False
        if followee_id in self._users.protected:
            asked = FollowRequested(follower_id=follower_id, followee_id=followee_id)
            self.publish(graph.change(asked, add=[("requests", follower_id, followee_id)]))
            return False
        followed = UserFollowed(follower_id=follower_id, followee_id=followee_id)
        self.publish(graph.change(followed, add=[("follows", follower_id, followee_id)]))
        return True

    @command
    def unfollow_user(self, follower_id: int, followee_id: int) -> bool:
        """End a follow, or withdraw the request for one."""
        self._actor(follower_id, followee_id)
        edges = [("follows", follower_id, followee_id), ("requests", follower_id, followee_id)]
        if not any(self._graph.has(*edge) for edge in edges):
            return False
        event = UserUnfollowed(follower_id=follower_id, followee_id=followee_id)
        self.publish(self._graph.change(event, drop=edges))
        return True

    @command
    def approve_follow(self, user_id: int, follower_id: int) -> bool:
        """Turn a waiting request into a follow; False if there is none."""
        self._actor(user_id, follower_id)
        if not self._graph.has("requests", follower_id, user_id):
            return False
        self._approve(user_id, follower_id)
        return True

    @command
    def block_user(self, blocker: int, blocked: int) -> bool:
        """Hide the two from each other; follows and requests of both directions end, and do not come back."""
        self._both(blocker, blocked, "block")
        if self._graph.has("blocks", blocker, blocked):
            return False
        pairs = [(blocker, blocked), (blocked, blocker)]
        ended = [(kind, *pair) for kind in ("follows", "requests") for pair in pairs]
        event = UserBlocked(user_id=blocker, blocked_id=blocked)
        self.publish(self._graph.change(event, add=[("blocks", blocker, blocked)], drop=ended))
        return True

    @command
    def unblock_user(self, blocker: int, blocked: int) -> bool:
        """Lift one's own block; restores nothing else."""
        return self._undo("blocks", blocker, blocked, UserUnblocked(user_id=blocker, blocked_id=blocked))

    @command
    def mute_user(self, user_id: int, muted: int) -> bool:
        """Keep somebody off one's home timeline, notifications and recommendations, without their knowing."""
        self._both(user_id, muted, "mute")
        if self._graph.has("mutes", user_id, muted):
            return False
        event = UserMuted(user_id=user_id, muted_id=muted)
        self.publish(self._graph.change(event, add=[("mutes", user_id, muted)]))
        return True

    @command
    def unmute_user(self, user_id: int, muted: int) -> bool:
        """Lift a mute."""
        return self._undo("mutes", user_id, muted, UserUnmuted(user_id=user_id, muted_id=muted))

    def is_following(self, follower_id: int, followee_id: int) -> bool:
        """Whether the first follows the second (a request is not a follow)."""
        return self._graph.has("follows", require_id(follower_id, "follower_id"), require_id(followee_id, "followee_id"))

    def get_followers(self, user_id: int, limit: int | None = None) -> list[int]:
        """Ids of the followers, the newest first."""
        self._actor(user_id)
        return _newest_first(list(self._graph.followers(user_id)), limit)

    def get_following(self, user_id: int, limit: int | None = None) -> list[int]:
        """Ids of those the user follows, the newest first."""
        self._actor(user_id)
        return _newest_first(list(self._graph.following(user_id)), limit)

    def follower_count(self, user_id: int) -> int:
        """How many follow the user."""
        self._actor(user_id)
        return len(self._graph.followers(user_id))

    def following_count(self, user_id: int) -> int:
        """How many the user follows."""
        self._actor(user_id)
        return len(self._graph.following(user_id))

    def on_profile_updated(self, event: ProfileUpdated) -> None:
        """An account is no longer protected: requests become follows."""
        if event.unprotected and event.user_id not in self._users.protected:
            for follower_id in list(self._graph.into("requests", event.user_id)):
                self._approve(event.user_id, follower_id)

    def import_many(self, edges: list[tuple[int, int]]) -> None:
        """Bulk: follow edges that are new, between accounts that exist."""
        self._graph.insert_follows(edges)

    def _approve(self, user_id: int, follower_id: int) -> None:
        edge = (follower_id, user_id)
        event = UserFollowed(follower_id=follower_id, followee_id=user_id)
        self.publish(self._graph.change(event, add=[("follows", *edge)], drop=[("requests", *edge)]))

    def _undo(self, kind: str, left: int, right: int, event: UserUnblocked | UserUnmuted) -> bool:
        self._actor(left, right)
        if not self._graph.has(kind, left, right):
            return False
        self.publish(self._graph.change(event, drop=[(kind, left, right)]))
        return True

    def _actor(self, user_id: int, other: int = 0) -> None:
        require_id(other, "user_id")
        if require_id(user_id, "user_id") not in self._users.by_id:
            raise NotFound(f"user {user_id} is not there: check the id")

    def _both(self, user_id: int, other: int, act: str) -> None:
        self._actor(user_id)
        self._actor(other)
        if user_id == other:
            raise InvalidRequest(f"user {user_id} cannot {act} themself: give another user's id")


def _newest_first(ids: list[int], limit: int | None) -> list[int]:
    ids.reverse()
    return ids if limit is None else ids[: require_size(limit, "limit")]
