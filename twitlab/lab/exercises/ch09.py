"""The exercises of chapter 09, trends: a detector built and tried on seven series, and the counting around it.

In the case study: ``TrendingAnalyzer``, used and never defined, and exercise problem 2. Invariant judged here: what is
usual never rings, one account never rings, one burst rings once, and what stays becomes usual.
Mastodon scores (o - e)^2 / e on the accounts of two days; Gnip measures the rise in Poisson intervals.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from twitlab.lab.exercises import Wrong, function, judged, show, value

HOUR = 3_600_000
Series = list[list[int]]

# ---------------------------------------------------------------- 09.1, Build it


def _people(*counts: int) -> Series:
    """Samples with so many different authors each."""
    return [list(range(count)) for count in counts]


def _noise(most: int, samples: int = 600) -> Series:
    rng = random.Random(5)
    return _people(*(rng.randint(0, most) for _ in range(samples)))


USUAL = _people(*[20] * 300)
BURST = _people(*[80, 40] * 6)


def _alarms(answer: Any, series: Series) -> tuple[list[int], float]:
    """Where a new detector's score steps to 1 or more, and its last score."""
    detector, before, found = answer(), 0.0, []
    for at, authors in enumerate(series):
        score = detector.update(list(authors))
        if isinstance(score, bool) or not isinstance(score, int | float) or math.isnan(score):
            raise Wrong(f"update(…) gave {show(score)}, which is no score. Is a `return` missing?")
        if before < 1 <= score:
            found.append(at)
        before = float(score)
    return found, before


def judge_detector(answer: Any) -> None:
    """Try a detector on a constant series, noise, a flood, a burst, its end, and a level that stays."""
    if not callable(getattr(answer, "update", None)):
        raise Wrong(f"{show(answer)} has no update: hand in the class.")
    if _alarms(answer, USUAL)[0]:
        raise Wrong("20 people in every sample, and it rang. The first 12 samples score 0: what is usual is not known yet.")
    if _alarms(answer, _people(*[0] * 100, 1, 2, 1, 0, 2))[0]:
        raise Wrong("silence, then 2 people, and it rang. Put `mean + 1` under the root: the noise of counting.")
    if _alarms(answer, _noise(40))[0]:
        raise Wrong("0 to 40 people at random, and it rang. Put the measured variance under the root: noise is usual too.")
    if _alarms(answer, USUAL + [[*range(20), *[3] * 300] for _ in range(6)])[0]:
        raise Wrong("one account posted 300 times, and it rang. Count different authors: len(set(authors)).")
    found, _ = _alarms(answer, USUAL + BURST)
    if not found or found[0] > len(USUAL) + 2:
        raise Wrong("20 people, then 80, and it did not ring within three samples. Is the score rise / margin?")
    if len(found) > 1:
        raise Wrong(f"one burst (80, 40, 80, 40, …) rang {len(found)} times. It is over only below half of the margin.")
    _, last = _alarms(answer, USUAL + BURST + USUAL[:24])
    if last >= 1:
        raise Wrong("the burst ended two hours ago and the score is still 1 or more. Below half of the margin it is over.")
    _, last = _alarms(answer, USUAL + _people(*[60] * 2_000))
    if last >= 1:
        raise Wrong("60 people for a week still ring. A level that stays is the new usual: learn during the burst too.")


class Reference:
    """The detector of the chapter; its faults are switched on by a subclass."""

    warm, noise, varies, unique, holds, ends, learns = 12, 1.0, True, True, True, True, True

    def __init__(self) -> None:
        self.samples, self.mean, self.variance, self.bursting = 0, 0.0, 0.0, False

    def update(self, authors: Sequence[int]) -> float:
        """The score of the next sample."""
        rise = len(set(authors) if self.unique else authors) - self.mean
        margin = 3 * math.sqrt(self.varies * self.variance + self.noise * (self.mean + 1) + 1e-9)
        score = 0.0
        if self.samples >= self.warm:
            if rise >= margin:
                self.bursting = True
            elif self.ends and rise < (margin / 2 if self.holds else margin):
                self.bursting = False
            score = max(1.0, rise / margin) if self.bursting else min(max(0.0, rise / margin), 0.999)
        self.samples += 1
        if self.learns or not self.bursting:
            w = max(1 / self.samples, 1 / 400)
            self.mean += w * rise
            self.variance = (1 - w) * (self.variance + w * rise * rise)
        return score


def _with(**faults: Any) -> type[Reference]:
    return type("Draft", (Reference,), faults)


# ---------------------------------------------------------------- 09.3 to 09.5

Tweets = list[tuple[int, int, str]]
NOON = 1_700_006_400_000  # 2023-11-15 00:00 UTC: midnight lies inside every window
SAID: Tweets = [
    (NOON - HOUR, 1, "#storm"),
    (NOON - HOUR + 1, 2, "#storm"),
    (NOON - 60_000, 3, "#storm"),
    (NOON - 30_000, 3, "#storm"),
    (NOON - 20_000, 4, "#rain"),
    (NOON, 5, "#storm"),
    (NOON + 600_000, 6, "#storm"),
    (NOON + 700_000, 6, "#storm"),
    (NOON + 1_200_000, 7, "#storm"),
]


def _said(keep: Callable[[int, int], bool], *, people: bool = True) -> Callable[[Tweets, str, int], int]:
    def count(tweets: Tweets, tag: str, now: int) -> int:
        who = [author for when, author, said in tweets if said == tag and keep(when, now)]
        return len(set(who) if people else who)

    return count


people_of_last_hour = _said(lambda when, now: now - HOUR < when <= now)


def count_alarms(scores: Sequence[float]) -> int:
    """Steps from below 1 to 1 or more; before the first score there was silence."""
    return sum(before < 1 <= score for before, score in zip([0, *scores], scores, strict=False))


def registers(error: float) -> int:
    """The smallest b with ``1.04 / sqrt(2**b) <= error``."""
    return math.ceil(math.log2((1.04 / error) ** 2))


EXERCISES = (
    judged(
        "09.1",
        judge=judge_detector,
        reference=Reference,
        mistakes=[
            (_with(warm=0), "The first 12 samples score 0"),
            (_with(noise=0.0), "the noise of counting"),
            (_with(varies=False), "noise is usual too"),
            (_with(unique=False), "Count different authors"),
            (_with(holds=False), "It is over only below half of the margin"),
            (_with(ends=False), "Below half of the margin it is over"),
            (_with(learns=False), "learn during the burst too"),
        ],
        done="the usual, noise, a flood and silence do not ring; a burst rings once, ends, and becomes usual if it stays.",
    ),
    value(
        "09.2",
        reference=lambda: (20 - 4) ** 2 / 4,
        hint="(o − e)² / e with o = 20 today and e = 4 yesterday.",
        mistakes=[
            (lambda: (20 - 4) / 4, "Square the rise before you divide."),
            (lambda: (20 - 4) ** 2 / 20, "Divide by what was expected, not by what came."),
            (lambda: 20**2 / 4, "Subtract what was expected before you square."),
        ],
        done="from 40 to 56, the same 16 more, it would be 6.4.",
    ),
    function(
        "09.3",
        reference=people_of_last_hour,
        cases=lambda: [(SAID, "#storm", NOON), (SAID, "#storm", NOON + 1_000_000), (SAID, "#rain", NOON + 9 * HOUR)],
        hint="Collect the authors in a set; keep a tweet if now − 3,600,000 < its time ≤ now.",
        mistakes=[
            (_said(lambda when, now: now - HOUR < when <= now, people=False), "Those are tweets: one account is one person."),
            (_said(lambda when, now: now - HOUR <= when <= now), "A tweet of exactly an hour ago is out: `<`, not `<=`."),
            (_said(lambda when, now: now - HOUR < when < now), "A tweet of this very millisecond counts: `<= now`."),
            (
                _said(lambda when, now: now - HOUR < when),
                "Tweets ahead of `now` count too: a replayed day needs an upper border.",
            ),
            (
                _said(lambda when, now: when // HOUR == now // HOUR and when <= now),
                "That is the hour of the clock: it is empty at each full hour. Let the window slide.",
            ),
        ],
        done="the window slides; midnight is an hour like any other.",
    ),
    function(
        "09.4",
        reference=count_alarms,
        cases=lambda: [([0.2, 1.3, 1.1, 0.4, 1.0],), ([1.5, 2.0, 0.9, 0.9],), ([],), ([0.0, 0.99],), ([0.5, 1.0, 1.0],)],
        hint="Compare each score with the one before it: before < 1 <= score.",
        mistakes=[
            (lambda s: sum(x >= 1 for x in s), "Those are samples: one burst of ten samples is one alarm."),
            (
                lambda s: sum(a < 1 <= b for a, b in pairwise(s)),
                "The first score can be an alarm too: before it there was silence.",
            ),
            (
                lambda s: sum(a <= 1 < b for a, b in zip([0, *s], s, strict=False)),
                "A score of exactly 1 is an alarm: before < 1 <= score.",
            ),
            (
                lambda s: sum((a < 1) != (b < 1) for a, b in zip([0, *s], s, strict=False)),
                "That counts the ends as well: only steps upwards.",
            ),
        ],
    ),
    function(
        "09.5",
        reference=registers,
        cases=lambda: [(0.05,), (0.046,), (0.02,), (0.01,), (0.26,), (0.5,)],
        hint="Solve 1.04 / sqrt(2**b) = error for b: the log2 of (1.04 / error)², rounded up.",
        mistakes=[
            (lambda e: math.floor(math.log2((1.04 / e) ** 2)), "Rounded down the error is larger than allowed: round up."),
            (lambda e: math.ceil(math.log2(1.04 / e)), "The error falls with the square root: square 1.04 / error first."),
            (lambda e: math.ceil((1.04 / e) ** 2), "That is the number of registers; b is its exponent: take log2."),
            (lambda e: round(math.log2((1.04 / e) ** 2)), "Rounding to the nearest is sometimes too small: round up."),
        ],
        done="half the error costs four times the registers. Red Planet Labs takes 9: 4.6 %.",
    ),
)
