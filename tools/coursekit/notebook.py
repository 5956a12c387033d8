"""From a chapter to notebook JSON, and the normal form in which two executions give the same bytes.

Plain dictionaries and `json`, so that nothing about the bytes depends on the version of a library.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Sequence
from typing import Any

from coursekit.pages import contents, first_cell, last_cell
from coursekit.source import Cell, Chapter

Notebook = dict[str, Any]
CellText = tuple[str, str, tuple[str, ...]]  # kind, source, tags

METADATA: dict[str, Any] = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}
WIDGET = "application/vnd.jupyter.widget-view+json"


def student(chapter: Chapter, chapters: Sequence[Chapter]) -> Notebook:
    """The chapter a student gets: gaps where the solutions are; not executed yet."""
    cells = [("markdown", cell.stub, cell.tags) if cell.kind == "markdown" else _stub(cell) for cell in chapter.cells]
    return _notebook(_framed(cells, first_cell(chapter, chapters), last_cell(chapter, chapters)), _facts(chapter))


def solutions(chapter: Chapter, chapters: Sequence[Chapter]) -> Notebook:
    """The same chapter with every gap filled; not executed yet."""
    cells: list[CellText] = []
    for cell in chapter.cells:
        extra = ("solution",) if cell.stub != cell.solved else ()
        text = cell.solved.replace("](../", "](../../") if cell.kind == "markdown" else cell.solved
        cells.append((cell.kind, text, tuple(sorted({*cell.tags, *extra}))))
    top, bottom = first_cell(chapter, chapters, solved=True), last_cell(chapter, chapters, solved=True)
    return _notebook(_framed(cells, top, bottom), _facts(chapter))


def contents_page(chapters: Sequence[Chapter]) -> Notebook:
    """The contents as a notebook: JupyterLab opens a link to it rendered, a link to Markdown as source."""
    return _notebook([("markdown", contents(chapters).strip(), ())], {})


def _framed(cells: list[CellText], top: str, bottom: str) -> list[CellText]:
    """The cells with the title before them and the links at the end of the last prose."""
    if cells and cells[-1][0] == "markdown":
        kind, last, tags = cells[-1]
        return [("markdown", top, ()), *cells[:-1], (kind, f"{last}\n\n{bottom}", tags)]
    return [("markdown", top, ()), *cells, ("markdown", bottom, ())]


def _stub(cell: Cell) -> CellText:
    extra = ("exercise",) if cell.stub != cell.solved else ()
    return "code", cell.stub, tuple(sorted({*cell.tags, *extra}))


def _facts(chapter: Chapter) -> dict[str, Any]:
    return {"level": chapter.level, "needs": list(chapter.needs), "number": chapter.number, "part": chapter.part}


def _notebook(cells: Sequence[CellText], facts: dict[str, Any]) -> Notebook:
    made, seen = [], set()
    for kind, source, tags in cells:
        turn = 0
        while (id := hashlib.sha256(f"{kind}{turn}{source}".encode()).hexdigest()[:8]) in seen:
            turn += 1
        seen.add(id)
        cell: dict[str, Any] = {"cell_type": kind, "id": id, "metadata": {"tags": list(tags)} if tags else {}}
        if kind == "code":
            cell |= {"execution_count": None, "outputs": []}
        made.append(cell | {"source": source.splitlines(keepends=True)})
    metadata = METADATA | ({"twitlab": facts} if facts else {})
    return {"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


# ---------------------------------------------------------------- the normal form


def normalise(executed: Notebook, plain: Notebook) -> Notebook:
    """The executed notebook with everything taken out that differs from run to run.

    Kept: sources, ids, tags and metadata of `plain`; of the execution only the counts and the outputs. Gone: widget
    state, times, kernel details. Streams are joined, widget views numbered in order.
    """
    cells, views = [], 0
    for before, after in zip(plain["cells"], executed["cells"], strict=True):
        cell = dict(before)
        if cell["cell_type"] == "code":
            cell["execution_count"] = after["execution_count"]
            cell["outputs"] = _joined([_output(output) for output in after["outputs"]])
            for output in cell["outputs"]:
                if WIDGET in output.get("data", {}):
                    views += 1
                    output["data"][WIDGET] = {"model_id": f"{views:032d}", "version_major": 2, "version_minor": 0}
        cells.append(cell)
    return plain | {"cells": cells}


def _output(output: dict[str, Any]) -> dict[str, Any]:
    kind = output["output_type"]
    if kind == "stream":
        return {"name": output["name"], "output_type": kind, "text": "".join(output["text"])}
    if kind == "error":
        plain = [re.sub(r"0x[0-9a-f]+", "0x0", line) for line in _plain_traceback(output)]
        return {"ename": output["ename"], "evalue": output["evalue"], "output_type": kind, "traceback": plain}
    data = {mime: _text(mime, value) for mime, value in sorted(output["data"].items())}
    kept = {"data": data, "metadata": {}, "output_type": kind}
    return kept | ({"execution_count": output["execution_count"]} if kind == "execute_result" else {})


def _plain_traceback(output: dict[str, Any]) -> list[str]:
    """The exception alone: frames name files, lines and colours of this machine."""
    return [f"{output['ename']}: {output['evalue']}"]


def _text(mime: str, value: Any) -> Any:
    if mime == "image/png":
        return "".join(value).strip()
    if isinstance(value, list):
        value = "".join(value)
    return value.splitlines(keepends=True) if isinstance(value, str) else value


def _joined(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Streams that follow each other become one: how a kernel cuts them is chance."""
    joined: list[dict[str, Any]] = []
    for output in outputs:
        if joined and output["output_type"] == "stream" and joined[-1].get("name") == output["name"]:
            joined[-1]["text"] += output["text"]
        else:
            joined.append(output)
    for output in joined:
        if output["output_type"] == "stream":
            output["text"] = output["text"].splitlines(keepends=True)
    return joined


def dumps(notebook: Notebook) -> str:
    """The notebook's text: sorted keys, one-space indent as Jupyter writes it, LF at the end."""
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


# ---------------------------------------------------------------- pictures

_PICTURE = re.compile(r"(?<=data:image/png;base64,)[A-Za-z0-9+/=]+")


def keep_pictures(new: str, old: str) -> str:
    """`new` with the old bytes of every picture that shows the same pixels.

    Two machines draw the same pixels and pack them differently; a repository should not change for that.
    """
    fresh, stored = _pictures(new), _pictures(old)
    if len(fresh) == len(stored):
        for mine, yours in zip(fresh, stored, strict=True):
            if mine != yours and _pixels(mine) == _pixels(yours):
                new = new.replace(mine, yours)
    return new


def _pictures(text: str) -> list[str]:
    """The distinct pictures of a notebook's text, in order."""
    inline = _PICTURE.findall(text)
    bare = re.findall(r'"image/png": "([A-Za-z0-9+/=]+)', text)
    return list(dict.fromkeys(inline + bare))


def _pixels(picture: str) -> tuple[tuple[int, int], bytes]:
    from PIL import Image

    with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
        return image.size, image.convert("RGBA").tobytes()
