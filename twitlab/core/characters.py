"""What the text rules know about single characters, and a normal form that costs linear time.

In the case study: not there; it measures a tweet with `len(content)`. Here are the alphabets that Twitter's own rules
(twitter-text, version 3) name: spaces, punctuation, direction marks, the accented Latin letters that end a mention.

Invariants: an alphabet is the inside of a regular expression's `[...]`, so it can be joined with others;
`normalize` returns exactly what `unicodedata.normalize` returns, for any text, in time linear in its length.

Real Twitter: the same sets; it writes out its letters and marks (some 700 ranges), we ask Python's Unicode tables,
which are a few versions newer. The normal form is a trap of its own: Python's sorts a run of n combining marks in n²
steps (64,000 alternating accents took 2.3 s, 64,000 times U+0F73 took 9 s), so one paste could stop a service.
"""

from __future__ import annotations

import unicodedata
from itertools import groupby
from typing import Literal

SPACES = r"\x09-\x0D\x20\x85\xA0\u1680\u180E\u2000-\u200A\u2028\u2029\u202F\u205F\u3000"
DIRECTION_MARKS = r"\u202A-\u202E\u061C\u200E\u200F\u2066-\u2069"
INVALID = r"\uFFFE\uFEFF\uFFFF"
PUNCTUATION = r"!'#%&()*+,\\:;<=>?@\[\]^{|}~$/"  # all but "-", "_" and ".", which a host name may hold
LATIN_ACCENTS = (
    r"\xC0-\xD6\xD8-\xF6\xF8-\xFF\u0100-\u024F\u0253\u0254\u0256\u0257\u0259\u025B\u0263\u0268\u026F\u0272\u0289\u028B"
    r"\u02BB\u0300-\u036F\u1E00-\u1EFF"
)
CYRILLIC = r"\u0400-\u04FF"

HASHTAG_SPECIALS = frozenset("_\u200c\u200d\ua67e\u05be\u05f3\u05f4\uff5e\u301c\u309b\u309c\u30a0\u30fb\u3003\u0f0b\u0f0c\xb7")


def is_mark(character: str) -> bool:
    """True for a combining mark (Unicode category M): an accent, a vowel sign, a variation selector.

    >>> is_mark("\\u0301"), is_mark("e")
    (True, False)
    """
    return unicodedata.category(character)[0] == "M"


def is_hashtag_letter(character: str) -> bool:
    """True for what makes a hashtag more than a number: a letter or a mark of any script."""
    return character.isalpha() or is_mark(character)


def is_hashtag_character(character: str) -> bool:
    """True for what a hashtag may hold: letters, marks, decimal digits, and the few signs words are joined with.

    >>> [is_hashtag_character(c) for c in "ñ7_·-²"]
    [True, True, True, True, False, False]
    """
    if character.isascii():
        return character.isalnum() or character == "_"
    return character.isalpha() or character.isdecimal() or character in HASHTAG_SPECIALS or is_mark(character)


def normalize(form: Literal["NFC", "NFKC"], text: str) -> str:
    """The Unicode normal form of a text, as `unicodedata.normalize` gives it, in linear time.

    Each character is taken apart alone, each run of marks is put in canonical order by one stable sort (what the
    library does by insertion), and the parts are composed again.

    >>> normalize("NFC", "e\\u0301") == "\\u00e9"
    True
    """
    if text.isascii():
        return text
    apart: Literal["NFD", "NFKD"] = "NFD" if form == "NFC" else "NFKD"
    decomposed = "".join([c if c < "\x80" else unicodedata.normalize(apart, c) for c in text])
    ordered: list[str] = []
    for marks, run in groupby(decomposed, key=lambda c: c >= "\u0300" and unicodedata.combining(c) > 0):
        ordered += sorted(run, key=unicodedata.combining if marks else lambda c: 0)
    return unicodedata.normalize("NFC", "".join(ordered))
