"""The query language: what each operator means, what is refused, and that nothing crashes it."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitlab.core.errors import InvalidId, InvalidRequest
from twitlab.core.matching import Document, hits
from twitlab.core.model import TweetRow
from twitlab.core.query import MAX_QUERY, Query, parse, understand
from twitlab.core.text import highlight
from twitlab.core.words import words


def said(text):
    """The clauses of a query as plain lists: ('-' if negated + kind, value)."""
    return [[("-" * term.negated + term.kind, term.value) for term in clause] for clause in parse(text).clauses]


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("Coffee", [[("words", ("coffee",))]]),
        ("a OR b c", [[("words", ("a",))], [("words", ("b",)), ("words", ("c",))]]),
        ("a or b", [[("words", ("a",)), ("words", ("or",)), ("words", ("b",))]]),
        ("OR a OR OR b OR", [[("words", ("a",))], [("words", ("b",))]]),
        ('"Cold  Brew" -"hot milk"', [[("phrase", ("cold", "brew")), ("-phrase", ("hot", "milk"))]]),
        ("“smart quotes”", [[("phrase", ("smart", "quotes"))]]),
        ("-tea -#Tag", [[("-words", ("tea",)), ("-tag", "tag")]]),
        ("-@Ana -from:Bob", [[("-mention", "ana"), ("-from", "bob")]]),
        ("from:@Ana TO:bob", [[("from", "ana"), ("to", "bob")]]),
        ("since:1970-01-02 until:1970-01-03", [[("since", 86_400_000), ("until", 172_800_000)]]),
        ("min_faves:10 -min_retweets:2", [[("min_faves", 10), ("-min_retweets", 2)]]),
        ("filter:replies -filter:links", [[("filter", "replies"), ("-filter", "links")]]),
        ("foo:bar", [[("words", ("foo", "bar"))]]),
        ("#1984 #1984er", [[("words", ("1984",)), ("tag", "1984er")]]),
        ("東京", [[("phrase", ("東", "京"))]]),
        ("http://www.Example.com/path?from=ana", [[("words", ("www", "example", "com"))]]),
        ("cafe\u0301 ＣＡＦＥ", [[("words", ("café",)), ("words", ("cafe",))]]),
        ("'; DROP TABLE tweets; --", [[("words", ("drop",)), ("words", ("table",)), ("words", ("tweets",))]]),
        ('say "unbalanced words', [[("words", ("say",)), ("words", ("unbalanced",)), ("words", ("words",))]]),
        ("(a)", [[("words", ("a",))]]),
        *((nothing, []) for nothing in ("%", "((((", '""', '"', "-", "--", "* ? [", '-"!"', "OR")),
    ],
)
def test_what_a_query_means(text, clauses):
    assert said(text) == clauses


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        (None, "None"),
        (b"bytes", "bytes"),
        (5, "5"),
        ("since:yesterday", "since:yesterday"),
        ("since:2023-02-30", "2023-02-30"),
        ("until:20230101", "20230101"),
        ("until:2023-1-1", "2023-1-1"),
        ("-since:", "since:"),
        ("min_faves:many", "many"),
        ("min_faves:-1", "-1"),
        ("min_retweets:1.5", "1.5"),
        ("min_faves:" + "9" * 30, "999"),
        ("min_faves:٣", "٣"),
        ("from: ana", "from:"),
        ("to:@", "to:"),
        ("filter:cats", "replies, media, links"),
        ("x" * (MAX_QUERY + 1), "501"),
        ("(" * 40_000, "40000"),
        ("a " * 500_000, "1000000"),
    ],
)
def test_what_is_refused_names_the_value(text, names):
    with pytest.raises(InvalidRequest) as refused:
        parse(text)
    assert names in str(refused.value) and len(str(refused.value)) < 300


@given(text=st.text(max_size=600) | st.text(alphabet='ab" -:OR#@()fromsince0123', max_size=200))
def test_any_text_is_a_query_or_refused(text):
    try:
        query = parse(text)
    except InvalidRequest:
        return
    assert isinstance(query, Query) and hash(query) == hash(parse(text))
    marks = hits(query, text)
    assert all(0 <= start < end <= len(text) for start, end in marks)
    assert all(one[1] <= two[0] for one, two in pairwise(marks))
    highlight(text, marks)


UNITS = ["(", '"', '-"', "a ", "OR ", "-", "#", "#a ", "@a ", "a:", "a.", "a.co ", "e\u0301", "a'", "日", "from:a "]


@pytest.mark.parametrize("unit", UNITS)
def test_the_cost_is_linear_in_the_text(unit):
    """Sixteen times the text takes less than 80 times as long; a quadratic rule takes 256 times."""

    def cost(size):
        row = TweetRow(tweet_id=1, user_id=1, content=(unit * size)[:size], created_ms=0)
        start = time.thread_time()
        Document.of(row)
        return time.thread_time() - start

    short, long = zip(*((cost(2_000), cost(32_000)) for _ in range(4)), strict=True)
    assert min(long) < 80 * min(short)


@pytest.mark.parametrize("unit", ["(", '" "', "a ", "OR ", "a:b ", "#a ", "a.b "])
def test_refusing_a_long_query_costs_no_more_than_looking_at_its_length(unit):
    def cost(text):
        best = float("inf")
        for _ in range(5):
            start = time.thread_time()
            with pytest.raises(InvalidRequest):
                parse(text)
            best = min(best, time.thread_time() - start)
        return best

    assert cost(unit * 400_000) < 20 * cost(unit * 600)


def test_filters_join_every_clause():
    query = understand("a OR b", {"user_id": 7, "date_range": {"start": 5, "end": 9}})
    for clause in query.clauses:
        assert [(term.kind, term.value) for term in clause[1:]] == [("from", 7), ("since", 5), ("until", 10)]
    assert understand("  ", {"user_id": 7}).clauses == understand("", {"user_id": 7}).clauses != ()
    assert understand("a", {}) == understand("a", None) == parse("a")


@pytest.mark.parametrize(
    "filters",
    [
        {"user": 1},
        {5: 1},
        [("user_id", 1)],
        "user_id",
        {"date_range": None},
        {"date_range": {}},
        {"date_range": {"start": 1, "stop": 2}},
        {"date_range": {"start": "2024-01-01"}},
        {"date_range": {"start": 1.5}},
        {"date_range": {"end": True}},
        {"date_range": {"end": -1}},
        {"date_range": {"start": 9, "end": 8}},
        {"date_range": {"end": 1 << 63}},
    ],
)
def test_wrong_filters_are_refused(filters):
    with pytest.raises(InvalidRequest, match=r"filter|date_range"):
        understand("a", filters)


@pytest.mark.parametrize("user_id", ["7", 7.0, True, -1, 1 << 63, None])
def test_a_filter_on_a_user_takes_an_id(user_id):
    with pytest.raises(InvalidId, match="user_id"):
        understand("a", {"user_id": user_id})


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("coffee", "Coffee, coffeehouse", "<em>Coffee</em>, coffeehouse"),
        ('"cold brew"', "cold, brew and cold", "<em>cold, brew</em> and cold"),
        ("#tea", "tea #Tea #teatime", "tea <em>#Tea</em> #teatime"),
        ("tea", "tea #Tea", "<em>tea</em> #<em>Tea</em>"),
        ("@ana OR -tea", "@Ana tea ana@x", "<em>@Ana</em> tea ana@x"),
        ("東京", "京東京都", "京<em>東京</em>都"),
        ("from:ana since:2020-01-01", "from ana", "from ana"),
    ],
)
def test_hits_are_what_was_asked_for(query, text, marked):
    assert highlight(text, hits(parse(query), text)) == marked


def test_words_fold_case_width_accents_and_apostrophes():
    assert [w.term for w in words("DON’T don't Straße ＡＢＣ e\u0301 é 👍")] == [
        "don't",
        "don't",
        "strasse",
        "abc",
        "é",
        "é",
        "👍",
    ]


@given(text=st.text(max_size=80))
def test_words_stand_where_they_say(text):
    found = words(text)
    assert all(one.end <= two.start for one, two in pairwise(found))
    for word in found:
        assert [one.term for one in words(text[word.start : word.end])] == [word.term]
