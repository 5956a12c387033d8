"""The exercises of chapter 07, your own timeline: a `get_timeline` that the referee passes, and stories that break others.

In the case study: `get_timeline`, twice (a cached merged page; celebrities pushed to VIPs and pulled by everybody).
Invariant judged here: a part is wrong exactly if some story shows it, and a story can be written down in a few lines.
Property tests of the same kind found five bugs in Erlang's dets that had been open problems (Hughes, 2016).
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from twitlab.core.cursor import decode, encode
from twitlab.core.model import Page, Tweet
from twitlab.lab.exercises import close, judged, value
from twitlab.lab.exercises.ch07_parts import (
    KeepsThePage,
    PushedAndPulled,
    judge_race,
    judge_story,
    judge_timelines,
)
from twitlab.services.timelines import NEVER


class Draft:
    """A right timeline of 25 lines, and the learner's typical faults, each switched on by a subclass."""

    alone = False  # forgets the reader's own tweets
    oldest = False
    blind = False  # shows what may not be seen
    doubles = False
    short = False  # cuts before it filters
    inclusive = False
    forgetful = False  # looks for doubles only below the cursor
    topless = False
    ends = False  # never gives a cursor

    def __init__(self, follow_graph: Any, tweet_store: Any, reader: Any) -> None:
        self.graph, self.tweets, self.reader = follow_graph, tweet_store, reader

    def get_timeline(self, user_id: int, page_size: int = 20, cursor: str | None = None) -> Page:
        top, below = decode(cursor, "home", user_id, 2) if cursor else (NEVER, NEVER)
        authors = [*([] if self.alone else [user_id]), *self.graph.following(user_id)]
        start = min(below, top + 1) if self.forgetful else NEVER if self.topless else top + 1
        ids = list(islice(self.tweets.views.newest(authors, start if cursor else None), page_size + 1 if self.short else None))
        newest: dict[int, Tweet] = {}
        for tweet in self.reader.see(user_id, ids, "page" if self.blind else "home"):
            newest.setdefault(tweet.tweet_id if self.doubles else tweet.retweet_of or tweet.tweet_id, tweet)
        below += self.inclusive
        rest = sorted((t for t in newest.values() if t.tweet_id < below), key=lambda t: t.tweet_id, reverse=not self.oldest)
        page = rest[:page_size]
        if self.ends or len(rest) <= page_size:
            return Page(tweets=page)
        top = top if cursor else page[0].tweet_id
        return Page(tweets=page, next_cursor=encode("home", user_id, top, page[-1].tweet_id))


def with_faults(**faults: bool) -> type:
    """A ``Draft`` with these faults."""
    return type("Draft" + "".join(map(str.title, faults)), (Draft,), faults)


EXERCISES = (
    judged(
        "07.1",
        judge=judge_timelines,
        reference=Draft,
        mistakes=[
            (with_faults(alone=True), "ask yourself too"),
            (with_faults(oldest=True), "Newest first"),
            (with_faults(blind=True), "decide what may be seen"),
            (with_faults(doubles=True), "only the newest shows"),
            (with_faults(short=True), "Filter first, cut after"),
            (with_faults(ends=True), "set next_cursor"),
            (with_faults(inclusive=True), "A cursor is exclusive"),
            (with_faults(forgetful=True), "look for doubles above the cursor too"),
            (with_faults(topless=True), "look at nothing above it"),
        ],
        done="ten stories by hand and 100 random ones: no difference from mini.",
    ),
    value(
        "07.2",
        reference=lambda: (1 - 1 / 200) ** 500,
        hint="One story misses it with 199/200; all 500 miss it with (199/200) to the power of 500.",
        mistakes=[
            (lambda: 1 - (1 - 1 / 200) ** 500, "That is the chance that it is found: you were asked for the other one."),
            (lambda: 500 / 200, "500/200 is how often it shows on average, and more than 1: no chance."),
            (lambda: (1 / 200) ** 500, "That is the chance that *every* story shows it."),
            (lambda: 199 / 200, "That is the chance of one story: there are 500 of them."),
        ],
        same=close(0.02),
        done='one referee in twelve would say "passed". Passed means: nothing found.',
    ),
    judged(
        "07.3",
        judge=judge_story(KeepsThePage, 5),
        reference=["1 follows 2", "2 posts", "1 reads", "1 mutes 2", "1 reads"],
        mistakes=[
            (["1 posts", "1 reads", "1 posts", "1 reads"], "A newer tweet makes a new page."),
            (["1 posts", "1 deletes #1", "1 reads"], "read twice"),
            (["1 posts", "1 reads", "1 deletes #1", "1 reads"], "take away an older tweet"),
            (["1 posts", "1 posts", "1 reads", "1 deletes #1"], "end with one"),
            (["1 follows 2", "2 posts", "2 posts", "1 reads", "1 mutes 2", "1 reads"], "leave out what is not needed"),
            (["1 likes #1"], "is no line of a story"),
        ],
        done="a key that knows new tweets does not know what was taken away. Keep ids, and decide at each read.",
    ),
    judged(
        "07.4",
        judge=judge_story(PushedAndPulled, 4),
        reference=["1 follows 2", "3 follows 2", "2 posts", "1 reads"],
        mistakes=[
            (["1 follows 2", "2 posts", "1 reads"], "two followers make a celebrity"),
            (["1 follows 2", "2 posts", "3 follows 2", "1 reads"], "follow first"),
            (["1 follows 2", "3 follows 2", "2 posts", "2 reads"], "one of those who follow"),
            (["1 follows 2", "3 follows 2", "2 posts", "2 posts", "1 reads"], "leave out what is not needed"),
        ],
        done="in the list and pulled as well: a merge of sources must drop what it has already taken.",
    ),
    judged(
        "07.5",
        judge=judge_race,
        reference=["read", "stored", "pushed", "written"],
        mistakes=[
            (["stored", "read", "written", "pushed"], "nothing is lost"),
            (["read", "pushed", "stored", "written"], "is stored first"),
            (["written", "read", "stored", "pushed"], "so it reads first"),
            (["stored", "pushed", "written"], "each of the four steps once"),
        ],
        done="no story of this referee has that order: its people act one after the other.",
    ),
)
