"""The exercises of chapter 00, the tour: batches, and a page that ends where it should.

In the case study: ``push_fan_out`` (batches of 1,000) and ``get_timeline`` of the timeline storage, whose inclusive
``max_position`` repeats the tweet at the border. Invariant judged here: no id twice, none skipped, an end that is one.
Twitter's API has the exclusive cursor's opposite for history: ``max_id`` is inclusive, and every client subtracts 1.
"""

from __future__ import annotations

from collections.abc import Sequence

from twitlab.lab.exercises import function, value

FOLLOWERS, BATCH = 4_200, 1_000
Answer = tuple[list[int], int | None]


def batches_until(place: int, size: int) -> int:
    """After how many batches of `size` followers the one at `place` (from 0) is reached."""
    return place // size + 1


def page_of(ids: Sequence[int], count: int, below: int | None = None) -> Answer:
    """At most `count` ids older than `below`, newest first, and the next cursor (None at the end)."""
    rest = [one for one in ids if below is None or one < below]
    page, more = rest[:count], len(rest) > count
    return page, page[-1] if more else None


def _inclusive(ids: Sequence[int], count: int, below: int | None = None) -> Answer:
    return page_of(ids, count, None if below is None else below + 1)


def _endless(ids: Sequence[int], count: int, below: int | None = None) -> Answer:
    page, _ = page_of(ids, count, below)
    return page, page[-1] if page else None


def _full_means_more(ids: Sequence[int], count: int, below: int | None = None) -> Answer:
    page, _ = page_of(ids, count, below)
    return page, page[-1] if len(page) == count else None


def _searches(ids: Sequence[int], count: int, below: int | None = None) -> Answer:
    start = 0 if below is None else list(ids).index(below) + 1
    page = list(ids[start : start + count])
    return page, page[-1] if len(ids) > start + count else None


def _always_from_the_top(ids: Sequence[int], count: int, below: int | None = None) -> Answer:
    return page_of(ids, count)


EXERCISES = (
    value(
        "00.1",
        reference=lambda: -(-FOLLOWERS // BATCH),
        hint="Divide the followers by the size of a batch; what is left over needs a batch too.",
        mistakes=[
            (lambda: FOLLOWERS // BATCH, "The last 200 followers want the tweet as well: round up."),
            (lambda: FOLLOWERS / BATCH, "There is no 0.2 of a batch: a batch may be nearly empty, but it is one."),
            (lambda: FOLLOWERS, "That is one batch for each follower: a batch holds 1,000."),
        ],
        done="four full batches and one of 200.",
    ),
    function(
        "00.2",
        reference=batches_until,
        cases=lambda: [(0, 10), (9, 10), (10, 10), (25, 10), (999, 1_000), (30_999_999, 1_000)],
        hint="Count the batches that lie before the follower's own, then add that one.",
        mistakes=[
            (lambda place, size: place // size, "That counts the batches *before* the follower's own: add it."),
            (lambda place, size: (place + 1) // size, "Place 0 is in batch 1, although that batch is not full yet."),
            (lambda place, size: -(-place // size), "Places count from 0: place 10 is the first of the second batch."),
            (lambda place, size: place / size + 1, "Whole batches only: divide with `//`."),
        ],
        done="the last of 31 million followers waits for 31,000 batches.",
    ),
    function(
        "00.3",
        reference=page_of,
        cases=lambda: [
            ([5, 4, 3, 2, 1], 2, None),
            ([5, 4, 3, 2, 1], 2, 4),
            ([5, 4, 3, 2, 1], 2, 2),
            ([5, 4, 3, 2], 2, 4),
            ([7, 6, 5, 4, 2, 1], 2, 3),
            ([], 3, None),
            ([9, 8], 2, None),
        ],
        hint="Keep the ids smaller than `below`, cut after `count`, and look whether anything is left.",
        mistakes=[
            (_inclusive, "The border belongs to the page before: strictly smaller than `below`."),
            (_endless, "At the end the cursor is None; otherwise the reader asks for ever."),
            (_full_means_more, "A full page may be the last one: look one id further before you promise more."),
            (_searches, "The tweet at the border may be deleted by now: compare with it, do not search for it."),
            (_always_from_the_top, "Every page begins at the top: leave out what is not older than `below`."),
        ],
        done="no tweet twice, none skipped, and an end.",
    ),
)
