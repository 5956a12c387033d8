"""Twitter answers as mini does, whatever happens: the state machine of tests/oracle.py, over embedded and real Redis.

``TWITLAB_EXAMPLES=2000 python3 dev.py test tests/test_oracle.py`` runs more stories than the usual 100 (each of 50 acts).
"""

from __future__ import annotations

import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from oracle import ACTS, Oracle

EXAMPLES = int(os.environ.get("TWITLAB_EXAMPLES", "100"))
ALSO = {"promoted", "demoted", "restarts", "posts in a rebuild"}
"""What the stories must contain besides every act: thresholds crossed both ways, and the two rare moments."""

SHARES = (
    (50, {"manual": False, "durable": False}),
    (30, {"manual": True, "durable": False}),
    (10, {"manual": False, "durable": True}),
    (10, {"manual": True, "durable": True}),
)
"""Of a hundred stories: how many with which delivery and store (left to the draw, some runs never opened a folder)."""


def tell(examples: int, **options: str) -> Counter[str]:
    """Tell so many stories of 50 acts; what happened in them."""
    tally = Counter[str]()
    for share, fixed in SHARES:
        machine = type("Told", (Oracle,), {"fixed": fixed, "tally": tally, **options})
        number = -(-examples * share // 100)
        run_state_machine_as_test(
            machine,
            settings=settings(max_examples=number, stateful_step_count=50, suppress_health_check=list(HealthCheck)),
        )
    assert tally["examples"] >= examples
    return tally


def test_every_story_reads_the_same_in_both_worlds() -> None:
    tally = tell(EXAMPLES)
    assert not (set(ACTS) | ALSO) - set(tally), f"never happened: {(set(ACTS) | ALSO) - set(tally)}"


@pytest.mark.redis
def test_every_story_reads_the_same_over_a_real_redis(redis_url: str) -> None:
    tally = tell(max(EXAMPLES // 4, 25), redis_url=redis_url)
    assert tally["flush"] and tally["redeliver"] and tally["restarts"]
