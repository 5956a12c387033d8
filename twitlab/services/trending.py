"""Trends: what more people say than usual, right now. Bursts, not volumes.

The case study's ``TrendingAnalyzer`` (``process_tweet``) and its exercise 2. The counting is in ``core/burst``; here
tweets become terms, terms go onto boards, and the clock moves the window: the last hour, in 12 buckets of 5 minutes.

The invariant: a trend's count is what a recount of the visible tweets of its hour gives, by different authors. Deleted
tweets and authors who protect themselves leave it with their event; delivering anything twice changes nothing. Retweets
do not count: a trend needs people who say it, not amplifiers. Hours are counted from 1970, so nothing happens at
midnight; the same hours of yesterday and last week are part of what is expected, so #GoodMorning and #Monday do
not crowd the list each time.

Real Twitter never published its rule; Nikolov (2012) saw 79 % of its trends coming, 1.43 h before they were listed.
Mastodon has moderators approve each tag before it may trend.
"""

from __future__ import annotations

import heapq
import threading
from bisect import bisect_left
from collections.abc import Collection
from dataclasses import dataclass
from unicodedata import category

from twitlab.core.burst import HOUR, KEEP, Board, BurstDetector
from twitlab.core.clock import Clock
from twitlab.core.entities import entities
from twitlab.core.errors import InvalidRequest
from twitlab.core.events import DataLoaded, ProfileUpdated, TweetDeleted, TweetPosted
from twitlab.core.model import require_size
from twitlab.core.snowflake import first_id_at, timestamp_ms
from twitlab.storage.tweet_store import TweetStore
from twitlab.storage.user_store import UserStore

__all__ = ["BurstDetector", "Trend", "Trending", "terms"]

BUCKET_MS = 300_000
SAME = 0.8  # a phrase repeats a better one when it has this share of its authors
FEW_TERMS = 100  # what one tweet may bring in; 280 characters seldom hold more
STOPWORDS = frozenset(
    """a about after all also am an and any are as at be been both but by can could did do does for from get go got had
    has have he her here him his how i i'm if in into is it it's its just like me more my never new no not now of on one
    or our out over rt she so some than that the their them then there they this to too up us very via was we were what
    when where which who why will with would you your
    al com con da das de del dos e el em en es essa esta está este la las lo los mais más muy na não o os para pero por
    que qué se sem sin su um uma un una y é""".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """One line of the list: ``count`` authors in the last hour where ``expected`` are usual; ``score`` 1 is the alarm.

    ``name`` is folded to lower case and carries its ``#`` if it is a hashtag; ``region`` None is everywhere.
    """

    name: str
    count: int
    expected: float
    score: float
    region: str | None = None

    @property
    def kind(self) -> str:
        """``"hashtag"`` or ``"phrase"``."""
        return "hashtag" if self.name.startswith("#") else "phrase"

    @property
    def tag(self) -> str:
        """The name without its ``#``."""
        return self.name.removeprefix("#")

    @property
    def why(self) -> str:
        """The reason in one line."""
        people = f"{self.count} people in the last hour, {self.expected:.1f} expected"
        return f"{self.name}: {people}{f' in {self.region}' if self.region else ''}; {self.score:.1f} times the alarm"


def terms(text: str) -> list[str]:
    """What a tweet can make trend: its hashtags, and phrases of two or three words between entities and punctuation.

    >>> terms("The #WorldCup final tonight, and the rain")
    ['#worldcup', 'final tonight']
    """
    tags, plain, at = [], [], 0
    for entity in entities(text):
        if entity.kind == "hashtag":
            tags.append("#" + entity.value.casefold())
        plain.append(text[at : entity.start])
        at = entity.end
    phrases = []
    for run in "".join(map(_letter_or_break, "\n".join([*plain, text[at:]]).casefold())).split("\n"):
        words = [word for word in run.split() if any(map(str.isalnum, word))]
        for size in (3, 2):
            for gram in zip(*(words[i:] for i in range(size)), strict=False):
                if gram[0] not in STOPWORDS and gram[-1] not in STOPWORDS and not any(map(str.isdigit, gram)):
                    phrases.append(" ".join(gram))
    return list(dict.fromkeys(tags + phrases))[:FEW_TERMS]


def _letter_or_break(char: str) -> str:
    return char if char.isalnum() or char in " '’-" or category(char)[0] in "MZ" or char == "\u200d" else "\n"


def ranked(board: Board, k: int, hour: int, region: str | None = None) -> list[Trend]:
    """The ``k`` best by score; phrases that share a word and nearly all their authors are one: the best, or longest."""
    waiting = [(-score, -term.count(" "), term) for term, score in board.trending(hour).items()]
    heapq.heapify(waiting)
    best: list[Trend] = []
    told: dict[str, list[str]] = {}  # word → phrases before
    while waiting and len(best) < k:
        minus, _, term = heapq.heappop(waiting)
        authors = board.authors(term)
        words = [] if term[0] == "#" else term.split(" ")
        before = [board.authors(phrase) for word in words for phrase in told.get(word, ())]
        if not any(len(authors & others) >= SAME * len(others) for others in before):
            expected, _ = board.usual(term, hour)
            best.append(Trend(name=term, count=len(authors), expected=expected, score=-minus, region=region))
        for word in words:
            told.setdefault(word, []).append(term)
    return best


class Trending:
    """The service: keeps the boards (one per region, and one for everywhere) at the clock's time.

    Tweets are counted at the time in their id. What is older than the window when it arrives is ignored, what is ahead
    of the clock waits for it: load a day, set a ``ManualClock`` to its morning, move it on, ask ``top``, and the day is
    replayed; moved back, the clock shows that moment again. All of it can be rebuilt from the store by living through
    its last week: the first ``top`` after opening or loading does; deleted tweets then leave the past too.
    """

    def __init__(self, *, tweet_store: TweetStore, user_store: UserStore, clock: Clock) -> None:
        self._tweets, self._users, self._clock = tweet_store, user_store, clock
        self._lock = threading.RLock()  # reads move the window, and may run beside commands
        self._stale = True
        self._reset(0)

    def top(self, k: int = 10, region: str | None = None) -> list[Trend]:
        """The ``k`` (1-200) strongest trends, best first, everywhere or among the authors of ``region``."""
        require_size(k, "k")
        if not isinstance(region, str | None):
            raise InvalidRequest(f"region={region!r:.80}: give the name of a region, or None for everywhere")
        with self._lock:
            self._advance()
            board = self._boards.get(region)
            return ranked(board, k, self._now // HOUR, region) if board else []

    def on_tweet_posted(self, event: TweetPosted) -> None:
        """A post, reply or quote: counted once, however often this is delivered."""
        with self._lock:
            if self._stale:
                return  # the rebuild will find it in the store
            self._advance()
            bucket = _bucket(event.tweet_id)
            if bucket > self._now - HOUR:
                self._filed.setdefault(bucket, set()).add(event.tweet_id)
            if self._now - HOUR < bucket <= self._now:
                self._count([event.tweet_id])

    def on_tweet_deleted(self, event: TweetDeleted) -> None:
        """The tweet leaves the count."""
        with self._lock:
            self._filed.get(_bucket(event.tweet_id), set()).discard(event.tweet_id)
            self._uncount(event.tweet_id)

    def on_profile_updated(self, event: ProfileUpdated) -> None:
        """Protected, unprotected or moved: the author's tweets of the last hour are counted again as it is now."""
        with self._lock:
            for tweet_id in self._tweets.views.of_author(event.user_id):
                bucket = _bucket(tweet_id)
                if bucket <= self._now - HOUR:
                    break
                self._uncount(tweet_id)
                if bucket <= self._now and tweet_id in self._filed.get(bucket, ()):
                    self._count([tweet_id])

    def on_data_loaded(self, event: DataLoaded) -> None:
        """A bulk load: the next ``top`` rebuilds."""
        self._stale = True

    def _count(self, ids: Collection[int]) -> None:
        for row in self._tweets.rows(ids).values() if ids else ():
            author = self._users.by_id.get(row.user_id)
            if not author or author.protected or row.deleted or row.retweet_of or row.tweet_id in self._counted:
                continue
            pairs = [(term, row.user_id) for term in terms(row.content)]
            regions = {None, author.region or None} if pairs else ()
            self._counted[row.tweet_id] = regions, pairs
            for region in regions:
                self._boards.setdefault(region, Board()).add(pairs)

    def _uncount(self, tweet_id: int) -> None:
        regions, pairs = self._counted.pop(tweet_id, ((), []))
        for region in regions:
            self._boards[region].remove(pairs)

    def _reset(self, bucket: int) -> None:
        self._now = bucket  # the newest bucket of the window
        self._boards: dict[str | None, Board] = {}
        self._filed: dict[int, set[int]] = {}  # bucket → tweets, of the window and ahead of it
        self._counted: dict[int, tuple[Collection[str | None], list[tuple[str, int]]]] = {}

    def _advance(self) -> None:
        """Move the window to the clock, bucket by bucket; if that is far away, or anything failed, from a week ago."""
        now = self._clock.now_ms() // BUCKET_MS
        rebuild = self._stale or not -1 <= now - self._now <= KEEP * HOUR
        self._stale = True
        if rebuild:
            self._reset((now // HOUR - KEEP) * HOUR - 1)
            views, since = self._tweets.views, first_id_at(max(self._now + 1, 0) * BUCKET_MS)
            ids = [one for mine in list(views.by_author.values()) for one in mine[bisect_left(mine, since) :]]
            for tweet_id in ids:
                if tweet_id not in views.original_of:
                    self._filed.setdefault(_bucket(tweet_id), set()).add(tweet_id)
        for bucket in range(self._now + 1, now + 1):
            self._step(bucket)
        self._stale = False

    def _step(self, bucket: int) -> None:
        for board in self._boards.values():
            board.held = set(board.trending(self._now // HOUR))
            if bucket % HOUR == 0:
                board.close_hour(self._now // HOUR)
        if bucket % HOUR == 0:
            self._boards = {region: board for region, board in self._boards.items() if board}
        for tweet_id in self._filed.pop(bucket - HOUR, ()):
            self._uncount(tweet_id)
        self._now = bucket
        self._count(self._filed.get(bucket, ()))


def _bucket(tweet_id: int) -> int:
    return timestamp_ms(tweet_id) // BUCKET_MS
