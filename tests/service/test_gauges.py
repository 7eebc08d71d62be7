from __future__ import annotations

from datetime import UTC, datetime

from fluxhound.service.gauges import table_ages


def test_ages_of_tables_are_in_seconds() -> None:

    ages = table_ages({"asn": "2026-11-23", "kind": "unknown"}, datetime(2026, 11, 24, tzinfo=UTC))
    assert ages == {"asn": 86_400.0}
