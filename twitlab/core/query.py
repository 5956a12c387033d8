"""The query language of search: text in, a small frozen ``Query`` out.

In the case study: ``{'match': {'content': query}}``, so ``from:ana`` searches for the word "from". Here words are
ANDed, ``OR`` binds weaker than a space, and ``"a phrase"``, ``-word``, ``#tag``, ``@name``, ``from:``, ``to:``,
``since:`` (inclusive), ``until:`` (exclusive; UTC days), ``min_faves:``, ``min_retweets:`` and
``filter:replies|media|links`` are understood; each may be negated. The invariant: ``parse`` either refuses with a
sentence or takes what it does not know as words; it never crashes, and its time is linear. X's API has the same words,
parentheses besides, a limit of 512 characters, and refuses negations alone; these we answer from the newest tweets on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Literal

from twitlab.core.errors import InvalidRequest
from twitlab.core.model import require_id
from twitlab.core.words import CJK, fold, outside_links, pointers, words

MAX_QUERY = 500
"""Code points of a query; X allows 512."""

Kind = Literal[
    "words", "phrase", "tag", "mention", "from", "to", "since", "until", "min_faves", "min_retweets", "filter"
]  # fmt: skip
FILTERS = ("replies", "media", "links")
_CHUNK = re.compile(r'(?P<minus>-)?"(?P<phrase>[^"]*)"|(?P<plain>[^\s"]+)')
_OPERATOR = re.compile(r"(from|to|since|until|min_faves|min_retweets|filter):(.*)", re.I | re.S)
_CJK = re.compile(f"[{CJK}]")
NEVER_MS = (1 << 63) - 1
_QUOTES = str.maketrans("“”„«»", '"""""')


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One condition. ``value``: words for words and phrases, a name, a number, or milliseconds for days."""

    kind: Kind
    value: tuple[str, ...] | str | int
    negated: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The value of words and phrases; nothing for other kinds."""
        return self.value if isinstance(self.value, tuple) else ()

    @property
    def is_about(self) -> bool:
        """Whether the term names an account: ``from:``, ``to:`` (a handle, or an id when looked up)."""
        return self.kind in ("from", "to")

    @property
    def number(self) -> int:
        """The value of a count or a day (milliseconds); 0 for other kinds."""
        return self.value if isinstance(self.value, int) else 0


Clause = tuple[Term, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """An OR of clauses, each an AND of terms. No clause matches nothing, an empty clause matches everything."""

    clauses: tuple[Clause, ...]

    def names(self) -> Iterator[str]:
        """The handles in ``from:`` and ``to:``, to be looked up."""
        return (term.value for clause in self.clauses for term in clause if isinstance(term.value, str) and term.is_about)

    def with_ids(self, ids: Mapping[str, int | None]) -> Query:
        """The same query with user ids for handles; an unknown handle becomes -1, which is nobody."""

        def known(term: Term) -> Term:
            if not isinstance(term.value, str) or not term.is_about:
                return term
            found = ids[term.value]
            return replace(term, value=-1 if found is None else found)

        return Query(clauses=tuple(tuple(map(known, clause)) for clause in self.clauses))


def parse(text: object) -> Query:
    """The query that ``text`` means; ``InvalidRequest`` if it is empty, too long, or gives an operator a wrong value.

    >>> [[(t.kind, t.value) for t in clause] for clause in parse("coffee OR tea from:ana").clauses]
    [[('words', ('coffee',))], [('words', ('tea',)), ('from', 'ana')]]
    >>> parse("since:yesterday")
    Traceback (most recent call last):
    twitlab.core.errors.InvalidRequest: since:yesterday is not a day: write since:2024-01-31 (UTC)
    """
    if not isinstance(text, str):
        raise InvalidRequest(f"query={text!r:.80}: give a text, such as 'coffee from:ana'")
    if len(text) > MAX_QUERY:
        raise InvalidRequest(f"query={text[:40]!r}... has {len(text)} characters: shorten it to {MAX_QUERY}")
    if not text.strip():
        raise InvalidRequest(f"query={text!r:.80} is empty: give a word, a #tag, or an operator such as from:ana")
    clauses: list[list[Term]] = [[]]
    for found in _CHUNK.finditer(text.translate(_QUOTES)):
        if found["plain"] == "OR":
            clauses.append([])
        elif found["phrase"] is not None:
            value = tuple(word.term for word in words(found["phrase"]))
            clauses[-1] += [Term(kind="phrase", value=value, negated=bool(found["minus"]))] if value else []
        else:
            clauses[-1] += _plain(found["plain"])
    return Query(clauses=tuple(tuple(clause) for clause in clauses if clause))


def understand(text: object, filters: object = None) -> Query:
    """``parse(text)`` and ``filters``: ``user_id``, ``date_range={"start": ms, "end": ms}`` (inclusive).

    Each filter may stand alone, so may each end of the range; with a filter the text may be empty.

    >>> understand("", {"user_id": 7}).clauses
    ((Term(kind='from', value=7, negated=False),),)
    """
    if filters is not None and not isinstance(filters, Mapping):
        raise InvalidRequest(f"filters={filters!r:.80}: give a dict with user_id, date_range or both")
    extra = list[Term]()
    for name, value in (filters or {}).items():
        if name == "user_id":
            extra.append(Term(kind="from", value=require_id(value, "user_id")))
        elif name == "date_range":
            extra += _date_range(value)
        else:
            raise InvalidRequest(f"filters[{name!r:.80}]: the filters are user_id and date_range")
    blank = bool(extra) and isinstance(text, str) and not text.strip()
    query = Query(clauses=((),)) if blank else parse(text)
    return Query(clauses=tuple((*clause, *extra) for clause in query.clauses))


def _date_range(value: object) -> list[Term]:
    if not isinstance(value, Mapping) or not value or not set(value) <= {"start", "end"}:
        raise InvalidRequest(f'date_range={value!r:.80}: give {{"start": ms, "end": ms}}, Unix milliseconds')
    for name, ms in value.items():
        if type(ms) is not int or not 0 <= ms < NEVER_MS:
            raise InvalidRequest(f"date_range {name}={ms!r:.80}: give Unix milliseconds as an int, 0 or more")
    start, end = value.get("start", 0), value.get("end", NEVER_MS - 1)
    if start > end:
        raise InvalidRequest(f"date_range start={start} is after end={end}: swap them")
    return [Term(kind="since", value=start), Term(kind="until", value=end + 1)]


def _plain(chunk: str) -> list[Term]:
    """The term of a chunk without spaces and quotes; none if nothing in it can be searched for."""
    negated = len(chunk) > 1 and chunk[0] == "-"
    chunk = chunk[negated:]
    operator = _OPERATOR.fullmatch(chunk)
    if operator:
        kind: Kind = operator[1].lower()  # type: ignore[assignment]
        return [Term(kind=kind, value=_value(kind, operator[2]), negated=negated)]
    found = pointers(chunk)
    if found and found[0].start == 0 and found[0].kind in ("hashtag", "mention"):
        kind = "tag" if found[0].kind == "hashtag" else "mention"
        return [Term(kind=kind, value=fold(found[0].value), negated=negated)]
    links = [one for one in found if one.kind == "url"]
    value = tuple(word.term for word in outside_links(words(chunk), links, hosts=True))
    kind = "phrase" if len(value) > 1 and _CJK.search(chunk) else "words"
    return [Term(kind=kind, value=value, negated=negated)] if value else []


def _value(kind: Kind, value: str) -> str | int:
    """The value of an operator, or a refusal that shows how it is written."""
    if kind in ("from", "to"):
        handle = value.removeprefix("@").casefold()
        if handle:
            return handle
        raise InvalidRequest(f"{kind}:{value} names nobody: write {kind}:ana, without a space")
    if kind in ("since", "until"):
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.A):
            try:
                day = date.fromisoformat(value)
                return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000
            except ValueError:
                pass  # 2023-02-30: refused below with the rest
        raise InvalidRequest(f"{kind}:{value} is not a day: write {kind}:2024-01-31 (UTC)")
    if kind == "filter":
        if value.lower() in FILTERS:
            return value.lower()
        raise InvalidRequest(f"filter:{value}: choose one of {', '.join(FILTERS)}")
    if re.fullmatch(r"\d{1,12}", value, re.A):
        return int(value)
    raise InvalidRequest(f"{kind}:{value} is not a number: write {kind}:10")
