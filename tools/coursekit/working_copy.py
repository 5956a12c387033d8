"""my_course/: the folder a learner works in. Outputs stripped, so that "predict, then run" is not spoiled.

Invariant: a learner's edit is never overwritten. `.given.json` remembers for each file a digest of the cells that were
given. What still has that digest is refreshed when the chapter changes; what differs is kept, the new one is offered.
Running cells is no edit: only the cells' sources count. Standard library only: a wheel may carry this later.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

MANIFEST = ".given.json"


class UnknownChapter(ValueError):
    """A number that no chapter has; the message lists those there are."""


def prepare(notebooks: Path, course: Path) -> list[str]:
    """Bring `course` up to date with the chapters in `notebooks`; returns one line a file that is worth a word."""
    course.mkdir(parents=True, exist_ok=True)
    given, said = _given(course), []
    for source in sorted(notebooks.glob("*.ipynb")):
        fresh, target = stripped(source), course / source.name
        digest = digest_of(fresh)
        mine = _digest_of_file(target) if target.exists() else None
        if mine is None and target.exists():
            said.append(f"{target.name}: kept, but it is no readable notebook; {_offer(target)}")
        elif mine is None:
            _write(target, fresh)
            given[target.name] = digest
        elif mine == digest:
            given[target.name] = digest
        elif mine == given.get(target.name):
            _write(target, fresh)
            given[target.name] = digest
            said.append(f"{target.name}: refreshed (you had not edited it)")
        elif given.get(target.name) != digest:
            said.append(f"{target.name}: kept as you edited it; there is a newer version: {_offer(target)}")
    _write(course / MANIFEST, given)
    return said


def reset(notebooks: Path, course: Path, number: str) -> list[str]:
    """Give one chapter afresh; the learner's own file stays beside it as a backup."""
    source = find(notebooks, number)
    course.mkdir(parents=True, exist_ok=True)
    target, said = course / source.name, []
    if target.exists():
        backup = _free_name(target)
        target.replace(backup)
        said.append(f"your version is kept as {backup.name}")
    fresh = stripped(source)
    _write(target, fresh)
    _write(course / MANIFEST, _given(course) | {target.name: digest_of(fresh)})
    return [f"{target.name}: as new", *said]


def find(notebooks: Path, number: str) -> Path:
    """The chapter with this number ("2" is "02"); refuses an unknown one and lists what there is."""
    there = sorted(notebooks.glob("[0-9A-Z][0-9A-Z]_*.ipynb"))
    wanted = number.strip().upper().zfill(2)
    for path in there:
        if path.name[:2] == wanted:
            return path
    listed = "\n".join(f"  {path.name[:2]}  {path.stem[3:].replace('_', ' ')}" for path in there)
    raise UnknownChapter(f"there is no chapter {number!r}. There are:\n{listed or '  none: build them first'}")


def stripped(path: Path) -> dict[str, Any]:
    """A notebook without outputs and execution counts."""
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    return notebook


def digest_of(notebook: dict[str, Any]) -> str:
    """A digest of what a learner can edit: kinds and sources of the cells, in order; blank cells do not count."""
    cells = [(cell["cell_type"], "".join(cell["source"]).strip()) for cell in notebook["cells"]]
    told: Sequence[tuple[str, str]] = [cell for cell in cells if cell[1]]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _digest_of_file(path: Path) -> str | None:
    """The digest of a notebook on disk, or None when it is not one (half-saved, merged by hand, …)."""
    try:
        return digest_of(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError):
        return None


def _given(course: Path) -> dict[str, str]:
    """The manifest; one that is lost or broken only means that every file counts as edited."""
    try:
        read = json.loads((course / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _offer(target: Path) -> str:
    return f"`python dev.py reset {target.name[:2]}` gives it and keeps yours as a backup"


def _free_name(path: Path) -> Path:
    turn = 1
    while (backup := path.with_name(f"{path.stem}.mine-{turn}{path.suffix}")).exists():
        turn += 1
    return backup


def _write(path: Path, content: dict[str, Any]) -> None:
    """Write JSON beside the file and move it there: never half a notebook."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
    beside.replace(path)
