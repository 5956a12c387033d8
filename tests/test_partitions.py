"""The partition experiment: the order it must find, and that it counts what a store would really hold."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from twitlab.app import Twitter
from twitlab.core.clock import ManualClock
from twitlab.core.snowflake import timestamp_ms
from twitlab.lab.datasets import END_MS, Dataset, generate
from twitlab.lab.partitions import Outcome, Trace, asked, busiest, compare, layouts, rows, trace
from twitlab.storage.tweet_store import by_id_hash, by_month


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return generate()


@pytest.fixture(scope="module")
def shipped(dataset: Dataset) -> Trace:
    return trace(dataset)


def named(outcomes: list[Outcome]) -> dict[str, Outcome]:
    return {outcome.name: outcome for outcome in outcomes}


def test_the_order_on_the_shipped_network(shipped: Trace) -> None:
    """Time is worst for writes, the id hash is best, for writes and for reads, on average and on the worst day."""
    found = named(compare(shipped, 24))
    time, spread, author = found["time"], found["id hash"], found["author"]
    assert time.writes == time.worst_day == 1.0
    assert spread.writes < author.writes < time.writes
    assert 3 * spread.worst_day < author.worst_day < time.worst_day
    assert spread.reads < author.reads < time.reads
    assert spread.writes < 1.5 / 24, "the id hash is even"


def test_what_each_is_good_for(shipped: Trace) -> None:
    """The price of an even spread: a report over a day and a profile page ask many partitions."""
    found = named(compare(shipped, 24))
    assert found["time"].report == 1 and found["id hash"].report == 24
    assert found["author"].profile < found["time"].profile < found["id hash"].profile
    assert found["time"].home < found["author"].home < found["id hash"].home


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_order_does_not_hang_on_one_network(seed: int) -> None:
    found = named(compare(trace(generate(users=500, tweets=5_000, seed=seed), pages=300), 16))
    assert found["time"].writes == 1.0
    assert found["id hash"].worst_day < found["author"].worst_day < 1.0, f"seed {seed}"
    assert found["id hash"].reads < found["author"].reads < found["time"].reads, f"seed {seed}"


@pytest.mark.parametrize("partitions", [2, 8, 32])
def test_more_partitions_help_the_hash_alone(shipped: Trace, partitions: int) -> None:
    before, after = (named(compare(shipped, n)) for n in (partitions, 3 * partitions))
    assert after["id hash"].writes < before["id hash"].writes / 2
    assert after["time"].writes == before["time"].writes == 1.0


def test_the_trace_is_the_last_month_and_its_pages_are_the_newest_rows(dataset: Dataset, shipped: Trace) -> None:
    stored = rows(dataset)
    written: dict[int, list[int]] = {}
    for one, author in stored:
        written.setdefault(author, []).append(one)
    assert {by_month(one) for one, _ in shipped.writes} == {"tweets_2023_10"}
    assert len(shipped.writes) == sum(datetime.fromtimestamp(timestamp_ms(i) / 1000, UTC).month == 10 for i, _ in stored)
    assert all(timestamp_ms(one) >= END_MS - 86_400_000 for one, _ in shipped.report)
    profiles = [page for page in shipped.profiles if page]
    assert len(profiles) > 900
    for page in profiles:
        own = [one for one, author in page if author == page[0][1]][:20]
        mine = written[page[0][1]]
        last = mine.index(own[0])
        newest = mine[max(0, last - 19) : last + 1][::-1]
        assert [one for one, _ in page][: len(newest)] == newest
    for page in shipped.homes:
        shown = [one for one, _ in page[:20]]
        assert shown[:2] == sorted(shown[:2], reverse=True) and len(page) <= 40


def test_a_store_holds_what_the_layout_says() -> None:
    """The experiment and the store share the partition function, not only its name."""
    small = generate(users=60, tweets=400, months=3)
    for partition, layout in [(by_id_hash(8), layouts(8)["id hash"]), (by_month, layouts(8)["time"])]:
        with Twitter(clock=ManualClock(END_MS), partition=partition) as tw:
            load(tw, small)
            store = tw.boxes["tweet_store"]
            counted = {part: tw.boxes["db"].execute(f"SELECT count(*) FROM {part}.tweets")[0][0] for part in store.parts}
        assert counted == Counter(map(layout, rows(small)))


def load(tw: Twitter, dataset: Dataset) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        dataset.write(folder)
        report = tw.load(tweets=Path(folder) / "tweets.jsonl.gz", users=Path(folder) / "users.jsonl.gz", progress=False)
    assert report.tweets == 400 and not report.refused


def test_counting() -> None:
    def odd(row: tuple[int, int]) -> str:
        return f"tweets_{row[0] % 2}"

    assert busiest(odd, [(1, 0), (2, 0), (3, 0)]) == pytest.approx(2 / 3)
    assert busiest(odd, []) == 0
    assert asked(odd, [[(1, 0), (3, 0)], [(1, 0), (2, 0)], []]) == 1.5


def test_the_same_seed_reads_the_same_pages(dataset: Dataset, shipped: Trace) -> None:
    assert trace(dataset) == shipped
    assert trace(dataset, seed=8).homes != shipped.homes
