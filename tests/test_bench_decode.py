"""The benchmark of decoding: its frames are the mix that it tells of, and its ways do one job."""

from __future__ import annotations

import statistics

import dnstap_pb
import pytest

from bench.decode import WAYS, Work, make_frames, measure, portions, table, work
from fluxhound.sources import rrsets

COUNT = 6_000


@pytest.fixture(scope="module")
def given() -> Work:
    return work(make_frames(COUNT, names=2_000))


def test_the_same_seed_gives_the_same_frames(given: Work) -> None:
    assert make_frames(COUNT, names=2_000) == given.frames
    assert make_frames(COUNT, names=2_000, seed=2) != given.frames


def test_mix_is_what_it_is_said_to_be(given: Work) -> None:
    messages = [dnstap_pb.Dnstap.FromString(each).message for each in given.frames]
    above = sum(each.type == dnstap_pb.Message.RESOLVER_RESPONSE for each in messages)
    assert 0.17 < above / COUNT < 0.23
    sizes = [len(each.response_message) for each in messages]
    assert min(sizes) > 40
    assert statistics.median(sizes) < 130
    assert statistics.quantiles(sizes, n=10)[-1] < 240


def test_every_frame_is_decoded_either_way(given: Work) -> None:
    for both in (True, False):
        found = portions(given, both=both)
        assert sum(portion.tally.records for portion in found) == COUNT
        assert sum(portion.tally.bad.total() for portion in found) == 0
    absent = sum(portion.tally.passed_over[rrsets.NO_SUCH_NAME] for portion in found)
    assert 0.03 < absent / COUNT < 0.25


def test_every_way_runs_and_the_table_shows_ratios(given: Work) -> None:
    rates = measure(given, rounds=1)
    assert set(rates) == set(WAYS)
    assert table({"dnspython": [10.0], "decode": [100.0, 200.0, 300.0]}).endswith(
        "| decode | 200 | 100 to 300 | 20.0 |"
    )
