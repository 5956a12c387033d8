"""Data files: real tweets, follows and users, read a line at a time into values.

In the case study: nothing; its service starts empty, and an empty Twitter teaches nobody. The invariant: a bad line
becomes a ``Refusal`` (file, line, reason) and every other line is read; nothing is dropped silently or guessed at.
No database here: ``tw.load()`` decides what is new. Real Twitter gave its data away in two of these forms: v1.1
objects (its 1 % sample stream: about 4 million a day) and the personal export.

    tweets   JSON Lines or one JSON list, of flat objects or Twitter API v1.1 objects; the export's ``tweets.js``
    follows  two columns, follower then followee, ``#`` comments (SNAP); the export's ``following.js``, ``follower.js``
    users    JSON Lines or one JSON list: ``user_id, handle, name, bio, protected, region, created_at``

Each may be gzipped. The chapter has three pages: ``lines`` (a file becomes values), ``records`` (a value becomes a
record) and this one (what ``tw.load()`` calls).
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from twitlab.core.errors import DataFileError
from twitlab.storage.datafiles.lines import MAX_LINE, PathLike, Progress, is_export, lines, values
from twitlab.storage.datafiles.records import (
    FollowFile,
    Refusal,
    Refused,
    TweetRecord,
    UserRecord,
    an_id,
    inner,
    tweet_record,
    tweets_within,
    user_record,
)

__all__ = ["FollowFile", "Refusal", "TweetRecord", "UserRecord", "read_follows", "read_tweets", "read_users"]

R = TypeVar("R")


def read_tweets(path: PathLike, progress: Progress | None = None) -> Iterator[TweetRecord | Refusal]:
    """The tweets of one file in its order; an original that the API embedded comes before what it is embedded in.

    ``progress`` is called now and then with how many bytes of the (packed) file are behind us. Raises
    ``DataFileError`` at once when the file cannot be read, or an export has no ``account.js`` beside it.
    """
    owner = _owner(path) if is_export(path) else {}
    return _read(path, progress, lambda value: tweets_within(value, owner), tweet_record)


def read_users(path: PathLike, progress: Progress | None = None) -> Iterator[UserRecord | Refusal]:
    """The accounts of one file in its order (``user_id`` may be called ``id``, ``handle`` ``screen_name``)."""
    is_export(path)  # a file that cannot be read is refused now, not when the first record is asked for
    return _read(path, progress, lambda value: iter([value]), user_record)


def read_follows(path: PathLike, progress: Progress | None = None) -> FollowFile:
    """The edges of one file in its order, as two arrays: a million edges take about a second."""
    followers, followees, refusals = array("q"), array("q"), []
    for edge in _exported_edges(path, progress) if is_export(path) else _edges(path, progress):
        if isinstance(edge, Refusal):
            refusals.append(edge)
        else:
            followers.append(edge[0])
            followees.append(edge[1])
    ends = [np.frombuffer(ids, dtype=np.int64) if ids else np.empty(0, np.int64) for ids in (followers, followees)]
    return FollowFile(followers=ends[0], followees=ends[1], refusals=tuple(refusals))


def _read(
    path: PathLike,
    progress: Progress | None,
    parts: Callable[[dict[str, Any]], Iterator[dict[str, Any]]],
    record: Callable[[dict[str, Any], int], R],
) -> Iterator[R | Refusal]:
    """A record or a refusal for each part of each value of a file."""
    for item in values(path, progress):
        if isinstance(item, Refusal):
            yield item
            continue
        line, value = item
        for part in parts(value):
            try:
                yield record(part, line)
            except Refused as error:
                yield Refusal(file=os.fspath(path), line=line, reason=str(error))


def _edges(path: PathLike, progress: Progress | None) -> Iterator[tuple[int, int] | Refusal]:
    """The edges of a two-column file: tab, space or comma between, ``#`` before a comment."""
    for item in lines(path, progress, limit=MAX_LINE):
        if isinstance(item, Refusal):
            yield item
            continue
        cells = item[1].split(b"#", 1)[0].replace(b",", b" ").split()
        try:
            if len(cells) == 2:
                yield an_id(cells[0], "follower"), an_id(cells[1], "followee")
            elif cells:
                raise Refused(f"{len(cells)} columns where two belong, follower and followee (# begins a comment)")
        except Refused as error:
            yield Refusal(file=os.fspath(path), line=item[0], reason=str(error))


def _exported_edges(path: PathLike, progress: Progress | None) -> Iterator[tuple[int, int] | Refusal]:
    """``following.js`` and ``follower.js`` hold one end of each edge; the other is the archive's owner."""
    owner = an_id(_owner(path)["id"], "accountId")

    def edge(value: dict[str, Any], line: int) -> tuple[int, int]:
        if following := inner(value, "following"):
            return owner, an_id(following.get("accountId"), "accountId")
        return an_id(inner(value, "follower").get("accountId"), "accountId"), owner

    return _read(path, progress, lambda value: iter([value]), edge)


def _owner(path: PathLike) -> dict[str, Any]:
    """The account an export belongs to, in the shape of a v1.1 ``user``."""
    beside = [Path(path).with_name(name) for name in ("account.js", "account.js.gz")]
    found = next((file for file in beside if file.is_file()), None)
    if found is None:
        raise DataFileError(f"{path} does not say whose it is: put the export's account.js beside it")
    for item in values(found, None):
        account = {} if isinstance(item, Refusal) else inner(item[1], "account")
        try:
            owner = an_id(account.get("accountId"), "accountId")
        except Refused:
            continue
        return {"id": owner, "screen_name": account.get("username"), "name": account.get("accountDisplayName")}
    raise DataFileError(f"{found} holds no accountId: is it the export's own account.js?")
