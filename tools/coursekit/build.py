"""Build chapters: generate, execute in the running Python, normalise, write; or only compare."""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from coursekit import notebook
from coursekit.notebook import Notebook, dumps
from coursekit.pages import CONTENTS, contents
from coursekit.source import Chapter, read_chapters

CELL_TIMEOUT_S = 120


class UnknownChapter(ValueError):
    """A number that no chapter has; the message lists those there are."""


class ChapterFailed(RuntimeError):
    """A cell of a chapter raised; the message names the chapter and shows the cell."""


def choose(chapters: Sequence[Chapter], numbers: Sequence[str]) -> list[Chapter]:
    """The chapters with these numbers ("2" is "02"); all of them when none is given."""
    known = {chapter.number: chapter for chapter in chapters}
    wanted = [number.upper().zfill(2) for number in numbers] or list(known)
    if missing := [number for number in wanted if number not in known]:
        listed = "\n".join(f"  {chapter.number}  {chapter.title}" for chapter in chapters)
        raise UnknownChapter(f"there is no chapter {', '.join(missing)}. There are:\n{listed}")
    return [known[number] for number in wanted]


def build(root: Path, numbers: Sequence[str] = (), *, check: bool = False, jobs: int = 2) -> list[str]:
    """Build the chapters with these numbers (all: none given) and the contents pages under `root`.

    Returns what changed, one text a file: with `check`, nothing is written and each text is a short diff.
    """
    chapters = read_chapters(root / "chapters")
    texts: dict[Path, str] = {}
    plain: dict[Path, Notebook] = {}
    for chapter in choose(chapters, numbers):
        plain[Path("notebooks") / chapter.file] = notebook.student(chapter, chapters)
        plain[Path("notebooks") / "solutions" / chapter.file] = notebook.solutions(chapter, chapters)
    with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        done = pool.map(lambda path: dumps(execute(plain[path], root / path.parent, path.as_posix())), plain)
        texts.update(zip(plain, done, strict=True))
    texts[Path("notebooks") / "README.md"] = contents(chapters)
    texts[Path("notebooks") / CONTENTS] = dumps(notebook.contents_page(chapters))
    changed = [found for path, text in texts.items() if (found := _settle(root, path, text, check=check))]
    return changed + ([] if numbers else _strangers(root, chapters, check=check))


def execute(plain: Notebook, folder: Path, name: str) -> Notebook:
    """Run a generated notebook in `folder`, in a fresh kernel of this Python, and return its normal form."""
    import nbformat
    from ipykernel.kernelspec import get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    class ThisPython(AsyncKernelManager):
        """Starts the Python that is running, whatever kernels are installed on this machine."""

        @property
        def kernel_spec(self) -> KernelSpec:
            return KernelSpec(resource_dir="", **get_kernel_dict())

    running = nbformat.reads(dumps(plain), as_version=4)
    folder.mkdir(parents=True, exist_ok=True)
    client = NotebookClient(
        running,
        timeout=CELL_TIMEOUT_S,
        kernel_manager_class=ThisPython,
        store_widget_state=False,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(folder)}},
    )
    paths = [str(Path(part or ".").resolve()) for part in sys.path]  # the kernel imports what this process would
    try:
        client.execute(env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)})
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise ChapterFailed(f"{name}: {_short(str(error))}") from error
    return notebook.normalise(running, plain)


def _short(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)[-3000:]


def _settle(root: Path, path: Path, text: str, *, check: bool) -> str | None:
    """Write `text`, or only say how it differs from what is there; None when nothing changes."""
    target = root / path
    old = target.read_bytes().decode("utf-8") if target.exists() else ""
    text = notebook.keep_pictures(text, old)
    if old == text:
        return None
    if not check:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
        return f"wrote {path.as_posix()}"
    return _diff(old, text, path.as_posix())


def _diff(old: str, new: str, name: str, most: int = 20) -> str:
    lines = difflib.unified_diff(
        old.splitlines(), new.splitlines(), f"{name} (stored)", f"{name} (regenerated)", lineterm="", n=1
    )
    short = [line if len(line) < 160 else line[:157] + "..." for line in lines]
    return "\n".join(short[:most] + ([f"... {len(short) - most} lines more"] if len(short) > most else []))


def _strangers(root: Path, chapters: Sequence[Chapter], *, check: bool) -> list[str]:
    """Notebooks whose source is gone: removed, or reported."""
    known = {chapter.file for chapter in chapters} | {CONTENTS}
    found = [
        path
        for folder in (root / "notebooks", root / "notebooks" / "solutions")
        for path in sorted(folder.glob("*.ipynb"))
        if path.name not in known
    ]
    if not check:
        for path in found:
            path.unlink()
    word = "has no source in chapters/" if check else "removed (no source):"
    return [f"{path.relative_to(root).as_posix()} {word}" for path in found]
