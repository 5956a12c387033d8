"""The referee: judges a learner's part against mini, and tells the shortest story in which it is wrong.

The case study asks nobody to prove anything. Here ``referee(MyTimelines)`` plays hundreds of random stories (drawn by
Hypothesis, told by ``lab/stories``) and makes the first failing one as short as it can (``lab/plots``). The invariant:
the same class gets the same verdict, and twitlab's own parts pass. Real teams run such model-based tests nightly;
QuickCheck found races in LevelDB and in Dropbox's file sync that years of hand-written tests had missed.
"""

from __future__ import annotations

import html
import importlib
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from twitlab.core.clock import ManualClock
from twitlab.core.errors import InvalidRequest
from twitlab.core.snowflake import PATIENCE_MS, timestamp_ms
from twitlab.lab.plots import Failure, draws, improvise, shorten
from twitlab.lab.stage import Stage
from twitlab.lab.stories import Act, Broken

Trial = tuple[Callable[[Any], Any], Callable[[Any], tuple[str, ...]]]
"""Two functions: a drawn story's failure (None: all was right), and the lines of the shortest story behind a failure."""
START_MS = 1_700_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the referee found. ``story``: the shortest failing story, a line a step, its last line wrong; () if it passed.

    ``viz.diagrams.lanes(verdict.lanes, caption=...)`` draws it: the lines are the steps.
    """

    part: str
    passed: bool
    stories: int
    story: tuple[str, ...] = ()

    @property
    def lanes(self) -> tuple[str, ...]:
        """The steps of the story, as a lane diagram takes them."""
        return self.story

    def __str__(self) -> str:
        if self.passed:
            return f"{self.part} passed {self.stories} stories: no difference from mini."
        return "\n".join([f"{self.part} is wrong. The shortest story found:", *(f"  {line}" for line in self.story)])

    def _repr_html_(self) -> str:
        first, *steps = str(self).split("\n")
        body = "".join(f"<li>{html.escape(step.strip())}</li>" for step in steps)
        return f"<div><b>{html.escape(first)}</b>{f'<ol>{body}</ol>' if body else ''}</div>"


def referee(part: Any, name: str = "auto", *, stories: int = 300, seed: int = 0) -> Verdict:
    """Judge a part: ``name`` is "timelines" or "ids" ("auto": by its methods).

    Parameters
    ----------
    part: a class, as ``Twitter(timelines=part)`` takes it. ``get_timeline`` may return a ``Page``, or a plain list (of
        tweets, ids or dictionaries with a ``tweet_id``), which is judged as one page.
    stories: how many random stories a right part has to pass (300 take 5 to 10 seconds).
    seed: the same seed tells the same stories.

    Raises ``InvalidRequest`` if the part has neither method, or if hypothesis is not installed.
    """
    if name == "auto":
        name = next(
            (found for found, method in (("timelines", "get_timeline"), ("ids", "next_id")) if hasattr(part, method)), ""
        )
    if name not in _TRIALS:
        raise InvalidRequest(f"referee({_called(part)}): give a class with get_timeline (timelines) or next_id (ids)")
    hypothesis = _hypothesis()
    draw, trial = _TRIALS[name]
    with trial(part) as (play, shortest):
        failure = _first(hypothesis, draw(hypothesis.strategies), play, stories, seed)
        lines = shortest(failure) if failure else ()
    return Verdict(part=_called(part), passed=failure is None, stories=stories, story=lines)


def _first(hypothesis: Any, drawn: Any, play: Callable[[Any], Any], stories: int, seed: int) -> Any:
    """The first failure within the budget, or None."""
    failures: list[Any] = []

    def fails(story: Any) -> bool:
        failure = None if failures else play(story)
        failures.extend([failure] if failure else [])
        return bool(failures)

    rules = hypothesis.settings(
        max_examples=stories,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    with suppress(hypothesis.errors.NoSuchExample):
        hypothesis.find(drawn, fails, settings=rules, random=random.Random(seed))
    return failures[0] if failures else None


def _hypothesis() -> Any:
    try:
        import hypothesis

        importlib.import_module("hypothesis.errors")
        importlib.import_module("hypothesis.strategies")
    except ModuleNotFoundError:
        raise InvalidRequest(
            "the referee needs hypothesis, which is not installed: pip install 'twitlab[notebooks]' brings it"
        ) from None
    return hypothesis


def _called(part: Any) -> str:
    return str(getattr(part, "__name__", type(part).__name__))


# ---------------------------------------------------------------- timelines


@contextmanager
def _timeline_trial(part: Any) -> Iterator[Trial]:
    with Stage(part) as stage:

        def play(drawn: Any) -> Any:
            return stage.play(lambda story: improvise(story, drawn))

        def retell(acts: Sequence[Act]) -> Failure | None:
            return stage.play(lambda story: story.tell(acts))

        yield play, lambda failure: shorten(failure, retell)[1]


# ---------------------------------------------------------------- ids

IdAct = tuple[str, int]


class _TickingClock(ManualClock):
    """A manual clock that ticks when it is asked very often, for parts that wait by asking."""

    def __init__(self) -> None:
        super().__init__(START_MS)
        self._asked = 0

    def now_ms(self) -> int:
        self._asked += 1
        if self._asked % 20_000 == 0:
            self.advance(1)
        return super().now_ms()


def _id_acts(st: Any) -> Any:
    makes = st.tuples(st.just("makes"), st.sampled_from([1, 2, 1, 2, 3, 4097]))
    moves = st.tuples(st.sampled_from(["forward", "back"]), st.sampled_from([1, 1_000, 4_000, 60_000]))
    return st.lists(st.one_of(makes, moves), max_size=8)


@contextmanager
def _id_trial(part: Any) -> Iterator[Trial]:
    def play(acts: Sequence[IdAct]) -> tuple[Sequence[IdAct], tuple[str, ...]] | None:
        try:
            _play_ids(part, acts)
        except Broken as end:
            return acts, end.lines
        return None

    def shortest(failure: tuple[Sequence[IdAct], tuple[str, ...]]) -> tuple[str, ...]:
        acts, lines = failure
        simpler = [[*acts[:at], *acts[at + 1 :]] for at in range(len(acts))]
        simpler += [
            [*acts[:at], ("makes", 1), *acts[at + 1 :]] for at, act in enumerate(acts) if act[0] == "makes" and act[1] > 1
        ]
        found = next((failed for some in simpler if (failed := play(some))), None)
        return shortest(found) if found else lines

    yield play, shortest


def _play_ids(part: Any, acts: Sequence[IdAct]) -> None:
    """Ids of two workers, each in its turn, on one clock: they grow, never meet, and carry the time and the worker."""
    clock, lines, last, seen = _TickingClock(), list[str](), {1: -1, 2: -1}, set[int]()
    workers = {number: part(number, clock) for number in last}
    for kind, count in acts:
        if kind != "makes":
            clock.advance(count if kind == "forward" else -count)
            lines.append(f"clock goes {kind} {count} ms")
            continue
        for number, worker in workers.items():
            line = f"worker {number} makes {count} ids"
            for _ in range(count):
                began = clock.now_ms()
                too_far = last[number] >= 0 and timestamp_ms(last[number]) - began > PATIENCE_MS
                try:
                    made = worker.next_id()
                except Exception as error:
                    if too_far:
                        return  # as it must: nothing more can be made
                    raise Broken([*lines, f"{line}: {type(error).__name__}: {error}, should be an id"]) from error
                if too_far:
                    raise Broken([*lines, f"{line}, but the clock is over 5 s behind, should raise ClockMovedBackwards"])
                if wrong := _wrong_id(made, last[number], number, seen, began, clock.now_ms()):
                    raise Broken([*lines, f"{line}: {wrong}"])
                last[number] = made
                seen.add(made)
        lines.append(f"workers 1 and 2 make {count} ids each")


def _wrong_id(made: Any, last: int, worker: int, seen: set[int], began: int, ended: int) -> str:
    """What is wrong with one id, or nothing."""
    if type(made) is not int or not 0 <= made < 1 << 63:
        return f"{made!r:.40}, should be an int below 2**63"
    if made in seen:
        return "an id that exists already, should be new"
    if made <= last:
        return "an id smaller than the one before, should be larger"
    if made >> 12 & 1023 != worker:
        return f"worker {made >> 12 & 1023} in bits 12 to 21, should be {worker}"
    late = timestamp_ms(made) - ended
    if late > 0 or timestamp_ms(made) < began:
        off = late if late > 0 else began - timestamp_ms(made)
        return f"the time of an id is {off} ms off, should be the clock's (since 1288834974657)"
    return ""


_TRIALS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], AbstractContextManager[Trial]]]] = {
    "timelines": (draws, _timeline_trial),
    "ids": (_id_acts, _id_trial),
}
