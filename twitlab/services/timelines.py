"""The home timeline: pushed ids, pulled ids and stored ids merged into one exact answer.

In the case study: ``get_timeline`` of ``TwitterTimelineService``, which caches the merged page (new celebrity tweets stay
hidden until the TTL ends), cannot page past it, and takes what was once pushed for what may be seen now. The invariant
here: walking all pages gives what ``mini.home`` gives, whatever the thresholds, the caches and the queue did; candidates
may come from anywhere, visibility is decided at this moment. Twitter answered 300,000 of these a second in 2013.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import islice

from twitlab.core.config import Config
from twitlab.core.cursor import decode, encode
from twitlab.core.events import DataLoaded, UserFollowed
from twitlab.core.model import Page, Tweet, require_id, require_size
from twitlab.core.visibility import Facts
from twitlab.storage.follow_graph import FollowGraph
from twitlab.storage.generation import Generation
from twitlab.storage.reader import Reader
from twitlab.storage.timeline_store import Chunk, TimelineStore
from twitlab.storage.tweet_store import TweetStore

NEVER = 1 << 63
"""Larger than every id."""


class Timelines:
    """``tw.timelines``."""

    def __init__(
        self,
        *,
        follow_graph: FollowGraph,
        tweet_store: TweetStore,
        timeline_store: TimelineStore,
        generation: Generation,
        reader: Reader,
        config: Config,
    ) -> None:
        self._graph, self._tweets, self._store, self._reader = follow_graph, tweet_store, timeline_store, reader
        self._generation = generation
        self._cap = config.timeline_cap

    def get_timeline(self, user_id: int, page_size: int = 20, cursor: str | None = None, since_id: int | None = None) -> Page:
        """One page of the home timeline, newest first; ``since_id``: only what is newer (exclusive).

        A walk is one moment's list: its cursor carries the newest id of the first page, and what is newer takes no
        part. Raises ``NotFound``, ``InvalidRequest``, ``InvalidId``.
        """
        self._reader.require_user(require_id(user_id, "user_id"))
        require_size(page_size)
        since = -1 if since_id is None else require_id(since_id, "since_id")
        top, below = NEVER, NEVER
        if cursor is not None:
            top, below, carried = decode(cursor, "home", user_id, 3)
            since = max(since, carried)
        tweets = list(islice(self._walk(user_id, top, below, since, page_size + 1), page_size + 1))
        page, more = tweets[:page_size], len(tweets) > page_size
        top = page[0].tweet_id if page and cursor is None else top
        following = encode("home", user_id, top, page[-1].tweet_id, since) if more else None
        return Page(tweets=page, next_cursor=following, partial=self._tweets.partial)

    def rebuild(self, user_id: int) -> None:
        """Build the list from the store. Announced first, added and never replaced: a push meanwhile is kept."""
        self._store.begin(user_id)
        ids = islice(self._tweets.views.newest(list(self._graph.following(user_id))), self._cap)
        self._store.add(user_id, ids, built=True)

    def on_user_followed(self, event: UserFollowed) -> None:
        """Backfill: the followee's newest tweets join the list, if there is one."""
        if self._store.is_marked(event.follower_id):
            ids = islice(self._tweets.views.of_author(event.followee_id), self._cap)
            self._store.add(event.follower_id, ids)

    def on_data_loaded(self, event: DataLoaded) -> None:
        """Old tweets and follows came in bulk, without fan-out: every list is given up and built again when read."""
        self._generation.next()

    def _walk(self, user_id: int, top: int, below: int, since: int, size: int) -> Iterator[Tweet]:
        """Visible tweets older than ``below``, of each original only the newest occurrence up to ``top``."""
        facts = self._reader.facts(user_id)
        candidates = self._candidates(user_id, below, size)
        shown: set[int] = set()
        while ids := list(islice(candidates, size)):
            for tweet in self._reader.see(user_id, [one for one in ids if since < one < below], "home", facts):
                original = tweet.retweet_of or tweet.tweet_id
                if original in shown:
                    continue
                shown.add(original)
                if not self._shown_above(user_id, original, below, top, facts):
                    yield tweet
            if ids[-1] <= since:
                return

    def _candidates(self, user_id: int, below: int, size: int) -> Iterator[int]:
        """Ids newest first: the pushed list merged with the pulled authors, then the store below the list's floor."""
        pulls = [self._tweets.views.of_author(user_id, below)]
        following = self._graph.following(user_id)
        for author, last in list(self._store.unpushed.items()):
            if author in following:
                pulls.append(self._tweets.views.of_author(author, min(below, last + 1)))
        return heapq.merge(self._pushed(user_id, below, size), *pulls, reverse=True)

    def _pushed(self, user_id: int, below: int, size: int) -> Iterator[int]:
        """The pushed list as far as it can be trusted, then everything older by everybody followed."""
        chunk = self._chunk(user_id, below, size)
        while True:
            yield from chunk.ids
            if chunk.complete:
                return
            if chunk.floor is not None:
                break
            below = chunk.ids[-1]
            chunk = self._chunk(user_id, below, max(size, 50))
        yield from self._tweets.views.newest(list(self._graph.following(user_id)), min(below, chunk.floor))

    def _chunk(self, user_id: int, below: int, size: int) -> Chunk:
        for _ in range(3):
            chunk = self._store.newest(user_id, size) if below == NEVER else self._store.older(user_id, below, size)
            if chunk is not None:
                return chunk
            self.rebuild(user_id)
        return Chunk(ids=[], floor=below, complete=False)  # somebody empties Redis faster than we fill it: use the store

    def _shown_above(self, user_id: int, original: int, below: int, top: int, facts: Facts) -> bool:
        """Whether an earlier page of this walk holds a newer occurrence (one that has arrived, and passes the rules)."""
        if below == NEVER:
            return False
        newer = (original, *list(self._tweets.views.retweets.get(original, {}).values()))
        above = self._reader.see(user_id, [one for one in newer if below <= one <= top], "home", facts)
        if any(one.user_id == user_id or one.tweet_id <= self._store.unpushed.get(one.user_id, -1) for one in above):
            return True
        return bool(above) and self._store.arrived(user_id, [one.tweet_id for one in above])
