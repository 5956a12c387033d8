"""Stories: acts of a few people, told to mini and to a Twitter with a learner's part in it, at the same time.

The case study has no tests, so its timeline's faults stay invisible until users meet them. The invariant: an act is data
and names its people and tweets outright, so any act can be left out of a story; what is refused, or misses its tweet, has
not happened and leaves no line. Twitter compared two implementations on copies of live traffic the same way ("Diffy").
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Protocol

from twitlab.app import Twitter
from twitlab.core.clock import ManualClock
from twitlab.core.errors import InvalidRequest, NotFound
from twitlab.core.model import Page, Tweet
from twitlab.mini import Mini

Act = tuple[str, int, int, int]
"""(kind, who, what, tweet): ``what`` is a person, a tweet's label, a page size or a length of time; ``tweet`` labels the
new tweet of a post, reply or retweet."""

EDGES = {
    "unfollow": ("unfollow_user", "unfollows"), "approve": ("approve_follow", "approves"), "block": ("block_user", "blocks"),
    "unblock": ("unblock_user", "unblocks"), "mute": ("mute_user", "mutes"), "unmute": ("unmute_user", "unmutes"),
}  # fmt: skip
WAITS = ((1_000, "a second"), (120_000, "two minutes"), (31 * 86_400_000, "a month"))
WHOLE = 20
"""The page size that shows a whole story's tweets at once."""


class Stage(Protocol):
    """Where a story is told (``lab/stage``): a Twitter, its clock, the part on trial and new people."""

    tw: Twitter
    clock: ManualClock

    @property
    def actor(self) -> Any: ...

    def register(self) -> int: ...


class Broken(Exception):
    """The story so far, when its last line is the first wrong one."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__(lines[-1])
        self.lines = tuple(lines)


class Story:
    """One story while it is told. In its lines people are 1, 2, 3 and tweets #1, #2, #3 as they come up."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._tw, self.mini = stage, stage.tw, Mini()
        self.people: dict[int, int] = {}  # the act's number of a person → user id
        self.tweets: dict[int, int] = {}  # the act's label of a tweet → tweet id
        self.walks: dict[int, tuple[int, str, int | None, int]] = {}
        self.lines: list[str] = []
        self.told: list[Act] = []
        self._names: dict[int, int] = {}
        self._numbers: dict[int, int] = {}
        accepted = inspect.signature(stage.actor.get_timeline).parameters
        every = any(parameter.kind is parameter.VAR_KEYWORD for parameter in accepted.values())
        self._takes = {name for name in ("page_size", "cursor") if every or name in accepted}

    def tell(self, acts: Sequence[Act]) -> None:
        """One act after the other."""
        for act in acts:
            self.do(act)

    def do(self, act: Act) -> None:
        """One act; ``told`` keeps it if it left a line. Raises ``Broken`` at a wrong answer."""
        kind, who, what, label = act
        before = len(self.lines)
        self.told.append(act)
        with suppress(NotFound, InvalidRequest):  # what Twitter refuses has not happened
            self._edge(kind, who, what) if kind in EDGES else getattr(self, f"_{kind}")(who, what, label)
        if letters := self._tw.dead_letters:
            raise Broken([*self.lines, f"your part then raised {letters[0].error}, should not raise"])
        if len(self.lines) == before:
            self.told.pop()

    def user(self, who: int) -> int:
        """The user id of a person, who joins when first needed."""
        if who not in self.people:
            self.people[who] = self._stage.register()
        return self.people[who]

    # ---- acts ------------------------------------------------------------------------------------------------

    def _say(self, who: int, words: str) -> None:
        self.lines.append(f"{self._name(who)} {words}")

    def _name(self, who: int) -> int:
        return self._names.setdefault(who, len(self._names) + 1)

    def _known(self, label: int) -> int:
        if label not in self.tweets:
            raise NotFound(f"no tweet {label} in this story")
        return self.tweets[label]

    def _new(self, tweet_id: int, label: int) -> int:
        self.tweets[label] = tweet_id
        self._numbers[tweet_id] = len(self._numbers) + 1
        return self._numbers[tweet_id]

    def _post(self, who: int, what: int, label: int) -> None:
        tweet = self._tw.tweets.post_tweet(self.user(who), "hello")
        self.mini.post_tweet(tweet.user_id, tweet.tweet_id)
        self._say(who, f"posts #{self._new(tweet.tweet_id, label)}")

    def _reply(self, who: int, what: int, label: int) -> None:
        parent = self._known(what)
        tweet = self._tw.tweets.post_tweet(self.user(who), "hello", in_reply_to=parent)
        self.mini.post_tweet(tweet.user_id, tweet.tweet_id, reply_to=parent)
        self._say(who, f"answers #{self._numbers[parent]} with #{self._new(tweet.tweet_id, label)}")

    def _retweet(self, who: int, what: int, label: int) -> None:
        original = self._known(what)
        tweet = self._tw.engagement.retweet(self.user(who), original)
        if isinstance(tweet, Tweet):
            self.mini.retweet(tweet.user_id, original, tweet.tweet_id)
            self._say(who, f"retweets #{self._numbers[original]} as #{self._new(tweet.tweet_id, label)}")

    def _delete(self, who: int, what: int, label: int) -> None:
        tweet = self._known(what)
        if self._tw.tweets.delete_tweet(self.user(who), tweet):
            self.mini.delete_tweet(self.user(who), tweet)
            self._say(who, f"deletes #{self._numbers[tweet]}")

    def _follow(self, who: int, what: int, label: int) -> None:
        user, followee = self.user(who), self.user(what)
        before = len(self.mini.requests)
        follows = self._tw.follows.follow_user(user, followee)
        self.mini.follow_user(user, followee)
        if follows or len(self.mini.requests) > before:
            self._say(who, "follows" if follows else "asks to follow")
            self.lines[-1] += f" {self._name(what)}"

    def _edge(self, kind: str, who: int, what: int) -> None:
        """An act of one person towards another, told if it changed anything."""
        method, words = EDGES[kind]
        pair, mini = (self.user(who), self.user(what)), self.mini
        if getattr(self._tw.follows, method)(*pair):
            plain = {"unblock": mini.blocks.discard, "mute": mini.mutes.add, "unmute": mini.mutes.discard}
            plain[kind](pair) if kind in plain else getattr(mini, method)(*pair)
            self._say(who, words)
            self.lines[-1] += f" {self._name(what)}"

    def _protect(self, who: int, what: int, label: int) -> None:
        user, on = self.user(who), bool(what)
        if self._tw.users.get(user).protected is not on:
            self._tw.users.update_profile(user, protected=on)
            self.mini.protect(user, on)
            self._say(who, f"{'protects' if on else 'opens'} the account")

    def _wait(self, who: int, what: int, label: int) -> None:
        ms, words = WAITS[what]
        self._stage.clock.advance(ms)
        self.lines.append(f"time passes: {words}")

    def _forget(self, who: int, what: int, label: int) -> None:
        self._tw.boxes["redis"].flushall()
        self.lines.append("redis forgets everything")

    # ---- reads: the part on trial ------------------------------------------------------------------------------

    def _read(self, who: int, what: int, label: int) -> None:
        """A whole walk; one that does not end is cut one page after the last right one."""
        words = "reads" if what == WHOLE else f"reads by {what}:"
        right, pages = list[list[int]](), list[list[int]]()
        top: int | None = None
        below: int | None = None
        while not right or below is not None:
            ids, top, below = self.mini.page(self.user(who), what, top, below)
            right.append(ids)
        cursor, paged = None, True
        while not pages or (cursor is not None and len(pages) <= len(right)):
            ids, cursor, paged = self._ask(who, what, cursor, words, right)
            pages.append(ids)
        self._judge(who, words, self._shown(pages), self._shown(right if paged else right[:1]))

    def _page(self, who: int, what: int, label: int) -> None:
        """The first page only: what happens before the next one is part of the story."""
        self.walks[who] = (what, "", None, 0)
        self._next(who, f"reads a page of {what}:")

    def _on(self, who: int, what: int, label: int) -> None:
        if who in self.walks:
            self._next(who, "reads on:")

    def _next(self, who: int, words: str) -> None:
        size, cursor, top, below = self.walks.pop(who)
        right, top, after = self.mini.page(self.user(who), size, top, below or None)
        ids, following, paged = self._ask(who, size, cursor or None, words, [right])
        found, should = self._shown([ids]), self._shown([right])
        if paged:
            found += " and more" * (following is not None)
            should += " and more" * (after is not None)
        self._judge(who, words, found, should)
        if following is not None and after is not None:
            self.walks[who] = (size, following, top, after)

    def _ask(self, who: int, size: int, cursor: str | None, words: str, right: Any) -> tuple[list[int], str | None, bool]:
        """One page of the part: ids, the next cursor, and whether it was a ``Page`` (a plain list is one page)."""
        keywords = {name: value for name, value in (("page_size", size), ("cursor", cursor)) if name in self._takes}
        try:
            answer = self._stage.actor.get_timeline(self.user(who), **keywords)
            paged = isinstance(answer, Page)
            return [_id(one) for one in (answer.tweets if paged else answer)], answer.next_cursor if paged else None, paged
        except Exception as error:
            self._say(who, f"{words} {type(error).__name__}: {error}, should be {self._shown(right)}")
            raise Broken(self.lines) from error

    def _shown(self, pages: Sequence[Sequence[int]]) -> str:
        return " ".join("[" + ", ".join(str(self._numbers.get(one, "?")) for one in page) + "]" for page in pages)

    def _judge(self, who: int, words: str, found: str, right: str) -> None:
        self._say(who, f"{words} {found}" + (f", should be {right}" if found != right else ""))
        if found != right:
            raise Broken(self.lines)


def _id(one: Any) -> int:
    """The id of what a learner's page may hold: a ``Tweet``, a dictionary like the case study's, or the id itself."""
    return int(one["tweet_id"] if isinstance(one, dict) else getattr(one, "tweet_id", one))
