"""The follow graph in bulk: one attribute dictionary, both directions, and the graph questions against networkx."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from twitlab.app import Twitter
from twitlab.core.clock import ManualClock
from twitlab.lab import graphs
from twitlab.storage.datafiles import read_follows
from twitlab.storage.follow_graph import FollowGraph, thin_digraph

NOW = 1_700_000_000_000


def random_edges(seed: int, users: int = 60, edges: int = 400) -> list[tuple[int, int]]:
    """Follows with a few popular accounts, without loops and doubles, in random order."""
    rng = random.Random(seed)
    drawn = ((rng.randrange(users), int(users * rng.random() ** 3)) for _ in range(3 * edges))
    return list(dict.fromkeys((a, b) for a, b in drawn if a != b))[:edges]


@pytest.fixture
def tw() -> Iterator[Twitter]:
    with Twitter(clock=ManualClock(NOW)) as opened:
        yield opened


def filled(tw: Twitter, edges: list[tuple[int, int]], folder: Path) -> FollowGraph:
    file = folder / "follows.tsv"
    file.write_text("".join(f"{a}\t{b}\n" for a, b in edges), encoding="utf-8")
    assert tw.load(follows=file, progress=False).follows == len(edges)
    graph: FollowGraph = tw.boxes["follow_graph"]
    return graph


# ---------------------------------------------------------------- bulk loading


def test_one_dictionary_serves_every_edge_in_both_directions(tw: Twitter, tmp_path: Path) -> None:
    edges = random_edges(1)
    graph = filled(tw, edges, tmp_path).graph
    forward = {id(kept) for kept in chain.from_iterable(near.values() for near in graph.succ.values())}
    backward = {id(kept) for kept in chain.from_iterable(near.values() for near in graph.pred.values())}
    assert len(forward | backward) == 1
    plain = nx.DiGraph(edges)
    assert len({id(kept) for *_, kept in plain.edges(data=True)}) == len(edges), "networkx makes one an edge"


@pytest.mark.parametrize("seed", range(5))
def test_the_view_is_the_rows_is_networkx(tw: Twitter, tmp_path: Path, seed: int) -> None:
    edges = random_edges(seed)
    store = filled(tw, edges, tmp_path)
    plain, rows = nx.DiGraph(edges), tw.boxes["db"].execute("SELECT follower_id, followee_id FROM meta.follows")
    assert rows == edges, f"seed {seed}: the rows, in the order of the file"
    assert set(store.graph.edges) == set(edges) and set(store.graph) == set(plain), f"seed {seed}"
    assert {(a, b) for b in store.graph for a in store.graph.pred[b]} == set(edges), f"seed {seed}: backward"
    for user in plain:
        assert tw.follows.follower_count(user) == plain.in_degree(user) == len(tw.follows.get_followers(user))
        assert tw.follows.following_count(user) == plain.out_degree(user) == len(tw.follows.get_following(user))


def test_bulk_and_one_by_one_come_to_the_same(tw: Twitter, tmp_path: Path) -> None:
    edges = random_edges(9, users=12, edges=40)
    bulk = filled(tw, edges, tmp_path)
    with Twitter(clock=ManualClock(NOW)) as slow:
        ids = [slow.users.register(f"u{n}").user_id for n in range(12)]
        for a, b in edges:
            assert slow.follows.follow_user(ids[a], ids[b])
        gone = edges[::3]
        for a, b in gone:
            assert slow.follows.unfollow_user(ids[a], ids[b]) and tw.follows.unfollow_user(a, b)
        graph = slow.boxes["follow_graph"].graph
        assert {(ids.index(a), ids.index(b)) for a, b in graph.edges} == set(bulk.graph.edges) == {*edges} - {*gone}
        for n, user in enumerate(ids):
            names = [ids.index(one) for one in slow.follows.get_followers(user)]
            assert names == ([] if n not in bulk.graph else tw.follows.get_followers(n)), "the newest first in both"


def test_a_store_on_disk_opens_to_the_same_graph(tmp_path: Path) -> None:
    edges = random_edges(4)
    with Twitter(tmp_path / "store", clock=ManualClock(NOW)) as tw:
        filled(tw, edges, tmp_path)
    with Twitter(tmp_path / "store", clock=ManualClock(NOW)) as tw:
        graph = tw.boxes["follow_graph"].graph
        assert list(graph.pred[edges[0][1]]) == [a for a, b in edges if b == edges[0][1]]
        assert set(graph.edges) == set(edges)


def test_an_edge_costs_much_less_than_in_plain_networkx() -> None:
    """Memory as a ratio within one run; the shared dictionary is worth 64 to 72 bytes an edge."""
    edges = random_edges(7, users=2_000, edges=20_000)

    def thin() -> nx.DiGraph:
        graph = thin_digraph()
        graph.add_edges_from(edges)
        return graph

    ours, theirs = (graphs.bytes_an_edge(make, len(edges)) for make in (thin, lambda: nx.DiGraph(edges)))
    assert ours < 0.75 * theirs, (ours, theirs)


@pytest.mark.shared
def test_slashdot_loads_whole(tw: Twitter, shared: Path) -> None:
    """870,161 real edges: rows, view and degrees agree with the file, still with one dictionary."""
    file = shared / "slashdot" / "soc-Slashdot0902.txt.gz"
    report = tw.load(follows=file, progress=False)
    assert report.follows == 870_161 and report.notes["self-loops"] == 78_303
    edges = read_follows(file)
    kept = edges.followers != edges.followees
    followers, followees = edges.followers[kept], edges.followees[kept]
    graph = tw.boxes["follow_graph"].graph
    assert graph.number_of_edges() == sum(len(near) for near in graph.pred.values()) == 870_161
    assert len({id(one) for near in graph.succ.values() for one in near.values()}) == 1
    for ends, degree in ((followers, graph.out_degree), (followees, graph.in_degree)):
        users, counts = np.unique(ends, return_counts=True)
        assert {user: count for user, count in degree if count} == dict(zip(users.tolist(), counts.tolist(), strict=True))


# ---------------------------------------------------------------- questions, against networkx


@pytest.mark.parametrize("seed", range(10))
def test_pagerank_is_networkx_pagerank(seed: int) -> None:
    graph = nx.DiGraph(random_edges(seed))
    graph.add_nodes_from([998, 999])  # nobody's: they follow nobody
    ours, theirs = graphs.pagerank(graph), nx.pagerank(graph, tol=1e-10)
    assert sum(ours.values()) == pytest.approx(1)
    assert ours == pytest.approx(theirs, abs=1e-7), f"seed {seed}"


@pytest.mark.parametrize("seed", range(10))
def test_walks_by_brute_force(seed: int) -> None:
    edges = random_edges(seed, users=25, edges=90)
    graph, pairs = nx.DiGraph(edges), set(edges)
    for user in graph:
        assert graphs.mutual(graph, user) == {b for a, b in edges if a == user and (b, a) in pairs}, f"seed {seed}"
        found = graphs.friends_of_friends(graph, user)
        assert dict(found) == {
            far: paths
            for far in graph
            if far != user and (user, far) not in pairs
            if (paths := sum((user, near) in pairs and (near, far) in pairs for near in graph))
        }, f"seed {seed}"
        assert found == sorted(found, key=lambda one: (-one[1], one[0]))
    apart = graphs.steps_apart(graph, graph)
    assert apart[1] == len(edges)
    lengths = [n for _, ends in nx.all_pairs_shortest_path_length(graph) for n in ends.values() if n]
    assert sum(k * n for k, n in apart.items()) == sum(lengths) and apart.total() == len(lengths)


def test_the_tail_of_a_power_law_has_its_exponent() -> None:
    rng = random.Random(5)
    drawn = [int(9.5 * (1 - rng.random()) ** (-1 / 1.3) + 0.5) for _ in range(20_000)]  # exponent 2.3 from 10 on
    assert graphs.exponent(drawn, least=10) == pytest.approx(2.3, abs=0.05)
    points = graphs.tail(drawn)
    assert points[0][1] == 1 and points == sorted(points)
    assert all(share == pytest.approx(sum(d >= k for d in drawn) / len(drawn)) for k, share in points[:5])
