"""The exercises of chapter 22, spot the bug: the learner mends the case study's code, the failing test judges.

In the case study: the same methods (quoted in ``twitlab.lab.spot_the_bug``); each is its exercise's first mistake.
Invariant judged here: the test that fails on the case study's lines holds on the learner's.
Real reviews work the same way: first the test that fails, then the fix, then both are kept.
"""

# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, disallow-incomplete-defs=False, check-untyped-defs=False

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from twitlab.lab.exercises import Exercise, Wrong, close, function, judged, value
from twitlab.lab.exercises.ch22_parts import (
    CountsBytes,
    CountsSymbols,
    CutsOff,
    ForgetsToSort,
    NeverCuts,
    OneSecondDown,
    OnlyPushes,
    PushedInsteadOfPulled,
    PushesToAll,
    RenewsWithPushes,
    SubtractsSeconds,
    Whole,
)
from twitlab.lab.spot_the_bug import bug
from twitlab.lab.spot_the_bug.stores import conditions
from twitlab.lab.spot_the_bug.timelines import StrictlyBelow

STORAGE = ("inclusive position", "time as score", "endless scroll", "one push", "pushes renew")


def judge(*keys: str) -> Callable[[Any], None]:
    """A judge that runs the tests of these defects, in this order."""

    def run(answer: Any) -> None:
        if not inspect.isclass(answer):
            raise Wrong("hand in the class itself, without brackets behind its name.")
        for key in keys:
            bug(key).must_hold(answer)

    return run


def mend(id: str, key: str, hint: str, *mistakes: tuple[Any, str], done: str) -> Exercise:
    """Mend one defect; `hint` is what the case study's own version gets."""
    defect = bug(key)
    every: Sequence[tuple[Any, str]] = [(defect.theirs, hint), *mistakes]
    return judged(id, judge=judge(key), reference=defect.fixed, mistakes=every, done=done)


def conditions_of_a_user_first(filters):
    """The case study's: the list is made only for a user."""
    found = {}
    if "user_id" in filters:
        found["filter"] = [{"term": {"user_id": filters["user_id"]}}]
    if "date_range" in filters:
        start, end = filters["date_range"]["start"], filters["date_range"]["end"]
        found["filter"].append({"range": {"created_at": {"gte": start, "lte": end}}})
    return found.get("filter", [])


def conditions_of_one(filters):
    """Only the first filter counts."""
    return conditions(filters)[:1]


def conditions_nested(filters):
    """The range is put into the user's condition."""
    return [dict(pair for one in conditions(filters) for pair in one.items())] if filters else []


RANGE = {"start": 3, "end": 5}
EXERCISES = (
    mend(
        "22.1",
        "no epoch",
        "count from a later epoch",
        (CutsOff, "the time wrapped"),
        (SubtractsSeconds, "count from a later epoch"),
        done="with Twitter's epoch the 41 bits last until July 2080.",
    ),
    mend(
        "22.2",
        "len for length",
        "nor are bytes",
        (CountsBytes, "nor are bytes"),
        (CountsSymbols, "141 Japanese letters weigh 282 and were accepted"),
        done="an emoji is two, however many code points it is made of.",
    ),
    judged(
        "22.3",
        judge=judge(*STORAGE),
        reference=Whole,
        mistakes=[
            (bug("time as score").theirs, "The position must be exclusive"),
            (OneSecondDown, "Go on directly below the border"),
            (StrictlyBelow, "Order by the member"),
            (bug("time as score").fixed, "on the first page a miss is a miss"),
            (PushesToAll, "Push only into a list that exists"),
            (RenewsWithPushes, "Only a read may renew it"),
        ],
        done="five tests hold: no tweet twice, none lost, an end, no one-tweet timeline, and idle lists expire.",
    ),
    mend(
        "22.4",
        "cached merge",
        "merge the pulled part at every read",
        (ForgetsToSort, "Sort what you merged"),
        done="the new tweet shows at once, and the pushed part is still cached.",
    ),
    mend(
        "22.5",
        "cached limit",
        "What was cached for one limit",
        (NeverCuts, "asked for 20, got 50"),
        done="20 and 50 are both right, from one cache entry.",
    ),
    mend(
        "22.6",
        "two clocks",
        "Route by the id in both directions",
        done="one clock decides where a tweet lives: the one inside its id.",
    ),
    function(
        "22.7",
        reference=conditions,
        cases=lambda: [({"date_range": RANGE},), ({"user_id": 7},), ({"user_id": 7, "date_range": RANGE},), ({},)],
        hint="Begin with an empty list; append one condition for each filter that is there.",
        mistakes=[
            (conditions_of_a_user_first, "The list must exist before the first `if`."),
            (conditions_of_one, "Both filters may be there: two conditions."),
            (conditions_nested, "Each condition is a dictionary of its own in the list."),
        ],
        done="each filter works alone.",
    ),
    mend(
        "22.8",
        "VIPs see double",
        "Show each id once",
        (OnlyPushes, "must still be pulled"),
        (PushedInsteadOfPulled, "still pulls the others"),
        done="pushed or pulled, or both: shown once.",
    ),
    value(
        "22.9",
        reference=lambda: 200_000_000 * 800 * 120 / 10**12,
        hint="Users times entries times bytes, divided by 10**12.",
        same=close(0.01),
        mistakes=[
            (lambda: 200_000_000 * 800 * 120 / 10**9, "That is gigabytes: a terabyte is 10**12 bytes."),
            (lambda: 200_000_000 * 1_000_000 / 10**12, "That is the assumed megabyte again: count entries instead."),
            (lambda: 450_000_000 * 800 * 120 / 10**12, "Timelines are kept for daily users: 200 million."),
        ],
        done="a tenth of the case study's 195 TB, by counting what is stored.",
    ),
)
