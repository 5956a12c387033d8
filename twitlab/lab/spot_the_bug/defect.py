"""A defect: the case study's code, a test that it fails, and a fix that passes.

In the case study: nothing marks these places; each was found by running its own text.
Invariant: ``must_hold(theirs)`` raises ``Wrong``, ``must_hold(fixed)`` returns (tests/test_spot_the_bug.py runs all).
Real defects are found the same way: somebody writes down what must hold, as code, before anybody looks for the reason.
"""

from __future__ import annotations

import html
import inspect
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twitlab.lab.exercises import Wrong, show


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Defect:
    """One defect. ``methods`` are the lines to read; ``right``: where twitlab does it, as ``module:name``."""

    key: str
    group: str
    heading: str
    breaks: str
    theirs: type[Any]
    methods: tuple[str, ...]
    fixed: type[Any]
    must_hold: Callable[[Any], None]
    right: str

    def __repr__(self) -> str:
        return f"{self.key}: {self.breaks}"

    @property
    def code(self) -> str:
        """The case study's lines; what is not quoted says so."""
        return "\n\n".join(self._quoted(method) for method in self.methods)

    @property
    def fix(self) -> str:
        """The fix."""
        return _source(self.fixed)

    @property
    def test(self) -> str:
        """The failing test."""
        return _source(self.must_hold)

    def _quoted(self, method: str) -> str:
        """One method's source: ``name`` of ``theirs``, or ``Class.name`` of another class that the test brings in."""
        owner, _, name = method.rpartition(".")
        found = getattr(getattr(sys.modules[self.theirs.__module__], owner) if owner else self.theirs, name)
        if found.__module__.endswith("stubs"):
            return "# used there and defined nowhere, here in the shortest way:\n" + _source(found)
        if "quoted" not in found.__module__:
            return "# ours, brings them together:\n" + _source(found)
        return _source(found)

    def run(self, part: Any = None) -> str:
        """Run the test on the case study's code, or on ``part``: "holds", or what broke."""
        try:
            self.must_hold(part or self.theirs)
        except Wrong as failure:
            return f"breaks: {failure}"
        except Exception as error:
            return f"breaks: {type(error).__name__}: {show(str(error))}"
        return "holds"

    def told(self, part: Any = None) -> str:
        """The defect's name and what ``run`` says, in lines that fit a notebook."""
        return textwrap.fill(f"{self.key} {self.run(part)}", 88, subsequent_indent="    ")


@dataclass(frozen=True, slots=True)
class Cabinet:
    """Defects to open one by one: in a notebook each unfolds into the case study's lines, the test and the fix."""

    defects: tuple[Defect, ...]

    def __repr__(self) -> str:
        return "\n".join(map(repr, self.defects))

    def _repr_html_(self) -> str:
        return "\n".join(map(_drawer, self.defects))


def _drawer(defect: Defect) -> str:
    """One defect as HTML that unfolds."""
    parts = (
        ("The case study's lines", defect.code),
        ("The test", defect.test),
        ("What it says", defect.run()),
        ("The fix", defect.fix),
    )
    body = "".join(f"<p><b>{title}</b></p><pre>{html.escape(text)}</pre>" for title, text in parts)
    right = f"<p>In twitlab: <code>{defect.right}</code></p>" if defect.right else ""
    return (
        f"<details><summary><b>{html.escape(defect.key)}</b>: {html.escape(defect.breaks)}"
        f" <i>({html.escape(defect.heading)})</i></summary>{body}{right}</details>"
    )


def must(holds: object, words: str) -> None:
    """What a test says instead of ``assert``: the words are read by a learner."""
    if not holds:
        raise Wrong(words)


def _source(*things: Any) -> str:
    return "\n".join(textwrap.dedent(inspect.getsource(thing)) for thing in things).rstrip()
