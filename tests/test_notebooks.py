"""The machinery of chapters, and what every shipped chapter must keep."""

from __future__ import annotations

import ast
import doctest
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import course  # noqa: E402
from coursekit import build, notebook, pages, source, working_copy  # noqa: E402

from twitlab.lab import exercises  # noqa: E402

CHAPTERS = source.read_chapters(ROOT / "chapters")
IDS = [chapter.name for chapter in CHAPTERS]
every_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=IDS)


def stored(chapter: source.Chapter, *, solved: bool = False) -> dict[str, Any]:
    folder = ROOT / "notebooks" / ("solutions" if solved else "")
    read: dict[str, Any] = json.loads((folder / chapter.file).read_text(encoding="utf-8"))
    return read


def code_cells(read: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in read["cells"] if cell["cell_type"] == "code"]


def printed(cell: dict[str, Any]) -> str:
    return "".join("".join(output["text"]) for output in cell["outputs"] if output["output_type"] == "stream")


# ---------------------------------------------------------------- every shipped chapter

HEADINGS = ("problem in numbers", "real twitter", "exercises", "takeaways")


@every_chapter
def test_the_stored_notebooks_have_the_cells_of_their_source(chapter: source.Chapter) -> None:
    for solved, make in ((False, notebook.student), (True, notebook.solutions)):
        expected = make(chapter, CHAPTERS)
        read = stored(chapter, solved=solved)
        bare = [cell | ({"outputs": [], "execution_count": None} if "outputs" in cell else {}) for cell in read["cells"]]
        assert bare == expected["cells"], "run: python tools/course.py build"
        assert read["metadata"] == expected["metadata"]


def test_the_contents_pages_list_every_chapter() -> None:
    text = (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")
    assert text == pages.contents(CHAPTERS)
    assert all(f"]({chapter.file})" in text for chapter in CHAPTERS)
    page = (ROOT / "notebooks" / pages.CONTENTS).read_text(encoding="utf-8")
    assert page == notebook.dumps(notebook.contents_page(CHAPTERS))


@pytest.mark.parametrize("solved", [False, True], ids=["student", "solutions"])
@every_chapter
def test_every_code_cell_was_executed_in_order(chapter: source.Chapter, solved: bool) -> None:
    counts = [cell["execution_count"] for cell in code_cells(stored(chapter, solved=solved))]
    assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("solved", [False, True], ids=["student", "solutions"])
@every_chapter
def test_stored_files_are_in_normal_form(chapter: source.Chapter, solved: bool) -> None:
    path = ROOT / "notebooks" / ("solutions" if solved else "") / chapter.file
    raw = path.read_bytes()
    read = json.loads(raw)
    assert raw.decode("utf-8") == notebook.dumps(read)
    assert b"\r" not in raw and len(raw) < 1_000_000
    assert "widgets" not in read["metadata"] and not any("execution" in cell["metadata"] for cell in read["cells"])
    outputs = [output for cell in code_cells(read) for output in cell["outputs"]]
    errors = [cell for cell in code_cells(read) if any(output["output_type"] == "error" for output in cell["outputs"])]
    assert all("raises-exception" in cell["metadata"].get("tags", []) for cell in errors)
    assert not [output for output in outputs if output.get("name") == "stderr"], "no warnings in a shipped chapter"
    for output in outputs:
        if "image/png" in output.get("data", {}):
            html = "".join(output["data"]["text/html"])
            assert re.search(r'<img alt="[^"]{15,}"', html) and "<figcaption>" in html and output["data"]["text/plain"]


@pytest.mark.parametrize("solved", [False, True], ids=["student", "solutions"])
@every_chapter
def test_no_output_names_this_machine(chapter: source.Chapter, solved: bool) -> None:
    for cell in code_cells(stored(chapter, solved=solved)):
        for output in cell["outputs"]:
            said = json.dumps({**output, "data": {k: v for k, v in output.get("data", {}).items() if k != "image/png"}})
            said = re.sub(r"base64,[\w+/=]+", "", said)
            assert not re.search(r"/root|/home/|/tmp/|/Users/|[A-Z]:\\\\|site-packages|0x[0-9a-f]{6,}", said)


@every_chapter
def test_a_chapter_has_the_agreed_shape(chapter: source.Chapter) -> None:
    cells = stored(chapter)["cells"]
    share = len(code_cells(stored(chapter))) / len(cells)
    assert 20 <= len(cells) <= 35, f"{len(cells)} cells"
    assert 0.3 <= share <= 0.7, f"{share:.0%} of the cells are code"
    if chapter.level == "core":
        assert pages.minutes(chapter) <= 90
    prose = "\n".join(cell.stub for cell in chapter.cells if cell.kind == "markdown")
    ours = ("exercises", "takeaways") if chapter.part in {"start", "interview", "appendix"} else HEADINGS
    for heading in ours:
        assert re.search(rf"^## .*{heading}", prose, re.M | re.I), f"no heading with {heading!r}"
    takeaways = re.split(r"^## .*takeaways.*$", prose, flags=re.M | re.I)[-1]
    assert len(re.findall(r"^(?:\d+\.|-) ", takeaways, re.M)) <= 5
    wide = [line for cell in chapter.cells if cell.kind == "code" for line in cell.solved.splitlines() if len(line) > 92]
    assert wide == [], "more than 92 characters are cut off beside JupyterLab's file list"
    assert "> [!" not in prose, "not rendered in JupyterLab: use <div class='alert alert-info'>"


@every_chapter
def test_nothing_that_hangs_or_needs_a_network_is_shipped(chapter: source.Chapter) -> None:
    for cell in chapter.cells:
        if cell.kind == "code":
            names = {node.id for node in ast.walk(ast.parse(cell.solved)) if isinstance(node, ast.Name)}
            attributes = {node.attr for node in ast.walk(ast.parse(cell.solved)) if isinstance(node, ast.Attribute)}
            assert not (names | attributes) & {"interact", "interactive", "Output", "pyplot", "SystemClock", "df"}
            assert not re.search(r"^\s*[%!]|INSTALL |import (requests|urllib)", cell.solved, re.M)


@every_chapter
def test_links_lead_to_files_that_exist(chapter: source.Chapter) -> None:
    for solved in (False, True):
        folder = ROOT / "notebooks" / ("solutions" if solved else "")
        for cell in stored(chapter, solved=solved)["cells"]:
            if cell["cell_type"] == "markdown":
                for link in re.findall(r"\]\(([^)#\s]+)\)", "".join(cell["source"])):
                    if not re.match(r"https?:", link):
                        assert (folder / link).exists(), f"{chapter.file} links to {link}"


# ---------------------------------------------------------------- exercises in the notebooks


@every_chapter
def test_stubs_say_not_started_and_solutions_say_done(chapter: source.Chapter) -> None:
    asked = [id for cell in chapter.cells for id in cell.checks]
    assert sorted(asked) == sorted(exercises.of_chapter(chapter.number)), "the chapter asks what the package judges"
    for solved, state in ((False, "not started"), (True, "done")):
        said = "".join(printed(cell) for cell in code_cells(stored(chapter, solved=solved)))
        for id in asked:
            assert re.findall(rf"^{re.escape(id)} (not started|wrong|done)", said, re.M) == [state], id


@every_chapter
def test_a_build_it_is_at_most_25_lines(chapter: source.Chapter) -> None:
    built = [cell for cell in chapter.cells if "build" in cell.tags and cell.checks]
    assert built or chapter.level != "core" or chapter.number == "00", "core chapters build something"
    for cell in built:
        added = set(cell.solved.splitlines()) - set(cell.stub.splitlines())
        assert len(added) <= 25, f"{len(added)} lines in the solution"


# ---------------------------------------------------------------- the machinery, on a small course of its own

SMALL = """---
title: Small
part: core
level: option
needs:
outcome: run one cell
---
Before.

<!-- cell: workshop -->
## A heading

Text with `code`.

```python interview
from twitlab.viz import Panel, axes, figure, number

def draw(n):
    fig, ax = axes()
    ax.plot([0, n])
    return figure(fig, alt=f"A line from 0 to {n}.", caption=f"up to {n}")

print("one"); print("two")
Panel(draw, n=number("n", 1, 0, 9))
```

```python raises-exception
raise ValueError("on purpose")
```

```python
def answer(x):
    # solution
    return x + 1
    # stub
    return ...
    # end

value = 1 + 1  # solution
print(value)
```
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "31_small.md").write_text(SMALL, encoding="utf-8")
    return tmp_path


def test_the_examples_in_the_docstrings_hold() -> None:
    failed, tried = doctest.testmod(source)
    assert tried > 0 and failed == 0


def test_a_source_becomes_cells_with_stub_and_solution(small: Path) -> None:
    (chapter,) = source.read_chapters(small / "chapters")
    assert [(cell.kind, cell.tags) for cell in chapter.cells] == [
        ("markdown", ()),
        ("markdown", ("workshop",)),
        ("code", ("interview",)),
        ("code", ("raises-exception",)),
        ("code", ()),
    ]
    last = chapter.cells[-1]
    assert last.stub == "def answer(x):\n    return ...\n\nvalue = ...\nprint(value)"
    assert last.solved == "def answer(x):\n    return x + 1\n\nvalue = 1 + 1\nprint(value)"


@pytest.mark.parametrize(
    ("change", "to", "words"),
    [
        ("part: core\n", "", "the header has"),
        ("level: option", "level: hard", "level is one of"),
        ("raises-exception", "raises", "unknown tag"),
        ("    # end\n", "", "without its `# end`"),
        ("x + 1", "x +", "invalid syntax"),
        ("---\ntitle", "title", "without a header"),
    ],
)
def test_a_source_that_cannot_be_read_is_refused_with_its_name(small: Path, change: str, to: str, words: str) -> None:
    path = small / "chapters" / "31_small.md"
    path.write_text(SMALL.replace(change, to, 1), encoding="utf-8")
    with pytest.raises(source.SourceError, match=words) as refusal:
        source.read_chapter(path)
    assert "31_small.md" in str(refusal.value)


def test_building_twice_gives_the_same_bytes_and_check_sees_any_change(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = ["--root", str(small), "build"]
    assert course.main(run) == 0
    path = small / "notebooks" / "31_small.ipynb"
    first = path.read_bytes()
    solved = json.loads((small / "notebooks" / "solutions" / "31_small.ipynb").read_text(encoding="utf-8"))
    assert printed(code_cells(solved)[-1]) == "2\n" and "solution" in code_cells(solved)[-1]["metadata"]["tags"]
    assert printed(code_cells(json.loads(first))[-1]) == "Ellipsis\n"
    assert printed(code_cells(solved)[0]) == "one\ntwo\n", "one stream, however the kernel cut it"
    assert code_cells(solved)[1]["outputs"][0]["traceback"] == ["ValueError: on purpose"]

    path.unlink()
    assert course.main([*run, "31"]) == 0
    assert path.read_bytes() == first

    changed = first.replace(b"Ellipsis\\n", b"something else\\n")
    path.write_bytes(changed)
    capsys.readouterr()
    assert course.main([*run, "--check"]) == 1
    said = capsys.readouterr().out
    assert "31_small.ipynb (stored)" in said and "something else" in said and said.count("\n") < 25
    assert path.read_bytes() == changed, "--check writes nothing"
    path.write_bytes(first)
    (small / "notebooks" / "32_gone.ipynb").write_bytes(first)
    assert course.main([*run, "--check"]) == 1
    assert "32_gone.ipynb has no source" in capsys.readouterr().out


def test_a_cell_that_raises_fails_the_build_with_its_words(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = small / "chapters" / "31_small.md"
    path.write_text(SMALL.replace("```python raises-exception", "```python"), encoding="utf-8")
    assert course.main(["--root", str(small), "build"]) == 1
    said = capsys.readouterr().err
    assert "31_small.ipynb" in said and "on purpose" in said
    assert not (small / "notebooks" / "31_small.ipynb").exists(), "nothing half-built is written"


def test_an_unknown_chapter_lists_those_there_are(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert course.main(["--root", str(small), "build", "77"]) == 2
    assert "there is no chapter 77" in (said := capsys.readouterr().err) and "31  Small" in said


def test_pictures_with_the_same_pixels_keep_their_stored_bytes() -> None:
    import base64
    import io

    from PIL import Image

    def packed(colour: str, level: int) -> str:
        buffer = io.BytesIO()
        Image.new("RGB", (64, 64), colour).save(buffer, format="PNG", compress_level=level)
        return f'"image/png": "{base64.b64encode(buffer.getvalue()).decode("ascii")}"'

    old, same, other = packed("red", 1), packed("red", 9), packed("blue", 9)
    assert old != same
    assert notebook.keep_pictures(same, old) == old
    assert notebook.keep_pictures(other, old) == other


def test_navigation_names_the_neighbours_that_exist() -> None:
    def named(name: str) -> source.Chapter:
        facts = {"part": "core", "level": "core", "needs": (), "outcome": "x", "cells": ()}
        return source.Chapter(number=name[:2], name=name, title=name[3:].title(), **facts)

    three = [named("00_tour"), named("02_ids"), named("05_fanout")]
    first, middle, last = (pages.navigation(chapter, three) for chapter in three)
    assert first == "[contents](contents.ipynb) · [02 Ids →](02_ids.ipynb)"
    assert middle == "[← 00 Tour](00_tour.ipynb) · [contents](contents.ipynb) · [05 Fanout →](05_fanout.ipynb)"
    assert last == "[← 02 Ids](02_ids.ipynb) · [contents](contents.ipynb)"
    assert "(../contents.ipynb)" in pages.navigation(three[1], three, solved=True)


# ---------------------------------------------------------------- the working copy


@pytest.fixture
def shop(tmp_path: Path) -> tuple[Path, Path]:
    """A folder of two chapters with outputs, and where the learner's copy goes."""
    books = tmp_path / "notebooks"
    books.mkdir()
    for name in ("02_ids", "05_fanout"):
        ship(books / f"{name}.ipynb", "x = ...")
    return books, tmp_path / "my_course"


def ship(path: Path, code: str) -> None:
    output = {"name": "stdout", "output_type": "stream", "text": ["spoiler\n"]}
    cell = {"cell_type": "code", "execution_count": 1, "id": "a", "metadata": {}, "outputs": [output], "source": [code]}
    read = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(notebook.dumps(read), encoding="utf-8", newline="\n")


def edit(path: Path, code: str | None = None) -> None:
    """What a learner does: run the cells, and perhaps change one."""
    read = json.loads(path.read_text(encoding="utf-8"))
    read["cells"][0] |= {"execution_count": 7, "outputs": [], "metadata": {"collapsed": True}}
    read["metadata"]["language_info"] = {"version": "3.11.7"}
    if code is not None:
        read["cells"][0]["source"] = code
    path.write_text(json.dumps(read, indent=2), encoding="utf-8")


def code_of(path: Path) -> str:
    return "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])


def test_prepare_strips_outputs_and_is_quiet_the_second_time(shop: tuple[Path, Path]) -> None:
    books, mine = shop
    assert working_copy.prepare(books, mine) == []
    assert "spoiler" not in (mine / "02_ids.ipynb").read_text(encoding="utf-8")
    before = {path.name: path.read_bytes() for path in mine.iterdir()}
    assert working_copy.prepare(books, mine) == []
    assert {path.name: path.read_bytes() for path in mine.iterdir()} == before


def test_an_unedited_chapter_is_refreshed_even_when_it_was_run(shop: tuple[Path, Path]) -> None:
    books, mine = shop
    working_copy.prepare(books, mine)
    edit(mine / "02_ids.ipynb")
    ship(books / "02_ids.ipynb", "y = ...")
    assert working_copy.prepare(books, mine) == ["02_ids.ipynb: refreshed (you had not edited it)"]
    assert code_of(mine / "02_ids.ipynb") == "y = ..."


def test_an_edited_chapter_is_kept_and_the_new_one_is_offered(shop: tuple[Path, Path]) -> None:
    books, mine = shop
    working_copy.prepare(books, mine)
    edit(mine / "02_ids.ipynb", "x = 42")
    before = (mine / "02_ids.ipynb").read_bytes()
    assert working_copy.prepare(books, mine) == [], "no news, no words"
    ship(books / "02_ids.ipynb", "y = ...")
    for _ in range(2):  # and again at each start, until the learner decides
        (said,) = working_copy.prepare(books, mine)
        assert "kept as you edited it" in said and "reset 02" in said
        assert (mine / "02_ids.ipynb").read_bytes() == before


@pytest.mark.parametrize("lost", ["{", "[]", None], ids=["broken", "odd", "deleted"])
def test_without_its_manifest_everything_counts_as_edited(shop: tuple[Path, Path], lost: str | None) -> None:
    books, mine = shop
    working_copy.prepare(books, mine)
    edit(mine / "02_ids.ipynb", "x = 42")
    if lost is None:
        (mine / working_copy.MANIFEST).unlink()
    else:
        (mine / working_copy.MANIFEST).write_text(lost, encoding="utf-8")
    (said,) = working_copy.prepare(books, mine)
    assert "02_ids.ipynb: kept" in said and code_of(mine / "02_ids.ipynb") == "x = 42"


def test_what_is_no_notebook_any_more_is_kept(shop: tuple[Path, Path]) -> None:
    books, mine = shop
    working_copy.prepare(books, mine)
    (mine / "02_ids.ipynb").write_text("<<<<<<< mine", encoding="utf-8")
    (said,) = working_copy.prepare(books, mine)
    assert "no readable notebook" in said and (mine / "02_ids.ipynb").read_text(encoding="utf-8") == "<<<<<<< mine"


def test_reset_gives_one_chapter_and_keeps_the_learners_beside_it(shop: tuple[Path, Path]) -> None:
    books, mine = shop
    working_copy.prepare(books, mine)
    for turn, code in enumerate(("x = 42", "x = 43"), 1):
        edit(mine / "02_ids.ipynb", code)
        said = working_copy.reset(books, mine, "2")
        assert said == ["02_ids.ipynb: as new", f"your version is kept as 02_ids.mine-{turn}.ipynb"]
        assert code_of(mine / f"02_ids.mine-{turn}.ipynb") == code
        assert code_of(mine / "02_ids.ipynb") == "x = ..."
    assert working_copy.prepare(books, mine) == []


def test_reset_of_an_unknown_chapter_lists_those_there_are(shop: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    books, _ = shop
    assert course.main(["--root", str(books.parent), "reset", "77"]) == 2
    said = capsys.readouterr().err
    assert "there is no chapter '77'" in said and "02  ids" in said and "05  fanout" in said
    assert build.choose(CHAPTERS, []) == CHAPTERS
