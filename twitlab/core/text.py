"""What a tweet's text weighs, and whether it may be posted.

In the case study: `if len(content) > 280: raise`, which is wrong both ways. 140 family emoji are 980 code points and a
valid tweet; 141 Japanese characters are too long; a link of 300 characters weighs 23.

Invariants: the weight is that of the text in normal form C, so it does not depend on how an accent was typed;
`is_valid_tweet(text)` is `why_invalid(text) is None`; every function is linear in the text at any length.

Real Twitter: the same rules, twitter-text version 3: weight 1 for Latin, Greek, Cyrillic, Hebrew, Arabic and so on up
to U+10FF and for most dashes and quotes, 2 for all others, 2 for an emoji however many code points it takes, 23 for a
link, at most 280. Its library calls a lone space valid and leaves the refusal to the service; here it is one of the
rules, like NUL and lone surrogates. Accounts that pay may write 25,000.
"""

from __future__ import annotations

import re

from twitlab.core.characters import INVALID, normalize
from twitlab.core.entities import Entity, cashtags, entities, hashtags, mentions, mentions_or_lists, require_text, urls
from twitlab.core.highlight import highlight
from twitlab.core.tables import emoji_end
from twitlab.core.urls import url_spans

__all__ = [
    "MAX_CODE_POINTS",
    "MAX_WEIGHTED_LENGTH",
    "URL_WEIGHT",
    "Entity",
    "cashtags",
    "entities",
    "hashtags",
    "highlight",
    "is_valid_tweet",
    "mentions",
    "mentions_or_lists",
    "urls",
    "weighted_length",
    "why_invalid",
]

MAX_WEIGHTED_LENGTH = 280
URL_WEIGHT = 23
MAX_CODE_POINTS = 10_000  # beyond this a text is refused before anything looks into it

_LIGHT = re.compile(r"[\u0000-\u10FF\u2000-\u200D\u2010-\u201F\u2032-\u2037]")
_FORBIDDEN = re.compile(rf"[\x00\uD800-\uDFFF{INVALID}]")


def weighted_length(text: str) -> int:
    """The length Twitter counts, in units of one Latin letter; 280 is the most a tweet may have.

    >>> weighted_length("caf\\u00e9"), weighted_length("日本"), weighted_length("see http://example.com/a/long/path")
    (4, 4, 27)
    """
    text = normalize("NFC", require_text(text))
    total, at = 0, 0
    for start, end in url_spans(text):
        total += _weight(text[at:start]) + URL_WEIGHT
        at = end
    return total + _weight(text[at:])


def _weight(text: str) -> int:
    """The weight of a text without links: 2 for an emoji, 1 or 2 for any other character."""
    if text.isascii():
        return len(text)
    total, at = 0, 0
    while at < len(text):
        end = emoji_end(text, at)
        total += 1 if end < 0 and _LIGHT.match(text, at) else 2
        at = end if end > 0 else at + 1
    return total


def is_valid_tweet(text: object) -> bool:
    """Whether a text may be posted; what is no `str` may not.

    >>> is_valid_tweet("hello"), is_valid_tweet("日" * 141), is_valid_tweet(" ")
    (True, False, False)
    """
    return why_invalid(text) is None


def why_invalid(text: object) -> str | None:
    """The first rule a text breaks, in words, with its weighted length; None for a text that may be posted.

    The type and the number of code points are looked at before any pattern runs.

    >>> why_invalid("x" * 281)
    'too long: weighted length 281, at most 280'
    >>> why_invalid("hello") is None
    True
    """
    if not isinstance(text, str):
        return f"not a string: {type(text).__name__} {text!r:.80}"
    if len(text) > MAX_CODE_POINTS:
        return f"too long: {len(text)} code points, at most {MAX_CODE_POINTS} are looked at (weighted length not taken)"
    if not text:
        return "empty: weighted length 0, at least 1"
    weight = weighted_length(text)
    if not text.strip():
        return f"whitespace only: weighted length {weight}, but nothing to read"
    forbidden = _FORBIDDEN.search(text)
    if forbidden:
        name = f"U+{ord(forbidden[0]):04X}"
        rule = "lone surrogate" if "\ud800" <= forbidden[0] <= "\udfff" else "NUL" if name == "U+0000" else "invalid character"
        return f"{rule} {name} at position {forbidden.start()} (weighted length {weight})"
    if weight > MAX_WEIGHTED_LENGTH:
        return f"too long: weighted length {weight}, at most {MAX_WEIGHTED_LENGTH}"
    return None
