"""The rules of DESIGN sections 3 and 6, one by one, through the front door: sight, acts, paging, and every refusal."""

from __future__ import annotations

import contextlib
import dataclasses
import html.parser
import inspect
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from twitlab import Config, ManualClock, Twitter
from twitlab.core import errors
from twitlab.core.errors import HandleTaken, InvalidHandle, InvalidId, InvalidMedia, InvalidRequest, InvalidTweet, NotFound

START_MS = 1_700_000_000_000
HOUSE = Config.lab(timeline_cap=20, celebrity_threshold=3, influencer_threshold=2, vip_per_celebrity=1)
DAY_MS = 86_400_000


class Town:
    """A Twitter with ana, ben, eva and zoe in it, and short words for what they do."""

    def __init__(self, **options: Any) -> None:
        self.clock = ManualClock(START_MS)
        self.tw = Twitter(config=HOUSE, clock=self.clock, **options)
        self.ana, self.ben, self.eva, self.zoe = (
            self.tw.users.register(handle).user_id for handle in ("ana", "ben", "eva", "zoe")
        )

    def post(self, user_id: int, text: str = "hello", **options: Any) -> int:
        return self.tw.tweets.post_tweet(user_id, text, **options).tweet_id

    def retweet(self, user_id: int, tweet_id: int) -> int:
        tweet = self.tw.engagement.retweet(user_id, tweet_id)
        assert tweet is not False
        return tweet.tweet_id

    def follow(self, *pairs: tuple[int, int]) -> None:
        for pair in pairs:
            self.tw.follows.follow_user(*pair)

    def home(self, user_id: int) -> list[int]:
        return [tweet.tweet_id for tweet in self.tw.timelines.get_timeline(user_id).tweets]

    def pages(self, user_id: int, size: int, **options: Any) -> Iterator[list[int]]:
        page = self.tw.timelines.get_timeline(user_id, size, **options)
        yield [tweet.tweet_id for tweet in page.tweets]
        while page.next_cursor is not None:
            page = self.tw.timelines.get_timeline(user_id, size, page.next_cursor)
            yield [tweet.tweet_id for tweet in page.tweets]

    def sees(self, viewer: int | None, tweet_id: int) -> bool:
        try:
            return self.tw.tweets.get_tweet(tweet_id, viewer).tweet_id == tweet_id
        except NotFound:
            return False


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.tw.close()


@pytest.fixture(scope="module")
def quiet() -> Iterator[Town]:
    """A town for questions and refusals: nothing in it may change."""
    town = Town()
    town.follow((town.ana, town.ben))
    for number in range(5):
        town.post(town.ben, f"post {number}")
    yield town
    town.tw.close()


# ---------------------------------------------------------------- sight


def test_a_deleted_tweet_is_nowhere(town: Town) -> None:
    town.follow((town.ana, town.ben))
    gone = town.post(town.ben)
    kept = town.post(town.ben)
    assert town.tw.tweets.delete_tweet(town.ben, gone) is True
    assert town.home(town.ana) == town.home(town.ben) == [kept]
    assert not any(town.sees(viewer, gone) for viewer in (None, town.ana, town.ben))
    assert [tweet.tweet_id for tweet in town.tw.tweets.get_user_tweets(town.ben)] == [kept]


@pytest.mark.parametrize("ana_blocks", [True, False], ids=["reader blocks", "author blocks"])
def test_a_block_hides_in_both_directions(town: Town, ana_blocks: bool) -> None:
    town.follow((town.ana, town.ben), (town.ben, town.ana))
    tweet = town.post(town.ben)
    pair = (town.ana, town.ben) if ana_blocks else (town.ben, town.ana)
    assert town.home(town.ana) == [tweet]
    assert town.tw.follows.block_user(*pair) is True
    assert town.home(town.ana) == [] and not town.sees(town.ana, tweet)
    assert town.tw.tweets.get_user_tweets(town.ben, viewer_id=town.ana) == []
    assert town.sees(None, tweet) and town.sees(town.eva, tweet)
    assert not town.tw.follows.is_following(town.ana, town.ben) and not town.tw.follows.is_following(town.ben, town.ana)
    with pytest.raises(NotFound):
        town.tw.follows.follow_user(town.ana, town.ben)
    assert town.tw.follows.unblock_user(*pair) is True
    assert town.sees(town.ana, tweet) and town.home(town.ana) == [], "sight comes back, follows do not"


def test_a_protected_author_shows_to_followers_only(town: Town) -> None:
    town.follow((town.ana, town.ben))
    town.tw.users.update_profile(town.ben, protected=True)
    tweet = town.post(town.ben)
    assert [town.sees(viewer, tweet) for viewer in (None, town.ana, town.ben, town.eva)] == [False, True, True, False]
    assert town.home(town.ana) == [tweet], "protecting keeps the followers there are"
    assert town.tw.follows.follow_user(town.eva, town.ben) is False
    assert town.home(town.eva) == [] and not town.tw.follows.is_following(town.eva, town.ben)
    assert town.tw.follows.approve_follow(town.ben, town.eva) is True
    assert town.home(town.eva) == [tweet]


def test_unprotecting_turns_requests_into_follows(town: Town) -> None:
    town.tw.users.update_profile(town.ben, protected=True)
    tweet = town.post(town.ben)
    town.follow((town.ana, town.ben), (town.eva, town.ben))
    assert town.tw.follows.unfollow_user(town.eva, town.ben) is True, "a request is withdrawn"
    town.tw.users.update_profile(town.ben, protected=False)
    assert town.home(town.ana) == [tweet] and town.home(town.eva) == []
    assert town.tw.follows.get_followers(town.ben) == [town.ana]


@pytest.mark.parametrize("fate", ["deleted", "protected", "blocks the reader", "blocked by the reader"])
def test_a_retweet_falls_with_its_original(town: Town, fate: str) -> None:
    town.follow((town.ana, town.eva))
    original = town.post(town.ben)
    retweet = town.retweet(town.eva, original)
    assert town.home(town.ana) == [retweet]
    match fate:
        case "deleted":
            town.tw.tweets.delete_tweet(town.ben, original)
        case "protected":
            town.tw.users.update_profile(town.ben, protected=True)
        case "blocks the reader":
            town.tw.follows.block_user(town.ben, town.ana)
        case "blocked by the reader":
            town.tw.follows.block_user(town.ana, town.ben)
    assert town.home(town.ana) == [] and not town.sees(town.ana, retweet)


def test_a_quote_stands_without_what_it_quotes(town: Town) -> None:
    town.follow((town.ana, town.eva))
    quoted = town.post(town.ben)
    quote = town.post(town.eva, quote_of=quoted)
    town.tw.tweets.delete_tweet(town.ben, quoted)
    assert town.home(town.ana) == [quote] and not town.sees(town.ana, quoted)


def test_a_mute_empties_the_home_timeline_only(town: Town) -> None:
    town.follow((town.ana, town.ben), (town.ana, town.eva))
    tweet = town.post(town.ben)
    by_eva, by_ana = town.retweet(town.eva, tweet), town.retweet(town.ana, tweet)
    town.tw.follows.mute_user(town.ana, town.ben)
    assert town.home(town.ana) == [], "one's own retweets of a muted author included"
    assert all(town.sees(town.ana, one) for one in (tweet, by_eva, by_ana))
    town.tw.follows.unmute_user(town.ana, town.ben)
    assert town.home(town.ana) == [by_ana]


def test_replies_on_the_home_timeline(town: Town) -> None:
    town.follow((town.ana, town.ben), (town.ana, town.eva))
    to_followed = town.post(town.ben, in_reply_to=town.post(town.eva))
    stranger = town.post(town.zoe)
    to_stranger, own_to_stranger = town.post(town.ben, in_reply_to=stranger), town.post(town.ana, in_reply_to=stranger)
    to_self = town.post(town.ben, in_reply_to=to_stranger)
    to_ana = town.post(town.ben, in_reply_to=own_to_stranger)
    home = town.home(town.ana)
    assert {to_followed, to_self, to_ana} < set(home)
    assert not {stranger, to_stranger, own_to_stranger} & set(home)
    passed_on = town.retweet(town.eva, to_stranger)
    assert town.home(town.ana)[0] == passed_on, "a retweet is not a reply"
    town.tw.tweets.delete_tweet(town.zoe, stranger)
    assert to_stranger not in town.home(town.ana), "the author replied to is remembered"
    town.follow((town.ana, town.zoe))
    assert own_to_stranger in town.home(town.ana)


def test_only_the_newest_occurrence_shows(town: Town) -> None:
    town.follow((town.ana, town.ben), (town.ana, town.eva))
    original = town.post(town.ben)
    assert town.home(town.ana) == [original]
    retweet = town.retweet(town.eva, original)
    assert town.home(town.ana) == [retweet]
    newest = town.retweet(town.ana, original)
    assert town.home(town.ana) == [newest]
    assert town.tw.engagement.undo_retweet(town.ana, newest) is True
    town.tw.follows.unfollow_user(town.ana, town.eva)
    assert town.home(town.ana) == [original]


# ---------------------------------------------------------------- acts


def test_acts_on_a_retweet_mean_its_original(town: Town) -> None:
    original = town.post(town.ben, "the original")
    retweet = town.tw.engagement.retweet(town.eva, original)
    assert retweet and (retweet.retweet_of, retweet.content, retweet.user_id) == (original, "the original", town.eva)
    id = retweet.tweet_id
    assert town.tw.tweets.get_tweet(town.post(town.ana, in_reply_to=id)).in_reply_to == original
    assert town.tw.tweets.get_tweet(town.post(town.ana, quote_of=id)).quote_of == original
    assert town.tw.engagement.like_tweet(town.ana, id) is True
    assert town.tw.engagement.like_tweet(town.ana, original) is False
    again = town.tw.engagement.retweet(town.ana, id)
    assert again and again.retweet_of == original
    counts = dataclasses.asdict(town.tw.engagement.counts(original))
    assert counts == dataclasses.asdict(town.tw.engagement.counts(id))
    assert counts == {"like_count": 1, "retweet_count": 2, "reply_count": 1, "quote_count": 1}


def test_one_may_like_and_retweet_oneself(town: Town) -> None:
    own = town.post(town.ana)
    assert town.tw.engagement.like_tweet(town.ana, own) is True
    retweet = town.retweet(town.ana, own)
    assert town.home(town.ana) == [retweet]


def test_a_protected_author_is_not_retweeted(town: Town) -> None:
    town.follow((town.ana, town.ben))
    town.tw.users.update_profile(town.ben, protected=True)
    tweet = town.post(town.ben)
    for user in (town.ana, town.ben):
        with pytest.raises(InvalidRequest, match=str(tweet)):
            town.tw.engagement.retweet(user, tweet)
    assert town.tw.engagement.like_tweet(town.ana, tweet) is True
    assert town.tw.engagement.counts(tweet).retweet_count == 0


ACTS_THAT_NEED_SIGHT: dict[str, Callable[[Town, int, int], object]] = {
    "like": lambda town, user, tweet: town.tw.engagement.like_tweet(user, tweet),
    "retweet": lambda town, user, tweet: town.tw.engagement.retweet(user, tweet),
    "reply": lambda town, user, tweet: town.tw.tweets.post_tweet(user, "hello", in_reply_to=tweet),
    "quote": lambda town, user, tweet: town.tw.tweets.post_tweet(user, "hello", quote_of=tweet),
    "get": lambda town, user, tweet: town.tw.tweets.get_tweet(tweet, user),
    "thread": lambda town, user, tweet: town.tw.tweets.thread(tweet, user),
    "delete": lambda town, user, tweet: town.tw.tweets.delete_tweet(user, tweet),
}


@pytest.mark.parametrize("act", ACTS_THAT_NEED_SIGHT)
def test_unknown_deleted_and_out_of_sight_are_one_answer(town: Town, act: str) -> None:
    deleted, blocked = town.post(town.ben), town.post(town.eva)
    private, orphan = town.post(town.zoe), town.retweet(town.eva, deleted)
    town.tw.tweets.delete_tweet(town.ben, deleted)
    town.tw.follows.block_user(town.eva, town.ana)
    town.tw.users.update_profile(town.zoe, protected=True)
    said = set()
    for id in (424242, private + 1, deleted, blocked, private, orphan):
        with pytest.raises(NotFound) as refusal:
            ACTS_THAT_NEED_SIGHT[act](town, town.ana, id)
        said.add(str(refusal.value).replace(str(id), "ID"))
    assert len(said) == 1, said


def test_unknown_users_and_blocking_users_are_one_answer(town: Town) -> None:
    town.tw.follows.block_user(town.ben, town.ana)
    said = set()
    for id in (424242, town.ben):
        with pytest.raises(NotFound) as refusal:
            town.tw.follows.follow_user(town.ana, id)
        said.add(str(refusal.value).replace(str(id), "ID"))
    assert len(said) == 1, said


def test_undoing_needs_no_sight(town: Town) -> None:
    tweet = town.post(town.ben)
    retweet = town.retweet(town.ana, tweet)
    town.tw.engagement.like_tweet(town.ana, tweet)
    town.tw.follows.block_user(town.ben, town.ana)
    assert town.tw.engagement.like_tweet(town.ana, tweet) is False, "what is so already is not refused"
    assert town.tw.engagement.retweet(town.ana, tweet) is False
    assert town.tw.engagement.unlike_tweet(town.ana, tweet) is True
    assert town.tw.engagement.undo_retweet(town.ana, retweet) is True
    assert dataclasses.astuple(town.tw.engagement.counts(tweet)) == (0, 0, 0, 0)


@pytest.mark.parametrize("how", ["undo by original", "undo by retweet", "delete"])
def test_three_ways_to_take_a_retweet_back(town: Town, how: str) -> None:
    tweet = town.post(town.ben)
    retweet = town.retweet(town.ana, tweet)
    match how:
        case "undo by original":
            assert town.tw.engagement.undo_retweet(town.ana, tweet) is True
        case "undo by retweet":
            assert town.tw.engagement.undo_retweet(town.ana, retweet) is True
        case "delete":
            assert town.tw.tweets.delete_tweet(town.ana, retweet) is True
    assert town.tw.engagement.undo_retweet(town.ana, tweet) is False
    assert not town.sees(town.ana, retweet) and town.tw.engagement.counts(tweet).retweet_count == 0
    assert town.retweet(town.ana, tweet) > retweet


def test_deleting_an_original_takes_its_retweets_along(town: Town) -> None:
    tweet = town.post(town.ben)
    retweet = town.retweet(town.ana, tweet)
    town.tw.engagement.like_tweet(town.ana, tweet)
    assert town.tw.tweets.delete_tweet(town.ben, tweet) is True
    assert town.tw.tweets.delete_tweet(town.ben, tweet) is False
    assert town.home(town.ana) == town.home(town.ben) == []
    assert town.tw.users.profile(town.ana).tweet_count == 0
    assert town.tw.engagement.unlike_tweet(town.ana, tweet) is False
    assert town.tw.engagement.undo_retweet(town.ana, retweet) is False
    for id in (tweet, retweet):
        with pytest.raises(NotFound):
            town.tw.engagement.counts(id)


def test_likes_end_with_their_tweet_not_with_its_event() -> None:
    town = Town(delivery="manual")
    tweet = town.post(town.ben)
    town.tw.engagement.like_tweet(town.ana, tweet)
    town.tw.drain()
    town.tw.tweets.delete_tweet(town.ben, tweet)
    assert town.tw.waiting and town.tw.engagement.unlike_tweet(town.ana, tweet) is False
    with pytest.raises(NotFound):
        town.tw.engagement.like_tweet(town.ana, tweet)
    town.tw.close()


TWICE: dict[str, tuple[Callable[[Town], object], Callable[[Town], object]]] = {
    "follow": (
        lambda t: t.tw.follows.follow_user(t.ana, t.ben),
        lambda t: t.tw.follows.unfollow_user(t.ana, t.ben),
    ),
    "block": (lambda t: t.tw.follows.block_user(t.ana, t.ben), lambda t: t.tw.follows.unblock_user(t.ana, t.ben)),
    "mute": (lambda t: t.tw.follows.mute_user(t.ana, t.ben), lambda t: t.tw.follows.unmute_user(t.ana, t.ben)),
}


@pytest.mark.parametrize("act", TWICE)
def test_repeating_and_undoing_what_is_not_return_false(town: Town, act: str) -> None:
    do, undo = TWICE[act]
    assert [undo(town), do(town), do(town), undo(town), undo(town), do(town)] == [False, True, False, True, False, True]


def test_repeating_likes_and_retweets_returns_false(town: Town) -> None:
    tweet, engagement = town.post(town.ben), town.tw.engagement
    assert engagement.unlike_tweet(town.ana, tweet) is False and engagement.undo_retweet(town.ana, tweet) is False
    assert [engagement.like_tweet(town.ana, tweet) for _ in range(2)] == [True, False]
    town.retweet(town.ana, tweet)
    assert engagement.retweet(town.ana, tweet) is False
    assert dataclasses.astuple(engagement.counts(tweet)) == (1, 1, 0, 0)


def test_blocking_ends_requests_too(town: Town) -> None:
    town.tw.users.update_profile(town.ben, protected=True)
    town.follow((town.ana, town.ben))
    town.tw.follows.block_user(town.ben, town.ana)
    town.tw.follows.unblock_user(town.ben, town.ana)
    assert town.tw.follows.approve_follow(town.ben, town.ana) is False


# ---------------------------------------------------------------- paging


@pytest.mark.parametrize("size", [1, 7, 200])
def test_six_hundred_tweets_of_one_millisecond(size: int) -> None:
    town = Town()
    town.follow((town.ana, town.ben), (town.eva, town.ben))
    town.home(town.ana)
    ids = [town.post(town.ben) for _ in range(600)]
    assert town.clock.now_ms() == START_MS and len({id >> 22 for id in ids}) == 1
    for reader in (town.ana, town.eva):  # pushed as they came, and built afterwards
        pages = list(town.pages(reader, size))
        assert [id for page in pages for id in page] == ids[::-1]
        assert [len(page) for page in pages[:-1]] == [size] * (len(pages) - 1) and pages[-1]
    town.tw.close()


def test_posts_and_deletes_between_pages(town: Town) -> None:
    town.follow((town.ana, town.ben), (town.ana, town.eva))
    ids = [town.post((town.ben, town.eva)[number % 2], f"number {number}") for number in range(12)]
    walk = town.pages(town.ana, 3)
    assert next(walk) == ids[:8:-1]
    for _ in range(5):
        town.post(town.ben)
    town.retweet(town.eva, ids[0])  # newer than the walk: neither a row nor the newest occurrence
    for gone in (ids[11], ids[7], ids[6]):
        town.tw.tweets.delete_tweet((town.ben, town.eva)[ids.index(gone) % 2], gone)
    assert next(walk) == [ids[8], ids[5], ids[4]]
    assert [id for page in walk for id in page] == ids[3::-1]


def test_a_page_shortened_by_filtering_goes_on(town: Town) -> None:
    town.follow((town.ana, town.ben), (town.ana, town.eva))
    first = town.post(town.eva)
    for _ in range(40):
        town.post(town.ben)
    town.tw.follows.mute_user(town.ana, town.ben)
    assert [id for page in town.pages(town.ana, 1) for id in page] == [first]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6, 200])
def test_the_cursor_is_none_exactly_at_the_end(quiet: Town, size: int) -> None:
    pages = list(quiet.pages(quiet.ana, size))
    assert len(pages) == -(-5 // size)


def test_since_id_and_max_id_are_exclusive(town: Town) -> None:
    ids = [town.post(town.ana, f"number {number}") for number in range(7)]
    assert [id for page in town.pages(town.ana, 2, since_id=ids[2]) for id in page] == ids[:2:-1]
    assert list(town.pages(town.ana, 2, since_id=ids[-1])) == [[]]
    older = town.tw.tweets.get_user_tweets(town.ana, limit=2, max_id=ids[3])
    assert [tweet.tweet_id for tweet in older] == [ids[2], ids[1]]


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
def test_a_profile_skips_what_is_hidden_and_nothing_else(town: Town, limit: int) -> None:
    seen, hidden = [], town.post(town.zoe, "soon private")
    for number in range(4):
        seen.insert(0, town.post(town.ben, f"number {number}"))
        town.retweet(town.ben, town.post(town.zoe, f"soon private {number}"))
    town.retweet(town.ben, hidden)
    town.tw.users.update_profile(town.zoe, protected=True)
    found = [tweet.tweet_id for tweet in town.tw.tweets.get_user_tweets(town.ben, limit)]
    assert found == seen[:limit]


def test_an_idempotency_key_makes_one_tweet_a_day(town: Town) -> None:
    first = town.tw.tweets.post_tweet(town.ana, "once", idempotency_key="k")
    town.clock.advance(DAY_MS - 1_000)
    assert town.post(town.ana, "once", idempotency_key="k") == first.tweet_id
    assert town.post(town.ben, "once", idempotency_key="k") != first.tweet_id, "a key belongs to one user"
    with pytest.raises(InvalidRequest, match="'k'"):
        town.post(town.ana, "another text", idempotency_key="k")
    town.clock.advance(2_000)
    assert town.post(town.ana, "another text", idempotency_key="k") != first.tweet_id
    assert len(town.home(town.ana)) == 2


# ---------------------------------------------------------------- refusals

BAD_IDS = [True, 1.0, "1", -1, 1 << 63]
BAD_SIZES = [0, -1, 10**9, 201, True, 1.5, "5", None]
PLAIN = {"handle": "someone", "content": "hello", "prefix": "a", "page_size": 5, "limit": 5, "query": "hello"}
ID_NAMES = {"blocker", "blocked", "muted", "in_reply_to", "quote_of"}
SERVICES = ("users", "follows", "tweets", "engagement", "timelines", "search")


def arguments(town: Town, method: Callable[..., Any]) -> dict[str, Any]:
    """Good values for what a method requires: a different person, or a tweet, for each id."""
    people = iter((town.ana, town.eva, town.zoe))
    given = {}
    for name, parameter in inspect.signature(method).parameters.items():
        if name == "tweet_id":
            given[name] = town.home(town.ben)[0]
        elif name.endswith("_id") or name in ID_NAMES:
            if parameter.default is parameter.empty:
                given[name] = next(people)
        elif parameter.default is parameter.empty:
            given[name] = PLAIN[name]
    return given


def parameters(wanted: Callable[[str], bool]) -> list[tuple[str, str, str]]:
    """(service, method, parameter) of every method at the front door that has such a parameter."""
    found = []
    with Twitter() as tw:
        for service in SERVICES:
            for name, method in inspect.getmembers(type(getattr(tw, service)), inspect.isfunction):
                if not name.startswith(("_", "on_", "import_")) and name != "rebuild":  # those are for the house itself
                    found += [(service, name, one) for one in inspect.signature(method).parameters if wanted(one)]
    return found


IDS = parameters(lambda name: name.endswith("_id") or name in ID_NAMES)
SIZED = parameters(lambda name: name in ("page_size", "limit"))


def test_the_introspection_sees_the_front_door() -> None:
    assert len(IDS) >= 45 and len(SIZED) >= 6, (len(IDS), len(SIZED))
    assert ("follows", "follow_user", "followee_id") in IDS and ("timelines", "get_timeline", "since_id") in IDS


@pytest.mark.parametrize(("service", "method", "name"), IDS)
def test_no_method_takes_a_wrong_id(quiet: Town, service: str, method: str, name: str) -> None:
    call = getattr(getattr(quiet.tw, service), method)
    good, before = arguments(quiet, call), quiet.home(quiet.ana)
    for bad in BAD_IDS:
        with pytest.raises(InvalidId, match=str(bad)[:20]) as refusal:
            call(**good | {name: bad})
        assert isinstance(refusal.value, TypeError)
    assert quiet.home(quiet.ana) == before and not quiet.tw.waiting


@pytest.mark.parametrize(("service", "method", "name"), SIZED)
def test_sizes_go_from_1_to_200(quiet: Town, service: str, method: str, name: str) -> None:
    call = getattr(getattr(quiet.tw, service), method)
    good = arguments(quiet, call)
    optional = inspect.signature(call).parameters[name].default is None
    for bad in BAD_SIZES:
        if not (optional and bad is None):
            with pytest.raises(InvalidRequest):
                call(**good | {name: bad})
    for size in (1, 200):
        call(**good | {name: size})


def cursors(town: Town) -> dict[str, Any]:
    home = town.tw.timelines.get_timeline(town.ana, 2).next_cursor
    assert home is not None
    found = town.tw.search.search_tweets("post", page_size=2, viewer_id=town.ana).next_cursor
    assert found is not None
    return {
        "empty": "",
        "words": "page 2",
        "not ascii": "é" * 8,
        "not base64": "!!!!",
        "a number": 7,
        "bytes": home.encode(),
        "a megabyte": "A" * 10**6,
        "NUL": "\0",
        "a lone surrogate": "\ud800",
        "cut": home[:-1],
        "one letter changed": home[:8] + ("A" if home[8] != "A" else "B") + home[9:],
        "padded": home + "=",
        "of the search": found,
        "of another user": town.tw.timelines.get_timeline(town.ben, 2).next_cursor,
    }


CURSORS = [
    "empty", "words", "not ascii", "not base64", "a number", "bytes", "a megabyte", "NUL", "a lone surrogate", "cut",
    "one letter changed", "padded", "of the search", "of another user",
]  # fmt: skip


@pytest.mark.parametrize("kind", CURSORS)
def test_no_page_for_a_foreign_cursor(quiet: Town, kind: str) -> None:
    bad = cursors(quiet)
    assert set(bad) == set(CURSORS)
    with pytest.raises(InvalidRequest):
        quiet.tw.timelines.get_timeline(quiet.ana, 2, bad[kind])


@pytest.mark.parametrize(
    "handle", ["", " ", "{ana}", "an*", "a\nb", "ann\n", "é", "ä", "a b", "@ann", "a" * 16, "ann\0", "١٢", 5, None, b"ann"]
)
def test_wrong_handles(quiet: Town, handle: Any) -> None:
    with pytest.raises(InvalidHandle):
        quiet.tw.users.register(handle)


@pytest.mark.parametrize("handle", ["ana", "ANA", "aNa"])
def test_taken_handles(quiet: Town, handle: str) -> None:
    with pytest.raises(HandleTaken, match=handle):
        quiet.tw.users.register(handle)
    assert quiet.tw.users.by_handle("@" + handle).user_id == quiet.ana


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("name", 5),
        ("name", "x" * 51),
        ("bio", "x" * 161),
        ("bio", "\0"),
        ("region", "\ud800"),
        ("region", None),
        ("protected", 1),
    ],
)
def test_wrong_profiles_leave_nothing(quiet: Town, field: str, bad: Any) -> None:
    with pytest.raises(InvalidRequest, match=field):
        quiet.tw.users.register("half", **{field: bad})
    with pytest.raises(NotFound):
        quiet.tw.users.by_handle("half")
    if bad is not None:
        with pytest.raises(InvalidRequest, match=field):
            quiet.tw.users.update_profile(quiet.ana, **{field: bad})


@pytest.mark.parametrize("act", ["follow_user", "block_user", "mute_user"])
def test_nobody_follows_blocks_or_mutes_themself(quiet: Town, act: str) -> None:
    with pytest.raises(InvalidRequest, match=str(quiet.ana)):
        getattr(quiet.tw.follows, act)(quiet.ana, quiet.ana)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", ""),
        (" \n\t\u3000", ""),
        ("x" * 281, "281"),
        ("語" * 141, "282"),
        ("x" * 10_001, ""),
        ("@a " * 10**5, ""),
        ("a\0b", ""),
        ("a\ud800b", ""),
        ("a\ufffeb", ""),
        ("a\ufeffb", ""),
        ("a\uffffb", ""),
        (None, ""),
        (5, ""),
        (b"bytes", ""),
        (["a"], ""),
    ],
    ids=lambda value: repr(value)[:16],
)
def test_what_is_no_tweet(quiet: Town, text: Any, says: str) -> None:
    before = quiet.home(quiet.ana)
    with pytest.raises(InvalidTweet) as refusal:
        quiet.tw.tweets.post_tweet(quiet.ana, text)
    assert says in str(refusal.value) and len(str(refusal.value)) < 400
    assert quiet.home(quiet.ana) == before and quiet.tw.tweets.get_user_tweets(quiet.ana) == []


LITERAL = ["100 %", "'; DROP TABLE tweets; --", "\\ \" ' ; %s {0} $1 ?", "{p}:timeline:1", "x" * 280, "語" * 140, "a\u202eb"]


@pytest.mark.parametrize("text", LITERAL)
def test_odd_texts_are_kept_to_the_letter(town: Town, text: str) -> None:
    tweet = town.tw.tweets.post_tweet(town.ana, text)
    assert tweet.content == text
    assert town.tw.timelines.get_timeline(town.ana).tweets == [tweet]


@pytest.mark.parametrize("prefix", ["%", "_", "'; DROP TABLE users; --", "*", "{", "\\"])
def test_odd_prefixes_find_nobody(quiet: Town, prefix: str) -> None:
    assert quiet.tw.users.search(prefix) == []


@pytest.mark.parametrize("prefix", ["", "@", 5, None, "x" * 101, "a\0", "\ud800"], ids=lambda value: repr(value)[:16])
def test_wrong_prefixes(quiet: Town, prefix: Any) -> None:
    with pytest.raises(InvalidRequest):
        quiet.tw.users.search(prefix)


def test_refusing_is_linear(quiet: Town) -> None:
    """Sixteen times the mentions cost at most forty times the time (a quadratic refusal would cost 256 times)."""

    def cost(mentions: int) -> float:
        text, best = "@a " * mentions, float("inf")
        for _ in range(5):
            began = time.perf_counter()
            with pytest.raises(InvalidTweet):
                quiet.tw.tweets.post_tweet(quiet.ana, text)
            best = min(best, time.perf_counter() - began)
        return best

    cost(100)
    assert cost(100_000) < 40 * cost(100_000 // 16) + 0.01


@pytest.mark.parametrize("media", [("../../x",), ("/etc/passwd",), ("key",), "key", b"key", 5, {"a"}, None])
def test_no_media_yet(quiet: Town, media: Any) -> None:
    with pytest.raises(InvalidMedia):
        quiet.tw.tweets.post_tweet(quiet.ana, "hello", media=media)


@pytest.mark.parametrize("key", [5, "x" * 201, "\0", "\ud800", b"k"])
def test_wrong_idempotency_keys(quiet: Town, key: Any) -> None:
    with pytest.raises(InvalidRequest):
        quiet.tw.tweets.post_tweet(quiet.ana, "hello", idempotency_key=key)


class Markup(html.parser.HTMLParser):
    """What a browser would make of it: every tag with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "javascript:alert(1)",
        '"><img src=x onerror=alert(1)>',
        'https://example.com/"onmouseover="alert(1)',
        "https://example.com/<b>",
        "/etc/passwd",
        "C:\\Windows\\win.ini",
        "&lt;script&gt;",
        "data:text/html,<script>alert(1)</script>",
        "http://example.com/?a=1&b='2'",
    ],
)
def test_cards_are_inert(town: Town, text: str) -> None:
    """Only our own tags, only http(s) links, the text to be read as it was written; a path stays a text."""
    card = town.tw.tweets.post_tweet(town.ana, text)._repr_html_()
    for tag, attributes in Markup(card).tags:
        assert tag in ("div", "small", "a"), card
        assert not [name for name in attributes if name.startswith("on")], card
        assert tag != "a" or str(attributes["href"]).startswith(("http://", "https://")), card
    assert "<" in card and not card.startswith(("/", "C:", "http")), "IPython.display.HTML would read a path or a URL"


# ---------------------------------------------------------------- the errors themselves


def test_every_refusal_is_a_leaf_of_one_root() -> None:
    leaves = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, Exception)]
    assert len(leaves) > 10 and all(issubclass(kind, errors.TwitlabError) for kind in leaves)


def test_a_refused_command_delivers_nothing() -> None:
    town = Town(delivery="manual")
    town.tw.drain()
    with contextlib.suppress(InvalidRequest):
        town.tw.follows.follow_user(town.ana, town.ana)
    with contextlib.suppress(InvalidTweet):
        town.tw.tweets.post_tweet(town.ana, "")
    with contextlib.suppress(NotFound):
        town.tw.tweets.post_tweet(town.ana, "hello", in_reply_to=5)
    assert town.tw.waiting == [] and town.tw.drain() == 0
    town.tw.close()
