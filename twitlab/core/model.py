"""The values that cross module borders: users, tweets, pages. Frozen; never dictionaries.

In the case study a tweet is a ``dict`` with its counters inside, so the copy in a cache, in a timeline and in the
search index each age on their own. The invariant here: a ``TweetRow`` is what is stored and never changes (except to
deleted); a ``Tweet`` is made at the moment of reading, for one reader, with counts of that moment. Ids are ``int`` in
Python and strings in JSON: JavaScript numbers, like Redis scores, lose bits above 2**53.
"""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from twitlab.core.entities import entities
from twitlab.core.errors import InvalidId, InvalidRequest

STRANGER = -1
"""The author replied to, when the parent tweet is not in the store: nobody follows a stranger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An account. ``created_ms`` is Unix milliseconds."""

    user_id: int
    handle: str
    name: str = ""
    bio: str = ""
    protected: bool = False
    region: str = ""
    created_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TweetRow:
    """A tweet as it is stored: a post, a reply, a quote, or a retweet (``content`` empty, ``retweet_of`` set).

    ``reply_to_user`` is the author replied to, remembered because the parent may be deleted later.
    """

    tweet_id: int
    user_id: int
    content: str
    created_ms: int
    media: tuple[str, ...] = ()
    in_reply_to: int | None = None
    reply_to_user: int | None = None
    retweet_of: int | None = None
    quote_of: int | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tweet:
    """A tweet as a read returns it: a retweet carries its original's content and counts."""

    tweet_id: int
    user_id: int
    content: str
    created_ms: int
    media: tuple[str, ...] = ()
    in_reply_to: int | None = None
    retweet_of: int | None = None
    quote_of: int | None = None
    like_count: int = 0
    retweet_count: int = 0
    reply_count: int = 0
    quote_count: int = 0

    @property
    def created_at(self) -> datetime:
        """The moment of posting, in UTC."""
        return datetime.fromtimestamp(self.created_ms / 1000, UTC)

    def to_json(self) -> str:
        """The tweet as a JSON object; ids are strings."""
        ids = ("tweet_id", "user_id", "in_reply_to", "retweet_of", "quote_of")
        fields = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps({k: str(v) if k in ids and v is not None else v for k, v in fields.items()}, ensure_ascii=False)

    def _repr_html_(self) -> str:
        """A card for a notebook: text escaped first, then http(s) links drawn; nothing else becomes markup."""
        kind = (
            "retweet of " + str(self.retweet_of)
            if self.retweet_of
            else f"reply to {self.in_reply_to}"
            if self.in_reply_to
            else ""
        )
        counts = f"{self.reply_count} replies · {self.retweet_count} retweets · {self.like_count} likes"
        return (
            '<div style="border:1px solid #8884;border-radius:8px;padding:8px 12px;max-width:34em">'
            f"<small>user {self.user_id} · {self.created_at:%Y-%m-%d %H:%M:%S} UTC {kind}</small>"
            f'<div style="white-space:pre-wrap">{linked(self.content)}</div><small>{counts}</small></div>'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a walk: ``next_cursor`` is None exactly at the end; ``partial`` when a month could not be read."""

    tweets: list[Tweet]
    next_cursor: str | None = None
    partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The four public counters of a tweet: sizes of sets, so they cannot drift."""

    like_count: int = 0
    retweet_count: int = 0
    reply_count: int = 0
    quote_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """How the viewer stands to a user. ``requested``: a follow request waits for approval."""

    following: bool = False
    followed_by: bool = False
    requested: bool = False
    blocking: bool = False
    blocked_by: bool = False
    muting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A user with counts and, for a viewer with an account, the relationship."""

    user: User
    follower_count: int
    following_count: int
    tweet_count: int
    relationship: Relationship | None = None


def linked(text: str) -> str:
    """``text`` as inert HTML: every character escaped, http(s) URLs as links.

    >>> linked("<b> https://example.com/?a&b")
    '&lt;b&gt; <a href="https://example.com/?a&amp;b" rel="nofollow noopener">https://example.com/?a&amp;b</a>'
    """
    parts, at = [], 0
    for found in entities(text):
        if found.kind != "url" or not found.value.lower().startswith(("http://", "https://")):
            continue
        url = html.escape(found.value)
        parts += [html.escape(text[at : found.start]), f'<a href="{url}" rel="nofollow noopener">{url}</a>']
        at = found.end
    return "".join(parts) + html.escape(text[at:])


def require_id(value: object, name: str) -> int:
    """``value`` if it is an id (an ``int``, 0 <= id < 2**63, no ``bool``), otherwise ``InvalidId``."""
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise InvalidId(f"{name}={value!r:.80} is not an id: give an int, 0 <= id < 2**63")
    return value


def require_size(value: object, name: str = "page_size") -> int:
    """``value`` if it is a page size or limit (an ``int`` from 1 to 200), otherwise ``InvalidRequest``."""
    if type(value) is not int or not 1 <= value <= 200:
        raise InvalidRequest(f"{name}={value!r:.80}: give a whole number from 1 to 200")
    return value


def require_text(value: object, name: str, limit: int) -> str:
    """``value`` if it is printable-as-stored text of at most ``limit`` code points, otherwise ``InvalidRequest``."""
    if not isinstance(value, str):
        raise InvalidRequest(f"{name}={value!r:.80}: give a str")
    if len(value) > limit:
        raise InvalidRequest(f"{name} has {len(value)} characters: give at most {limit}")
    if any(char == "\0" or "\ud800" <= char <= "\udfff" for char in value):
        raise InvalidRequest(f"{name}={value!r:.80} holds NUL or half a surrogate pair: leave it out")
    return value
