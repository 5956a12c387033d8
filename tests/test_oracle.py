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


def tell(machine: type[Oracle], examples: int) -> Counter[str]:
    machine.tally = Counter()
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=examples, stateful_step_count=50, suppress_health_check=list(HealthCheck)),
    )
    return machine.tally


def test_every_story_reads_the_same_in_both_worlds() -> None:
    tally = tell(type("Embedded", (Oracle,), {}), EXAMPLES)
    assert tally["examples"] >= EXAMPLES
    assert not (set(ACTS) | ALSO) - set(tally), f"never happened: {(set(ACTS) | ALSO) - set(tally)}"


@pytest.mark.redis
def test_every_story_reads_the_same_over_a_real_redis(redis_url: str) -> None:
    examples = max(EXAMPLES // 4, 25)
    tally = tell(type("OverRedis", (Oracle,), {"redis_url": redis_url}), examples)
    assert tally["examples"] >= examples
    assert tally["flush"] and tally["redeliver"] and tally["restarts"]
