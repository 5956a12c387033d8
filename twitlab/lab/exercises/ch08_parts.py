"""The judge of chapter 08's Build it: a learner's index and one built afresh hear the same stories.

In the case study: ``ElasticsearchClient``, which is trusted. Invariant judged: after any adds and removes in any order,
every answer equals the brute-force answer; the shortest story in which it does not is what the learner reads.
Earlybird's postings are only appended to; what is deleted is marked and left out when its segment is written anew.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from twitlab.app import Twitter
from twitlab.core.bm25 import lucene_idf, okapi_idf
from twitlab.core.clock import ManualClock
from twitlab.lab.exercises import Wrong, outcome, show

WORDS = "tea", "rain", "moon", "cat"
Step = tuple[str, tuple[Any, ...]]


class Afresh:
    """The index by brute force: keeps the documents, and reads them all at every question; its faults are switched on."""

    replaces, forgets_lengths, idf, counts_repeats, weighs_length = True, False, staticmethod(lucene_idf), True, True
    larger_id_first, shows_all, forgets, factor = False, False, True, 1.0

    def __init__(self) -> None:
        self.documents: dict[int, list[str]] = {}
        self.ghosts: list[list[str]] = []

    def add(self, doc_id: int, tokens: list[str]) -> None:
        """Index a document; one that is known is replaced."""
        self.documents[doc_id] = [*([] if self.replaces else self.documents.get(doc_id, [])), *tokens]

    def remove(self, doc_id: int) -> None:
        """Forget a document; an unknown one is nothing to forget."""
        if self.forgets and doc_id in self.documents:
            self.ghosts += [self.documents.pop(doc_id)] if self.forgets_lengths else []
            self.documents.pop(doc_id, None)

    def top_k(self, tokens: list[str], k: int) -> list[tuple[int, float]]:
        """The ``k`` best of all documents by Lucene's BM25."""
        every, scores = [*self.documents.values(), *self.ghosts], dict[int, float]()
        average = sum(map(len, every)) / max(1, len(every))
        asked = tokens if self.counts_repeats else list(dict.fromkeys(tokens))
        for doc_id, held in self.documents.items():
            if not self.shows_all and not set(held) & set(asked):
                continue
            scores[doc_id] = 0.0
            for token in asked:
                if tf := held.count(token):
                    n = sum(token in document for document in self.documents.values())
                    length = len(held) / average if self.weighs_length else 1.0
                    scores[doc_id] += self.idf(len(every), n) * tf / (tf + 1.2 * (0.25 + 0.75 * length))
        order = -1 if self.larger_id_first else 1
        scores = {doc_id: self.factor * score for doc_id, score in scores.items()}
        return sorted(scores.items(), key=lambda pair: (-round(pair[1], 9), order * pair[0]))[:k]

    def newest(self, tokens: list[str], k: int, max_id: int | None = None) -> list[int]:
        """The ``k`` largest ids below ``max_id`` that hold all tokens."""
        below = (one for one in self.documents if max_id is None or one < max_id)
        return sorted((one for one in below if set(tokens) <= set(self.documents[one])), reverse=True)[:k]

    def frequency(self, token: str) -> int:
        """How many documents hold the token."""
        return sum(token in held for held in self.documents.values())

    def __len__(self) -> int:
        return len(self.documents)

    def __contains__(self, doc_id: int) -> bool:
        return doc_id in self.documents


def _with(**faults: Any) -> type[Afresh]:
    return type("Draft", (Afresh,), faults)


FAULTS: list[tuple[type[Afresh], str]] = [
    (_with(replaces=False), "A known id is replaced: remove what was there before you add."),
    (_with(forgets=False), "What was removed may not be found: drop it from the postings of its words."),
    (_with(forgets_lengths=True), "A removed document still counts in N and the average length: drop its length."),
    (_with(idf=staticmethod(okapi_idf)), "That is the textbook's idf, which falls below 0: put `1 +` inside the logarithm."),
    (_with(counts_repeats=False), "A word that is asked for twice counts twice: go through the tokens, not through a set."),
    (_with(weighs_length=False), "A shorter document is worth more: multiply 0.75 by length / average length."),
    (_with(larger_id_first=True), "Of equal scores the smaller id comes first."),
    (_with(shows_all=True), "Only documents that hold a word of the question are answers."),
    (_with(factor=2.2), "That is rank_bm25's constant factor k1 + 1: leave it out."),
]
USUAL = {
    "ZeroDivisionError": "An index without documents has no average length; its answer is [].",
    "KeyError": "An unknown id is nothing to forget and an unknown word finds nothing: use .get and .pop(…, None).",
    "NoneType": "Is a `return` missing?",
    "odd list": "Answer a list of (doc_id, score) pairs.",
}


def _stories() -> Iterator[list[Step]]:
    for seed in range(40):
        rng = random.Random(seed)
        story = list[Step]()
        for _ in range(rng.randint(2, 14)):
            act, tokens = rng.choices(("add", "remove", "top_k"), (5, 2, 3))[0], rng.choices(WORDS, k=rng.randint(1, 4))
            doc_id = rng.randint(1, 5)
            story.append((act, {"add": (doc_id, tokens), "remove": (doc_id,), "top_k": (tokens, 3)}[act]))
        yield [*story, ("top_k", (["tea", "rain", "tea"], 5))]


def _tell(kind: Any, story: list[Step]) -> list[tuple[str, str, Any]]:
    """What each step of the story comes to; answers with rounded scores."""
    index = kind()
    return [_rounded(outcome(getattr(index, act), args)) if act == "top_k" else _act(index, act, args) for act, args in story]


def _act(index: Any, act: str, args: tuple[Any, ...]) -> tuple[str, str, Any]:
    told = outcome(getattr(index, act), args)
    return told if told[0] == "raised" else ("gave", "", None)


def _rounded(told: tuple[str, str, Any]) -> tuple[str, str, Any]:
    if told[:2] != ("gave", "list"):
        return told if told[0] == "gave" else (told[0], told[1], None)
    pairs = told[2]
    if not all(isinstance(pair, tuple) and len(pair) == 2 for pair in pairs):
        return "gave", "odd list", pairs
    return "gave", "list", [(doc_id, round(float(score), 6) + 0.0) for doc_id, score in pairs]


def _differs(kind: Any, story: list[Step]) -> bool:
    return any(a[:2] != b[:2] or (a[0] == "gave" and a[2] != b[2]) for a, b in _pairs(kind, story))


def _pairs(kind: Any, story: list[Step]) -> list[tuple[Any, Any]]:
    return list(zip(_tell(Afresh, story), _tell(kind, story), strict=True))


def _shortest(kind: Any, story: list[Step]) -> list[Step]:
    """The story without every step that is not needed to fail."""
    at = 0
    while at < len(story):
        without = story[:at] + story[at + 1 :]
        if _differs(kind, without):
            story, at = without, 0
        else:
            at += 1
    return story


def judge_index(answer: Any) -> None:
    """Tell the learner's index and a fresh one the same stories; then run a Twitter on it."""
    if missing := [name for name in ("add", "remove", "top_k") if not callable(getattr(answer, name, None))]:
        raise Wrong(f"{show(answer)} has no {missing[0]}: hand in the class, with add, remove and top_k.")
    stories = list(_stories())
    failing = next((story for story in stories if _differs(answer, story)), None)
    if failing is not None:
        mine = [_tell(answer, story) for story in stories]
        own = (hint for fault, hint in FAULTS if [_tell(fault, story) for story in stories] == mine)
        story = _shortest(answer, failing)
        right, got = next((a, b) for a, b in _pairs(answer, story) if a != b)
        lines = " / ".join(f"{act}({', '.join(map(repr, args))})" for act, args in story)
        said = f"raised {got[1]}" if got[0] == "raised" else f"gave {show(got[2])}, should be {show(right[2])}"
        hint = next(own, USUAL.get(got[1], "Compare your formula with the rules, one number after the other."))
        raise Wrong(f"{lines} {said}. {hint}")
    _judge_in_place(answer)


def _judge_in_place(answer: Any) -> None:
    if missing := [name for name in ("newest", "frequency", "__len__", "__contains__") if not hasattr(answer, name)]:
        raise Wrong(f"a Twitter also needs {missing[0]}: derive your class from Given, as in the cell.")
    with Twitter(search_index=answer, clock=ManualClock(1_700_000_000_000)) as tw:
        ana = tw.users.register("ana").user_id
        posted = [tw.tweets.post_tweet(ana, text).tweet_id for text in ("night train", "tea", "train train night")]
        tw.tweets.delete_tweet(ana, posted[0])
        for sort in ("latest", "top"):
            if [tweet.tweet_id for tweet in tw.search.search_tweets("train", sort=sort).tweets] != posted[2:]:
                raise Wrong(f"a Twitter on your index (sort={sort!r}) does not find what was posted and not deleted.")
