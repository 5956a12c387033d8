"""Pictures that are drawn everywhere: one object that carries its PNG, its words and its numbers.

The case study has no pictures but boxes and arrows. Invariant: a `Picture` cannot be made without an alternative text
and a caption; its text summary is what tests compare (a PNG is never compared), and its numbers stand in a table.
A trusted JupyterLab, an untrusted fresh clone and GitHub all show the HTML figure; a terminal shows the summary.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from twitlab.core.errors import InvalidRequest

INK, GREY = "#1a1a1a", "#5f6368"
BLUE, RED, GREEN, ORANGE, PURPLE = "#0b5cad", "#b3261e", "#1b6e3c", "#a14a00", "#6a3d9a"
COLOURS = (BLUE, RED, GREEN, ORANGE, PURPLE, GREY)
"""Each has a contrast of at least 4.5 to 1 on white (a test computes it), so text may have these colours too."""

Row = Sequence[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture as a notebook cell shows it; as the last line of a cell it displays itself.

    `png`: the bytes; `alt`: what a person who cannot see it should know; `caption`: one sentence that says what to
    see; `table`: the numbers behind it, the first row holds the headings.
    """

    png: bytes
    alt: str
    caption: str
    table: tuple[tuple[str, ...], ...] = ()

    @property
    def html(self) -> str:
        """An HTML figure with the picture inside it, the caption below, the numbers folded away."""
        image = f'<img alt="{escape(self.alt)}" src="data:image/png;base64,{_base64(self.png)}">'
        numbers = ""
        if self.table:
            head, *body = (
                "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row)
                for row, tag in zip(self.table, ("th", *["td"] * len(self.table)), strict=False)
            )
            rows = "".join(f"<tr>{row}</tr>" for row in (head, *body))
            numbers = f"<details><summary>The numbers in this picture</summary><table>{rows}</table></details>"
        return f"<figure>{image}<figcaption>{escape(self.caption)}</figcaption>{numbers}</figure>"

    @property
    def text(self) -> str:
        """The summary in words: caption, description, table."""
        widths = [max(map(len, column)) for column in zip(*self.table, strict=True)] if self.table else []
        rows = ("  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in self.table)
        return "\n".join([f"[picture] {self.caption}", self.alt, *rows])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": self.text, "text/html": self.html, "image/png": _base64(self.png)}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def figure(fig: Any, *, alt: str, caption: str, table: Sequence[Row] = ()) -> Picture:
    """A matplotlib figure as a `Picture`: white background, 100 dots an inch, no metadata that differs by machine.

    Numbers in `table` are shown with thousands separators; round them yourself. Refuses empty words.
    """
    if not alt.strip() or not caption.strip():
        raise InvalidRequest(f"figure(alt={alt!r}, caption={caption!r}): say both what is drawn and what to see in it")
    rows = tuple(tuple(_cell(cell) for cell in row) for row in table)
    if len({len(row) for row in rows}) > 1:
        raise InvalidRequest(f"figure(table=…): rows of {sorted({len(row) for row in rows})} cells; make them equal")
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=100, facecolor="white", metadata={"Software": None}, pil_kwargs={"optimize": True})
    return Picture(png=buffer.getvalue(), alt=" ".join(alt.split()), caption=" ".join(caption.split()), table=rows)


def _cell(cell: Any) -> str:
    return f"{cell:,}" if isinstance(cell, int | float) and not isinstance(cell, bool) else str(cell)


def axes(*, x: str = "", y: str = "", width: float = 7.2, height: float = 3.6) -> tuple[Any, Any]:
    """A figure and its axes in house style, without pyplot's global state: `fig, ax = axes(x="tweets", y="writes")`."""
    from matplotlib.figure import Figure

    fig = Figure(figsize=(width, height), layout="constrained")
    ax = fig.add_subplot()
    ax.set_xlabel(x, color=INK)
    ax.set_ylabel(y, color=INK)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(colors=INK)
    ax.set_axisbelow(True)
    ax.grid(axis="y", color="#dddddd", linewidth=0.8)
    return fig, ax


def bars(values: Mapping[str, float], *, x: str, y: str, alt: str, caption: str, log: bool = False, worst: str = "") -> Picture:
    """One bar a name, with its value on top; the bar named `worst` is red. The table comes with it."""
    fig, ax = axes(x=x, y=y)
    drawn = ax.bar(list(values), list(values.values()), color=[RED if name == worst else BLUE for name in values])
    ax.bar_label(drawn, labels=[_cell(value) for value in values.values()], color=INK, padding=2)
    if log:
        ax.set_yscale("log")
    ax.margins(y=0.15)
    return figure(fig, alt=alt, caption=caption, table=[(x or "name", y), *values.items()])


def lines(
    at: Sequence[float],
    series: Mapping[str, Sequence[float]],
    *,
    x: str,
    y: str,
    alt: str,
    caption: str,
    log: str = "",
) -> Picture:
    """One line a series over the same `at`, labelled in a legend; `log` is "", "x", "y" or "xy". The table comes along.

    Lines differ by marker as well as by colour.
    """
    fig, ax = axes(x=x, y=y)
    for (name, values), colour, marker in zip(series.items(), COLOURS, "os^Dvx", strict=False):
        ax.plot(at, values, label=name, color=colour, marker=marker, markersize=4)
    if "x" in log:
        ax.set_xscale("log")
    if "y" in log:
        ax.set_yscale("log")
    if len(series) > 1:
        ax.legend(frameon=False)
    rows = [(x, *series), *zip(at, *series.values(), strict=True)]
    return figure(fig, alt=alt, caption=caption, table=rows)
