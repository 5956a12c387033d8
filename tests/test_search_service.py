"""`tw.search` against a filter that looks at every tweet: operators, sight, pages, cache, suggestions."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twitlab import Twitter
from twitlab.core.clock import ManualClock
from twitlab.core.config import Config
from twitlab.core.errors import InvalidId, InvalidRequest, NotFound
from twitlab.core.events import DataLoaded
from twitlab.core.model import TweetRow
from twitlab.core.snowflake import first_id_at
from twitlab.services.search import RankBM25Index, SearchIndex

START = 1_700_000_000_000  # 2023-11-14T22:13:20Z
DAY = 86_400_000
WORDS = ["coffee", "tea", "milk", "brew", "cold", "hot"]
TAGS, NAMES, LINK = ["morning", "night"], ["ana", "bob", "cy", "dee"], "https://example.com/path"


class Network:
    """Four people (dee is protected, bob follows her; ana blocks cy) and 160 tweets over six days."""

    def __init__(self, seed, index=SearchIndex, config=None):
        self.rng, self.clock = random.Random(seed), ManualClock(START)
        self.tw = Twitter(clock=self.clock, search_index=index, config=config or Config())
        self.users = {name: self.tw.users.register(name, protected=name == "dee").user_id for name in NAMES}
        self.tw.follows.follow_user(self.users["bob"], self.users["dee"])
        self.tw.follows.approve_follow(self.users["dee"], self.users["bob"])
        self.tw.follows.block_user(self.users["ana"], self.users["cy"])
        self.tweets = {}  # id → author, text, created_ms, reply_to_user, has_media; what the oracle looks at

    def text(self):
        parts = self.rng.choices(WORDS, k=self.rng.randint(1, 5))
        parts += [f"#{tag}" for tag in TAGS if self.rng.random() < 0.2]
        parts += [f"@{name}" for name in NAMES if self.rng.random() < 0.1]
        parts += [LINK] if self.rng.random() < 0.2 else []
        self.rng.shuffle(parts)
        return " ".join(part.upper() if self.rng.random() < 0.2 else part for part in parts)

    def remember(self, tweet, author, reply_to=None, media=False):
        self.tweets[tweet.tweet_id] = (author, tweet.content, tweet.created_ms, reply_to, media)

    def act(self):
        """One random thing: mostly a post; replies, quotes, retweets, likes, deletes besides."""
        tw, rng = self.tw, self.rng
        self.clock.advance(rng.choice([0, 1, 60_000, 3_600_000]))
        author = rng.choice(NAMES)
        mine = self.users[author]
        seen = [one for one in self.tweets if self.sees(mine, one)]
        target = rng.choice(seen) if seen else None
        kind = rng.choice(["post", "post", "post", "reply", "quote", "retweet", "like", "like", "delete"])
        if kind in ("post", "reply", "quote") or target is None:
            parent, quoted = (target if kind == name else None for name in ("reply", "quote"))
            tweet = tw.tweets.post_tweet(mine, self.text(), in_reply_to=parent, quote_of=quoted)
            self.remember(tweet, mine, self.tweets[parent][0] if parent else None)
        elif kind == "retweet" and self.tweets[target][0] != self.users["dee"]:
            tw.engagement.retweet(mine, target)
        elif kind == "like":
            tw.engagement.like_tweet(mine, target)
        elif kind == "delete" and self.tweets[target][0] == mine and rng.random() < 0.5:
            tw.tweets.delete_tweet(mine, target)
            del self.tweets[target]

    def sees(self, viewer, tweet_id):
        author, dee, bob = self.tweets[tweet_id][0], self.users["dee"], self.users["bob"]
        if {author, viewer} == {self.users["ana"], self.users["cy"]}:
            return False
        return author != dee or viewer in (dee, bob)

    def holds(self, term, tweet_id):
        """Whether one tweet satisfies one term ``(kind, value, negated)``, by looking at it."""
        author, text, created_ms, reply_to, media = self.tweets[tweet_id]
        kind, value, negated = term
        plain = re.sub(r"https?://\S+", " example com ", text.lower())
        words = re.findall(r"\w+", plain)
        counts = self.tw.engagement.counts(tweet_id)
        answer = {
            "word": lambda: value in words,
            "phrase": lambda: f" {' '.join(value)} " in f" {' '.join(words)} ",
            "tag": lambda: value in re.findall(r"#(\w+)", plain),
            "mention": lambda: value in re.findall(r"@(\w+)", plain),
            "from": lambda: author == self.users.get(value),
            "to": lambda: reply_to is not None and reply_to == self.users.get(value),
            "since": lambda: created_ms >= value,
            "until": lambda: created_ms < value,
            "min_faves": lambda: counts.like_count >= value,
            "min_retweets": lambda: counts.retweet_count >= value,
            "filter": lambda: {"replies": reply_to is not None, "media": media, "links": "example" in plain}[value],
        }[kind]()
        return answer != negated

    def expected(self, clauses, viewer):
        found = (
            one
            for one in self.tweets
            if self.sees(viewer, one) and any(all(self.holds(term, one) for term in clause) for clause in clauses)
        )
        return sorted(found, reverse=True)

    def walk(self, query, viewer=None, page_size=20, between=lambda: None, **options):
        """The ids of all pages; every page but the last is full, and the cursor is None exactly at the end."""
        ids, cursor = [], None
        while True:
            page = self.tw.search.search_tweets(query, page_size=page_size, cursor=cursor, viewer_id=viewer, **options)
            assert cursor is None or page.tweets, "an empty page after a cursor"
            ids += [tweet.tweet_id for tweet in page.tweets]
            assert len(ids) == len(set(ids)), "a tweet twice"
            cursor = page.next_cursor
            if cursor is None:
                return ids
            assert len(page.tweets) == page_size
            between()


def written(term):
    """A term as a user types it."""
    kind, value, negated = term
    if kind in ("since", "until"):
        value = f"{datetime.fromtimestamp(value / 1000, UTC):%Y-%m-%d}"
    form = {"word": "{}", "tag": "#{}", "mention": "@{}", "phrase": '"{}"'}.get(kind, kind + ":{}")
    return "-" * negated + form.format(" ".join(value) if kind == "phrase" else value)


MIDNIGHT = START - START % DAY
TERM = st.one_of(
    st.tuples(st.just("word"), st.sampled_from([*WORDS, "nowhere", "morning", "ana"]), st.booleans()),
    st.tuples(st.just("phrase"), st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(tuple), st.booleans()),
    st.tuples(st.just("tag"), st.sampled_from([*TAGS, "coffee"]), st.booleans()),
    st.tuples(st.sampled_from(["mention", "from", "to"]), st.sampled_from([*NAMES, "nobody"]), st.booleans()),
    st.tuples(st.sampled_from(["since", "until"]), st.integers(-1, 8).map(lambda d: MIDNIGHT + d * DAY), st.booleans()),
    st.tuples(st.sampled_from(["min_faves", "min_retweets"]), st.integers(0, 3), st.booleans()),
    st.tuples(st.just("filter"), st.sampled_from(["replies", "media", "links"]), st.booleans()),
)
CLAUSES = st.lists(st.lists(TERM, min_size=1, max_size=3), min_size=1, max_size=3)


@pytest.fixture(scope="module", params=[SearchIndex, RankBM25Index])
def network(request):
    seed = random.randrange(1 << 32)
    print("network of seed", seed)
    network = Network(seed, request.param)
    for _ in range(160):
        network.act()
    media = []
    for step in range(6):  # nothing can be posted with media yet, so these come as a bulk load does
        network.clock.advance(1000)
        ms = network.clock.now_ms()
        media.append(TweetRow(tweet_id=first_id_at(ms) + 7, user_id=network.users[NAMES[step % 4]], content=network.text(),
                              created_ms=ms + (step - 2) * 200, media=("a.png",)))  # fmt: skip
        network.remember(media[-1], media[-1].user_id, media=True)
    network.tw.boxes["tweet_store"].insert_many(media)
    network.tw.search.on_data_loaded(DataLoaded())
    network.clock.advance(10_000)
    yield network
    network.tw.close()


@settings(max_examples=120)
@given(clauses=CLAUSES, viewer=st.sampled_from([None, *NAMES]), page_size=st.sampled_from([1, 3, 20, 200]))
def test_every_operator_equals_the_filter(network, clauses, viewer, page_size):
    query = " OR ".join(" ".join(map(written, clause)) for clause in clauses)
    viewer_id = network.users.get(viewer)
    expected = network.expected(clauses, viewer_id)
    assert network.walk(query, viewer_id, page_size) == expected
    assert sorted(network.walk(query, viewer_id, page_size, sort="top"), reverse=True) == expected


@settings(max_examples=40)
@given(
    clauses=CLAUSES,
    author=st.none() | st.sampled_from(NAMES),
    days=st.none() | st.tuples(st.integers(0, 3 * DAY), st.integers(0, 6 * DAY)),
)
def test_the_case_studys_filters_each_alone_and_both(network, clauses, author, days):
    filters, extra = {}, []
    if author:
        filters["user_id"] = network.users[author]
        extra.append(("from", author, False))
    if days:
        start, end = START + min(days), START + max(days)
        filters["date_range"] = {"start": start, "end": end}
        extra += [("since", start, False), ("until", end + 1, False)]
    query = " OR ".join(" ".join(map(written, clause)) for clause in clauses)
    assert network.walk(query, filters=filters) == network.expected([[*clause, *extra] for clause in clauses], None)
    if filters:
        assert network.walk(" ", filters=filters) == network.expected([extra], None)


def test_a_date_range_includes_both_its_ends(network):
    """Also for loaded tweets, whose ``created_ms`` is up to a second away from the time in their id."""
    for one in [network.expected([[]], None)[20], *network.expected([[("filter", "media", False)]], None)]:
        ms = network.tweets[one][2]
        found = network.walk("", filters={"date_range": {"start": ms, "end": ms}})
        assert one in found and all(network.tweets[i][2] == ms for i in found)
        assert one not in network.walk("", filters={"date_range": {"start": ms + 1}})
        assert one not in network.walk("", filters={"date_range": {"end": ms - 1}})


@pytest.mark.parametrize("index", [SearchIndex, RankBM25Index])
@pytest.mark.parametrize("seconds", [0, 300])
def test_every_answer_is_right_while_the_network_lives(index, seconds):
    """Posts, deletes, likes and clock steps between the same few queries: the cache must never show."""
    seed = random.randrange(1 << 32)
    network = Network(seed, index, Config(search_cache_s=seconds))
    queries = [
        [[("word", "coffee", False)]],
        [[("word", "tea", True)]],
        [[("from", "ana", False)], [("tag", "night", False), ("word", "milk", False)]],
        [[("min_faves", 1, False)]],
        [[("phrase", ("cold", "brew"), False)], [("filter", "replies", False)]],
    ]
    for step in range(120):
        network.act()
        clauses = network.rng.choice(queries)
        viewer = network.rng.choice([None, *network.users.values()])
        query = " OR ".join(" ".join(map(written, clause)) for clause in clauses)
        page_size = network.rng.choice([2, 20])
        assert network.walk(query, viewer, page_size) == network.expected(clauses, viewer), f"seed {seed}, step {step}"
    network.tw.close()


@pytest.mark.parametrize("sort", ["latest", "top"])
def test_a_walk_on_a_live_index_repeats_and_skips_nothing(sort):
    seed = random.randrange(1 << 32)
    network = Network(seed)
    for _ in range(80):
        network.act()
    before = network.expected([[]], None)
    doomed = set()

    def between():
        for _ in range(3):  # what is posted, liked or deleted between pages moves every score
            network.act()
        doomed.update(set(before) - set(network.tweets))

    walked = network.walk("-nowhere", page_size=3, between=between, sort=sort)
    assert len(walked) == len(set(walked)), f"seed {seed}"
    assert set(walked) <= set(before) and set(before) - doomed <= set(walked), f"seed {seed}"
    network.tw.close()


@pytest.fixture
def tw():
    with Twitter(clock=ManualClock(START)) as twitter:
        yield twitter


def ids(page):
    return [tweet.tweet_id for tweet in page.tweets]


def test_found_at_once_and_gone_at_once(tw):
    ana = tw.users.register("ana").user_id
    assert tw.search.search_tweets("coffee").tweets == []
    first = tw.tweets.post_tweet(ana, "Coffee!")
    assert ids(tw.search.search_tweets("coffee")) == [first.tweet_id]
    second = tw.tweets.post_tweet(ana, "more coffee")
    assert ids(tw.search.search_tweets("coffee")) == [second.tweet_id, first.tweet_id]
    tw.tweets.delete_tweet(ana, second.tweet_id)
    assert ids(tw.search.search_tweets("coffee")) == [first.tweet_id]
    assert ids(tw.search.search_tweets("coffee", sort="top")) == [first.tweet_id]


def test_found_when_its_event_is_delivered_and_hidden_before_its_deletion_is():
    with Twitter(clock=ManualClock(START), delivery="manual") as tw:
        ana = tw.users.register("ana").user_id
        tweet = tw.tweets.post_tweet(ana, "coffee")
        assert tw.search.search_tweets("coffee").tweets == []
        tw.drain()
        assert ids(tw.search.search_tweets("coffee")) == [tweet.tweet_id]
        tw.tweets.delete_tweet(ana, tweet.tweet_id)
        assert tw.search.search_tweets("coffee").tweets == []
        tw.drain()


def test_delivering_everything_twice_changes_nothing(tw):
    from twitlab.core.events import TweetDeleted, TweetPosted

    ana = tw.users.register("ana").user_id
    kept, gone = tw.tweets.post_tweet(ana, "coffee coffee"), tw.tweets.post_tweet(ana, "coffee")
    tw.tweets.delete_tweet(ana, gone.tweet_id)
    before = (ids(tw.search.search_tweets("coffee")), tw.boxes["search_index"].top_k(["coffee"], 9))
    for event in (
        TweetDeleted(tweet_id=gone.tweet_id, user_id=ana),
        TweetPosted(tweet_id=gone.tweet_id, user_id=ana),
        TweetPosted(tweet_id=kept.tweet_id, user_id=ana),
    ):
        getattr(tw.search, "on_tweet_deleted" if type(event) is TweetDeleted else "on_tweet_posted")(event)
    assert (ids(tw.search.search_tweets("coffee")), tw.boxes["search_index"].top_k(["coffee"], 9)) == before


def test_the_store_is_searchable_after_a_restart(tmp_path):
    with Twitter(tmp_path / "store", clock=ManualClock(START)) as tw:
        ana = tw.users.register("ana").user_id
        old, gone = tw.tweets.post_tweet(ana, "old coffee"), tw.tweets.post_tweet(ana, "gone coffee")
        tw.tweets.delete_tweet(ana, gone.tweet_id)
        tw.engagement.retweet(ana, old.tweet_id)
    with Twitter(tmp_path / "store", clock=ManualClock(START + 1000)) as tw:
        new = tw.tweets.post_tweet(ana, "new coffee")
        assert ids(tw.search.search_tweets("coffee")) == [new.tweet_id, old.tweet_id]


def test_a_retweet_is_never_a_result(tw):
    ana, bob = (tw.users.register(name).user_id for name in ("ana", "bob"))
    tweet = tw.tweets.post_tweet(ana, "coffee")
    tw.engagement.retweet(bob, tweet.tweet_id)
    for query in ("coffee", "from:bob", "from:ana", "-tea", "min_retweets:1"):
        assert ids(tw.search.search_tweets(query)) == ([] if query == "from:bob" else [tweet.tweet_id])


def test_block_and_protect_hide_at_once_and_mute_does_not(tw):
    ana, bob = (tw.users.register(name).user_id for name in ("ana", "bob"))
    found = [tw.tweets.post_tweet(bob, "coffee").tweet_id]

    def see(viewer):
        return [ids(tw.search.search_tweets("coffee", viewer_id=viewer, sort=sort)) for sort in ("latest", "top")]

    assert see(ana) == see(None) == [found, found]
    tw.follows.mute_user(ana, bob)
    assert see(ana) == [found, found]
    tw.follows.block_user(bob, ana)
    assert see(ana) == [[], []] and see(None) == [found, found]
    tw.follows.unblock_user(bob, ana)
    assert see(ana) == [found, found]
    tw.users.update_profile(bob, protected=True)
    assert see(ana) == see(None) == [[], []] and see(bob) == [found, found]
    tw.follows.follow_user(ana, bob)
    tw.follows.approve_follow(bob, ana)
    assert see(ana) == [found, found] and see(None) == [[], []]


def test_the_cache_serves_repeats_for_300_seconds_of_the_clock(tw):
    ana = tw.users.register("ana").user_id
    tw.tweets.post_tweet(ana, "coffee")
    cache, clock = tw.search._cache, tw.clock

    def ask(query):
        """Whether the answer came from the cache."""
        before = cache.hits
        tw.search.search_tweets(query)
        return cache.hits > before

    assert (ask("coffee"), ask("coffee"), ask("tea"), ask("tea")) == (False, True, False, True)
    clock.advance(299_999)
    assert ask("coffee")
    tw.tweets.post_tweet(ana, "more coffee")  # matches one of the two queries
    assert (ask("coffee"), ask("tea")) == (False, True)
    clock.advance(1)
    assert not ask("tea")
    tw.tweets.delete_tweet(ana, tw.search.search_tweets("coffee").tweets[0].tweet_id)
    assert (ask("coffee"), ask("tea")) == (False, True)


def test_an_answer_computed_while_the_index_changed_is_not_kept(tw):
    ana = tw.users.register("ana").user_id
    tw.tweets.post_tweet(ana, "coffee")
    newest, late = tw.boxes["search_index"].newest, []

    def slow_newest(*args):
        found = newest(*args)
        if not late:  # a writer is faster than this reader
            late.append(tw.tweets.post_tweet(ana, "late coffee").tweet_id)
        return found

    tw.boxes["search_index"].newest = slow_newest
    tw.search.search_tweets("coffee")
    assert ids(tw.search.search_tweets("coffee"))[0] == late[0]


def test_top_prefers_the_better_text_more_engagement_and_the_fresher(tw):
    users = [tw.users.register(f"u{n}").user_id for n in range(6)]
    ana = users[0]
    plain, twice = tw.tweets.post_tweet(ana, "coffee and some talk"), tw.tweets.post_tweet(ana, "coffee coffee hot talk")
    assert ids(tw.search.search_tweets("coffee", sort="top")) == [twice.tweet_id, plain.tweet_id]
    for user in users[1:]:
        tw.engagement.like_tweet(user, plain.tweet_id)
    assert ids(tw.search.search_tweets("coffee", sort="top")) == [plain.tweet_id, twice.tweet_id]
    tea = tw.tweets.post_tweet(ana, "tea time")
    tw.clock.advance(3 * DAY)
    fresh = tw.tweets.post_tweet(ana, "tea time")
    assert ids(tw.search.search_tweets("tea", sort="top")) == [fresh.tweet_id, tea.tweet_id]
    assert ids(tw.search.search_tweets("since:2020-01-01 tea", sort="top")) == [fresh.tweet_id, tea.tweet_id]


def test_top_goes_on_past_its_ranked_window(tw, monkeypatch):
    monkeypatch.setattr("twitlab.services.search.TOP_WINDOW", 5)
    ana = tw.users.register("ana").user_id
    posted = [tw.tweets.post_tweet(ana, f"coffee {n}").tweet_id for n in range(14)]
    tw.engagement.like_tweet(ana, posted[0])
    walked, cursor = [], None
    while True:
        page = tw.search.search_tweets("coffee", sort="top", page_size=3, cursor=cursor)
        walked += ids(page)
        cursor = page.next_cursor
        tw.tweets.post_tweet(ana, "coffee again")
        if cursor is None:
            break
    assert sorted(walked) == posted and walked[5:] == posted[8::-1]


def test_cursors_belong_to_their_query_sort_and_viewer(tw):
    ana, bob = (tw.users.register(name).user_id for name in ("ana", "bob"))
    for n in range(4):
        tw.tweets.post_tweet(ana, f"coffee {n}")
    search = tw.search.search_tweets
    for sort in ("latest", "top"):
        cursor = search("coffee", page_size=2, sort=sort, viewer_id=ana).next_cursor
        assert len(search("COFFEE ", page_size=1, sort=sort, viewer_id=ana, cursor=cursor).tweets) == 1
        other = "top" if sort == "latest" else "latest"
        for query, options in (
            ("coffee", {"sort": sort, "viewer_id": bob}),
            ("coffee", {"sort": sort}),
            ("coffee", {"sort": other, "viewer_id": ana}),
            ("-coffee", {"sort": sort, "viewer_id": ana}),
            ("coffee", {"sort": sort, "viewer_id": ana, "filters": {"user_id": ana}}),
        ):
            with pytest.raises(InvalidRequest, match="cursor"):
                search(query, cursor=cursor, **options)
    for cursor in ("", "x", 5, "é", "A" * 10_000, tw.timelines.get_timeline(ana, page_size=2).next_cursor):
        with pytest.raises(InvalidRequest, match="cursor"):
            search("coffee", cursor=cursor)


def test_a_forgotten_ranking_is_a_refusal_and_not_a_wrong_page(tw, monkeypatch):
    monkeypatch.setattr("twitlab.services.search.WALKS", 2)
    ana = tw.users.register("ana").user_id
    for n in range(4):
        tw.tweets.post_tweet(ana, f"coffee {n}")
    cursor = tw.search.search_tweets("coffee", sort="top", page_size=2).next_cursor
    assert len(tw.search.search_tweets("coffee", sort="top", page_size=2, cursor=cursor).tweets) == 2
    for _ in range(2):
        tw.search.search_tweets("coffee", sort="top")
    with pytest.raises(InvalidRequest, match="search again"):
        tw.search.search_tweets("coffee", sort="top", page_size=2, cursor=cursor)


@pytest.mark.parametrize("size", [0, -1, 201, 10**9, 2.0, "20", True, None])
def test_page_sizes(tw, size):
    with pytest.raises(InvalidRequest, match="page_size"):
        tw.search.search_tweets("coffee", page_size=size)


def test_other_bad_arguments(tw):
    for sort in ("best", None, 5):
        with pytest.raises(InvalidRequest, match="sort"):
            tw.search.search_tweets("coffee", sort=sort)
    with pytest.raises(NotFound):
        tw.search.search_tweets("coffee", viewer_id=12345)
    with pytest.raises(InvalidId, match="viewer_id"):
        tw.search.search_tweets("coffee", viewer_id="12345")
    for query in ("", " ", None, "x" * 1_000_000, "since:tomorrow"):
        with pytest.raises(InvalidRequest):
            tw.search.search_tweets(query)
    for query in ("(" * 400, "%", "'; DROP TABLE tweets; --", "\ud800", "\0"):
        assert tw.search.search_tweets(query).tweets == []


def test_an_unknown_author_finds_nothing_until_there_is_one(tw):
    assert tw.search.search_tweets("from:ana").tweets == []
    ana = tw.users.register("Ana").user_id
    tweet = tw.tweets.post_tweet(ana, "coffee")
    assert ids(tw.search.search_tweets("from:ana")) == ids(tw.search.search_tweets("from:@ANA")) == [tweet.tweet_id]


def test_suggestions_are_popular_public_and_live(tw):
    ana, bob = tw.users.register("ana").user_id, tw.users.register("bob", protected=True).user_id
    for text in ("coffee #coast", "coffee with @ana", "cold coffee https://co.example.com/consequences"):
        tw.tweets.post_tweet(ana, text)
    for _ in range(3):
        tw.tweets.post_tweet(bob, "confession @bob")
    assert tw.search.suggest("co") == ["coffee", "#coast", "coast", "cold"]
    assert tw.search.suggest("#CO") == ["#coast"]
    assert tw.search.suggest("an") == ["@ana", "ana"]
    assert tw.search.suggest("@a") == ["@ana"]
    assert tw.search.suggest("@b") == tw.search.suggest("conf") == []
    gone = tw.search.search_tweets("cold").tweets[0]
    tw.tweets.delete_tweet(ana, gone.tweet_id)
    assert tw.search.suggest("co", limit=2) == ["coffee", "#coast"] and tw.search.suggest("col") == []
    for prefix in ("", "  ", "#", "@", None, 5, "x" * 51):
        with pytest.raises(InvalidRequest, match="prefix"):
            tw.search.suggest(prefix)


def test_hits_mark_what_was_asked_for(tw):
    from twitlab.core.text import highlight

    content = "Cold brew, cold tea #Tea"
    marks = tw.search.hits('"cold brew" OR #tea', content)
    assert highlight(content, marks) == "<em>Cold brew</em>, cold tea <em>#Tea</em>"
