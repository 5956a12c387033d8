"""The exercises of chapter 08, search: an index that lives, and the small rules around it.

In the case study: ``ElasticsearchClient``, used and never shown; ``'from': (page - 1) * page_size``; a cache for 300 s.
Invariant judged here: what is found is what is there now, each once, and harmless on a page.
Elasticsearch calls 08.5 percolation: the new document is asked which stored questions it matches.
"""

from __future__ import annotations

import html
from collections.abc import Callable

from twitlab.lab.exercises import function, judged, value
from twitlab.lab.exercises.ch08_parts import FAULTS, Afresh, judge_index

# ---------------------------------------------------------------- 08.3 to 08.5


def newest(postings: dict[str, list[int]], words: list[str], k: int, below: int) -> list[int]:
    """The largest ``k`` ids below ``below`` that all words' postings hold, largest first."""
    found = set.intersection(*(set(postings.get(word, ())) for word in words))
    return sorted((one for one in found if one < below), reverse=True)[:k]


def _newest_with(
    join: Callable[..., set[int]] = set.intersection, border: int = 0, known: bool = False, turn: bool = True
) -> Callable[[dict[str, list[int]], list[str], int, int], list[int]]:
    def draft(postings: dict[str, list[int]], words: list[str], k: int, below: int) -> list[int]:
        lists = [set(postings.get(word, ())) for word in words if word in postings or not known]
        return sorted((one for one in join(*lists) if one < below + border), reverse=turn)[:k]

    return draft


POSTINGS = {"night": [2, 5, 7, 9, 12], "train": [1, 5, 7, 9, 11, 12], "late": [7, 11]}
ASKED = [
    (POSTINGS, ["night", "train"], 2, 12),
    (POSTINGS, ["night", "train", "late"], 5, 100),
    (POSTINGS, ["late"], 5, 11),
    (POSTINGS, ["night", "bridge"], 5, 100),
]


def marked(text: str, hits: list[tuple[int, int]]) -> str:
    """The text as harmless HTML with ``<em>`` around each hit."""
    page, at = "", 0
    for start, end in hits:
        page += html.escape(text[at:start]) + "<em>" + html.escape(text[start:end]) + "</em>"
        at = end
    return page + html.escape(text[at:])


def _raw(text: str, hits: list[tuple[int, int]]) -> str:
    for start, end in reversed(hits):
        text = f"{text[:start]}<em>{text[start:end]}</em>{text[end:]}"
    return text


TEXTS = [
    ("night & day", [(8, 11)]),
    ("<b>night</b> train", [(3, 8), (13, 18)]),
    ("nothing <here>", []),
    ('say "<night>"', [(5, 12)]),
]
CACHED = {
    "tea OR night train": [{"tea"}, {"night", "train"}],
    "night train": [{"night", "train"}],
    "train -late": [{"train"}],
    "from everybody": [set()],
    "moon OR cat": [{"moon"}, {"cat"}],
}


def stale(cached: dict[str, list[set[str]]], words: set[str]) -> list[str]:
    """The questions of which one side's needed words are all in the new tweet."""
    return sorted(question for question, sides in cached.items() if any(side <= words for side in sides))


EXERCISES = (
    judged(
        "08.1",
        judge=judge_index,
        reference=Afresh,
        mistakes=FAULTS,
        done="40 stories of adds, removals and questions, and a Twitter on top: the same answers as an index built afresh.",
    ),
    value(
        "08.2",
        reference=lambda: 1_000 * 1_001 // 2,
        hint="1 + 2 + 3 + … + 1,000: half of 1,000 times 1,001.",
        mistakes=[
            (lambda: 1_000, "That is one read a tweet. The library reads all earlier tweets again as well."),
            (lambda: 1_000 * 1_000, "Only the last build reads all 1,000; the first reads one."),
            (lambda: 999 * 1_000 // 2, "Each build also reads the tweet that has just arrived."),
        ],
        done="for twice the tweets, four times as many.",
    ),
    function(
        "08.3",
        reference=newest,
        cases=lambda: ASKED,
        hint="Intersect the lists as sets, keep what is smaller than `below`, sort with reverse=True, cut at k.",
        mistakes=[
            (_newest_with(set.union), "That holds any of the words; all of them are asked for: intersect."),
            (_newest_with(border=1), "The border is exclusive: `<`, or the last tweet of a page comes twice."),
            (_newest_with(known=True), "A word that nobody used was left out of the question; it finds nothing."),
            (_newest_with(turn=False), "That is the oldest first: sort with reverse=True before you cut."),
        ],
        done="that is all of `latest`: read from the end, exclusive border.",
    ),
    function(
        "08.4",
        reference=marked,
        cases=lambda: TEXTS,
        hint="For each hit: the escaped text before it, <em>, the escaped hit, </em>; at the end the escaped rest.",
        mistakes=[
            (_raw, "Nothing was escaped: a tweet with a <script> in it would run on the page."),
            (lambda t, h: html.escape(_raw(t, h)), "Your own <em> was escaped too: escape the pieces, then join."),
            (
                lambda t, h: _raw(html.escape(t), h),
                "Escaping makes the text longer, so the positions no longer fit: cut first.",
            ),
        ],
        done="cut, then escape, then join.",
    ),
    function(
        "08.5",
        reference=stale,
        cases=lambda: [
            (CACHED, {"night", "train", "late"}),
            (CACHED, {"tea", "night"}),
            (CACHED, {"moon"}),
            (CACHED, {"rain"}),
        ],
        hint="A side of a question can match only if all its needed words are in the tweet: `side <= words`.",
        mistakes=[
            (
                lambda c, w: sorted(q for q, sides in c.items() if any(side & w or not side for side in sides)),
                "One shared word is not enough: a side needs all of its words.",
            ),
            (
                lambda c, w: sorted(q for q, sides in c.items() if all(side <= w for side in sides)),
                "One side of an OR is enough to match: any, not all.",
            ),
            (
                lambda c, w: sorted(q for q, sides in c.items() if any(side >= w for side in sides)),
                "The question's words must be in the tweet, not the tweet's in the question: `<=`.",
            ),
            (lambda c, w: sorted(c), "That empties the whole cache at every tweet."),
        ],
        done="the new document is asked which questions it matches: Elasticsearch calls it percolation.",
    ),
)
