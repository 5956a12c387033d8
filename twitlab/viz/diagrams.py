"""Diagrams of what happened: lanes (who did what to whom, in which order) and timelines (when).

The case study's own drawing is one box diagram; stories are where its code fails. Invariant: a diagram is drawn from
the same steps that are printed, so picture and text cannot disagree.
Real systems draw the same thing from traces: Twitter's Zipkin (2012) shows a request as bars on lanes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from twitlab.viz.plots import BLUE, GREY, INK, RED, Picture, axes, figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a story: `lane` does `text`, perhaps towards the lane `to`; `bad` marks where it goes wrong."""

    lane: str
    text: str
    to: str = ""
    bad: bool = False


def read_step(line: str) -> Step:
    """A step from a line of a story: the first word is the lane; what contains "should" is where it goes wrong.

    >>> read_step("1 follows 2")
    Step(lane='user 1', text='follows 2', to='user 2', bad=False)
    >>> read_step("1 reads [1], should be [2, 1]").bad
    True
    """
    who, _, text = line.strip().partition(" ")
    towards = re.fullmatch(r"[a-z]+ (\d+)", text)
    return Step(lane=_lane(who), text=text, to=_lane(towards[1]) if towards else "", bad="should" in text)


def _lane(who: str) -> str:
    return f"user {who}" if who.isdigit() else who


def lanes(story: Sequence[Step | str], *, caption: str, alt: str = "") -> Picture:
    """A lane diagram: one column a lane, one row a step, time downwards, the failing step red.

    `story` holds `Step`s, or lines as the referee prints them ("1 follows 2"). The words are the table; without `alt`
    the story itself is the alternative text.
    """
    told = [read_step(step) if isinstance(step, str) else step for step in story]
    names = list(dict.fromkeys(name for step in told for name in (step.lane, step.to) if name))
    place = {name: number for number, name in enumerate(names)}
    fig, ax = axes(width=max(4.5, 2.4 * len(names)), height=0.9 + 0.42 * len(told))
    for name, column in place.items():
        ax.plot([column, column], [-0.6, len(told) - 0.4], color="#cccccc", zorder=0)
        ax.text(column, -0.8, name, ha="center", va="bottom", color=INK, weight="bold")
    for row, step in enumerate(told):
        colour, column = RED if step.bad else BLUE, place[step.lane]
        if step.to and step.to != step.lane:
            ends = {"xy": (place[step.to], row), "xytext": (column, row)}
            ax.annotate("", **ends, arrowprops={"arrowstyle": "->", "color": colour})
        ax.plot([column], [row], marker="X" if step.bad else "o", color=colour)
        ax.text(column + 0.06, row - 0.12, step.text, color=RED if step.bad else INK, va="bottom", fontsize=9)
    ax.set_ylim(len(told) - 0.3, -1.4)
    ax.set_xlim(-0.3, len(names) - 0.1)
    ax.axis("off")
    rows = [(number, step.lane, step.text, step.to) for number, step in enumerate(told, 1)]
    told_alt = alt or "; ".join(f"{step.lane} {step.text}" for step in told)
    return figure(fig, alt=told_alt, caption=caption, table=[("step", "who", "does", "to"), *rows])


def timeline(events: Sequence[tuple[float, str, str]], *, x: str, caption: str, alt: str) -> Picture:
    """Events on a time axis: `events` holds (time, lane, label); one row a lane, first come first drawn.

    Time has the unit that `x` names. A label that begins with "!" is drawn red, without its sign.
    """
    names = list(dict.fromkeys(lane for _, lane, _ in events))
    fig, ax = axes(x=x, height=0.9 + 0.6 * len(names))
    for at, lane, label in events:
        row, bad = names.index(lane), label.startswith("!")
        ax.plot([at], [row], marker="X" if bad else "o", color=RED if bad else BLUE)
        ax.annotate(
            label.removeprefix("!"),
            (at, row),
            xytext=(4, 5),
            textcoords="offset points",
            fontsize=9,
            color=RED if bad else INK,
        )
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.8)
    ax.margins(x=0.12)
    ax.grid(axis="x", color="#eeeeee")
    ax.tick_params(axis="y", length=0, labelcolor=GREY)
    rows = [(at, lane, label.removeprefix("!")) for at, lane, label in events]
    return figure(fig, alt=alt, caption=caption, table=[(x, "where", "what"), *rows])
