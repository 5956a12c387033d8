"""The two tables behind the text rules: which names end a host, and which emoji take several code points.

In the case study: not there. Both are facts, kept as data files beside the code (`core/data/tlds.txt`, `emoji.txt`: the
heads of the files say where they come from), read once, on first use.

Invariant: the longest row that fits wins, and a look-up costs a bounded number of slices whatever the text.

Real Twitter: one regular expression of 1,574 alternatives for the names and a generated one for the emoji. Its emoji
are those of the day it was generated; ours are newer, so a family or flag it does not know yet weighs more there.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib import resources
from itertools import combinations

VARIATION_SELECTOR = "\ufe0f"
_ASCII_NAME = re.compile("[0-9a-zA-Z]{1,32}")
_HOLDS_A_NAME_OPEN = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@+-")


class LongestMatch:
    """A set of strings that answers "which is the longest one that starts here?".

    >>> LongestMatch(["ab", "abc"]).lengths("a")
    (3, 2)
    """

    def __init__(self, rows: Iterable[str]) -> None:
        self.rows = frozenset(rows)
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for row in self.rows:
            lengths[row[0]].add(len(row))
        self._lengths = {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}

    def lengths(self, first: str) -> tuple[int, ...]:
        """The lengths, longest first, of the rows that begin with this character."""
        return self._lengths.get(first, ())


def name_end(text: str, start: int) -> int:
    """Where the top-level domain that starts at `start` ends, or -1 if none does.

    Nothing that would go on with the name may follow: no ASCII letter or digit, no `@`, `+`, `-`.

    >>> name_end("example.com/", 8), name_end("example.comma", 8), name_end("example.com-", 8)
    (11, -1, -1)
    """
    names = _names()
    run = _ASCII_NAME.match(text, start)
    if run and text[run.end() : run.end() + 1] < "\x80":  # it does not go on in other letters: all or nothing
        whole = run[0].lower() in names.rows and text[run.end() : run.end() + 1] not in _HOLDS_A_NAME_OPEN
        return run.end() if whole else _punycode_end(text, start)
    for length in names.lengths(text[start : start + 1].lower()):
        end = start + length
        if end <= len(text) and text[start:end].lower() in names.rows and text[end : end + 1] not in _HOLDS_A_NAME_OPEN:
            return end
    return _punycode_end(text, start)


def emoji_end(text: str, start: int) -> int:
    """Where the emoji of several code points that starts at `start` ends, or -1: a family is one emoji, so is a flag.

    >>> emoji_end("\\U0001f468\\u200d\\U0001f3a4!", 0), emoji_end("ok", 0)
    (3, -1)
    """
    sequences = _sequences()
    for length in sequences.lengths(text[start]):
        if text[start : start + length] in sequences.rows:
            return start + length
    return -1


def _punycode_end(text: str, start: int) -> int:
    """The end of an `xn--...` name; it may be followed by anything, as in Twitter's rule."""
    if text[start : start + 4].lower() != "xn--":
        return -1
    end = start + 4
    while end < len(text) and text[end].isascii() and (text[end].isalnum() or text[end] == "-"):
        end += 1
    return end if end > start + 4 else -1


@functools.cache
def _names() -> LongestMatch:
    return LongestMatch(_words("tlds.txt"))


@functools.cache
def _sequences() -> LongestMatch:
    """The fully written sequences and their forms without some or all variation selectors."""
    full = ("".join(chr(int(code, 16)) for code in word.split("-")) for word in _words("emoji.txt"))
    return LongestMatch(form for sequence in full for form in _with_fewer_selectors(sequence) if len(form) > 1)


def _with_fewer_selectors(sequence: str) -> Iterator[str]:
    places = [i for i, c in enumerate(sequence) if c == VARIATION_SELECTOR]
    for count in range(len(places) + 1):
        for dropped in combinations(places, count):
            yield "".join(c for i, c in enumerate(sequence) if i not in dropped)


def _words(name: str) -> Iterator[str]:
    """The words of a data file, `#` lines left out."""
    text = (resources.files(__package__) / "data" / name).read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            yield from line.split()
