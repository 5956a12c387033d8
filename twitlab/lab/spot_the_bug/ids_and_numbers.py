"""Defects of ids, texts and numbers.

In the case study: "1. Tweet Service", "Twitter's Scale (Estimated)", "Q1", "Q2", "2. Hot Spot Mitigation".
Invariant: every fix is the smallest that its test accepts.
Real Twitter counted from 4 November 2010, weighed characters from 2017 on, and reported 40 TB of timelines in 2014.
"""

# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, disallow-incomplete-defs=False, check-untyped-defs=False

from __future__ import annotations

import re

from twitlab.core.clock import ManualClock
from twitlab.core.snowflake import EPOCH_MS
from twitlab.core.text import weighted_length
from twitlab.lab.spot_the_bug.defect import Defect, must
from twitlab.lab.spot_the_bug.quoted_numbers import (
    TimelineDesignAnswer,
    TwitterHotSpotMitigation,
    TwitterScale,
    ViralTweetHandling,
)
from twitlab.lab.spot_the_bug.quoted_services import TwitterTweetService
from twitlab.lab.spot_the_bug.stubs import NOON, ValidationError

IDS, NUMBERS = "ids and text", "numbers"
NEW_YEAR_2040 = 2_208_988_800_000

# ---------------------------------------------------------------- ids


class CountsFromAnEpoch(TwitterTweetService):
    def generate_tweet_id(self):
        timestamp = int(self.time.time() * 1000) - EPOCH_MS
        return (timestamp << 22) | (self.get_machine_id() << 12) | self.get_next_sequence()


def an_id_of_2040_fits_in_63_bits(part):
    made = part(ManualClock(NEW_YEAR_2040)).generate_tweet_id()
    must(
        0 <= made < 1 << 63,
        f"an id made in 2040 takes {made.bit_length()} bits; 63 are there. Counted from 1970, "
        "41 bits of milliseconds end in September 2039: count from a later epoch.",
    )
    later = part(ManualClock(NEW_YEAR_2040 + 1)).generate_tweet_id()
    must(
        later > made,
        "a millisecond later the id is not larger. Keep the time in the upper bits.",
    )
    earlier = part(ManualClock(NOON)).generate_tweet_id()
    must(
        made > earlier,
        "an id of 2040 is smaller than one of 2024: the time wrapped. Subtract, do not cut.",
    )


class WaitsForTheNextMillisecond(TwitterTweetService):
    last = 0

    def generate_tweet_id(self):
        sequence = self.get_next_sequence()
        timestamp = int(self.time.time() * 1000)
        while sequence == 0 and timestamp <= self.last:
            self.time.sleep(0.001)
            timestamp = int(self.time.time() * 1000)
        self.last = timestamp
        return (timestamp << 22) | (self.get_machine_id() << 12) | sequence


def five_thousand_ids_of_one_moment_differ(part):
    service = part(ManualClock(NOON))
    made = [service.generate_tweet_id() for _ in range(5_000)]
    must(
        len(set(made)) == 5_000,
        f"5,000 ids asked for in one millisecond, {len(set(made)):,} different ones given. "
        "12 bits count to 4,096: when they are used up, wait for the next millisecond.",
    )


class WeighsCharacters(TwitterTweetService):
    def post_tweet(self, user_id, content, media_urls=None):
        if weighted_length(content) > 280:
            raise ValidationError("Tweet too long")
        return {"tweet_id": self.generate_tweet_id(), "user_id": user_id, "content": content}


def a_tweet_is_as_long_as_twitter_says(part):
    service = part(ManualClock(NOON))
    families = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}" * 140
    try:
        service.post_tweet(1, families)
    except ValidationError:
        must(
            False,
            "140 family emoji weigh 280 and were refused. Neither code points are weight, nor are bytes.",
        )
    try:
        service.post_tweet(1, "あ" * 141)
    except ValidationError:
        return
    must(False, "141 Japanese letters weigh 282 and were accepted: each weighs two.")


# ---------------------------------------------------------------- numbers


class CountsWhatIsStored(TwitterScale):
    entries, bytes_an_entry = 800, 120  # a sorted set's entry, measured; a packed list takes a tenth

    def calculate_infrastructure_requirements(self):
        total = self.metrics["daily_active_users"] * self.entries * self.bytes_an_entry
        return super().calculate_infrastructure_requirements() | {"cache_memory_gb": total / 1e9}


def the_cache_fits_what_twitter_reported(part):
    needed = part().calculate_infrastructure_requirements()["cache_memory_gb"]
    must(
        needed < 2 * 40_000,
        f"{needed:,.0f} GB of cache; Twitter reported about 40,000 GB for all timelines. "
        "Do not assume a size: multiply users by entries by bytes an entry.",
    )
    must(needed > 1_000, f"{needed:,.0f} GB would leave less than 7 bytes for each of 800 entries: too little.")


class CountsMediaAndCopies(TimelineDesignAnswer):
    def approach_timeline_design(self):
        metrics, copies, rows_and_indexes = TwitterScale().metrics, 3, 2
        text = metrics["average_tweet_size_bytes"] * rows_and_indexes
        media = metrics["media_storage_petabytes"] * 10**15 / metrics["total_tweets"]
        answer = super().approach_timeline_design()
        answer["step_2_capacity_estimation"]["storage_per_day_gb"] = metrics["tweets_per_day"] * (text + media) * copies / 1e9
        return answer


def a_day_of_tweets_has_media_and_copies(part):
    estimate = part().approach_timeline_design()["step_2_capacity_estimation"]
    metrics = TwitterScale().metrics
    media = metrics["media_storage_petabytes"] * 10**15 / metrics["total_tweets"]
    least = estimate["tweets_per_day"] * (metrics["average_tweet_size_bytes"] + media) / 1e9
    must(
        estimate["storage_per_day_gb"] >= least,
        f"{estimate['storage_per_day_gb']:,.0f} GB a day holds the text once. By the case study's own numbers a tweet has "
        f"{media:,.0f} bytes of media: {least:,.0f} GB a day, before indexes and copies.",
    )


class RequestsByTheHeadline(TimelineDesignAnswer):
    def approach_timeline_design(self):
        answer = super().approach_timeline_design()
        a_second = TwitterScale().metrics["timeline_requests_per_second"]
        answer["step_2_capacity_estimation"]["timeline_requests_per_day"] = a_second * 86_400
        return answer


def the_day_and_the_second_agree(part):
    a_day = part().approach_timeline_design()["step_2_capacity_estimation"]["timeline_requests_per_day"]
    a_second = TwitterScale().metrics["timeline_requests_per_second"]
    must(
        a_day / 86_400 <= a_second,
        f"{a_day:,} requests a day are {a_day / 86_400:,.0f} a second on average, above the headline of {a_second:,}, "
        "and a peak is higher still. Derive one number from the other.",
    )


class PlansForAViralTweet:
    """The two places of the case study that say how many copies a viral tweet gets."""

    parts = (TwitterHotSpotMitigation, ViralTweetHandling)

    def copies(self):
        spots, answer = (part() for part in self.parts)
        spots.handle_viral_tweet(1)
        words = answer.handle_viral_content()["implementation"]["cache_strategy"]
        return spots.copies, int(re.search(r"\d+", words)[0])


COPIES = 5


class OneAnswer(ViralTweetHandling):
    def handle_viral_content(self):
        answer = super().handle_viral_content()
        answer["implementation"]["cache_strategy"] = f"Replicate hot tweet across {COPIES} cache nodes"
        return answer


class OnePlan(PlansForAViralTweet):
    parts = (TwitterHotSpotMitigation, OneAnswer)


def both_places_say_the_same(part):
    code, words = part().copies()
    must(code == words, f"the code makes {code} copies, the plan says {words}+. Write the number once.")


DEFECTS = (
    Defect(
        key="no epoch", group=IDS, heading="1. Tweet Service", theirs=TwitterTweetService, methods=("generate_tweet_id",),
        breaks="41 bits of milliseconds since 1970 end in 2039, not in 2080", fixed=CountsFromAnEpoch,
        must_hold=an_id_of_2040_fits_in_63_bits, right="twitlab.core.snowflake:EPOCH_MS",
    ),
    Defect(
        key="sequence wraps", group=IDS, heading="1. Tweet Service", theirs=TwitterTweetService,
        methods=("generate_tweet_id", "get_next_sequence"), breaks="the 4,097th id of a millisecond is the first again",
        fixed=WaitsForTheNextMillisecond, must_hold=five_thousand_ids_of_one_moment_differ,
        right="twitlab.core.snowflake:Snowflake.next_id",
    ),
    Defect(
        key="len for length", group=IDS, heading="1. Tweet Service", theirs=TwitterTweetService, methods=("post_tweet",),
        breaks="code points are not what Twitter counts: wrong both ways", fixed=WeighsCharacters,
        must_hold=a_tweet_is_as_long_as_twitter_says, right="twitlab.core.text:weighted_length",
    ),
    Defect(
        key="1 MB a user", group=NUMBERS, heading="Twitter's Scale (Estimated)", theirs=TwitterScale,
        methods=("calculate_infrastructure_requirements",), breaks="195 TB of cache, five times what Twitter reported",
        fixed=CountsWhatIsStored, must_hold=the_cache_fits_what_twitter_reported,
        right="twitlab.core.config:Config.timeline_cap",
    ),
    Defect(
        key="storage a day", group=NUMBERS, heading="Q1", theirs=TimelineDesignAnswer, methods=("approach_timeline_design",),
        breaks="100 GB a day forget media, indexes and copies", fixed=CountsMediaAndCopies,
        must_hold=a_day_of_tweets_has_media_and_copies, right="",
    ),
    Defect(
        key="day against second", group=NUMBERS, heading="Q1", theirs=TimelineDesignAnswer,
        methods=("approach_timeline_design",), breaks="the daily requests are 333 K a second on average, not 300 K",
        fixed=RequestsByTheHeadline, must_hold=the_day_and_the_second_agree, right="",
    ),
    Defect(
        key="5 or 10 copies", group=NUMBERS, heading="2. Hot Spot Mitigation, Q2", theirs=PlansForAViralTweet,
        methods=("TwitterHotSpotMitigation.handle_viral_tweet", "ViralTweetHandling.handle_viral_content"),
        breaks="the code makes 5 copies of a viral tweet, the plan says 10+", fixed=OnePlan,
        must_hold=both_places_say_the_same, right="",
    ),
)  # fmt: skip
