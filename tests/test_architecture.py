"""The house stays the house: floors, sizes, time and chance from outside, no print, nothing of the maker's machine.

import-linter (`python3 dev.py lint`) holds the floors; what it cannot see is held here, by reading the sources.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "twitlab"
MODULES = sorted(PACKAGE.rglob("*.py"))
A_FILE, THE_MINI, WHAT_A_STUDENT_OPENS = 250, 200, 1500
OPENED = [
    PACKAGE / f"{name}.py"
    for name in (
        "mini",
        "core/snowflake",
        "storage/tweet_store",
        "storage/timeline_store",
        "services/fanout",
        "services/timelines",
        "services/search",
        "services/trending",
    )
]
FLOORS = ["core", "storage", "services", "edge", "app", "lab"]  # viz and __main__ stand above them all
MAY_PRINT = {"twitlab/__main__.py", "twitlab/lab/checks.py"}
MAY_ASK_THE_TIME = {"twitlab/core/clock.py"}
GLOBAL_CHANCE = {name for name in dir(__import__("random")) if name.islower() and not name.startswith("_")}
TEXT = {".py", ".md", ".toml", ".yml", ".yaml", ".cfg", ".lock", ".txt", ".json", ".ipynb", ".csv", ".svg", ""}
# Written in pieces, so that this file does not hold what it looks for.
FOREIGN = re.compile(
    "|".join(
        [
            r"pypi\." + "org",
            r"files\.python" + "hosted",
            r"conda\." + r"anaconda\." + "org",
            r"registry\.npm" + "js",
            r"(?<![\w.~/])/ro" + r"ot/",
            r"(?<![\w.~/])/wo" + r"rk/",
            r"(?<![\w.~/])/ho" + r"me/\w",
            r"(?<![\w.~/])/opt/(wheels|py" + "pi)",
            r"[A-Z]:\\Us" + "ers",
        ]
    )
)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), name(path))


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def tracked_text_files() -> list[Path]:
    """What git tracks or would track; from an unpacked archive, everything that is not made by a tool."""
    said = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
    )
    if said.returncode == 0:
        paths = [ROOT / path for path in said.stdout.split("\0") if path]
    else:
        made = re.compile(r"^(\.(?!ci/|gitignore|gitattributes)|my_|build/|dist/|.*(__pycache__|\.egg-info)/)")
        paths = [path for path in ROOT.rglob("*") if not made.match(name(path))]
    return [path for path in paths if path.suffix in TEXT and path.is_file()]


def called(node: ast.Call) -> str:
    """'time.time' for the call time.time()."""
    return ast.unparse(node.func)


def calls(path: Path) -> Iterator[tuple[int, str]]:
    return ((node.lineno, called(node)) for node in ast.walk(parsed(path)) if isinstance(node, ast.Call))


# ---------------------------------------------------------------- sizes


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_file_is_a_chapter(path: Path) -> None:
    assert lines(path) <= A_FILE, f"{name(path)} has {lines(path)} lines: split it where its subject splits"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(parsed(path)), f"{name(path)} has no docstring"


def test_the_mini_is_read_whole() -> None:
    assert lines(PACKAGE / "mini.py") <= THE_MINI


def test_what_a_student_opens_stays_small() -> None:
    sizes = {name(path): lines(path) for path in OPENED}
    assert sum(sizes.values()) <= WHAT_A_STUDENT_OPENS, sizes


# ---------------------------------------------------------------- floors


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything a file imports, relative imports resolved, wherever the import stands."""
    package = [*path.relative_to(ROOT).with_suffix("").parts]
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: -node.level]) if node.level else ""
            module = ".".join(filter(None, [base, node.module]))
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def test_the_mini_stands_on_the_standard_library_alone() -> None:
    foreign = [n for _, n in imported(PACKAGE / "mini.py") if n.split(".")[0] not in sys.stdlib_module_names]
    assert not foreign


def test_the_map_is_data() -> None:
    """case_study.py says where things live; it does not go there."""
    inside = [n for _, n in imported(PACKAGE / "case_study.py") if n.startswith("twitlab")]
    assert not inside


@pytest.mark.parametrize("path", [p for p in MODULES if p.parent != PACKAGE], ids=name)
def test_nothing_inside_imports_the_front_door(path: Path) -> None:
    """A module names the module it needs; `from twitlab import X` would load the whole building."""
    modules = {".".join(p.relative_to(ROOT).with_suffix("").parts) for p in MODULES}
    packages = {module.removesuffix(".__init__") for module in modules if module.endswith(".__init__")}
    for line, full in imported(path):
        parts = full.split(".")
        if parts[0] == "twitlab":
            is_root = len(parts) == 1 or (len(parts) == 2 and full not in modules | packages)
            assert not is_root or name(path).startswith("twitlab/viz/"), f"{name(path)}:{line} imports {full}"


def test_importing_twitlab_loads_no_jupyter_and_no_plotting() -> None:
    """In a process of its own: what `import twitlab` costs everybody who only wants the core."""
    heavy = ["IPython", "ipywidgets", "matplotlib", "pandas", "hypothesis", "duckdb", "redis", "fakeredis", "networkx"]
    code = f"import json, sys, twitlab; print(json.dumps([m for m in {heavy} if m in sys.modules]))"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8")
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout) == []


def test_the_front_door_is_narrow() -> None:
    import twitlab

    assert len(twitlab.__all__) <= 15
    assert all(hasattr(twitlab, public) for public in twitlab.__all__)


# ---------------------------------------------------------------- time, chance, print, encodings


@pytest.mark.parametrize("path", [p for p in MODULES if name(p) not in MAY_ASK_THE_TIME], ids=name)
def test_time_and_chance_are_handed_in(path: Path) -> None:
    """A clock and a random.Random come from the caller, so that a story can be told twice.

    uuid4 stays allowed: a name that must differ between machines is no part of any story.
    """
    for line, call in calls(path):
        place = f"{name(path)}:{line} calls {call}"
        assert not re.fullmatch(r"time\.(time|time_ns|monotonic|monotonic_ns|sleep|perf_counter|perf_counter_ns)", call), place
        assert not re.fullmatch(r"(datetime\.)?(datetime|date)\.(now|utcnow|today)", call), place
        assert call not in {f"random.{function}" for function in GLOBAL_CHANCE}, place
        assert not re.fullmatch(r"(np|numpy)\.random\.(?!default_rng|Generator)\w+", call), place
    for line, full in imported(path):
        assert full not in {"time.time", "time.sleep", "time.monotonic", "time.perf_counter"}, f"{name(path)}:{line}"
        assert full not in {f"random.{function}" for function in GLOBAL_CHANCE}, f"{name(path)}:{line}"


@pytest.mark.parametrize("path", [p for p in MODULES if name(p) not in MAY_PRINT], ids=name)
def test_the_package_does_not_print(path: Path) -> None:
    assert not [line for line, call in calls(path) if call in ("print", "pprint", "sys.stdout.write")]


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_nothing_is_swallowed_and_nothing_validated_by_assert(path: Path) -> None:
    for node in ast.walk(parsed(path)):
        assert not isinstance(node, ast.Assert), f"{name(path)}:{node.lineno} asserts"
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"{name(path)}:{node.lineno} catches everything"
            broad = ast.unparse(node.type) in ("Exception", "BaseException")
            silent = all(isinstance(inner, ast.Pass | ast.Continue) for inner in node.body)
            assert not (broad and silent), f"{name(path)}:{node.lineno} swallows what it catches"


def without_encoding(path: Path) -> Iterator[str]:
    """Places where a text file is opened in whatever encoding the machine prefers."""
    for node in ast.walk(parsed(path)):
        if not isinstance(node, ast.Call):
            continue
        call, keywords = called(node), {keyword.arg for keyword in node.keywords}
        mode = next((ast.unparse(k.value) for k in node.keywords if k.arg == "mode"), "")
        literals = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        binary = "b" in mode or any(re.fullmatch(r"[rwax+]*b[rwax+]*", text) for text in literals)
        text_call = call in ("open", "io.open") or call.endswith((".read_text", ".write_text"))
        gzip_text = call in ("gzip.open", "bz2.open", "lzma.open") and any("t" in text for text in literals if len(text) < 4)
        if (text_call or gzip_text) and not binary and not {"encoding", None} & keywords:
            yield f"{name(path)}:{node.lineno}: {call}"


def test_every_text_file_is_opened_in_utf_8() -> None:
    """Windows would take cp1252, and a learner's first accent would break the chapter."""
    sources = [path for path in tracked_text_files() if path.suffix == ".py"]
    assert not [place for path in sources for place in without_encoding(path)]


# ---------------------------------------------------------------- nothing of the maker's machine


def test_no_tracked_file_names_a_registry_or_a_machine() -> None:
    files = tracked_text_files()
    assert ROOT / "README.md" in files
    found = []
    for path in files:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if match := FOREIGN.search(line):
                found.append(f"{name(path)}:{number}: {match[0]}")
    assert not found


def test_every_text_file_ends_its_lines_with_lf() -> None:
    assert not [name(path) for path in tracked_text_files() if b"\r\n" in path.read_bytes()]
