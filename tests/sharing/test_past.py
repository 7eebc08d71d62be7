from __future__ import annotations

from hypothesis import given

from fluxhound.records import EntityKind
from fluxhound.sharing.outbound import is_host, outside
from fluxhound.sharing.past import NOTHING, Past, past_of, public_timeline
from tests.sharing import builders, exporting
from tests.sharing.exporting import rrset


def test_rrsets_become_records_the_newest_first() -> None:
    found = past_of("x", None, exporting.rrsets(builders.single_flux()))
    assert [(r.name, r.type, r.value) for r in found.records][:2] == [
        ("edge.kx-delivery.example", "A", "192.0.2.1"),
        ("edge.kx-delivery.example", "A", "198.51.100.9"),
    ]
    assert found.left_out == 2
    assert found.distinct_addresses == 3


def test_the_same_record_of_several_sets_is_one() -> None:
    sets = [rrset("a.example", "A", "192.0.2.1", "192.0.2.2", at=at) for at in (0, 9000)]
    found = past_of("a.example", None, [*sets, rrset("a.example", "A", "192.0.2.1", at=5000)])
    assert [r.count for r in found.records] == [9, 6]
    assert (found.records[0].last - found.records[0].first).total_seconds() == 9600


def test_a_time_line_stands_in_where_there_are_no_rrsets() -> None:
    timeline = builders.timelines()[EntityKind.NAME, "kx-delivery.example"]
    found = past_of("kx-delivery.example", timeline)
    assert found.distinct_addresses == len(timeline.rows)
    assert found.facts["192.0.2.1"].asn == 64496
    assert len(found.addresses(5)) == 5


def test_nothing_is_known_of_some() -> None:
    assert past_of("a.example", None) == NOTHING


def test_a_public_time_line_has_no_vantage_point() -> None:
    timeline = builders.timelines()[EntityKind.NAME, "kx-delivery.example"]
    assert {change.sensor for change in timeline.changes} == {"192.0.2.53"}
    assert {change.sensor for change in public_timeline(timeline).changes} == {""}


@given(exporting.pasts)
def test_only_what_may_leave_is_in_it(past: Past) -> None:
    for record in past.records:
        assert is_host(record.name)
        assert is_host(record.value) or outside(record.value)
        assert record.first <= record.last
