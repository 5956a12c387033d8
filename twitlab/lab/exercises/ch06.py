"""The exercises of chapter 06, the home timeline: merging, paging, and what a stored list may be trusted for.

In the case study: `get_timeline`, three times, and `rebuild_timeline_cache`, which it uses and never defines.
Invariant judged here: no tweet twice, none skipped, and the end is said exactly at the end.
Twitter kept 800 ids for each reader in Redis; Red Planet Labs' Mastodon keeps 600, in process memory.
"""

from __future__ import annotations

from twitlab.lab.exercises import close, function, judged, value
from twitlab.lab.exercises.ch06_parts import (
    CASES,
    below_the_floor,
    judge_merge,
    keeps_all,
    merge,
    never_over,
    oldest_first,
    short_is_over,
    smallest_floor,
    twice,
)


def page(ids: list[int], below: int | None, size: int) -> tuple[list[int], int | None]:
    """One page of ``ids`` (newest first), older than ``below``, and the next cursor: None exactly at the end."""
    rest = [one for one in ids if below is None or one < below]
    return rest[:size], (rest[size - 1] if len(rest) > size else None)


def trust(marked: bool, sentinel: bool, entries: int, cap: int) -> str:
    """What to do with a stored list: build it, read it alone, or read it and then the store."""
    if not (marked and sentinel):
        return "build"
    return "all here" if entries < cap else "then the store"


def later_page(now: list[tuple[int, int]], top: int, below: int, size: int) -> list[int]:
    """A later page of a walk over (id, original), newest first: of each original the newest occurrence up to ``top``."""
    shown: set[int] = set()
    rows = []
    for one, original in now:
        if one <= top and original not in shown:
            shown.add(original)
            rows.append(one)
    return [one for one in rows if one < below][:size]


def _repeats(now: list[tuple[int, int]], top: int, below: int, size: int) -> list[int]:
    return later_page([(one, original) for one, original in now if one < below], top, below, size)


def _looks_above(now: list[tuple[int, int]], top: int, below: int, size: int) -> list[int]:
    return later_page(now, 1 << 62, below, size)


EXERCISES = (
    judged(
        "06.1",
        judge=judge_merge,
        reference=merge,
        mistakes=[
            (oldest_first, CASES[0][2]),
            (twice, CASES[1][2]),
            (keeps_all, CASES[3][2]),
            (smallest_floor, CASES[4][2]),
            (below_the_floor, CASES[5][2]),
            (short_is_over, CASES[2][2]),
            (never_over, CASES[6][2]),
        ],
        done="the cases, and 25 stories of the referee on a Twitter whose pages your merge puts together.",
    ),
    value(
        "06.2",
        reference=lambda: 200_000_000 * 800 * 120 / 1e12,
        hint="Users times entries times bytes, over 10**12.",
        mistakes=[
            (lambda: 200_000_000 * 800 * 8 / 1e12, "8 bytes is the id alone: a sorted set needs 120 an entry."),
            (lambda: 200_000_000 * 120 / 1e12, "That is one entry a user: 800 are kept."),
            (lambda: 450_000_000 * 800 * 120 / 1e12, "Take the daily users: who is away for a month has no timeline."),
        ],
        same=close(0.02),
        done="Twitter reported about 40 TB for the timelines of one data centre in 2014.",
    ),
    function(
        "06.3",
        reference=page,
        cases=lambda: [
            ([9, 8, 7, 6, 5], None, 2),
            ([9, 8, 7, 6, 5], 8, 2),
            ([9, 8, 7, 6, 5], 6, 2),
            ([9, 8], None, 2),
            ([9, 7], 8, 2),
            ([], None, 2),
        ],
        hint="What is older than the cursor; the first `size` of it; a cursor only if something is left after them.",
        mistakes=[
            (
                lambda ids, below, size: page(ids, None if below is None else below + 1, size),
                "The cursor is exclusive: the last tweet of a page must not come again.",
            ),
            (
                lambda ids, below, size: ((got := page(ids, below, size)[0]), got[-1] if len(got) == size else None),
                "A full page can be the last one: look one further before you promise a next page.",
            ),
            (
                lambda ids, below, size: ((got := page(ids, below, size)[0]), got[-1] if got else None),
                "The end must be said at the end: otherwise every walk asks for one empty page more.",
            ),
        ],
    ),
    function(
        "06.4",
        reference=trust,
        cases=lambda: [
            (True, True, 20, 800),
            (True, True, 0, 800),
            (True, True, 800, 800),
            (True, True, 831, 800),
            (False, True, 20, 800),
            (True, False, 1, 800),
            (False, False, 0, 800),
        ],
        hint="Both signs or build; then: fewer entries than the cap means that everything is there.",
        mistakes=[
            (
                lambda m, s, n, cap: "build" if n == 0 else trust(m, s, n, cap),
                "Built and empty is an answer too: somebody who follows nobody would build on every read.",
            ),
            (
                lambda m, s, n, cap: trust(m or n > 0, s or n > 0, n, cap),
                "Entries prove nothing: one push after an expiry leaves one. Ask for both signs.",
            ),
            (
                lambda m, s, n, cap: "all here" if trust(m, s, n, cap) == "then the store" else trust(m, s, n, cap),
                "A full list has lost its oldest entries: below it the store goes on.",
            ),
        ],
    ),
    function(
        "06.5",
        reference=later_page,
        cases=lambda: [
            ([(9, 9), (8, 3), (7, 7), (5, 5), (3, 3), (2, 2)], 9, 7, 3),
            ([(12, 5), (9, 9), (8, 3), (7, 7), (5, 5), (3, 3), (2, 2)], 9, 7, 3),
            ([(12, 12), (9, 9), (5, 5), (4, 4)], 9, 7, 1),
            ([(9, 9)], 9, 7, 3),
        ],
        hint="First forget what is newer than top; then keep of each original the newest; then take what is below.",
        mistakes=[
            (_repeats, "What an earlier page showed as a retweet must not come again: choose before you cut at `below`."),
            (_looks_above, "A retweet that is newer than the walk's top takes no part: it would push its original out."),
        ],
        done="a walk is one moment's list, however long it takes.",
    ),
)
