"""Finds what a tweet points at: @mentions, lists, #hashtags, $cashtags and links.

In the case study: the hashtags and mentions that the Tweet, Search, Trending and Notification services lean on.

Invariants: `start` and `end` are half-open code point positions in the text as given (never normalised); what stands at
them is the sign and the value; each function is linear in the text. `entities` is sorted and free of overlaps; the
functions for one kind answer for that kind alone, so `mentions("http://a.co/@ana")` finds Ana and `entities` does not:
notify and index by `entities`.

Real Twitter: the same rules (twitter-text, version 3). They are odd in places, and kept: a mention ends after 20
characters wherever the word ends, `@ana/friends` is a list and no mention, `#1984` is no hashtag and `#1984er` is one,
an `@` or `#` straight after a rejected tag is lost with it (`#a#b` holds none).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from twitlab.core.characters import DIRECTION_MARKS, LATIN_ACCENTS, PUNCTUATION, SPACES, is_hashtag_character, is_hashtag_letter
from twitlab.core.urls import url_spans

_AT = re.compile("[@＠]")
_HASH = re.compile("[#＃]")
_NAME = re.compile(r"[a-zA-Z0-9_]{1,20}")
_LIST = re.compile(r"/[a-zA-Z][a-zA-Z0-9_-]{0,24}")
_MENTION_GOES_ON = re.compile(rf"[@＠{LATIN_ACCENTS}]|://")
_HASHTAG_GOES_ON = re.compile(r"[#＃]|://")
_NOT_BEFORE_MENTION = re.compile(r"[a-zA-Z0-9_!#$%&*@＠]")
_NOT_BEFORE_RETWEET = re.compile(r"[a-zA-Z0-9_+~.-]")
_CASHTAG = re.compile(
    rf"(?:^|(?<=[{SPACES}{DIRECTION_MARKS}]))\$([a-zA-Z]{{1,6}}(?:[._][a-zA-Z]{{1,2}})?)"
    rf"(?=\Z|[{SPACES}\uFEFF{PUNCTUATION}\"`._-])"
)


@dataclass(frozen=True, slots=True)
class Entity:
    """A stretch of a text that means something.

    `kind` is "mention", "list", "hashtag", "cashtag" or "url"; `value` is what stands there without its sign
    (`user/slug` for a list, the whole link for a url); `text[start:end]` is the stretch, sign included.
    """

    kind: str
    value: str
    start: int
    end: int


def entities(text: str) -> list[Entity]:
    """Everything a text points at, in order; of two that overlap the one that starts first stays.

    >>> [(e.kind, e.value) for e in entities("@ana see #x at http://a.co/#y")]
    [('mention', 'ana'), ('hashtag', 'x'), ('url', 'http://a.co/#y')]
    """
    found = urls(text) + mentions_or_lists(text) + _all_hashtags(text) + cashtags(text)
    return without_overlaps(found)


def without_overlaps(found: list[Entity]) -> list[Entity]:
    """The entities by start, without those that begin before the last kept one has ended."""
    kept: list[Entity] = []
    for entity in sorted(found, key=lambda e: e.start):
        if not kept or entity.start >= kept[-1].end:
            kept.append(entity)
    return kept


def urls(text: str) -> list[Entity]:
    """The links of a text, with or without `http://`.

    >>> urls("see example.com")
    [Entity(kind='url', value='example.com', start=4, end=15)]
    """
    return [Entity("url", require_text(text)[start:end], start, end) for start, end in url_spans(require_text(text))]


def mentions(text: str) -> list[Entity]:
    """The accounts a text mentions, lists left out.

    >>> mentions("RT@ana: hello")
    [Entity(kind='mention', value='ana', start=2, end=6)]
    """
    return [entity for entity in mentions_or_lists(text) if entity.kind == "mention"]


def mentions_or_lists(text: str) -> list[Entity]:
    """The accounts and the lists (`@ana/friends`) of a text, in order.

    >>> [(e.kind, e.value) for e in mentions_or_lists("@ana and @bob/friends")]
    [('mention', 'ana'), ('list', 'bob/friends')]
    """
    found: list[Entity] = []
    after = 0
    for sign in _AT.finditer(require_text(text)):
        name = _NAME.match(text, sign.end())
        if name is None or not _may_mention(text, sign.start(), after):
            continue
        slug = _LIST.match(text, name.end())
        after = slug.end() if slug else name.end()
        if not _MENTION_GOES_ON.match(text, after):
            found.append(Entity("list" if slug else "mention", text[name.start() : after], sign.start(), after))
    return found


def _may_mention(text: str, at: int, after: int) -> bool:
    """Whether an `@` may start a mention here: at the start, after a space or the like, or after `RT`.

    What a former match has taken, up to `after`, does not count as standing before this one.
    """
    if at == 0 or (at > after and not _NOT_BEFORE_MENTION.match(text, at - 1)):
        return True
    retweet = at - 2
    if retweet < after or text[retweet:at].lower() != "rt":
        return False
    return retweet == 0 or (retweet > after and not _NOT_BEFORE_RETWEET.match(text, retweet - 1))


def hashtags(text: str) -> list[Entity]:
    """The hashtags of a text, those inside a link left out.

    >>> hashtags("#1984 and #1984er")
    [Entity(kind='hashtag', value='1984er', start=10, end=17)]
    """
    tags = _all_hashtags(text)
    return [entity for entity in without_overlaps(urls(text) + tags) if entity.kind == "hashtag"] if tags else []


def _all_hashtags(text: str) -> list[Entity]:
    found: list[Entity] = []
    after = 0
    for sign in _HASH.finditer(require_text(text)):
        start = sign.end()
        if not _may_tag(text, sign.start(), after) or text[start : start + 1] in ("\ufe0f", "\u20e3"):
            continue
        end = start
        while end < len(text) and is_hashtag_character(text[end]):
            end += 1
        if any(is_hashtag_letter(c) for c in text[start:end]):
            after = end
            if not _HASHTAG_GOES_ON.match(text, end):
                found.append(Entity("hashtag", text[start:end], sign.start(), end))
    return found


def _may_tag(text: str, at: int, after: int) -> bool:
    """Whether a `#` may start a hashtag here: at the start or after what is no part of a word and no `&`."""
    if at == 0:
        return True
    before = text[at - 1]
    return at > after and (before in "\ufe0e\ufe0f" or not (before == "&" or is_hashtag_character(before)))


def cashtags(text: str) -> list[Entity]:
    """The ticker symbols of a text: up to six letters, perhaps `.` or `_` and one or two more.

    >>> [e.value for e in cashtags("$TWTR, $brk.b not $123")]
    ['TWTR', 'brk.b']
    """
    return [Entity("cashtag", m[1], m.start(), m.end()) for m in _CASHTAG.finditer(require_text(text))]


def require_text(text: str) -> str:
    """The text itself; `TypeError`, naming the type, if it is no `str`."""
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, not {type(text).__name__}: {text!r:.80}")
    return text
