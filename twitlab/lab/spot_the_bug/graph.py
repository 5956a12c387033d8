"""Defects of the graph: a list cached whole, a list gone stale, half a follow.

In the case study: "3. User Relationship Service".
Invariant: every fix is the smallest that its test accepts; ``twitlab.services.follows`` is the whole cure.
Real Twitter's FlockDB kept edges both ways with idempotent, commutative writes, because retries were normal.
"""

# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, disallow-incomplete-defs=False, check-untyped-defs=False

from __future__ import annotations

from twitlab.lab.spot_the_bug.defect import Defect, must
from twitlab.lab.spot_the_bug.quoted_services import TwitterUserRelationshipService
from twitlab.lab.spot_the_bug.stubs import Quiet

CACHES, STORE = "caches", "store"


class AsksForWhatIsNeeded(TwitterUserRelationshipService):
    def get_followers(self, user_id, limit=None):
        most = min(limit or 1_000, 1_000)
        return self.graph_db.query("MATCH ... RETURN follower.id LIMIT $limit", user_id=user_id, limit=most)


def a_cache_entry_stays_small(part):
    service = part()
    service.graph_db.edges = {(follower, 7): "FOLLOWS" for follower in range(100, 20_100)}
    got = service.get_followers(7, limit=10)
    must(len(got) == 10, f"asked for 10 followers, got {len(got)}.")
    largest = max((len(value) for value, _ in service.relationship_cache.kept.values()), default=0)
    must(
        largest <= 1_000,
        f"asked for 10 followers, {largest:,} ids went into one cache entry: with 100 million followers it is 800 MB, moved "
        "whole at each read. Ask with LIMIT, cache at most a page.",
    )


class ForgetsTheList(TwitterUserRelationshipService):
    def follow_user(self, follower_id, followee_id):
        done = super().follow_user(follower_id, followee_id)
        self.relationship_cache.delete(f"followers:{followee_id}")
        return done


def a_new_follower_counts_at_once(part):
    service = part()
    service.timeline_service = Quiet()
    service.graph_db.edges = {(follower, 7): "FOLLOWS" for follower in range(100, 10_101)}
    service.get_followers(7)
    service.follow_user(1, 7)
    must(
        1 in service.get_followers(7),
        "1 follows 7, and is not among the followers of 7 for an hour: no tweet is pushed to them. "
        "Whoever changes the edges must drop the cached list.",
    )


class OneFact(TwitterUserRelationshipService):
    def __init__(self, clock=None):
        super().__init__(clock)
        self.outbox = []

    def follow_user(self, follower_id, followee_id):
        if self.is_following(follower_id, followee_id):
            return False
        self.graph_db.create_relationship(follower_id, followee_id, "FOLLOWS")  # counts are the sizes of edge sets
        self.outbox.append(("UserFollowed", follower_id, followee_id))  # in the same commit; delivered until it succeeds
        return True


def a_follow_is_whole_or_not_at_all(part):
    service = part()
    try:
        followed = service.follow_user(1, 2)
    except AttributeError as error:
        written = len(service.graph_db.edges) + service.follower_counts[2] + service.following_counts[1]
        must(
            not written,
            f"{error}: it raised after the edge and both counters were written, and a second try says False. "
            "One commit holds the edge and the event; others react to the event.",
        )
        must(False, "nothing was written, and nobody can follow anybody.")
    must(followed and service.is_following(1, 2), "it must return True and 1 must follow 2.")


DEFECTS = tuple(
    Defect(group=group, key=key, heading=heading, theirs=theirs, methods=tuple(methods.split()), breaks=breaks, fixed=fixed,
           must_hold=must_hold, right=f"twitlab.{right}")
    for group, key, heading, theirs, methods, breaks, fixed, must_hold, right in (
        (CACHES, "whole lists", "3. User Relationship Service", TwitterUserRelationshipService, "get_followers",
         "a follower list is cached whole, whatever was asked for", AsksForWhatIsNeeded, a_cache_entry_stays_small,
         "storage.follow_graph:FollowGraph.followers"),
        (CACHES, "stale followers", "3. User Relationship Service", TwitterUserRelationshipService, "get_followers follow_user",
         "a cached follower list misses a new follower for an hour", ForgetsTheList, a_new_follower_counts_at_once,
         "storage.follow_graph:FollowGraph.change"),
        (STORE, "half a follow", "3. User Relationship Service", TwitterUserRelationshipService, "follow_user",
         "writes the edge and both counters, and then raises", OneFact, a_follow_is_whole_or_not_at_all,
         "storage.follow_graph:FollowGraph.change"),
    )
)  # fmt: skip
