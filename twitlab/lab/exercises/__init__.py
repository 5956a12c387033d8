"""Exercises: what `check("02.1", answer)` looks up, one file a chapter (`ch02.py` holds `EXERCISES`).

The case study ends in four "Exercise Problems" without answers; here each exercise can judge an answer.
Invariant: an exercise stores no answer. It holds a *reference* that computes it, and the *mistakes* learners really
make, each with the hint it deserves; tests/test_checks.py proves that references pass and mistakes get their hints.
Real courses on GitHub ship a helper package with the solutions in it; here a learner imports `check` and nothing else.

Three ways to make one, the simplest that fits:

    value("02.1", reference=lambda: 41 + 10 + 12, hint="Add the three widths.")     the answer is a value
    function("02.2", reference=timestamp_ms, cases=lambda: [(7,)], hint="Shift.")   the answer is a function
    judged("02.4", judge=judge_class, reference=Snowflake)                          anything else: raise Wrong(hint)
"""

from __future__ import annotations

import copy
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Same = Callable[[Any, Any], bool]


class Wrong(Exception):
    """A judge's finding: the first failure, as one line with a hint in it."""


class NotStarted(Exception):
    """A judge's finding: a part of the answer is still `...`; the message names the part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A typical wrong answer and the hint that `check` must print for it.

    `make` returns the wrong answer; `hint` occurs in the printed line.
    """

    make: Callable[[], Any]
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """One exercise of a chapter.

    `id` is "NN.k"; `judge(answer)` returns, or raises `Wrong` or `NotStarted`; `reference()` returns a right answer;
    `done` is what the learner reads at the end.
    """

    id: str
    judge: Callable[[Any], None]
    reference: Callable[[], Any]
    mistakes: tuple[Mistake, ...] = ()
    done: str = "right."


def equal(expected: Any, got: Any) -> bool:
    """Equal in value and kind: True is not 1 and [1] is not (1,), but 2.0 is 2 and any two of list subclasses compare.

    >>> equal(2, 2.0), equal(1, True), equal([1], (1,))
    (True, False, False)
    """
    if isinstance(expected, bool) != isinstance(got, bool):
        return False
    return bool(expected == got)


def close(share: float) -> Same:
    """A comparison that forgives a relative error of `share` (0.02 is 2 %).

    >>> close(0.02)(100, 101), close(0.02)(100, 103), close(0.02)(100, "100")
    (True, False, False)
    """
    return lambda expected, got: isinstance(got, int | float) and abs(got - expected) <= share * abs(expected)


def value(
    id: str,
    *,
    reference: Callable[[], Any],
    hint: str,
    mistakes: Sequence[tuple[Callable[[], Any], str]] = (),
    same: Same = equal,
    done: str = "right.",
) -> Exercise:
    """An exercise whose answer is a value: compared with `reference()`, never shown.

    Each mistake is (a function that computes the wrong value, its hint); any other wrong value gets `hint`.
    """

    def judge(answer: Any) -> None:
        if same(reference(), answer):
            return
        own = (words for make, words in mistakes if same(make(), answer))
        raise Wrong(f"{show(answer)} is not it. {next(own, hint)}")

    kinds = tuple(Mistake(make=make, hint=words) for make, words in mistakes)
    return Exercise(id=id, judge=judge, reference=reference, mistakes=kinds, done=done)


def function(
    id: str,
    *,
    reference: Callable[..., Any],
    cases: Callable[[], Iterable[tuple[Any, ...]]],
    hint: str,
    mistakes: Sequence[tuple[Callable[..., Any], str]] = (),
    same: Same = equal,
    done: str = "right.",
) -> Exercise:
    """An exercise whose answer is a function: it must agree with `reference` on every tuple of arguments in `cases()`.

    Each mistake is (a wrong function, its hint). A learner whose function behaves like it in every case reads that
    hint, any other reads `hint`; both see the first case that differs. Arguments are copied, so changing them is fine.
    """

    def judge(answer: Any) -> None:
        if not callable(answer):
            raise Wrong(f"{show(answer)} is not a function: hand in its name, without brackets behind it.")
        arguments = list(cases())
        expected, got = ([outcome(f, args) for args in arguments] for f in (reference, answer))
        for args, right, mine in zip(arguments, expected, got, strict=True):
            if agree(right, mine, same):
                continue
            if mine == ("gave", "Ellipsis", Ellipsis):
                raise NotStarted("the function")
            if mine[:2] == ("gave", "NoneType"):
                raise Wrong(f"{called(answer, args)} returned None: is a `return` missing?")
            own = (words for f, words in mistakes if all(map(_like(same), (outcome(f, a) for a in arguments), got)))
            raise Wrong(f"{called(answer, args)} {told(mine)}, should be {show(right[2])}. {next(own, hint)}")

    kinds = tuple(Mistake(make=lambda f=f: f, hint=words) for f, words in mistakes)  # type: ignore[misc]
    return Exercise(id=id, judge=judge, reference=lambda: reference, mistakes=kinds, done=done)


def judged(
    id: str,
    *,
    judge: Callable[[Any], None],
    reference: Any,
    mistakes: Sequence[tuple[Any, str]] = (),
    done: str = "right.",
) -> Exercise:
    """An exercise with a judge of its own, for classes and anything odd: it raises `Wrong(hint)` at the first failure.

    Each mistake is (the wrong answer, a part of the hint that the judge must find for it).
    """
    kinds = tuple(Mistake(make=lambda a=answer: a, hint=words) for answer, words in mistakes)  # type: ignore[misc]
    return Exercise(id=id, judge=judge, reference=lambda: reference, mistakes=kinds, done=done)


# ---------------------------------------------------------------- words for judges


def show(thing: Any, most: int = 100) -> str:
    """A short, deterministic repr on one line: no addresses, sets in order.

    >>> show({3, 1, 2}), show(object()), show("x" * 300, most=10)
    ('{1, 2, 3}', '<object object>', "'xxxxxxxx…")
    """
    text = "{" + ", ".join(sorted(map(repr, thing))) + "}" if isinstance(thing, set | frozenset) and thing else repr(thing)
    text = " ".join(re.sub(r" at 0x[0-9a-fA-F]+", "", text).split())
    return text if len(text) <= most else text[: most - 1] + "…"


def called(answer: Any, args: tuple[Any, ...]) -> str:
    """The call as the learner would write it: `f(1, 'a')`."""
    return f"{getattr(answer, '__name__', 'your function')}({', '.join(show(arg, 40) for arg in args)})"


def told(result: tuple[str, str, Any]) -> str:
    """An outcome in words: "gave 3", "raised KeyError('x')"."""
    return f"{result[0]} {show(result[2])}"


def outcome(answer: Callable[..., Any], args: tuple[Any, ...]) -> tuple[str, str, Any]:
    """What a call came to: ("gave", type, value) or ("raised", type, exception)."""
    try:
        result = answer(*copy.deepcopy(args))
    except Exception as error:
        return "raised", type(error).__name__, error
    return "gave", type(result).__name__, result


def agree(one: tuple[str, str, Any], two: tuple[str, str, Any], same: Same = equal) -> bool:
    """Whether two outcomes are the same value, or the same kind of exception."""
    if one[0] != two[0]:
        return False
    return one[1] == two[1] if one[0] == "raised" else same(one[2], two[2])


def _like(same: Same) -> Callable[[Any, Any], bool]:
    return lambda one, two: agree(one, two, same)


# ---------------------------------------------------------------- looking one up


def chapters() -> list[str]:
    """The chapters that have exercises, as two digits each, in order."""
    return sorted(name[2:] for _, name, _ in pkgutil.iter_modules(__path__) if re.fullmatch(r"ch\d\d", name))


def of_chapter(chapter: str) -> dict[str, Exercise]:
    """The exercises of one chapter ("02"), by id; empty for a chapter without any."""
    if chapter not in chapters():
        return {}
    listed: Sequence[Exercise] = importlib.import_module(f"{__name__}.ch{chapter}").EXERCISES
    return {exercise.id: exercise for exercise in listed}


def every() -> dict[str, Exercise]:
    """All exercises of the course, by id."""
    return {id: exercise for chapter in chapters() for id, exercise in of_chapter(chapter).items()}
