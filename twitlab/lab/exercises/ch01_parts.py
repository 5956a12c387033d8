"""Stories for chapter 01's home timeline: told as text, played to ``mini``, and the faults learners really build.

In the case study: ``get_timeline``, which has every one of these faults but two. The invariant: a story is judged by
``mini`` and nothing else, so no expected answer is written down. Twitter's own rules were spread over fan-out, timeline
service and a visibility library; that is how a muted author's retweets came through for years.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from twitlab.mini import Mini, Refused

Home = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What happened (``told``, one act a line), which page user 1 asks for, and the hint if the answer is wrong."""

    told: tuple[str, ...]
    hint: str
    size: int = 20
    below: int | None = None


def play(mini: Mini, line: str) -> None:
    """Play one line: "1 follows 2", "2 posts #5", "2 posts #6 to #5", "3 retweets #5 as #7", "1 protects"."""
    who, verb, *rest = line.replace("#", "").split()
    user, values = int(who), [int(word) for word in rest if word.isdigit()]
    match verb:
        case "follows":
            mini.follow_user(user, *values)
        case "unfollows":
            mini.unfollow_user(user, *values)
        case "posts":
            mini.post_tweet(user, *values)
        case "retweets":
            mini.retweet(user, *values)
        case "deletes":
            mini.delete_tweet(user, *values)
        case "blocks":
            mini.block_user(user, *values)
        case "mutes":
            mini.mutes.add((user, *values))  # type: ignore[arg-type]
        case "protects":
            mini.protect(user, True)
        case _:
            raise ValueError(f"no such act: {line}")


def seen_by_learner(mini: Mini) -> SimpleNamespace:
    """The facts without the answers: copies of mini's data, none of its methods."""
    return SimpleNamespace(
        posts=dict(mini.posts),
        follows=set(mini.follows),
        blocks=set(mini.blocks),
        mutes=set(mini.mutes),
        protected=set(mini.protected),
    )


STORIES = (
    Story(told=("1 follows 2", "2 posts #1", "3 posts #2"), hint="Only authors that the viewer follows."),
    Story(told=("1 follows 2", "2 posts #1", "2 posts #2"), hint="Newest first: the largest id on top."),
    Story(told=("1 posts #1",), hint="The viewer's own tweets belong there too."),
    Story(told=("1 posts #1", "1 posts #2", "1 posts #3"), size=2, hint="Cut the page after `size` ids."),
    Story(
        told=("1 posts #1", "1 posts #2", "1 posts #3"),
        size=2,
        below=2,
        hint="`below` is exclusive: the tweet at the border was on the page before.",
    ),
    Story(
        told=("1 follows 2", "1 follows 3", "2 posts #1", "3 retweets #1 as #2"),
        hint="An original and its retweets are one tweet: show one of them, the newest.",
    ),
    Story(
        told=("1 follows 2", "1 blocks 3", "3 posts #1", "2 retweets #1 as #2"),
        hint="The original's author counts too: the viewer blocked them.",
    ),
    Story(
        told=("1 follows 2", "3 posts #1", "2 retweets #1 as #2", "3 blocks 1"),
        hint="A block hides in both directions: here the author blocked the viewer.",
    ),
    Story(
        told=("1 follows 2", "3 posts #1", "2 retweets #1 as #2", "3 protects"),
        hint="A protected author is for their followers only, in a retweet as well.",
    ),
    Story(
        told=("1 follows 2", "1 follows 3", "3 posts #1", "2 retweets #1 as #2", "3 protects"),
        hint="The viewer follows that protected author, and followers stay.",
    ),
    Story(told=("1 follows 2", "2 posts #1", "1 mutes 2"), hint="Nothing by a muted author."),
    Story(
        told=("1 follows 2", "3 posts #1", "2 retweets #1 as #2", "1 mutes 3"),
        hint="No retweet of a muted author, whoever retweets.",
    ),
    Story(
        told=("1 follows 2", "3 posts #1", "2 posts #2 to #1"),
        hint="A reply to somebody the viewer does not follow stays away.",
    ),
    Story(
        told=("1 follows 2", "1 follows 3", "3 posts #1", "2 posts #2 to #1"),
        hint="A reply to somebody the viewer follows shows.",
    ),
    Story(
        told=("1 follows 2", "1 posts #1", "2 posts #2 to #1"),
        hint="A reply to the viewer shows, although nobody follows themself.",
    ),
    Story(
        told=("1 follows 2", "1 follows 3", "2 posts #1", "3 retweets #1 as #2", "1 mutes 3"),
        hint="The newest copy *that passes the rules*: check the rules first, then choose the copy.",
    ),
    Story(
        told=("1 follows 2", "1 follows 3", "2 posts #1", "3 retweets #1 as #2"),
        below=2,
        hint="That tweet was on the page before as a retweet: choose the copies first, cut the page at the end.",
    ),
)


def long_stories(seed: int = 5, count: int = 12, acts: int = 40) -> Iterator[Mini]:
    """Random stories of four users, the same for a seed; acts that are not possible are skipped."""
    dice = random.Random(seed)
    for _ in range(count):
        mini, last = Mini(), 0
        for _ in range(acts):
            user, other = dice.randint(1, 4), dice.randint(1, 4)
            old = f"#{dice.randint(1, max(last, 1))}"
            verbs = ["follows", "follows", "follows", "posts", "posts", "replies", "retweets", "retweets"]
            match dice.choice([*verbs, "blocks", "mutes", "unfollows", "deletes", "protects"]):
                case "posts":
                    line, last = f"{user} posts #{last + 1}", last + 1
                case "replies":
                    line, last = f"{user} posts #{last + 1} to {old}", last + 1
                case "retweets":
                    line, last = f"{user} retweets {old} as #{last + 1}", last + 1
                case "deletes":
                    line = f"{user} deletes {old}"
                case "protects":
                    line = f"{user} protects"
                case verb:
                    line = f"{user} {verb} {other}" if user != other else f"{user} posts #{last}"
            try:
                play(mini, line)
            except Refused:
                continue
        yield mini


# ---------------------------------------------------------------- the answer, and its faults


def home_with(*faults: str) -> Home:
    """A home timeline with the faults named; with none, the right one."""

    def home(db: Any, viewer: int, size: int = 20, below: int | None = None) -> list[int]:
        following = {b for a, b in db.follows if a == viewer} | ({viewer} - _if("not mine" in faults, viewer))
        blocked = {b for a, b in db.blocks if a == viewer}
        hidden = set() if "blocks" in faults else blocked
        if "one way" not in faults:
            hidden = hidden | {a for a, b in db.blocks if b == viewer}
        if "protected" not in faults:
            hidden = hidden | (db.protected - (set() if "followers too" in faults else following) - {viewer})
        muted = {b for a, b in db.mutes if a == viewer}

        def passes(post: Any) -> bool:
            original = post if post.retweet_of is None else db.posts[post.retweet_of]
            if post.author not in following and "everybody" not in faults:
                return False
            if post.author in muted and "mutes" not in faults:
                return False
            if original.author in muted and original is not post and "muted original" not in faults:
                return False
            if original.author in hidden:
                return False
            if "all replies" in faults or post.reply_to_user is None:
                return True
            replied = following - ({viewer} if "replies to me" in faults else set())
            return post.reply_to_user in (replied | {post.author}) and "no replies" not in faults

        newest: dict[int, int] = {}
        for one in sorted(db.posts, reverse=True):
            if "cut first" in faults and below is not None and one >= below:
                continue
            post = db.posts[one]
            key = one if post.retweet_of is None or "copies" in faults else post.retweet_of
            if passes(post) or ("choose first" in faults and post.author in following):
                newest.setdefault(key, one)
        ids = [one for one in newest.values() if passes(db.posts[one])]
        page = [one for one in ids if below is None or one < below or (one == below and "inclusive" in faults)]
        page = page[::-1] if "oldest first" in faults else page
        return page if "all at once" in faults else page[:size]

    return home


def _if(condition: bool, user: int) -> set[int]:
    return {user} if condition else set()


FAULTS = (
    "everybody",
    "oldest first",
    "not mine",
    "all at once",
    "inclusive",
    "copies",
    "blocks",
    "one way",
    "protected",
    "followers too",
    "mutes",
    "muted original",
    "all replies",
    "no replies",
    "replies to me",
    "choose first",
    "cut first",
)
"""One fault a story: the story at the same place must find it first."""
