"""Backends: the only module that constructs clients: DuckDB files, and a Redis real or embedded.

In the case study: ``MySQL('tweets_2024_01')``, ``Redis()``, ``CassandraCluster()``. The invariant: one ``Database`` owns a
folder (nobody else has it open), each commit writes one file, and a failure names that file. Clients are imported when
first needed (all of them cost 0.38 s). Twitter ran thousands of MySQL and Redis machines behind the same two roles.
"""

from __future__ import annotations

import os
import re
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twitlab.core.bus import Outboxed
from twitlab.core.config import Config
from twitlab.core.errors import InvalidRequest, RedisUnavailable, StoreError, StoreLocked
from twitlab.core.events import Event, from_json, to_json
from twitlab.storage.schema import tables

if TYPE_CHECKING:
    import duckdb
    import redis

Tracer = Callable[[str], Any]
Statement = tuple[str, Sequence[Any]]
PART = re.compile(r"meta|tweets_[A-Za-z0-9_]{1,40}")


class Database:
    """DuckDB: ``meta`` and one attached database a partition, each a file in ``folder`` (None: all in memory).

    ``broken`` maps a partition that cannot be read (or is missing) to the reason; everything else keeps working.
    """

    def __init__(self, folder: Path | None, config: Config, tracer: Tracer | None = None) -> None:
        import duckdb

        self._duckdb, self._folder, self._tracer = duckdb, folder, tracer
        self._local, self._cursors = threading.local(), list[Any]()
        self._seq = 0
        self._listed = {"meta"}
        self.parts: set[str] = set()
        self.broken: dict[str, str] = {}
        self._lock = _lock(folder) if folder else None
        try:
            limits: Any = {"threads": config.duckdb_threads, "memory_limit": config.duckdb_memory}
            self._root = duckdb.connect(":memory:", config=limits)
            self.attach("meta")
            self._listed = {part for (part,) in self.execute("SELECT part FROM meta.parts")}
            files = {file.stem for file in folder.glob("tweets_*.duckdb")} if folder else set()
            for part in sorted(filter(PART.fullmatch, files)):
                try:
                    self.attach(part)
                except StoreError as error:
                    self.broken[part] = str(error)
            self.broken |= dict.fromkeys(self._listed - files, "its file is missing") if folder else {}
            self._seq = max((entry.seq for entry in self.outbox()), default=0)
        except BaseException:
            self.close()
            raise

    def attach(self, part: str) -> None:
        """Open the file of ``part``, made with its tables if it is new."""
        if part in self.parts:
            return
        if not isinstance(part, str) or not PART.fullmatch(part):
            raise InvalidRequest(f"partition {part!r:.80}: call it tweets_ and then letters, digits or underscores")
        if part in self.broken:
            raise StoreError(f"{part}: {self.broken[part]}. Put the file back from a copy; other partitions go on")
        where = str(self._folder / f"{part}.duckdb").replace("'", "''") if self._folder else ":memory:"
        self.execute(f"ATTACH IF NOT EXISTS '{where}' AS {part}", part=part)
        for statement in tables(part):
            self.execute(statement, part=part)
        self.parts.add(part)
        if part not in self._listed:
            self.execute("INSERT INTO meta.parts VALUES (?)", [part], part="meta")
            self._listed.add(part)

    def execute(self, sql: str, params: Sequence[Any] = (), *, part: str = "") -> list[tuple[Any, ...]]:
        """Run one statement on this thread's connection and return all rows; ``part`` is named if it fails."""
        if self._tracer:
            self._tracer(f"sql> {sql}" + (f"  -- {list(params)!r:.200}" if params else ""))
        try:
            rows: list[tuple[Any, ...]] = self._cursor().execute(sql, params or None).fetchall()
            return rows
        except self._duckdb.Error as error:
            raise self._translated(error, part) from error

    @contextmanager
    def transaction(self, part: str) -> Iterator[Callable[[str, Sequence[Any]], object]]:
        """All statements in the block commit together in the one file of ``part``, or none does."""
        self.attach(part)
        self.execute("BEGIN", part=part)
        try:
            yield lambda sql, params: self.execute(sql, params, part=part)
            self.execute("COMMIT", part=part)
        except BaseException:
            try:
                self._cursor().execute("ROLLBACK")
            except self._duckdb.Error:
                del self._local.cursor  # the transaction is gone with its connection
            raise

    def commit(self, part: str, event: Event, *statements: Statement) -> Outboxed:
        """Write a fact and its event's outbox row in one commit; the entry to publish."""
        self._seq += 1
        entry = Outboxed(event=event, part=part, seq=self._seq)
        with self.transaction(part) as run:
            for sql, params in statements:
                run(sql, params)
            run(f"INSERT INTO {part}.outbox VALUES (?, ?, ?)", [entry.seq, type(event).__name__, to_json(event)])
        return entry

    def append(self, part: str, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Write many rows at once (hundreds of thousands a second), inside the caller's transaction if there is one."""
        if not rows:
            return
        if self._tracer:
            self._tracer(f"sql> APPEND {len(rows)} rows INTO {part}.{table}")
        try:
            appender = self._cursor().appender(f"{part}.main.{table}")
            appender.append_rows(rows)
            appender.flush()
            del appender  # a live one holds the connection
        except self._duckdb.Error as error:
            raise self._translated(error, part) from error

    def outbox(self) -> list[Outboxed]:
        """The entries not struck off yet, in the order they were written."""
        found = list[Outboxed]()
        for part in self.parts - self.broken.keys():
            try:
                rows = self.execute(f"SELECT seq, kind, body FROM {part}.outbox", part=part)
            except StoreError as error:
                self.broken[part] = str(error)
            else:
                found += [Outboxed(event=from_json(kind, body), part=part, seq=seq) for seq, kind, body in rows]
        return sorted(found, key=lambda entry: entry.seq)

    def settle(self, entries: Sequence[Outboxed]) -> None:
        """Strike delivered entries off their outboxes."""
        for part in {entry.part for entry in entries}:
            seqs = [entry.seq for entry in entries if entry.part == part]
            self.execute(f"DELETE FROM {part}.outbox WHERE seq IN ({','.join('?' * len(seqs))})", seqs, part=part)

    def close(self) -> None:
        """Close every connection and give the folder back."""
        for cursor in self._cursors:
            cursor.close()
        if hasattr(self, "_root"):
            self._root.close()
        if self._lock:
            self._lock.release()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        cursor: duckdb.DuckDBPyConnection | None = getattr(self._local, "cursor", None)
        if cursor is None:
            cursor = self._local.cursor = self._root.cursor()
            self._cursors.append(cursor)
        return cursor

    def _translated(self, error: Exception, part: str) -> StoreError:
        text = str(error).strip().splitlines()[0].rstrip("!.")
        if "closed" in text:
            return StoreError("this Twitter is closed: open it again")
        if "lock" in text.lower() and "PID" in text:
            return StoreLocked(f"store {self._folder}: {text}. Close it there first")
        return StoreError(f"store file {part or 'meta'}: {text}. Check the disk and its space; what was acknowledged is kept")


def _lock(folder: Path) -> Any:
    """The folder's lock, held for the life of the ``Database``; ``StoreLocked`` names who has it."""
    from filelock import FileLock, Timeout

    owner = folder / "owner.pid"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "lock")
        lock.acquire(timeout=0)
        owner.write_text(str(os.getpid()), encoding="utf-8")
    except Timeout:
        pid = owner.read_text(encoding="utf-8") if owner.exists() else "unknown"
        raise StoreLocked(f"store {folder} is open in process {pid}: close it there first") from None
    except OSError as error:
        raise StoreError(f"store {folder}: {error.strerror or error}. Give a folder that can be written") from error
    return lock


def open_redis(url: str | None, tracer: Tracer | None = None) -> redis.Redis:
    """A Redis client that traces its commands and names its address when it fails; embedded when ``url`` is None."""
    import redis

    if url is None:
        import fakeredis

        return _guarded(fakeredis.FakeRedis(server=fakeredis.FakeServer()), "embedded", tracer)
    try:
        client = redis.Redis.from_url(url)
    except ValueError as error:
        raise InvalidRequest(f"redis={_address(url)!r}: {error}") from None
    client = _guarded(client, _address(url), tracer)
    policy = client.config_get("maxmemory-policy").get("maxmemory-policy", "")
    if str(policy).startswith("allkeys"):
        warnings.warn(
            f"Redis at {_address(url)} has maxmemory-policy {policy}: it may evict queue entries. Use noeviction",
            stacklevel=4,
        )
    return client


def _guarded(client: redis.Redis, address: str, tracer: Tracer | None) -> redis.Redis:
    import redis

    def guard(call: Callable[..., Any], trace: Callable[..., list[str]]) -> Callable[..., Any]:
        def guarded(*args: Any, **options: Any) -> Any:
            for line in trace(*args) if tracer else ():
                tracer(line)  # type: ignore[misc]
            try:
                return call(*args, **options)
            except (redis.ConnectionError, redis.TimeoutError) as error:
                raise RedisUnavailable(f"Redis at {address} does not answer: start it, or check the address") from error
            except redis.ResponseError as error:
                raise RedisUnavailable(f"Redis at {address} refuses a command: {error}") from error

        return guarded

    def pipeline(*args: Any, **options: Any) -> Any:
        pipe: Any = plain_pipeline(*args, **options)
        pipe.execute = guard(pipe.execute, lambda *_: [_shown(words) for words, _ in pipe.command_stack])
        return pipe

    plain_pipeline = client.pipeline
    vars(client).update(
        execute_command=guard(client.execute_command, lambda *words: [_shown(words)]), pipeline=pipeline
    )  # on this object only: the class stays redis-py's
    return client


def _shown(words: Sequence[Any]) -> str:
    return "redis> " + " ".join(str(word.decode("latin-1") if isinstance(word, bytes) else word) for word in words)[:200]


def _address(url: str) -> str:
    """A URL without its user and password."""
    return re.sub(r"//[^/@]*@", "//", url)
