"""Spot the bug: every defect of the case study that we know, in its own words, with a failing test and a fix.

In the case study: everywhere; ``quoted_*`` holds its lines, ``stubs`` and ``more_stubs`` what they use and never define.
Invariant: each test fails on the case study's code and passes on the fix; tests/test_spot_the_bug.py runs all of them.
Real systems carry the same defects: most of these stand in the issue lists of open-source timelines.

>>> print(bug("no epoch").run()[:40])
breaks: an id made in 2040 takes 64 bits
>>> bug("no epoch").run(bug("no epoch").fixed)
'holds'
"""

from __future__ import annotations

from collections.abc import Collection

from twitlab.core.errors import InvalidRequest
from twitlab.lab.spot_the_bug import caches, graph, ids_and_numbers, pages, stores, timelines
from twitlab.lab.spot_the_bug.defect import Cabinet, Defect

GROUPS = ("ids and text", "timelines", "caches", "store", "search", "fan-out", "numbers")
DEFECTS: tuple[Defect, ...] = tuple(
    sorted(
        (
            *ids_and_numbers.DEFECTS,
            *timelines.DEFECTS,
            *pages.DEFECTS,
            *caches.DEFECTS,
            *graph.DEFECTS,
            *stores.DEFECTS,
        ),
        key=lambda defect: GROUPS.index(defect.group),
    )
)


def bug(key: str) -> Defect:
    """The defect of that key; ``InvalidRequest`` lists the keys if there is none."""
    for defect in DEFECTS:
        if defect.key == key:
            return defect
    raise InvalidRequest(f"no defect is called {key!r}: choose from {', '.join(defect.key for defect in DEFECTS)}")


def cabinet(*groups: str, but: Collection[str] = ()) -> Cabinet:
    """The defects of these groups (none named: of all), without those in ``but``, to be unfolded in a notebook."""
    if unknown := set(groups) - set(GROUPS):
        raise InvalidRequest(f"no group is called {min(unknown)!r}: choose from {', '.join(GROUPS)}")
    wanted = groups or GROUPS
    return Cabinet(tuple(defect for defect in DEFECTS if defect.group in wanted and defect.key not in but))


__all__ = ["DEFECTS", "GROUPS", "Cabinet", "Defect", "bug", "cabinet"]
