"""The authored source of a chapter: a Markdown file that reads well on its own, parsed into cells.

    ---
    title: Ids that sort by time
    part: core
    level: core
    needs: 00, 01
    outcome: say what is in an id, and what breaks it
    ---
    Prose. A `## heading` begins a new cell, and so does `<!-- cell: workshop -->`, which gives it tags.

    ```python build raises-exception
    code, with tags behind the word python
    ```

A code cell that holds a solution becomes two: the student's (solution taken out) and the solved one.

    answer = 41 + 10 + 12  # solution        →  answer = ...
    # solution                               →  ...       (or what stands between `# stub` and `# end`)
    return ms << 22
    # end
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

TAGS = {"build", "raises-exception", "workshop", "interview", "exercise", "solution"}
LEVELS = ("core", "option", "advanced")
PARTS = ("start", "core", "finding", "people", "scale", "proof", "interview", "appendix")
HEADER = ("title", "part", "level", "needs", "outcome")

_FENCE = re.compile(r"```python(?P<tags>[^\n]*)\n(?P<code>.*?)^```\s*$", re.M | re.S)
_CELL_MARK = re.compile(r"^<!-- cell(?::(?P<tags>[^>]*?))? -->\s*$", re.M)
_BLOCK = re.compile(r"^(?P<indent>[ ]*)# solution\n(?P<solution>.*?)(?:^[ ]*# stub\n(?P<stub>.*?))?^[ ]*# end\n?", re.M | re.S)
_INLINE = re.compile(r"^(?P<name>[ ]*[\w., \[\]\"']+ = )(?P<value>.*?)[ ]+# solution$", re.M)
_CHECK = re.compile(r"^check\(\s*[\"'](\d\d\.\d+)[\"']", re.M)


class SourceError(ValueError):
    """A chapter's source that cannot be read: the message names the file and the way out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell: `kind` is "markdown" or "code"; `stub` is what a student gets, `solved` what the solutions show."""

    kind: str
    stub: str
    solved: str
    tags: tuple[str, ...] = ()

    @property
    def checks(self) -> list[str]:
        """The ids of the exercises that this cell checks."""
        return _CHECK.findall(self.solved) if self.kind == "code" else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One chapter: the header, and its cells without the title and the links, which the generator adds."""

    number: str
    name: str
    title: str
    part: str
    level: str
    needs: tuple[str, ...]
    outcome: str
    cells: tuple[Cell, ...]

    @property
    def file(self) -> str:
        """The notebook's file name."""
        return f"{self.name}.ipynb"


def read_chapters(folder: Path) -> list[Chapter]:
    """All chapters of a folder, in order; refuses two with one number."""
    found = [read_chapter(path) for path in sorted(folder.glob("[0-9A-Z][0-9A-Z]_*.md"))]
    numbers = [chapter.number for chapter in found]
    if len(set(numbers)) < len(numbers):
        raise SourceError(f"{folder}: two chapters share a number ({', '.join(numbers)}); rename one")
    return found


def read_chapter(path: Path) -> Chapter:
    """Parse one chapter; the number and the name come from the file's name (`02_ids.md`)."""
    text = path.read_text(encoding="utf-8").replace("\r\n", "\n")
    header, body = _header(text, path)
    return Chapter(
        number=path.stem[:2],
        name=path.stem,
        title=header["title"],
        part=header["part"],
        level=header["level"],
        needs=tuple(re.findall(r"\w+", header["needs"])),
        outcome=header["outcome"].rstrip("."),
        cells=tuple(_cells(body, path)),
    )


def _header(text: str, path: Path) -> tuple[dict[str, str], str]:
    match = re.match(r"---\n(.*?)\n---\n(.*)", text, re.S)
    if match is None:
        raise SourceError(f"{path.name}: begins without a header; write {', '.join(HEADER)} between two lines `---`")
    pairs = dict(line.split(":", 1) for line in match[1].splitlines() if ":" in line)
    header = {key.strip(): value.strip() for key, value in pairs.items()}
    if wrong := set(HEADER) ^ set(header):
        raise SourceError(f"{path.name}: the header has {', '.join(HEADER)}, nothing more or less; see {sorted(wrong)}")
    if header["level"] not in LEVELS or header["part"] not in PARTS:
        raise SourceError(f"{path.name}: level is one of {LEVELS}, part one of {PARTS}")
    return header, match[2]


def _cells(body: str, path: Path) -> list[Cell]:
    cells, end = [], 0
    for fence in _FENCE.finditer(body):
        cells += _prose(body[end : fence.start()], path)
        cells.append(_code(fence["code"].rstrip("\n") + "\n", fence["tags"].split(), path))
        end = fence.end()
    cells += _prose(body[end:], path)
    return cells


def _prose(text: str, path: Path) -> list[Cell]:
    """Split prose into cells at `## ` headings and cell marks (a mark directly before a heading tags its cell)."""
    cells: list[Cell] = []
    marks = [*_CELL_MARK.finditer(text)]
    borders = [(0, 0, ""), *((m.start(), m.end(), m["tags"] or "") for m in marks), (len(text), len(text), "")]
    for (_, begin, tags), (end, _, _) in pairwise(borders):
        for number, part in enumerate(re.split(r"^(?=## )", text[begin:end].lstrip("\n"), flags=re.M)):
            if part.strip():
                own = _known(tags.split(), path) if number <= 1 else ()
                cells.append(Cell(kind="markdown", stub=part.strip(), solved=part.strip(), tags=own))
    return cells


def _code(code: str, tags: list[str], path: Path) -> Cell:
    stub, solved = without_solution(code), with_solution(code)
    for text in (stub, solved):
        if re.search(r"^\s*# (solution|stub|end)$", text, re.M):
            raise SourceError(f"{path.name}: a `# solution` without its `# end` (or the other way round) in:\n{code}")
        try:
            compile(text, path.name, "exec")
        except SyntaxError as error:
            raise SourceError(f"{path.name}: {error.msg} in the cell\n{text}") from error
    return Cell(kind="code", stub=stub.strip("\n"), solved=solved.strip("\n"), tags=_known(tags, path))


def _known(tags: list[str], path: Path) -> tuple[str, ...]:
    if unknown := set(tags) - TAGS:
        raise SourceError(f"{path.name}: unknown tag {sorted(unknown)}; known: {sorted(TAGS)}")
    return tuple(sorted(tags))


def without_solution(code: str) -> str:
    """The student's side of a cell: each solution replaced by its stub, or by `...`.

    >>> without_solution("x = 1 + 1  # solution\\n")
    'x = ...\\n'
    """
    code = _BLOCK.sub(lambda m: m["stub"] if m["stub"] is not None else m["indent"] + "...\n", code)
    return _INLINE.sub(lambda m: m["name"] + "...", code)


def with_solution(code: str) -> str:
    """The solved side of a cell: the markers taken out, the solutions kept."""
    return _INLINE.sub(lambda m: m["name"] + m["value"], _BLOCK.sub(lambda m: m["solution"], code))
