"""What the synthetic people say: each planned act becomes a tweet that fits those before it.

In the case study: nothing. The invariant: a reply, quote or retweet refers to an older tweet that its author may see,
nobody retweets a tweet twice or a protected one, ids carry their own time and grow. Real Twitter's mix is much the
same: in the 1 % sample about half of all tweets are retweets or quotes, and a third answer somebody.
"""

from __future__ import annotations

from array import array

from twitlab.core.snowflake import EPOCH_MS, TIME_SHIFT, WORKER_SHIFT
from twitlab.lab import phrases
from twitlab.lab.synthesis import DAY_MS, Act, Dice, Person

WORKER = 7
NONE = -1


class Chatter:
    """All tweets so far, in columns by position: ``retweet_of`` and the like hold positions, ``NONE`` for no tweet."""

    def __init__(self, dice: Dice, everybody: list[Person], graph: list[array[int]]) -> None:
        self.ids, self.authors = array("q"), array("q")
        self.in_reply_to, self.retweet_of, self.quote_of = array("q"), array("q"), array("q")
        self.texts: list[str] = []
        self.langs: list[str] = []
        self._dice, self._everybody, self._graph = dice, everybody, graph
        self._times = array("q")
        self._recent: list[tuple[int, ...]] = [()] * len(everybody)  # the last three of each author, no retweets
        self._answered: list[int] = [NONE] * len(everybody)  # the last reply that each one got
        self._retweeted: set[tuple[int, int]] = set()
        self._viral = NONE

    def tell(self, act: Act) -> None:
        """Add the tweet of one act; acts come in the order of their times."""
        ms, rank = act.ms, act.rank
        if act.kind == "ordinary":
            self._ordinary(ms, rank)
        elif act.kind == "trend":
            happening = phrases.HAPPENINGS[act.which]
            self._add(ms, rank, self._flavour(f"{self._dice.pick(happening.sayings)} #{happening.tag}"))
        elif act.kind == "monday":
            self._add(ms, rank, self._flavour(f"{self._dice.pick(phrases.MONDAY)} #MondayMotivation"), "en")
        elif act.kind == "flood":
            number = f"https://shop.example.org/{act.which + 1}"
            self._add(ms, rank, f"{self._dice.pick(phrases.FLOOD)} #CheapFollowers {number}", "en")
        elif act.kind == "viral":
            self._viral = self._add(ms, rank, phrases.VIRAL, "en")
        elif act.kind == "viral retweet" and (rank, self._viral) not in self._retweeted:
            self._retweet(ms, rank, self._viral)
        elif act.kind == "viral quote":
            self._quote(ms, rank, self._viral)
        else:
            self._reply(ms, rank, self._viral)

    def _ordinary(self, ms: int, rank: int) -> None:
        """Half originals, a fifth replies, a sixth retweets, the rest quotes; with nothing to react to, an original."""
        way = self._dice.roll()
        heard = self._heard(ms, rank) if way > 0.52 else NONE
        if 0.52 < way < 0.74 and (parent := self._conversation(ms, rank, heard)) != NONE:
            self._reply(ms, rank, parent)
        elif heard == NONE or way < 0.74 or self._everybody[self.authors[heard]].protected:
            self._original(ms, rank)
        elif way < 0.9 and (rank, heard) not in self._retweeted:
            self._retweet(ms, rank, heard)
        else:
            self._quote(ms, rank, heard)

    def _heard(self, ms: int, rank: int) -> int:
        """A tweet of the last five days by one of the followees."""
        followees = self._graph[rank]
        for _ in range(12 if followees else 0):
            if recent := self._recent[self._dice.pick(followees)]:
                found = self._dice.pick(recent)
                if ms - self._times[found] < 5 * DAY_MS:
                    return found
        return NONE

    def _conversation(self, ms: int, rank: int, heard: int) -> int:
        """What to reply to: an answer one got, now and then one's own last tweet, else what one heard."""
        way, answer = self._dice.roll(), self._answered[rank]
        if way < 0.5 and answer != NONE and ms - self._times[answer] < 5 * DAY_MS:
            self._answered[rank] = NONE
            return answer
        if way > 0.9 and self._recent[rank]:
            return self._recent[rank][-1]
        return heard

    def _original(self, ms: int, rank: int) -> None:
        person, dice = self._everybody[rank], self._dice
        lang = self._lang(person)
        topic = phrases.TOPICS[person.topic if dice.roll() < 0.7 else dice.below(len(phrases.TOPICS))]
        topics = phrases.SENTENCES[lang]
        if topic not in topics:
            topic = list(topics)[person.topic % len(topics)]
        beginnings, ends = topics[topic]
        text = dice.pick(beginnings) + ("" if lang == "ja" else " ") + dice.pick(ends)
        if dice.roll() < 0.3:
            text += f" #{dice.pick(phrases.TAGS[topic])}"
        if dice.roll() < 0.15:
            text += f" https://example.org/{topic}/{dice.below(9000) + 1000}"
        if self._graph[rank] and dice.roll() < 0.1:
            text += f" @{self._everybody[dice.pick(self._graph[rank])].handle}"
        self._add(ms, rank, self._flavour(text), lang)

    def _reply(self, ms: int, rank: int, parent: int) -> None:
        to = self.authors[parent]
        lang = self._lang(self._everybody[rank])
        text = self._flavour(f"@{self._everybody[to].handle} {self._dice.pick(phrases.REPLIES[lang])}")
        place = self._add(ms, rank, text, lang, in_reply_to=parent)
        if to != rank and not self._everybody[rank].protected:
            self._answered[to] = place

    def _quote(self, ms: int, rank: int, quoted: int) -> None:
        lang = self._lang(self._everybody[rank])
        self._add(ms, rank, self._flavour(self._dice.pick(phrases.QUOTES[lang])), lang, quote_of=quoted)

    def _retweet(self, ms: int, rank: int, original: int) -> None:
        self._retweeted.add((rank, original))
        self._add(ms, rank, "", self.langs[original], retweet_of=original)

    def _lang(self, person: Person) -> str:
        """The language of the region, or English: in India for more than half."""
        lang = phrases.REGIONS[person.region].lang
        return "en" if self._dice.roll() < (0.6 if lang == "hi" else 0.12) else lang

    def _flavour(self, text: str) -> str:
        return f"{text} {self._dice.pick(phrases.EMOJI)}" if self._dice.roll() < 0.25 else text

    def _add(
        self,
        ms: int,
        rank: int,
        text: str,
        lang: str = "",
        *,
        in_reply_to: int = NONE,
        retweet_of: int = NONE,
        quote_of: int = NONE,
    ) -> int:
        place = len(self.ids)
        same_ms = place > 0 and self._times[-1] == ms
        self.ids.append(self.ids[-1] + 1 if same_ms else (ms - EPOCH_MS) << TIME_SHIFT | WORKER << WORKER_SHIFT)
        self._times.append(ms)
        self.authors.append(rank)
        self.in_reply_to.append(in_reply_to)
        self.retweet_of.append(retweet_of)
        self.quote_of.append(quote_of)
        self.texts.append(text)
        self.langs.append(lang or phrases.REGIONS[self._everybody[rank].region].lang)
        if retweet_of == NONE:
            self._recent[rank] = (*self._recent[rank][-2:], place)
        return place
