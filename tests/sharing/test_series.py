from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from fluxhound.records import AddressSpan, Timeline
from fluxhound.sharing import series
from tests.sharing import builders

EMPTY = Timeline(name="x.example", rows=(), changes=())
HOUR = series.Extent(builders.START, builders.START + timedelta(hours=1))


def test_growth_counts_each_address_once() -> None:
    growth = series.growth(builders.staircase("x.example", 40))
    assert growth.total == 40
    assert growth.complete
    counts = [count for _, count in growth.steps]
    assert counts == sorted(counts)


def test_growth_prefers_what_is_complete() -> None:
    whole = builders.staircase("x.example", 40)
    cut = replace(whole, rows=whole.rows[:10], rows_left_out=30)
    assert series.growth(cut).total == 40
    assert series.growth(cut).complete
    poor = replace(cut, changes=whole.changes[:5], changes_left_out=32)
    assert series.growth(poor).total == 10
    assert not series.growth(poor).complete
    assert not series.growth(replace(cut, changes=())).complete


def test_nothing_seen_has_no_extent() -> None:
    assert series.extent([EMPTY]) is None
    assert series.growth(EMPTY).total == 0
    assert series.ttl_steps(()) == ()
    assert series.sparkline((), HOUR, 10) == ""


def test_networks_are_counted_by_addresses() -> None:
    networks = series.by_network(builders.staircase("x.example", 40).rows)
    assert sum(network.addresses for network in networks) == 40
    assert len(networks) == 25
    assert networks[0].label == "AS64496"
    assert series.asn_label(None) == "no ASN data"


def test_a_sparkline_rises_with_growth() -> None:
    timeline = builders.staircase("x.example", 40)
    within = series.extent([timeline])
    assert within is not None
    bars = series.sparkline(series.growth(timeline).steps, within, 30)
    assert len(bars) == 30
    assert list(bars) == sorted(bars)
    assert bars[-1] == "█"


spans = st.builds(
    lambda start, length: AddressSpan(
        first=builders.START + timedelta(seconds=start),
        last=builders.START + timedelta(seconds=start + length),
        count=1,
    ),
    st.integers(0, 3_600),
    st.integers(0, 600),
)


@given(st.lists(spans, max_size=30), st.integers(1, 760), st.integers(0, 16))
def test_pixels_stay_inside_apart_and_visible(
    stretches: list[AddressSpan], width: int, gap: int
) -> None:
    pieces = series.closed(series.pixels(stretches, HOUR, width), gap)
    assert bool(pieces) == bool(stretches)
    assert all(length >= 1 and start >= 0 and start + length <= width for start, length in pieces)
    ends = [start + length for start, length in pieces]
    assert all(start > end + gap for (start, _), end in zip(pieces[1:], ends, strict=False))


@given(st.integers(1, 4_000_000_00), st.integers(1, 10))
def test_ticks_are_few_and_inside(seconds: int, most: int) -> None:
    within = series.Extent(builders.START, builders.START + timedelta(seconds=seconds))
    ticks = series.ticks(within, most)
    assert len(ticks) <= most + 1
    assert all(within.first <= time <= within.last for time, _ in ticks)


def test_ticks_are_round() -> None:
    labels = [label for _, label in series.ticks(HOUR, 8)]
    assert labels == ["06:00", "06:15", "06:30", "06:45", "07:00"]
