"""Pictures and panels: what they carry, what they refuse, and that nothing heavy is loaded before the first one."""

from __future__ import annotations

import base64
import io
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from twitlab.core.errors import InvalidRequest
from twitlab.viz import Panel, Picture, axes, bars, choice, figure, lanes, lines, number, plots, steps, timeline

STORY = ["1 follows 2", "2 posts #1", "1 reads [], should be [1]"]
MAKERS: dict[str, Callable[[], Picture]] = {
    "bars": lambda: bars({"push": 1000, "pull": 12}, x="kind", y="writes", alt="two <bars>", caption="a & b", log=True),
    "lines": lambda: lines([1, 10], {"a": [1, 2], "b": [3, 4]}, x="n", y="work", alt="lines", caption="c", log="xy"),
    "lanes": lambda: lanes(STORY, caption="a post is missing"),
    "timeline": lambda: timeline([(0, "queue", "post"), (9, "user", "!late")], x="ticks", alt="two", caption="late"),
}


class Tags(HTMLParser):
    """The tags of a text, with their attributes; notes what was left open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", MAKERS)
def test_a_picture_is_a_bundle_that_is_drawn_everywhere(name: str) -> None:
    picture = MAKERS[name]()
    bundle = picture._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", "image/png"}
    tags = Tags(bundle["text/html"])
    kinds = [tag for tag, _ in tags.found]
    assert kinds[:3] == ["figure", "img", "figcaption"] and "table" in kinds and tags.open == []
    image = tags.found[1][1]
    assert image["alt"] == picture.alt
    assert (image["src"] or "") == f"data:image/png;base64,{bundle['image/png']}"
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert picture.caption in bundle["text/plain"] and picture.alt in bundle["text/plain"]
    for row in picture.table:
        assert all(cell in bundle["text/plain"] for cell in row)


@pytest.mark.parametrize("name", MAKERS)
def test_a_picture_is_the_same_bytes_each_time_and_white_at_its_corners(name: str) -> None:
    from PIL import Image

    png = MAKERS[name]().png
    assert png == MAKERS[name]().png
    image = Image.open(io.BytesIO(png)).convert("RGBA")
    corners = [(0, 0), (image.width - 1, 0), (0, image.height - 1), (image.width - 1, image.height - 1)]
    assert {image.getpixel(corner) for corner in corners} == {(255, 255, 255, 255)}
    assert len(png) < 60_000


def test_words_are_escaped_in_html_and_numbers_have_separators() -> None:
    picture = MAKERS["bars"]()
    assert "<bars>" not in picture.html and "a &amp; b" in picture.html
    assert ("push", "1,000") in picture.table


def test_a_picture_without_words_is_refused() -> None:
    fig, _ = axes()
    for words in ({"alt": " ", "caption": "c"}, {"alt": "a", "caption": ""}):
        with pytest.raises(InvalidRequest, match="say both"):
            figure(fig, **words)
    with pytest.raises(InvalidRequest, match="make them equal"):
        figure(fig, alt="a", caption="c", table=[(1, 2), (3,)])


def test_a_story_gets_a_lane_for_each_user_and_the_story_as_words() -> None:
    picture = lanes(STORY, caption="c")
    assert picture.alt == "user 1 follows 2; user 2 posts #1; user 1 reads [], should be [1]"
    assert picture.table[1] == ("1", "user 1", "follows 2", "user 2")


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", [plots.INK, *plots.COLOURS])
def test_every_colour_is_legible_on_white(colour: str) -> None:
    assert 1.05 / (luminance(colour) + 0.05) >= 4.5


# ---------------------------------------------------------------- panels


def drawn(followers: int, mode: str, at: int) -> Picture:
    fig, _ = axes()
    return figure(fig, alt="an empty picture", caption=f"{followers} followers, {mode}, step {at}")


@pytest.fixture
def panel() -> Panel:
    return Panel(drawn, followers=number("followers", 10, 1, 100), mode=choice("mode", ["push", "pull"]), at=steps("step", 3))


def test_a_control_redraws_the_picture(panel: Panel) -> None:
    assert panel.picture.caption == "10 followers, push, step 0"
    assert panel.set(followers=50, mode="pull").caption == "50 followers, pull, step 0"
    assert "50 followers, pull, step 0" in panel._html.value
    assert panel.text.startswith("[controls] followers = 50, mode = pull, at = 0\n")


def test_the_slider_and_the_number_field_are_one(panel: Panel) -> None:
    slider, field = panel.controls["followers"].widget.children
    field.value = 77
    assert slider.value == 77 and panel.picture.caption.startswith("77 ")
    slider.value = 3
    assert field.value == 3 and panel.picture.caption.startswith("3 ")


def test_step_buttons_stop_at_both_ends(panel: Panel) -> None:
    field, back, on = panel.controls["at"].widget.children
    seen = []
    for button in (back, on, on, on, on, back):
        button.click()
        seen.append(field.value)
    assert seen == [0, 1, 2, 3, 3, 2]
    assert panel.picture.caption.endswith("step 2")


def test_what_a_control_does_not_have_is_refused(panel: Panel) -> None:
    with pytest.raises(InvalidRequest, match="out of range"):
        panel.set(followers=101)
    with pytest.raises(InvalidRequest, match="followers, mode, at"):
        panel.set(follower=1)


def test_a_panel_shows_its_widgets_or_a_still_picture(panel: Panel) -> None:
    bundle = panel._repr_mimebundle_()
    view = "application/vnd.jupyter.widget-view+json"
    assert set(bundle) == {"text/plain", "text/html", "image/png", view}
    assert bundle[view]["model_id"] == panel.box.model_id
    assert bundle["image/png"] == panel.picture._repr_mimebundle_()["image/png"]


def test_importing_viz_loads_no_plotting_and_no_widgets() -> None:
    code = "import sys, twitlab.viz; print([m for m in ('matplotlib', 'ipywidgets', 'IPython') if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert said.stdout.strip() == "[]"
