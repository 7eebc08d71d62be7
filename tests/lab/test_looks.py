from __future__ import annotations

import math

import pyarrow as pa
import pytest

from fluxhound.lab.looks import Looks, joined, looks
from fluxhound.lab.metrics import Share
from fluxhound.lab.units import domain_days
from tests.lab.tables import entity, judged, truth

KNOWN = truth(
    [("a.test", "classic"), ("b.test", "classic"), ("c.test", "slow"), ("d.test", "-cdn"),
     ("e.test", "-cdn")]
)  # fmt: skip
START = 1_000.0


def look(**verdicts: tuple[str, int]) -> pa.Table:
    """Make one look: domain -> verdict and refreshes; all are first seen after a minute."""
    rows = [
        entity(f"{name}.test", verdict, refreshes=refreshes, first_seen=START + 60)
        for name, (verdict, refreshes) in verdicts.items()
    ]
    return domain_days(judged(rows), KNOWN)


def day() -> Looks:
    return looks(
        {
            60: look(a=("single-flux", 9), d=("static", 1), c=("flux-suspect", 0)),
            10: look(a=("single-flux", 3), b=("static", 2), d=("single-flux", 3)),
            30: look(a=("static", 5), b=("double-flux", 6), d=("static", 3)),
        },
        start=START,
    )


def test_the_first_look_that_alerts_counts() -> None:
    found = day()
    assert found.minutes == (10, 30, 60)
    assert found.first_alert.tolist() == [0, 1, -1, 0, -1]
    assert found.first_suspect.tolist() == [0, 1, 2, 0, -1]
    # e was never profiled: its beginning is that of the day.
    assert found.delay.tolist() == [9, 29, 59, 9, 60]
    assert found.refreshes.tolist() == [3, 6, 0, 3, 0]


def test_false_findings_are_those_of_any_look() -> None:
    found = day()
    assert found.false == Share(1, 2)
    assert found.false_by_archetype == {"cdn": Share(1, 2)}


def test_delays_by_hand() -> None:
    found = day()
    assert found.found(10) == {"classic": Share(1, 2), "slow": Share(0, 1)}
    assert found.found(60) == {"classic": Share(2, 2), "slow": Share(0, 1)}
    minutes, refreshes = found.by_archetype()["classic"]
    assert (minutes.median, minutes.at(9), minutes.at(30)) == (9, 0.5, 1)
    assert (refreshes.median, refreshes.at(6)) == (3, 1)
    assert math.isinf(found.by_archetype()["slow"][0].median)
    assert found.in_minutes().at(30) == pytest.approx(2 / 3)


def test_a_domain_that_a_short_look_does_not_know_was_silent_in_it() -> None:
    early = domain_days(judged([]), KNOWN.slice(3))
    found = looks({10: early, 20: look(a=("single-flux", 4))}, start=START)
    assert found.first_alert.tolist() == [1, -1, -1, -1, -1]
    assert found.flux.tolist() == [True, True, True, False, False]


def test_runs_are_joined() -> None:
    both = joined([day(), day()])
    assert both.false == Share(2, 4)
    assert both.found(30)["classic"] == Share(4, 4)
    with pytest.raises(ValueError, match="same minutes"):
        joined([day(), looks({5: look()})])


def test_fast_flux_that_is_watched_closely() -> None:
    known = truth(
        [("a.test", "classic"), ("b.test", "classic"), ("c.test", "classic"), ("d.test", "slow")],
        rotation_s=[300.0, 300.0, 900.0, 300.0],
        responses=[12, 11, 100, 100],
    )
    found = looks({60: domain_days(judged([]), known)})
    assert found.fast("classic", low_s=240, high_s=360).tolist() == [True, True, False, False]
    closely = found.fast("classic", low_s=240, high_s=360, closely=True)
    assert closely.tolist() == [True, False, False, False]
    assert not day().fast("classic", low_s=0, high_s=9e9).any()  # its truth tells no rotation
