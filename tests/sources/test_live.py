from __future__ import annotations

from fluxhound.sources.live import STATES, Health, Portion
from fluxhound.sources.tally import Tally


def test_an_input_starts_without_a_record() -> None:
    health = Health()
    assert health.state == STATES[0]
    assert health.last_record == float("-inf")


def test_a_portion_needs_no_position() -> None:
    portion = Portion(batches=(), tally=Tally())
    assert (portion.position, portion.done, portion.asked) == (None, None, ())
