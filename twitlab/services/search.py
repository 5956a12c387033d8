"""Search: tweets by what they say, newest or best first, found as soon as their event is delivered.

In the case study: ``TwitterSearchService`` over Elasticsearch, with page numbers (rows repeat on a live index), a cache
that new tweets do not reach for 300 s, and a ``date_range`` that fails without ``user_id``. The invariant: walking all
pages gives every post, reply and quote that matches and that this viewer may see at this moment, once. The index only
narrows; ``core/matching`` decides on the stored row, ``reader.see`` on sight, and the cache holds what matches, never
who may see it. Twitter's Earlybird answered 2 billion queries a day in 2012, at 50 ms, each tweet within 10 s.
"""

from __future__ import annotations

import heapq
import threading
import zlib
from collections.abc import Iterator, Mapping
from functools import cache, partial
from itertools import groupby, islice, repeat
from operator import itemgetter
from typing import Any

from twitlab.core.bm25 import Index, RankBM25Index, top_score
from twitlab.core.clock import Clock
from twitlab.core.config import Config
from twitlab.core.cursor import decode, encode
from twitlab.core.errors import InvalidRequest
from twitlab.core.events import DataLoaded, TweetDeleted, TweetPosted
from twitlab.core.inverted_index import SearchIndex
from twitlab.core.match_cache import Match, MatchCache
from twitlab.core.matching import Document, asked, enough, hits, matches, required, span
from twitlab.core.model import Page, Tweet, TweetRow, require_id, require_size
from twitlab.core.query import Clause, Query, parse, understand
from twitlab.core.snowflake import MAX_ID, timestamp_ms
from twitlab.storage.reader import Reader
from twitlab.storage.tweet_store import TweetStore
from twitlab.storage.user_store import UserStore

__all__ = ["RankBM25Index", "Search", "SearchIndex"]

TOP_WINDOW = 1_000
"""``top`` ranks this many of the newest matches; older ones follow, newest first."""
BATCH, WALKS = 100, 200  # candidates read at once; rankings kept for their cursors

Mark = tuple[int, ...]
Walk = Iterator[tuple[Match, Mark]]


class Search:
    """``tw.search``."""

    def __init__(
        self,
        *,
        user_store: UserStore,
        tweet_store: TweetStore,
        reader: Reader,
        config: Config,
        clock: Clock,
        search_index: Index,
    ) -> None:
        self._users, self._tweets, self._reader, self._clock = user_store, tweet_store, reader, clock
        self._index = search_index
        self._cache = MatchCache(clock=clock, ttl_ms=config.search_cache_s * 1000)
        self._walks: dict[tuple[int, Query], list[Match]] = {}  # rankings that somebody may be paging through
        self._walk = clock.now_ms()  # so that a cursor of an earlier process means no walk of this one
        self._said: dict[str, None] = {}
        self._unread: int | None = tweet_store.newest_id  # rows up to here wait for the first question
        self._lock = threading.RLock()

    def search_tweets(
        self,
        query: str,
        filters: Mapping[str, Any] | None = None,
        sort: str = "latest",
        page_size: int = 20,
        cursor: str | None = None,
        viewer_id: int | None = None,
    ) -> Page:
        """One page of what matches ``query`` and the viewer may see: ``sort="latest"`` (by id) or ``"top"``.

        ``filters``: ``user_id`` and ``date_range={"start": ms, "end": ms}`` (inclusive), each alone or both; with them
        the query may be empty. Raises ``InvalidRequest`` (query, filters, sort, cursor), ``InvalidId``, ``NotFound``.
        """
        require_size(page_size)
        if viewer_id is not None:
            self._reader.require_user(require_id(viewer_id, "viewer_id"))
        if sort not in ("latest", "top"):
            raise InvalidRequest(f"sort={sort!r:.80}: choose latest or top")
        wanted = self._understand(query, filters)
        method = f"search {sort} {zlib.crc32(repr(wanted).encode('utf-8', 'backslashreplace')):08x}"
        marks = None if cursor is None else decode(cursor, method, viewer_id, 1 if sort == "latest" else 2)
        self._catch_up()
        walk = self._latest if sort == "latest" else self._top
        found = self._visible(viewer_id, walk(wanted, marks, page_size + 1), page_size + 1)
        following = encode(method, viewer_id, *found[page_size - 1][1]) if len(found) > page_size else None
        shown = [tweet for tweet, _ in found[:page_size]]
        return Page(tweets=shown, next_cursor=following, partial=self._tweets.partial)

    def hits(self, query: str, content: str) -> list[tuple[int, int]]:
        """Where ``content`` holds what ``query`` asked for: (start, end) pairs for ``core.text.highlight``."""
        return hits(parse(query), content)

    def suggest(self, prefix: str, limit: int = 10) -> list[str]:
        """Words, ``#tags`` and ``@handles`` that begin so, those in most tweets first; after ``#`` or ``@`` only these.

        Nothing that a stranger could not read for themself: each stands in a tweet everybody may see.
        """
        require_size(limit, "limit")
        start = prefix.strip().casefold() if isinstance(prefix, str) else ""
        if not start.strip("#@") or len(start) > 50:
            raise InvalidRequest(f"prefix={prefix!r:.80}: give the first characters of a word, a #tag or an @handle")
        self._catch_up()
        kinds = (start,) if start[0] in "#@" else (start, f"#{start}")
        known = [word for word in list(self._said) if word.startswith(kinds)]
        if start[0] != "#":
            known += [f"@{user.handle.casefold()}" for user in self._users.with_prefix(start.removeprefix("@"))]
        counted = ((-self._index.frequency(word), word) for word in known)
        popular = [word for _, word in heapq.nsmallest(3 * limit, (pair for pair in counted if pair[0]))]
        witnesses = {word: self._index.newest([word], 5) for word in popular}
        public = {t.tweet_id for t in self._reader.see(None, {i for ids in witnesses.values() for i in ids})}
        return [word for word in popular if not public.isdisjoint(witnesses[word])][:limit]

    def on_tweet_posted(self, event: TweetPosted) -> None:
        """Index a post, reply or quote."""
        row = self._tweets.row(event.tweet_id)
        with self._lock:
            if row is None or row.deleted:
                self._forget(event.tweet_id)
            else:
                self._learn(row)

    def on_tweet_deleted(self, event: TweetDeleted) -> None:
        """Forget it."""
        with self._lock:
            self._forget(event.tweet_id)

    def on_data_loaded(self, event: DataLoaded) -> None:
        """A bulk load: its rows are read when somebody asks."""
        with self._lock:
            self._unread = self._tweets.newest_id

    def _understand(self, text: str, filters: Mapping[str, Any] | None) -> Query:
        """Query and filters, with user ids for handles (an unknown one is nobody)."""
        query = understand(text, filters)
        return query.with_ids({name: self._users.id_of(name) for name in query.names()})

    def _visible(self, viewer_id: int | None, walk: Walk, size: int) -> list[tuple[Tweet, Mark]]:
        """The first ``size`` of the walk that the viewer may see now, each with the mark after which it goes on."""
        found = list[tuple[Tweet, Mark]]()
        facts = self._reader.facts(viewer_id)
        while len(found) < size and (batch := list(islice(walk, size))):
            ids = [match.tweet_id for match, _ in batch]
            seen = {tweet.tweet_id: tweet for tweet in self._reader.see(viewer_id, ids, facts=facts)}
            for match, mark in batch:
                tweet = seen.get(match.tweet_id)
                if tweet and any(enough(clause, tweet.like_count, tweet.retweet_count) for clause in match.clauses):
                    found.append((tweet, mark))
        return found[:size]

    def _latest(self, wanted: Query, marks: Mark | None, size: int) -> Walk:
        """Matches by falling id, in cached pieces: a page, then twice as many, ..."""
        below: int | None = marks[0] if marks else MAX_ID
        while below is not None:
            piece = self._cache.piece(wanted, below, size, partial(self._matches, wanted, below))
            yield from ((match, (match.tweet_id,)) for match in piece.matches)
            below, size = piece.below, min(2 * size, TOP_WINDOW)

    def _top(self, wanted: Query, marks: Mark | None, size: int) -> Walk:
        """The ranked window, fixed by the first page as Elasticsearch's scroll is; then older matches, newest first.

        Scores move with every post and like, so a cursor of scores would repeat and skip. Marks: (walk, place) inside
        the window, (0, id) after it.
        """
        walk, place = marks or (0, 0)
        if marks is None:
            best = self._ranked(wanted, list(islice(self._matches(wanted, MAX_ID), TOP_WINDOW)))
            with self._lock:
                walk = self._walk = self._walk + 1
                self._walks[walk, wanted] = best
                if len(self._walks) > WALKS:
                    del self._walks[next(iter(self._walks))]
        if walk:
            ranked = self._walks.get((walk, wanted))
            if ranked is None:
                raise InvalidRequest(f"the ranking of this cursor (walk {walk}) is no longer kept: search again")
            yield from ((match, (walk, at)) for at, match in enumerate(ranked[place:], place + 1))
            if len(ranked) < TOP_WINDOW:
                return
            place = min(match.tweet_id for match in ranked)
        yield from ((match, (0, match.tweet_id)) for match, _ in self._latest(wanted, (place,), size))

    def _ranked(self, wanted: Query, window: list[Match]) -> list[Match]:
        """``window`` by text, engagement and freshness of this moment; of equals the newer first."""
        texts = dict(self._index.top_k(asked(wanted), max(1, len(self._index))))
        now = self._clock.now_ms()

        def score(match: Match) -> tuple[float, int]:
            counts = self._reader.counts(match.tweet_id)
            acts = counts.like_count + 2 * counts.retweet_count + counts.reply_count + counts.quote_count
            minutes = (now - timestamp_ms(match.tweet_id)) / 60_000
            return top_score(texts.get(match.tweet_id, 0.0), acts, minutes), match.tweet_id

        return sorted(window, key=score, reverse=True)

    def _matches(self, wanted: Query, below: int) -> Iterator[Match]:
        """Every match below an id, by falling id: candidates of all clauses merged, decided on their rows."""
        streams = [zip(self._candidates(clause, below), repeat(clause), strict=False) for clause in wanted.clauses]
        merged = groupby(heapq.merge(*streams, key=itemgetter(0), reverse=True), key=itemgetter(0))
        while batch := [(one, [clause for _, clause in group]) for one, group in islice(merged, BATCH)]:
            rows = self._tweets.rows(one for one, _ in batch)
            for one, clauses in batch:
                row = rows.get(one)
                if row is not None:
                    document = cache(lambda row=row: Document.of(row))
                    if met := [clause for clause in clauses if matches(clause, row, document)]:
                        yield Match(one, met)

    def _candidates(self, clause: Clause, below: int) -> Iterator[int]:
        """Ids below ``below`` that hold all keys of the clause, falling, within its days."""
        (oldest, border), keys, size = span(clause), required(clause), BATCH
        below = min(below, border)
        while ids := self._index.newest(keys, size, below):
            yield from (one for one in ids if one >= oldest)
            below, size = ids[-1], 4 * size
            if below < oldest:
                return

    def _learn(self, row: TweetRow) -> None:
        if row.tweet_id not in self._index:
            document = Document.of(row)
            self._index.add(row.tweet_id, document.tokens())
            self._said.update(dict.fromkeys(document.said))
            self._cache.added(document.keys)

    def _forget(self, tweet_id: int) -> None:
        self._index.remove(tweet_id)
        self._cache.removed(tweet_id)

    def _catch_up(self) -> None:
        """Index the rows that were there when the store opened, or that a bulk load brought."""
        if self._unread is None:
            return
        with self._lock:
            views, newest = self._tweets.views, -1 if self._unread is None else self._unread
            known = sorted(i for mine in list(views.by_author.values()) for i in mine if i not in views.original_of)
            waiting = [i for i in known if i <= newest and i not in self._index]
            for at in range(0, len(waiting), 1_000):
                rows = self._tweets.rows(waiting[at : at + 1_000])
                for row in (rows[i] for i in sorted(rows) if not rows[i].deleted):
                    self._learn(row)
            self._unread = None
