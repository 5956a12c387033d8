"""Marks the words a search has hit, in plain text or in text that already holds links.

In the case study: the last step of the Search service, between the ranked tweets and the page that shows them.

Invariants: without the added tags the text is unchanged; positions count the text's characters, markup left out; what
is marked is cut at no markup (`<em>` is opened after it and closed before it wherever the hit allows).

Real Twitter: the same placement (twitter-text's hit highlighter). It takes every `<` for the start of markup; here a
`<` that no `>` closes is an ordinary character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_MARKUP = re.compile(r"(<[^<>]*>)")
_TAG_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*")


def highlight(text: str, hits: Sequence[Sequence[int]], tag: str = "em") -> str:
    """Puts `<em>` around each hit, a pair of half-open positions over the text without its markup.

    Nothing is escaped: for a page, escape first and count positions in what a reader sees (`&lt;` is four characters
    here). Hits must be in order, apart from each other and inside the text: `ValueError` otherwise, or for a tag
    that is no element name.

    >>> highlight("this is a test", [(0, 4), (10, 14)])
    '<em>this</em> is a <em>test</em>'
    >>> highlight('see <a href="/x">this</a>', [(4, 8)])
    'see <a href="/x"><em>this</em></a>'
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, not {type(text).__name__}: {text!r:.80}")
    if not _TAG_NAME.fullmatch(tag):
        raise ValueError(f"tag must be the name of an element, such as 'em', not {tag!r}")
    pieces = _MARKUP.split(text)  # text, markup, text, markup, ..., text
    edges = _edges(hits, sum(map(len, pieces[::2])))
    return "".join(_marked(pieces, edges, f"<{tag}>", f"</{tag}>")) if edges else text


def _edges(hits: Sequence[Sequence[int]], length: int) -> list[int]:
    """The positions where a tag is due: start, end, start, end, ..., checked."""
    edges: list[int] = []
    for start, end in hits:
        if not (edges[-1] if edges else 0) <= start <= end <= length:
            raise ValueError(f"hit {(start, end)!r} is out of order or outside a text of {length} characters")
        edges += [start, end]
    return edges


def _marked(pieces: list[str], edges: list[int], opening: str, closing: str) -> Iterator[str]:
    """The pieces with the tags in between: an edge between two pieces goes to the later one, unless it closes a hit
    that was opened in the earlier one."""
    edge, seen = 0, 0
    for i in range(0, len(pieces), 2):
        piece, cut, opened_here, last = pieces[i], 0, False, i + 1 == len(pieces)
        while edge < len(edges):
            place = edges[edge] - seen
            if place > len(piece) or (place == len(piece) and not last and not opened_here):
                break
            yield piece[cut:place]
            yield closing if edge % 2 else opening
            cut, opened_here, edge = place, edge % 2 == 0, edge + 1
        yield piece[cut:]
        yield from pieces[i + 1 : i + 2]
        seen += len(piece)
