"""The text rules against other implementations of them, on random text.

Links and weights: `twitter-text-parser`, an independent port. It knows no mentions, hashtags or cashtags; for these the
rule is written once more, as one plain pattern each, over a small alphabet. Known faults of the port, kept out of the
alphabets: it weighs a bare © or ® 2 (Twitter: 1), counts CR LF as one, takes the letters İ, ſ and the Kelvin sign for
i, s and k, runs full IDNA over a host (a label that normalises to nothing loses the link), and knows emoji up to
version 12. A host cut down to its Latin part, with a path after it, gets a text that is not the one at its place: there
only the places are compared.
"""

from __future__ import annotations

import re
import unicodedata
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twitlab.core import text as t
from twitlab.core.characters import normalize

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it finds its data by a deprecated way
    from twitter_text import extract_urls_with_indices, parse_tweet

# Pieces of text: single characters, and words where characters alone would rarely meet.
CHARACTERS = [*"aAbz19....-_//()()?=&!:@#$+~%;'\"[]{}^*<>,|`\\  \n", *"み日字éñßяー☃＠＃–’Ⅳ\u3000\u202a\u0301"]
NAMES = [
    "http://",
    "https://",
    "HTTP://",
    "http://t.co/",
    "t.co/abc",
    "com",
    ".com",
    ".com",
    ".com/",
    ".co",
    ".jp",
    ":80",
]
PARTS = [*CHARACTERS, *NAMES, ".museum", ".みんな", ".한국", ".中国"]
EMOJI = re.split(" ", "🐱 ☺ ☺️ 👋🏽 ✌🏿 👨‍👩‍👧‍👦 👨‍🎤 🏳️‍🌈 🇺🇸 🇯🇵🇩 1️⃣ #⃣ 👁️‍🗨️ ‼ ™ 🏴󠁧󠁢󠁥󠁮󠁧󠁿")
SIGNED = [*"@@@＠aZ9_//-.:éñ日!#+~ ", "://", "rt", "RT", "Rt:", "abcdefghij"]
PATHS = st.text("aé.&()(/@?!=~я–", max_size=16).map("http://a.co/".__add__)
HOSTS = st.lists(st.sampled_from(PARTS), max_size=14).map("".join)
WORDS = st.one_of(
    HOSTS, PATHS, st.lists(st.sampled_from(EMOJI), max_size=5).map("".join), st.text("aé日한ש\u0301 \u1100\u2019\uffff")
)
MANY = settings(max_examples=200)


@MANY
@given(text=st.one_of(HOSTS, PATHS))
def test_links_are_where_the_other_finds_them(text: str) -> None:
    found = extract_urls_with_indices(text)
    assert [(u.start, u.end) for u in t.urls(text)] == [tuple(u["indices"]) for u in found]
    for mine, other in zip(t.urls(text), found, strict=True):
        whole = len(other["url"]) == mine.end - mine.start
        assert mine.value == (other["url"] if whole else text[mine.start : mine.end])


@MANY
@given(words=st.lists(WORDS, max_size=6))
def test_weight_and_verdict_are_the_other_ones(words: list[str]) -> None:
    text = " ".join(words)
    composed = unicodedata.normalize("NFC", text)
    urls = extract_urls_with_indices(composed)
    if all(composed[slice(*u["indices"])] == u["url"] for u in urls):
        other = parse_tweet(text)
        assert t.weighted_length(text) == other.weightedLength
        assert t.is_valid_tweet(text) == (other.valid and bool(text.strip()))


@pytest.mark.parametrize("text", ["日" * 140, "日" * 141, "x" * 280, "x" * 281, "👨‍👩‍👧‍👦" * 140, "é" * 281, "e\u0301" * 280])
def test_the_verdict_at_the_edge_is_the_other_one(text: str) -> None:
    assert t.is_valid_tweet(text) == parse_tweet(text).valid


LETTERS, MARKS, DIGITS, JOINERS = "aZéſあ字ー한яª", "\u0301\u0e31\ufe0f\ufe0e\u20e3", "19\u0663", "_\u200c·・〃"
OTHERS = "#＃&@＠!.:/$ \n²Ⅳ☃-*～".replace("～", "")
TAG = f"[{LETTERS}{MARKS}{DIGITS}{JOINERS}]"
HASHTAG = re.compile(
    rf"(?:\A|[\ufe0e\ufe0f]|(?!{TAG}|&)[\s\S])([#＃](?![\ufe0f\u20e3])({TAG}*[{LETTERS}{MARKS}]{TAG}*))(?P<on>(?=[#＃]|://))?"
)
MENTION = re.compile(
    r"(?:\A|[^a-zA-Z0-9_!#$%&*@＠]|(?:\A|[^a-zA-Z0-9_+~.-])[rR][tT]:?)"
    r"([@＠]([a-zA-Z0-9_]{1,20})(?:/[a-zA-Z][a-zA-Z0-9_-]{0,24})?)(?P<on>(?=[@＠éñ\u0301\u01ff\u1e00]|://))?"
)
CASHTAG = re.compile(r"(?:\A|\s)(\$([a-zA-Z]{1,6}(?:[._][a-zA-Z]{1,2})?))(?P<on>)?(?=\Z|[\s!#,._$-])")


def by_pattern(pattern: re.Pattern[str], text: str) -> list[tuple[str, int, int]]:
    return [(m[1][1:], m.start(1), m.end(1)) for m in pattern.finditer(text) if m["on"] is None or pattern is CASHTAG]


def places(found: list[t.Entity]) -> list[tuple[str, int, int]]:
    return [(e.value, e.start, e.end) for e in found]


@MANY
@given(text=st.text(LETTERS + MARKS + DIGITS + JOINERS + OTHERS + "###", max_size=24))
def test_hashtags_are_what_the_pattern_finds(text: str) -> None:
    assert places(t.hashtags(text)) == by_pattern(HASHTAG, text)


@MANY
@given(text=st.lists(st.sampled_from(SIGNED)).map("".join))
def test_mentions_and_lists_are_what_the_pattern_finds(text: str) -> None:
    assert places(t.mentions_or_lists(text)) == by_pattern(MENTION, text)


@MANY
@given(text=st.text("$$$aB. _,!-#1\n日", max_size=24))
def test_cashtags_are_what_the_pattern_finds(text: str) -> None:
    assert places(t.cashtags(text)) == by_pattern(CASHTAG, text)


@MANY
@given(
    text=st.one_of(
        st.text(),
        st.text("a\u0301\u0316\u0327\u0344\u0f73\u0f71\uff9e\u3099\u304b\u1100\u1161\u11a8\u0958ﬁ\ufb2c\ufdfa"),
    )
)
def test_the_normal_forms_are_the_librarys(text: str) -> None:
    assert normalize("NFC", text) == unicodedata.normalize("NFC", text)
    assert normalize("NFKC", text) == unicodedata.normalize("NFKC", text)


def test_the_normal_form_of_every_character_is_the_librarys() -> None:
    characters = [chr(code) for code in range(0x80, 0x110000) if unicodedata.decomposition(chr(code))]
    text = "".join(c + "\u0327\u0301\u0316" for c in characters)
    assert normalize("NFC", text) == unicodedata.normalize("NFC", text)
    assert normalize("NFKC", text) == unicodedata.normalize("NFKC", text)
