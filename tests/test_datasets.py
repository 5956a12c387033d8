"""The synthetic network: the same everywhere, loadable, and with everything in it that the course looks for."""

from __future__ import annotations

import gzip
import subprocess
from collections import Counter, defaultdict
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from twitlab.core.config import Config
from twitlab.core.errors import InvalidRequest
from twitlab.core.snowflake import timestamp_ms
from twitlab.core.text import hashtags, is_valid_tweet, mentions, weighted_length
from twitlab.lab.datasets import (
    END_MS,
    Dataset,
    follower_counts,
    generate,
    main,
    planted_trends,
    tier_shares,
    timelines_past,
)
from twitlab.lab.synthesis import HOUR_MS, Dice
from twitlab.storage.datafiles import TweetRecord, UserRecord, read_follows, read_tweets, read_users

FILES = ("users.jsonl.gz", "follows.tsv.gz", "tweets.jsonl.gz")


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return generate()


@pytest.fixture(scope="module")
def data(root: Path) -> Path:
    return root / "data"


@pytest.fixture(scope="module")
def tweets(data: Path) -> list[TweetRecord]:
    """The shipped tweets; nothing in the file may be refused."""
    records = list(read_tweets(data / "tweets.jsonl.gz"))
    assert [one for one in records if not isinstance(one, TweetRecord)] == []
    return [one for one in records if isinstance(one, TweetRecord)]


@pytest.fixture(scope="module")
def users(data: Path) -> dict[int, UserRecord]:
    records = list(read_users(data / "users.jsonl.gz"))
    assert [one for one in records if not isinstance(one, UserRecord)] == []
    return {one.user_id: one for one in records if isinstance(one, UserRecord)}


@pytest.fixture(scope="module")
def edges(data: Path) -> set[tuple[int, int]]:
    file = read_follows(data / "follows.tsv.gz")
    assert file.refusals == ()
    pairs = list(zip(file.followers.tolist(), file.followees.tolist(), strict=True))
    assert len(pairs) == len(set(pairs))
    return set(pairs)


# ---------------------------------------------------------------- the same everywhere


def test_data_is_what_the_seed_gives(data: Path, tmp_path: Path) -> None:
    main(["--out", str(tmp_path), "--seed", "7"])
    for name in FILES:
        assert gzip.decompress((tmp_path / name).read_bytes()) == gzip.decompress((data / name).read_bytes()), name
    assert sum((data / name).stat().st_size for name in FILES) < 2_000_000


def test_packing_twice_gives_the_same_files(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        generate(users=40, tweets=200, months=1).write(tmp_path / folder)
    for name in FILES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_another_seed_gives_another_network() -> None:
    one, other = (generate(users=40, tweets=200, months=1, seed=seed) for seed in (1, 2))
    assert list(one.tweet_lines()) != list(other.tweet_lines())


@pytest.mark.py313
def test_python_313_gives_the_same(py313: str, root: Path, dataset: Dataset) -> None:
    code = (
        "import sys, types; sys.path.insert(0, '.'); sys.modules |= {name: types.ModuleType(name) for name in "
        "('twitlab', 'twitlab.lab')}; sys.modules['twitlab'].__path__ = ['twitlab']; "  # without their dependencies:
        "sys.modules['twitlab.lab'].__path__ = ['twitlab/lab']; "  # this Python has the standard library only
        "from twitlab.lab.datasets import generate; sys.stdout.reconfigure(encoding='utf-8', newline='\\n'); d = generate(); "
        "[print(line) for lines in (d.user_lines(), d.follow_lines(), d.tweet_lines()) for line in lines]"
    )
    said = subprocess.run([py313, "-c", code], cwd=root, capture_output=True, timeout=120)
    assert said.returncode == 0, said.stderr.decode("utf-8", "replace")
    ours = [*dataset.user_lines(), *dataset.follow_lines(), *dataset.tweet_lines()]
    assert said.stdout.decode("utf-8").split("\n")[:-1] == ours


def test_dice_are_the_documented_generator() -> None:
    dice = Dice(7)
    assert [dice.below(1_000) for _ in range(5)] == [323, 150, 650, 72, 535]
    assert sorted(Dice(3).shuffled(range(50))) == list(range(50))


# ---------------------------------------------------------------- it loads


def test_sizes(tweets: list[TweetRecord], users: dict[int, UserRecord], edges: set[tuple[int, int]]) -> None:
    assert len(tweets) == 20_000
    assert len(users) == 2_000
    assert {one.user_id for one in tweets} <= users.keys()
    assert {end for edge in edges for end in edge} <= users.keys()
    assert all(follower != followee for follower, followee in edges)
    assert {f"{datetime.fromtimestamp(one.created_ms / 1000, tz=UTC):%Y-%m}" for one in tweets} == {
        f"2023-{month:02}" for month in range(5, 11)
    }


def test_accounts(users: dict[int, UserRecord]) -> None:
    handles = [user.handle or "" for user in users.values()]
    assert len({handle.lower() for handle in handles}) == len(handles)
    assert all(0 < len(handle) <= 15 for handle in handles)
    assert len({user.region for user in users.values()}) == 6
    assert 10 <= sum(user.protected is True for user in users.values()) <= 100
    assert all(user.name and user.created_ms and user.bio is not None for user in users.values())


def test_ids_grow_and_carry_their_time(tweets: list[TweetRecord]) -> None:
    assert all(one.tweet_id < other.tweet_id for one, other in pairwise(tweets))
    assert all(timestamp_ms(one.tweet_id) == one.created_ms < END_MS for one in tweets)


def test_texts_are_valid_tweets(tweets: list[TweetRecord], users: dict[int, UserRecord]) -> None:
    handles = {user.handle for user in users.values()}
    for one in tweets:
        assert is_valid_tweet(one.text), one
        assert weighted_length(one.text) <= 200, one
        assert {entity.value for entity in mentions(one.text)} <= handles, one
    assert {one.lang for one in tweets} == {"en", "pt", "es", "de", "ja", "hi"}
    assert len({one.text for one in tweets}) > 10_000
    assert any("&" in one.text for one in tweets)
    assert any("<3" in one.text for one in tweets)


def test_references(tweets: list[TweetRecord], users: dict[int, UserRecord], edges: set[tuple[int, int]]) -> None:
    """Replies, quotes and retweets point to an older tweet that their author may see; one retweet each."""
    by_id = {one.tweet_id: one for one in tweets}
    retweets = Counter((one.user_id, one.retweet_of) for one in tweets if one.retweet_of is not None)
    assert max(retweets.values()) == 1
    kinds: Counter[str] = Counter()
    for one in tweets:
        for kind in ("in_reply_to", "quote_of", "retweet_of"):
            if (reference := getattr(one, kind)) is None:
                continue
            kinds[kind] += 1
            target = by_id[reference]
            assert target.tweet_id < one.tweet_id
            assert target.retweet_of is None
            author = users[target.user_id]
            if author.protected:
                assert kind == "in_reply_to", one
                assert one.user_id == author.user_id or (one.user_id, author.user_id) in edges
            if kind == "retweet_of":
                assert one.text == f"RT @{author.handle}: {target.text}"
                assert one.user_id != target.user_id
    assert all(count >= 1_000 for count in kinds.values()), kinds
    assert len(kinds) == 3


# ---------------------------------------------------------------- what is hidden in it


def test_the_graph_is_a_power_law(dataset: Dataset, edges: set[tuple[int, int]]) -> None:
    followers = sorted(follower_counts(dataset), reverse=True)
    assert followers == sorted((Counter(followee for _, followee in edges) | Counter()).values(), reverse=True) + [
        0
    ] * followers.count(0)
    assert followers[0] > 50 * followers[1_000]
    assert sum(followers[:20]) > 0.15 * len(edges)
    mutual = sum((followee, follower) in edges for follower, followee in edges) / len(edges)
    assert 0.2 < mutual < 0.5
    assert min(map(len, dataset.graph)) == 0
    assert max(map(len, dataset.graph)) > 200


def test_every_tier_of_config_lab_has_work(dataset: Dataset) -> None:
    lab = Config.lab()
    shares = tier_shares(dataset, lab.influencer_threshold, lab.celebrity_threshold)
    assert sum(shares.values()) == pytest.approx(1)
    assert min(shares.values()) >= 0.1, shares
    assert timelines_past(dataset, lab.timeline_cap) >= 0.1
    assert sum(followers > lab.celebrity_threshold for followers in follower_counts(dataset)) >= 3


def test_tier_borders() -> None:
    dataset = generate(users=40, tweets=200, months=1)
    top = max(follower_counts(dataset))
    assert tier_shares(dataset, 0, top)["celebrity"] == 0
    assert tier_shares(dataset, 0, top - 1)["celebrity"] > 0
    assert tier_shares(dataset, top, top)["regular"] == 1
    assert timelines_past(dataset, 200) == 0


def test_planted_trends_lead_their_hour(dataset: Dataset, tweets: list[TweetRecord], users: dict[int, UserRecord]) -> None:
    assert dataset.trends == planted_trends()
    assert len(dataset.trends) >= 4
    authors: dict[tuple[int, str], dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for one in tweets:
        for tag in hashtags(one.text):
            for region in ("", users[one.user_id].region or ""):
                authors[one.created_ms // HOUR_MS, region][tag.value].add(one.user_id)
    for trend in dataset.trends:
        hour = authors[trend.start_ms // HOUR_MS, trend.region]
        ranking = sorted(hour, key=lambda tag: len(hour[tag]), reverse=True)
        assert ranking[0] == trend.tag
        assert len(hour[trend.tag]) >= 4 * max((len(hour[tag]) for tag in ranking[1:]), default=1)
        posts = [one for one in tweets if any(tag.value == trend.tag for tag in hashtags(one.text))]
        posts = [one for one in posts if one.retweet_of is None]
        assert all(trend.start_ms <= one.created_ms < trend.end_ms for one in posts)
        assert len({one.user_id for one in posts}) == len(posts) >= 40


def test_what_looks_like_a_trend_and_is_none(tweets: list[TweetRecord]) -> None:
    tagged = defaultdict(list)
    for one in tweets:
        if one.retweet_of is None:
            for tag in hashtags(one.text):
                tagged[tag.value].append(one)
    flood = tagged["CheapFollowers"]
    assert (len(flood), len({one.user_id for one in flood})) == (300, 1)
    mondays = Counter(datetime.fromtimestamp(one.created_ms / 1000, tz=UTC).date() for one in tagged["MondayMotivation"])
    busy = {day for day, count in mondays.items() if count >= 5}
    assert len(busy) >= 25
    assert all(day.weekday() == 0 for day in busy)


def test_the_viral_tweet(tweets: list[TweetRecord], users: dict[int, UserRecord], edges: set[tuple[int, int]]) -> None:
    """Each retweeter follows the author or an earlier retweeter."""
    (viral, count), (_, second) = Counter(one.retweet_of for one in tweets if one.retweet_of).most_common(2)
    assert count >= 400 > 10 * second
    (original,) = [one for one in tweets if one.tweet_id == viral]
    assert sum(followee == original.user_id for _, followee in edges) < 50
    cascade = [one for one in tweets if one.retweet_of == viral]
    reached = {original.user_id}
    for one in cascade:
        assert any((one.user_id, above) in edges for above in reached), one
        reached.add(one.user_id)
    assert cascade[len(cascade) // 2].created_ms - original.created_ms < 6 * HOUR_MS
    assert sum(one.in_reply_to == viral for one in tweets) >= 20
    assert sum(one.quote_of == viral for one in tweets) >= 20


def test_days_have_a_rhythm(tweets: list[TweetRecord], users: dict[int, UserRecord]) -> None:
    hours = Counter(
        (one.created_ms // HOUR_MS + 9) % 24 for one in tweets if users[one.user_id].region == "JP" and not one.retweet_of
    )
    assert sum(hours[hour] for hour in range(18, 23)) > 3 * sum(hours[hour] for hour in range(1, 6))


# ---------------------------------------------------------------- other sizes


@pytest.mark.parametrize(("users", "tweets", "months"), [(20, 0, 1), (20, 1, 1), (25, 60, 1), (60, 3_000, 14)])
def test_other_sizes_load_too(tmp_path: Path, users: int, tweets: int, months: int) -> None:
    generate(users=users, tweets=tweets, months=months, seed=users).write(tmp_path)
    records = list(read_tweets(tmp_path / "tweets.jsonl.gz"))
    assert len(records) == tweets
    assert all(isinstance(one, TweetRecord) for one in records)
    assert len(list(read_users(tmp_path / "users.jsonl.gz"))) == users
    assert read_follows(tmp_path / "follows.tsv.gz").refusals == ()


@pytest.mark.parametrize("wrong", [{"users": 19}, {"tweets": -1}, {"months": 0}])
def test_impossible_sizes_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InvalidRequest, match="at least 20"):
        generate(**wrong)


def test_the_readme_of_data_has_the_numbers(data: Path, dataset: Dataset, edges: set[tuple[int, int]]) -> None:
    readme = (data / "README.md").read_text(encoding="utf-8")
    protected = sum(person.protected for person in dataset.people)
    for number in (f"{len(edges):,} follows", f"{protected} of them", f"{max(follower_counts(dataset)):,} followers"):
        assert number in readme
    for trend in dataset.trends:
        assert f"`#{trend.tag}`" in readme
