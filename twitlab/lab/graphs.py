"""Graph questions on the follow graph: tails, mutual follows, steps apart, friends of friends, PageRank, bytes an edge.

In the case study: ``Neo4jDatabase()`` and one query of one step, ``MATCH (follower)-[:FOLLOWS]->(user)``. The invariant:
each function reads a networkx DiGraph (follower → followee) and changes nothing; networkx itself is the oracle in tests.
Real Twitter answered one step from FlockDB (a "non-goal": "graph-walking queries") and walked a copy in one server's
memory (Cassovary, 2012).
"""

from __future__ import annotations

import gc
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import networkx as nx
import numpy as np
from scipy.sparse import csr_array


def tail(counts: Iterable[int]) -> list[tuple[int, float]]:
    """(k, share of all that have at least k), for each k that occurs, ascending: a power law is a line on log-log axes.

    >>> tail([1, 1, 2, 5])
    [(1, 1.0), (2, 0.5), (5, 0.25)]
    """
    found = Counter(counts)
    left = total = found.total()
    points = []
    for count in sorted(found):
        points.append((count, left / total))
        left -= found[count]
    return points


def exponent(counts: Iterable[int], least: int) -> float:
    """The exponent of a power law fitted to the counts >= ``least`` (maximum likelihood, Clauset et al. 2009, eq. 3.7).

    >>> round(exponent([10] * 100 + [20] * 22 + [40] * 5, least=10), 1)
    5.4
    """
    kept = np.array([count for count in counts if count >= least], dtype=float)
    return float(1 + len(kept) / np.log(kept / (least - 0.5)).sum())


def mutual(graph: nx.DiGraph, user_id: int) -> set[int]:
    """Whom the user follows and who follows back.

    >>> mutual(nx.DiGraph([(1, 2), (2, 1), (1, 3)]), 1)
    {2}
    """
    return set(graph.succ[user_id]) & set(graph.pred[user_id])


def steps_apart(graph: nx.DiGraph, sources: Iterable[int]) -> Counter[int]:
    """How many people are 1, 2, ... follows away from each source, added up.

    >>> sorted(steps_apart(nx.DiGraph([(1, 2), (2, 3)]), [1, 2]).items())
    [(1, 2), (2, 1)]
    """
    found: Counter[int] = Counter()
    for source in sources:
        found.update(nx.single_source_shortest_path_length(graph, source).values())
    del found[0]
    return found


def friends_of_friends(graph: nx.DiGraph, user_id: int) -> list[tuple[int, int]]:
    """(candidate, how many of the user's followees follow them): not followed yet, most paths first, then smaller id.

    >>> friends_of_friends(nx.DiGraph([(1, 2), (1, 3), (2, 4), (3, 4), (3, 5), (2, 1), (2, 3)]), 1)
    [(4, 2), (5, 1)]
    """
    mine = graph.succ[user_id]
    paths = Counter(far for near in mine for far in graph.succ[near] if far not in mine and far != user_id)
    return sorted(paths.items(), key=lambda found: (-found[1], found[0]))


def pagerank(graph: nx.DiGraph, *, damping: float = 0.85, tolerance: float = 1e-10) -> dict[int, float]:
    """The share of time a reader spends at each account who walks along follows and, one step in seven, jumps anywhere.

    As ``nx.pagerank`` without weights, but on the adjacency alone: networkx asks each edge's dictionary for a weight.
    Accounts that follow nobody jump always. The shares add up to 1.
    """
    users = list(graph)
    place = {user: number for number, user in enumerate(users)}
    n, edges = len(users), graph.number_of_edges()
    heads = np.fromiter((place[v] for u in users for v in graph.succ[u]), dtype=np.int64, count=edges)
    degrees = np.fromiter((len(graph.succ[u]) for u in users), dtype=np.int64, count=n)
    tails = np.repeat(np.arange(n), degrees)
    into = csr_array((np.repeat(1 / np.maximum(degrees, 1), degrees), (heads, tails)), shape=(n, n))
    rank, stuck = np.full(n, 1 / n), degrees == 0
    for _ in range(1_000):
        flow = damping * (into @ rank + rank[stuck].sum() / n) + (1 - damping) / n
        moved, rank = np.abs(flow - rank).sum(), flow
        if moved < n * tolerance:
            break
    return dict(zip(users, rank.tolist(), strict=True))


def bytes_an_edge(make: Callable[[], Any], edges: int) -> float:
    """The memory that ``make()`` holds afterwards, per edge: traced, so slow, and the same on every run."""
    gc.collect()
    tracemalloc.start()
    try:
        made = make()
        held, _ = tracemalloc.get_traced_memory()
        del made
    finally:
        tracemalloc.stop()
    return held / edges
