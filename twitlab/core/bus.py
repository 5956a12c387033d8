"""The bus: facts in, deliveries out, first in first out.

In the case study this is the word "(async)" behind three calls. The invariant here: every (event, handler) pair is
delivered at least once, in the order of publishing; a delivery that keeps failing becomes a dead letter and undoes
nothing; an outbox row is struck off only when all handlers of its event are done. Twitter's event bus carried about
400 billion events a day with the same at-least-once promise, which is why handlers must be idempotent.
"""

from __future__ import annotations

import functools
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from twitlab.core.errors import DeadLetters
from twitlab.core.events import Event

Handler = Callable[[Any], None]
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outboxed:
    """An event whose outbox row stands in the same commit as its fact: store file ``part``, row ``seq``."""

    event: Event
    part: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one handler (no event: the worker's turn); ``error`` says why it failed for good."""

    entry: Outboxed | None
    handler: Callable[..., object]
    error: str = ""

    def __str__(self) -> str:
        name = getattr(self.handler, "__qualname__", repr(self.handler))
        what = f"{self.entry.event} → {name}" if self.entry else name
        return f"{what}: {self.error}" if self.error else what


class Publish(Protocol):
    """What a service holds: a way to publish, and the unit of one command."""

    def __call__(self, entry: Outboxed) -> None: ...

    def command(self) -> Any: ...


class Bus:
    """Delivers events to the handlers of ``routes``.

    Parameters: ``immediate``: the outermost command drains before it returns; ``settle(entries)``: strikes outbox rows
    off; ``max_attempts``: tries before a dead letter; ``on_dead(delivery)``: told about each dead letter.
    """

    def __init__(
        self,
        *,
        immediate: bool,
        settle: Callable[[Sequence[Outboxed]], None],
        max_attempts: int = 3,
        on_dead: Callable[[Delivery], None] = lambda delivery: None,
    ) -> None:
        self.routes: Mapping[type[Event], Sequence[Handler]] = {}
        self.worker: Callable[[], bool] = lambda: False  # further work between events: the fan-out queue
        self.dead_letters: list[Delivery] = []
        self._immediate, self._settle, self._max_attempts, self._on_dead = immediate, settle, max_attempts, on_dead
        self._queue: deque[Delivery] = deque()
        self._open: dict[tuple[str, int], int] = {}
        self._done: list[Outboxed] = []
        self._lock = threading.RLock()
        self._depth = 0

    def __call__(self, entry: Outboxed) -> None:
        """Publish: appends only, so that an event published by a handler waits its turn."""
        handlers = self.routes.get(type(entry.event), ())
        key = (entry.part, entry.seq)
        self._open[key] = self._open.get(key, 0) + len(handlers)
        self._queue.extend(Delivery(entry=entry, handler=handler) for handler in handlers)
        if not handlers:
            self._finish(entry, 0)

    @contextmanager
    def command(self) -> Iterator[None]:
        """The unit of one command: one at a time; the outermost delivers what it caused, if delivery is immediate."""
        with self._lock:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
            if self._immediate and self._depth == 0:
                self._run()

    @property
    def waiting(self) -> list[Delivery]:
        """What has not been delivered yet, oldest first."""
        return list(self._queue)

    def step(self) -> bool:
        """Make one delivery, or let the worker do one piece; False when there was nothing to do."""
        with self._lock:
            if self._queue:
                return self._deliver(self._queue.popleft())
            return self._deliver(Delivery(entry=None, handler=self.worker))

    def drain(self) -> int:
        """Deliver everything; the number of steps it took. Raises ``DeadLetters`` if any delivery failed for good."""
        with self._lock:
            steps = self._run()
        if self.dead_letters:
            raise DeadLetters(self.dead_letters)
        return steps

    def redeliver(self) -> int:
        """Put the dead letters back on the queue and drain; the number of steps."""
        with self._lock:
            self._queue.extend(
                Delivery(entry=letter.entry, handler=letter.handler) for letter in self.dead_letters if letter.entry
            )
            self.dead_letters.clear()
        return self.drain()

    def settle(self) -> None:
        """Strike the outbox rows of finished events off now (they are gathered, one commit for many)."""
        done, self._done = self._done, []
        if done:
            self._settle(done)

    def _run(self) -> int:
        steps = 0
        self._depth += 1  # a handler's own commands must not drain inside this drain
        try:
            while self.step():
                steps += 1
        finally:
            self._depth -= 1
        return steps

    def _deliver(self, delivery: Delivery) -> bool:
        """Try a delivery; True unless it was the worker's turn and the worker had nothing to do, or failed."""
        for attempt in range(1, self._max_attempts + 1):
            try:
                worked = delivery.handler(delivery.entry.event) if delivery.entry else delivery.handler()
                break
            except Exception as error:
                if attempt == self._max_attempts:
                    self._bury(delivery, error)
                    return delivery.entry is not None
        if delivery.entry is None:
            return bool(worked)
        self._finish(delivery.entry, 1)
        return True

    def _bury(self, delivery: Delivery, error: Exception) -> None:
        dead = Delivery(entry=delivery.entry, handler=delivery.handler, error=f"{type(error).__name__}: {error}")
        self.dead_letters.append(dead)
        self._on_dead(dead)

    def _finish(self, entry: Outboxed, handled: int) -> None:
        key = (entry.part, entry.seq)
        self._open[key] -= handled
        if self._open[key] <= 0:
            del self._open[key]
            self._done.append(entry)
            if len(self._done) >= 256:
                self.settle()


class Commanding(Protocol):
    """A service with commands: it holds ``publish``."""

    @property
    def publish(self) -> Publish: ...


S = TypeVar("S", bound=Commanding)


def command(method: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Mark a service's method that changes state: serialised, and delivered at its end when delivery is immediate."""

    @functools.wraps(method)
    def wrapper(self: S, *args: P.args, **kwargs: P.kwargs) -> R:
        with self.publish.command():
            return method(self, *args, **kwargs)

    return cast("Callable[Concatenate[S, P], R]", wrapper)
