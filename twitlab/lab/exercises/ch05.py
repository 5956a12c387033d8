"""The exercises of chapter 05, fan-out: a planner with a fair queue, its prices, and its turns.

In the case study: `optimized_fan_out`, with a threshold that nobody explains.
Invariant judged here: a choice is an inequality between two prices, a threshold a patience times a speed.
At Twitter the fan-out of an author with 31 million followers took up to five minutes; then it was left to be pulled.
"""

from __future__ import annotations

from twitlab.lab.exercises import close, function, judged, value
from twitlab.lab.exercises.ch05_parts import Draft, judge_fanout, with_faults


def cheapest(edges: list[tuple[float, float]], push_cost: float, pull_cost: float) -> float:
    """The work of a day when each edge, (the author's posts, the reader's reads), is pushed or pulled, whichever is less."""
    return sum(min(push_cost * posts, pull_cost * reads) for posts, reads in edges)


def finished(followers: list[int], batch: int) -> list[int]:
    """Authors post at one moment, in this order, and take turns: after how many batches is each one done?"""
    left, done, ticks = list(followers), [0] * len(followers), 0
    while any(left):
        for author, count in enumerate(left):
            if count:
                ticks += 1
                left[author] = max(count - batch, 0)
                done[author] = ticks
    return done


def threshold(deliveries_per_s: float, busy: float, patience_s: float) -> int:
    """The most followers a post may be pushed to if nobody behind it in the queue shall wait longer than the patience."""
    return int(deliveries_per_s * (1 - busy) * patience_s)


def _in_a_row(followers: list[int], batch: int) -> list[int]:
    ticks = [-(-count // batch) for count in followers]
    return [sum(ticks[: number + 1]) for number in range(len(ticks))]


EXERCISES = (
    judged(
        "05.1",
        judge=judge_fanout,
        reference=Draft,
        mistakes=[
            (with_faults(at_once=True), "Push in step()"),
            (with_faults(whole=True), "cut the list into batches"),
            (with_faults(pushes_all=True), "leave the tweet to be pulled"),
            (with_faults(notes=False), "must be noted"),
            (with_faults(empty_lanes=True), "no batch, no lane"),
            (with_faults(turns=False), "the lane goes to the end"),
            (with_faults(pops_first=True), "only after its push"),
        ],
        done="batches, turns, a failed push survived, and three random stories that agree with mini.",
    ),
    value(
        "05.2",
        reference=lambda: 500_000_000 * 700 / 86_400,
        hint="Tweets a day times followers, over the seconds of a day.",
        mistakes=[
            (lambda: 500_000_000 * 700, "That is a day's deliveries: a day has 86,400 seconds."),
            (lambda: 500_000_000 / 86_400, "Those are tweets a second: each one goes to 700 followers."),
            (lambda: 300_000 * 700, "300,000 a second are reads; deliveries come from posts."),
        ],
        same=close(0.02),
        done="about four million a second, for six thousand posts a second.",
    ),
    function(
        "05.3",
        reference=cheapest,
        cases=lambda: [
            ([(2, 10), (10, 2)], 1, 1),
            ([(2.5, 144)] * 3, 1, 1),
            ([(100, 1), (100, 50), (1, 0)], 5, 20),
            ([(3, 4), (7, 2)], 2, 3),
            ([], 1, 1),
        ],
        hint="Per edge: the smaller of push_cost * posts and pull_cost * reads; then the sum.",
        mistakes=[
            (
                lambda edges, push, pull: min(push * sum(p for p, _ in edges), pull * sum(r for _, r in edges)),
                "That makes one choice for all edges: choose for each edge, then add up.",
            ),
            (
                lambda edges, push, pull: sum(min(push * r, pull * p) for p, r in edges),
                "The other way round: a post is pushed, a read pulls.",
            ),
            (
                lambda edges, push, pull: sum(max(push * p, pull * r) for p, r in edges),
                "That is the dearest choice: take the smaller one.",
            ),
        ],
        done="Feeding Frenzy's result: the best global plan is the best choice for each edge.",
    ),
    function(
        "05.4",
        reference=finished,
        cases=lambda: [([40, 20], 10), ([25, 10, 31], 10), ([1_000_000, 200, 200], 1_000), ([5, 0, 5], 10), ([], 10)],
        hint="Go round: each author with followers left gets one batch, and the tick counter goes up by one.",
        mistakes=[
            (_in_a_row, "That is one queue for all: after each batch it is the next author's turn."),
            (
                lambda followers, batch: finished([count // batch * batch for count in followers], batch),
                "The last, smaller batch takes a turn too: round up.",
            ),
        ],
        done="the million waits two turns longer, the small ones nearly a thousand less.",
    ),
    function(
        "05.5",
        reference=threshold,
        cases=lambda: [(285_000, 0.3, 5), (200_000, 0.5, 10), (50_000, 0.0, 5)],
        hint="What is free of the workers, deliveries_per_s * (1 - busy), times the seconds that you accept.",
        mistakes=[
            (
                lambda rate, busy, patience: int(rate * patience),
                "The other posts keep a part of the workers busy: only 1 - busy is free.",
            ),
            (
                lambda rate, busy, patience: int(rate * busy * patience),
                "busy is the part that is taken; the free part is 1 - busy.",
            ),
        ],
        same=close(0.001),
        done="a threshold is a patience, times a speed.",
    ),
)
