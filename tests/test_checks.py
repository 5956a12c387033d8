"""check(): every exercise of the course, and the three states."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from twitlab.lab import exercises
from twitlab.lab.checks import check, grade_notebook, recording, unfilled, verdict
from twitlab.lab.exercises import Exercise, NotStarted, Wrong, close, function, judged, value

EVERY = exercises.every()
MISTAKES = [(id, number) for id, exercise in EVERY.items() for number in range(len(exercise.mistakes))]


def test_there_are_exercises_and_their_ids_are_in_their_chapters() -> None:
    assert EVERY
    for chapter in exercises.chapters():
        ids = list(exercises.of_chapter(chapter))
        assert ids == [f"{chapter}.{number}" for number in range(1, len(ids) + 1)], "numbered 1, 2, 3, … in order"


@pytest.mark.parametrize("id", EVERY)
def test_an_untouched_stub_is_not_started(id: str) -> None:
    for stub in (..., None):
        assert verdict(id, stub).state == "not started"


@pytest.mark.parametrize("id", EVERY)
def test_the_reference_is_done(id: str) -> None:
    found = verdict(id, EVERY[id].reference())
    assert found.state == "done", str(found)


@pytest.mark.parametrize(("id", "number"), MISTAKES)
def test_a_typical_mistake_is_rejected_with_its_own_hint(id: str, number: int) -> None:
    mistakes = EVERY[id].mistakes
    found = verdict(id, mistakes[number].make())
    assert found.state == "wrong", str(found)
    assert mistakes[number].hint in found.words
    others = {mistake.hint for mistake in mistakes if mistake.hint != mistakes[number].hint}
    assert not [hint for hint in others if hint in found.words], "and with no other mistake's hint"


@pytest.mark.parametrize("id", EVERY)
@pytest.mark.parametrize(
    "answer",
    [0, -1, "", "x", [], {}, object(), print, lambda: 1, lambda *_: 1 / 0, int, 10**400, float("nan"), b"\x00"],
)
def test_check_never_raises_and_prints_one_line(id: str, answer: Any, capsys: pytest.CaptureFixture[str]) -> None:
    check(id, answer)
    said = capsys.readouterr().out
    assert said.startswith(f"{id} ") and said.count("\n") == 1 and said.endswith("\n")
    assert "0x" not in said
    check(id, answer)
    assert capsys.readouterr().out == said, "deterministic"


@pytest.mark.parametrize("id", ["99.1", "02.99", "", "x", 2.1, None])
def test_an_unknown_id_says_which_there_are(id: Any, capsys: pytest.CaptureFixture[str]) -> None:
    check(id, 1)
    said = capsys.readouterr().out
    assert "unknown" in said and "02.1" in said and said.count("\n") == 1


# ---------------------------------------------------------------- a judge's tools, on an exercise of our own


def judge_in(monkeypatch: pytest.MonkeyPatch, exercise: Exercise) -> None:
    monkeypatch.setattr("twitlab.lab.checks.of_chapter", lambda chapter: {exercise.id: exercise})


DOUBLE = function(
    "50.1",
    reference=lambda x: [2 * y for y in x],
    cases=lambda: [([1, 2],), ([],)],
    hint="Double each.",
    mistakes=[(lambda x: x + x, "That repeats the list.")],
)


def test_functions_are_compared_case_by_case(monkeypatch: pytest.MonkeyPatch) -> None:
    judge_in(monkeypatch, DOUBLE)

    def stub(x: Any) -> Any: ...

    def gap(x: Any) -> Any:
        total = ...
        return total

    def forgets_return(x: list[int]) -> None:
        [2 * y for y in x]

    def changes_its_argument(x: list[int]) -> list[int]:
        for place in range(len(x)):
            x[place] *= 2
        return x

    def talks(x: list[int]) -> list[int]:
        print("learner's own print")
        return [2 * y for y in x]

    assert verdict("50.1", stub).state == "not started"
    assert "`stub`" in verdict("50.1", stub).words
    assert verdict("50.1", gap).state == "not started"
    assert "a `return` missing" in verdict("50.1", forgets_return).words
    assert verdict("50.1", changes_its_argument).state == "done"
    assert verdict("50.1", talks).state == "done"
    assert verdict("50.1", lambda x: x + x).words.endswith("should be [2, 4]. That repeats the list.")
    assert verdict("50.1", lambda x: 1 / 0).words == (
        "<lambda>([1, 2]) raised ZeroDivisionError('division by zero'), should be [2, 4]. Double each."
    )
    assert verdict("50.1", 3).words == "3 is not a function: hand in its name, without brackets behind it."


def test_print_inside_a_judged_answer_is_dropped(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    judge_in(monkeypatch, DOUBLE)
    check("50.1", lambda x: print("noise") or [2 * y for y in x])
    assert capsys.readouterr().out == "50.1 done: right.\n"


def test_values_are_compared_in_kind_and_within_a_tolerance(monkeypatch: pytest.MonkeyPatch) -> None:
    judge_in(monkeypatch, value("50.2", reference=lambda: 1000.0, hint="Think.", same=close(0.02)))
    states = [verdict("50.2", answer).state for answer in (1000, 1015, 1030, "1000", ..., True)]
    assert states == ["done", "done", "wrong", "wrong", "not started", "wrong"]
    judge_in(monkeypatch, value("50.2", reference=lambda: 1, hint="Think."))
    assert verdict("50.2", True).state == "wrong"


@pytest.mark.parametrize(
    ("raised", "state", "words"),
    [
        (Wrong("the hint\nin two lines"), "wrong", "the hint in two lines"),
        (NotStarted("`get`"), "not started", "replace the `...` in `get` and run the cell again."),
        (ValueError("at <object at 0x7f00>"), "wrong", "your code raised ValueError: 'at <object>'"),
        (SystemExit(3), "wrong", "your code raised SystemExit: '3'"),
        (RecursionError("deep"), "wrong", "your code raised RecursionError: 'deep'"),
    ],
)
def test_whatever_a_judge_meets_becomes_one_line(
    monkeypatch: pytest.MonkeyPatch, raised: BaseException, state: str, words: str
) -> None:
    def judge(answer: Any) -> None:
        raise raised

    judge_in(monkeypatch, judged("50.3", judge=judge, reference=1))
    found = verdict("50.3", 1)
    assert (found.state, str(found)) == (state, f"50.3 {state}: {words}")


def test_a_class_with_one_gap_left_names_the_gap() -> None:
    class Half:
        def done(self) -> int:
            return 1

        def open(self) -> None:
            """With a docstring."""

    assert unfilled(Half) == ["`open`"]
    assert unfilled({"a": ...}) == unfilled((1, ...)) == [""]
    assert unfilled([]) == unfilled(False) == unfilled(len) == unfilled(lambda: 1) == []


# ---------------------------------------------------------------- a class's notebooks


def test_a_notebook_is_graded_by_running_it(tmp_path: Path) -> None:
    cells = [
        "from twitlab.lab.checks import check\nanswer = 2**22\ncheck('02.2', answer)",
        "check('02.3', lambda i: i)",
        "1 / 0",
        "check('02.4', ...)",
    ]
    notebook = {"cells": [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]}
    path = tmp_path / "02_ids.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    states = {id: found.state for id, found in grade_notebook(path).items()}
    assert states == dict.fromkeys(exercises.of_chapter("02"), "not started") | {"02.2": "done", "02.3": "wrong"}


def test_recording_ends_with_its_block(capsys: pytest.CaptureFixture[str]) -> None:
    with recording() as heard:
        check("02.2", 1)
    check("02.3", ...)
    assert list(heard) == ["02.2"]
