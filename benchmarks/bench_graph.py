"""The follow graph beside plain networkx, in the same run: edges loaded a second, bytes an edge, PageRank.

Plain: ``nx.DiGraph()`` and ``add_edge`` for each follow. Ours: ``insert_follows`` (rows into DuckDB and the view). Memory
is traced on a network a tenth as large, the view alone. PageRank: ``nx.pagerank`` on both, and ``lab/graphs.pagerank``,
which reads the adjacency without the edges' dictionaries; the results must agree.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

import networkx as nx

from twitlab import ManualClock, Twitter
from twitlab.lab.graphs import bytes_an_edge, pagerank
from twitlab.storage.follow_graph import thin_digraph


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="bench graph")
    parser.add_argument("--edges", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    edges = follows(options.edges)
    users = len({user for edge in edges for user in edge})
    print(f"follow graph: {len(edges):,} edges, {users:,} users, power law; median of {options.rounds} rounds")

    rates = [(len(edges) / took(lambda: plain(edges)), len(edges) / ours(edges)) for _ in range(options.rounds)]
    row("edges loaded/s", "networkx alone", "twitlab, with its rows", rates)

    some = follows(options.edges // 10)  # a smaller network, as dense
    bytes_each = bytes_an_edge(lambda: plain(some), len(some)), bytes_an_edge(lambda: thin(some), len(some))
    row("bytes an edge", "nx.DiGraph", "shared dictionary", [bytes_each])

    graph, view, found = plain(edges), thin(edges), {}

    def rank(name: str, work: Callable[[], dict[int, float]]) -> float:
        return took(lambda: found.update({name: work()}))

    seconds = [
        (
            rank("plain", lambda: nx.pagerank(graph, tol=1e-10)),
            rank("view", lambda: nx.pagerank(view, tol=1e-10)),
            rank("ours", lambda: pagerank(view)),
        )
        for _ in range(options.rounds)
    ]
    row("PageRank, s", "nx on nx.DiGraph", "lab/graphs on the view", [(one[0], one[2]) for one in seconds])
    row("PageRank, s", "nx on nx.DiGraph", "nx on the view", [(one[0], one[1]) for one in seconds])
    apart = max(abs(found["plain"][user] - found["ours"][user]) for user in found["plain"])
    if apart > 1e-7:
        raise SystemExit(f"the bench is wrong: the two PageRanks differ by {apart}")


def follows(count: int, seed: int = 7) -> list[tuple[int, int]]:
    """About ``count`` distinct follows over count / 10 users, popularity by a power law."""
    rng, users = random.Random(seed), max(20, count // 10)
    drawn = ((rng.randrange(users), int(users * rng.random() ** 2.5)) for _ in range(count * 5 // 4))
    return list(dict.fromkeys((a, b) for a, b in drawn if a != b))[:count]


def plain(edges: list[tuple[int, int]]) -> Any:
    """networkx as everybody fills it."""
    graph = nx.DiGraph()
    for one, other in edges:
        graph.add_edge(one, other)
    return graph


def thin(edges: list[tuple[int, int]]) -> Any:
    """The view alone."""
    graph = thin_digraph()
    graph.add_edges_from(edges)
    return graph


def ours(edges: list[tuple[int, int]]) -> float:
    """Seconds for the bulk load of follows into an empty Twitter: rows and view."""
    with Twitter(clock=ManualClock(1_700_000_000_000)) as tw:
        seconds = took(lambda: tw.follows.import_many(edges))
        if tw.boxes["follow_graph"].graph.number_of_edges() != len(edges):
            raise SystemExit("the bench is wrong: not every edge was loaded")
    return seconds


def took(work: Callable[[], object]) -> float:
    """The seconds it took."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def figures(number: float) -> str:
    """Three figures at least, no exponent."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3f}"


def row(what: str, theirs: str, mine: str, pairs: list[tuple[float, float]]) -> None:
    """One line: medians and the median ratio."""
    a, b = (statistics.median(values) for values in zip(*pairs, strict=True))
    ratio = statistics.median(two / one for one, two in pairs)
    print(f"  {what:<16} {theirs:<16} {figures(a):>9}   {mine:<24} {figures(b):>9}   ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
