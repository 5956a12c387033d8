"""Trending: how fast a board counts, and how long its top 20 takes. Beside it a plain Counter, which counts tweets.

500,000 events (term, author) of one hour: 100,000 tags by Zipf 1.1, 50,000 authors; about 19,000 tags occur.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import accumulate

from twitlab.core.burst import Board, BurstDetector
from twitlab.services.trending import ranked

HOUR = 412_345


def best_of(times: int, run: Callable[[], object]) -> float:
    """Seconds of the fastest run."""
    took = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        took.append(time.perf_counter() - start)
    return min(took)


def zipf_events(rng: random.Random, events: int, tags: int, authors: int) -> list[tuple[str, int]]:
    weights = list(accumulate(1 / rank**1.1 for rank in range(1, tags + 1)))
    names = [f"#tag{rank}" for rank in range(tags)]
    return list(zip(rng.choices(names, cum_weights=weights, k=events), rng.choices(range(authors), k=events), strict=True))


def main(argv: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=500_000)
    parser.add_argument("--tags", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args(argv)
    rng = random.Random(args.seed)
    events = zipf_events(rng, args.events, args.tags, 50_000)
    batches = [events[at : at + 10_000] for at in range(0, len(events), 10_000)]
    terms = [term for term, _ in events]

    def by_batch() -> Board:
        board = Board()
        for batch in batches:
            board.add(batch)
        return board

    def one_by_one() -> None:
        board = Board()
        for event in events:
            board.add((event,))

    rows = [
        ("Counter of terms: tweets, not authors", best_of(3, lambda: Counter(terms))),
        ("board, batches of 10,000", best_of(3, by_batch)),
        ("board, one event at a time", best_of(3, one_by_one)),
    ]
    detector, counts = BurstDetector(), [rng.randrange(100) for _ in range(100_000)]
    for name, seconds in rows:
        print(f"{name:42} {args.events / seconds / 1e6:8.2f} M events/s")
    took = best_of(3, lambda: [detector.update(count) for count in counts])
    print(f"{'burst detector, one series':42} {len(counts) / took / 1e6:8.2f} M samples/s")
    board = by_batch()
    loud = sum(board.count(tag) >= 3 for tag in set(terms))
    print(f"{len(set(terms)):,} tags, {loud:,} of them by 3 authors or more")
    report("top 20, no history: everything is new", board)
    for hour in range(24, 0, -1):
        board.close_hour(HOUR - hour)
    print(f"{len(board.trending(HOUR)):,} trending after a day like this hour")
    board.add((f"#burst{n % 30}", n) for n in range(9_000))
    report("top 20, a day of history, 30 bursts", board)


def report(name: str, board: Board) -> None:
    cold = best_of(1, lambda: ranked(board, 20, HOUR, None))
    took = []
    for n in range(30):
        board.add([("#fresh", n)])
        start = time.perf_counter()
        ranked(board, 20, HOUR, None)
        took.append(time.perf_counter() - start)
    print(f"{name:42} {min(took) * 1e3:8.2f} ms   (first in its hour {cold * 1e3:.1f} ms)")


if __name__ == "__main__":
    main()
