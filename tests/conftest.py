"""What every test may ask for, and what happens when this machine has not got it.

Some tests need a part that a learner's machine may lack. Each such test carries the part's marker:

    shared     the real data beside the checkout        fixture `shared`     (a Path)
    redis      a real redis-server                      fixture `redis_url`  (a URL, empty before every test)
    chromium   a browser                                fixture `chromium`   (the program's path)
    py313      a Python 3.13 that runs                  fixture `py313`      (the program's path)
    slow       patience                                 chosen by `-m slow`

A missing part leaves its tests out and says so in one line. `TWITLAB_REQUIRE=redis,shared` turns that into a failure.
"""

from __future__ import annotations

import functools
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("shared", "redis", "chromium", "py313")
REQUIRE = "TWITLAB_REQUIRE"

# A run explores new examples each time; a failure prints the blob that replays it. No deadline: two shared cores stall.
settings.register_profile(
    "dev", deadline=None, derandomize=False, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("dev"), database=None)
settings.load_profile(os.environ.get("TWITLAB_HYPOTHESIS", "dev"))


# ---------------------------------------------------------------- which parts does this machine have?


def find_shared() -> str | None:
    """The folder of real test data: TWITLAB_SHARED, or `shared/data` beside the checkout or a folder above it."""
    named = os.environ.get("TWITLAB_SHARED")
    candidates = [Path(named)] if named else [folder / "shared" / "data" for folder in ROOT.parents]
    return next((str(folder) for folder in candidates if (folder / "rconf").is_dir()), None)


def find_chromium() -> str | None:
    """The first Chromium on the PATH, under any of its usual names."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next((found for found in map(shutil.which, names) if found), None)


def find_py313() -> str | None:
    """A Python 3.13 that really runs: a shim on the PATH whose version is not switched on does not count."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    candidates = [
        os.environ.get("TWITLAB_PY313"),
        sys.executable,
        shutil.which("python3.13"),
        *(str(path / "bin" / "python") for path in sorted(pyenv.glob("3.13*"), reverse=True)),
    ]
    for candidate in filter(None, candidates):
        try:
            said = subprocess.run(
                [candidate, "-c", "import sys, venv; print(*sys.version_info[:2])"],
                capture_output=True,
                encoding="utf-8",
                timeout=60,
            )
        except OSError:
            continue
        if said.returncode == 0 and said.stdout.split() == ["3", "13"]:
            return candidate
    return None


@functools.cache
def find(part: str) -> str | None:
    """Where `part` is on this machine, or None; looked up once a process."""
    finders = {
        "shared": find_shared,
        "redis": functools.partial(shutil.which, "redis-server"),
        "chromium": find_chromium,
        "py313": find_py313,
    }
    return finders[part]()


def required() -> set[str]:
    """The parts that TWITLAB_REQUIRE names."""
    return {word.strip() for word in os.environ.get(REQUIRE, "").split(",") if word.strip()}


def slow_is_wanted(config: pytest.Config) -> bool:
    return "slow" in required() or "slow" in str(config.getoption("markexpr"))


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to start when a required part is missing: a test that silently did not run proves nothing."""
    known = {*PARTS, "slow"}
    if unknown := required() - known:
        raise pytest.UsageError(f"{REQUIRE} names {sorted(unknown)}: known parts are {sorted(known)}")
    if missing := [part for part in PARTS if part in required() and find(part) is None]:
        raise pytest.UsageError(f"{REQUIRE} names {', '.join(missing)}, which this machine has not got")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take out the tests whose part is missing, and the slow ones unless they were asked for."""
    out = [
        item
        for item in items
        if any(item.get_closest_marker(part) and find(part) is None for part in PARTS)
        or (item.get_closest_marker("slow") and not slow_is_wanted(config))
    ]
    if out:
        left_out = set(map(id, out))
        items[:] = [item for item in items if id(item) not in left_out]
        config.hook.pytest_deselected(items=out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """One line for each part that this machine lacks."""
    for part in PARTS:
        if find(part) is None:
            terminalreporter.write_line(f"left out: tests marked {part!r} (not found here; {REQUIRE}={part} insists)")
    if not slow_is_wanted(config):
        terminalreporter.write_line("left out: tests marked 'slow' (choose them with -m slow)")


# ---------------------------------------------------------------- fixtures


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


def _part(part: str) -> str:
    found = find(part)
    if found is None:
        pytest.fail(f"this test uses the fixture of {part!r} but does not carry its marker")
    return found


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real test data."""
    return Path(_part("shared"))


@pytest.fixture(scope="session")
def chromium() -> str:
    """A Chromium program."""
    return _part("chromium")


@pytest.fixture(scope="session")
def py313() -> str:
    """A Python 3.13 program."""
    return _part("py313")


def _start_redis(folder: Path) -> tuple[subprocess.Popen[str], int]:
    """Start a redis-server that keeps nothing, on a free port of the loopback; wait until it says it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    options = f"--bind 127.0.0.1 --port {port} --appendonly no --daemonize no --dir".split()
    server = subprocess.Popen(
        [_part("redis"), *options, str(folder), "--save", ""],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    assert server.stdout is not None
    said = []
    for line in server.stdout:
        said.append(line)
        if "eady to accept connections" in line:
            return server, port
    server.wait()
    raise RuntimeError("redis-server did not start:\n" + "".join(said))


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """This process's own redis-server (each xdist worker has one), ended by its own handle."""
    folder = tmp_path_factory.mktemp("redis")
    for attempt in range(5):  # another process may take the free port first
        try:
            server, port = _start_redis(folder)
            break
        except RuntimeError:
            if attempt == 4:
                raise
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(timeout=30)
        if server.stdout is not None:
            server.stdout.close()


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The URL of a real Redis that is empty when the test starts."""
    import redis

    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    return redis_server
