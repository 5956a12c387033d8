"""Data files, page 2: a JSON object becomes a record, or is refused with a reason.

In the case study: nothing. The invariant: a record that leaves this page can be stored as it is: its ids fit 63 bits,
its id's own time agrees with ``created_at`` to a second (so it lies in one month only), what it answers, repeats or
quotes is older than itself (so no thread runs in a circle), and its text holds no character that Twitter refuses.
Real Twitter's v1.1 objects nest the original inside the retweet, so one line of 140 characters takes up to 20 KB.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twitlab.core.snowflake import MAX_ID, timestamp_ms

DRIFT_MS = 1_000
"""How far an id's own time may be from ``created_at``: API dates are cut to the second."""
OLDEST_SNOWFLAKE = 30_000_000_000
"""Ids below were counted one by one (until 4 November 2010): no time is in them."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
_API_DATE = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d) (\d\d:\d\d:\d\d) ([+-]\d{4}) (\d{4})", re.ASCII)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});", re.ASCII)
_NEVER = re.compile("[\x00\ud800-\udfff\ufffe\ufeff\uffff]")
_HANDLE = re.compile("[A-Za-z0-9_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A line that was not read, and why; ``line`` counts from 1 in the unpacked file."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TweetRecord:
    """A tweet as a file has it. ``nested``: it stood inside another one, as the original of a retweet or quote does."""

    tweet_id: int
    created_ms: int
    user_id: int
    text: str
    handle: str | None = None
    name: str | None = None
    in_reply_to: int | None = None
    in_reply_to_user: int | None = None
    retweet_of: int | None = None
    quote_of: int | None = None
    lang: str | None = None
    line: int = 0
    nested: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRecord:
    """An account as a file has it; None where the file says nothing."""

    user_id: int
    handle: str | None = None
    name: str | None = None
    bio: str | None = None
    protected: bool | None = None
    region: str | None = None
    created_ms: int | None = None
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowFile:
    """The edges of one file: ``followers[i]`` follows ``followees[i]``; duplicates and self-loops are still in it."""

    followers: NDArray[np.int64]
    followees: NDArray[np.int64]
    refusals: tuple[Refusal, ...] = ()


class Refused(Exception):
    """Why a value cannot be used: becomes a ``Refusal`` where its file and line are known."""


def tweets_within(tweet: dict[str, Any], owner: dict[str, Any], depth: int = 0) -> Iterator[dict[str, Any]]:
    """A tweet in flat form, after the original and the quoted tweet that the API put inside it (two levels at most)."""
    tweet = inner(tweet, "tweet") or tweet  # the export wraps each one
    for key in ("retweeted_status", "quoted_status") if depth < 2 else ():
        if embedded := inner(tweet, key):
            yield from tweets_within(embedded, {}, depth + 1)
    flat = _flat(tweet, owner) if owner or "user" in tweet or "id_str" in tweet else tweet
    yield {**flat, "nested": depth > 0}


def _flat(tweet: dict[str, Any], owner: dict[str, Any]) -> dict[str, Any]:
    """A v1.1 object in our own flat form; the export leaves the user out, who is always its ``owner``."""
    user = inner(tweet, "user") or owner
    return {
        "id": _first(tweet, "id_str", "id"),
        "created_at": tweet.get("created_at"),
        "user_id": _first(user, "id_str", "id"),
        "screen_name": user.get("screen_name"),
        "name": user.get("name"),
        "text": _first(inner(tweet, "extended_tweet") or tweet, "full_text", "text"),
        "in_reply_to": _first(tweet, "in_reply_to_status_id_str", "in_reply_to_status_id"),
        "in_reply_to_user": _first(tweet, "in_reply_to_user_id_str", "in_reply_to_user_id"),
        "retweet_of": _first(inner(tweet, "retweeted_status"), "id_str", "id"),
        "quote_of": _first(tweet, "quoted_status_id_str", "quoted_status_id"),
        "lang": tweet.get("lang"),
    }


def tweet_record(tweet: dict[str, Any], line: int) -> TweetRecord:
    """A flat object as a record; raises ``Refused``."""
    tweet_id = an_id(tweet.get("id"), "id")
    created_ms, id_ms = _time_ms(tweet.get("created_at")), timestamp_ms(tweet_id)
    if abs(id_ms - created_ms) > DRIFT_MS:
        old = ", and ids from before 4 November 2010 hold no time" if tweet_id < OLDEST_SNOWFLAKE else ""
        raise Refused(f"id {tweet_id} was made at {id_ms} ms, created_at says {created_ms}: more than 1 s off{old}")
    retweet_of = _reference(tweet, "retweet_of", tweet_id)
    own = {} if retweet_of is not None else tweet  # what a retweet answers and quotes is its original's
    text = _text(tweet, "text")
    if retweet_of is None and not (text and text.strip()):
        raise Refused(f"text {_show(text)} is empty")
    answered = own.get("in_reply_to_user")
    return TweetRecord(
        tweet_id=tweet_id,
        created_ms=created_ms,
        user_id=an_id(tweet.get("user_id"), "user_id"),
        text=text or "",
        handle=_handle(tweet, "screen_name"),
        name=_text(tweet, "name"),
        in_reply_to=_reference(own, "in_reply_to", tweet_id),
        in_reply_to_user=None if answered is None else an_id(answered, "in_reply_to_user"),
        retweet_of=retweet_of,
        quote_of=_reference(own, "quote_of", tweet_id),
        lang=_text(tweet, "lang"),
        line=line,
        nested=tweet["nested"],
    )


def user_record(user: dict[str, Any], line: int) -> UserRecord:
    """An account's object as a record; raises ``Refused``."""
    protected, created = user.get("protected"), user.get("created_at")
    if protected is not None and not isinstance(protected, bool):
        raise Refused(f"protected {_show(protected)} is neither true nor false")
    return UserRecord(
        user_id=an_id(_first(user, "user_id", "id_str", "id"), "user_id"),
        handle=_handle(user, "handle" if "handle" in user else "screen_name"),
        name=_text(user, "name"),
        bio=_text(user, "bio" if "bio" in user else "description"),
        protected=protected,
        region=_text(user, "region"),
        created_ms=None if created is None else _time_ms(created),
        line=line,
    )


def an_id(value: Any, what: str) -> int:
    """An id from a JSON number, a string or a column of digits; a float has lost digits already and is refused.

    >>> an_id("667175378000019456", "id"), an_id(12, "id"), an_id(b"0", "follower")
    (667175378000019456, 12, 0)
    """
    digits = type(value) in (str, bytes) and len(value) < 20 and value.isdigit() and value.isascii()
    if (digits or type(value) is int) and 0 <= (number := int(value)) <= MAX_ID:
        return number
    raise Refused(f"{what} {_show(value)} is not an id: a whole number, 0 <= id < 2**63")


def inner(value: dict[str, Any], key: str) -> dict[str, Any]:
    """The object under ``key``, empty when there is none."""
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _first(value: dict[str, Any], *keys: str) -> Any:
    return next((value[key] for key in keys if value.get(key) is not None), None)


def _show(value: object) -> str:
    return shown if len(shown := repr(value)) <= 60 else shown[:57] + "..."


def _reference(tweet: dict[str, Any], key: str, tweet_id: int) -> int | None:
    """The tweet this one refers to; usually an older one, but clocks of two workers may differ."""
    if (value := tweet.get(key)) is None or value == "":
        return None
    if (number := an_id(value, key)) == tweet_id:
        raise Refused(f"{key} {number} is the tweet itself")
    return number


def _text(value: dict[str, Any], key: str) -> str | None:
    """A string, unescaped once; None when the file has none."""
    if (text := value.get(key)) is None:
        return None
    if not isinstance(text, str):
        raise Refused(f"{key} {_show(text)} is not a string")
    if "&" in text:
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    if bad := _NEVER.search(text):
        raise Refused(f"{key} holds U+{ord(bad[0]):04X}, which Twitter refuses")
    return text


def _handle(value: dict[str, Any], key: str) -> str | None:
    if (handle := _text(value, key)) is not None and not _HANDLE.fullmatch(handle):
        raise Refused(f"{key} {_show(handle)} is not a handle: A-Z a-z 0-9 and _")
    return handle


def _time_ms(value: Any) -> int:
    """Unix milliseconds of ISO 8601, of an API date or of a number (seconds below 1e11, else milliseconds).

    A time without a zone is taken as UTC: the id beside it tells at once if that is wrong.

    >>> _time_ms("2018-10-10T20:19:24Z"), _time_ms("Wed Oct 10 20:19:24 +0000 2018"), _time_ms(1539202764.0)
    (1539202764000, 1539202764000, 1539202764000)
    """
    try:
        if isinstance(value, str) and len(value) > 8 and value.isdigit() and value.isascii():
            value = int(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return round(value * 1000 if abs(value) < 1e11 else value)
        if api := _API_DATE.fullmatch(value):
            value = f"{api[5]}-{_MONTHS.index(api[1]) // 3 + 1:02}-{api[2]}T{api[3]}{api[4]}"
        moment = datetime.fromisoformat(value)
        return (moment.replace(tzinfo=moment.tzinfo or UTC) - _EPOCH) // timedelta(milliseconds=1)
    except (TypeError, ValueError, OverflowError):
        raise Refused(f"created_at {_show(value)} is not a time: ISO 8601, an API date or Unix milliseconds") from None
