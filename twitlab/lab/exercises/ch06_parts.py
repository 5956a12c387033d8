"""The judge of chapter 06's Build-it: a merge of sources that stop early, carrying a whole Twitter's home timeline.

In the case study: "merge and sort", over a push list of 800 and 10 (or 5) tweets of each celebrity, whatever is missing
in between. Invariant judged here: what is older than the largest floor is left for the next page, and nothing is lost.
Twitter's search did the same over its partitions (`RecencyResponseMerger`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from twitlab.lab.exercises import Wrong, show
from twitlab.lab.referee import referee
from twitlab.services.timelines import Timelines

Source = tuple[list[int], int]
"""Ids newest first, and the floor: everything from it upwards has been told; 0: everything there is."""
Merge = Callable[[list[Source], int], tuple[list[int], int | None]]

STORIES = 25


def merge(sources: Sequence[Source], size: int) -> tuple[list[int], int | None]:
    """At most ``size`` ids, newest first, that nothing can be missing between; and below which id to go on (None: end)."""
    bound = max((floor for _, floor in sources), default=0)
    ids = sorted({one for known, _ in sources for one in known if one >= bound}, reverse=True)
    if len(ids) > size:
        return ids[:size], ids[size - 1]
    return ids, bound or None


CASES: tuple[tuple[list[Source], int, str], ...] = (
    ([([5, 3], 0), ([4, 1], 0)], 9, "Newest first, from all sources together."),
    ([([5, 3], 0), ([5, 4], 0)], 9, "A tweet that two sources know is one tweet: show it once."),
    ([([9, 8], 8), ([], 0)], 9, "A short page is not the end while a source has stopped early: go on below its floor."),
    ([([9, 8], 8), ([7, 2], 0)], 9, "A source that stopped early may know more below its floor: leave what is older."),
    ([([9, 3], 3), ([8, 7], 7), ([2], 0)], 9, "With several floors, the largest one counts: below it one source is silent."),
    ([([9, 8, 7, 6], 0)], 2, "The page was cut: go on below the last id that it shows."),
    ([([9, 8], 0)], 2, "Nothing is left and no source has stopped early: say None, the walk is over."),
    ([([], 6), ([4], 0)], 9, "An empty page may have a next one: go on below the floor."),
)
"""Sources, a page's size, and what a learner should hear who gets this one wrong."""


def judge_merge(answer: Any) -> None:
    """The cases above, then a whole Twitter whose home timeline is merged by the answer, judged by the referee."""
    if not callable(answer):
        raise Wrong("hand in your function's name, without brackets behind it.")
    for sources, size, hint in CASES:
        got, right = answer([(list(ids), floor) for ids, floor in sources], size), merge(sources, size)
        if got != right:
            raise Wrong(f"merge({show(sources)}, {size}) gave {show(got)}, should be {right}. {hint}")
    found = referee(type("YourTimelines", (MergedTimelines,), {"merge": staticmethod(answer)}), stories=STORIES)
    if not found.passed:
        raise Wrong(f"on a whole Twitter it goes wrong in this story: {'; '.join(found.story)}.")


class MergedTimelines(Timelines):
    """twitlab's timelines, except that every source tells only a few ids at a time and ``merge`` puts them together."""

    merge: Merge = staticmethod(merge)

    def _candidates(self, user_id: int, below: int, size: int) -> Iterator[int]:
        following = self._graph.following(user_id)
        while True:
            streams: list[tuple[Iterator[int], int]] = [(self._pushed(user_id, below, size), 3)]
            streams.append((self._tweets.views.of_author(user_id, below), 2))
            for author, last in list(self._store.unpushed.items()):
                if author in following:
                    streams.append((self._tweets.views.of_author(author, min(below, last + 1)), 1))
            page, further = self.merge([_told(stream, count) for stream, count in streams], size)
            yield from page
            if further is None:
                return
            if further >= below:
                raise Wrong(f"going on below {further} after a page below {below}: the walk never ends.")
            below = further


def _told(stream: Iterator[int], count: int) -> Source:
    ids = list(islice(stream, count))
    return ids, (ids[-1] if len(ids) == count else 0)


# ---------------------------------------------------------------- what learners write first


def keeps_all(sources: list[Source], size: int) -> tuple[list[int], int | None]:
    """The case study's: merge, sort, cut."""
    ids = sorted({one for known, _ in sources for one in known}, reverse=True)
    return ids[:size], ids[size - 1] if len(ids) > size else max(floor for _, floor in sources) or None


def smallest_floor(sources: list[Source], size: int) -> tuple[list[int], int | None]:
    """Takes the smallest floor of those that stopped early."""
    floors = [floor for _, floor in sources if floor] or [0]
    return merge([(known, min(floors) if floor else 0) for known, floor in sources], size)


def twice(sources: list[Source], size: int) -> tuple[list[int], int | None]:
    """Shows a tweet as often as it is known."""
    page, further = merge(sources, size)
    every = sorted((one for known, _ in sources for one in known if one in page), reverse=True)
    return every[:size], further


def below_the_floor(sources: list[Source], size: int) -> tuple[list[int], int | None]:
    """Goes on below the floor even when the page was cut above it."""
    page, _ = merge(sources, size)
    return page, max(floor for _, floor in sources) or None


def short_is_over(sources: list[Source], size: int) -> tuple[list[int], int | None]:
    """Takes a short page for the end."""
    page, further = merge(sources, size)
    return page, further if len(page) == size else None


def never_over(sources: list[Source], size: int) -> tuple[list[int], int | None]:
    """Always names the last id as the place to go on."""
    page, further = merge(sources, size)
    return page, page[-1] if further is None and page and len(page) == size else further


def oldest_first(sources: list[Source], size: int) -> tuple[list[int], int | None]:
    """Forgets to turn the order round."""
    page, further = merge(sources, size)
    return page[::-1], further
