"""Tweets: one DuckDB file a month, found by the id alone.

In the case study: ``TwitterTweetStorage`` with ``tweet_shards``, which saves by ``created_at`` and reads by the id's time
(two clocks, two months at a border) and looks back three months only. The invariant here: the id's own time routes a
tweet, for ever; a page of any ids is one statement; a row never changes except to deleted. Twitter left time-based
shards in 2011: the newest one takes every write (chapter 03 measures it), and hashed ids spread them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from twitlab.core.bus import Outboxed
from twitlab.core.errors import InvalidRequest, StoreError
from twitlab.core.events import Event
from twitlab.core.model import TweetRow, require_id
from twitlab.core.snowflake import timestamp_ms
from twitlab.core.views import TweetViews
from twitlab.storage.backends import Database

Partition = Callable[[int], str]
"""From a tweet id to the name of its partition, ``tweets_...``."""

COLUMNS = "tweet_id, user_id, content, created_ms, media, in_reply_to, reply_to_user, retweet_of, quote_of, deleted"
_VIEWED = "tweet_id, user_id, in_reply_to, retweet_of, quote_of"


def by_month(tweet_id: int) -> str:
    """The case study's shard key, taken from the id: one partition a month (UTC).

    >>> by_month(1212092628029698048)
    'tweets_2019_12'
    """
    return f"tweets_{datetime.fromtimestamp(timestamp_ms(tweet_id) / 1000, UTC):%Y_%m}"


def by_id_hash(partitions: int) -> Partition:
    """A fixed number of partitions by a hash of the id: writes spread, a time range touches all of them.

    The id is stirred twice (multiply by an odd number, fold the upper half onto the lower), so that ids in any regular
    distance land evenly; the top bits choose.

    >>> by_id_hash(24)(1212092628029698048)
    'tweets_h11'
    """
    if type(partitions) is not int or not 1 <= partitions <= 99:
        raise InvalidRequest(f"by_id_hash({partitions!r}): give a number of partitions from 1 to 99")

    def partition(tweet_id: int) -> str:
        stirred = require_id(tweet_id, "tweet_id")
        for _ in range(2):
            stirred = stirred * 0x9E3779B97F4A7C15 & (1 << 64) - 1
            stirred ^= stirred >> 32
        return f"tweets_h{stirred * partitions >> 64:02d}"

    partition.__name__ = f"by_id_hash({partitions})"
    return partition


class TweetStore:
    """Rows of tweets over partitions, with their views and a bounded cache of rows (rows do not change)."""

    def __init__(self, db: Database, *, partition: Partition = by_month, row_cache: int = 50_000) -> None:
        self._db, self.part_of, self._room = db, partition, row_cache
        self._cache: dict[int, TweetRow] = {}
        self._settle(getattr(partition, "__name__", type(partition).__name__))
        self.views = TweetViews()
        self.deleted: dict[int, int] = {}  # tombstones: id → author
        self.newest_id = 0
        self.statements = 0
        for part in self.parts:
            self._open(part)
        for tweet_id in list(self.deleted):
            self._drop_retweets(tweet_id)

    @property
    def parts(self) -> list[str]:
        """The partitions that can be read, by name (months: oldest first)."""
        return sorted(self._db.parts - {"meta", *self._db.broken})

    @property
    def partial(self) -> bool:
        """Whether a partition cannot be read, so that answers may miss tweets."""
        return bool(self._db.broken)

    def require_readable(self, tweet_id: int) -> None:
        """``StoreError`` naming the partition if this id's partition is broken."""
        part = self.part_of(tweet_id)
        if part in self._db.broken:
            raise StoreError(f"{part}: {self._db.broken[part]}. Put the file back from a copy; other partitions go on")

    def rows(self, ids: Iterable[int]) -> dict[int, TweetRow]:
        """The live rows of these ids, and of the originals of retweets among them, in one statement at most."""
        wanted = dict.fromkeys(ids)
        wanted |= {self.views.original_of[one]: None for one in wanted if one in self.views.original_of}
        found = {one: self._cache[one] for one in wanted if one in self._cache}
        by_part: dict[str, list[int]] = {}
        for one in wanted:
            if one not in found:
                by_part.setdefault(self.part_of(one), []).append(one)
        for row in self._select({part: by_part[part] for part in by_part if part in self._db.parts}):
            found[row.tweet_id] = row
            self._remember(row)
        return {one: row for one, row in found.items() if one not in self.deleted}

    def row(self, tweet_id: int) -> TweetRow | None:
        """One live row, or None."""
        return self.rows([tweet_id]).get(tweet_id)

    def insert(self, row: TweetRow, event: Event, idempotency_key: str | None = None) -> Outboxed:
        """Store a new tweet with its event."""
        part = self.part_of(row.tweet_id)
        sql = f"INSERT INTO {part}.tweets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        entry = self._db.commit(part, event, (sql, [*_values(row), idempotency_key]))
        self._add(row)
        return entry

    def insert_many(self, rows: Sequence[TweetRow]) -> None:
        """Bulk: new tweets, one commit a partition, without events."""
        by_part: dict[str, list[TweetRow]] = {}
        for row in rows:
            by_part.setdefault(self.part_of(row.tweet_id), []).append(row)
        for part in sorted(by_part):
            with self._db.transaction(part):
                self._db.append(part, "tweets", [(*_values(row), None) for row in by_part[part]])
            for row in by_part[part]:
                self._add(row)

    def delete(self, row: TweetRow, event: Event) -> Outboxed:
        """Leave a tombstone: the row stays, without its text, so that the id is never given out or filled again."""
        part = self.part_of(row.tweet_id)
        sql = f"UPDATE {part}.tweets SET deleted = true, content = '', media = [] WHERE tweet_id = ?"
        entry = self._db.commit(part, event, (sql, [row.tweet_id]))
        self.deleted[row.tweet_id] = row.user_id  # a racing read may put the row back into the cache: this outlives it
        self._cache.pop(row.tweet_id, None)
        self._drop_retweets(row.tweet_id)
        self.views.discard(row)
        return entry

    def _drop_retweets(self, original_id: int) -> None:
        """The retweets of a deleted original are deleted with it."""
        for user_id, retweet_id in self.views.retweets.get(original_id, {}).items():
            self.deleted[retweet_id] = user_id
        self.views.drop_retweets(original_id)

    def idempotency_keys(self, since_id: int) -> dict[tuple[int, str], int]:
        """(user, key) → tweet id, of tweets newer than ``since_id``."""
        sql = "SELECT user_id, idempotency_key, tweet_id FROM {}.tweets WHERE idempotency_key IS NOT NULL AND tweet_id > ?"
        found = (row for part in self.parts for row in self._db.execute(sql.format(part), [since_id], part=part))
        return {(user_id, key): tweet_id for user_id, key, tweet_id in found}

    def _settle(self, name: str) -> None:
        """A store keeps the partition function it was made with: another would look for tweets in the wrong files."""
        kept = self._db.execute("SELECT value FROM meta.settings WHERE name = 'partition'")
        if not kept:
            self._db.execute("INSERT INTO meta.settings VALUES ('partition', ?)", [name])
        elif kept[0][0] != name:
            raise InvalidRequest(f"partition={name}: this store was made with {kept[0][0]}; open it with that, or load anew")

    def _select(self, by_part: dict[str, list[int]]) -> list[TweetRow]:
        selects = [
            f"SELECT {COLUMNS} FROM {part}.tweets WHERE tweet_id IN ({','.join('?' * len(ids))})"
            for part, ids in by_part.items()
        ]
        if not selects:
            return []
        self.statements += 1
        try:
            found = self._db.execute(" UNION ALL ".join(selects), [one for ids in by_part.values() for one in ids])
        except StoreError:
            if len(by_part) == 1:
                self._db.broken[next(iter(by_part))] = "cannot be read"
                return []
            return [row for part in by_part for row in self._select({part: by_part[part]})]
        return [_row(values) for values in found]

    def _remember(self, row: TweetRow) -> None:
        if len(self._cache) >= self._room:
            self._cache.clear()  # simple, and safe beside other threads; the pages in use come back with one statement
        if self._room:
            self._cache[row.tweet_id] = row

    def _add(self, row: TweetRow) -> None:
        self.newest_id = max(self.newest_id, row.tweet_id)
        self._remember(row)
        self.views.add(row)

    def _open(self, part: str) -> None:
        try:
            gone = dict(self._db.execute(f"SELECT tweet_id, user_id FROM {part}.tweets WHERE deleted", part=part))
            sql = f"SELECT {_VIEWED} FROM {part}.tweets WHERE NOT deleted ORDER BY tweet_id"
            live = self._db.execute(sql, part=part)
        except StoreError as error:
            self._db.broken[part] = str(error)
            return
        for values in live:
            self.views.add_ids(*values)
        self.deleted |= gone
        self.newest_id = max([self.newest_id, *gone, *(values[0] for values in live[-1:])])


def _values(row: TweetRow) -> list[object]:
    return [
        row.tweet_id, row.user_id, row.content, row.created_ms, list(row.media), row.in_reply_to, row.reply_to_user,
        row.retweet_of, row.quote_of, row.deleted,
    ]  # fmt: skip


def _row(values: tuple[object, ...]) -> TweetRow:
    fields = dict(zip(COLUMNS.split(", "), values, strict=True))
    fields["media"] = tuple(fields["media"] or ())  # type: ignore[arg-type]
    return TweetRow(**fields)  # type: ignore[arg-type]
