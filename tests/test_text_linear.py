"""Every text function is linear in its input, whatever the input: ratios of CPU times within one run, never seconds."""

from __future__ import annotations

import gc
import re
import time
from collections.abc import Callable

import pytest

from twitlab.core import text as t

TINY, SMALL, LARGE = 1_000, 8_000, 64_000
BOUND = 1.9  # times the ratio of the lengths, SMALL to LARGE; a quadratic function would need 8
FAR_BOUND = 8.0  # the same, TINY to LARGE, where a link that grows too long becomes many words; quadratic: 64
TRIES = 6

# What is repeated: on each, some textbook way of finding links, tags or normal forms goes quadratic or worse.
UNITS = {
    "dotted": "a.",
    "dotted names": "a.com.",
    "dotted and underscored": "a.a_",
    "two dots": "..",
    "dot and dash": "-.",
    "hosts of other letters": "日.",
    "hosts of mixed letters": "a.あ.com.",
    "one long label": "a",
    "one long label of many starts": "日",
    "dashes in a label": "-a",
    "underscores": "_",
    "underscores after wide letters": "日_",
    "punycode names": ".xn--",
    "hashed": "#a",
    "hash signs": "#",
    "at signs": "@",
    "mentions without spaces": "@a",
    "retweets": "RT@",
    "cashtags": "$A ",
    "cashtags without spaces": "$A$A",
    "marks out of order": "\u0301\u0316",
    "marks hidden in one sign": "\u0f73",
    "marks hidden by width": "\u0301\uff9e",
    "open parentheses": "(",
    "protocols": "http://",
    "open parentheses in paths": "http://a.co/(",
    "balanced parentheses in paths": "a.co/(a)",
    "links in parentheses of a path": ".(a.co/)",
    "paths without an end": "a.co/!!!",
    "queries without an end": "a.co?!!!",
    "short links": "http://t.co/a?",
    "joined emoji": "\U0001f468\u200d",
    "flags": "\U0001f1fa",
    "keycaps": "1\ufe0f\u20e3",
    "lone surrogates": "\ud800",
    "spaces": " ",
    "apostrophes": "a'",
    "markup": "<",
}


def highlight_first(text: str) -> str:
    return t.highlight(text, [(0, 1), (2, 3)])


FUNCTIONS: list[Callable[[str], object]] = [
    t.weighted_length,
    t.urls,
    t.mentions,
    t.hashtags,
    t.cashtags,
    t.entities,
    highlight_first,
]


def cpu_s(function: Callable[[str], object], text: str) -> float:
    before = time.process_time()
    function(text)
    return time.process_time() - before


def assert_linear(function: Callable[[str], object], large: str, *shorter: tuple[str, float]) -> None:
    """Compares a long text's cost with shorter ones' (text, bound), per character; best of as many runs as needed."""

    def growth() -> list[float]:
        return [slow / max(took, 1e-6) * len(text) / len(large) for took, (text, _) in zip(quick, shorter, strict=True)]

    gc.disable()
    try:
        quick, slow = [cpu_s(function, text) for text, _ in shorter], cpu_s(function, large)
        for _ in range(TRIES):
            if all(grown <= bound for grown, (_, bound) in zip(growth(), shorter, strict=True)):
                return
            quick = [
                min([took, *(cpu_s(function, text) for _ in range(3))]) for took, (text, _) in zip(quick, shorter, strict=True)
            ]
            slow = min(slow, cpu_s(function, large))
    finally:
        gc.enable()
    raise AssertionError(f"{function} costs {growth()} times as much per character on {len(large)} of {large[:40]!r}")


def repeated(unit: str, length: int) -> str:
    return (unit * length)[:length]


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
def test_cost_grows_with_the_length(unit: str) -> None:
    tiny, small, large = repeated(unit, TINY), repeated(unit, SMALL), repeated(unit, LARGE)
    for function in FUNCTIONS:
        function(tiny)  # tables are read once
        assert_linear(function, large, (small, BOUND), (tiny, FAR_BOUND))


@pytest.mark.parametrize(("before", "after"), [("http://", ".com/"), ("日", "日.com")])
def test_cost_grows_with_the_length_inside_a_link(before: str, after: str) -> None:
    for unit in UNITS.values():
        small, large = (before + repeated(unit, length) + after for length in (SMALL, LARGE))
        t.entities(before + after)
        assert_linear(t.entities, large, (small, BOUND))


def test_a_refusal_does_not_look_into_the_text() -> None:
    small, large = repeated("a.", SMALL), repeated("a.", 4 * LARGE)
    assert_linear(t.is_valid_tweet, large, (small, 0.1))


def test_the_measure_tells_linear_from_quadratic() -> None:
    quadratic = re.compile("a*b").findall
    with pytest.raises(AssertionError, match="per character"):
        assert_linear(quadratic, "a" * SMALL, ("a" * TINY, BOUND))
