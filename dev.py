"""Everything one does with a checkout of twitlab, by the same words on Linux, macOS and Windows.

    python3 dev.py lab [OPTIONS]     open the course in JupyterLab (--no-browser --port 8899; others go to JupyterLab)
    python3 dev.py test [ARGS]       run every test that needs no server (ARGS go to pytest)
    python3 dev.py demo [ARGS]       load the shipped network, or your own files, and show it at work
    python3 dev.py bench [NAME]      measure this machine (every benchmark, or one of them)
    python3 dev.py lint              ruff, mypy and import-linter
    python3 dev.py notebooks [--check]   regenerate, execute and normalise the chapters (--check: fail on a difference)
    python3 dev.py reset NN          give back chapter NN of your working copy as it was
    python3 dev.py doctor            look for what could be wrong with this machine, and say what to do

The first word that needs it makes `.venv` from `requirements.lock` (every package pinned, every file checked by its
hash), and makes it again when the lock changes. This file uses the standard library only.
"""

import sys

OLDEST, NEWEST = (3, 11), (3, 13)
if sys.version_info < OLDEST:  # before anything that an old Python might not understand
    sys.exit(
        "twitlab needs Python {}.{} or newer, and this is {}.{}.\n"
        "Look for a newer one (python3.12 --version), or install it, and run: python3.12 dev.py {}".format(
            *OLDEST, sys.version_info[0], sys.version_info[1], " ".join(sys.argv[1:])
        )
    )

import hashlib
import importlib.util
import os
import shutil
import socket
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent
LOCK = ROOT / "requirements.lock"
VENV = Path(os.environ.get("TWITLAB_VENV") or ROOT / ".venv").absolute()
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "twitlab-stamp.txt"
COURSE = ROOT / "tools" / "course.py"
NEEDS_SPACE_MB = 1500
REAL_PARTS = ("redis", "chromium", "py313", "slow")  # `test` leaves these to .ci/run, unless TWITLAB_REQUIRE insists


# ---------------------------------------------------------------- the environment


def stamp() -> str:
    """What a finished `.venv` was made from: it is out of date as soon as one line of this differs."""
    lines = [
        "lock " + hashlib.sha256(LOCK.read_bytes()).hexdigest(),
        "project " + hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest(),
        "checkout " + str(ROOT),  # a copied folder would still run the package of the original
    ]
    return "\n".join(lines) + "\n"


def environment_is_ready() -> bool:
    """True if `.venv` was finished from today's lock and its Python still runs."""
    if not STAMP.is_file() or STAMP.read_text(encoding="utf-8") != stamp():
        return False
    return venv_python_version() is not None


def venv_python_version() -> "tuple[int, ...] | None":
    """The version of the Python in `.venv`, or None if it does not run (its base was removed, or it is half-made)."""
    try:
        said = subprocess.run([PYTHON, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, encoding="utf-8")
    except OSError:
        return None
    return tuple(map(int, said.stdout.split())) if said.returncode == 0 else None


def ensure_environment() -> None:
    """Make, repair or update `.venv`; a run that was interrupted starts afresh, because the stamp is written last."""
    if environment_is_ready():
        return
    if missing_modules():
        sys.exit(venv_advice(missing_modules()))
    finished_here = STAMP.is_file() and STAMP.read_text(encoding="utf-8").splitlines()[-1:] == stamp().splitlines()[-1:]
    if not finished_here or venv_python_version() is None:
        make_venv()
    print(f"Installing the packages of {LOCK.name} into {VENV.name} (a few minutes, only once) ...", flush=True)
    STAMP.unlink(missing_ok=True)
    pip("install", "--no-deps", "--require-hashes", "--requirement", str(LOCK))
    pip("install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    quieten_jupyterlab()
    STAMP.write_text(stamp(), encoding="utf-8", newline="\n")
    print("The environment is ready.", flush=True)


def make_venv() -> None:
    """Create an empty `.venv`; whatever stood there half-made is removed first."""
    if VENV.exists() and any(VENV.iterdir()) and not looks_like_a_venv():
        sys.exit(f"{VENV} is not an environment that dev.py made. Move it away, and run this again.")
    if Path(sys.prefix).resolve() == VENV.resolve():
        sys.exit(f"{VENV.name} must be made again, but it is what runs this. Use another Python: python3 dev.py ...")
    print(f"Making {VENV.name} with Python {sys.version.split()[0]} ...", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    if subprocess.run([sys.executable, "-m", "venv", str(VENV)]).returncode != 0:
        sys.exit(venv_advice(["venv"]))


def looks_like_a_venv() -> bool:
    return (VENV / "pyvenv.cfg").is_file() or BIN.is_dir() or (VENV / "lib").is_dir()


def pip(*arguments: str) -> None:
    """Run the environment's own pip, and turn its failure into advice."""
    command = [PYTHON, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", *arguments]
    if subprocess.run(command, env=environment()).returncode != 0:
        sys.exit(
            "\nInstalling did not work (pip's own message is above).\n"
            "- No network, or a proxy? Try again later: what was downloaded is kept.\n"
            "- A disk that is full? `python3 dev.py doctor` tells.\n"
            "- A Python that is too new for a package? Use one of "
            f"{OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}: python3.13 dev.py {' '.join(sys.argv[1:])}"
        )


def quieten_jupyterlab() -> None:
    """Switch off JupyterLab's news and update dialogs in this environment only: nothing leaves the machine."""
    settings = VENV / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    news = '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}\n'
    settings.write_text(news, encoding="utf-8", newline="\n")
    page = VENV / "etc" / "jupyter" / "labconfig" / "page_config.json"
    page.parent.mkdir(parents=True, exist_ok=True)
    disabled = '{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}\n'
    page.write_text(disabled, encoding="utf-8", newline="\n")


def environment() -> "dict[str, str]":
    """The variables a program in `.venv` runs with: that environment first on the PATH, no foreign packages."""
    variables = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    variables["VIRTUAL_ENV"] = str(VENV)
    variables["PATH"] = str(BIN) + os.pathsep + variables.get("PATH", "")
    variables["PYTHONNOUSERSITE"] = "1"
    return variables


def run(*command: object) -> int:
    """Run a Python of `.venv` with these arguments from the project's folder; gives its exit code."""
    ensure_environment()
    try:
        return subprocess.run([str(PYTHON), *map(str, command)], cwd=ROOT, env=environment()).returncode
    except KeyboardInterrupt:
        return 130


# ---------------------------------------------------------------- the words


def lab_command(python: Path, root: Path) -> "list[str]":
    """JupyterLab on `root`: loopback only, with the server's own random token, open at the first chapter, and quiet."""
    chapters = sorted((root / "my_course").glob("00*.ipynb"))
    start = "/lab/tree/my_course" + (f"/{chapters[0].name}" if chapters else "")
    options = [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url={start}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--ServerApp.allow_root=True")
    return [str(python), "-m", "jupyterlab", *options]


def lab(arguments: "list[str]") -> int:
    """Bring the working copy up to date and open JupyterLab there; `arguments` go to JupyterLab."""
    code = run(COURSE, "prepare")
    if code != 0:
        return code
    command = [*lab_command(PYTHON, ROOT), *arguments]
    if os.name == "posix":  # become the server, so that a signal to this process reaches it
        os.chdir(ROOT)
        sys.stdout.flush()
        os.execve(PYTHON, command, environment())
    return run(*command[1:])


def test(arguments: "list[str]") -> int:
    """Unit, property, doctest and architecture tests and every notebook, in one pytest run on two processes."""
    required = {word.strip() for word in os.environ.get("TWITLAB_REQUIRE", "").split(",")}
    left_out = [part for part in REAL_PARTS if part not in required]
    named = any(Path(ROOT, word.split("::")[0]).exists() for word in arguments if not word.startswith("-"))
    paths = [] if named else [folder for folder in ("tests", "twitlab", "notebooks") if (ROOT / folder).is_dir()]
    strict = ["--nbval", "--nbval-current-env", "--nbval-sanitize-with", "tests/nbval_sanitize.cfg"]
    workers = ["-n", "2", "--dist", "loadscope", "--no-loadscope-reorder"]
    options = ["--doctest-modules", *strict, "--nbval-cell-timeout=120", *workers]
    if left_out:
        options += ["-m", "not ({})".format(" or ".join(left_out))]
        print(f"Left to .ci/run: tests marked {', '.join(left_out)} (TWITLAB_REQUIRE={left_out[0]} adds them here).")
        sys.stdout.flush()
    return run("-m", "pytest", *options, *arguments, *paths)


def demo(arguments: "list[str]") -> int:
    """The core loop on real input, from loading to a home timeline."""
    return run("-m", "twitlab", "demo", *arguments)


def bench(arguments: "list[str]") -> int:
    """Measure this machine: every benchmarks/bench_*.py, or the one that the first argument names."""
    scripts = {path.stem[len("bench_") :]: path for path in sorted((ROOT / "benchmarks").glob("bench_*.py"))}
    if arguments and not arguments[0].startswith("-"):
        if arguments[0] not in scripts:
            print(f"No benchmark is called {arguments[0]!r}; there are: {', '.join(scripts)}")
            return 2
        return run(scripts[arguments[0]], *arguments[1:])
    return max([run(script, *arguments) for script in scripts.values()], default=0)


def lint(arguments: "list[str]") -> int:
    """Style, types and floors; every tool runs, whatever the one before it found."""
    tools = [
        ("-m", "ruff", "check", "."),
        ("-m", "ruff", "format", "--check", "."),
        ("-m", "mypy"),
        ("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"),
    ]
    failed = 0
    for tool in tools:
        print("->", tool[1] if tool[0] == "-m" else "lint-imports", *tool[2:], flush=True)
        failed += run(*tool) != 0
    print(f"lint: {failed} of {len(tools)} found something" if failed else "lint: all clean")
    return 1 if failed else 0


def notebooks(arguments: "list[str]") -> int:
    """Make the chapters from their authored sources, run them, and write them in their normal form."""
    return run(COURSE, "build", *arguments)


def reset(arguments: "list[str]") -> int:
    """Restore one chapter of the learner's working copy."""
    if len(arguments) != 1:
        print("Which chapter? For example: python3 dev.py reset 06")
        return 2
    return run(COURSE, "reset", *arguments)


# ---------------------------------------------------------------- the doctor


def missing_modules() -> "list[str]":
    return [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]


def venv_advice(missing: "list[str]") -> str:
    this = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return (
        f"This Python cannot make an environment: it lacks {' and '.join(missing)}.\n"
        f"On Debian and Ubuntu: sudo apt install python3-venv   (or {this}-venv)\n"
        "Elsewhere: install Python from python.org, or use conda (README, 'The conda route')."
    )


def writable(folder: Path) -> bool:
    try:
        probe = folder / ".doctor-probe"
        probe.write_text("", encoding="utf-8")
        probe.unlink()
    except OSError:
        return False
    return True


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def doctor(arguments: "list[str]") -> int:
    """Check what usually goes wrong; one line each, with advice; exit code 1 if something must be done."""
    free_mb = shutil.disk_usage(ROOT).free // 2**20
    this = f"Python {sys.version.split()[0]}"
    checks = [  # (is it well?, must it be?, what to say if so, what to say if not)
        (sys.version_info[:2] <= NEWEST, False, this, f"{this} is newer than what is tested (3.11 to 3.13)"),
        (not missing_modules(), True, "the venv module is there", venv_advice(missing_modules() or ["venv"])),
        (writable(ROOT), True, f"may write in {ROOT}", f"may not write in {ROOT}: clone into a folder of your own"),
        (
            free_mb >= NEEDS_SPACE_MB,
            True,
            f"{free_mb:,} MB free",
            f"{free_mb:,} MB free, {NEEDS_SPACE_MB:,} are needed",
        ),
        (shutil.which("git") is not None, False, "git is there", "no git: install it to `git pull` new chapters"),
        (port_is_free(8888), False, "port 8888 is free", "port 8888 is in use: JupyterLab will take the next one"),
        (environment_is_ready(), False, f"{VENV.name} is up to date", f"{VENV.name} will be made by the next word"),
    ]
    for well, must, good, bad in checks:
        print(f"[{'ok' if well else 'FIX' if must else 'note'}]".ljust(7) + (good if well else bad))
    ill = sum(must and not well for well, must, _, _ in checks)
    print(f"\nTo fix first: {ill} (marked FIX)." if ill else "\nThis machine is ready.")
    return 1 if ill else 0


WORDS = {word.__name__: word for word in (lab, test, demo, bench, lint, notebooks, reset, doctor)}


def main() -> int:
    word, arguments = (sys.argv[1] if len(sys.argv) > 1 else "help"), sys.argv[2:]
    if word not in WORDS:
        print(__doc__)
        return 0 if word in ("help", "-h", "--help") else 2
    if sys.version_info[:2] > NEWEST:
        print(f"Note: Python {sys.version.split()[0]} is newer than what twitlab is tested with (3.11 to 3.13).")
    return WORDS[word](arguments)


if __name__ == "__main__":
    sys.exit(main())
