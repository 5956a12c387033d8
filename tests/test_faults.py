"""What happens when a part of the house fails: deliveries, handlers, stores, Redis. Nothing acknowledged is lost.

Through the front door, with one exception that is marked: the fault itself (a process that dies before it settles).
"""

from __future__ import annotations

import inspect
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from twitlab import ROUTES, Config, ManualClock, Twitter
from twitlab.core import events
from twitlab.core.errors import DeadLetters, NotFound, RedisUnavailable, StoreError, StoreLocked
from twitlab.services.fanout import Fanout
from twitlab.services.trending import Trending

ROOT = Path(__file__).resolve().parent.parent
START_MS = 1_700_000_000_000  # 2023-11-14
MONTH_MS = 31 * 86_400_000
HOUSE = Config.lab(timeline_cap=20, celebrity_threshold=3, influencer_threshold=2, vip_per_celebrity=1)
SERVICES = ("users", "follows", "tweets", "engagement", "fanout", "timelines", "search", "trending")


def ids(tw: Twitter, user_id: int) -> list[int]:
    return [tweet.tweet_id for tweet in tw.timelines.get_timeline(user_id, 200).tweets]


# ---------------------------------------------------------------- events and deliveries


def test_every_event_has_a_row_and_every_handler_stands_in_one() -> None:
    declared = {kind for _, kind in inspect.getmembers(events, inspect.isclass) if issubclass(kind, events.Event)}
    assert set(ROUTES) == declared - {events.Event}
    named = {name for row in ROUTES.values() for name in row}
    with Twitter() as tw:
        handlers = {
            f"{service}.{name}"
            for service in SERVICES
            for name, _ in inspect.getmembers(type(getattr(tw, service)), inspect.isfunction)
            if name.startswith("on_")
        }
    assert named == handlers


def a_life(tw: Twitter, clock: ManualClock) -> list[int]:
    """Some of everything; the users."""
    users = [tw.users.register(f"user{number}", region="de").user_id for number in range(5)]
    for reader in users[1:]:
        tw.follows.follow_user(reader, users[0])
    tw.follows.follow_user(users[0], users[1])
    tw.users.update_profile(users[2], protected=True)
    tw.follows.follow_user(users[0], users[2])
    posted = [tw.tweets.post_tweet(users[number % 3], f"number {number} #tag{number % 2}").tweet_id for number in range(9)]
    tw.tweets.post_tweet(users[0], "a reply", in_reply_to=posted[1])
    tw.tweets.post_tweet(users[0], "a quote", quote_of=posted[1])
    tw.engagement.retweet(users[3], posted[0])
    tw.engagement.retweet(users[4], posted[0])
    tw.engagement.retweet(users[4], posted[3])
    for reader in users:
        tw.engagement.like_tweet(reader, posted[4])
        ids(tw, reader)
    tw.engagement.unlike_tweet(users[1], posted[4])
    tw.engagement.undo_retweet(users[4], posted[0])
    tw.tweets.delete_tweet(users[0], posted[3])
    tw.users.update_profile(users[2], protected=False)
    tw.follows.block_user(users[1], users[4])
    tw.follows.mute_user(users[3], users[1])
    tw.follows.unfollow_user(users[2], users[0])
    clock.advance(1_000)
    tw.tweets.post_tweet(users[0], "the last #tag0")
    return users


def state(tw: Twitter, users: list[int]) -> dict[str, Any]:
    """Everything the front door shows."""
    return {
        "homes": [tw.timelines.get_timeline(user, 200).tweets for user in users],
        "pages": [tw.tweets.get_user_tweets(user, 200) for user in users],
        "profiles": [tw.users.profile(user, users[0]) for user in users],
        "followers": [tw.follows.get_followers(user) for user in users],
        "found": [tw.search.search_tweets(words, page_size=200).tweets for words in ("number", "#tag0", "#tag1", "reply")],
        "trends": [tw.trending.top(10), tw.trending.top(10, region="de")],
    }


@pytest.mark.parametrize("times", [2, 5])
def test_delivering_everything_again_changes_nothing(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    clock = ManualClock(START_MS)
    once = Twitter(config=HOUSE, clock=clock)
    users = a_life(once, clock)
    clock = ManualClock(START_MS)
    doubled = {event: row * times for event, row in ROUTES.items()}
    monkeypatch.setattr("twitlab.app.ROUTES", doubled)
    often = Twitter(config=HOUSE, clock=clock)
    assert a_life(often, clock) == users
    assert state(often, users) == state(once, users)
    once.close()
    often.close()


def test_what_a_killed_process_left_is_delivered_again(tmp_path: Path) -> None:
    clock = ManualClock(START_MS)
    tw = Twitter(tmp_path / "store", config=HOUSE, clock=clock)
    users = a_life(tw, clock)
    before = state(tw, users)
    tw._db.close()  # the fault: the process is gone before it struck one outbox row off
    for _ in range(2):
        with Twitter(tmp_path / "store", config=HOUSE, clock=clock) as tw:
            assert state(tw, users) | {"trends": None} == before | {"trends": None}
            assert tw.trending.top(10) == before["trends"][0]


def test_undelivered_events_outlive_the_process(tmp_path: Path) -> None:
    clock = ManualClock(START_MS)
    with Twitter(tmp_path / "store", config=HOUSE, clock=clock, delivery="manual") as tw:
        ana, ben = tw.users.register("ana").user_id, tw.users.register("ben").user_id
        tw.follows.follow_user(ana, ben)
        tweet = tw.tweets.post_tweet(ben, "hello").tweet_id
        assert tw.waiting and tw.search.search_tweets("hello").tweets == []
    with Twitter(tmp_path / "store", config=HOUSE, clock=clock, delivery="manual") as tw:
        assert tw.waiting
        tw.drain()
        assert ids(tw, ana) == [tweet]
        assert [found.tweet_id for found in tw.search.search_tweets("hello").tweets] == [tweet]


class Sick(Trending):
    """A service whose handler fails until it is healed."""

    ill = True

    def on_tweet_posted(self, event: Any) -> None:
        if Sick.ill:
            raise RuntimeError("no memory left")
        super().on_tweet_posted(event)


@pytest.fixture
def sick() -> Iterator[Twitter]:
    Sick.ill = True
    yield Twitter(config=HOUSE, clock=ManualClock(START_MS), trending=Sick)


def test_a_failed_handler_does_not_undo_the_command(sick: Twitter) -> None:
    ana = sick.users.register("ana").user_id
    tweet = sick.tweets.post_tweet(ana, "hello")
    assert ids(sick, ana) == [tweet.tweet_id]
    assert [found.tweet_id for found in sick.search.search_tweets("hello").tweets] == [tweet.tweet_id]
    assert len(sick.dead_letters) == 1 and "no memory left" in str(sick.dead_letters[0])
    with pytest.raises(DeadLetters, match="no memory left") as raised:
        sick.drain()
    assert len(raised.value.letters) == 1
    with pytest.raises(DeadLetters):
        sick.close()


def test_redelivery_heals(sick: Twitter) -> None:
    ana = sick.users.register("ana").user_id
    sick.tweets.post_tweet(ana, "hello")
    with pytest.raises(DeadLetters):
        sick.redeliver()
    Sick.ill = False
    assert sick.redeliver() == 1
    assert sick.dead_letters == [] and sick.drain() == 0
    sick.close()


def test_a_failed_fan_out_hides_nothing() -> None:
    class Lame(Fanout):
        def on_tweet_posted(self, event: Any) -> None:
            raise RuntimeError("lame")

    tw = Twitter(config=HOUSE, clock=ManualClock(START_MS), fanout=Lame)
    ana, ben = tw.users.register("ana").user_id, tw.users.register("ben").user_id
    tw.follows.follow_user(ana, ben)
    posted = []
    for number in range(3):
        posted.insert(0, tw.tweets.post_tweet(ben, f"number {number}").tweet_id)
        assert ids(tw, ana) == posted
    assert len(tw.dead_letters) == 3
    with pytest.raises(DeadLetters):
        tw.close()


# ---------------------------------------------------------------- the store


def test_a_store_has_one_owner(tmp_path: Path) -> None:
    with Twitter(tmp_path / "store"), pytest.raises(StoreLocked, match="store"):
        Twitter(tmp_path / "store")
    Twitter(tmp_path / "store").close()


def test_a_store_of_another_process_names_it(tmp_path: Path) -> None:
    code = (
        "import sys; from twitlab import Twitter\nwith Twitter(sys.argv[1]):\n    print('open', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "store")],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        assert other.stdout is not None and other.stdout.readline() == "open\n"
        with pytest.raises(StoreLocked, match=str(other.pid)):
            Twitter(tmp_path / "store")
    finally:
        other.communicate("")
    Twitter(tmp_path / "store").close()


@pytest.fixture
def months(tmp_path: Path) -> tuple[Path, ManualClock, int, list[int]]:
    """A store of three months: its folder, clock, reader, and one tweet a month by a followee."""
    folder, clock = tmp_path / "store", ManualClock(START_MS)
    with Twitter(folder, config=HOUSE, clock=clock) as tw:
        ana, ben = tw.users.register("ana").user_id, tw.users.register("ben").user_id
        tw.follows.follow_user(ana, ben)
        posted = []
        for _ in range(3):
            posted.append(tw.tweets.post_tweet(ben, "hello").tweet_id)
            clock.advance(MONTH_MS)
        tw.engagement.like_tweet(ana, posted[1])
    assert len(list(folder.glob("tweets_*.duckdb"))) == 3
    return folder, clock, ana, posted


@pytest.mark.parametrize("damage", ["garbage", "empty", "cut"])
def test_a_corrupt_month_leaves_the_others(months: Any, damage: str) -> None:
    folder, clock, ana, posted = months
    broken = sorted(folder.glob("tweets_*.duckdb"))[1]
    copy = folder.parent / "copy"
    shutil.copy(broken, copy)
    broken.write_bytes({"garbage": b"\xff" * 20_000, "empty": b"\1", "cut": broken.read_bytes()[:5_000]}[damage])
    with Twitter(folder, config=HOUSE, clock=clock) as tw:
        page = tw.timelines.get_timeline(ana)
        assert page.partial and [tweet.tweet_id for tweet in page.tweets] == [posted[2], posted[0]]
        for act in (lambda: tw.tweets.get_tweet(posted[1]), lambda: tw.engagement.like_tweet(ana, posted[1])):
            with pytest.raises(StoreError, match="tweets_2023_12"):
                act()
        with pytest.raises(NotFound):
            tw.tweets.get_tweet(posted[2] + 1)
        new = tw.tweets.post_tweet(ana, "life goes on").tweet_id
        assert ids(tw, ana)[0] == new
    shutil.copy(copy, broken)
    with Twitter(folder, config=HOUSE, clock=clock) as tw:
        assert ids(tw, ana) == [new, *reversed(posted)] and not tw.timelines.get_timeline(ana).partial
        assert tw.engagement.counts(posted[1]).like_count == 1


def test_a_restart_keeps_everything_and_ids_go_on(months: Any) -> None:
    folder, clock, ana, posted = months
    clock.advance(-3 * MONTH_MS - 86_400_000)
    with Twitter(folder, config=HOUSE, clock=ManualClock(clock.now_ms() + 4 * MONTH_MS)) as tw:
        assert ids(tw, ana) == posted[::-1]
        assert tw.tweets.post_tweet(ana, "again").tweet_id > posted[-1]
        assert tw.engagement.counts(posted[1]).like_count == 1


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreError, match="file"):
        Twitter(tmp_path / "file" / "store")


# ---------------------------------------------------------------- Redis


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_no_redis_there() -> None:
    with pytest.raises(RedisUnavailable) as refusal:
        Twitter(redis=f"redis://user:secret@127.0.0.1:{free_port()}/0")
    assert "127.0.0.1" in str(refusal.value) and "secret" not in str(refusal.value)


class Server:
    """A redis-server of one test: it can go and come back on its port, with nothing in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.start()

    def start(self) -> None:
        program = shutil.which("redis-server")
        assert program
        options = f"--bind 127.0.0.1 --port {self.port} --appendonly no --daemonize no --dir".split()
        self.process = subprocess.Popen(
            [program, *options, str(self.folder), "--save", ""], stdout=subprocess.PIPE, encoding="utf-8"
        )
        assert self.process.stdout is not None
        assert any("eady to accept connections" in line for line in self.process.stdout), "redis-server did not start"

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.mark.redis
def test_redis_goes_and_comes_back_empty(tmp_path: Path) -> None:
    server = Server(tmp_path)
    url = f"redis://:secret@127.0.0.1:{server.port}/0".replace(":secret@", "")
    clock = ManualClock(START_MS)
    tw = Twitter(tmp_path / "store", redis=url, config=HOUSE, clock=clock)
    ana, ben = tw.users.register("ana").user_id, tw.users.register("ben").user_id
    tw.follows.follow_user(ana, ben)
    posted = [tw.tweets.post_tweet(ben, "before").tweet_id]
    assert ids(tw, ana) == posted
    server.stop()
    with pytest.raises(RedisUnavailable, match=str(server.port)):
        tw.timelines.get_timeline(ana)
    posted.insert(0, tw.tweets.post_tweet(ben, "acknowledged").tweet_id)
    assert tw.tweets.get_tweet(posted[0]).content == "acknowledged" and tw.dead_letters
    with pytest.raises(DeadLetters):
        tw.drain()
    server.start()
    try:
        tw.redeliver()
        assert ids(tw, ana) == posted and tw.dead_letters == []
        posted.insert(0, tw.tweets.post_tweet(ben, "after").tweet_id)
        assert ids(tw, ana) == posted
        tw.close()
        with Twitter(tmp_path / "store", redis=url, config=HOUSE, clock=clock) as tw:
            assert ids(tw, ana) == posted
    finally:
        server.stop()
