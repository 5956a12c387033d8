"""Every refusal of twitlab: one root, few leaves.

The case study raises ``ValidationError`` once and otherwise fails as Python does. Here each message names the offending
value and the way out, and the invariant is: when one of these is raised by a command, nothing has been written.
The real API does the same with an error code and a sentence (code 187 "Status is a duplicate", 63 "suspended", ...).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class TwitlabError(Exception):
    """The root: ``except TwitlabError`` catches every refusal of this package and nothing else."""


class InvalidTweet(TwitlabError, ValueError):
    """A text that is not a tweet: empty, too long, or with a character Twitter refuses."""


class InvalidId(TwitlabError, TypeError):
    """Not an id: ids are ``int``, 0 <= id < 2**63."""


class InvalidRequest(TwitlabError, ValueError):
    """An argument out of its range, a cursor that is not ours, an act that makes no sense."""


class InvalidHandle(TwitlabError, ValueError):
    """Not a handle: 1 to 15 characters of A-Z a-z 0-9 and underscore."""


class HandleTaken(TwitlabError, ValueError):
    """Another account holds this handle, perhaps in other capitals."""


class InvalidMedia(TwitlabError, ValueError):
    """Not a key that ``tw.media.store`` gave."""


class NotFound(TwitlabError, LookupError):
    """Unknown, deleted or out of sight: the three are one answer on purpose."""


class ClockMovedBackwards(TwitlabError, RuntimeError):
    """The clock is more than 5 s behind the newest id: waiting would hang, going on would repeat ids."""


class DataFileError(TwitlabError, ValueError):
    """A data file that cannot be read at all."""


class StoreError(TwitlabError, OSError):
    """The disk or a store file failed: the message names the file; what was acknowledged is still there."""


class StoreLocked(StoreError):
    """Another process, or another ``Twitter`` of this one, has the store directory open."""


class RedisUnavailable(TwitlabError, ConnectionError):
    """Redis does not answer: the message names its address, never its password."""


class DeadLetters(TwitlabError, RuntimeError):
    """Deliveries that failed for good. ``.letters`` holds them; the facts themselves are stored.

    Raised by ``drain()`` and ``close()``, never by the command that published the event.
    """

    def __init__(self, letters: Sequence[Any]) -> None:
        self.letters = list(letters)
        first = self.letters[0]
        super().__init__(
            f"{len(self.letters)} deliveries failed for good, the first: {first}. "
            "The facts are stored; mend the cause and call tw.redeliver(), or open the store again."
        )
