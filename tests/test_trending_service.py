"""Trending: who counts, when, where, and what leaves the count again; judged by a recount from the rows."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitlab.core.burst import HOUR, KEEP, SAME_HOURS, TODAY, Board
from twitlab.core.clock import ManualClock
from twitlab.core.errors import InvalidRequest, StoreError
from twitlab.core.events import DataLoaded, ProfileUpdated, TweetDeleted, TweetPosted
from twitlab.core.model import TweetRow, User
from twitlab.core.snowflake import first_id_at
from twitlab.core.views import TweetViews
from twitlab.services.trending import BUCKET_MS, BurstDetector, Trend, Trending, ranked, terms

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MIDNIGHT = 19_700 * DAY_MS  # 2023-12-09, a Saturday, UTC
NOON = MIDNIGHT + 12 * HOUR_MS


class FakeTweets:
    """What Trending uses of the tweet store."""

    def __init__(self) -> None:
        self.all: dict[int, TweetRow] = {}
        self.views = TweetViews()

    def rows(self, ids: Iterable[int]) -> dict[int, TweetRow]:
        return {one: self.all[one] for one in ids if one in self.all}


class FakeUsers:
    def __init__(self) -> None:
        self.by_id: dict[int, User] = {}


class World:
    """A store, a clock and the service under test; every event is delivered ``times`` times."""

    def __init__(self, now_ms: int = NOON, times: int = 1) -> None:
        self.clock, self.tweets, self.users, self.times = ManualClock(now_ms), FakeTweets(), FakeUsers(), times
        self.trending = self.opened()
        self.sequence = 0

    def opened(self) -> Trending:
        """A service that has just been opened over the same store."""
        return Trending(tweet_store=self.tweets, user_store=self.users, clock=self.clock)  # type: ignore[arg-type]

    def user(self, user_id: int, region: str = "", protected: bool = False) -> None:
        user = User(user_id=user_id, handle=f"u{user_id}", region=region, protected=protected)
        self.users.by_id[user_id] = user

    def store(self, user_id: int, text: str, at_ms: int | None = None, retweet_of: int | None = None) -> TweetRow:
        if user_id not in self.users.by_id:
            self.user(user_id)
        self.sequence += 1
        ms = self.clock.now_ms() if at_ms is None else at_ms
        row = TweetRow(
            tweet_id=first_id_at(ms) + self.sequence,
            user_id=user_id,
            content=text,
            created_ms=ms,
            retweet_of=retweet_of,
        )
        self.tweets.all[row.tweet_id] = row
        self.tweets.views.add(row)
        return row

    def post(self, user_id: int, text: str) -> int:
        row = self.store(user_id, text)
        self.deliver_post(row)
        return row.tweet_id

    def deliver_post(self, row: TweetRow) -> None:
        for _ in range(self.times):
            self.trending.on_tweet_posted(TweetPosted(tweet_id=row.tweet_id, user_id=row.user_id))

    def delete(self, tweet_id: int) -> None:
        row = self.tweets.all[tweet_id]
        self.tweets.views.discard(row)
        self.tweets.all[tweet_id] = replace(row, deleted=True, content="")
        for _ in range(self.times):
            self.trending.on_tweet_deleted(TweetDeleted(tweet_id=tweet_id, user_id=row.user_id))

    def change(self, user_id: int, **changes: object) -> None:
        self.users.by_id[user_id] = replace(self.users.by_id[user_id], **changes)  # type: ignore[arg-type]
        for _ in range(self.times):
            self.trending.on_profile_updated(ProfileUpdated(user_id=user_id))

    def crowd(self, text: str, authors: Iterable[int]) -> list[int]:
        return [self.post(author, text) for author in authors]

    def names(self, region: str | None = None, k: int = 10) -> list[str]:
        return [trend.name for trend in self.trending.top(k, region)]

    def count(self, name: str, region: str | None = None) -> int:
        return next((trend.count for trend in self.trending.top(200, region) if trend.name == name), 0)

    def wait(self, ms: int) -> None:
        self.clock.advance(ms)


def ready(now_ms: int = NOON, times: int = 1) -> World:
    world = World(now_ms, times)
    assert world.names() == []
    return world


# ---------------------------------------------------------------- who counts


def test_a_trend_says_why() -> None:
    world = ready()
    world.crowd("so #WorldCup", range(12))
    (trend,) = world.trending.top()
    assert (trend.name, trend.tag, trend.kind) == ("#worldcup", "worldcup", "hashtag")
    assert (trend.count, trend.expected, trend.region) == (12, 0.0, None)
    assert trend.score == pytest.approx(12 / 3)
    assert trend.why == "#worldcup: 12 people in the last hour, 0.0 expected; 4.0 times the alarm"


def test_one_account_posting_a_tag_a_thousand_times_does_not_trend() -> None:
    world = ready()
    for _ in range(1000):
        world.post(1, "#buy my thing")
    world.crowd("#real news", range(10, 15))
    assert world.names() == ["#real"]


def test_two_do_not_make_a_trend_three_do() -> None:
    world = ready()
    world.crowd("#x", (1, 2))
    assert world.names() == []
    world.post(3, "#X")
    assert world.names() == ["#x"]


def test_bursts_not_volumes() -> None:
    world = World()
    for hours_ago in range(1, 8 * 24):
        for author in range(20):
            world.store(author, "#always", at_ms=NOON - hours_ago * HOUR_MS)
    for author in range(20):
        world.store(author, "#always", at_ms=NOON - BUCKET_MS)
    for author in range(6):
        world.store(author, "#new", at_ms=NOON - BUCKET_MS)
    assert world.names() == ["#new"]


def test_retweets_do_not_count() -> None:
    world = ready()
    original = world.store(1, "#echo")
    world.deliver_post(original)
    for author in range(2, 30):
        world.deliver_post(world.store(author, "#echo", retweet_of=original.tweet_id))
    assert world.names() == []


def test_protected_authors_do_not_count_and_leave_when_they_protect() -> None:
    world = ready()
    for author in range(5):
        world.user(author, protected=True)
    world.crowd("#secret", range(5))
    assert world.names() == []
    world.crowd("#open", range(10, 14))
    for author in (10, 11):
        world.change(author, protected=True)
    assert world.names() == []
    for author in (10, 0, 1, 2):
        world.change(author, protected=False)
    assert world.count("#open") == 3
    assert world.count("#secret") == 3


def test_deleted_tweets_leave_the_count() -> None:
    world = ready()
    ids = world.crowd("#oops", range(5))
    again = world.post(4, "#oops again")
    world.delete(ids[4])
    assert world.count("#oops") == 5
    world.delete(again)
    assert world.count("#oops") == 4
    for tweet_id in ids[:4]:
        world.delete(tweet_id)
    assert world.names() == []
    for tweet_id in ids:  # a late redelivery does not bring them back
        world.deliver_post(world.tweets.all[tweet_id])
    assert world.names() == []


# ---------------------------------------------------------------- where


def test_a_tweet_counts_for_its_authors_region() -> None:
    world = ready()
    for author in range(30):
        world.user(author, region="Kenya" if author < 20 else "Chile")
    world.crowd("#safari", range(8))
    world.crowd("#andes", range(20, 25))
    world.crowd("#both", [*range(10, 13), *range(26, 29)])
    assert world.names() == ["#safari", "#both", "#andes"]
    assert world.names("Kenya") == ["#safari", "#both"]
    assert world.names("Chile") == ["#andes", "#both"]
    assert world.names("Peru") == world.names("") == []
    assert world.trending.top(1, "Chile")[0].why.startswith("#andes: 5 people in the last hour, 0.0 expected in Chile")


def test_moving_takes_the_last_hour_along() -> None:
    world = ready()
    for author in range(4):
        world.user(author, region="Kenya")
    world.crowd("#safari", range(4))
    world.change(0, region="Chile")
    assert (world.count("#safari", "Kenya"), world.count("#safari")) == (3, 4)


# ---------------------------------------------------------------- when


def test_nothing_resets_at_midnight() -> None:
    world = ready(MIDNIGHT - 20 * 60_000)
    world.crowd("#party", range(30))
    scores = []
    for _ in range(40):  # a minute at a time, over midnight
        world.wait(60_000)
        scores.append(world.trending.top(1)[0])
    assert {(trend.name, trend.count, trend.expected, trend.score) for trend in scores} == {("#party", 30, 0.0, 10.0)}


def test_the_same_around_midnight_and_noon() -> None:
    def story(start: int) -> list[tuple[str, int, float]]:
        world, seen = ready(start - 2 * HOUR_MS), []
        for minute in range(0, 240, 5):
            world.crowd("#story", range(minute, minute + max(0, 40 - abs(minute - 120))))
            world.wait(5 * 60_000)
            seen += [(trend.name, trend.count, trend.score) for trend in world.trending.top()]
        return seen

    assert story(MIDNIGHT) == story(NOON) != []


def test_a_trend_leaves_an_hour_after_the_last_word() -> None:
    world = ready()
    world.crowd("#flash", range(10))
    world.wait(11 * BUCKET_MS)
    assert world.names() == ["#flash"]
    world.wait(BUCKET_MS)
    assert world.names() == []


def test_a_trend_stays_until_it_is_clearly_over() -> None:
    """Four authors begin a trend; two keep it, for whoever was trending when a bucket closed; two alone begin none."""
    world = ready()
    world.crowd("#held", (1, 2))
    world.crowd("#quiet", (3, 4))
    world.wait(BUCKET_MS)
    ids = world.crowd("#held", (5, 6))
    world.wait(BUCKET_MS)
    assert world.names() == ["#held"]
    for tweet_id in ids:
        world.delete(tweet_id)
    (trend,) = world.trending.top()
    assert (trend.name, trend.count) == ("#held", 2)
    assert 0.5 <= trend.score < 1


def test_reading_often_changes_nothing() -> None:
    seed = 11
    rng = random.Random(seed)
    often, once = ready(), ready()
    for _ in range(300):
        author, tag, pause = rng.randrange(40), f"#t{int(rng.random() ** 3 * 12)}", rng.randrange(120_000)
        for world in (often, once):
            world.post(author, tag)
            world.wait(pause)
        often.names()
    assert often.trending.top(200) == once.trending.top(200) != [], f"seed {seed}"


def test_a_weekly_tag_trends_once() -> None:
    world = World(NOON)
    for week in range(3):
        for author in range(40):
            world.store(author, "#Saturday", at_ms=NOON + week * 7 * DAY_MS + author * 60_000)
    tops = []
    for _ in range(3):
        world.clock = world.trending._clock = ManualClock(NOON + len(tops) * 7 * DAY_MS + 50 * 60_000)
        tops.append(world.names())
    assert tops == [["#saturday"], [], []]


def test_a_loaded_day_is_replayed_by_moving_the_clock() -> None:
    world = World(MIDNIGHT)
    plan = {3: "#breakfast", 9: "#lunch", 15: "#tea", 21: "#dinner"}
    for hour, tag in plan.items():
        for author in range(25):
            world.store(author, f"time for {tag}", at_ms=MIDNIGHT + hour * HOUR_MS + author * 60_000)
    world.trending.on_data_loaded(DataLoaded())
    led = {}
    for hour in range(24):
        world.clock.advance(MIDNIGHT + hour * HOUR_MS + 55 * 60_000 - world.clock.now_ms())
        led |= {hour: world.names(k=1)}
    assert {hour: names[0] for hour, names in led.items() if names} == plan
    world.wait(-12 * HOUR_MS)  # from 23:55 back to 11:55, and to where lunch was
    assert world.names() == []
    world.wait(-2 * HOUR_MS)
    assert world.names(k=1) == ["#lunch"]


def test_a_store_that_fails_once_costs_no_tweet() -> None:
    class Failing(FakeTweets):
        fails = 0

        def rows(self, ids: Iterable[int]) -> dict[int, TweetRow]:
            self.fails -= 1
            if self.fails == 0:
                raise StoreError("disk gone")
            return super().rows(ids)

    world = World()
    world.tweets = failing = Failing()
    world.trending = world.opened()
    for author in range(9):
        world.store(author, "#x", at_ms=NOON - author * BUCKET_MS)
    failing.fails = 4
    with pytest.raises(StoreError):
        world.trending.top()
    assert world.count("#x") == 9


def test_what_is_older_than_the_window_is_not_now() -> None:
    world = ready()
    for author in range(50):
        world.deliver_post(world.store(author, "#yesterday", at_ms=NOON - DAY_MS))
    assert world.names() == []


# ---------------------------------------------------------------- rebuilt, redelivered


def test_a_service_opened_over_the_same_store_answers_the_same() -> None:
    seed = 5
    rng = random.Random(seed)
    world = ready(MIDNIGHT - 3 * DAY_MS)
    for author in range(60):
        world.user(author, region=rng.choice(["", "Kenya", "Chile"]), protected=rng.random() < 0.1)
    for _ in range(1500):
        world.post(rng.randrange(60), f"good morning #t{int(rng.random() ** 3 * 30)} again")
        world.wait(rng.randrange(400_000))
    for _ in range(100):  # a good hour with more going on
        world.post(rng.randrange(60), f"good evening #t{rng.randrange(5)} and #e{rng.randrange(3)}")
        world.wait(rng.randrange(60_000))
    fresh = world.opened()
    for region in (None, "Kenya", "Chile"):
        assert fresh.top(200, region) == world.trending.top(200, region), f"seed {seed}"
        assert fresh.top(1, region), f"seed {seed}"


def test_a_sleep_of_a_year_costs_no_more_than_a_week() -> None:
    world = ready()
    world.crowd("#x", range(9))
    world.wait(366 * DAY_MS)
    assert world.names() == []
    world.crowd("#x", range(9))
    assert world.count("#x") == 9


def test_memory_is_what_the_window_and_the_week_need() -> None:
    world = ready()
    for n in range(400):
        world.post(n, f"#tag{n} word{n} other{n}")
        world.wait(BUCKET_MS)
    world.names()
    assert len(world.trending._counted) <= HOUR
    assert len(world.trending._filed) <= HOUR
    for author in range(3):
        world.user(author, region="Kenya")
    world.crowd("#once", range(3))
    world.wait((KEEP + 2) * HOUR_MS - BUCKET_MS)
    world.names()
    assert set(world.trending._boards) <= {None, "Kenya"}
    assert not any(world.trending._boards.values())


def test_tweets_that_say_nothing_countable_come_and_go() -> None:
    world = ready()
    world.user(1, region="Kenya")
    world.post(1, "hm")
    for _ in range(30):
        world.wait(BUCKET_MS)
        assert world.names("Kenya") == world.names() == []


@pytest.mark.parametrize("k", [0, -1, 201, 10**9, True, 1.0, "3", None])
def test_k_out_of_range_is_refused(k: object) -> None:
    with pytest.raises(InvalidRequest, match="k="):
        World().trending.top(k)  # type: ignore[arg-type]


@pytest.mark.parametrize("region", [3, True, b"Kenya", ["Kenya"]])
def test_a_region_is_a_name(region: object) -> None:
    with pytest.raises(InvalidRequest, match="region="):
        World().trending.top(3, region)  # type: ignore[arg-type]


# ---------------------------------------------------------------- phrases


def test_phrases_trend_and_the_longest_stands_for_its_parts() -> None:
    world = ready()
    world.crowd("The northern lights tonight!", range(6))
    assert world.names() == ["northern lights tonight"]
    assert world.trending.top()[0].kind == "phrase"
    world.crowd("northern lights", range(10, 20))
    assert world.names() == ["northern lights", "northern lights tonight"]


@pytest.mark.parametrize("text", ["rain stops play again", "total shadow in ten minutes"])
def test_a_sentence_that_all_repeat_is_listed_once(text: str) -> None:
    world = ready()
    world.crowd(text, range(5))
    assert len(world.names()) == 1


def test_phrases_of_other_people_are_other_trends() -> None:
    world = ready()
    world.crowd("red moon", range(5))
    world.crowd("full moon", range(5, 10))
    assert world.names() == ["full moon", "red moon"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("it is what it is", []),
        ("state of the art", []),
        ("cup of tea", ["cup of tea"]),
        ("red, green. blue", []),
        ("red green #blue yellow pink", ["#blue", "red green", "yellow pink"]),
        ("Ça VA bien", ["ça va bien", "ça va", "va bien"]),
        ("we won 2 0", []),
        ("बारिश आ गई", ["बारिश आ गई", "बारिश आ", "आ गई"]),
        ("good ❤️ luck ☂️ all", []),
        ("don't panic - go!", ["don't panic"]),
        ("a\nb c", ["b c"]),
        ("#A #a #A", ["#a"]),
        ("", []),
    ],
)
def test_terms(text: str, found: list[str]) -> None:
    assert terms(text) == found


def test_terms_of_one_tweet_are_bounded() -> None:
    assert len(terms(" ".join(f"word{n}" for n in range(1000)))) == 100


# ---------------------------------------------------------------- the oracle

ACTS = st.one_of(
    st.tuples(st.just("post"), st.integers(0, 5), st.integers(0, 3)),
    st.tuples(st.just("old"), st.integers(0, 5), st.integers(1, 90)),
    st.tuples(st.just("delete"), st.integers(0, 30), st.just(0)),
    st.tuples(st.just("wait"), st.integers(1, 40), st.just(0)),
    st.tuples(st.just("protect"), st.integers(0, 5), st.booleans()),
    st.tuples(st.just("move"), st.integers(0, 5), st.sampled_from(["", "Kenya", "Chile"])),
    st.tuples(st.just("load"), st.just(0), st.just(0)),
)


@given(st.lists(ACTS, max_size=60), st.sampled_from([1, 2]), st.sampled_from([NOON, MIDNIGHT - 30 * 60_000]))
def test_counts_equal_a_recount_by_brute_force(acts: list[tuple], times: int, start: int) -> None:
    world = ready(start, times)
    for author in range(6):
        world.user(author)
    for act, one, two in acts:
        if act == "post":
            world.post(one, f"#t{two} #all" if two else "nothing")
        elif act == "old":
            world.deliver_post(world.store(one, "#all", at_ms=world.clock.now_ms() - two * 60_000))
        elif act == "delete" and world.tweets.all:
            world.delete(sorted(world.tweets.all)[one % len(world.tweets.all)])
        elif act == "wait":
            world.wait(one * 60_000)
        elif act == "protect":
            world.change(one, protected=two)
        elif act == "move":
            world.change(one, region=two)
        elif act == "load":
            world.trending.on_data_loaded(DataLoaded())
    world.trending.top()
    first = (world.clock.now_ms() // BUCKET_MS - HOUR + 1) * BUCKET_MS
    for region in (None, "Kenya", "Chile"):
        for tag in ("#all", "#t1", "#t2", "#t3"):
            authors = {
                row.user_id
                for row in world.tweets.all.values()
                if not row.deleted and row.created_ms >= first and tag in row.content.split()
                if not world.users.by_id[row.user_id].protected
                if region in (None, world.users.by_id[row.user_id].region)
            }
            board = world.trending._boards.get(region, Board())
            assert board.count(tag) == len(authors), (region, tag)


@given(st.lists(st.lists(st.integers(0, 9), max_size=12), min_size=1, max_size=3 * KEEP // 2))
def test_what_is_usual_equals_the_mean_of_the_hours_kept(hours: list[list[int]]) -> None:
    board = Board()
    for hour, authors in enumerate(hours):
        pairs = [("#x", author) for author in authors]
        board.add(pairs)
        board.close_hour(hour)
        board.remove(pairs)
    kept = [len(set(authors)) if len(set(authors)) > 1 else 0 for authors in hours][-KEEP:]
    same = [kept[-ago] for ago in SAME_HOURS if ago <= len(kept)]
    expected, margin = board.usual("#x", len(hours))
    assert expected == pytest.approx(max([sum(kept[:-TODAY]) / (KEEP - TODAY), *same]))
    assert margin >= 3 * (expected + 1) ** 0.5


def test_ranking_is_by_score_then_name() -> None:
    board = Board()
    board.add([(f"#{name}", author) for name in "cab" for author in range(4)])
    board.add([("#big", author) for author in range(9)])
    assert [trend.name for trend in ranked(board, 3, 0)] == ["#big", "#a", "#b"]
    assert all(isinstance(trend, Trend) for trend in ranked(board, 200, 0))
    assert BurstDetector is not None
