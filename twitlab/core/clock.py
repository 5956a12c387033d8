"""Time, handed in: nothing in twitlab asks the operating system what time it is, except here.

The case study calls ``time.time()`` wherever it likes, so none of it can be tested at a month's border. The invariant
here: one ``Clock`` per ``Twitter``; cache expiry, windows and ids are all decided against it. Real Twitter disciplines
its hosts by NTP and lets Snowflake refuse to work when a clock goes backwards.
"""

from __future__ import annotations

import time
from typing import Protocol

from twitlab.core.errors import InvalidRequest


class Clock(Protocol):
    """What a clock can do: tell the time, wait, and measure."""

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        ...

    def wait_ms(self, ms: int) -> None:
        """Return when ``ms`` milliseconds have passed on this clock."""
        ...

    def perf_ns(self) -> int:
        """Nanoseconds of a counter that only goes up; for measurements, never for decisions."""
        ...


class SystemClock:
    """The machine's own time."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def wait_ms(self, ms: int) -> None:
        time.sleep(ms / 1000)

    def perf_ns(self) -> int:
        return time.perf_counter_ns()


class ManualClock:
    """A clock that stands still until it is moved; code that must wait makes it tick.

    >>> clock = ManualClock(1_700_000_000_000)
    >>> clock.advance(250)
    >>> clock.now_ms()
    1700000000250
    """

    def __init__(self, now_ms: int) -> None:
        if type(now_ms) is not int or now_ms < 0:
            raise InvalidRequest(f"ManualClock({now_ms!r}): give milliseconds since 1970 as an int, 0 or more")
        self._now_ms = now_ms

    def advance(self, ms: int) -> None:
        """Move the clock by ``ms`` milliseconds; a negative number is the fault the id generator must survive."""
        if type(ms) is not int:
            raise InvalidRequest(f"advance({ms!r}): give whole milliseconds as an int")
        self._now_ms += ms

    def now_ms(self) -> int:
        return self._now_ms

    def wait_ms(self, ms: int) -> None:
        self._now_ms += max(ms, 1)

    def perf_ns(self) -> int:
        return time.perf_counter_ns()
