"""The stage: one Twitter that plays many stories, with a learner's part in one role.

Building a Twitter takes longer than telling a short story, so the case study's question "is this timeline right?" would
cost minutes. The invariant: no story sees another: each has its own people, an empty Redis and a new instance of the part.
Real test labs do the same with tenants: one cluster, a fresh account a test.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

from twitlab.app import Twitter
from twitlab.core.clock import ManualClock
from twitlab.core.config import Config
from twitlab.core.model import User
from twitlab.core.parts import construct
from twitlab.lab.stories import Act, Broken, Story

HOUSE = Config(
    celebrity_threshold=1,
    influencer_threshold=1,
    timeline_cap=3,
    fanout_batch=2,
    vip_per_celebrity=1,
    active_s=30,
    timeline_ttl_s=60,
    user_partitions=2,
    trim_every=2,
    duckdb_threads=1,
)
"""A house so small that four people and five tweets cross every border in it."""


class Understudy:
    """Stands where ``tw.timelines`` is and passes everything to the part on trial, which is made anew for each story."""

    def __init__(self, part: Any, boxes: dict[str, Any]) -> None:
        self._part, self._boxes = part, boxes
        self.recast()

    def recast(self) -> None:
        self.actor = construct("timelines", self._part, self._boxes)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(self._part, name):
            raise AttributeError(name)
        return lambda *args, **keywords: getattr(self.actor, name)(*args, **keywords)


class Stage:
    """One Twitter for many stories: each has its own people, an empty Redis and a new part. A context manager."""

    tw: Twitter
    clock: ManualClock

    def __init__(self, part: Any) -> None:
        self._part = part
        self._free: list[int] = []
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def play(self, tell: Callable[[Story], None]) -> tuple[list[Act], tuple[str, ...]] | None:
        """Tell one story by ``tell``; the acts that left a line, and the lines, if it broke; None if all was right."""
        self.tw.boxes["redis"].flushall()
        self._understudy.recast()
        story = Story(self)
        try:
            tell(story)
        except Broken as end:
            return story.told, end.lines
        finally:
            if self.tw.dead_letters:
                self._close()
                self._open()
        return None

    @property
    def actor(self) -> Any:
        """The part of this story."""
        return self._understudy.actor

    def register(self) -> int:
        """One more person; a hundred at a time are cheaper than one by one."""
        if not self._free:
            now, first = self.clock.now_ms(), len(self.tw.boxes["user_store"].by_id) + 1
            people = [User(user_id=one, handle=f"p{one}", created_ms=now) for one in range(first, first + 100)]
            self.tw.users.import_many(people, [])
            self._free = [person.user_id for person in reversed(people)]
        return self._free.pop()

    def _open(self) -> None:
        def cast(**boxes: Any) -> Understudy:
            self._understudy = Understudy(self._part, boxes)
            return self._understudy

        self._free.clear()
        self.clock = ManualClock(1_700_000_000_000)
        self.tw = Twitter(config=HOUSE, clock=self.clock, timelines=cast)

    def _close(self) -> None:
        with suppress(Exception):  # its dead letters have been told
            self.tw.close()
