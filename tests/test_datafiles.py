"""Data files: every format of DESIGN section 4, every way a line can be wrong, every way a file can be damaged."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from twitlab.core.errors import DataFileError
from twitlab.core.snowflake import first_id_at
from twitlab.storage.datafiles import Refusal, TweetRecord, UserRecord, read_follows, read_tweets, read_users

MS = 1_539_202_764_000
"""Wed Oct 10 20:19:24 +0000 2018."""
ID = first_id_at(MS) + 4_096
ISO = "2018-10-10T20:19:24Z"
API_DATE = "Wed Oct 10 20:19:24 +0000 2018"


def flat(**changes: Any) -> dict[str, Any]:
    return {"id": str(ID), "created_at": ISO, "user_id": "12", "text": "hello"} | changes


def api(**changes: Any) -> dict[str, Any]:
    user = {"id": 12, "id_str": "12", "screen_name": "jack", "name": "Jack &amp; co"}
    tweet = {"id": ID, "id_str": str(ID), "created_at": API_DATE, "user": user, "text": "cut off…", "lang": "en"}
    return tweet | changes


def write(path: Path, *objects: object) -> Path:
    text = "".join(one if isinstance(one, str) else json.dumps(one) + "\n" for one in objects)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def split(items: Any) -> tuple[list[Any], list[Refusal]]:
    items = list(items)
    return [one for one in items if not isinstance(one, Refusal)], [one for one in items if isinstance(one, Refusal)]


def one_tweet(tmp_path: Path, tweet: object) -> TweetRecord:
    records, refusals = split(read_tweets(write(tmp_path / "one.jsonl", tweet)))
    assert refusals == []
    (record,) = records
    return record


# ---------------------------------------------------------------- JSON Lines


def test_a_flat_object_becomes_a_record(tmp_path: Path) -> None:
    tweet = flat(screen_name="jack", name="Jack", in_reply_to=ID - 1, quote_of=str(ID - 2), lang="en", favorite_count=3, x=[1])
    assert one_tweet(tmp_path, tweet) == TweetRecord(
        tweet_id=ID,
        created_ms=MS,
        user_id=12,
        text="hello",
        handle="jack",
        name="Jack",
        in_reply_to=ID - 1,
        quote_of=ID - 2,
        lang="en",
        line=1,
    )


@pytest.mark.parametrize(
    ("created_at", "ms"),
    [
        (ISO, MS),
        ("2018-10-10T20:19:24.250Z", MS + 250),
        ("2018-10-10T20:19:24.250999+00:00", MS + 250),
        ("2018-10-10T22:19:24+02:00", MS),
        ("2018-10-10 20:19:24", MS),
        (API_DATE, MS),
        ("Wed Oct 10 22:19:24 +0200 2018", MS),
        (MS, MS),
        (str(MS), MS),
        (MS // 1000, MS),
        (MS / 1000 + 0.25, MS + 250),
    ],
)
def test_times(tmp_path: Path, created_at: object, ms: int) -> None:
    assert one_tweet(tmp_path, flat(created_at=created_at)).created_ms == ms


@pytest.mark.parametrize("drift", [-1_000, 0, 1_000])
def test_an_id_may_be_a_second_off_its_time(tmp_path: Path, drift: int) -> None:
    assert one_tweet(tmp_path, flat(created_at=MS + drift)).created_ms == MS + drift


@pytest.mark.parametrize(
    ("escaped", "text"),
    [
        ("1 &lt; 2 &gt; 0 &amp; so on", "1 < 2 > 0 & so on"),
        ("&amp;lt;", "&lt;"),
        ("&amp;amp;amp;", "&amp;amp;"),
        ("&#39;&#x1F600;&quot;", "'😀\""),
        ("x?a=1&copy=2 &nosuch; &", "x?a=1&copy=2 &nosuch; &"),
    ],
)
def test_text_is_unescaped_once(tmp_path: Path, escaped: str, text: str) -> None:
    assert one_tweet(tmp_path, flat(text=escaped)).text == text


def test_a_retweet_leaves_replying_and_quoting_to_its_original(tmp_path: Path) -> None:
    tweet = one_tweet(tmp_path, flat(text="", retweet_of=str(ID - 9), in_reply_to=ID - 10, quote_of=ID - 11))
    assert (tweet.retweet_of, tweet.in_reply_to, tweet.quote_of) == (ID - 9, None, None)


def test_byte_order_mark_empty_lines_and_windows_ends(tmp_path: Path) -> None:
    path = write(tmp_path / "bom.jsonl", "\ufeff", json.dumps(flat()), "\r\n\r\n   \n", flat(id=ID + 1))
    records, refusals = split(read_tweets(path))
    assert [(one.tweet_id, one.line) for one in records] == [(ID, 1), (ID + 1, 4)]
    assert refusals == []


BAD: list[tuple[Any, str]] = [
    ('{"id": 1\n', "not JSON"),
    ("nonsense\n", "not JSON"),
    ("[1, 2]\n", "a list, not a JSON object"),
    ("17\n", "a int, not a JSON object"),
    ("[" * 200_000 + "\n", "nested too deeply"),
    ('{"id": ' + "9" * 5_000 + "}\n", "number too long"),
    ({}, "id None"),
    (flat(id=None), "id None"),
    (flat(id=True), "id True"),
    (flat(id=6.667e17), "id 6.667e+17"),
    (flat(id=-5), "id -5"),
    (flat(id=2**63), f"id {2**63}"),
    (flat(id=str(2**63)), f"id '{2**63}'"),
    (flat(id="12x"), "id '12x'"),
    (flat(id="１２"), "id '１２'"),
    (flat(id=""), "id ''"),
    (flat(id=[ID]), f"id [{ID}]"),
    (flat(user_id=None), "user_id None"),
    (flat(user_id=1.0), "user_id 1.0"),
    (flat(created_at=None), "created_at None"),
    (flat(created_at=True), "created_at True"),
    (flat(created_at="yesterday"), "created_at 'yesterday'"),
    (flat(created_at="Wed Okt 10 20:19:24 +0000 2018"), "created_at 'Wed Okt"),
    (json.dumps(flat(created_at=float("nan"))) + "\n", "created_at nan"),
    (json.dumps(flat(created_at=float("inf"))) + "\n", "created_at inf"),
    (flat(created_at=MS + 1_001), "more than 1 s off"),
    (flat(created_at=MS - 1_001), "more than 1 s off"),
    (flat(id=20, created_at="2006-03-21T20:50:14Z"), "hold no time"),
    (flat(text=None), "text None is empty"),
    (flat(text=" \n"), "is empty"),
    (flat(text=5), "text 5 is not a string"),
    (flat(text="a\x00b"), "U+0000"),
    (flat(text="a\ud800b"), "U+D800"),
    (flat(text="a\ufeffb"), "U+FEFF"),
    (flat(text="a&#xFEFF;b"), "U+FEFF"),
    (flat(screen_name="no spaces"), "screen_name 'no spaces'"),
    (flat(screen_name=7), "screen_name 7"),
    (flat(name=["x"]), "name ['x']"),
    (flat(lang=1), "lang 1"),
    (flat(retweet_of=ID), "is the tweet itself"),
    (flat(in_reply_to=ID), "is the tweet itself"),
    (flat(quote_of=1.5), "quote_of 1.5"),
    (flat(in_reply_to_user="me"), "in_reply_to_user 'me'"),
]


@pytest.mark.parametrize(("bad", "reason"), [pytest.param(*row, id=row[1]) for row in BAD])
def test_a_bad_line_costs_one_line(tmp_path: Path, bad: object, reason: str) -> None:
    path = write(tmp_path / "some.jsonl", flat(id=ID - 1), bad, flat(id=ID + 1))
    records, (refusal,) = split(read_tweets(path))
    assert [(one.tweet_id, one.line) for one in records] == [(ID - 1, 1), (ID + 1, 3)]
    assert (refusal.file, refusal.line) == (str(path), 2)
    assert reason in refusal.reason
    assert str(refusal) == f"{path}, line 2: {refusal.reason}"
    assert len(refusal.reason) < 250


def test_a_bad_first_line_costs_one_line(tmp_path: Path) -> None:
    for bad in ("[1, 2]\n", "nonsense\n", "{\n"):
        records, refusals = split(read_tweets(write(tmp_path / "some.jsonl", bad, flat())))
        assert [one.line for one in records] == [2]
        assert [one.line for one in refusals] == [1]


def test_bytes_that_are_not_utf8_cost_one_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.jsonl"
    path.write_bytes(json.dumps(flat()).encode() + b'\n{"text": "\xe9"}\n' + json.dumps(flat(id=ID + 1)).encode())
    records, (refusal,) = split(read_tweets(path))
    assert [one.line for one in records] == [1, 3]
    assert refusal.line == 2
    assert "not UTF-8: byte 0xe9" in refusal.reason


def test_an_endless_line_costs_one_line(tmp_path: Path) -> None:
    path = write(tmp_path / "long.jsonl", flat(), flat(text="x" * 9_000_000), flat(id=ID + 1))
    records, (refusal,) = split(read_tweets(path))
    assert [one.line for one in records] == [1, 3]
    assert refusal.line == 2
    assert "longer than" in refusal.reason


# ---------------------------------------------------------------- the API's objects and lists of them


def test_an_api_object_becomes_a_record(tmp_path: Path) -> None:
    tweet = api(
        extended_tweet={"full_text": "the whole text"},
        in_reply_to_status_id_str=str(ID - 1),
        in_reply_to_user_id_str="99",
        quoted_status_id_str=str(ID - 2),
    )
    assert one_tweet(tmp_path, tweet) == TweetRecord(
        tweet_id=ID,
        created_ms=MS,
        user_id=12,
        text="the whole text",
        handle="jack",
        name="Jack & co",
        in_reply_to=ID - 1,
        in_reply_to_user=99,
        quote_of=ID - 2,
        lang="en",
        line=1,
    )
    assert one_tweet(tmp_path, api(full_text="longer")).text == "longer"
    assert one_tweet(tmp_path, api()).text == "cut off…"


def test_an_embedded_original_comes_first(tmp_path: Path) -> None:
    quoted = api(id_str=str(ID - 9), user={"id_str": "77", "screen_name": "q"}, full_text="quoted")
    original = api(
        id_str=str(ID - 5),
        user={"id_str": "55", "screen_name": "o"},
        full_text="original",
        quoted_status=quoted,
        quoted_status_id_str=str(ID - 9),
    )
    retweet = api(full_text="RT @o: original", retweeted_status=original, quoted_status_id_str=str(ID - 9))
    records, refusals = split(read_tweets(write(tmp_path / "api.jsonl", retweet)))
    assert refusals == []
    assert [(one.tweet_id, one.user_id, one.nested, one.retweet_of, one.quote_of) for one in records] == [
        (ID - 9, 77, True, None, None),
        (ID - 5, 55, True, None, ID - 9),
        (ID, 12, False, ID - 5, None),
    ]


def test_a_bad_embedded_original_is_refused_alone(tmp_path: Path) -> None:
    original = api(id_str=str(ID - 5), created_at="never")
    records, (refusal,) = split(read_tweets(write(tmp_path / "api.jsonl", api(retweeted_status=original))))
    assert [one.tweet_id for one in records] == [ID]
    assert (refusal.line, "never" in refusal.reason) == (1, True)


@pytest.mark.parametrize("indent", [None, 1, 2, "\t"])
def test_one_json_list(tmp_path: Path, indent: Any) -> None:
    tweets = [api(id_str=str(ID + n)) for n in range(5)]
    path = write(tmp_path / "list.json", json.dumps(tweets, indent=indent))
    records, refusals = split(read_tweets(path))
    assert [one.tweet_id for one in records] == [ID, ID + 1, ID + 2, ID + 3, ID + 4]
    assert refusals == []


def test_a_broken_element_of_a_list_costs_one_element(tmp_path: Path) -> None:
    path = write(tmp_path / "list.json", "[\n", json.dumps(flat()), ",\n", '{"id": 5,,},\n', json.dumps(flat(id=ID + 1)), "\n]")
    records, (refusal,) = split(read_tweets(path))
    assert [(one.tweet_id, one.line) for one in records] == [(ID, 2), (ID + 1, 4)]
    assert refusal.line == 3


def test_lists_that_end_wrongly(tmp_path: Path) -> None:
    for ending, reason in (("", "never closed"), ("] what?", "text follows")):
        path = write(tmp_path / "list.json", "[\n", flat(), ending)
        records, (refusal,) = split(read_tweets(path))
        assert [one.tweet_id for one in records] == [ID]
        assert reason in refusal.reason
    assert split(read_tweets(write(tmp_path / "list.json", "[]"))) == ([], [])
    assert split(read_tweets(write(tmp_path / "list.json", ""))) == ([], [])


# ---------------------------------------------------------------- the personal export

ACCOUNT = """window.YTD.account.part0 = [ {
  "account" : { "username" : "me", "accountId" : "42", "accountDisplayName" : "Me Myself" }
} ]"""


def export(folder: Path, *, account: str = ACCOUNT) -> Path:
    """An archive folder with two tweets, a following and a follower, laid out as Twitter lays them out."""
    tweets = [{"tweet": {k: v for k, v in api(id_str=str(ID + n)).items() if k != "user"}} for n in range(2)]
    body = ", ".join(json.dumps(tweet, indent=2) for tweet in tweets)
    write(folder / "tweets.js", f"window.YTD.tweets.part0 = [ {body} ]")
    write(folder / "following.js", 'window.YTD.following.part0 = [ {\n"following" : {"accountId" : "7"}\n} ]')
    write(folder / "follower.js", 'window.YTD.follower.part0 = [ {\n"follower" : {"accountId" : "8"}\n}, {\n"x": 1} ]')
    if account:
        write(folder / "account.js", account)
    return folder


def test_the_export_belongs_to_its_account(tmp_path: Path) -> None:
    records, refusals = split(read_tweets(export(tmp_path) / "tweets.js"))
    assert refusals == []
    assert [(one.tweet_id, one.user_id, one.handle, one.name) for one in records] == [
        (ID, 42, "me", "Me Myself"),
        (ID + 1, 42, "me", "Me Myself"),
    ]


def test_the_exports_follows(tmp_path: Path) -> None:
    export(tmp_path)
    following, follower = read_follows(tmp_path / "following.js"), read_follows(tmp_path / "follower.js")
    assert (following.followers.tolist(), following.followees.tolist()) == ([42], [7])
    assert (follower.followers.tolist(), follower.followees.tolist()) == ([8], [42])
    assert [one.line for one in follower.refusals] == [3]


@pytest.mark.parametrize("account", ["", "window.YTD.account.part0 = [ ]", '[{"account": {"accountId": "me"}}]'])
def test_an_export_without_its_owner_is_refused(tmp_path: Path, account: str) -> None:
    export(tmp_path, account=account)
    for read, file in ((read_tweets, "tweets.js"), (read_follows, "following.js")):
        with pytest.raises(DataFileError, match=r"account\.js"):
            read(tmp_path / file)  # type: ignore[operator]


# ---------------------------------------------------------------- follows and users


def test_two_columns_in_any_dress(tmp_path: Path) -> None:
    text = "\ufeff# SNAP\n1\t2\n3 4\r\n5,6\n\n  7 , 8  # a friend\n9223372036854775807\t0\n2\t2\n1\t2"
    edges = read_follows(write(tmp_path / "follows.txt", text))
    assert edges.refusals == ()
    assert list(zip(edges.followers.tolist(), edges.followees.tolist(), strict=True)) == [
        (1, 2), (3, 4), (5, 6), (7, 8), (2**63 - 1, 0), (2, 2), (1, 2),
    ]  # fmt: skip
    assert edges.followers.dtype == edges.followees.dtype == "int64"


@pytest.mark.parametrize(
    "bad",
    ["follower,followee", "1", "1 2 3", "1.0 2", "-1 2", "1 +2", "1_0 2", "1 9223372036854775808", "é 2", "1\x002"],
)
def test_a_bad_edge_costs_one_line(tmp_path: Path, bad: str) -> None:
    edges = read_follows(write(tmp_path / "follows.csv", f"1,2\n{bad}\n3,4\n"))
    assert (edges.followers.tolist(), edges.followees.tolist()) == ([1, 3], [2, 4])
    (refusal,) = edges.refusals
    assert refusal.line == 2


def test_no_edges_at_all(tmp_path: Path) -> None:
    assert len(read_follows(write(tmp_path / "none.tsv", "# nobody\n")).followers) == 0


def test_users(tmp_path: Path) -> None:
    full = {"user_id": "5", "handle": "ana", "name": "Ana", "bio": "R &amp; D", "protected": True, "region": "BR"}
    old = {"id_str": "6", "screen_name": "bob", "description": "hi", "created_at": API_DATE}
    path = write(tmp_path / "users.jsonl", full, old, {"user_id": 7}, {"user_id": 8, "protected": "yes"}, {"name": "?"})
    records, refusals = split(read_users(path))
    assert records == [
        UserRecord(user_id=5, handle="ana", name="Ana", bio="R & D", protected=True, region="BR", line=1),
        UserRecord(user_id=6, handle="bob", bio="hi", created_ms=MS, line=2),
        UserRecord(user_id=7, line=3),
    ]
    assert [one.line for one in refusals] == [4, 5]


# ---------------------------------------------------------------- files that are no files

READERS: list[Callable[[Path], Any]] = [read_tweets, read_users, read_follows]


@pytest.mark.parametrize("read", READERS)
def test_what_cannot_be_read_is_named(tmp_path: Path, read: Callable[[Path], Any]) -> None:
    write(tmp_path / "plain.gz", flat())
    (tmp_path / "stub.gz").write_bytes(b"\x1f\x8b\x08\x00nothing more")
    (tmp_path / "wide.jsonl").write_bytes(json.dumps(flat()).encode("utf-16"))
    for name in ("missing.jsonl", "", "plain.gz", "stub.gz", "wide.jsonl"):
        with pytest.raises(DataFileError) as refused:
            read(tmp_path / name)
        assert str(tmp_path / name) in str(refused.value)


def test_gzip_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    path = tmp_path / "no_suffix"
    path.write_bytes(gzip.compress(json.dumps(flat()).encode()))
    assert [one.tweet_id for one in split(read_tweets(path))[0]] == [ID]


def damaged(path: Path, whole: bytes, *, cut: bool) -> Path:
    """A gzip of ``whole`` that ends too early, or has a wrong byte, two thirds in."""
    packed = bytearray(gzip.compress(whole))
    middle = len(packed) * 2 // 3
    path.write_bytes(packed[:middle] if cut else packed[:middle] + b"\xff" * 40 + packed[middle + 40 :])
    return path


@pytest.mark.parametrize("cut", [True, False])
def test_a_damaged_gzip_gives_what_could_be_unpacked(tmp_path: Path, cut: bool) -> None:
    tweets = [json.dumps(flat(id=ID + n, text=f"tweet {n * n}")) for n in range(3_000)]
    path = damaged(tmp_path / "tweets.jsonl.gz", "\n".join(tweets).encode(), cut=cut)
    records, refusals = split(read_tweets(path))
    assert [one.tweet_id for one in records] == list(range(ID, ID + len(records)))
    assert 500 < len(records) < 3_000
    assert "gzip data is damaged" in refusals[-1].reason
    assert refusals[-1].line >= len(records)

    path = damaged(tmp_path / "tweets.json.gz", ("[\n" + ",\n".join(tweets) + "\n]").encode(), cut=cut)
    records, refusals = split(read_tweets(path))
    assert [one.tweet_id for one in records] == list(range(ID, ID + len(records)))
    assert 500 < len(records) < 3_000
    assert "gzip data is damaged" in refusals[-1].reason

    edges = read_follows(damaged(tmp_path / "f.gz", b"".join(b"%d %d\n" % (n, n * n) for n in range(9_000)), cut=cut))
    assert edges.followers.tolist()[:1_000] == list(range(1_000))
    assert "gzip data is damaged" in edges.refusals[-1].reason


def test_a_wrong_checksum_is_refused_at_the_end(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(json.dumps(flat()).encode() + b"\n"))
    packed[-8] ^= 1
    (tmp_path / "sum.gz").write_bytes(packed)
    records, (refusal,) = split(read_tweets(tmp_path / "sum.gz"))
    assert ([one.tweet_id for one in records], "CRC" in refusal.reason) == ([ID], True)


def test_progress_reaches_the_size_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "many.jsonl", *(flat(id=ID + n) for n in range(5_000)))
    seen: list[int] = []
    assert len(list(read_tweets(path, progress=seen.append))) == 5_000
    assert seen == sorted(seen)
    assert len(seen) > 2
    assert seen[-1] == path.stat().st_size


# ---------------------------------------------------------------- real data


@pytest.mark.shared
def test_rconf(shared: Path) -> None:
    records, refusals = split(read_tweets(shared / "rconf" / "tweets.jsonl.gz"))
    assert refusals == []
    assert (len(records), len({one.user_id for one in records})) == (7_235, 662)
    assert sum(one.retweet_of is not None for one in records) == 2_240
    assert sum("&lt;" in one.text or "&amp;" in one.text for one in records) == 0
    assert any("<-" in one.text for one in records)
    assert len(read_follows(shared / "rconf" / "follows.tsv.gz").followers) == 1_534


@pytest.mark.shared
def test_slashdot(shared: Path) -> None:
    edges = read_follows(shared / "slashdot" / "soc-Slashdot0902.txt.gz")
    assert edges.refusals == ()
    assert len(edges.followers) == 948_464
    assert int((edges.followers == edges.followees).sum()) == 78_303


@pytest.mark.shared
def test_a_real_export(shared: Path) -> None:
    following = read_follows(shared / "archive" / "following.js")
    follower = read_follows(shared / "archive" / "follower.js")
    assert set(following.followers.tolist()) == set(follower.followees.tolist()) == {12497}
    assert following.followees.tolist() == [547842573, 12158]
    assert follower.followers.tolist() == [73747798, 386025404]
