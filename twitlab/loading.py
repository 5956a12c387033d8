"""Loading: data files become users, tweets and follows of a ``Twitter``, in bulk.

In the case study: nothing; its service starts empty. The invariant: loading twice changes nothing, in any order of files;
what is not taken is either refused (with file, line and reason) or noted (with a count). Ids and times stay as they were,
so each tweet lands in its own month. Real Twitter's move between tweet stores was such a backfill under live traffic.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from twitlab.core.errors import DataFileError, InvalidRequest
from twitlab.core.events import DataLoaded
from twitlab.core.model import STRANGER, TweetRow, User
from twitlab.storage.datafiles import FollowFile, Refusal, TweetRecord, UserRecord, read_follows, read_tweets, read_users

if TYPE_CHECKING:
    from twitlab.app import Twitter

PathLike = str | os.PathLike[str]
Paths = PathLike | Sequence[PathLike] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What is newly in the store; ``refused`` lines with reasons; ``notes``: what was left as it was, with counts."""

    tweets: int = 0
    users: int = 0
    follows: int = 0
    refused: list[Refusal] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        noted = [f"noted: {count:,} {what}" for what, count in self.notes.items()]
        refused = [f"refused: {len(self.refused):,} lines" if self.refused else "refused: nothing", *map(str, self.refused[:5])]
        return "\n".join([f"{self.tweets:,} tweets, {self.users:,} users, {self.follows:,} follows", *noted, *refused])


def load(tw: Twitter, *, tweets: Paths, follows: Paths, users: Paths, progress: bool | None) -> LoadReport:
    """See ``Twitter.load``. Raises ``DataFileError`` when a file cannot be read at all; nothing is written then."""
    if progress not in (None, True, False):
        raise InvalidRequest(f"progress={progress!r}: give True, False, or None for a bar on a terminal only")
    loader = _Loader(tw)
    for path in chain(_listed(users), _listed(tweets), _listed(follows)):
        if not os.path.isfile(path):
            raise DataFileError(f"{os.fspath(path)} is not a file: check the path")
    with tw.boxes["publish"].command():
        entry = tw.boxes["db"].commit("meta", DataLoaded())  # first, so that a crash below is repaired when opening
        for path in _listed(users):
            with loader.reading(path, progress) as watch:
                loader.users(read_users(path, watch))
        for path in _listed(tweets):
            with loader.reading(path, progress) as watch:
                loader.tweets(read_tweets(path, watch))
        for path in _listed(follows):
            with loader.reading(path, progress) as watch:
                loader.follows(read_follows(path, watch))
        tw.boxes["publish"](entry)
    new = loader.count
    return LoadReport(
        tweets=new["tweets"], users=new["users"], follows=new["follows"], refused=loader.refused, notes=dict(loader.notes)
    )


class _Loader:
    """Settles ids, handles and relations against the store, then hands rows to the services' bulk methods."""

    def __init__(self, tw: Twitter) -> None:
        self._tw = tw
        self._store, self._views = tw.boxes["tweet_store"], tw.boxes["tweet_store"].views
        self._users, self._graph = tw.boxes["user_store"], tw.boxes["follow_graph"]
        self.count: Counter[str] = Counter()
        self.notes: Counter[str] = Counter()
        self.refused: list[Refusal] = []
        self.file = ""

    @contextlib.contextmanager
    def reading(self, path: PathLike, progress: bool | None) -> Iterator[Callable[[int], object]]:
        """A progress bar over the bytes of a file: on a terminal, or when asked for."""
        from tqdm import tqdm

        self.file = os.fspath(path)
        hidden = not (sys.stderr.isatty() if progress is None else progress)
        with tqdm(
            total=os.path.getsize(path), unit="B", unit_scale=True, desc=os.path.basename(self.file), disable=hidden
        ) as bar:
            yield lambda position: bar.update(position - bar.n)

    def users(self, found: Iterable[UserRecord | Refusal]) -> None:
        """Accounts with handles; of two handles of one id the later wins, of two ids with one handle the earlier."""
        wanted: dict[int, UserRecord] = {}
        for record in found:
            if isinstance(record, Refusal):
                self.refused.append(record)
                continue
            earlier = wanted.get(record.user_id, record)
            wanted[record.user_id] = UserRecord(
                user_id=record.user_id,
                **{name: _last(getattr(earlier, name), getattr(record, name)) for name in _SAID},
            )
        taken: dict[str, int] = {}
        new, changed = list[User](), list[User]()
        for user_id, record in wanted.items():
            known: User | None = self._users.by_id.get(user_id)
            user = self._settled(record, known, taken)
            taken[user.handle.casefold()] = user_id
            if known is None:
                new.append(user)
            elif user != known:
                changed.append(user)
        self._tw.users.import_many(new, changed)
        self.count["users"] += len(new)

    def tweets(self, read: Iterable[TweetRecord | Refusal]) -> None:
        """Tweets that are new; users come with them."""
        every = list(read)
        self.refused += [one for one in every if isinstance(one, Refusal)]
        found = [one for one in every if isinstance(one, TweetRecord)]
        records: dict[int, TweetRecord] = {}
        there = {one for ids in self._views.by_author.values() for one in ids} | self._store.deleted.keys()
        for record in found:
            if record.tweet_id in there or (record.tweet_id in records and not record.nested):
                self.notes["tweets already there"] += not record.nested
            else:
                records.setdefault(record.tweet_id, record)
        rows = list(self._rows(records))
        first: dict[int, int] = {}
        for row in rows:
            first[row.user_id] = min(row.created_ms, first.get(row.user_id, row.created_ms))
        self.users(
            UserRecord(user_id=one.user_id, handle=one.handle, name=one.name, created_ms=first.get(one.user_id))
            for one in found
            if one.user_id in first
        )
        self._tw.tweets.import_many(rows)
        self.count["tweets"] += len(rows)

    def follows(self, file: FollowFile) -> None:
        """Edges that are new, in the order of the file; accounts known only by id come with them."""
        followers, followees = file.followers, file.followees
        self.refused += file.refusals
        loops = followers == followees
        self._note("self-loops", int(loops.sum()))
        pairs = np.stack([followers[~loops], followees[~loops]], axis=1)
        _, first = np.unique(pairs, axis=0, return_index=True)
        self._note("duplicate edges", len(pairs) - len(first))
        edges = [(a, b) for a, b in pairs[np.sort(first)].tolist() if not self._graph.has("follows", a, b)]
        self._note("edges already there", len(first) - len(edges))
        kept = [(a, b) for a, b in edges if not (self._graph.has("blocks", a, b) or self._graph.has("blocks", b, a))]
        self._note("edges across a block", len(edges) - len(kept))
        ids = dict.fromkeys(chain.from_iterable(kept))
        self.users(UserRecord(user_id=one) for one in ids if one not in self._users.by_id)
        self._tw.follows.import_many(kept)
        self.count["follows"] += len(kept)

    def _rows(self, records: dict[int, TweetRecord]) -> Iterator[TweetRow]:
        """Rows in the order of the file, each with its relations settled; what cannot stand is refused."""
        retweeted: set[tuple[int, int]] = set()
        for record in records.values():
            original = None
            if record.retweet_of is not None:
                original = self._original(record.retweet_of, records)
                if original is None:
                    reason = f"retweet of {record.retweet_of}, which is neither in the store nor in the file"
                    self.refused.append(Refusal(file=self.file, line=record.line, reason=reason))
                    continue
                if (record.user_id, original) in retweeted or record.user_id in self._views.retweets.get(original, {}):
                    self._note("second retweets of one tweet by one user", 1)
                    continue
                retweeted.add((record.user_id, original))
            parent = self._meant(record.in_reply_to, records)
            answered = None if parent is None else records.get(parent) or self._store.row(parent)
            yield TweetRow(
                tweet_id=record.tweet_id,
                user_id=record.user_id,
                content="" if original is not None else record.text,
                created_ms=record.created_ms,
                in_reply_to=parent,
                reply_to_user=None if parent is None else answered.user_id if answered else STRANGER,
                retweet_of=original,
                quote_of=self._meant(record.quote_of, records),
            )

    def _original(self, tweet_id: int, records: dict[int, TweetRecord]) -> int | None:
        """The tweet at the end of a chain of retweets, if it is in the store or the file."""
        seen = {tweet_id}
        while (record := records.get(tweet_id)) is not None and record.retweet_of is not None:
            tweet_id = record.retweet_of
            if tweet_id in seen:
                return None
            seen.add(tweet_id)
        tweet_id = self._views.original_of.get(tweet_id, tweet_id)
        return tweet_id if tweet_id in records or self._store.row(tweet_id) is not None else None

    def _meant(self, tweet_id: int | None, records: dict[int, TweetRecord]) -> int | None:
        """What an answer or a quote means: the original behind a retweet; an unknown id stays as it is."""
        if tweet_id is None:
            return None
        original = self._original(tweet_id, records)
        return tweet_id if original is None else original

    def _settled(self, record: UserRecord, known: User | None, taken: dict[str, int]) -> User:
        old = known or User(user_id=record.user_id, handle="")
        handle = record.handle or old.handle
        holder = taken.get(handle.casefold(), self._users.id_of(handle)) if handle else None
        if holder not in (None, record.user_id):
            self._note("handles another id holds", 1)
            handle = old.handle
        if not handle:
            handle = f"user_{record.user_id}"
            while taken.get(handle.casefold(), self._users.id_of(handle)) not in (None, record.user_id):
                handle += "_"
        return User(
            user_id=record.user_id,
            handle=handle,
            **{
                name: _last(getattr(old, name), getattr(record, name)) for name in _SAID if name not in ("handle", "created_ms")
            },
            created_ms=old.created_ms or record.created_ms or 0,
        )

    def _note(self, what: str, count: int) -> None:
        if count:
            self.notes[what] += count


_SAID = ("handle", "name", "bio", "protected", "region", "created_ms")


def _last(old: Any, new: Any) -> Any:
    """The newer value, unless it says nothing."""
    return old if new is None else new


def _listed(paths: Paths) -> list[PathLike]:
    listed: list[Any] = [] if paths is None else list(paths) if isinstance(paths, list | tuple) else [paths]
    if not all(isinstance(path, str | os.PathLike) for path in listed):
        raise InvalidRequest(f"{paths!r:.80}: give the path of a data file, or a list of paths")
    return listed
