"""What a script writes and nobody else: a chapter's first and last cell, its minutes, and the contents pages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from coursekit.source import Chapter

CONTENTS = "contents.ipynb"
WORDS_A_MINUTE = 150
MINUTES_A_CODE_CELL = 1.0
MINUTES_AN_EXERCISE = 4.0
MINUTES_A_BUILD = 12.0
LEVEL_WORDS = {"core": "core chapter", "option": "optional chapter", "advanced": "advanced chapter"}


def minutes(chapter: Chapter) -> int:
    """How long a chapter takes, by formula: words read, code cells run, exercises, parts built; in steps of 5."""
    words = sum(len(re.findall(r"\w+", cell.stub)) for cell in chapter.cells if cell.kind == "markdown")
    code = sum(cell.kind == "code" for cell in chapter.cells)
    built = sum(bool("build" in cell.tags and cell.checks) for cell in chapter.cells)
    exercises = sum(len(cell.checks) for cell in chapter.cells) - built
    total = words / WORDS_A_MINUTE + code * MINUTES_A_CODE_CELL + exercises * MINUTES_AN_EXERCISE + built * MINUTES_A_BUILD
    return max(5, 5 * round(total / 5))


def first_cell(chapter: Chapter, chapters: Sequence[Chapter], *, solved: bool = False) -> str:
    """Title, outcome, facts and links."""
    needs = f" · needs {', '.join(chapter.needs)}" if chapter.needs else ""
    lines = [f"# {chapter.number} · {chapter.title}", ""]
    if solved:
        lines += [f"**Solutions.** Try first: [the chapter](../{chapter.file}) has the same cells with gaps.", ""]
    lines += [
        f"**After this chapter you can** {chapter.outcome}.",
        "",
        f"*Part: {chapter.part} · {LEVEL_WORDS[chapter.level]} · about {minutes(chapter)} minutes{needs}*",
        "",
        navigation(chapter, chapters, solved=solved),
    ]
    return "\n".join(lines)


def last_cell(chapter: Chapter, chapters: Sequence[Chapter], *, solved: bool = False) -> str:
    """The way on; in a student's chapter also where the solutions are (the link holds in my_course/ as well)."""
    links = navigation(chapter, chapters, solved=solved)
    has_gaps = any(cell.stub != cell.solved for cell in chapter.cells)
    if solved or not has_gaps:
        return f"---\n{links}"
    return f"---\n{links}\n\nStuck? [Solutions of this chapter](../notebooks/solutions/{chapter.file})."


def navigation(chapter: Chapter, chapters: Sequence[Chapter], *, solved: bool = False) -> str:
    """Previous, contents, next: relative links, between chapters that exist."""
    place = [other.name for other in chapters].index(chapter.name)
    up = "../" if solved else ""
    links = [f"[contents]({up}{CONTENTS})"]
    if place > 0:
        links.insert(0, f"[← {_label(chapters[place - 1])}]({chapters[place - 1].file})")
    if place + 1 < len(chapters):
        links.append(f"[{_label(chapters[place + 1])} →]({chapters[place + 1].file})")
    return " · ".join(links)


def _label(chapter: Chapter) -> str:
    return f"{chapter.number} {chapter.title}"


def contents(chapters: Sequence[Chapter]) -> str:
    """The table of contents as Markdown: for README.md on a code host and for contents.ipynb in JupyterLab."""
    lines = [
        "# twitlab: the course",
        "",
        "Run the cells from the top with Shift-Enter. Chapters marked * are the core: a complete short course.",
        "",
        "| part | chapter | after it you can | minutes | needs |",
        "|---|---|---|---|---|",
    ]
    for chapter in chapters:
        star = "*" if chapter.level == "core" else ""
        link = f"[{_label(chapter)}]({chapter.file}){star}"
        needs = ", ".join(chapter.needs) or "–"
        lines.append(f"| {chapter.part} | {link} | {chapter.outcome} | {minutes(chapter)} | {needs} |")
    core = sum(minutes(chapter) for chapter in chapters if chapter.level == "core")
    lines += [
        "",
        f"The core chapters take about {core} minutes. Solutions: [solutions/](../notebooks/solutions/).",
        "",
    ]
    return "\n".join(lines)
