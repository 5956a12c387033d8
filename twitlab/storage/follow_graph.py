"""The follow graph: edges in ``meta`` are the truth, a networkx DiGraph is the view of follows.

In the case study: ``Neo4jDatabase()`` with counters and cached follower lists beside it, which drift. The invariant: an
edge stands in both directions or in none, and each count is a degree. Twitter's FlockDB kept just this, adjacency in
both directions in MySQL (13 billion edges, 100 K reads a second in 2010), and never walked a path through it.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, KeysView, Sequence
from typing import TYPE_CHECKING, Any

from twitlab.core.bus import Outboxed
from twitlab.core.errors import InvalidRequest
from twitlab.core.events import Event
from twitlab.storage.backends import Database, Statement

if TYPE_CHECKING:
    import networkx as nx

_NOBODY: dict[int, Any] = {}

COLUMNS = {
    "follows": ("follower_id", "followee_id"),
    "requests": ("follower_id", "followee_id"),
    "blocks": ("user_id", "blocked_id"),
    "mutes": ("user_id", "muted_id"),
}


class NoAttributes(dict[str, Any]):
    """The attributes of every edge there is: none. One write would be on all of them, so writing is refused."""

    def __setitem__(self, name: str, value: Any) -> None:
        raise InvalidRequest(f"{name!r}: the edges share one empty dictionary; keep such values beside the graph")

    def update(self, *more: Any, **named: Any) -> None:
        for name, value in dict(*more, **named).items():
            self[name] = value

    def setdefault(self, name: str, value: Any = None) -> Any:
        self[name] = value


def thin_digraph() -> nx.DiGraph[int]:
    """An empty DiGraph whose edges will share one attribute dictionary: 102 bytes an edge instead of 174."""
    import networkx as nx

    class ThinDiGraph(nx.DiGraph):  # type: ignore[misc]
        edge_attr_dict_factory = staticmethod(lambda: _NO_ATTRIBUTES)

    return ThinDiGraph()


_NO_ATTRIBUTES = NoAttributes()


class FollowGraph:
    """Follows, requests, blocks and mutes: one table each, one view each, in the order they were made."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.graph = thin_digraph()
        self._pairs: dict[str, tuple[dict[int, dict[int, Any]], dict[int, dict[int, Any]]]] = {
            "follows": (self.graph._succ, self.graph._pred), "requests": ({}, {}), "blocks": ({}, {}), "mutes": ({}, {})
        }  # fmt: skip
        for kind, (left, right) in COLUMNS.items():
            self._view_many(kind, db.execute(f"SELECT {left}, {right} FROM meta.{kind} ORDER BY rowid"))

    def has(self, kind: str, left: int, right: int) -> bool:
        """Whether the edge ``left → right`` of that kind is there."""
        return right in self._pairs[kind][0].get(left, _NOBODY)

    def out(self, kind: str, left: int) -> KeysView[int]:
        """Everybody ``left`` points at: a live view, oldest edge first."""
        return self._pairs[kind][0].get(left, _NOBODY).keys()

    def into(self, kind: str, right: int) -> KeysView[int]:
        """Everybody who points at ``right``: a live view, oldest edge first."""
        return self._pairs[kind][1].get(right, _NOBODY).keys()

    def following(self, user_id: int) -> KeysView[int]:
        """Whom the user follows."""
        return self.out("follows", user_id)

    def followers(self, user_id: int) -> KeysView[int]:
        """Who follows the user."""
        return self.into("follows", user_id)

    def hidden(self, user_id: int) -> set[int]:
        """Everybody on the other side of a block, whoever set it."""
        return {*self.out("blocks", user_id), *self.into("blocks", user_id)}

    def change(
        self, event: Event, *, add: Iterable[tuple[str, int, int]] = (), drop: Iterable[tuple[str, int, int]] = ()
    ) -> Outboxed:
        """Add and drop edges ``(kind, left, right)`` in one commit with their event."""
        add, drop = list(add), [edge for edge in drop if self.has(*edge)]
        statements: list[Statement] = [(f"INSERT INTO meta.{kind} VALUES (?, ?)", [left, right]) for kind, left, right in add]
        for kind, left, right in drop:
            sql = "DELETE FROM meta.{} WHERE {} = ? AND {} = ?".format(kind, *COLUMNS[kind])
            statements.append((sql, [left, right]))
        entry = self._db.commit("meta", event, *statements)
        for kind, left, right in add:
            self._view_many(kind, [(left, right)])
        for kind, left, right in drop:
            forward, backward = self._pairs[kind]
            del forward[left][right], backward[right][left]
        return entry

    def insert_follows(self, edges: Sequence[tuple[int, int]]) -> None:
        """Bulk: new follow edges in one commit, without events."""
        with self._db.transaction("meta"):
            self._db.append("meta", "follows", edges)
        self._view_many("follows", edges)

    def _view_many(self, kind: str, edges: Iterable[tuple[Any, ...]]) -> None:
        forward, backward = self._pairs[kind]
        nodes = self.graph._node if kind == "follows" else None
        collecting = gc.isenabled()
        gc.disable()  # a million small dictionaries would be walked again and again while they are made
        try:
            for left, right in edges:
                for one in (left, right):
                    if one not in forward:
                        forward[one], backward[one] = {}, {}
                        if nodes is not None:
                            nodes[one] = {}
                forward[left][right] = _NO_ATTRIBUTES
                backward[right][left] = _NO_ATTRIBUTES
        finally:
            if collecting:
                gc.enable()
