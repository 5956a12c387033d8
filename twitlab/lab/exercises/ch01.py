"""The exercises of chapter 01: the home timeline by brute force, the memory of timelines, a profile, a lazy merge.

In the case study: ``get_timeline``, "1MB cache per active user", ``get_user_tweets`` and "merge and sort". The invariant:
``mini`` judges; where a cost is asked for, it is counted and not timed. Real Twitter's timelines took about 40 TB in one
data centre in 2014.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import Any

from twitlab.lab.exercises import Wrong, close, judged, show, value
from twitlab.lab.exercises.ch01_parts import FAULTS, STORIES, home_with, long_stories, play, seen_by_learner
from twitlab.mini import Mini

USERS, IDS, ID_BYTES = 200_000_000, 800, 8

# ---------------------------------------------------------------- 01.1, Build it


def judge_home(answer: Any) -> None:
    """Short stories first, each with its hint; then random ones, every reader, several pages."""
    if not callable(answer):
        raise Wrong(f"{show(answer)} is not a function: hand in its name, `home`.")
    for story in STORIES:
        mini = Mini()
        for line in story.told:
            play(mini, line)
        right, _, _ = mini.page(1, story.size, below=story.below)
        mine = answer(seen_by_learner(mini), 1, story.size, story.below)
        if mine is None:
            raise Wrong("home(…) returned None: is a `return` missing?")
        if mine != right:
            asked = f"home(db, 1, size={story.size}, below={story.below})"
            raise Wrong(f"{', '.join(story.told)}: {asked} gave {show(mine)}, should be {right}. {story.hint}")
    for mini in long_stories():
        for viewer, size in ((viewer, size) for viewer in range(1, 5) for size in (1, 3, 20)):
            right, _, below = mini.page(viewer, size)
            pages = [(right, answer(seen_by_learner(mini), viewer, size, None))]
            if below is not None:
                older, _, _ = mini.page(viewer, size, top=right[0], below=below)
                pages.append((older, answer(seen_by_learner(mini), viewer, size, below)))
            for expected, mine in pages:
                if mine != expected:
                    raise Wrong(
                        f"in a longer story reader {viewer} gets {show(mine)}, should be {expected}. "
                        "Compare your rules with `on_home` and `sees` in mini, line by line."
                    )


# ---------------------------------------------------------------- 01.3, a profile in SQL

HIDDEN = """following AS (SELECT b FROM follows WHERE a = $viewer UNION SELECT $viewer),
     hidden AS (SELECT b FROM blocks WHERE a = $viewer UNION
                SELECT a FROM blocks WHERE b = $viewer UNION
                SELECT id FROM users WHERE protected AND id NOT IN (FROM following))"""
PROFILE = f"""
WITH {HIDDEN}
SELECT t.id
FROM tweets t LEFT JOIN tweets o ON o.id = t.retweet_of
WHERE t.author = $author AND t.author NOT IN (FROM hidden) AND coalesce(o.author, t.author) NOT IN (FROM hidden)
ORDER BY t.id DESC
LIMIT $size
"""
SCENES = (
    (("2 posts #1", "3 posts #2", "2 posts #3"), "Only tweets by $author, the newest (largest id) first."),
    (("2 posts #1", "2 posts #2", "2 posts #3", "2 posts #4"), "At most $size rows: LIMIT."),
    (("2 posts #1", "1 blocks 2"), "The viewer blocked this author: nothing to see."),
    (("2 posts #1", "2 blocks 1"), "This author blocked the viewer: nothing to see."),
    (("2 posts #1", "2 protects"), "A protected author, and the viewer does not follow them."),
    (("1 follows 2", "2 posts #1", "2 protects"), "A protected author's followers see the profile."),
    (("3 posts #1", "2 retweets #1 as #2", "1 blocks 3"), "The original's author is hidden, so the retweet is too."),
    (("2 posts #1", "1 mutes 2"), "A profile is asked for: mutes do not matter there."),
    (("3 posts #1", "2 posts #2 to #1"), "A profile shows all replies, also those to strangers."),
    (("2 posts #1", "2 retweets #1 as #2"), "A profile shows the original and the author's own retweet of it."),
)


def judge_profile(answer: Any) -> None:
    """Run the query on small tables for each scene, and compare with ``mini.user_tweets``."""
    import duckdb

    if not isinstance(answer, str):
        raise Wrong(f"{show(answer)} is no query: hand in the SQL as a string.")
    for told, hint in SCENES:
        mini = Mini()
        for line in told:
            play(mini, line)
        given = {"author": 2, "viewer": 1, "size": 3}
        with duckdb.connect(config={"threads": 1}) as con:
            _tables(con, mini)
            try:
                used = {name: number for name, number in given.items() if f"${name}" in answer}
                rows = con.execute(answer, used).fetchall()
            except duckdb.Error as error:
                raise Wrong(f"DuckDB refuses it: {str(error).splitlines()[0]}") from error
        right = mini.user_tweets(2, 1)[:3]
        if rows != [(one,) for one in right]:
            mine = [row[0] if len(row) == 1 else row for row in rows]
            raise Wrong(f"{', '.join(told)}: user 1 sees {show(mine)} on the profile of 2, should be {right}. {hint}")


def _tables(con: Any, mini: Mini) -> None:
    con.execute("CREATE TABLE users (id BIGINT, protected BOOLEAN)")
    con.execute("CREATE TABLE tweets (id BIGINT, author BIGINT, text VARCHAR, retweet_of BIGINT, reply_to_user BIGINT)")
    for user in range(1, 4):
        con.execute("INSERT INTO users VALUES (?, ?)", [user, user in mini.protected])
    for post in mini.posts.values():
        con.execute("INSERT INTO tweets VALUES (?, ?, '', ?, ?)", [post.id, post.author, post.retweet_of, post.reply_to_user])
    for table, pairs in {"follows": mini.follows, "blocks": mini.blocks, "mutes": mini.mutes}.items():
        con.execute(f"CREATE TABLE {table} (a BIGINT, b BIGINT)")
        for pair in sorted(pairs):
            con.execute(f"INSERT INTO {table} VALUES (?, ?)", pair)


def _profile(old: str, new: str) -> str:
    return PROFILE.replace(old, new)


# ---------------------------------------------------------------- 01.4, a lazy merge


class Counted:
    """A list that is handed out one by one, and counts."""

    def __init__(self, ids: list[int]) -> None:
        self.ids, self.taken = ids, 0

    def __iter__(self) -> Iterator[int]:
        for one in self.ids:
            self.taken += 1
            yield one


def merged(lists: Iterable[Iterable[int]], size: int) -> list[int]:
    """The newest `size` ids of lists that are newest first."""
    return list(islice(merge(*lists, reverse=True), size))


def judge_merged(answer: Any) -> None:
    """Right on small lists, then lazy on 400 of them."""
    if not callable(answer):
        raise Wrong(f"{show(answer)} is not a function: hand in its name, `merged`.")
    for lists, size in (([[9, 5], [8, 7]], 3), ([[3], [], [2, 1]], 5), ([], 2), ([[1, 0]], 1)):
        right, mine = merged(lists, size), answer([iter(one) for one in lists], size)
        if mine != right:
            raise Wrong(f"merged({lists}, {size}) gave {show(mine)}, should be {right}. {_merge_hint(mine, right)}")
    ids = random.Random(4).sample(range(10**6), 400 * 50)
    counted = [Counted(sorted(ids[at : at + 50], reverse=True)) for at in range(0, len(ids), 50)]
    mine, looked = answer([iter(one) for one in counted], 20), sum(one.taken for one in counted)
    if mine != sorted(ids, reverse=True)[:20]:
        raise Wrong("on 400 lists of 50 ids the page is not the newest 20. One author may have several of them.")
    if looked > len(counted) + 20:
        lazy = "20 of each is still 400 × 20." if looked <= 400 * 21 else "You read every list to its end."
        raise Wrong(f"the page is right, but you looked at {looked:,} ids; 420 are enough. {lazy}")


def _merge_hint(mine: Any, right: list[int]) -> str:
    if isinstance(mine, list) and len(mine) == len(right) and mine[: len(right)] != right and sorted(mine) != mine[::-1]:
        return "Newest first: the largest id on top, and the lists are sorted downwards."
    return "One author may have several of the newest ids: after taking a head, put that list's next id in."


def _heads_only(lists: Iterable[Iterable[int]], size: int) -> list[int]:
    return sorted((head for one in lists for head in islice(one, 1)), reverse=True)[:size]


def _sorts_all(lists: Iterable[Iterable[int]], size: int) -> list[int]:
    return sorted((one for ids in lists for one in ids), reverse=True)[:size]


def _page_of_each(lists: Iterable[Iterable[int]], size: int) -> list[int]:
    return sorted((one for ids in lists for one in islice(ids, size)), reverse=True)[:size]


def _upwards(lists: Iterable[Iterable[int]], size: int) -> list[int]:
    return list(islice(merge(*lists), size))


EXERCISES = (
    judged(
        "01.1",
        judge=judge_home,
        reference=home_with(),
        mistakes=[(home_with(fault), story.hint) for fault, story in zip(FAULTS, STORIES, strict=True)],
        done=f"your home timeline and mini's agree on {len(STORIES)} short stories and every reader of some long ones.",
    ),
    value(
        "01.2",
        reference=lambda: USERS * IDS * ID_BYTES / 1e12,
        hint="Users times ids times bytes, divided by 10**12.",
        same=close(0.02),
        mistakes=[
            (lambda: USERS * 1e6 / 1e12, "That is the case study's megabyte each; a timeline is 800 ids of 8 bytes."),
            (lambda: USERS * IDS * ID_BYTES, "Those are bytes: a terabyte is 10**12 of them."),
            (lambda: USERS * IDS * ID_BYTES / 1e9, "Those are gigabytes: divide by 10**12."),
            (lambda: USERS * IDS / 1e12, "That counts ids; each takes 8 bytes."),
        ],
        done="against 200 TB at a megabyte each. In Redis a sorted set takes about 120 bytes an entry: 19 TB.",
    ),
    judged(
        "01.3",
        judge=judge_profile,
        reference=PROFILE,
        mistakes=[
            (_profile("DESC", "ASC"), SCENES[0][1]),
            (_profile("t.author = $author AND", ""), SCENES[0][1]),
            (_profile("LIMIT $size", ""), SCENES[1][1]),
            (_profile("SELECT b FROM blocks WHERE a = $viewer UNION", ""), SCENES[2][1]),
            (_profile("SELECT a FROM blocks WHERE b = $viewer UNION", ""), SCENES[3][1]),
            (_profile("WHERE protected AND", "WHERE false AND"), SCENES[4][1]),
            (_profile("AND id NOT IN (FROM following)", "AND id <> $viewer"), SCENES[5][1]),
            (_profile("AND coalesce(o.author, t.author) NOT IN (FROM hidden)", ""), SCENES[6][1]),
            (_profile("ORDER", "AND t.author NOT IN (SELECT b FROM mutes WHERE a = $viewer) ORDER"), SCENES[7][1]),
            (_profile("ORDER", "AND t.reply_to_user IS NULL ORDER"), SCENES[8][1]),
            (
                _profile("SELECT t.id", "SELECT max(t.id)").replace(
                    "ORDER BY t.id", "GROUP BY coalesce(t.retweet_of, t.id) ORDER BY 1"
                ),
                SCENES[9][1],
            ),
            ("SELEC 1", "DuckDB refuses it"),
        ],
        done="a profile has other rules than a home timeline: the reader asked for this author.",
    ),
    judged(
        "01.4",
        judge=judge_merged,
        reference=merged,
        mistakes=[
            (_heads_only, "One author may have several of the newest ids"),
            (_upwards, "Newest first: the largest id on top, and the lists are sorted downwards."),
            (_sorts_all, "You read every list to its end."),
            (_page_of_each, "20 of each is still 400 × 20."),
        ],
        done="one id a followee and one a tweet: 420 of 20,000 on a page of 20.",
    ),
)
