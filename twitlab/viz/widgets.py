"""Controls that redraw a picture: a `Panel` is a few controls above one HTML figure.

The case study's numbers are fixed on the page; here a learner turns them until the picture changes its shape.
Invariant: the picture is a pure function of the controls' values, so a cell can set a value and read the result, a test
can do the same without a kernel, and what is stored in the notebook (a PNG and a summary) is what the controls show.
`interact` and `Output` are not used: they hang when a notebook is executed without a browser.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from twitlab.core.errors import InvalidRequest
from twitlab.viz.plots import Picture

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class Control:
    """One control: `.value`, `.observe(callback)`, and the widget to show; `.value = x` redraws like a hand would."""

    def __init__(self, main: Any, shown: Any) -> None:
        self._main = main
        self.widget = shown

    @property
    def value(self) -> Any:
        return self._main.value

    @value.setter
    def value(self, value: Any) -> None:
        self._main.value = value
        if self._main.value != value:  # a slider clips silently
            raise InvalidRequest(f"{self._main.description}: {value!r} is out of range, it became {self._main.value!r}")

    def observe(self, callback: Callable[[], None]) -> None:
        """Call `callback()` after every change of the value."""
        self._main.observe(lambda _: callback(), names="value")


def number(label: str, value: int, low: int, high: int, step: int = 1) -> Control:
    """A slider and a number field that show the same whole number from `low` to `high`."""
    import ipywidgets as w

    wide = {"description_width": "initial"}
    size = {"value": value, "min": low, "max": high, "step": step}
    slider = w.IntSlider(**size, description=label, style=wide, continuous_update=False, layout={"width": "28em"})
    field = w.BoundedIntText(**size, layout={"width": "8em"}, tooltip=label)
    w.link((slider, "value"), (field, "value"))
    return Control(slider, w.HBox([slider, field]))


def choice(label: str, options: Sequence[str] | Mapping[str, Any], value: Any = None) -> Control:
    """A drop-down list; `options` are the words, or words → values; without `value` the first one."""
    import ipywidgets as w

    pairs = list(options.items()) if isinstance(options, Mapping) else [(word, word) for word in options]
    first = pairs[0][1] if value is None else value
    menu = w.Dropdown(options=pairs, value=first, description=label, style={"description_width": "initial"})
    return Control(menu, menu)


def steps(label: str, last: int) -> Control:
    """A number field from 0 to `last` with the buttons "back" and "step": for stories that advance one step a press."""
    import ipywidgets as w

    field = w.BoundedIntText(value=0, min=0, max=last, description=label, style={"description_width": "initial"})
    back, on = w.Button(description="back"), w.Button(description="step")

    def move(by: int) -> Callable[[Any], None]:
        def pressed(_: Any) -> None:
            field.value = min(last, max(0, field.value + by))

        return pressed

    back.on_click(move(-1))
    on.on_click(move(1))
    return Control(field, w.HBox([field, back, on]))


class Panel:
    """Controls above a picture: `Panel(draw, followers=number("followers", 10, 1, 100))`.

    `draw(**values)` is called with the value of each control by name and returns a `Picture`. As the last line of a
    cell a panel shows itself; `panel.set(followers=50)` turns a control, `panel.picture` is what it shows now.
    """

    def __init__(self, draw: Callable[..., Picture], **controls: Control) -> None:
        import ipywidgets as w

        self._draw = draw
        self.controls = controls
        self._html = w.HTML()
        self.picture: Picture
        self._redraw()
        for control in controls.values():
            control.observe(self._redraw)
        self.box = w.VBox([*(control.widget for control in controls.values()), self._html])

    @property
    def values(self) -> dict[str, Any]:
        """The value of each control, by name."""
        return {name: control.value for name, control in self.controls.items()}

    def set(self, **values: Any) -> Picture:
        """Turn controls by name and return the picture they lead to."""
        for name, value in values.items():
            if name not in self.controls:
                raise InvalidRequest(f"set({name}=…): this panel has {', '.join(self.controls)}")
            self.controls[name].value = value
        return self.picture

    @property
    def text(self) -> str:
        """The values and the picture in words."""
        told = ", ".join(f"{name} = {value}" for name, value in self.values.items())
        return f"[controls] {told}\n{self.picture.text}"

    def _redraw(self) -> None:
        self.picture = self._draw(**self.values)
        self._html.value = self.picture.html

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        view = self.box._repr_mimebundle_()[WIDGET_VIEW]
        still = self.picture._repr_mimebundle_()
        return still | {"text/plain": self.text, WIDGET_VIEW: view}
