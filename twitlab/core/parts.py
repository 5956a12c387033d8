"""Parts: what ``Twitter(...)`` is given, checked, and a learner's own class put in place of ours.

In the case study each service constructs the next one, so none can be swapped. The invariant here: a part is constructed
with exactly those of the offered boxes that its constructor names, and a wrong argument is refused before anything is
opened. Twitter's services took their parts the same way, from a dependency-injection module (Guice, in Finatra).
"""

from __future__ import annotations

import inspect
import os
from typing import Any

from twitlab.core.config import Config
from twitlab.core.errors import InvalidRequest

_USED = {"ids": "next_id", "timelines": "get_timeline", "search_index": "top_k", "fanout": "step"}


def check_arguments(*, store: Any, redis: Any, config: Any, clock: Any, seed: Any, tracer: Any, parts: dict[str, Any]) -> None:
    """``InvalidRequest`` for the first argument of ``Twitter`` that is not what it should be."""
    wanted = {
        "store": (store, store is None or (isinstance(store, str | os.PathLike) and str(store)), "a folder's path, or None"),
        "redis": (redis, redis is None or isinstance(redis, str), "a URL, redis://host:port/db, or None"),
        "config": (config, config is None or isinstance(config, Config), "a Config, Config.lab() for instance"),
        "clock": (clock, clock is None or callable(getattr(clock, "now_ms", None)), "SystemClock() or ManualClock(ms)"),
        "seed": (seed, type(seed) is int, "a whole number"),
        "tracer": (tracer, tracer is None or callable(tracer), "a function of one line of text, print for instance"),
    }
    wanted |= {
        name: (part, callable(part) or hasattr(part, _USED.get(name, "")), "a class like the one it takes the place of")
        for name, part in parts.items()
    }
    for name, (value, right, what) in wanted.items():
        if not right:
            raise InvalidRequest(f"{name}={value!r:.80}: give {what}")


def construct(name: str, part: Any, offered: dict[str, Any]) -> Any:
    """Construct a part with the keywords it names, out of those offered; an object that is made already stays."""
    if not isinstance(part, type) and not inspect.isfunction(part):
        return part
    parameters = inspect.signature(part).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return part(**offered)
    missing = [p.name for p in parameters if p.default is p.empty and p.name not in offered and p.kind is not p.VAR_POSITIONAL]
    if missing:
        raise InvalidRequest(
            f"{name}={part.__name__}: no box is called {', '.join(missing)}: name some of {', '.join(offered)}"
        )
    return part(**{p.name: offered[p.name] for p in parameters if p.name in offered})
