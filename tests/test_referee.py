"""The referee: passes what is right, breaks what is not, in stories short enough to read."""

from __future__ import annotations

import inspect
import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from twitlab.core.errors import InvalidRequest
from twitlab.core.model import Page, Tweet
from twitlab.core.snowflake import EPOCH_MS, Snowflake
from twitlab.lab import Verdict, referee
from twitlab.lab.literal import CaseStudyTimelines, TwitterTimelineService
from twitlab.services.timelines import Timelines
from twitlab.viz.diagrams import read_step

ROOT = Path(__file__).resolve().parent.parent


class Pull:
    """What a learner may write: a pull over everybody followed, as one plain list."""

    def __init__(self, *, reader: Any, follow_graph: Any, tweet_store: Any) -> None:
        self.reader, self.graph, self.views = reader, follow_graph, tweet_store.views

    def ids(self, user_id: int) -> list[int]:
        return list(self.views.newest([user_id, *self.graph.following(user_id)]))

    def seen(self, user_id: int) -> list[Tweet]:
        newest: dict[int, Tweet] = {}
        for tweet in self.reader.see(user_id, self.ids(user_id), "home"):
            newest.setdefault(tweet.retweet_of or tweet.tweet_id, tweet)
        return list(newest.values())

    def get_timeline(self, user_id: int, page_size: int = 20) -> list[Any]:
        return list(self.seen(user_id)[:page_size])


class PullIds(Pull):
    def get_timeline(self, user_id: int, page_size: int = 20) -> list[Any]:
        return [tweet.tweet_id for tweet in self.seen(user_id)[:page_size]]


class ShowsBothOccurrences(Pull):
    def get_timeline(self, user_id: int, page_size: int = 20) -> list[Any]:
        return list(self.reader.see(user_id, self.ids(user_id), "home")[:page_size])


class ForgetsOwn(Pull):
    def ids(self, user_id: int) -> list[int]:
        return list(self.views.newest(list(self.graph.following(user_id))))


class ShowsRepliesToStrangers(Pull):
    def get_timeline(self, user_id: int, page_size: int = 20) -> list[Any]:
        seen = {tweet.retweet_of or tweet.tweet_id: tweet for tweet in reversed(self.reader.see(user_id, self.ids(user_id)))}
        return sorted(seen.values(), key=lambda tweet: -tweet.tweet_id)[:page_size]


class Raises(Pull):
    def get_timeline(self, user_id: int, page_size: int = 20) -> list[Any]:
        return [next(iter(self.seen(user_id)[3:]))]


class NeverEnds(Timelines):
    def get_timeline(self, user_id: int, page_size: int = 20, cursor: Any = None, since_id: Any = None) -> Page:
        page = super().get_timeline(user_id, page_size)
        return Page(tweets=page.tweets, next_cursor="again")


class NoBackfill(Timelines):
    def on_user_followed(self, event: Any) -> None:
        """Forget it."""


class FailsInItsHandler(Timelines):
    def on_user_followed(self, event: Any) -> None:
        raise KeyError(event.follower_id)


class EndsAtTheCap(Timelines):
    def _pushed(self, user_id: int, below: int, size: int) -> Iterator[int]:
        yield from self._chunk(user_id, below, size).ids


class PullsNobody(Timelines):
    def _candidates(self, user_id: int, below: int, size: int) -> Iterator[int]:
        mine = self._tweets.views.of_author(user_id, below)
        return iter(sorted({*mine, *self._pushed(user_id, below, size)}, reverse=True))


class ForgetsWhereTheWalkBegan(Timelines):
    def _walk(self, user_id: int, top: int, below: int, since: int, size: int) -> Iterator[Tweet]:
        return super()._walk(user_id, 1 << 63, below, since, size)


WRONG = {
    ShowsBothOccurrences: 3,
    ForgetsOwn: 2,
    ShowsRepliesToStrangers: 4,
    Raises: 2,
    NeverEnds: 2,
    NoBackfill: 5,
    FailsInItsHandler: 2,
    EndsAtTheCap: 7,
    PullsNobody: 7,
    ForgetsWhereTheWalkBegan: 7,
}
"""Wrong parts, and how many lines a story may need that shows it."""


def test_ours_passes() -> None:
    verdict = referee(Timelines)
    assert verdict.passed and verdict.story == ()
    assert str(verdict) == "Timelines passed 300 stories: no difference from mini."


@pytest.mark.parametrize("part", [Pull, PullIds], ids=lambda part: part.__name__)
def test_a_list_is_taken_for_one_page(part: Any) -> None:
    assert referee(part, stories=60).passed


@pytest.mark.parametrize("part", WRONG, ids=lambda part: part.__name__)
def test_what_is_wrong_falls_in_a_short_story(part: Any) -> None:
    verdict = referee(part)
    assert not verdict.passed
    assert len(verdict.story) <= WRONG[part], verdict
    assert "should" in verdict.story[-1] and not any("should" in line for line in verdict.story[:-1]), verdict


def test_the_case_study_falls_in_six_lines_at_most() -> None:
    verdict = referee(CaseStudyTimelines)
    assert not verdict.passed and len(verdict.story) <= 6, verdict
    assert re.fullmatch(r"\d reads \[[\d, ]*\], should be \[[\d, ]*\]", verdict.story[-1]), verdict


def test_it_falls_from_every_seed() -> None:
    told = [len(referee(CaseStudyTimelines, seed=seed).story) for seed in range(5)]
    assert all(1 < lines <= 6 for lines in told), told


@pytest.mark.shared
def test_the_literal_text_is_the_case_study_s(shared: Path) -> None:
    """Word for word, but for the sign of the quotes."""
    study = (shared.parent / "case-study.md").read_text(encoding="utf-8").replace("'", '"')
    method = inspect.getsource(TwitterTimelineService.get_timeline)
    said = [line.split("#  type")[0].split("  # type")[0].strip() for line in method.splitlines() if line.strip()]
    assert len(said) > 15
    for line in said:
        assert line.replace("'", '"') in study, line


def test_the_same_class_gets_the_same_verdict() -> None:
    assert referee(ShowsBothOccurrences) == referee(ShowsBothOccurrences)


def test_a_verdict_is_its_story() -> None:
    verdict = Verdict(part="<b>", passed=False, stories=300, story=("1 follows 2", "1 reads [], should be [1]"))
    assert str(verdict).splitlines()[1:] == ["  1 follows 2", "  1 reads [], should be [1]"]
    assert "<b>&lt;b&gt;" in verdict._repr_html_() and verdict._repr_html_().count("<li>") == 2
    steps = [read_step(line) for line in verdict.lanes]
    assert steps[0].to == "user 2" and [step.bad for step in steps] == [False, True]


class NoEpoch:
    """The case study's: Unix milliseconds, a sequence that is not counted by the millisecond."""

    def __init__(self, worker_id: int, clock: Any) -> None:
        self.worker_id, self.clock, self.sequence = worker_id, clock, itertools.count()

    def next_id(self) -> int:
        return self.clock.now_ms() << 22 | self.worker_id << 12 | next(self.sequence) % 4096


class Wraps(NoEpoch):
    def next_id(self) -> int:
        return (self.clock.now_ms() - EPOCH_MS) << 22 | self.worker_id << 12 | next(self.sequence) % 4096


class GoesBack(NoEpoch):
    """Right within a millisecond, and by asking until the clock moves; it trusts a clock that goes back."""

    last = used = -1

    def next_id(self) -> int:
        now = self.clock.now_ms()
        while now == self.last and self.used == 4095:
            now = self.clock.now_ms()
        self.used = self.used + 1 if now == self.last else 0
        self.last = now
        return (now - EPOCH_MS) << 22 | self.worker_id << 12 | self.used


class ForgetsTheWorker(Snowflake):
    def next_id(self) -> int:
        return super().next_id() & ~(1023 << 12)


@pytest.mark.parametrize("part", [NoEpoch, Wraps, GoesBack, ForgetsTheWorker], ids=lambda part: part.__name__)
def test_wrong_ids_fall(part: Any) -> None:
    verdict = referee(part)
    assert not verdict.passed and len(verdict.story) <= 3, verdict
    assert "should" in verdict.story[-1]


def test_right_ids_pass() -> None:
    assert referee(Snowflake).passed
    assert referee(Snowflake, name="ids", stories=30).passed


@pytest.mark.parametrize("part", [int, object(), None])
def test_what_is_no_part_is_refused(part: Any) -> None:
    with pytest.raises(InvalidRequest, match="get_timeline"):
        referee(part)


def test_without_hypothesis_it_says_where_to_get_it() -> None:
    code = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "from twitlab.lab import referee\nfrom twitlab.services.timelines import Timelines\n"
        "try:\n    referee(Timelines)\nexcept Exception as error:\n    print(type(error).__name__, error)"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8")
    assert "InvalidRequest" in said.stdout and "twitlab[notebooks]" in said.stdout, said.stdout + said.stderr
