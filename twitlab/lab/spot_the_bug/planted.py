"""Three of the timeline defects planted in twitlab's own timeline, so that the referee can look for them.

In the case study: the inclusive position, the scroll that begins again, and the tweet that is pushed and pulled.
Invariant: each is twitlab's part with that one fault; tests/test_spot_the_bug.py has the referee find it (slow).
Real Twitter found such faults by comparing two implementations on copies of live traffic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from twitlab.core.model import Page, Tweet
from twitlab.services.timelines import Timelines


class InclusivePosition(Timelines):
    """A page begins with the tweet the page before ended with."""

    def _walk(self, user_id: int, top: int, below: int, since: int, size: int) -> Iterator[Tweet]:
        return super()._walk(user_id, top, below + 1, since, size)


class EndlessScroll(Timelines):
    """Past the last page comes the second one again."""

    def get_timeline(self, user_id: int, page_size: int = 20, cursor: str | None = None, since_id: int | None = None) -> Page:
        """One page; the last one has a next one too."""
        page = super().get_timeline(user_id, page_size, cursor, since_id)
        if cursor is None or page.next_cursor is not None:
            return page
        return replace(page, next_cursor=super().get_timeline(user_id, page_size).next_cursor)


class SeesDouble(Timelines):
    """What is pulled is not compared with what was pushed."""

    def _walk(self, user_id: int, top: int, below: int, since: int, size: int) -> Iterator[Tweet]:
        for tweet in super()._walk(user_id, top, below, since, size):
            yield tweet
            if tweet.tweet_id <= self._store.unpushed.get(tweet.user_id, -1):
                yield tweet


PLANTED = {"inclusive position": InclusivePosition, "endless scroll": EndlessScroll, "VIPs see double": SeesDouble}
