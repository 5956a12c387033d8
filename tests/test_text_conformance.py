"""twitter-text's own conformance suite (every second case of it), read from the shared test data."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from twitlab.core import text as t

pytestmark = pytest.mark.shared

LEFT_OUT = {
    "extract.yml": {
        "replies": "twitlab knows a reply by `in_reply_to`, not by its first word",
    },
    "validate.yml": {
        "tweets": "configuration 1: 140 characters, every character weighs 1",
        "WeightedTweetsCounterTest": "configuration 2: an emoji weighs what its code points weigh",
        "usernames": "a handle is judged by the user service (15 characters, not 20)",
        "lists": "twitlab has no lists; a text's `@user/list` is found by `mentions_or_lists`",
        "hashtags": "judges a lone string; twitlab only extracts",
        "urls": "judges a lone string by RFC 3986 (addresses, user:password@); twitlab only extracts",
        "urls_without_protocol": "as `urls`",
    },
    "hit_highlighting.yml": {},
}


def spans(key: str, found: list[t.Entity]) -> list[dict[str, Any]]:
    return [{key: e.value, "indices": [e.start, e.end]} for e in found]


def values(found: list[t.Entity]) -> list[str]:
    return [e.value for e in found]


def mentions_or_lists(text: str) -> list[dict[str, Any]]:
    return [
        {
            "screen_name": e.value.partition("/")[0],
            "list_slug": e.value[e.value.index("/") :] if e.kind == "list" else "",
            "indices": [e.start, e.end],
        }
        for e in t.mentions_or_lists(text)
    ]


EXTRACT = {
    "mentions": lambda text: values(t.mentions(text)),
    "mentions_with_indices": lambda text: spans("screen_name", t.mentions(text)),
    "mentions_or_lists_with_indices": mentions_or_lists,
    "urls": lambda text: values(t.urls(text)),
    "urls_with_indices": lambda text: spans("url", t.urls(text)),
    "urls_with_directional_markers": lambda text: spans("url", t.urls(text)),
    "tco_urls_with_params": lambda text: values(t.urls(text)),
    "hashtags": lambda text: values(t.hashtags(text)),
    "hashtags_from_astral": lambda text: values(t.hashtags(text)),
    "hashtags_with_indices": lambda text: spans("hashtag", t.hashtags(text)),
    "cashtags": lambda text: values(t.cashtags(text)),
    "cashtags_with_indices": lambda text: spans("cashtag", t.cashtags(text)),
}
WEIGH = ("WeightedTweetsWithDiscountedEmojiCounterTest", "UnicodeDirectionalMarkerCounterTest")
HIGHLIGHT = ("plain_text", "with_links")


def groups(shared: Path, name: str) -> dict[str, list[dict[str, Any]]]:
    tests: dict[str, list[dict[str, Any]]] = yaml.safe_load((shared / "twitter-text" / name).read_text(encoding="utf-8"))[
        "tests"
    ]
    return tests


@pytest.mark.parametrize("group", EXTRACT)
def test_extract(shared: Path, group: str) -> None:
    cases = groups(shared, "extract.yml")[group]
    wrong = [(c["description"], got, c["expected"]) for c in cases if (got := EXTRACT[group](c["text"])) != c["expected"]]
    assert cases and not wrong


@pytest.mark.parametrize("group", WEIGH)
def test_weigh_and_validate(shared: Path, group: str) -> None:
    cases = groups(shared, "validate.yml")[group]
    assert cases
    for case in cases:
        got = {"weightedLength": t.weighted_length(case["text"]), "valid": t.is_valid_tweet(case["text"])}
        assert got == {key: case["expected"][key] for key in got}, case["description"]


@pytest.mark.parametrize("group", HIGHLIGHT)
def test_highlight(shared: Path, group: str) -> None:
    cases = groups(shared, "hit_highlighting.yml")[group]
    assert cases
    for case in cases:
        assert t.highlight(case["text"], case["hits"]) == case["expected"], case["description"]


@pytest.mark.parametrize(
    ("name", "taken"), [("extract.yml", EXTRACT), ("validate.yml", WEIGH), ("hit_highlighting.yml", HIGHLIGHT)]
)
def test_every_group_is_taken_or_left_out_with_a_reason(shared: Path, name: str, taken: Any) -> None:
    assert set(groups(shared, name)) == set(taken) | set(LEFT_OUT[name])


def test_every_entity_stands_where_it_says(shared: Path) -> None:
    signs = {"url": "", "mention": "@＠", "list": "@＠", "hashtag": "#＃", "cashtag": "$"}
    for cases in groups(shared, "extract.yml").values():
        for case in cases:
            text, found = case["text"], t.entities(case["text"])
            for e in found:
                stretch = text[e.start : e.end]
                assert stretch == e.value if e.kind == "url" else (stretch[0] in signs[e.kind] and stretch[1:] == e.value)
            assert all(a.end <= b.start for a, b in pairwise(found))
