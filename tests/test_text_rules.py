"""The text rules one by one: what counts, what ends what, what is refused, and what a search sees."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitlab.core import tables
from twitlab.core import text as t

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


def values(found: list[t.Entity]) -> list[str]:
    return [e.value for e in found]


# ---------------------------------------------------------------- weight


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("caf\u00e9", 4),
        ("cafe\u0301", 4),
        ("\u10ff", 1),
        ("\u1100", 2),
        ("\u2010\u201f\u2032\u2037\u200d\u2000", 6),
        ("\u200e\u2028\u2031", 6),
        ("日本", 4),
        (FAMILY, 2),
        (FAMILY * 140, 280),
        ("\U0001f468\u200d", 3),  # a joiner that joins nothing is a character
        ("\U0001f468\u200d\U0001f431", 5),  # no such family
        ("\u270c\U0001f3ff", 2),
        ("1\ufe0f\u20e3", 2),
        ("1\u20e3", 2),
        ("1\ufe0f", 3),
        ("\U0001f1fa\U0001f1f8", 2),
        ("\U0001f1fa\U0001f1f8\U0001f1fa", 4),
        ("\u00a9", 1),
        ("\u00a9\ufe0f", 2),
        ("\u2764\ufe0f", 2),
        ("\u2764\ufe0e", 4),
        ("\ud800", 2),
        ("http://example.com/" + "x" * 300, 23),
        ("a.co", 23),
        ("日example.com日", 27),
        ("\r\n", 2),
    ],
)
def test_weight(text: str, weight: int) -> None:
    assert t.weighted_length(text) == weight


@given(st.text(), st.text())
def test_weights_of_separate_lines_add_up(one: str, other: str) -> None:
    assert t.weighted_length(f"{one}\n{other}") == t.weighted_length(one) + 1 + t.weighted_length(other)


# ---------------------------------------------------------------- validity


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty: weighted length 0"),
        (" \n\t\u3000", "whitespace only: weighted length 5"),
        ("x" * 281, "too long: weighted length 281, at most 280"),
        ("日" * 141, "too long: weighted length 282"),
        ("x" * 10_001, "too long: 10001 code points"),
        ("a\x00b", "NUL U+0000 at position 1"),
        ("a\ud800", "lone surrogate U+D800 at position 1"),
        ("\udfffa", "lone surrogate U+DFFF at position 0"),
        ("a\ufffe", "invalid character U+FFFE"),
        ("\ufeffa", "invalid character U+FEFF"),
        ("a\uffff", "invalid character U+FFFF"),
        (None, "not a string: NoneType None"),
        (b"abc", "not a string: bytes"),
        (280, "not a string: int 280"),
    ],
)
def test_what_may_not_be_posted_and_why(text: object, words: str) -> None:
    why = t.why_invalid(text)
    assert why is not None and why.startswith(words)
    assert not t.is_valid_tweet(text)


@pytest.mark.parametrize("text", ["x", "x" * 280, "日" * 140, FAMILY * 140, "e\u0301" * 280, "<script>", "'; DROP TABLE", "%"])
def test_what_may_be_posted(text: str) -> None:
    assert t.why_invalid(text) is None and t.is_valid_tweet(text)


TEXT_FUNCTIONS: list[Callable[[str], object]] = [
    t.weighted_length,
    t.mentions,
    t.mentions_or_lists,
    t.hashtags,
    t.cashtags,
    t.urls,
    t.entities,
    lambda text: t.highlight(text, []),
]


@pytest.mark.parametrize("function", TEXT_FUNCTIONS)
@pytest.mark.parametrize("value", [None, 7, b"#a", ["#a"]])
def test_a_function_that_gets_no_text_names_the_type(function: Callable[[object], object], value: object) -> None:
    with pytest.raises(TypeError, match=type(value).__name__):
        function(value)


# ---------------------------------------------------------------- mentions, hashtags, cashtags


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@a_b", ["a_b"]),
        ("＠full", ["full"]),
        ("@" + "x" * 20, ["x" * 20]),
        ("@" + "x" * 21, ["x" * 20]),
        ("me@example", []),
        ("@one@two", []),
        ("@oneé", []),
        ("@one日", ["one"]),
        ("@http://x", []),
        ("(@one)", ["one"]),
        ("rt@one aRT@two", ["one"]),
        ("+RT@one", []),
        ("@one/list", []),
        ("@one/1list", ["one"]),
        ("http://a.co/@one", ["one"]),
        ("@", []),
    ],
)
def test_mentions(text: str, names: list[str]) -> None:
    assert values(t.mentions(text)) == names


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#a", ["a"]),
        ("＃a", ["a"]),
        ("#1", []),
        ("#1a", ["1a"]),
        ("#a_b-c", ["a_b"]),
        ("#_", []),
        ("a#b", []),
        ("&#b", []),
        ("#a#b", []),
        ("##b", ["b"]),
        ("#a://", []),
        ("#\ufe0f", []),
        ("#\u20e3a", []),
        ("#caf\u00e9 #cafe\u0301", ["caf\u00e9", "cafe\u0301"]),
        ("#可愛い・", ["可愛い・"]),
        ("#l·l #a\u200cb", ["l·l", "a\u200cb"]),
        ("#a²", ["a"]),
        ("#हिन्दी", ["हिन्दी"]),
        ("http://a.co/#b", []),
        ("http://a.co/x(#b)", []),
        ("http://a.co #b", ["b"]),
    ],
)
def test_hashtags(text: str, tags: list[str]) -> None:
    assert values(t.hashtags(text)) == tags


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("$A", ["A"]),
        ("$ABCDEF $ABCDEFG", ["ABCDEF"]),
        ("$BRK.B, $A_bc.", ["BRK.B", "A_bc"]),
        ("$AB.CDE", ["AB"]),
        ("a$B $$C", []),
        ("$A日", []),
        ('($A) "$B" $C)', ["C"]),
        ("\u200e$A\u3000$B\n$C", ["A", "B", "C"]),
        ("$\u212a", []),
    ],
)
def test_cashtags(text: str, symbols: list[str]) -> None:
    assert values(t.cashtags(text)) == symbols


# ---------------------------------------------------------------- links


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("example.com", ["example.com"]),
        ("example.nope", []),
        ("EXAMPLE.COM", ["EXAMPLE.COM"]),
        ("example.com.", ["example.com"]),
        ("example.com-x", []),
        ("me@example.com", []),
        ("example.com@me", []),
        ("$example.com #example.com", []),
        ("-example.com /example.com", []),
        ("http://sub_domain.example.com", ["http://sub_domain.example.com"]),
        ("http://under_score.com", []),
        ("http://a..com", []),
        ("http://日本.jp/日本", ["http://日本.jp/"]),
        ("日本.jp", []),
        ("http://пример.рф/путь", ["http://пример.рф/путь"]),
        ("http://a.vermögensberatung", ["http://a.vermögensberatung"]),
        ("http://a.한국어", ["http://a.한국"]),
        ("http://a.co:80/x?y=z#w", ["http://a.co:80/x?y=z#w"]),
        ("http://a.co?", ["http://a.co"]),
        ("a.co:80?x=1", ["a.co"]),
        ("a.co:80/?x=1", ["a.co:80/?x=1"]),
        ("http://a.co/x_(y)", ["http://a.co/x_(y)"]),
        ("http://a.co/x_(y(z))", ["http://a.co/x_(y(z))"]),
        ("http://a.co/x_(y", ["http://a.co/x_"]),
        ("http://a.co/x.(y)", ["http://a.co/x"]),
        ("http://a.co/x.(y)z(w)!", ["http://a.co/x.(y)z(w)"]),
        ("(http://a.co/x)", ["http://a.co/x"]),
        ("http://a.co/@ana/", ["http://a.co/@ana/"]),
        ("http://t.co/abc/def", ["http://t.co/abc"]),
        ("http://t.co/" + "a" * 40, ["http://t.co/" + "a" * 40]),
        ("http://t.co/" + "a" * 41, []),
        ("t.co/" + "a" * 41, ["t.co/" + "a" * 41]),
        ("http://" + "a" * 63 + ".com", ["http://" + "a" * 63 + ".com"]),
        ("http://" + "a" * 64 + ".com", []),
        ("http://" + "é" * 60 + ".com", []),
        ("http://a.co/" + "x" * 4070, ["http://a.co/" + "x" * 4070]),
        ("http://a.co/" + "x" * 4090, []),
        ("http://xn--p1ai.xn--p1ai", ["http://xn--p1ai.xn--p1ai"]),
        ("http://xn--日.com", []),
        ("ftp://example.com", []),
        ("javascript:alert(1) data:text/html,x", []),
        ("xhttp://a.com", []),
        ("http://a.com\u202chttp://b.com", ["http://a.com", "http://b.com"]),
        ("example.com\ufeffexample.com", ["example.com"]),
    ],
)
def test_links(text: str, links: list[str]) -> None:
    assert values(t.urls(text)) == links


@given(st.text("a日.@#$/:( )\u0301_-").map(lambda text: text.replace("日", ".com")))
def test_entities_are_sorted_apart_and_where_they_say(text: str) -> None:
    found = t.entities(text)
    for e in found:
        assert text[e.start + (e.kind != "url") : e.end] == e.value
    assert all(a.end <= b.start for a, b in pairwise(found))


# ---------------------------------------------------------------- tables


def test_the_tables_hold_what_their_heads_say() -> None:
    for name, loaded in (("tlds.txt", tables._names()), ("emoji.txt", tables._sequences())):
        data = (tables.resources.files("twitlab.core") / "data" / name).read_text(encoding="utf-8")
        count = int(re.findall(r"(\d+) (?:names|sequences)", data.splitlines()[0])[0])
        words = [word for line in data.splitlines() if not line.startswith("#") for word in line.split()]
        assert len(words) == len(set(words)) == count <= len(loaded.rows)


def test_every_emoji_of_an_older_unicode_is_known() -> None:
    from importlib import resources

    listed = resources.files("twitter_text") / "regexp" / "emoji-test.txt"
    lines = [line.split(";")[0].split() for line in listed.read_text(encoding="utf-8").splitlines() if ";" in line]
    known = ["".join(chr(int(code, 16)) for code in codes) for codes in lines if codes[0] != "#"]
    wrong = [emoji for emoji in known if t.weighted_length(emoji) != 2 and emoji not in "©®"]
    assert len(known) > 3_000 and wrong == []


# ---------------------------------------------------------------- highlight


def plainly(text: str, hits: list[tuple[int, int]], tag: str) -> str:
    """The obvious way for a text without markup: from the back, so that positions stay."""
    for start, end in reversed(hits):
        text = f"{text[:start]}<{tag}>{text[start:end]}</{tag}>{text[end:]}"
    return text


@given(st.text("ab日 "), st.lists(st.integers(0, 30), max_size=8), st.sampled_from(["em", "mark"]))
def test_highlight_of_plain_text_is_the_obvious_one(text: str, cuts: list[int], tag: str) -> None:
    cuts = sorted(min(cut, len(text)) for cut in cuts)[: len(cuts) // 2 * 2]
    hits = list(zip(cuts[::2], cuts[1::2], strict=True))
    assert t.highlight(text, hits, tag) == plainly(text, hits, tag)


@pytest.mark.parametrize(
    ("text", "hits", "expected"),
    [
        ("a <b>c</b>", [(2, 3)], "a <b><em>c</em></b>"),
        ("a <b>c</b> d", [(0, 3)], "<em>a <b>c</b></em> d"),
        ("a <b>c</b> d", [(2, 5)], "a <b><em>c</b> d</em>"),
        ("1 < 2", [(4, 5)], "1 < <em>2</em>"),
        ("日本", [(1, 2)], "日<em>本</em>"),
        ("<b></b>", [(0, 0)], "<b></b><em></em>"),
    ],
)
def test_highlight_with_markup(text: str, hits: list[tuple[int, int]], expected: str) -> None:
    assert t.highlight(text, hits) == expected


@pytest.mark.parametrize("hits", [[(2, 1)], [(-1, 2)], [(0, 5)], [(2, 3), (1, 2)], [(0, 2), (1, 3)]])
def test_highlight_refuses_hits_that_are_none(hits: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="out of order or outside a text of 4 characters"):
        t.highlight("text", hits)


@pytest.mark.parametrize("tag", ["", "em class=x", "em>", "<em", "1"])
def test_highlight_refuses_a_tag_that_is_no_element_name(tag: str) -> None:
    with pytest.raises(ValueError, match="name of an element"):
        t.highlight("text", [(0, 1)], tag)
