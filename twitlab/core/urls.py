"""Finds the links in a text, with and without `http://`, the way Twitter does, in linear time.

In the case study: not there; yet every link weighs 23, so no length can be told without finding them.

Invariants: `text[start:end] == value`; links come in order and do not overlap; the cost is linear in the text, whatever
it holds. The textbook way is one large pattern; on `a.a.a.a` it tries every start with every end and every cut between
(cubic: 4,000 characters take the best library over 20 s). Here a text is cut into *host runs* (what a host name may
hold), and one pass from right to left over a run's dots tells for each label how far a valid host reaches from there.

Real Twitter: twitter-text's rules, with its oddities: a bare `example.com` is a link, its host is cut down to the
Latin part (`これはexample.com`), a link may not hold more than 4,096 characters nor a label more than 63 (as punycode),
and `t.co` links have a slug of at most 40. Where a host without `http://` and its path are not neighbours (a Latin host
inside a longer one), Twitter's text leaves the middle out; ours keeps it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from twitlab.core.characters import CYRILLIC, DIRECTION_MARKS, INVALID, LATIN_ACCENTS, PUNCTUATION, SPACES
from twitlab.core.tables import name_end

MAX_URL_LENGTH = 4096
MAX_LABEL_LENGTH = 63
MAX_SLUG_LENGTH = 40

_HOST_RUN = re.compile(rf"[^{PUNCTUATION}{SPACES}{INVALID}{DIRECTION_MARKS}]+")
_BEFORE = rf"[A-Za-z0-9@＠$#＃{INVALID}]"  # these may not stand before a link
_LINK_START = re.compile(rf"(?<!{_BEFORE})")
_HOST_START = re.compile(rf"(?<!{_BEFORE})[^._-]")
_PROTOCOL = re.compile(r"https?://\Z", re.IGNORECASE | re.ASCII)
_PORT = re.compile(r":[0-9]+")
_LATIN_RUN = re.compile(rf"[-.a-zA-Z0-9{LATIN_ACCENTS}]+")
_PATH_RUN = re.compile(rf"[a-zA-Z0-9{CYRILLIC}{LATIN_ACCENTS}!*';:=+,.$/%#\[\]\-\u2013_~@|&]*")
_PATH_MAY_NOT_END = "!*';:,.$%[]\u2013~@|&"
_QUERY_RUN = re.compile(r"[a-zA-Z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*")
_QUERY_MAY_NOT_END = "!?*'@();:+$%[].,~|"
_LABEL_BREAK = re.compile("[.。．｡]")
_TCO = re.compile(
    r"https?://t\.co/([a-z0-9]+)(?:\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/])?", re.IGNORECASE | re.ASCII
)


def url_spans(text: str) -> list[tuple[int, int]]:
    """The links of a text as half-open spans of code points, in order.

    >>> url_spans("see example.com/a_(b) or http://t.co/x!")
    [(4, 21), (25, 38)]
    """
    spans: list[tuple[int, int]] = []
    after = 0  # where the last match ended, wanted or not: what it ate cannot stand before the next one
    for run in _HOST_RUN.finditer(text) if "." in text else ():
        if run.end() <= after or text.find(".", run.start(), run.end()) < 0:
            continue
        host = HostRun(text, run.start(), run.end())
        for start, host_start in _starts(text, run.start(), host.dots[-1]):
            if start > after or start == after == 0:
                host_end = host.end_from(host_start)
                if host_end > 0:
                    after, has_path = _tail_end(text, host_end)
                    spans.extend(_wanted(text, start, host_start, host_end, after, has_path))
                    if after >= run.end():
                        break
    return spans


def _starts(text: str, run_start: int, last_dot: int) -> Iterator[tuple[int, int]]:
    """The places where a link could start whose host lies in this run, as (link, host), in the order Twitter tries."""
    protocol = _PROTOCOL.search(text, max(0, run_start - 8), run_start)
    if protocol and text[run_start] not in "._-" and _LINK_START.match(text, protocol.start()):
        yield protocol.start(), run_start
    starts = [m.start() for m in _HOST_START.finditer(text, run_start, last_dot)]
    if starts[:2] == [0, 1]:  # the first character is rather what stands before a link than its beginning
        starts[:2] = [1, 0]
    yield from ((start, start) for start in starts)


class HostRun:
    """A stretch of characters a host name may hold, which knows for every start in it where the longest host ends.

    A host is labels, each with a dot, and a top-level domain. No label starts or ends with `-` or `_`, and the
    label before the top-level domain holds no `_`.
    """

    def __init__(self, text: str, start: int, end: int) -> None:
        self._text = text
        self.dots = [i for i in range(start, end) if text[i] == "."]
        self._name_ends = [name_end(text, dot + 1) for dot in self.dots]
        labels = [start, *(dot + 1 for dot in self.dots)]
        self._underscores = [text.rfind("_", label, dot) for label, dot in zip(labels, self.dots, strict=False)]
        self._reach = self._reaches(labels)

    def _reaches(self, labels: list[int]) -> list[int]:
        """For each whole label: the last dot that a host from there can have before its top-level domain, or -1."""
        reach = [-1] * len(labels)
        for i in range(len(self.dots) - 1, -1, -1):
            label, dot = labels[i], self.dots[i]
            if label < dot and self._text[label] not in "-_" and self._text[dot - 1] not in "-_":
                reach[i] = reach[i + 1] if reach[i + 1] >= 0 else self._closes(i, label)
        return reach

    def _closes(self, i: int, label: int) -> int:
        """`i` if the label from `label` to dot `i` may stand before the top-level domain that follows, else -1."""
        return i if self._name_ends[i] >= 0 and self._underscores[i] < label else -1

    def end_from(self, start: int) -> int:
        """Where the longest host from `start` ends, or -1; what stands at `start` may begin a label."""
        i = bisect_left(self.dots, start)
        if i == len(self.dots) or self._text[self.dots[i] - 1] in "-_":
            return -1
        last = self._reach[i + 1] if self._reach[i + 1] >= 0 else self._closes(i, start)
        return self._name_ends[last] if last >= 0 else -1


def _tail_end(text: str, at: int) -> tuple[int, bool]:
    """Where port, path and query after a host end, and whether there is a path."""
    port = _PORT.match(text, at)
    at = port.end() if port else at
    has_path = text[at : at + 1] == "/"
    at = _path_end(text, at + 1) if has_path else at
    if text[at : at + 1] == "?":
        run = _QUERY_RUN.match(text, at + 1)
        query = run.group().rstrip(_QUERY_MAY_NOT_END) if run else ""
        at = at + 1 + len(query) if query else at
    return at, has_path


def _path_end(text: str, at: int) -> int:
    """Where a path ends: at its last letter, digit or one of `+-=_#/`, and what parentheses come right after that."""
    end = at
    while at >= 0:
        run = _run_end(text, at)
        kept = len(text[at:run].rstrip(_PATH_MAY_NOT_END))
        end = at + kept if kept else end
        at = _parenthesis_end(text, run)
    while (closed := _parenthesis_end(text, end)) >= 0:
        end = closed
    return end


def _parenthesis_end(text: str, at: int) -> int:
    """The end of `(path)` or `(path(path)path)` at this place, or -1; one level of nesting, as Twitter has it."""
    if text[at : at + 1] != "(":
        return -1
    inner = _run_end(text, at + 1)
    if text[inner : inner + 1] == "(":
        nested = _run_end(text, inner + 1)
        if nested == inner + 1 or text[nested : nested + 1] != ")":
            return -1
        inner = _run_end(text, nested + 1)
    return inner + 1 if inner > at + 1 and text[inner : inner + 1] == ")" else -1


def _run_end(text: str, at: int) -> int:
    run = _PATH_RUN.match(text, at)
    return run.end() if run else at


def _wanted(text: str, start: int, host_start: int, host_end: int, end: int, has_path: bool) -> Iterator[tuple[int, int]]:
    """What of a match is a link: all of it with `http://`, else the Latin hosts in it, the last one with its path."""
    host = text[host_start:host_end]
    encoded = _encoded_length(host)
    protocol = host_start - start or len("https://")
    if encoded < 0 or protocol + (end - start) + encoded - len(host) > MAX_URL_LENGTH:
        return
    if host_start > start:
        tco = _TCO.match(text, start, end)
        if tco is None or len(tco[1]) <= MAX_SLUG_LENGTH:
            yield start, tco.end() if tco else end
    elif start == 0 or text[start - 1] not in "-_./":
        latin = [(start + a, start + b) for a, b in _latin_hosts(host)]
        yield from latin[:-1]
        yield from ((a, end if has_path else b) for a, b in latin[-1:])


def _latin_hosts(host: str) -> Iterator[tuple[int, int]]:
    """The parts of a host that are hosts in Latin letters, accents included: labels, dots, top-level domain."""
    for run in _LATIN_RUN.finditer(host):
        start, found = run.start(), -1
        for i in range(run.start(), run.end()):
            if host[i] == ".":
                if i == start:
                    start = i + 1
                else:
                    found = max(found, name_end(host, i + 1))
        if found >= 0:
            yield start, found


def _encoded_length(host: str) -> int:
    """The length of a host in ASCII (punycode, RFC 3490), or -1 if one of its labels cannot be written so."""
    lengths = [_encoded_label_length(label) for label in _LABEL_BREAK.split(host)]
    return sum(lengths) + len(lengths) - 1 if max(lengths) <= MAX_LABEL_LENGTH else -1


def _encoded_label_length(label: str) -> int:
    """The length of a label in ASCII; more than allowed for one that cannot be written so."""
    if label.isascii():
        return len(label)
    if len(label) > MAX_LABEL_LENGTH or label[:4].lower() == "xn--":  # punycode is never shorter than its text
        return MAX_LABEL_LENGTH + 1
    return len("xn--") + len(label.encode("punycode"))
