"""Spot the bug: the case study's words are its own, every test fails on them and passes on the fix, none is missing."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from test_case_study import resolve

from twitlab.core.errors import InvalidRequest
from twitlab.lab.exercises import Wrong
from twitlab.lab.referee import referee
from twitlab.lab.spot_the_bug import DEFECTS, GROUPS, Defect, bug
from twitlab.lab.spot_the_bug.planted import PLANTED
from twitlab.lab.spot_the_bug.timelines import DEFECTS as STORAGE_DEFECTS

QUOTED = ("quoted_services", "quoted_stores", "quoted_numbers")


def key(defect: Defect) -> str:
    return defect.key


@pytest.mark.parametrize("defect", DEFECTS, ids=key)
def test_the_test_fails_on_the_case_study(defect: Defect) -> None:
    with pytest.raises(Wrong) as failure:
        defect.must_hold(defect.theirs)
    words = str(failure.value)
    assert len(words) > 20 and "0x" not in words and "\n" not in words
    assert defect.run() == f"breaks: {words}", "the same words each time"


@pytest.mark.parametrize("defect", DEFECTS, ids=key)
def test_the_test_passes_on_the_fix(defect: Defect) -> None:
    defect.must_hold(defect.fixed)
    assert defect.run(defect.fixed) == "holds"


@pytest.mark.parametrize("defect", DEFECTS, ids=key)
def test_a_defect_can_be_read(defect: Defect) -> None:
    assert defect.group in GROUPS
    for source in (defect.code, defect.fix, defect.test):
        ast.parse(source)
        assert len(source.splitlines()) <= 80
    assert issubclass(defect.fixed, defect.theirs), "the fix changes what it must, and keeps the rest"
    assert not defect.right or resolve(defect.right) is not None


@pytest.mark.parametrize("defect", DEFECTS, ids=key)
def test_no_test_accepts_just_anything(defect: Defect) -> None:
    assert defect.run(object).startswith("breaks: ")
    assert defect.run(type("Empty", (), {"__init__": lambda self, *parts, **more: None})).startswith("breaks: ")


@pytest.mark.parametrize("defect", STORAGE_DEFECTS, ids=key)
def test_no_single_fix_cures_the_timeline_storage(defect: Defect) -> None:
    """Five tests of one class ask for five things: that is why mending them together is the chapter's Build-it."""
    holding = {other.key for other in STORAGE_DEFECTS if other.run(defect.fixed) == "holds"}
    assert defect.key in holding and len(holding) < len(STORAGE_DEFECTS) == 5


def test_an_unknown_key_is_refused_with_the_list() -> None:
    with pytest.raises(InvalidRequest, match="no epoch"):
        bug("none")
    assert len({defect.key for defect in DEFECTS}) == len(DEFECTS)


@pytest.mark.slow
@pytest.mark.parametrize("key", PLANTED)
def test_the_referee_finds_it_when_it_is_planted_in_our_own_timeline(key: str) -> None:
    assert bug(key).group in ("timelines", "fan-out")
    found = referee(PLANTED[key])
    assert not found.passed and len(found.story) <= 6, str(found)


# ---------------------------------------------------------------- its own words


def plain(function: ast.FunctionDef) -> str:
    """A method as bare code: `time.time()` and `self.time.time()` are the same."""
    return ast.unparse(function).replace("self.time.time()", "time.time()")


@pytest.mark.shared
def test_the_quotations_are_word_for_word(shared: Path) -> None:
    text = (shared.parent / "case-study.md").read_text(encoding="utf-8")
    theirs: dict[str, dict[str, str]] = {}
    for fence in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        for node in ast.parse(fence).body:
            assert isinstance(node, ast.ClassDef)
            theirs[node.name] = {m.name: plain(m) for m in node.body if isinstance(m, ast.FunctionDef)}
    compared = 0
    for module in QUOTED:
        source = inspect.getsource(importlib.import_module(f"twitlab.lab.spot_the_bug.{module}"))
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef):
                for method in (m for m in node.body if isinstance(m, ast.FunctionDef)):
                    assert plain(method) == theirs[node.name][method.name], f"{node.name}.{method.name}"
                    compared += 1
    assert compared == 28


def test_every_defect_shows_quoted_lines() -> None:
    """What a learner reads is the case study's, or (three times) ours that only brings two of its classes together."""
    joined = {"PlansForAViralTweet", "LifetimesOfOneKey", "TypesOfTwoKeys"}
    for defect in DEFECTS:
        module = defect.theirs.__module__.rpartition(".")[2]
        assert module in QUOTED or defect.theirs.__name__ in joined
        assert not defect.code.startswith("# "), "first what the case study says, then what was added"


# ---------------------------------------------------------------- none is missing

SAID = {
    "no epoch in the id": "no epoch",
    "`len()` for length": "len for length",
    "inclusive `max_position`": "inclusive position",
    "timestamp as score": "time as score",
    "cached merged timeline": "cached merge",
    "expired timeline + one push": "one push",
    "an empty result is never cached": "empty answer",
    'filters={"date_range"': "date range alone",
    "cached at one limit": "cached limit",
    "only three recent shards": "three shards",
    "write-to-cache-then-acknowledge": "acknowledged, then gone",
    "sequence that wraps": "sequence wraps",
    "follower lists cached whole": "whole lists",
    "1 MB of cache": "1 MB a user",
    "storage per day": "storage a day",
    "scrolling past the end": "endless scroll",
    "two Redis types": "two types",
    "month boundary": "two clocks",
    "VIPs see": "VIPs see double",
    "pushes renew the TTL": "pushes renew",
    "silently shorten a page": "short pages",
    "misses a new follower": "stale followers",
    "CDN rule": "CDN at zero",
    "from/size repeats": "from and size",
    "and then raises": "half a follow",
    "`handle_influencer_tweet`": "never defined",
    "5 against 10+": "5 or 10 copies",
    "28.8 G requests": "day against second",
    "three TTLs": "three lifetimes",
    "unknown data type": "unknown type",
    "query cache": "no query cache",
}


@pytest.mark.shared
def test_every_defect_that_design_and_course_name_is_here(shared: Path) -> None:
    design = (shared.parent / "DESIGN.md").read_text(encoding="utf-8").split("## 7. ")[1]
    course = (shared.parent / "COURSE.md").read_text(encoding="utf-8").split("## 5. ")[1].split("\n\n")[1]
    listed = design.split("in the package:\n")[1].split("COURSE.md section 5")[0] + " · " + course.split("thin stubs:")[1]
    items: list[Any] = [item.strip() for item in re.sub(r"\s+", " ", listed).split(" · ")]
    assert len(items) == len(SAID) == len(DEFECTS)
    for item in items:
        assert [words for words in SAID if words in item], item
    assert sorted(SAID.values()) == sorted(defect.key for defect in DEFECTS)
