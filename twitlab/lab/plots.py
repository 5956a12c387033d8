"""Plots: what is drawn at random for a story, and how a failing story is made as short as it can be.

The case study's faults need a few acts in the right order; drawn blindly they need thousands of stories. The invariant: a
draw is three small numbers, and what they mean is decided when the act is told, so that an unfollow meets a follow that is
there; shortening only leaves acts out or makes them plainer, and keeps what still fails (delta debugging, Zeller 1999).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Any

from twitlab.lab.stories import EDGES, WAITS, WHOLE, Act, Story

Draw = tuple[str, int, int, int]
"""What happens, who does it (0-3), a number that chooses with what, and who reads then: 0 nobody, 1 they, 2 a follower."""

Failure = tuple[list[Act], tuple[str, ...]]
"""The acts of a story up to its failure, and its lines."""

WEIGHTS = {
    "post": 8, "follow": 6, "retweet": 4, "unfollow": 4, "reply": 2, "delete": 3, "undo": 2, "read": 4, "page": 4, "on": 6,
    "burst": 3, "crowd": 3, "scroll": 4, "block": 2, "mute": 2, "unblock": 1, "unmute": 1, "protect": 1, "open": 1,
    "approve": 1, "wait": 2, "forget": 1,
}  # fmt: skip
"""How often each act is drawn. Few people, many reads, acts on what is there: independent uniform draws missed a forgotten
unfollow in 500 stories."""

WHO = (0, 1, 2, 0, 1, 2, 0, 1, 3)
SIZES = (WHOLE, 1, 2)
TAKES_FROM = {"unfollow": "follows", "unblock": "blocks", "unmute": "mutes", "approve": "requests"}
PLAINER = {"reply": "post", "retweet": "post", "page": "read", "on": "read"}


def draws(st: Any) -> Any:
    """About twenty draws (``st``: ``hypothesis.strategies``); four short lists grow better than one long one."""
    kinds = [kind for kind, weight in WEIGHTS.items() for _ in range(weight)]
    draw = st.tuples(st.sampled_from(kinds), st.sampled_from(WHO), st.sampled_from(range(6)), st.sampled_from([0, 1, 2, 0]))
    few = st.lists(draw, max_size=12)
    return st.tuples(few, few, few, few).map(lambda lists: [draw for some in lists for draw in some])


def improvise(story: Story, drawn: Sequence[Draw]) -> None:
    """Tell a story as it was drawn; each draw becomes acts that fit what has happened."""
    for number, (kind, who, other, then) in enumerate(drawn, 1):
        for act in _acts(story, kind, who, other, number):
            story.do(act)
        if then:
            story.do(("read", who if then == 1 else _follower(story, who, other), WHOLE, 0))


def _acts(story: Story, kind: str, who: int, other: int, label: int) -> Iterator[Act]:
    mini, labels = story.mini, list(story.tweets)
    if kind in TAKES_FROM:
        if there := sorted(getattr(mini, TAKES_FROM[kind])):
            left, right = (_person(story, user) for user in there[other % len(there)])
            yield (kind, right, left, 0) if kind == "approve" else (kind, left, right, 0)
    elif kind in EDGES or kind == "follow":
        yield kind, who, other % 4, 0
    elif kind == "crowd":  # two followers make a celebrity
        yield from (("follow", (who + far) % 4, who, 0) for far in (1, 2))
    elif kind == "burst":  # more than a timeline of this house keeps
        yield from (("post", who, 0, label + 1000 * more) for more in range(3))
    elif kind == "scroll" and labels:  # a retweet between two pages
        yield "page", who, 1, 0
        yield "retweet", other % 4, labels[-1 - other % len(labels)], label
        yield "on", who, 0, 0
    elif kind in ("reply", "retweet") and labels:
        yield kind, who, labels[-1 - other % len(labels)], label
    elif kind in ("delete", "undo"):
        alive = [one for one in labels if (post := mini.posts.get(story.tweets[one])) and (kind != "undo" or post.retweet_of)]
        if alive:
            one = alive[-1 - other % len(alive)]
            yield "delete", _person(story, mini.posts[story.tweets[one]].author), one, 0
    elif kind in ("read", "page"):
        yield kind, who, SIZES[other % 3] if kind == "read" else 1 + other % 2, 0
    elif kind == "on" and story.walks:
        yield kind, list(story.walks)[other % len(story.walks)], 0, 0
    elif kind in ("protect", "open"):
        yield "protect", who, int(kind == "protect"), 0
    elif kind in ("post", "wait", "forget"):
        yield kind, who, other % len(WAITS), label


def _person(story: Story, user: int) -> int:
    return next(who for who, one in story.people.items() if one == user)


def _follower(story: Story, who: int, other: int) -> int:
    """Somebody who follows them, or, if nobody does, they themself."""
    found = sorted(_person(story, left) for left, right in story.mini.follows if right == story.people.get(who))
    return found[other % len(found)] if found else who


def shorten(found: Failure, retell: Callable[[Sequence[Act]], Failure | None]) -> Failure:
    """A failure (its acts, its lines) in fewer and plainer acts; ``retell`` tells acts and gives the failure, if any."""
    while shorter := next(
        (told for acts in _simpler(found[0]) if (told := retell(acts)) and _size(told[0]) < _size(found[0])), None
    ):
        found = shorter
    return found


def _size(acts: list[Act]) -> tuple[int, int, int]:
    """Fewer acts first, then fewer people, then plainer acts."""
    people = {who for kind, who, _, _ in acts if kind not in ("wait", "forget")}
    people |= {what for kind, _, what, _ in acts if kind == "follow" or kind in EDGES}
    return len(acts), len(people), sum((kind in PLAINER) + (kind == "read" and what != WHOLE) for kind, _, what, _ in acts)


def _simpler(acts: list[Act]) -> Iterator[list[Act]]:
    length = len(acts)
    for some in (length // 2, length // 4):  # big pieces first
        if some > 1:
            yield from (acts[:at] + acts[at + some :] for at in range(0, length, some))
    for one in reversed(range(length)):
        yield acts[:one] + acts[one + 1 :]
    if length <= 16:
        for left, right in combinations(range(length), 2):
            yield acts[:left] + acts[left + 1 : right] + acts[right + 1 :]
    people = sorted({who for _, who, _, _ in acts} | {what for kind, _, what, _ in acts if kind == "follow" or kind in EDGES})
    for gone, kept in ((gone, kept) for gone in reversed(people) for kept in people if kept < gone):
        yield [_instead(act, gone, kept) for act in acts]
    for one, (kind, who, what, label) in enumerate(acts):
        if kind in PLAINER or (kind == "read" and what != WHOLE):
            plain = PLAINER.get(kind, kind)
            yield [*acts[:one], (plain, who, WHOLE if plain == "read" else 0, label), *acts[one + 1 :]]


def _instead(act: Act, gone: int, kept: int) -> Act:
    kind, who, what, label = act
    towards = kind == "follow" or kind in EDGES
    return kind, kept if who == gone else who, kept if towards and what == gone else what, label
