"""The map holds all of the case study and nothing else, and every place it names is there (or, if "later", is not yet)."""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from twitlab.case_study import LATER, MAP, Badge, Entry, Kind, find
from twitlab.core.config import Config

ROOT = Path(__file__).resolve().parent.parent
BUILT = [entry for entry in MAP if entry.badge != LATER]
AWAITED = [entry for entry in MAP if entry.badge == LATER]


def named(entry: Entry) -> str:
    return f"{entry.kind} {entry.name}"


def of(kind: str) -> list[str]:
    return [entry.name for entry in MAP if entry.kind == kind]


# ---------------------------------------------------------------- the case study's side


@pytest.fixture(scope="module")
def text(shared: Path) -> str:
    return (shared.parent / "case-study.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def classes(text: str) -> dict[str, ast.ClassDef]:
    fences = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    found = [node for fence in fences for node in ast.parse(fence).body]
    assert all(isinstance(node, ast.ClassDef) for node in found) and len(fences) == 16
    return {node.name: node for node in found if isinstance(node, ast.ClassDef)}


def methods(node: ast.ClassDef) -> set[str]:
    return {inner.name for inner in node.body if isinstance(inner, ast.FunctionDef)}


def own(node: ast.ClassDef) -> Iterator[ast.Attribute]:
    """Every `self.something` in a class."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name) and inner.value.id == "self":
            yield inner


def used_and_never_defined(node: ast.ClassDef) -> set[str]:
    set_here = {attribute.attr for attribute in own(node) if isinstance(attribute.ctx, ast.Store)}
    return {attribute.attr for attribute in own(node)} - set_here - methods(node)


@pytest.mark.shared
def test_every_class_and_public_method(classes: dict[str, ast.ClassDef]) -> None:
    assert sorted(of("class")) == sorted(classes)
    public = [f"{name}.{method}" for name, node in classes.items() for method in methods(node) if method[0] != "_"]
    assert sorted(of("method")) == sorted(public)


@pytest.mark.shared
def test_every_name_it_uses_and_never_defines(classes: dict[str, ast.ClassDef]) -> None:
    names = set().union(*map(used_and_never_defined, classes.values()))
    assert len(names) == 34, "as the course says"
    assert sorted(of("name")) == sorted(names)


@pytest.mark.shared
def test_every_part_it_constructs_and_never_defines(classes: dict[str, ast.ClassDef]) -> None:
    called = [n.func for node in classes.values() for n in ast.walk(node) if isinstance(n, ast.Call)]
    constructed = {f.id for f in called if isinstance(f, ast.Name) and not hasattr(builtins, f.id)}
    assert sorted(of("part")) == sorted(constructed)


@pytest.mark.shared
def test_every_number_is_one_of_its_lines_and_every_line_with_a_number_is_there(text: str) -> None:
    numbers = of("number")
    assert len(numbers) == len(set(numbers))
    assert not [number for number in numbers if number not in text]
    no_number = r"^\s*#.*|^\d\. .*|\*\*02-.*|tweets_2024_\d\d|st(age|ep)_\d|Neo4j|S3\b"  # comments, headings, names
    body = re.sub(no_number, "", text, flags=re.MULTILINE)
    plain = re.compile(r"(?<![\w.])(0|1|-1|\* 1000)(?![\w.%])")  # start=0, page=1, seconds to milliseconds
    with_number = [line.strip() for line in body.splitlines() if re.search(r"(?<![a-z_])\d", plain.sub("", line))]
    assert len(with_number) > 60
    missing = [line for line in with_number if not any(number in line or line in number for number in numbers)]
    assert not missing


# ---------------------------------------------------------------- our side


def resolve(where: str) -> Any:
    """What stands at `module:name`: also a field or an annotated part of a class."""
    module, _, path = where.partition(":")
    thing = importlib.import_module(module)
    for part in filter(None, path.split(".")):
        noted = inspect.get_annotations(thing) if inspect.isclass(thing) else {}
        thing = getattr(thing, part) if hasattr(thing, part) else noted[part]
    return thing


@pytest.mark.parametrize("entry", BUILT, ids=named)
def test_what_is_said_to_be_there_is_there(entry: Entry) -> None:
    assert ":" in entry.where
    assert resolve(entry.where) is not None


@pytest.mark.parametrize("entry", AWAITED, ids=named)
def test_what_is_said_to_come_later_is_not_there_yet(entry: Entry) -> None:
    """When this fails, the thing has been built: say in the map where it lives."""
    if entry.where:
        assert ":" not in entry.where
        assert not (ROOT / f"{entry.where.replace('.', '/')}.py").exists(), f"{entry.where} exists: name the place in it"
    else:
        assert not list((ROOT / "chapters").glob(f"{entry.chapter}_*.md")), f"chapter {entry.chapter} is written: say so"


@pytest.mark.shared
def test_every_chapter_is_one_of_the_course(shared: Path) -> None:
    course = (shared.parent / "COURSE.md").read_text(encoding="utf-8")
    table = course.split("## 1. Chapters")[1].split("## 2.")[0]
    lists = [row.split("|")[2] for row in table.splitlines() if row.startswith("|")]
    chapters = {number for row in lists for number in re.findall(r"(?:^|·) (\d\d)\*? ", row)}
    assert len(chapters) == 23
    assert {entry.chapter for entry in MAP} <= chapters


def test_kinds_and_badges_are_the_listed_ones_and_names_are_there_once() -> None:
    assert {entry.kind for entry in MAP} == set(get_args(Kind))
    assert {entry.badge for entry in MAP} <= set(get_args(Badge))
    assert len({(entry.kind, entry.name) for entry in MAP}) == len(MAP)
    assert not [entry for entry in AWAITED if entry.because]


@pytest.mark.parametrize("entry", [e for e in MAP if e.kind == "number" and ":Config." in e.where and not e.because], ids=named)
def test_a_number_that_became_a_default_is_the_same_number(entry: Entry) -> None:
    default = getattr(Config(), entry.where.rpartition(".")[2])
    written = [int(number.replace("_", "")) for number in re.findall(r"\d[\d_]*", entry.name)]
    if "-801" in entry.name:
        written = [801 - 1]
    assert default == written[-1]


def test_an_entry_reads_as_a_sentence() -> None:
    assert str(find("HotUserDetector")[0]) == "HotUserDetector: (later) twitlab.services.hotspots (chapter 14, later)"
    assert "replaced by twitlab.core.text:weighted_length because" in str(find("len(content) > 280")[0])
