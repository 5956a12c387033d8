"""The oracle: one random story told to ``Twitter`` and to ``mini.Mini``, and every answer compared.

``Oracle`` is a Hypothesis state machine. It turns everything that may go wrong at once: thresholds that are crossed by
two follows, timelines capped at 3 to 5 ids, batches of one follower, clocks that jump, a Redis that forgets, deliveries
made twice, stores opened again, posts between two pages and between a rebuild's read and its write. tests/test_oracle.py
runs it; tests/test_planted_bugs.py shows that it finds what it is for.

Two levels of agreement. When everything is delivered, each page equals mini's. While something is on its way (manual
delivery), nothing invisible shows, nothing shows twice, the order holds, and what had arrived and is still right stays.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from twitlab.app import Twitter
from twitlab.core.clock import ManualClock
from twitlab.core.config import Config
from twitlab.core.errors import InvalidRequest, NotFound
from twitlab.core.model import Page, Tweet
from twitlab.core.snowflake import timestamp_ms
from twitlab.mini import Mini, Refused

START_MS = 1_700_000_000_000
DAY_MS = 86_400_000
SIZES = (1, 3, 20)
NEVER = 1 << 62

USER = st.integers(0, 6)  # modulo the number of users
TWEET = st.integers(0, 11)  # counted back from the newest, modulo the number of tweets ever made
SIZE = st.sampled_from(SIZES)
LOOK = st.tuples(USER, SIZE)
SETUPS = st.fixed_dictionaries(
    {
        "users": st.integers(4, 6),
        "follows": st.lists(st.tuples(USER, USER), max_size=10),
        "manual": st.sampled_from([False, False, True]),
        "durable": st.sampled_from([False] * 5 + [True]),
        "strategy": st.sampled_from(["hybrid"] * 5 + ["push", "pull", "per_edge"]),
        "celebrity_threshold": st.integers(2, 3),
        "timeline_cap": st.integers(3, 5),
        "fanout_batch": st.integers(1, 2),
        "fair_queue": st.booleans(),
        "row_cache": st.sampled_from([50_000] * 6 + [3]),  # without a cache each page asks DuckDB
    }
)
BETWEEN = st.lists(
    st.tuples(st.sampled_from(["post", "retweet", "delete", "undo", "follow", "unfollow", "flush", "drain"]), USER, TWEET),
    max_size=3,
)


ACTS: dict[str, tuple[int, st.SearchStrategy[dict[str, Any]]]] = {}


def act(weight: int, **drawn: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """An act of the story, drawn ``weight`` times as often as the rarest, with these arguments."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        ACTS[function.__name__] = (weight, st.fixed_dictionaries(drawn))
        return function

    return register


@st.composite
def steps(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """One act and its arguments. One rule with weights, not a rule an act: Hypothesis would switch off half of them."""
    often_first = sorted(ACTS, key=lambda kind: -ACTS[kind][0])
    kind = draw(st.sampled_from([kind for kind in often_first for _ in range(ACTS[kind][0])]))
    return kind, draw(ACTS[kind][1])


class Oracle(RuleBasedStateMachine):
    """``parts`` and ``plant`` let a test put a bug in; ``redis_url`` puts a real Redis in; ``fixed`` takes the place of what
    is drawn for the set-up; ``tally`` counts what ran."""

    fixed: ClassVar[dict[str, Any]] = {}
    redis_url: ClassVar[str | None] = None
    parts: ClassVar[dict[str, Any]] = {}
    tally: ClassVar[Counter[str]] = Counter()

    def plant(self, tw: Twitter) -> None:
        """Change a freshly built Twitter (a planted bug)."""

    @rule(step=steps(), look=LOOK)
    def tell(self, step: tuple[str, dict[str, Any]], look: tuple[int, int]) -> None:
        """One act, then one viewer is looked at. ``sound`` stays False when it fails: then the end is not checked."""
        self.sound = False
        self.tally[step[0]] += 1
        getattr(self, step[0])(**step[1])
        self.look(self.user(look[0]), look[1])
        self.sound = True

    # ---- the two worlds ----------------------------------------------------------------------------------------

    @initialize(setup=SETUPS)
    def open(self, setup: dict[str, Any]) -> None:
        self.sound = False
        self.tally["examples"] += 1
        setup = setup | self.fixed
        self.mini, self.clock = Mini(), ManualClock(START_MS)
        self.users: list[int] = []
        self.ids: list[int] = []
        self.liked: list[tuple[int, int]] = []
        self.entries: list[Any] = []
        self.arrived: dict[int, set[int]] = {}
        self.tiers: dict[int, str] = {}
        self.in_rebuild: Callable[[], None] | None = None
        self.manual = setup["manual"]
        self.config = Config(
            influencer_threshold=1,
            vip_per_celebrity=1,
            trim_every=2,
            user_partitions=2,
            active_s=20,
            timeline_ttl_s=60,
            duckdb_threads=1,
            **{name: setup[name] for name in ("strategy", "celebrity_threshold", "timeline_cap", "fanout_batch")},
            **{name: setup[name] for name in ("fair_queue", "row_cache")},
        )
        self.folder = tempfile.TemporaryDirectory() if setup["durable"] else None
        self.build()
        self.tw.boxes["redis"].flushall()
        for _ in range(setup["users"]):
            self.register_one()
        for left, right in setup["follows"]:
            self.try_follow(self.user(left), self.user(right))
        self.sound = True

    def build(self) -> None:
        self.tw = Twitter(
            Path(self.folder.name) if self.folder else None,
            redis=self.redis_url,
            config=self.config,
            clock=self.clock,
            delivery="manual" if self.manual else "immediate",
            **self.parts,
        )
        self.plant(self.tw)
        commit, add = self.tw._db.commit, self.tw.boxes["timeline_store"].add

        def recording_commit(*args: Any) -> Any:
            self.entries.append(commit(*args))
            return self.entries[-1]

        def interrupted_add(user_id: int, ids: Any, *, built: bool = False) -> None:
            ids = list(ids)  # the store has been read; the list is not written yet
            if built and self.in_rebuild:
                meanwhile, self.in_rebuild = self.in_rebuild, None
                meanwhile()
            add(user_id, ids, built=built)

        self.tw._db.commit = recording_commit  # type: ignore[method-assign]
        self.tw.boxes["timeline_store"].add = interrupted_add

    def teardown(self) -> None:
        """At the end everything is delivered, and every viewer is looked at, at all page sizes."""
        if not hasattr(self, "tw"):
            return
        try:
            if self.sound:
                self.tw.drain()
                for viewer in self.users:
                    for size in SIZES:
                        self.look(viewer, size)
                    for author in self.users:
                        self.same_profile(author, viewer, 200, None)
                for tweet_id in self.ids:
                    self.same_counts(tweet_id)
                assert not self.tw.dead_letters
        finally:
            self.tw._db.close()
            self.tw.boxes["redis"].close()
            if self.folder:
                self.folder.cleanup()

    # ---- what is compared --------------------------------------------------------------------------------------

    @property
    def delivered(self) -> bool:
        return not self.manual or not (self.tw.waiting or self.tw.fanout.waiting())

    def look(self, viewer: int, size: int) -> None:
        """Walk a viewer's home timeline from the first page to the last."""
        if self.delivered:
            self.arrived = {v: self.may_show(v) for v in self.users} if self.manual else {}
        walked = [tweet for page in self.walk(viewer, size) for tweet in page]
        if not self.delivered:
            self.still_there(viewer, walked)
        for tweet in walked:
            original = tweet.retweet_of or tweet.tweet_id
            counts = (tweet.like_count, tweet.retweet_count, tweet.reply_count, tweet.quote_count)
            assert counts == self.mini.counts(original), f"counts on tweet {tweet.tweet_id}"
            assert tweet.content == f"by {self.mini.posts[original].author}", "a retweet carries its original's text"

    def may_show(self, viewer: int) -> set[int]:
        return {id for id, post in self.mini.posts.items() if self.mini.on_home(viewer, post)}

    def walk(
        self, viewer: int, size: int, since: int | None = None, between: Callable[[int], None] | None = None
    ) -> Iterator[list[Tweet]]:
        """Page by page against mini, with ``between(page number)`` called between two pages."""
        cursor: str | None = None
        top: int | None = None
        below: int | None = None
        last, above, exact = NEVER, -1 if since is None else since, self.delivered
        for number in range(1000):
            page: Page = self.tw.timelines.get_timeline(viewer, size, cursor, since if cursor is None else None)
            ids = [tweet.tweet_id for tweet in page.tweets]
            assert not page.partial
            if exact := exact and self.delivered:
                right, top, below = self.mini.page(viewer, size, top, below, above)
                assert ids == right, f"page {number} of {viewer} at size {size}: {ids}, should be {right}"
                assert (page.next_cursor is None) == (below is None), f"cursor of page {number}: {page.next_cursor}"
            assert all(left > right for left, right in zip([last, *ids], ids, strict=False)), "not newest first"
            assert all(id > above for id in ids), "since_id is exclusive"
            assert len(ids) <= size, "a page is too long"
            wrong = set(ids) - self.may_show(viewer)
            assert not wrong, f"{viewer} may not see {wrong}"
            yield page.tweets
            cursor, last = page.next_cursor, ids[-1] if ids else last
            if cursor is None:
                return
            if between:
                between(number)
        raise AssertionError("a walk without an end")

    def still_there(self, viewer: int, walked: list[Tweet]) -> None:
        """The queue delays arrival only: what had arrived, and one's own, shows by one of its occurrences."""
        originals = [tweet.retweet_of or tweet.tweet_id for tweet in walked]
        assert len(set(originals)) == len(originals), f"{viewer} sees a tweet twice: {originals}"
        posts = self.mini.posts
        owed = {id for id in self.may_show(viewer) if id in self.arrived.get(viewer, ()) or posts[id].author == viewer}
        missing = {posts[id].retweet_of or id for id in owed} - set(originals)
        assert not missing, f"{viewer} does not see {missing} any more"

    def same_profile(self, author: int, viewer: int | None, limit: int, max_id: int | None) -> None:
        right = [id for id in self.mini.user_tweets(author, viewer) if max_id is None or id < max_id][:limit]
        found = [t.tweet_id for t in self.tw.tweets.get_user_tweets(author, limit, max_id, viewer)]
        assert found == right, f"tweets of {author} for {viewer}: {found}, should be {right}"

    def same_counts(self, tweet_id: int) -> None:
        original = self.mini.original(tweet_id)
        found, _ = self.answer(lambda: self.tw.engagement.counts(tweet_id))
        if original not in self.mini.posts:
            assert found is NotFound, f"counts of {tweet_id}: {found}, should be NotFound"
            return
        counts = (found.like_count, found.retweet_count, found.reply_count, found.quote_count)
        assert counts == self.mini.counts(original), f"counts of {tweet_id}: {counts}"

    def answer(self, ask: Callable[[], Any]) -> tuple[Any, bool]:
        """What an act gave (a refusal: its class), and whether it was refused."""
        try:
            return ask(), False
        except (NotFound, InvalidRequest, Refused) as refusal:
            return type(refusal), True

    def same(self, ours: Callable[[], Any], right: Callable[[], Any]) -> None:
        """An act in both worlds: the same value, or refused by both."""
        found, refused = self.answer(ours)
        wanted, refuse = self.answer(right)
        assert refused == refuse and (refused or found is wanted), f"{found}, should be {wanted}"

    def made(self, ours: Callable[[], Any], right: Callable[[int], Any]) -> None:
        """An act that makes a tweet: mini is given the id that Twitter chose."""
        found, refused = self.answer(ours)
        if isinstance(found, Tweet):
            assert found.tweet_id > max(self.ids, default=0), "ids grow"
            self.ids.append(found.tweet_id)
        new_id = found.tweet_id if isinstance(found, Tweet) else NEVER
        wanted, refuse = self.answer(lambda: right(new_id))
        assert refused == refuse and (found is False) == (wanted is False), f"{found}, should be {wanted}"

    # ---- acts in both worlds -----------------------------------------------------------------------------------

    def user(self, number: int) -> int:
        return self.users[number % len(self.users)]

    def tweet(self, number: int) -> int:
        """A tweet counted back from the newest; before the first one, an id that nobody has."""
        return self.ids[-1 - number % len(self.ids)] if self.ids else 99

    def register_one(self) -> None:
        self.users.append(self.tw.users.register(f"user{len(self.users)}").user_id)

    def try_follow(self, user: int, other: int) -> None:
        self.same(lambda: self.tw.follows.follow_user(user, other), lambda: self.mini.follow_user(user, other))
        self.crossed(other)

    def try_unfollow(self, user: int, other: int) -> None:
        self.same(lambda: self.tw.follows.unfollow_user(user, other), lambda: self.mini.unfollow_user(user, other))
        self.crossed(other)
        self.parted(user, other)

    def parted(self, user: int, other: int) -> None:
        """Who follows again waits again: what had arrived before may have left with a timeline built in between."""
        posts = self.mini.posts
        self.arrived[user] = {id for id in self.arrived.get(user, ()) if id in posts and posts[id].author != other}

    def crossed(self, author: int) -> None:
        tier = self.tw.fanout.tier(author)
        before = self.tiers.get(author, "regular")
        if tier != before:
            order = ["regular", "influencer", "celebrity"]
            self.tally["promoted" if order.index(tier) > order.index(before) else "demoted"] += 1
        self.tiers[author] = tier

    def write(self, author: int, reply_to: int | None = None, quote_of: int | None = None) -> None:
        self.made(
            lambda: self.tw.tweets.post_tweet(author, f"by {author}", in_reply_to=reply_to, quote_of=quote_of),
            lambda id: self.mini.post_tweet(author, id, reply_to, quote_of),
        )

    def pass_on(self, user: int, id: int) -> None:
        self.made(lambda: self.tw.engagement.retweet(user, id), lambda new_id: self.mini.retweet(user, id, new_id))

    def take_back(self, user: int, id: int) -> None:
        self.same(lambda: self.tw.engagement.undo_retweet(user, id), lambda: self.mini.undo_retweet(user, id))

    def erase(self, user: int, id: int) -> None:
        """Mini answers False for whatever is not there; Twitter says NotFound unless the user deleted it before."""
        found, _ = self.answer(lambda: self.tw.tweets.delete_tweet(user, id))
        right = self.mini.delete_tweet(user, id)
        assert found is True if right else found in (False, NotFound), f"{found}, should be {right}"

    def forget_redis(self) -> None:
        self.tw.boxes["redis"].flushall()

    def drain_all(self) -> None:
        self.tw.drain()
        assert self.delivered

    # ---- acts: people -----------------------------------------------------------------------------------------

    @act(1)
    def register(self) -> None:
        if len(self.users) < 7:
            self.register_one()

    @act(6, user=USER, other=USER)
    def follow(self, user: int, other: int) -> None:
        self.try_follow(self.user(user), self.user(other))

    @act(4, user=USER, other=USER)
    def unfollow(self, user: int, other: int) -> None:
        self.try_unfollow(self.user(user), self.user(other))

    @act(3, author=USER, on=st.booleans())
    def crowd(self, author: int, on: bool) -> None:
        """Everybody follows, or unfollows, one author: thresholds are crossed."""
        for other in self.users:
            if other != self.user(author):
                (self.try_follow if on else self.try_unfollow)(other, self.user(author))

    @act(2, user=USER, other=USER)
    def block(self, user: int, other: int) -> None:
        user, other = self.user(user), self.user(other)
        if user != other:
            self.same(lambda: self.tw.follows.block_user(user, other), lambda: self.mini.block_user(user, other))
            self.parted(user, other)
            self.parted(other, user)

    @act(1, user=USER, other=USER)
    def unblock(self, user: int, other: int) -> None:
        pair = (self.user(user), self.user(other))
        assert self.tw.follows.unblock_user(*pair) is (pair in self.mini.blocks)
        self.mini.blocks.discard(pair)

    @act(2, user=USER, other=USER, on=st.booleans())
    def mute(self, user: int, other: int, on: bool) -> None:
        pair = (self.user(user), self.user(other))
        if pair[0] != pair[1]:
            changed = (self.tw.follows.mute_user if on else self.tw.follows.unmute_user)(*pair)
            assert changed is ((pair in self.mini.mutes) is not on)
            (self.mini.mutes.add if on else self.mini.mutes.discard)(pair)

    @act(2, user=USER, on=st.booleans())
    def protect(self, user: int, on: bool) -> None:
        user = self.user(user)
        self.tw.users.update_profile(user, protected=on)
        self.mini.protect(user, on)
        if not on:
            self.drain_all()  # requests become follows when the event is delivered

    @act(1, user=USER, follower=USER)
    def approve(self, user: int, follower: int) -> None:
        user, follower = self.user(user), self.user(follower)
        self.same(lambda: self.tw.follows.approve_follow(user, follower), lambda: self.mini.approve_follow(user, follower))

    # ---- acts: tweets -----------------------------------------------------------------------------------------

    @act(12, author=USER, count=st.integers(1, 4))
    def post(self, author: int, count: int) -> None:
        for _ in range(count):
            self.write(self.user(author))

    @act(4, author=USER, tweet=TWEET)
    def reply(self, author: int, tweet: int) -> None:
        self.write(self.user(author), reply_to=self.tweet(tweet))

    @act(1, author=USER, tweet=TWEET)
    def quote(self, author: int, tweet: int) -> None:
        self.write(self.user(author), quote_of=self.tweet(tweet))

    @act(7, user=USER, tweet=TWEET)
    def retweet(self, user: int, tweet: int) -> None:
        self.pass_on(self.user(user), self.tweet(tweet))

    @act(2, user=USER, tweet=TWEET)
    def undo_retweet(self, user: int, tweet: int) -> None:
        self.take_back(self.user(user), self.tweet(tweet))

    @act(3, tweet=TWEET, liked=st.booleans(), owner=st.sampled_from([True, True, True, False]), user=USER)
    def delete(self, tweet: int, liked: bool, owner: bool, user: int) -> None:
        id = self.liked[-1 - tweet % len(self.liked)][1] if liked and self.liked else self.tweet(tweet)
        post = self.mini.posts.get(id)
        self.erase(post.author if post and owner else self.user(user), id)

    @act(3, user=USER, tweet=TWEET)
    def like(self, user: int, tweet: int) -> None:
        self.liked.append((self.user(user), self.tweet(tweet)))
        self.like_or_not(True, *self.liked[-1])

    @act(3, back=st.integers(0, 3), again=st.booleans())
    def unlike(self, back: int, again: bool) -> None:
        """One of the likes there were is taken back, or made once more; its tweet may be gone meanwhile."""
        if self.liked:
            self.like_or_not(again, *self.liked[-1 - back % len(self.liked)])

    def like_or_not(self, on: bool, user: int, id: int) -> None:
        method = "like_tweet" if on else "unlike_tweet"
        self.same(lambda: getattr(self.tw.engagement, method)(user, id), lambda: getattr(self.mini, method)(user, id))
        self.same_counts(id)

    # ---- acts: reading ----------------------------------------------------------------------------------------

    @act(6, viewer=USER, size=st.sampled_from((1, 1, 3)), between=BETWEEN)
    def scroll(self, viewer: int, size: int, between: list[tuple[str, int, int]]) -> None:
        """Something happens between two pages of one walk."""
        viewer = self.user(viewer)

        def meanwhile(number: int) -> None:
            kind, user, tweet = between[number] if number < len(between) else ("", 0, 0)
            user, id = self.user(user), self.tweet(tweet)
            if kind in ("post", "retweet", "undo"):
                {"post": lambda *_: self.write(user), "retweet": self.pass_on, "undo": self.take_back}[kind](user, id)
            elif kind == "delete":
                post = self.mini.posts.get(id)
                self.erase(post.author if post else user, id)
            elif kind in ("follow", "unfollow") and viewer != user:
                (self.try_follow if kind == "follow" else self.try_unfollow)(viewer, user)
            elif kind in ("flush", "drain"):
                (self.forget_redis if kind == "flush" else self.drain_all)()

        for _ in self.walk(viewer, size, between=meanwhile):
            pass

    @act(2, viewer=USER, size=SIZE, tweet=TWEET)
    def since(self, viewer: int, size: int, tweet: int) -> None:
        for _ in self.walk(self.user(viewer), size, since=self.tweet(tweet)):
            pass

    @act(3, author=USER, viewer=st.one_of(st.none(), USER), limit=SIZE, tweet=st.one_of(st.none(), TWEET))
    def profile(self, author: int, viewer: int | None, limit: int, tweet: int | None) -> None:
        reader = None if viewer is None else self.user(viewer)
        self.same_profile(self.user(author), reader, limit, None if tweet is None else self.tweet(tweet))

    @act(3, viewer=USER, author=USER, flush=st.sampled_from([False, False, True]))
    def race(self, viewer: int, author: int, flush: bool) -> None:
        """A list is rebuilt, and between its read and its write somebody posts (or Redis is emptied as well)."""
        viewer = self.user(viewer)
        followees = sorted(other for user, other in self.mini.follows if user == viewer) or self.users
        author = followees[author % len(followees)]
        self.forget_redis()

        def meanwhile() -> None:
            self.tally["posts in a rebuild"] += 1
            self.write(author)
            if self.manual:
                self.drain_all()
            if flush:
                self.forget_redis()

        self.in_rebuild = meanwhile
        seen = [tweet.tweet_id for tweet in self.tw.timelines.get_timeline(viewer, 3).tweets]
        self.in_rebuild = None
        assert seen == sorted(set(seen), reverse=True) and set(seen) <= self.may_show(viewer)
        self.look(viewer, 3)

    # ---- acts: faults -----------------------------------------------------------------------------------------

    @act(4, ms=st.sampled_from([1, 50, 15_000, 30_000, 70_000, DAY_MS, 31 * DAY_MS, 100 * DAY_MS]))
    def wait(self, ms: int) -> None:
        self.clock.advance(ms)

    @act(1, ms=st.integers(1, 3_000))
    def step_back(self, ms: int) -> None:
        """The clock goes back, at most as far as ids are waited for."""
        newest_ms = max([START_MS, *(timestamp_ms(id) for id in (*self.ids, *self.users))])
        self.clock.advance(-max(min(ms, self.clock.now_ms() - newest_ms + 4_900), 0))

    @act(5, steps=st.integers(1, 5))
    def step(self, steps: int) -> None:
        for _ in range(steps):
            self.tw.step()  # nothing waits if delivery is immediate

    @act(2)
    def drain(self) -> None:
        self.drain_all()

    @act(2, first=st.integers(0, 40), step=st.integers(1, 3))
    def redeliver(self, first: int, step: int) -> None:
        """Events that were delivered long ago are delivered again."""
        again = self.entries[-1 - first :: step]
        with self.tw._bus.command():
            for entry in again:
                self.tw._bus(entry)

    @act(2)
    def flush(self) -> None:
        """Redis loses all it has, the fan-out queue too."""
        self.forget_redis()

    @act(3, clean=st.booleans())
    def restart(self, clean: bool) -> None:
        """Open the same store again, after a close or a kill (nothing settled); a real Redis kept what it had."""
        if self.folder is None:
            return
        self.tally["restarts"] += 1
        if clean:
            self.tw.close()
        else:
            self.tw._db.close()
        self.tw.boxes["redis"].close()
        self.build()
