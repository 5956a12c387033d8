"""tw.load(): what comes in, what is refused, what is noted (DESIGN section 4), and that a second time changes nothing."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from twitlab import ManualClock, Twitter
from twitlab.__main__ import DATA
from twitlab.core.errors import DataFileError, InvalidRequest, StoreError
from twitlab.core.snowflake import first_id_at, timestamp_ms

MAY = 1_683_000_000_000


def an_id(n: int) -> int:
    return first_id_at(MAY + 1_000 * n) + n


def line(n: int, user_id: int, text: str = "hello", **more: Any) -> dict[str, Any]:
    return {"id": str(an_id(n)), "created_at": timestamp_ms(an_id(n)), "user_id": user_id, "text": text, **more}


def write(path: Path, *lines: Any) -> Path:
    rows = [one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in lines]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def tw() -> Any:
    with Twitter(clock=ManualClock(1_700_000_000_000)) as twitter:
        yield twitter


def state(tw: Twitter) -> Any:
    boxes = tw.boxes
    ids = sorted(one for mine in boxes["tweet_store"].views.by_author.values() for one in mine)
    store = boxes["tweet_store"]
    return (
        [store.rows(ids[at : at + 1_000]) for at in range(0, len(ids), 1_000)],
        dict(boxes["user_store"].by_id),
        sorted(boxes["follow_graph"].graph.edges),
    )


def test_ids_times_and_texts_stay_and_months_follow_the_id(tw: Twitter, tmp_path: Path) -> None:
    june = first_id_at(1_686_000_000_000)
    long = "x" * 443 + " &lt;- done &amp;amp; dusted"
    path = write(
        tmp_path / "t.jsonl",
        line(1, 10, long, screen_name="ana", name="Ana &amp; Co", favorite_count=99),
        {"id": june, "created_at": 1_686_000_000_000, "user_id": 11, "text": "june"},
    )
    report = tw.load(tweets=path)
    assert (report.tweets, report.users, report.follows, report.refused) == (2, 2, 0, [])
    tweet = tw.tweets.get_tweet(an_id(1))
    assert tweet.content == "x" * 443 + " <- done &amp; dusted" and tweet.created_ms == timestamp_ms(an_id(1))
    assert tweet.like_count == 0
    assert tw.users.by_handle("ana").name == "Ana & Co" and tw.users.get(11).handle == "user_11"
    assert tw.boxes["tweet_store"].parts == ["tweets_2023_05", "tweets_2023_06"]


def test_what_is_refused_has_file_line_and_reason_and_the_rest_loads(tw: Twitter, tmp_path: Path) -> None:
    path = write(
        tmp_path / "t.jsonl",
        line(1, 10),
        "{not json",
        {**line(2, 10), "created_at": timestamp_ms(an_id(2)) + 1_500},
        line(3, 11, "RT @x: gone", retweet_of=str(an_id(77))),
        {**line(4, 10), "id": 1.5e18},
        line(5, 10, "still here"),
    )
    report = tw.load(tweets=path)
    assert report.tweets == 2
    assert sorted((one.file, one.line) for one in report.refused) == [(str(path), n) for n in (2, 3, 4, 5)]
    assert all(one.reason for one in report.refused) and "line 2" in str(report.refused[0])


def test_a_retweet_may_stand_before_its_original_and_only_the_first_of_a_user_counts(tw: Twitter, tmp_path: Path) -> None:
    path = write(
        tmp_path / "t.jsonl",
        line(5, 11, "RT @ana: hello", retweet_of=an_id(1)),
        line(6, 11, "RT @ana: hello", retweet_of=an_id(1)),
        line(7, 12, "RT of an RT", retweet_of=an_id(5)),
        line(1, 10),
        line(8, 13, "answer", in_reply_to=an_id(5)),
        line(9, 13, "quoting", quote_of=an_id(5)),
    )
    report = tw.load(tweets=path)
    assert report.tweets == 5 and list(report.notes.values()) == [1] and report.refused == []
    assert tw.tweets.get_tweet(an_id(5)).retweet_of == tw.tweets.get_tweet(an_id(7)).retweet_of == an_id(1)
    assert tw.tweets.get_tweet(an_id(7)).content == "hello"
    assert tw.tweets.get_tweet(an_id(8)).in_reply_to == tw.tweets.get_tweet(an_id(9)).quote_of == an_id(1)
    counts = tw.engagement.counts(an_id(1))
    assert (counts.retweet_count, counts.reply_count, counts.quote_count) == (2, 1, 1)


def test_a_reply_to_a_tweet_that_is_not_there_is_a_reply_to_a_stranger(tw: Twitter, tmp_path: Path) -> None:
    tweets = write(
        tmp_path / "t.jsonl",
        line(2, 10, "to nobody", in_reply_to=an_id(1)),
        line(3, 10, "to a stranger by name", in_reply_to=an_id(0), in_reply_to_user=10),
        line(4, 10, "plain"),
    )
    tw.load(tweets=tweets, follows=write(tmp_path / "f.tsv", "20\t10"))
    assert [one.content for one in tw.timelines.get_timeline(20).tweets] == ["plain"]
    assert [one.content for one in tw.timelines.get_timeline(10).tweets] == ["plain"]
    assert len(tw.tweets.get_user_tweets(10)) == 3


def test_handles(tw: Twitter, tmp_path: Path) -> None:
    taken = tw.users.register("Taken").user_id
    path = write(
        tmp_path / "t.jsonl",
        line(1, 10, screen_name="old_name"),
        line(2, 10, screen_name="a_handle_longer_than_fifteen"),
        line(3, 11, screen_name="A_HANDLE_longer_than_fifteen"),
        line(4, 12, screen_name="tAKEN"),
        line(5, 13),
    )
    report = tw.load(tweets=path)
    handles = {one: tw.users.get(one).handle for one in (10, 11, 12, 13)}
    assert handles == {10: "a_handle_longer_than_fifteen", 11: "user_11", 12: "user_12", 13: "user_13"}
    assert tw.users.by_handle("taken").user_id == taken and 2 in report.notes.values()


def test_follows_in_every_spelling_with_loops_and_duplicates_noted(tw: Twitter, tmp_path: Path) -> None:
    path = tmp_path / "f.txt.gz"
    with gzip.open(path, "wt", encoding="utf-8", newline="\n") as out:
        out.write("# follower followee\n0\t1\n1 2\n2,0\n1,1\n0 1\nx y\n5\n0\t2 # seen\n")
    report = tw.load(follows=path)
    assert (report.follows, report.users) == (4, 3)
    assert [one.line for one in report.refused] == [7, 8] and sorted(report.notes.values()) == [1, 1]
    assert tw.follows.get_following(0) == [2, 1] and tw.follows.follower_count(2) == 2
    assert tw.users.get(0).handle == "user_0"


def test_loading_twice_changes_nothing(tw: Twitter) -> None:
    files = {"tweets": DATA / "tweets.jsonl.gz", "follows": DATA / "follows.tsv.gz", "users": DATA / "users.jsonl.gz"}
    tw.load(**files)
    before = state(tw)
    again = tw.load(**files)
    assert (again.tweets, again.users, again.follows, again.refused) == (0, 0, 0, [])
    assert state(tw) == before


def test_old_tweets_reach_a_timeline_that_was_built_before(tw: Twitter, tmp_path: Path) -> None:
    reader = tw.users.register("reader").user_id
    tw.load(tweets=write(tmp_path / "a.jsonl", line(1, 10, "first")), follows=write(tmp_path / "f.tsv", f"{reader}\t10"))
    assert [one.content for one in tw.timelines.get_timeline(reader).tweets] == ["first"]
    tw.load(tweets=write(tmp_path / "b.jsonl", line(3, 10, "third"), line(2, 10, "second")))
    assert [one.content for one in tw.timelines.get_timeline(reader).tweets] == ["third", "second", "first"]


def test_what_was_loaded_is_there_after_a_restart(tmp_path: Path) -> None:
    clock = ManualClock(1_700_000_000_000)
    path = write(tmp_path / "t.jsonl", line(1, 10), line(2, 11, "RT", retweet_of=an_id(1)), line(3, 10, "bye"))
    with Twitter(tmp_path / "store", clock=clock) as tw:
        tw.load(tweets=path, follows=write(tmp_path / "f.tsv", "11\t10"))
        tw.tweets.delete_tweet(10, an_id(3))
        before = state(tw)
    with Twitter(tmp_path / "store", clock=clock) as tw:
        assert state(tw) == before
        assert tw.load(tweets=path).notes == {"tweets already there": 3}  # a deleted tweet does not come back
        assert state(tw) == before


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
def test_a_file_that_cannot_be_read_is_refused_before_anything_is_written(tw: Twitter, tmp_path: Path, name: str) -> None:
    good = write(tmp_path / "t.jsonl", line(1, 10))
    with pytest.raises(DataFileError, match=name.replace(".", r"\.") if name != "." else "not a file"):
        tw.load(tweets=good, follows=tmp_path / name)
    assert tw.boxes["user_store"].by_id == {}
    with pytest.raises(InvalidRequest, match="progress"):
        tw.load(tweets=good, progress="yes")  # type: ignore[arg-type]


def test_a_month_whose_file_is_gone_is_missed_not_forgotten(tmp_path: Path) -> None:
    clock = ManualClock(1_700_000_000_000)
    with Twitter(tmp_path, clock=clock) as tw:
        author = tw.users.register("author").user_id
        november = tw.tweets.post_tweet(author, "november").tweet_id
        clock.advance(40 * 86_400_000)
        tw.tweets.post_tweet(author, "december")
    (tmp_path / "tweets_2023_11.duckdb").unlink()
    with Twitter(tmp_path, clock=clock) as tw:
        page = tw.timelines.get_timeline(author)
        assert ([one.content for one in page.tweets], page.partial) == (["december"], True)
        with pytest.raises(StoreError, match=r"tweets_2023_11.*missing"):
            tw.tweets.get_tweet(november)
