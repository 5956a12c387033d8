"""`check("02.1", answer)`: says in one line whether an exercise is not started, wrong (with a hint), or done.

The case study leaves its exercises without answers; its readers cannot know whether they are right.
Invariant: one deterministic line, never an exception; the answer is computed by a reference function, none is stored.
Real autograders need a server (nbgrader) or fail with a traceback (assert cells); this one works offline.
"""

from __future__ import annotations

import contextlib
import contextvars
import dis
import inspect
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from twitlab.lab.exercises import NotStarted, Wrong, of_chapter, show

State = Literal["not started", "wrong", "done", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What `check` found: the exercise's id, the state, and the words behind it."""

    id: str
    state: State
    words: str

    def __str__(self) -> str:
        return f"{self.id} {self.state}: {' '.join(self.words.split())}"


_heard: contextvars.ContextVar[dict[str, Verdict] | None] = contextvars.ContextVar("heard", default=None)


def check(id: str, answer: Any = ...) -> None:
    """Judge an answer to the exercise `id` ("02.1") and print one line; never raises.

    >>> check("02.1", ...)
    02.1 not started: replace the `...` and run the cell again.
    """
    found = verdict(id, answer)
    if (heard := _heard.get()) is not None:
        heard[found.id] = found
    print(found)


def verdict(id: str, answer: Any = ...) -> Verdict:
    """Judge an answer without printing; what the learner's own code prints meanwhile is dropped."""
    id = str(id)
    exercises = of_chapter(id[:2])
    if id not in exercises:
        known = f"this chapter has {', '.join(exercises)}" if exercises else "ids look like 02.1, in quotes"
        return Verdict(id=id, state="unknown", words=f"there is no such exercise; {known}.")
    if parts := unfilled(answer):
        return Verdict(id=id, state="not started", words=_to_fill(parts))
    exercise = exercises[id]
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exercise.judge(answer)
    except NotStarted as gap:
        return Verdict(id=id, state="not started", words=_to_fill([str(gap)]))
    except Wrong as failure:
        return Verdict(id=id, state="wrong", words=str(failure))
    except (Exception, SystemExit) as error:  # the learner's own code
        return Verdict(id=id, state="wrong", words=f"your code raised {type(error).__name__}: {show(str(error))}")
    return Verdict(id=id, state="done", words=exercise.done)


def _to_fill(parts: list[str]) -> str:
    where = f" in {' and '.join(parts)}" if any(parts) else ""
    return f"replace the `...`{where} and run the cell again."


# ---------------------------------------------------------------- has the learner begun?


def unfilled(answer: Any) -> list[str]:
    """The parts of an answer that are still `...`: names of functions and methods, "" for a plain value; empty if none.

    >>> def stub(x): ...
    >>> unfilled(stub), unfilled(...), unfilled([1, ...]), unfilled(len), unfilled(0)
    (['`stub`'], [''], [''], [], [])
    """
    if answer is None or answer is Ellipsis:
        return [""]
    if isinstance(answer, list | tuple | set | frozenset):
        return [""] if any(part is Ellipsis for part in answer) else []
    if isinstance(answer, Mapping):
        return [""] if any(part is Ellipsis for part in answer.values()) else []
    if inspect.isclass(answer):
        own = [part for part in vars(answer).values() if inspect.isfunction(part)]
        return [name for part in own for name in unfilled(part)]
    if inspect.isfunction(answer) and _is_stub(answer):
        return [f"`{answer.__name__}`"]
    return []


def _is_stub(function: Any) -> bool:
    """A function that mentions `...`, or whose body is nothing but a docstring, `...` or `pass`."""
    code = function.__code__
    if any(const is Ellipsis for const in code.co_consts):
        return True
    idle = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST", "COPY_FREE_VARS", "LOAD_COMMON_CONSTANT"}
    steps = list(dis.get_instructions(code))
    if not {step.opname for step in steps} <= idle:
        return False
    return all(step.argval is None for step in steps if step.opname in {"LOAD_CONST", "RETURN_CONST"})


# ---------------------------------------------------------------- for a class: what did a notebook reach?


@contextlib.contextmanager
def recording() -> Iterator[dict[str, Verdict]]:
    """Collect the last verdict of every `check` that runs inside the block, by id."""
    heard: dict[str, Verdict] = {}
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)


def grade_notebook(path: Path) -> dict[str, Verdict]:
    """Run a notebook's code cells in order in one namespace and return the verdict of every exercise of its chapter.

    This runs the notebook's code: for strangers' work call it in a process of its own, with limits. A cell that raises
    does not stop the next; an exercise that was never checked is "not started". Lines with `%` or `!` are IPython's
    and make their cell fail.
    """
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    namespace: dict[str, Any] = {"__name__": "__main__"}
    silence = io.StringIO()
    with recording() as heard, contextlib.redirect_stdout(silence), contextlib.redirect_stderr(silence):
        for number, cell in enumerate(cells):
            if cell["cell_type"] == "code":
                with contextlib.suppress(Exception, SystemExit):  # its exercises simply stay unsolved
                    exec(compile("".join(cell["source"]), f"cell {number}", "exec"), namespace)
    blank = {id: Verdict(id=id, state="not started", words="its check never ran.") for id in of_chapter(path.name[:2])}
    return blank | heard
