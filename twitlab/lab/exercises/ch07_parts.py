"""What chapter 07 stands on: stories told by hand, its opponents, and the judge of its Build-it.

In the case study: `get_timeline`, a merged page in a cache, and celebrities who are pushed to VIPs *and* pulled.
Invariant judged here: a story is a list of plain lines, and any part gives the answer that `mini` gives, line by line.
Hypothesis keeps each failing example the same way, as data to be run again; here it is text, to be read as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from twitlab.core.errors import InvalidRequest
from twitlab.core.model import Page, Tweet
from twitlab.lab.exercises import Wrong, show
from twitlab.lab.referee import referee
from twitlab.lab.stage import Stage
from twitlab.lab.stories import WHOLE, Act, Story
from twitlab.services.timelines import Timelines

# ---------------------------------------------------------------- stories by hand

TOWARDS = {"follows": "follow", "unfollows": "unfollow", "approves": "approve"}
TOWARDS |= {"blocks": "block", "unblocks": "unblock", "mutes": "mute", "unmutes": "unmute"}
ABOUT = {"answers": "reply", "retweets": "retweet", "deletes": "delete"}
GRAMMAR = "1 posts, 1 follows 2 (unfollows, blocks, mutes), 1 retweets #1 (answers, deletes), 1 reads, 1 protects"


def retell(part: Any, *stories: str) -> list[tuple[str, ...]]:
    """Tell stories to a part and to mini: for each, the lines as they happened, the last with "should" if it is wrong.

    A story is one text, its lines apart by " / " or on lines of their own, as the referee prints them; what stands in
    brackets or behind "as" and "with" may be left out. Raises ``InvalidRequest`` for a line that nobody can read.
    """
    with Stage(part) as stage:
        return [_retell(stage, [line for line in re.split(r"\n| / ", text) if line.strip()]) for text in stories]


def _retell(stage: Stage, lines: Sequence[str]) -> tuple[str, ...]:
    said: list[str] = []

    def tell(story: Story) -> None:
        for line in lines:
            story.do(act(line, len(story.tweets) + 1))
            said[:] = story.lines

    broken = stage.play(tell)
    return broken[1] if broken else tuple(said)


def wrong(told: Sequence[str]) -> bool:
    """Whether a story that was told ended in a wrong answer."""
    return bool(told) and ", should " in told[-1]


def act(line: str, label: int) -> Act:
    """What a line means; ``label`` is the number of the tweet it may make.

    >>> act("1 posts #1", 1), act("2 retweets #1 as #2", 2), act("1 reads by 2: [2, 1]", 3)
    (('post', 1, 0, 1), ('retweet', 2, 1, 2), ('read', 1, 2, 0))
    """
    words = " ".join(str(line).split())
    if words.startswith("time passes"):
        return "wait", 0, 1, 0
    if words == "redis forgets everything":
        return "forget", 0, 0, 0
    if found := re.fullmatch(r"(\d) posts( #\d+)?", words):
        return "post", int(found[1]), 0, label
    if (found := re.fullmatch(r"(\d) ([a-z]+) (\d)", words)) and found[2] in TOWARDS:
        return TOWARDS[found[2]], int(found[1]), int(found[3]), 0
    if (found := re.match(r"(\d) ([a-z]+) #(\d+)", words)) and found[2] in ABOUT:
        return ABOUT[found[2]], int(found[1]), int(found[3]), 0 if found[2] == "deletes" else label
    if found := re.fullmatch(r"(\d) (protects|opens)( the account)?", words):
        return "protect", int(found[1]), int(found[2] == "protects"), 0
    if found := re.match(r"(\d) reads on", words):
        return "on", int(found[1]), 0, 0
    if found := re.match(r"(\d) reads a page of (\d)", words):
        return "page", int(found[1]), int(found[2]), 0
    if found := re.match(r"(\d) reads( by (\d))?", words):
        return "read", int(found[1]), int(found[3] or WHOLE), 0
    raise InvalidRequest(f"{show(line)} is no line of a story. Write {GRAMMAR}")


# ---------------------------------------------------------------- opponents


class KeepsThePage(Timelines):
    """Keeps the first page; a newer tweet of anybody followed makes it build a new one."""

    def get_timeline(self, user_id: int, page_size: int = 20, cursor: Any = None, since_id: Any = None) -> Page:
        kept = self.__dict__.setdefault("kept", {})
        authors = [user_id, *self._graph.following(user_id)]
        newest = next(self._tweets.views.newest(authors), 0)
        key = user_id, page_size, cursor, newest
        if key not in kept:
            kept[key] = super().get_timeline(user_id, page_size, cursor, since_id)
        page: Page = kept[key]
        return page


class PushedAndPulled(Timelines):
    """Merges what was pushed with what is pulled, and trusts that no tweet comes from both."""

    def _walk(self, user_id: int, top: int, below: int, since: int, size: int) -> Iterator[Tweet]:
        seen: dict[int, int] = {}
        for one in self._candidates(user_id, below, size):
            for tweet in self._reader.see(user_id, [one] if since < one < below else [], "home"):
                original = tweet.retweet_of or tweet.tweet_id
                if seen.setdefault(original, tweet.tweet_id) == tweet.tweet_id:
                    yield tweet


def judge_story(part: type, most: int) -> Any:
    """A judge for the shortest story in which ``part`` is wrong: at most ``most`` lines."""

    def judge(answer: Any) -> None:
        if not isinstance(answer, list | tuple) or not all(isinstance(line, str) for line in answer):
            raise Wrong(f"{show(answer)} is not a list of lines: write ['1 posts', '1 reads'].")
        if not answer:
            raise Wrong("the list is empty: begin with who follows whom, or with a post.")
        if len(answer) > 30:
            raise Wrong(f"{len(answer)} lines are a novel: at most {most}.")
        try:
            (told,) = retell(part, " / ".join(answer))
        except InvalidRequest as unread:
            raise Wrong(str(unread)) from None
        if not wrong(told):
            heard = " / ".join(told) or "nothing happened"
            raise Wrong(f"{part.__name__} tells it as mini does: {heard}. {_missing(part, told)}")
        if wrong(retell(Timelines, " / ".join(answer))[0]):
            raise Wrong("there twitlab itself differs from mini: please report this story.")
        if len(told) > most:
            raise Wrong(f"it breaks, in {len(told)} lines. It can be done in {most}: leave out what is not needed.")

    return judge


def _missing(part: type, told: Sequence[str]) -> str:
    """What a story lacks that does not break the opponent."""
    reads = [number for number, line in enumerate(told) if " reads" in line]
    if not reads or reads[-1] != len(told) - 1:
        return "Only reads are judged: end with one."
    if part is KeepsThePage:
        if len(reads) < 2:
            return "A page must be kept before it can be old: read twice."
        between = told[reads[-2] + 1 : reads[-1]]
        if not between or all(" posts" in line for line in between):
            return "A newer tweet makes a new page. What else takes a tweet away from a reader, or brings an old one?"
        return "The newest tweet of all must stay the same one: take away an older tweet, or somebody's right to be seen."
    post = next((number for number, line in enumerate(told) if " posts" in line), len(told))
    fans = [line for line in told if post < len(told) and line.endswith(f"follows {told[post][0]}")]
    if len(fans) < 2:
        return "In this house two followers make a celebrity: let two people follow the author."
    if any(line in fans for line in told[post:]):
        return "The author must be a celebrity when the tweet is posted: follow first."
    return "The reader must be one of those who follow the author."


# ---------------------------------------------------------------- the Build-it

GALLERY = (
    ("1 posts / 1 reads", "Your own tweets are on your home timeline: ask yourself too."),
    ("1 follows 2 / 2 posts / 1 reads", "Ask everybody in graph.following(user_id)."),
    ("1 posts / 1 posts / 1 reads", "Newest first: the largest id stands at the top."),
    ("1 follows 2 / 2 posts / 1 mutes 2 / 1 reads", 'Let reader.see(user_id, ids, "home") decide what may be seen.'),
    ("1 posts / 1 retweets #1 / 1 reads", "Of an original and its retweets only the newest shows."),
    ("1 posts / 1 posts / 1 reads a page of 1", "More tweets than fit: set next_cursor; a page holds page_size tweets."),
    ("1 posts / 1 posts / 1 retweets #2 / 1 reads a page of 1", "Filter first, cut after: a page is full while there is more."),
    ("1 posts / 1 posts / 1 reads by 1", "A cursor is exclusive, and None on the last page: go on strictly below it."),
    ("1 posts / 1 posts / 1 retweets #2 / 1 reads by 1", "It was on an earlier page: look for doubles above the cursor too."),
    (
        "1 posts / 1 posts / 1 reads a page of 1 / 1 retweets #1 / 1 reads on",
        "The walk began before that retweet: carry the newest id of the first page, and look at nothing above it.",
    ),
)  # fmt: skip
"""Short stories, each with what to think about when it breaks a learner's timeline."""


def judge_timelines(answer: Any) -> None:
    """Tell the gallery's stories first, each with its hint; then the referee's random ones."""
    if not isinstance(answer, type) or not hasattr(answer, "get_timeline"):
        raise Wrong("hand in your class, without brackets behind it; it needs a method get_timeline.")
    for text, hint in GALLERY:
        (told,) = retell(answer, text)
        if wrong(told):
            raise Wrong(f"{' / '.join(told)}. {hint}")
    found = referee(answer, "timelines", stories=JUDGED)
    if not found.passed:
        raise Wrong(f"the referee's shortest story: {' / '.join(found.story)}")


JUDGED = 100


# ---------------------------------------------------------------- the race


def lost(order: Sequence[str]) -> bool:
    """Whether a rebuild that replaces loses the tweet in this order of the four steps."""
    stored, read, listed = False, set[str](), set[str]()
    for step in order:
        if step == "stored":
            stored = True
        elif step == "pushed":
            listed.add("tweet")
        elif step == "read":
            read = {"tweet"} if stored else set()
        else:
            listed = read
    return "tweet" not in listed


def judge_race(answer: Any) -> None:
    """An order of the four steps in which the tweet is lost for good."""
    steps = ("stored", "pushed", "read", "written")
    if not isinstance(answer, list | tuple) or sorted(map(str, answer)) != sorted(steps):
        raise Wrong(f"{show(answer)}: give each of the four steps once, {', '.join(steps)}.")
    place = {step: number for number, step in enumerate(answer)}
    if place["pushed"] < place["stored"]:
        raise Wrong("a tweet is stored first and pushed after that, or a reader would see a tweet that is nowhere.")
    if place["written"] < place["read"]:
        raise Wrong("a rebuild writes what it has read, so it reads first.")
    if not lost(list(answer)):
        last = "the push comes after the writing" if place["pushed"] > place["written"] else "the rebuild has read the tweet"
        raise Wrong(f"in this order nothing is lost: {last}.")
