"""The exercises of chapter 04, graph: bytes, mutual follows, steps apart, friends of friends, PageRank.

In the case study: one Cypher query of one step; the recommendation exercise at its end needs two. Invariant judged here:
answers equal those on networks small enough to check by hand, whatever order the follows were made in.
Real Twitter's FlockDB kept two rows an edge, 13 billion edges in 2010, and left walks to other systems.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from twitlab.lab.exercises import close, equal, function, value

Follows = dict[int, set[int]]
"""Whom each user follows; every user is a key."""

SMALL: Follows = {1: {2, 3, 4}, 2: {1, 3, 5}, 3: {1, 5, 6}, 4: {5, 7}, 5: {6}, 6: {4}, 7: set(), 8: {1}}
POPULAR: Follows = {1: {9}, 2: {9}, 3: {9}, 4: {1}, 9: {4, 5}, 5: set()}


class Bounded(dict[int, set[int]]):
    """A network that loses patience when code walks round in circles."""

    looks = 0

    def __getitem__(self, user: int) -> set[int]:
        self.looks += 1
        if self.looks > 20_000:
            raise RuntimeError("your walk goes round in circles")
        return super().__getitem__(user)

    def get(self, user: int, default: Any = None) -> Any:
        """As for a plain dictionary, counted."""
        try:
            return self[user]
        except KeyError:
            return default


# ---------------------------------------------------------------- 04.2 to 04.4


def mutual(follows: Follows, user_id: int) -> set[int]:
    """Whom the user follows and who follows back."""
    return {other for other in follows[user_id] if user_id in follows[other]}


def _followers(follows: Follows, user_id: int) -> set[int]:
    return {other for other in follows if user_id in follows[other]}


def steps(follows: Follows, start: int, goal: int) -> int | None:
    """The fewest follows that lead from one user to another; None if none do."""
    layer, seen, count = {start}, {start}, 0
    while layer:
        if goal in layer:
            return count
        layer = {far for near in layer for far in follows[near]} - seen
        seen |= layer
        count += 1
    return None


def _forgetful(follows: Follows, start: int, goal: int) -> int | None:
    """Without the users already seen."""
    layer, count = {start}, 0
    while layer:
        if goal in layer:
            return count
        layer = {far for near in layer for far in follows[near]}
        count += 1
    return None


def _either_way(follows: Follows, start: int, goal: int) -> int | None:
    return steps({user: follows[user] | _followers(follows, user) for user in follows}, start, goal)


def _depth_first(follows: Follows, start: int, goal: int, seen: frozenset[int] = frozenset()) -> int | None:
    if start == goal:
        return 0
    for near in sorted(follows[start] - seen):
        if (rest := _depth_first(follows, near, goal, seen | {start})) is not None:
            return rest + 1
    return None


def suggestions(follows: Follows, user_id: int, k: int = 3) -> list[int]:
    """The k users whom most of the user's followees follow, not followed yet; of equals the smaller id first."""
    mine = follows[user_id]
    paths = Counter(far for near in mine for far in follows[near] if far != user_id and far not in mine)
    return sorted(paths, key=lambda far: (-paths[far], far))[:k]


def _ranked(score: Callable[[Follows, int], Counter[int]]) -> Callable[..., list[int]]:
    """A wrong way to suggest: other counts, same ranking."""

    def suggest(follows: Follows, user_id: int, k: int = 3) -> list[int]:
        found = score(follows, user_id)
        return sorted(found, key=lambda far: (-found[far], far))[:k]

    return suggest


def _with_followed(follows: Follows, user_id: int) -> Counter[int]:
    return Counter(far for near in follows[user_id] for far in follows[near] if far != user_id)


def _with_oneself(follows: Follows, user_id: int) -> Counter[int]:
    return Counter(far for near in follows[user_id] for far in follows[near] if far not in follows[user_id])


def _by_fame(follows: Follows, user_id: int) -> Counter[int]:
    far = set(suggestions(follows, user_id, k=len(follows)))
    return Counter({one: len(_followers(follows, one)) for one in far})


# ---------------------------------------------------------------- 04.5


def pagerank(follows: Follows, rounds: int = 60) -> dict[int, float]:
    """The share of time of a walker who follows a random followee, or (15 %, or with nobody to follow) jumps anywhere."""
    n = len(follows)
    rank = dict.fromkeys(follows, 1 / n)
    for _ in range(rounds):
        stuck = sum(rank[user] for user in follows if not follows[user])
        new = dict.fromkeys(follows, 0.15 / n + 0.85 * stuck / n)
        for user, followees in follows.items():
            for followee in followees:
                new[followee] += 0.85 * rank[user] / len(followees)
        rank = new
    return rank


def _variant(*, keep_stuck: bool = True, jump: float = 0.15, backward: bool = False, split: bool = True) -> Any:
    """PageRank with one part missing."""

    def wrong(follows: Follows, rounds: int = 60) -> dict[int, float]:
        if backward:
            return pagerank({user: _followers(follows, user) for user in follows}, rounds)
        n = len(follows)
        rank = dict.fromkeys(follows, 1 / n)
        for _ in range(rounds):
            stuck = sum(rank[user] for user in follows if not follows[user]) * keep_stuck
            new = dict.fromkeys(follows, jump / n + (1 - jump) * stuck / n)
            for user, followees in follows.items():
                for followee in followees:
                    new[followee] += (1 - jump) * rank[user] / (len(followees) if split else 1)
            rank = new
        return rank

    return wrong


def same_shares(expected: Any, got: Any) -> bool:
    """Equal users, shares equal to a millionth."""
    if not isinstance(got, dict) or expected.keys() != got.keys():
        return False
    return all(isinstance(got[user], int | float) and abs(got[user] - expected[user]) < 1e-6 for user in expected)


EXERCISES = (
    value(
        "04.1",
        reference=lambda: 13_000_000_000 * 2 * (8 + 8 + 4) / 1e9,
        same=close(0.02),
        hint="Edges, times the rows an edge has, times the bytes of a row; a GB is 1e9 bytes.",
        mistakes=[
            (lambda: 13_000_000_000 * (8 + 8 + 4) / 1e9, "Each edge is stored twice: forward and backward."),
            (lambda: 13_000_000_000 * 2 * (64 + 64 + 32) / 1e9, "64 and 32 are bits: a byte has eight."),
            (lambda: 13_000_000_000 * 2 * (8 + 8 + 4), "That is in bytes: a GB is 1e9 of them."),
            (lambda: 13_000_000_000 * 2 * (8 + 8) / 1e9, "A row also has the position: 32 bits."),
        ],
        done="half a TB in 2010: adjacency alone fits the memory of a few machines, networkx's objects would not.",
    ),
    function(
        "04.2",
        reference=mutual,
        cases=lambda: [(SMALL, 1), (SMALL, 2), (SMALL, 7), (SMALL, 5)],
        hint="Those the user follows, of whom the user is among those *they* follow.",
        mistakes=[
            (lambda follows, user: follows[user], "That is everybody the user follows: do they follow back?"),
            (_followers, "Those are all followers: does the user follow them?"),
            (lambda follows, user: follows[user] | _followers(follows, user), "Both directions, not either: `and`, or `&`."),
            (lambda follows, user: sorted(mutual(follows, user)), "Right people; return them as a set."),
        ],
    ),
    function(
        "04.3",
        reference=steps,
        cases=lambda: [(Bounded(SMALL), a, b) for a, b in ((1, 2), (1, 6), (1, 1), (6, 7), (7, 1), (1, 8), (2, 4), (1, 4))],
        hint="Go layer by layer: everybody one step away, then everybody one step further who was not seen yet.",
        mistakes=[
            (_forgetful, "Remember whom you have seen: follows go round in circles."),
            (_either_way, "A follow leads one way: from the follower to the followee."),
            (_depth_first, "That is a way, not the shortest: finish a whole layer before you go deeper."),
            (
                lambda follows, start, goal: None if (n := steps(follows, start, goal)) is None else n + 1,
                "Count follows, not users: from somebody to themself are 0.",
            ),
        ],
        done="breadth first: the first time you meet somebody is the shortest way to them.",
    ),
    function(
        "04.4",
        reference=suggestions,
        cases=lambda: [(SMALL, 1, 3), (SMALL, 2, 3), (SMALL, 8, 2), (SMALL, 7, 3), (POPULAR, 4, 3), (SMALL, 4, 1)],
        hint="Count the ways user → followee → candidate, leave out the user and whom they follow, most ways first.",
        mistakes=[
            (_ranked(_with_followed), "Leave out whom the user follows already."),
            (_ranked(_with_oneself), "Leave out the user."),
            (_ranked(_by_fame), "Count how many of the *user's followees* follow the candidate, not everybody."),
            (
                lambda follows, user, k=3: suggestions(follows, user, k=99),
                "Return k of them at most.",
            ),
        ],
        same=equal,
        done="friends of friends, the first source of every who-to-follow (chapter 10).",
    ),
    function(
        "04.5",
        reference=pagerank,
        cases=lambda: [(SMALL,), (POPULAR,), ({1: {2}, 2: {1}},)],
        same=same_shares,
        hint="Each round: 0.15 / n for everybody, and 0.85 of each user's share, split over their followees.",
        mistakes=[
            (
                _variant(keep_stuck=False),
                "Whoever follows nobody takes a share out of the game: spread it over everybody, 1 / n each.",
            ),
            (_variant(jump=0.0), "Without the jump a share that has come to a corner never leaves it: 15 % jump."),
            (_variant(backward=True), "A share goes from the follower to the followee, not back."),
            (_variant(split=False), "A user's share is split over the followees: divide by how many they are."),
        ],
        done="the shares add up to 1, as nx.pagerank's do.",
    ),
)
