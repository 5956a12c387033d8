"""Trending inside the whole Twitter: the routes, the real stores, a restart, and the bursts planted in `data/`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from twitlab import ManualClock, Twitter
from twitlab.lab.datasets import planted_trends
from twitlab.services.trending import BUCKET_MS, Trend, terms

NOON = 1_700_049_600_000  # 2023-11-15T12:00:00Z
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def crowd(tw: Twitter, text: str, handles: str, region: str = "") -> list[tuple[int, int]]:
    """Every letter of ``handles`` is a person who says ``text``: [(user id, tweet id)]."""
    said = []
    for handle in handles:
        user = tw.users.register(handle, region=region)
        said.append((user.user_id, tw.tweets.post_tweet(user.user_id, text).tweet_id))
    return said


def names(trends: list[Trend]) -> list[str]:
    return [trend.name for trend in trends]


@pytest.mark.parametrize("delivery", ["immediate", "manual"])
@pytest.mark.parametrize("asked_before", [False, True], ids=["rebuilt", "counted live"])
def test_posts_deletes_and_protection_reach_the_count(delivery: str, asked_before: bool) -> None:
    with Twitter(clock=ManualClock(NOON), delivery=delivery) as tw:
        if asked_before:
            assert tw.trending.top() == []
        kenya = crowd(tw, "on #Safari", "abcdef", "Kenya")
        chile = crowd(tw, "the #Andes!", "ghij", "Chile")
        tw.drain()
        assert names(tw.trending.top()) == ["#safari", "#andes"]
        assert names(tw.trending.top(region="Chile")) == ["#andes"]
        for user_id, tweet_id in kenya[:3]:
            tw.tweets.delete_tweet(user_id, tweet_id)
        tw.users.update_profile(chile[0][0], protected=True)
        tw.users.update_profile(chile[1][0], protected=True)
        tw.drain()
        assert [(trend.name, trend.count) for trend in tw.trending.top()] == [("#safari", 3)]
        for user_id, _ in chile[2:]:
            tw.engagement.retweet(user_id, kenya[3][1])
        tw.drain()
        assert tw.trending.top(1)[0].count == 3
        tw.users.update_profile(chile[0][0], protected=False)
        tw.drain()
        assert [(trend.name, trend.count) for trend in tw.trending.top()] == [("#andes", 3), ("#safari", 3)]


def test_one_account_does_not_trend() -> None:
    with Twitter(clock=ManualClock(NOON)) as tw:
        flooder = tw.users.register("flooder").user_id
        for n in range(200):
            tw.tweets.post_tweet(flooder, f"#buy number {n}")
        crowd(tw, "#real", "abc")
        assert names(tw.trending.top()) == ["#real"]


def test_trends_survive_a_restart(tmp_path: Path) -> None:
    clock = ManualClock(NOON)
    with Twitter(tmp_path / "store", clock=clock) as tw:
        assert tw.trending.top() == []
        crowd(tw, "#stays", "abcd", "Kenya")
        clock.advance(2 * BUCKET_MS)
        before = tw.trending.top(), tw.trending.top(region="Kenya")
    with Twitter(tmp_path / "store", clock=clock) as tw:
        assert (tw.trending.top(), tw.trending.top(region="Kenya")) == before
        assert names(before[0]) == ["#stays"]


# ---------------------------------------------------------------- data/


@pytest.fixture(scope="module")
def half_a_year(root: Path) -> Iterator[tuple[Twitter, ManualClock]]:
    clock = ManualClock(NOON)
    with Twitter(clock=clock) as tw:
        data = root / "data"
        tw.load(data / "tweets.jsonl.gz", data / "follows.tsv.gz", data / "users.jsonl.gz", progress=False)
        yield tw, clock


@pytest.mark.parametrize("planted", planted_trends(), ids=lambda planted: planted.tag)
def test_planted_bursts_lead_in_their_own_hour(half_a_year: tuple[Twitter, ManualClock], planted) -> None:
    tw, clock = half_a_year
    name = f"#{planted.tag.casefold()}"
    for minutes in (30, 45, 59):
        clock.advance(planted.start_ms + minutes * 60_000 - clock.now_ms())
        assert names(tw.trending.top(1)) == [name], minutes
        if planted.region:
            assert names(tw.trending.top(1, planted.region)) == [name], minutes
    clock.advance(2 * HOUR_MS)
    assert name not in names(tw.trending.top(200))


def test_a_weekly_tag_does_not_crowd_the_list(half_a_year: tuple[Twitter, ManualClock]) -> None:
    """#MondayMotivation, each week again: from the second on never first, and listed in 2 of 100 hours at most."""
    tw, clock = half_a_year
    monday = (planted_trends()[0].start_ms // (7 * DAY_MS) * 7 + 4) * DAY_MS  # 1970 began on a Thursday
    hours, listed = 0, 0
    for week in range(1, 9):
        for hour in range(-14, 37):  # it is Monday somewhere
            clock.advance(monday + week * 7 * DAY_MS + hour * HOUR_MS - 1 - clock.now_ms())
            trends = names(tw.trending.top(200))
            assert trends[:1] != ["#mondaymotivation"], (week, hour)
            hours, listed = hours + 1, listed + ("#mondaymotivation" in trends)
    assert 50 * listed <= hours


def test_the_flood_in_the_data_does_not_trend(half_a_year: tuple[Twitter, ManualClock]) -> None:
    """One account posts one tag some 300 times in an evening: the loudest hour of any author in the data."""
    tw, clock = half_a_year
    rows = tw.boxes["tweet_store"]
    loudest = max(rows.views.by_author.items(), key=lambda item: len(item[1]))[1]
    said: Counter[tuple[str, int]] = Counter()
    for row in rows.rows(loudest).values():
        said.update((term, row.created_ms // HOUR_MS) for term in terms(row.content) if term[0] == "#")
    (tag, hour), times = said.most_common(1)[0]
    assert times >= 50
    clock.advance((hour + 1) * HOUR_MS - 1 - clock.now_ms())
    assert tag not in names(tw.trending.top(200))
