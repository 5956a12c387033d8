"""Experiments in plain Python, no Jupyter: data sets, the referee, the answers to exercises.

``from twitlab.lab import referee`` is the function: ``referee(MyTimelines)`` tells the shortest story that breaks it.
"""

from twitlab.lab.referee import Verdict, referee  # here, not lazily: otherwise `referee` might mean the module

__all__ = ["Verdict", "referee"]
