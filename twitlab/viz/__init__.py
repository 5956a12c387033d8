"""Pictures and controls for notebooks: the only floor that touches matplotlib, ipywidgets and IPython.

The case study draws its architecture in ASCII; here each chapter's question gets a picture that is made from numbers
the learner produced. Invariant: every picture has a caption, an alternative text and its numbers as a table, on white.
Importing this package loads none of the three libraries: they are loaded by the first picture.
Real teams look at dashboards of time series, hundreds beside each other; a chapter needs one picture.
"""

from __future__ import annotations

from twitlab.viz.diagrams import lanes, timeline
from twitlab.viz.plots import Picture, axes, bars, figure, lines
from twitlab.viz.widgets import Panel, choice, number, steps

__all__ = ["Panel", "Picture", "axes", "bars", "choice", "figure", "lanes", "lines", "number", "steps", "timeline"]
