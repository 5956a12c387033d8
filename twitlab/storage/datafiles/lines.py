"""Data files, page 1: a file, packed or not, becomes lines, and lines become JSON objects with their line number.

In the case study: nothing. The invariant: one bad line costs one line. A gzip file that ends too early gives what could
be unpacked and one refusal; a file that is no file, or not what its name says, raises ``DataFileError``. JSON Lines
stream, so a file of any length needs the memory of one line; a JSON list is held as text, its objects one at a time.
Real Twitter sent newline-delimited JSON over its streaming API, with empty lines as keep-alive: they are skipped.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any, cast

from twitlab.core.errors import DataFileError
from twitlab.storage.datafiles.records import Refusal

PathLike = str | os.PathLike[str]
Progress = Callable[[int], object]

MAX_LINE = 1 << 22
"""Bytes: a longer line is refused and skipped; a v1.1 tweet takes 2-20 KB."""

_BOM = b"\xef\xbb\xbf"
_EVERY = 2_000
_GAP = re.compile(r"[\s,]*")
_LIST = re.compile(rb"\[\s*(?:$|[{\]])")


def lines(path: PathLike, progress: Progress | None, *, limit: int) -> Iterator[tuple[int, bytes] | Refusal]:
    """(number, line) of each line of a file; a damaged gzip ends with one refusal."""
    name, number = os.fspath(path), 0
    try:
        with open(path, "rb") as raw:
            packed = raw.peek(2)[:2] == b"\x1f\x8b"
            if name.endswith(".gz") and not packed and raw.peek(1):
                raise DataFileError(f"{name} is called .gz but is not gzipped: rename it, or fetch it again")
            stream = cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if packed else raw
            while line := stream.readline(limit):
                number += 1
                if len(line) == limit and not line.endswith(b"\n"):
                    while (line := stream.readline(limit)) and not line.endswith(b"\n"):
                        pass
                    yield Refusal(file=name, line=number, reason=f"longer than {limit} bytes")
                    continue
                if progress is not None and number % _EVERY == 0:
                    progress(raw.tell())
                yield number, line.removeprefix(_BOM) if number == 1 else line
            if progress is not None:
                progress(raw.tell())
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        if number == 0:
            raise DataFileError(f"{name} is a damaged gzip file, nothing in it can be read: {error}") from error
        yield Refusal(file=name, line=number + 1, reason=f"the gzip data is damaged from here on, not read: {error}")
    except OSError as error:
        raise DataFileError(f"{name} cannot be read: {error.strerror or error}") from error


def head(path: PathLike) -> bytes:
    """The first bytes that say something, without white space or byte-order mark; raises ``DataFileError``."""
    for item in lines(path, None, limit=MAX_LINE):
        start = b"" if isinstance(item, Refusal) else item[1].strip()
        if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise DataFileError(f"{os.fspath(path)} is UTF-16: save it as UTF-8")
        if start or isinstance(item, Refusal):
            return start[:80]
    return b""


def is_export(path: PathLike) -> bool:
    """Is it a file of the personal export, ``window.YTD.tweets.part0 = [...]``? Raises ``DataFileError``."""
    return head(path).startswith(b"window.")


def values(path: PathLike, progress: Progress | None) -> Iterator[tuple[int, dict[str, Any]] | Refusal]:
    """(line, object) of each JSON object in a file of JSON Lines, in a JSON list or in a file of the export."""
    start = head(path)
    listed = start.startswith(b"window.") or _LIST.match(start) is not None
    for item in _listed(path, progress) if listed else _json_lines(path, progress):
        if isinstance(item, Refusal) or isinstance(item[1], dict):
            yield item
        else:
            yield Refusal(file=os.fspath(path), line=item[0], reason=f"a {type(item[1]).__name__}, not a JSON object")


def _json_lines(path: PathLike, progress: Progress | None) -> Iterator[tuple[int, Any] | Refusal]:
    for item in lines(path, progress, limit=MAX_LINE):
        if isinstance(item, Refusal):
            yield item
        elif item[1].strip():
            try:
                yield item[0], json.loads(item[1].decode("utf-8"))
            except (ValueError, RecursionError) as error:
                yield Refusal(file=os.fspath(path), line=item[0], reason=_why(error))


def _listed(path: PathLike, progress: Progress | None) -> Iterator[tuple[int, Any] | Refusal]:
    """The elements of one JSON list; after a broken one, reading goes on at the next that begins its line alike."""
    name, parts, damage = os.fspath(path), [], None
    for item in lines(path, progress, limit=-1):
        if isinstance(item, Refusal):
            damage = item
        else:
            parts.append(item[1])
    text = b"".join(parts).decode("utf-8", "surrogateescape")  # a bad byte becomes a surrogate: its own text is refused
    del parts
    decode, at, line = json.JSONDecoder().raw_decode, text.index("[") + 1, 1
    line += text.count("\n", 0, at)
    again: re.Pattern[str] | None = None
    while True:
        start = cast(re.Match[str], _GAP.match(text, at)).end()
        line += text.count("\n", at, start)
        at = start
        if at == len(text) or text[at] == "]":
            break
        if again is None:
            indent = text[text.rfind("\n", 0, at) + 1 : at]
            again = re.compile(r"\n" + (re.escape(indent) if indent.isspace() else "") + r"(?:\}\s*,\s*)?(?=\{)")
        try:
            value, end = decode(text, at)
            yield line, value
        except (ValueError, RecursionError) as error:
            yield Refusal(file=name, line=line, reason=_why(error))
            end = found.end() if (found := again.search(text, at + 1)) else len(text)
        line += text.count("\n", at, end)
        at = end
    if damage is not None:
        yield damage
    elif at == len(text):
        yield Refusal(file=name, line=line, reason="the list is never closed: was the file cut off?")
    elif text[at + 1 :].strip(" \t\r\n;"):
        yield Refusal(file=name, line=line, reason="the list ends here, and text follows")


def _why(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg} at character {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8: byte {error.object[error.start]:#04x} at position {error.start}"
    return "not JSON that can be read: nested too deeply, or a number too long"
