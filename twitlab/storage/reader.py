"""The reader: the only way from an id to a ``Tweet``.

In the case study each service fetches and returns tweets its own way, so each forgets another rule. The invariant here:
whatever shows a tweet goes through ``see``: rows in one statement, one set of facts about the viewer, one decision
(``core/visibility``), counts of this moment. At Twitter the pair is TweetyPie (hydration) and the visibility library.
"""

from __future__ import annotations

from collections.abc import Iterable

from twitlab.core.errors import NotFound
from twitlab.core.model import Counts, Tweet, TweetRow
from twitlab.core.visibility import Facts, Purpose, may_see
from twitlab.storage.engagement_store import EngagementStore
from twitlab.storage.follow_graph import FollowGraph
from twitlab.storage.tweet_store import TweetStore
from twitlab.storage.user_store import UserStore


class Reader:
    """Rows, relations and rules together; every service that shows tweets holds one."""

    def __init__(
        self,
        *,
        user_store: UserStore,
        follow_graph: FollowGraph,
        tweet_store: TweetStore,
        engagement_store: EngagementStore,
    ) -> None:
        self._users, self._graph, self._tweets, self._likes = user_store, follow_graph, tweet_store, engagement_store

    def facts(self, viewer_id: int | None) -> Facts:
        """What the rules need to know about the viewer, as of now."""
        if viewer_id is None:
            return Facts(viewer_id=None, protected=self._users.protected)
        return Facts(
            viewer_id=viewer_id,
            following=self._graph.following(viewer_id),
            hidden=self._graph.hidden(viewer_id),
            muted=self._graph.out("mutes", viewer_id),
            protected=self._users.protected,
        )

    def see(
        self, viewer_id: int | None, ids: Iterable[int], purpose: Purpose = "page", facts: Facts | None = None
    ) -> list[Tweet]:
        """The tweets among ``ids`` that the viewer may see there, in the order given, with counts; others are left out."""
        ids = list(ids)
        facts = facts or self.facts(viewer_id)
        rows = self._tweets.rows(ids)
        seen = []
        for one in ids:
            row = rows.get(one)
            if row is None:
                continue
            original = rows.get(row.retweet_of) if row.retweet_of is not None else None
            if may_see(row, original, facts, purpose):
                seen.append(self._tweet(row, original or row))
        return seen

    def require(self, viewer_id: int | None, tweet_id: int) -> Tweet:
        """The tweet, or ``NotFound`` (or ``StoreError`` if its partition cannot be read)."""
        seen = self.see(viewer_id, [tweet_id])
        if not seen:
            self._tweets.require_readable(tweet_id)
            raise NotFound(f"tweet {tweet_id} is not there, or not for this reader: check the id")
        return seen[0]

    def require_user(self, user_id: int) -> None:
        """``NotFound`` if there is no such account."""
        if user_id not in self._users.by_id:
            raise NotFound(f"user {user_id} is not there: check the id")

    def counts(self, original_id: int) -> Counts:
        """The public counters of an original."""
        return self._tweets.views.counts(original_id, len(self._likes.likers(original_id)))

    def _tweet(self, row: TweetRow, original: TweetRow) -> Tweet:
        views, likes = self._tweets.views, self._likes.likers(original.tweet_id)
        return Tweet(
            tweet_id=row.tweet_id,
            user_id=row.user_id,
            content=original.content,
            created_ms=row.created_ms,
            media=original.media,
            in_reply_to=row.in_reply_to,
            retweet_of=row.retweet_of,
            quote_of=row.quote_of,
            like_count=len(likes),
            retweet_count=len(views.retweets.get(original.tweet_id, ())),
            reply_count=len(views.replies.get(original.tweet_id, ())),
            quote_count=len(views.quotes.get(original.tweet_id, ())),
        )
