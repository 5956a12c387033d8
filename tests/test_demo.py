"""python -m twitlab demo: what it loads from real data, and that it is told in plain words."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from twitlab import Twitter
from twitlab.__main__ import main
from twitlab.core.snowflake import timestamp_ms

ROOT = Path(__file__).resolve().parent.parent


def test_the_shipped_network(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 0
    said = capsys.readouterr().out
    assert "20,000 tweets, 2,000 users" in said and "refused: nothing" in said and "6 months, 20,000 tweets" in said
    shares = [int(share) for share in re.findall(r"\(\s*(\d+)%\)", said)]
    assert len(shares) == 3 and min(shares) >= 10
    assert all(float(rate.replace(",", "")) > 0 for rate in re.findall(r"([\d,]+) /s", said))


def test_without_a_terminal_there_is_no_bar_and_a_refusal_is_one_line() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "twitlab", "demo", "--tweets", "no such file"], cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    assert run.returncode == 2 and run.stdout == ""
    assert run.stderr.count("\n") == 1 and "no such file" in run.stderr and "Traceback" not in run.stderr


@pytest.mark.shared
def test_rconf(shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = ["--tweets", str(shared / "rconf/tweets.jsonl.gz"), "--follows", str(shared / "rconf/follows.tsv.gz")]
    assert main(["demo", *files, "--store", str(tmp_path / "store")]) == 0
    said = capsys.readouterr().out
    assert "7,235 tweets" in said and "1,534 follows" in said and "refused: nothing" in said
    months = re.findall(r"tweets_(\d{4}_\d\d)", said)
    assert (months[0], months[-1]) == ("2015_11", "2022_02")
    with Twitter(tmp_path / "store") as tw:
        store = tw.boxes["tweet_store"]
        by_author = store.views.by_author
        assert len(by_author) == 662 and sum(map(len, by_author.values())) == 7_235
        for part in store.parts:
            rows = tw.boxes["db"].execute(f"SELECT tweet_id, created_ms FROM {part}.tweets")
            assert {store.part_of(tweet_id) for tweet_id, _ in rows} == {part}
            assert all(abs(timestamp_ms(tweet_id) - created_ms) <= 1_000 for tweet_id, created_ms in rows)


@pytest.mark.shared
def test_slashdot(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = ["--tweets", str(shared / "rconf/tweets.jsonl.gz"), "--follows", str(shared / "slashdot/soc-Slashdot0902.txt.gz")]
    assert main(["demo", *files]) == 0
    said = capsys.readouterr().out
    assert "870,161 follows" in said and "noted: 78,303 self-loops" in said


@pytest.mark.shared
def test_the_personal_export(shared: Path) -> None:
    with Twitter() as tw:
        report = tw.load(follows=[shared / "archive/following.js", shared / "archive/follower.js"])
        assert (report.follows, report.refused) == (4, [])
        assert tw.follows.get_following(12497) == [12158, 547842573] and tw.follows.follower_count(12497) == 2
