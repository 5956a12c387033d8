"""The course's command line: build the chapters, prepare the learner's working copy, reset one chapter.

python tools/course.py build [NN ...]           generate, execute, normalise, write notebooks/
python tools/course.py build --check [NN ...]   the same without writing: fails with a short diff if anything changes
python tools/course.py prepare                  my_course/ as the learner needs it; never overwrites an edit
python tools/course.py reset NN                 one chapter as new; the learner's stays as a backup
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from coursekit import build as building
from coursekit import working_copy
from coursekit.source import SourceError

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code: 0 fine, 1 something differs or failed, 2 asked for what is not there."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (building.UnknownChapter, working_copy.UnknownChapter, SourceError) as refusal:
        print(refusal, file=sys.stderr)
        return 2
    except building.ChapterFailed as failure:
        print(failure, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="course.py", description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout (default: this one)")
    verbs = parser.add_subparsers(required=True, metavar="build | prepare | reset")
    build = verbs.add_parser("build", help="generate, execute and normalise the notebooks")
    build.add_argument("chapters", nargs="*", metavar="NN", help="only these chapters")
    build.add_argument("--check", action="store_true", help="write nothing; fail if anything would change")
    build.set_defaults(run=_build)
    prepare = verbs.add_parser("prepare", help="bring my_course/ up to date")
    prepare.set_defaults(run=_prepare)
    reset = verbs.add_parser("reset", help="give one chapter afresh")
    reset.add_argument("chapter", metavar="NN")
    reset.set_defaults(run=_reset)
    return parser


def _build(options: argparse.Namespace) -> int:
    sys.path.insert(0, str(options.root))  # the chapters import this checkout's package
    changed = building.build(options.root, options.chapters, check=options.check)
    print("\n".join(changed) or "notebooks: nothing changes")
    return 1 if options.check and changed else 0


def _prepare(options: argparse.Namespace) -> int:
    said = working_copy.prepare(options.root / "notebooks", options.root / "my_course")
    print("\n".join(said) or "my_course: ready")
    return 0


def _reset(options: argparse.Namespace) -> int:
    said = working_copy.reset(options.root / "notebooks", options.root / "my_course", options.chapter)
    print("\n".join(said))
    return 0


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    sys.exit(main())
