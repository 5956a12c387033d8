"""One real browser: JupyterLab opens the first chapter, runs it, its widget obeys the keyboard, all on the loopback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CONFIG = """
from jupyterlab.galata import configure_jupyter_server
configure_jupyter_server(c)
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.port = {port}
c.ServerApp.port_retries = 0
c.ServerApp.allow_root = True
c.ServerApp.root_dir = {folder!r}
"""
IDLE = """() => {
  const panel = window.jupyterapp.shell.currentWidget;
  const kernel = panel && panel.sessionContext && panel.sessionContext.session && panel.sessionContext.session.kernel;
  return !!kernel && kernel.status === 'idle' && panel.sessionContext.isReady;
}"""
OUTPUTS = """() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.toJSON().cells
    .filter(cell => cell.cell_type === 'code').map(cell => ({
        count: cell.execution_count,
        tags: cell.metadata.tags || [],
        errors: cell.outputs.filter(o => o.output_type === 'error').map(o => `${o.ename}: ${o.evalue}`)}))"""


def first_chapter_with_a_slider() -> Path:
    """Chapter 00, once it has a widget of numbers; before that, the first that has one."""
    for path in sorted((ROOT / "chapters").glob("[0-9][0-9]_*.md")):
        if "Panel(" in (text := path.read_text(encoding="utf-8")) and "number(" in text:
            return ROOT / "notebooks" / f"{path.stem}.ipynb"
    pytest.fail("no chapter has a panel with a slider")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """JupyterLab on a free port over a folder with a learner's copy of the chapter: (address, notebook)."""
    sys.path.insert(0, str(ROOT / "tools"))
    from coursekit import working_copy

    chapter = first_chapter_with_a_slider()
    course, settings = tmp_path / "my_course", tmp_path / "settings"
    working_copy.prepare(chapter.parent, course)
    settings.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    config = tmp_path / "config.py"
    config.write_text(CONFIG.format(port=port, folder=str(course)), encoding="utf-8")
    overrides = tmp_path / "jupyter_config_dir" / "labconfig" / "default_setting_overrides.json"
    overrides.parent.mkdir(parents=True)
    news = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}}
    overrides.write_text(json.dumps(news), encoding="utf-8")
    folders = {
        name: str(tmp_path / name.lower())
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    python_path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    with (tmp_path / "server.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--config", str(config), "--no-browser"],
            env=os.environ | folders | {"PYTHONPATH": python_path, "JUPYTERLAB_SETTINGS_DIR": str(settings)},
            cwd=tmp_path,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield f"http://127.0.0.1:{port}", chapter.name
        finally:
            process.terminate()
            process.wait(timeout=30)


def wait_for_server(page: Any, address: str) -> None:
    """Until the server answers; a page that keeps trying needs no sleep."""
    page.set_content("<p>waiting</p>")
    tries = """async address => {
      for (let left = 150; left > 0; left--) {
        try { await fetch(address + '/api', {mode: 'no-cors'}); return true; }
        catch { await new Promise(done => setTimeout(done, 200)); }
      }
      return false;
    }"""
    assert page.evaluate(tries, address), "JupyterLab did not answer within 30 s"


@pytest.mark.chromium
def test_the_first_chapter_runs_in_jupyterlab_and_its_widget_obeys_the_keyboard(server: tuple[str, str], chromium: str) -> None:
    from playwright.sync_api import sync_playwright

    address, notebook = server
    hosts: set[str] = set()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            context = browser.new_context()
            context.on("request", lambda request: hosts.add(urlsplit(request.url).hostname or ""))
            page = context.new_page()
            page.on("websocket", lambda socket: hosts.add(urlsplit(socket.url).hostname or ""))
            page.set_default_timeout(60_000)
            wait_for_server(page, address)
            page.goto(f"{address}/lab/tree/{notebook}?reset")
            page.wait_for_function("() => window.jupyterapp")
            page.evaluate("async () => { await window.jupyterapp.restored; }")
            page.wait_for_function(IDLE)
            page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")

            cells = page.evaluate(OUTPUTS)
            assert [cell for cell in cells if cell["errors"] and "raises-exception" not in cell["tags"]] == []
            assert [cell["count"] for cell in cells] == list(range(1, len(cells) + 1))

            assert page.get_by_text("Jupyter news").count() == 0, "nobody is asked about news from another server"
            slider = page.locator(".widget-slider [role=slider]").first
            slider.scroll_into_view_if_needed()
            caption = page.locator(".widget-html-content figcaption").first
            before, value = caption.inner_text(), float(slider.get_attribute("aria-valuenow"))
            assert page.locator(".widget-html-content img").first.get_attribute("alt")
            slider.focus()
            page.keyboard.press("ArrowRight")
            page.wait_for_function(
                "([old]) => document.querySelector('.widget-html-content figcaption').innerText !== old", arg=[before]
            )
            assert float(slider.get_attribute("aria-valuenow")) > value
            assert caption.inner_text() != before
        finally:
            browser.close()
    assert hosts - {""} == {"127.0.0.1"}, "a request left the loopback"
