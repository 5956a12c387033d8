"""What a query matches: one rule, shared by the index (which narrows), the walk (which decides) and the highlighter.

In the case study Elasticsearch decides, field by field (``content``, ``hashtags``, ``mentions``, ``user_id``). The
invariant: ``keys_of(term)`` are held by every document that satisfies the term, so an index of keys never misses one;
terms for which they are not enough (phrases, days, negations, counts) are decided here, on the stored row. Earlybird
narrows and decides in the same two steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from twitlab.core.model import TweetRow
from twitlab.core.query import Clause, Query, Term
from twitlab.core.snowflake import MAX_ID, first_id_at
from twitlab.core.words import fold, outside_links, pointers, words

_SIGNS = {"hashtag": "#", "mention": "@"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What search knows of a tweet: its words in order, and the ``keys`` under which the index holds it.

    Keys: the words, ``#tag``, ``@name``, ``from:<id>``, ``to:<id>``, ``filter:<kind>``; no word looks so.
    ``said``: the words and hashtags that stand outside links, fit to be suggested.
    """

    terms: tuple[str, ...]
    keys: frozenset[str]
    said: frozenset[str]

    @classmethod
    def of(cls, row: TweetRow) -> Document:
        """The document of a post, reply or quote."""
        found, everything = pointers(row.content), words(row.content)
        links = [one for one in found if one.kind == "url"]
        names = {_SIGNS[one.kind] + fold(one.value) for one in found if one.kind in _SIGNS}
        facts = {f"from:{row.user_id}"}
        facts |= {f"to:{row.reply_to_user}"} if row.reply_to_user is not None else set()
        facts |= {"filter:replies"} if row.in_reply_to is not None else set()
        facts |= {"filter:media"} if row.media else set()
        facts |= {"filter:links"} if links else set()
        terms = tuple(word.term for word in outside_links(everything, links, hosts=True))
        said = {word.term for word in outside_links(everything, links, hosts=False)}
        said |= {name for name in names if name[0] == "#"}
        return cls(terms=terms, keys=frozenset(names.union(facts, terms)), said=frozenset(said))

    def tokens(self) -> list[str]:
        """What the index is given: every word as often as it stands, then the other keys once."""
        return [*self.terms, *sorted(self.keys.difference(self.terms))]


def keys_of(term: Term) -> tuple[str, ...]:
    """The keys that a document must hold to satisfy the term, were it not negated; none for days and counts."""
    match term.kind:
        case "words" | "phrase":
            return term.words
        case "tag":
            return (f"#{term.value}",)
        case "mention":
            return (f"@{term.value}",)
        case "from" | "to" | "filter":
            return (f"{term.kind}:{term.value}",)
    return ()


def required(clause: Clause) -> list[str]:
    """The keys that every match of the clause holds; an index that looks for them misses nothing."""
    return list(dict.fromkeys(key for term in clause if not term.negated for key in keys_of(term)))


def asked(query: Query) -> list[str]:
    """The words and names a query asks for, repeats kept: what the text score is made of."""
    kinds = ("words", "phrase", "tag", "mention")
    terms = (term for clause in query.clauses for term in clause if term.kind in kinds and not term.negated)
    return [key for term in terms for key in keys_of(term)]


def span(clause: Clause, slack_ms: int = 1_000) -> tuple[int, int]:
    """The ids that the clause's days leave: first, and one past the last; generous: an import's id may be 1 s off."""
    since = (term.number for term in clause if term.kind == "since" and not term.negated)
    until = (term.number for term in clause if term.kind == "until" and not term.negated)
    first = first_id_at(max([0, *(ms - slack_ms for ms in since)]))
    return first, min([MAX_ID, *(first_id_at(max(0, ms + slack_ms)) for ms in until)])


def matches(clause: Clause, row: TweetRow, document: Callable[[], Document]) -> bool:
    """Whether a row that holds the ``required`` keys satisfies the clause; counts are left to ``enough``."""
    return all(_satisfies(term, row, document) for term in clause)


def enough(clause: Clause, like_count: int, retweet_count: int) -> bool:
    """Whether the counts of this moment satisfy the clause's terms about counts."""
    counts = {"min_faves": like_count, "min_retweets": retweet_count}
    return all((counts[term.kind] >= term.number) != term.negated for term in clause if term.kind in counts)


def _satisfies(term: Term, row: TweetRow, document: Callable[[], Document]) -> bool:
    match term.kind:
        case "min_faves" | "min_retweets":
            return True
        case "since":
            return (row.created_ms >= term.number) != term.negated
        case "until":
            return (row.created_ms < term.number) != term.negated
        case "phrase":
            return bool(_places(term.words, document().terms)) != term.negated
    return not term.negated or not document().keys.issuperset(keys_of(term))


def _places(phrase: tuple[str, ...], terms: tuple[str, ...]) -> list[int]:
    return [at for at in range(len(terms) - len(phrase) + 1) if terms[at : at + len(phrase)] == phrase]


def hits(query: Query, text: str) -> list[tuple[int, int]]:
    """Where ``text`` holds what ``query`` asked for: (start, end) in code points, ascending, apart; for ``highlight``.

    >>> from twitlab.core.query import parse
    >>> hits(parse('"cold brew" OR tea -milk'), "Tea or cold  brew?")
    [(0, 3), (7, 17)]
    """
    asked = [term for clause in query.clauses for term in clause if not term.negated]
    found = words(text)
    terms = tuple(word.term for word in found)
    spans = []
    for term in asked:
        phrases = [term.words] if term.kind == "phrase" else [(word,) for word in term.words]
        for phrase in phrases:
            spans += [(found[at].start, found[at + len(phrase) - 1].end) for at in _places(phrase, terms)]
    names = {key for term in asked if term.kind in ("tag", "mention") for key in keys_of(term)}
    for one in pointers(text) if names else ():
        if one.kind in _SIGNS and _SIGNS[one.kind] + fold(one.value) in names:
            spans.append((one.start, one.end))
    apart: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if apart and start < apart[-1][1]:
            start, end = apart[-1][0], max(end, apart.pop()[1])
        apart.append((start, end))
    return apart
