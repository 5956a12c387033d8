"""The command line: ``python -m twitlab demo`` loads data and shows a Twitter at work.

In the case study: nothing runs. The invariant: what is printed is either in the store or was measured in this run, and the
demo writes nothing but what it loaded. Twitter's own demo was the front page.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import textwrap
from collections import Counter
from collections.abc import Callable

from twitlab.app import Twitter
from twitlab.core.clock import Clock
from twitlab.core.config import Config
from twitlab.core.errors import TwitlabError
from twitlab.core.events import TweetPosted
from twitlab.core.model import Tweet
from twitlab.lab.datasets import DATA
from twitlab.loading import LoadReport
from twitlab.services.fanout import Tier

WIDTH = min(shutil.get_terminal_size((100, 24)).columns, 110)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code. A refusal is one line on the error stream, code 2."""
    parser = argparse.ArgumentParser(prog="twitlab", description="A Twitter you can open, take apart and measure.")
    commands = parser.add_subparsers(dest="command", required=True)
    demo_parser = commands.add_parser("demo", help="load data and show months, a timeline, a profile, fan-out and rates")
    demo_parser.add_argument("--tweets", metavar="FILE", help="JSON Lines, v1.1 objects or tweets.js, .gz or not")
    demo_parser.add_argument("--follows", metavar="FILE", help="follower and followee a line, or following.js, .gz or not")
    demo_parser.add_argument("--users", metavar="FILE", help="JSON Lines of accounts, .gz or not")
    demo_parser.add_argument("--store", metavar="DIR", help="keep the data there, one DuckDB file a month")
    demo_parser.add_argument("--redis", metavar="URL", help="a real Redis, redis://host:port/db (default: embedded)")
    options = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # an emoji must not stop a terminal that cannot show it
    try:
        demo(options)
    except TwitlabError as error:
        print(f"twitlab: {error}", file=sys.stderr)
        return 2
    return 0


def demo(options: argparse.Namespace) -> None:
    """Load, then show what there is and what it costs."""
    tweets, follows, users = options.tweets, options.follows, options.users
    if not (tweets or follows or users):
        tweets, follows, users = (DATA / f"{name}.gz" for name in ("tweets.jsonl", "follows.tsv", "users.jsonl"))
    with Twitter(options.store, redis=options.redis, config=Config.lab()) as tw:
        started = tw.clock.perf_ns()
        report = tw.load(tweets=tweets, follows=follows, users=users)
        show_load(report, (tw.clock.perf_ns() - started) / 1e9)
        show_months(tw)
        if not tw.boxes["user_store"].by_id:
            print("\nThe store is empty: give --tweets and --follows.")
            return
        show_home(tw, fullest_home(tw))
        show_profile(tw)
        show_tiers(tw)
        show_rates(tw)


def title(text: str) -> None:
    """A heading."""
    print(f"\n── {text} {'─' * max(WIDTH - len(text) - 4, 0)}")


def show_load(report: LoadReport, seconds: float) -> None:
    """What came in, what was noted, what was refused."""
    title("loaded")
    print(f"{report}\nin {seconds:.1f} s")


def show_months(tw: Twitter) -> None:
    """How many tweets each month's file holds."""
    title("one file a month, routed by the id's own time")
    store = tw.boxes["tweet_store"]
    months = Counter(store.part_of(one) for ids in store.views.by_author.values() for one in ids)
    most = max(months.values(), default=1)
    shown = sorted(months)
    for month in shown if len(shown) <= 16 else [*shown[:6], "", *shown[-9:]]:
        bar = "█" * round(40 * months[month] / most)
        print(f"  {month}  {months[month]:>8,}  {bar}" if month else f"  … {len(shown) - 15} more months …")
    print(f"  {len(months)} months, {sum(months.values()):,} tweets")


def fullest_home(tw: Twitter) -> int:
    """Whose home timeline has most to show (without tweets by anybody followed: who follows most)."""
    offered: Counter[int] = Counter()
    for author, ids in tw.boxes["tweet_store"].views.by_author.items():
        for follower in tw.boxes["follow_graph"].followers(author):
            offered[follower] += len(ids)
    users = offered or tw.boxes["user_store"].by_id
    return max(users, key=lambda one: (offered[one], tw.follows.following_count(one), -one))


def show_home(tw: Twitter, reader: int) -> None:
    """The first page of somebody's home timeline."""
    page = tw.timelines.get_timeline(reader, page_size=5)
    title(f"the home timeline of @{tw.users.get(reader).handle}, who follows {tw.follows.following_count(reader):,}")
    for tweet in page.tweets:
        print(card(tw, tweet))
    if not page.tweets:
        print("  Nothing: nobody they follow has written a tweet that was loaded.")
    print(f"  next_cursor: {page.next_cursor or 'None: this is the end'}"[:WIDTH])


def card(tw: Twitter, tweet: Tweet) -> str:
    """One tweet in three lines."""
    kind = " (retweet)" if tweet.retweet_of else " (reply)" if tweet.in_reply_to else ""
    text = textwrap.shorten(tweet.content, WIDTH - 6, placeholder=" …")
    counts = f"{tweet.reply_count} replies · {tweet.retweet_count} retweets · {tweet.like_count} likes"
    return f"  @{tw.users.get(tweet.user_id).handle} · {tweet.created_at:%Y-%m-%d %H:%M}{kind}\n    {text}\n    {counts}"


def show_profile(tw: Twitter) -> None:
    """The account with most followers."""
    users = tw.boxes["user_store"].by_id
    profile = tw.users.profile(max(users, key=lambda one: (tw.follows.follower_count(one), -one)))
    title(f"the profile with most followers: @{profile.user.handle}")
    print(f"  {profile.user.name or '(no name)'} · {profile.follower_count:,} followers · "
          f"follows {profile.following_count:,} · {profile.tweet_count:,} tweets")  # fmt: skip
    for tweet in tw.tweets.get_user_tweets(profile.user.user_id, limit=2):
        print(card(tw, tweet))


def show_tiers(tw: Twitter) -> None:
    """What fan-out would do for each tier, and how much of the delivering it is."""
    title(f"fan-out by tier (above {tw.config.influencer_threshold} followers: influencer, above "
          f"{tw.config.celebrity_threshold}: celebrity)")  # fmt: skip
    views = tw.boxes["tweet_store"].views
    authors, deliveries = Counter[str](), Counter[str]()
    for author, ids in list(views.by_author.items()):
        tier = tw.fanout.tier(author)
        authors[tier] += 1
        deliveries[tier] += len(ids) * tw.follows.follower_count(author)
    total = max(sum(deliveries.values()), 1)
    choice: dict[Tier, str] = {
        "regular": "push to all followers",
        "influencer": "push to followers seen lately, the rest rebuild",
        "celebrity": f"pull; push to the {tw.config.vip_per_celebrity} who read most",
    }
    for tier, how in choice.items():
        print(f"  {tier:<11} {authors[tier]:>6,} authors  {deliveries[tier]:>10,} possible deliveries "
              f"({deliveries[tier] / total:>4.0%})  {how}")  # fmt: skip


def show_rates(tw: Twitter) -> None:
    """Reads and deliveries per second, on what was loaded: nothing new is written."""
    title("measured just now")
    users, views = list(tw.boxes["user_store"].by_id), tw.boxes["tweet_store"].views
    readers = sorted(users, key=lambda one: (-tw.follows.following_count(one), one))[:500]
    cold = timed(tw.clock, lambda: [tw.timelines.get_timeline(one) for one in readers])
    warm = timed(tw.clock, lambda: [tw.timelines.get_timeline(one) for one in readers])
    print(f"  first pages of 20, rebuilt from the store: {len(readers) / cold:>10,.0f} /s")
    print(f"  first pages of 20, pushed list at hand:    {len(readers) / warm:>10,.0f} /s")
    busiest = sorted(views.by_author, key=lambda one: (-tw.follows.follower_count(one), one))[:300]
    before = tw.fanout.stats["deliveries"]

    def push_again() -> None:
        for author in busiest:
            for tweet_id in list(views.of_author(author))[:2]:
                tw.fanout.on_tweet_posted(TweetPosted(tweet_id=tweet_id, user_id=author))
        tw.drain()

    spent = timed(tw.clock, push_again)
    delivered = tw.fanout.stats["deliveries"] - before
    print(f"  deliveries into timelines that are built:  {delivered / spent:>10,.0f} /s ({delivered:,} of them)")


def timed(clock: Clock, work: Callable[[], object]) -> float:
    """Seconds that a call took."""
    started = clock.perf_ns()
    work()
    return max(clock.perf_ns() - started, 1) / 1e9


if __name__ == "__main__":
    sys.exit(main())
