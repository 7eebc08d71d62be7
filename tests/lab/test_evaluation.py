from __future__ import annotations

from fluxhound.lab.evaluation import Networks, evaluated, figures, view, worst
from fluxhound.lab.metrics import Share
from tests.lab.measured import NETWORKS, evaluation, units


def test_everything_is_brought_together() -> None:
    found = evaluation(missed=1, false=1)
    assert found.day.rates.found == Share(45, 50)
    assert found.day.rates.false == Share(1, 40)
    assert found.day.confusion.right == Share(45, 45)
    assert found.networks == Networks(alerting=2, false=1, mixed=0)
    assert found.notes == ("something was left out",)
    assert found.week is not None
    assert found.week.found_or_suspected["slow"] == Share(10, 10)
    assert list(found.views) == ["one"]


def test_a_rule_beats_ours_where_it_finds_more_at_our_false_findings() -> None:
    assert view(units()).beaten  # both find all
    assert not view(units(missed=2)).beaten
    # With no false finding allowed, the benign one above all flux takes everything from the rule.
    lost = view(units(missed=2, false=1))
    assert lost.rivals["holz_24h"].at_ours == Share(50, 50)


def test_fast_flux_has_delays() -> None:
    found = evaluation()
    both = found.fast()
    assert both is not None
    assert both[0].median == 29  # first seen after one minute, found by half at 30
    closely = found.fast(closely=True)
    assert closely is not None
    assert closely[0].median == 29
    assert evaluated(units(), networks=NETWORKS, strays=0).fast() is None


def test_what_was_not_run_is_not_drawn() -> None:
    some = evaluated(units(), networks=NETWORKS, strays=0)
    assert [f.name for f in figures(some)] == ["recall", "calibration"]
    assert [f.name for f in figures(evaluation())] == [
        "recall", "calibration", "delay-minutes", "delay-refreshes", "ablation",
    ]  # fmt: skip


def test_the_worst_kind_is_the_one_with_the_lowest_share() -> None:
    shares = {"a": Share(9, 10), "b": Share(1, 2), "c": Share(0, 0)}
    assert worst(shares, ("a", "b", "c", "d")) == ("b", Share(1, 2))
    assert worst(shares, ("c",)) is None
