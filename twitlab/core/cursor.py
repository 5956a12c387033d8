"""Cursors: where a walk stands, as one opaque word for one method and one reader.

The case study pages by ``max_position`` (inclusive: the boundary tweet repeats) or by page number (rows repeat on a live
index). The invariant here: a cursor names an id that was already shown, is exclusive, and is refused by every other
method and reader. Twitter's API carries the same idea in ``next_token``; its ``max_id`` before that was inclusive and
every client subtracted one.
"""

from __future__ import annotations

import base64
import binascii
import zlib

from twitlab.core.errors import InvalidRequest


def encode(method: str, reader: int | None, *numbers: int) -> str:
    """The cursor of ``method`` for ``reader`` (None: a stranger) that carries ``numbers``.

    >>> decode(encode("home", 7, 12, 34), "home", 7, 2)
    (12, 34)
    """
    body = ":".join([method, "" if reader is None else str(reader), *map(str, numbers)])
    return base64.urlsafe_b64encode(f"{body}:{zlib.crc32(body.encode()):08x}".encode()).decode().rstrip("=")


def decode(cursor: object, method: str, reader: int | None, count: int) -> tuple[int, ...]:
    """The ``count`` numbers that ``encode`` put in; anything else is ``InvalidRequest``."""
    wrong = InvalidRequest(f"cursor={cursor!r:.80}: give the next_cursor of a page of the same method and reader, unchanged")
    if not isinstance(cursor, str) or len(cursor) > 500:
        raise wrong
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        name, owner, *numbers, _ = text.split(":")
        values = tuple(int(number) for number in numbers)
    except (ValueError, binascii.Error):
        raise wrong from None
    if (name, owner, len(values)) != (method, "" if reader is None else str(reader), count):
        raise wrong
    if encode(method, reader, *values) != cursor:
        raise wrong
    return values
