"""The promises about installing: one lock for every machine, a conda route that says the same, two commands."""

from __future__ import annotations

import ast
import os
import re
import socket
import subprocess
import sys
import threading
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import yaml

import dev

REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)(\[[^\]]*\])?\s*(.*)$")
TESTS_AND_COURSE = {"pytest", "pytest-xdist", "setuptools"}  # of [dev], what environment.yml has besides [notebooks]


def split(requirement: str) -> tuple[str, str]:
    """'Rank_BM25>=0.2' → ('rank-bm25', '>=0.2')."""
    match = REQUIREMENT.match(requirement)
    assert match, requirement
    return re.sub(r"[-_.]+", "-", match[1]).lower(), match[3].replace(" ", "")


@pytest.fixture(scope="module")
def project(root: Path) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def lock(root: Path) -> str:
    return (root / "requirements.lock").read_text(encoding="utf-8")


def locked(lock: str) -> dict[str, str]:
    """Name → version, of every package in the lock."""
    pairs = [line.split(" ")[0].split("==") for line in lock.splitlines() if re.match(r"^[A-Za-z0-9]", line)]
    assert len(pairs) == len({name for name, _ in pairs}), "one version of each package"
    return {split(name)[0]: version for name, version in pairs}


def all_requirements(project: dict) -> dict[str, str]:
    extras = project["optional-dependencies"].values()
    return dict(split(r) for group in (project["dependencies"], *extras) for r in group)


# ---------------------------------------------------------------- the lock


def test_every_locked_file_is_pinned_and_hashed(lock: str) -> None:
    logical = [line for line in lock.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#")]
    assert len(logical) > 100
    for line in logical:
        assert re.match(r"^[A-Za-z0-9._-]+==[^ ;]+ ", line), line
        assert re.search(r"--hash=sha256:[0-9a-f]{64}( |$)", line), line


def test_the_lock_holds_no_address(lock: str) -> None:
    for forbidden in (
        "://",
        "--index-url",
        "--extra-index-url",
        "--find-links",
        "--trusted-host",
        "@ ",
        "file:",
        "-e ",
    ):
        assert forbidden not in lock


def test_the_lock_holds_every_requirement_in_its_range(lock: str, project: dict) -> None:
    from packaging.specifiers import SpecifierSet

    versions = locked(lock)
    for name, range_ in all_requirements(project).items():
        assert name in versions, f"{name} is in pyproject.toml and not in requirements.lock: compile it again"
        assert versions[name] in SpecifierSet(range_), f"{name} {versions[name]} is outside {range_}"


def test_the_lock_serves_windows_and_macos_too(lock: str) -> None:
    assert re.search(r"^pywinpty==\S+ ; os_name == 'nt'", lock, re.M)
    assert re.search(r"^colorama==\S+ ; sys_platform == 'win32'", lock, re.M)
    assert re.search(r"^appnope==\S+ ; (sys_platform|platform_system) == '[Dd]arwin'", lock, re.M)
    assert not re.search(r"; python_full_version >= '3\.1[123]'", lock), "a package of newer Pythons only: two versions?"


def test_installed_packages_fit_together() -> None:
    """`pip install --no-deps` trusts the lock; this checks what it installed."""
    said = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, encoding="utf-8")
    assert said.returncode == 0, said.stdout


# ---------------------------------------------------------------- the conda route


def test_environment_yml_equals_pyproject(root: Path, project: dict) -> None:
    conda = yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    under_pip = next(entry["pip"] for entry in conda if isinstance(entry, dict))
    assert under_pip[-1] == "--editable ."
    assert f"python{project['requires-python']},<3.14" in conda
    has = dict(split(r) for r in conda if isinstance(r, str) and r != "pip" and not r.startswith("python>="))
    has |= dict(split(r) for r in under_pip[:-1])
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["viz"], *extras["notebooks"]]
    wanted += [r for r in extras["dev"] if split(r)[0] in TESTS_AND_COURSE]
    assert has == dict(map(split, wanted))


def test_one_range_for_each_package(project: dict) -> None:
    """A package that stands in two extras has the same range in both."""
    seen: dict[str, str] = {}
    for group in (project["dependencies"], *project["optional-dependencies"].values()):
        for name, range_ in map(split, group):
            assert seen.setdefault(name, range_) == range_, name


def test_the_core_installs_without_jupyter_or_plotting(project: dict) -> None:
    names = {split(r)[0] for r in project["dependencies"]}
    assert not names & {"jupyterlab", "ipywidgets", "ipython", "matplotlib", "pandas", "hypothesis", "nbval", "pytest"}
    assert set(project["optional-dependencies"]) == {"viz", "notebooks", "dev"}


def test_every_dependency_is_defended(root: Path, project: dict) -> None:
    design = (root / "docs" / "design.md").read_text(encoding="utf-8").lower()
    missing = [name for name in all_requirements(project) if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", design)]
    assert not missing, f"docs/design.md has no line for {missing}"


# ---------------------------------------------------------------- dev.py and its twins


def words(root: Path) -> list[str]:
    said = subprocess.run([sys.executable, "dev.py"], cwd=root, capture_output=True, encoding="utf-8")
    assert said.returncode == 0, said.stderr
    return re.findall(r"python3 dev\.py (\w+)", said.stdout)


def test_dev_py_and_the_makefile_have_the_same_words(root: Path) -> None:
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    in_makefile = re.search(r"^WORDS = (.*)$", makefile, re.M)
    assert in_makefile and in_makefile[1].split() == words(root)
    assert words(root) == ["lab", "test", "demo", "bench", "lint", "notebooks", "reset", "doctor"]


def test_dev_py_refuses_an_unknown_word(root: Path) -> None:
    said = subprocess.run([sys.executable, "dev.py", "tset"], cwd=root, capture_output=True, encoding="utf-8")
    assert said.returncode == 2
    assert "dev.py test" in said.stdout


def test_dev_py_needs_the_standard_library_only(root: Path) -> None:
    tree = ast.parse((root / "dev.py").read_text(encoding="utf-8"))
    imports = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    imports |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imports} <= sys.stdlib_module_names


def test_an_old_python_can_read_dev_py_far_enough_to_be_told(root: Path) -> None:
    source = (root / "dev.py").read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 7))
    check = next(i for i, node in enumerate(tree.body) if isinstance(node, ast.If))
    assert ast.unparse(tree.body[check].test) == "sys.version_info < OLDEST"
    assert [type(node) for node in tree.body[:check]] == [ast.Expr, ast.Import, ast.Assign]
    assert source.isascii(), "a console of any code page shows what it prints"


@pytest.fixture
def small_checkout(root: Path, tmp_path: Path) -> Path:
    """A folder with dev.py and what its stamp is made from; its `.venv` is never installed."""
    for name in ("dev.py", "requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_bytes((root / name).read_bytes())
    return tmp_path


def plain() -> dict[str, str]:
    """This process's variables, without those that steer dev.py or a pytest inside it."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("TWITLAB_", "PYTEST_"))}


def doctor(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "dev.py", "doctor"], cwd=folder, env=plain(), capture_output=True, encoding="utf-8")


def test_the_doctor_reads_the_stamp(small_checkout: Path) -> None:
    """The environment is ready only while lock, project and folder are those it was made from."""
    code = "import dev; dev.VENV.mkdir(); dev.STAMP.write_text(dev.stamp(), encoding='utf-8'); print(dev.PYTHON)"
    made = subprocess.run([sys.executable, "-c", code], cwd=small_checkout, env=plain(), capture_output=True, encoding="utf-8")
    python = Path(made.stdout.strip())
    assert "[note] .venv will be made" in doctor(small_checkout).stdout, "a stamp without a Python is a half-made one"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(python.parent.parent)], check=True)
    assert "[ok]   .venv is up to date" in doctor(small_checkout).stdout
    with (small_checkout / "requirements.lock").open("a", encoding="utf-8") as lock:
        lock.write("# one more line\n")
    assert "[note] .venv will be made" in doctor(small_checkout).stdout


def test_dev_py_leaves_a_folder_alone_that_is_no_environment(small_checkout: Path) -> None:
    mine = small_checkout / "precious"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work", encoding="utf-8")
    said = subprocess.run(
        [sys.executable, "dev.py", "demo"],
        cwd=small_checkout,
        env=plain() | {"TWITLAB_VENV": str(mine)},
        capture_output=True,
        encoding="utf-8",
    )
    assert said.returncode == 1
    assert "is not an environment that dev.py made" in said.stderr
    assert (mine / "thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_reset_wants_one_chapter(small_checkout: Path) -> None:
    said = subprocess.run([sys.executable, "dev.py", "reset"], cwd=small_checkout, capture_output=True, encoding="utf-8")
    assert (said.returncode, said.stdout) == (2, "Which chapter? For example: python3 dev.py reset 06\n")


def test_the_readme_has_the_two_commands(root: Path) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert re.search(r"^python3 dev\.py lab$", readme, re.M)
    assert re.search(r"^python3 dev\.py test$", readme, re.M)
    assert "python3 dev.py lab --no-browser --port 8899" in readme


def test_nbval_has_two_rules_in_ascii(root: Path) -> None:
    """Addresses and the bytes of pictures (another zlib packs them otherwise) may differ, nothing else; in ASCII,
    because nbval reads this file in the locale's encoding."""
    rules = (root / "tests" / "nbval_sanitize.cfg").read_bytes().decode("ascii")
    assert re.findall(r"^regex: (.*)$", rules, re.M) == ["0x[0-9a-f]+", "data:image/png;base64,[A-Za-z0-9+/=]+"]


# ---------------------------------------------------------------- real runs


@pytest.fixture
def lab_server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """JupyterLab as `dev.py lab` starts it, on a folder of its own: the process, its address and its token."""
    (tmp_path / "my_course").mkdir()
    (tmp_path / "my_course" / "00_tour.ipynb").write_text("{}", encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    apart = {f"JUPYTER_{kind}_DIR": str(tmp_path / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    env = {k: v for k, v in os.environ.items() if k != "JUPYTER_TOKEN"} | apart | {"IPYTHONDIR": str(tmp_path / "ipy")}
    server = subprocess.Popen(
        [*dev.lab_command(Path(sys.executable), tmp_path), "--no-browser", "--port", str(port)],
        stderr=subprocess.PIPE,
        env=env,
        encoding="utf-8",
    )
    assert server.stderr is not None
    said = ""
    while not (match := re.search(r"(http://127\.0\.0\.1:\d+)(/lab/tree/\S+)\?token=(\w+)", said)):
        line = server.stderr.readline()
        assert line, f"JupyterLab ended before it was ready:\n{said}"
        said += line
    assert match[2] == "/lab/tree/my_course/00_tour.ipynb"
    threading.Thread(target=server.stderr.read, daemon=True).start()  # so that its log never blocks it
    until_it_listens(server)
    yield server, match[1], match[3]
    server.terminate()
    server.wait(timeout=30)


def listening(server: subprocess.Popen[str]) -> set[str]:
    """The addresses at which a process accepts connections."""
    connections = psutil.Process(server.pid).net_connections()
    return {connection.laddr.ip for connection in connections if connection.status == psutil.CONN_LISTEN}


def until_it_listens(server: subprocess.Popen[str]) -> None:
    """JupyterLab prints its address a moment before it accepts connections there; gives up when the process ends."""
    while not listening(server):
        try:
            code = server.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
        pytest.fail(f"JupyterLab ended with code {code}")


def answer(url: str) -> tuple[int, str]:
    """Status code and final address of a GET, redirects followed."""
    try:
        with urllib.request.urlopen(url, timeout=30) as reply:
            return reply.status, reply.url
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.url


def test_lab_answers_with_its_token_and_refuses_without(lab_server: tuple[subprocess.Popen[str], str, str]) -> None:
    server, address, token = lab_server
    assert len(token) >= 40, "the server's own random token"
    assert answer(f"{address}/api/contents/my_course?token={token}") == (
        200,
        f"{address}/api/contents/my_course?token={token}",
    )
    assert answer(f"{address}/api/contents/my_course")[0] == 403
    assert "/login" in answer(f"{address}/lab")[1]
    assert listening(server) == {"127.0.0.1"}


@pytest.mark.py313
def test_the_suite_and_every_chapter_pass_on_python_3_13(root: Path, py313: str) -> None:
    """The README's own command with another Python, in an environment of its own."""
    env = plain() | {"TWITLAB_VENV": str(root / ".venv-py313")}
    said = subprocess.run(
        [py313, "dev.py", "test", "-q"],
        cwd=root,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    print(said.stdout[-6000:])
    assert said.returncode == 0
    assert re.search(r"^\d+ passed", said.stdout.splitlines()[-1])
