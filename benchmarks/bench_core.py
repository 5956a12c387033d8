"""Deliveries a second and hydrated first pages a second, beside the case study's literal code path, in the same run.

Literal: ``store_timeline_entry`` (three Redis commands for each follower) and ``zrevrange`` plus a ``get`` a tweet. Ours:
the whole way, ``on_tweet_posted`` to the last batch (queue, existence check, push), and ``tw.timelines.get_timeline``
(facts, rules, counts). Timelines are full at the cap in both. The target: at least 2.2 times the literal fan-out.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import socket
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator

import fakeredis
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from twitlab import Config, ManualClock, Twitter

FOLLOWERS = 1_000
CAP = 800


def main(arguments: list[str] | None = None) -> None:
    """Print the table; the real Redis is ``--redis URL``, or one started here for the run if the machine has the server."""
    parser = argparse.ArgumentParser(prog="bench core")
    parser.add_argument("--redis", metavar="URL", help="measure on this Redis (its database is emptied), not on one of our own")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    print(f"fan-out to {FOLLOWERS:,} followers with full timelines of {CAP}; median of {options.rounds} rounds")
    with contextlib.ExitStack() as stack:
        measure(options.rounds, options.redis or stack.enter_context(own_redis()))


def measure(rounds: int, redis_url: str | None) -> None:
    """Both code paths on both servers."""
    for name, url in [("fakeredis", None), ("redis", redis_url)]:
        if name == "redis" and url is None:
            print("  redis      not measured: no redis-server on this machine; give --redis URL")
            continue
        literal, ours = Literal(url), Ours(url)
        pairs = [(literal.fan_out(5), ours.fan_out(5)) for _ in range(rounds)]
        table(name, "deliveries/s", pairs)
        pages = [(literal.pages(200), ours.pages(200)) for _ in range(rounds)]
        table(name, "first pages of 20/s", pages)
        ours.tw.close()


@contextlib.contextmanager
def own_redis() -> Iterator[str | None]:
    """A redis-server on a free loopback port that keeps nothing and ends with the run; None without the program."""
    program = shutil.which("redis-server")
    if program is None:
        yield None
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    options = ["--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    server = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    try:
        redis.Redis(port=int(port), retry=Retry(ConstantBackoff(0.1), 100)).ping()
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait()


def table(name: str, what: str, pairs: list[tuple[float, float]]) -> None:
    """One line: medians and the median ratio."""
    theirs, mine = (statistics.median(values) for values in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    print(f"  {name:<10} {what:<20} literal {theirs:>9,.0f}   twitlab {mine:>9,.0f}   ratio {ratio:.2f}")


def rate(count: int, work: Callable[[], object]) -> float:
    """How many of ``count`` things a second the work did."""
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


class Literal:
    """The case study's own commands."""

    def __init__(self, url: str | None) -> None:
        self.client = redis.Redis.from_url(url) if url else fakeredis.FakeRedis(server=fakeredis.FakeServer())
        if url:
            self.client.flushdb()
        self.now = 1_700_000_000.0
        for reader in range(FOLLOWERS):
            self.client.zadd(f"timeline:{reader}", {str(one): self.now + one for one in range(CAP)})
        for one in range(CAP, CAP + 100):
            self.client.set(f"tweet:{one}", json.dumps({"tweet_id": one, "user_id": 1, "content": "x" * 80, "like_count": 0}))
        self.next = CAP

    def store_timeline_entry(self, user_id: int, tweet_id: int, timestamp: float) -> None:
        key = f"timeline:{user_id}"
        self.client.zadd(key, {str(tweet_id): timestamp})
        self.client.zremrangebyrank(key, 0, -801)
        self.client.expire(key, 3600)

    def fan_out(self, tweets: int) -> float:
        def work() -> None:
            for _ in range(tweets):
                for reader in range(FOLLOWERS):
                    self.store_timeline_entry(reader, self.next, self.now + self.next)
                self.next += 1

        return rate(tweets * FOLLOWERS, work)

    def pages(self, count: int) -> float:
        def work() -> None:
            for reader in range(count):
                ids = self.client.zrevrange(f"timeline:{reader}", 0, 19)
                pipe = self.client.pipeline()
                for one in ids:
                    pipe.get(f"tweet:{one.decode()}")
                [json.loads(raw) for raw in pipe.execute() if raw]

        return rate(count, work)


class Ours:
    """The package, rules switched on."""

    def __init__(self, url: str | None) -> None:
        self.clock = ManualClock(1_700_000_000_000)
        self.tw = Twitter(redis=url, clock=self.clock, config=Config(timeline_cap=CAP), delivery="manual")
        author = self.tw.users.register("author").user_id
        readers = [self.tw.users.register(f"r{n}").user_id for n in range(FOLLOWERS)]
        self.tw.follows.import_many([(reader, author) for reader in readers])
        self.tw.drain()
        self.author, self.readers = author, readers
        for number in range(CAP):
            self.clock.advance(1_000)
            self.tw.tweets.post_tweet(author, f"tweet {number} of some eighty characters, like most of them are, more or less")
        self.tw.drain()
        for reader in readers:
            self.tw.timelines.get_timeline(reader)

    def fan_out(self, tweets: int) -> float:
        self.clock.advance(1_000)
        for _ in range(tweets):
            self.tw.tweets.post_tweet(
                self.author, "another tweet of some eighty characters, like most of them are, more or less"
            )
        before = self.tw.fanout.stats["deliveries"]
        found = rate(tweets * FOLLOWERS, self.tw.drain)
        if self.tw.fanout.stats["deliveries"] - before != tweets * FOLLOWERS:
            raise SystemExit("the bench is wrong: not every delivery was made")
        return found

    def pages(self, count: int) -> float:
        return rate(count, lambda: [self.tw.timelines.get_timeline(reader) for reader in self.readers[:count]])


if __name__ == "__main__":
    main()
