from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fluxhound.detection.measures import ASN_COVERAGE_MIN, NAMES_MIN, measure_columns, settled
from tests.detection.conftest import Judged


def changed(mixture: Judged, scenario_row: int, **values: Any) -> dict[str, float]:
    """Return the measures of one profile with some of its columns changed."""
    profiles = mixture.judgement.profiles.slice(scenario_row, 1)
    for name, value in values.items():
        place = profiles.schema.get_field_index(name)
        column = pa.array([value], profiles.schema.field(name).type)
        profiles = profiles.set_column(place, profiles.schema.field(name), column)
    return {name: float(column[0]) for name, column in measure_columns(profiles).items()}


@pytest.fixture
def classic(mixture: Judged) -> int:
    return mixture.row("pharma-deals24.com")


def test_every_number_is_a_column_of_floats(mixture: Judged) -> None:
    columns = mixture.judgement.columns
    rows = mixture.judgement.profiles.num_rows
    assert all(c.dtype == np.float64 and len(c) == rows for c in columns.values())
    assert "name" not in columns


@pytest.mark.parametrize("coverage", [ASN_COVERAGE_MIN - 0.01, 0.0, None])
def test_with_few_networks_known_kinds_say_nothing(
    mixture: Judged, classic: int, coverage: float | None
) -> None:
    c = changed(mixture, classic, asn_coverage=coverage)
    for name in ("operators", "eyeball_share", "hosted_share", "mixed_sets", "set_operators"):
        assert np.isnan(c[name]), name
    assert c["prefixes_without_asn"] == c["prefixes"] > 10


def test_with_most_networks_known_prefixes_say_nothing(mixture: Judged, classic: int) -> None:
    c = changed(mixture, classic, asn_coverage=ASN_COVERAGE_MIN)
    assert np.isnan(c["prefixes_without_asn"])
    assert c["operators"] > 10


def test_hosts_for_rent_and_cdns_are_one_measure(mixture: Judged, classic: int) -> None:
    c = changed(mixture, classic, hosting_share=0.25, cdn_share=0.5)
    assert c["hosted_share"] == 0.75


def test_changes_are_those_of_the_vantage_point_that_saw_most(mixture: Judged) -> None:
    name = mixture.row("pharma-deals24.com")
    assert changed(mixture, name, refreshes=70, most_changes=7)["changes"] == 7
    assert np.isnan(changed(mixture, name, refreshes=70, most_changes=None)["changes"])


@pytest.mark.parametrize(("names", "known"), [(NAMES_MIN - 1, False), (NAMES_MIN, True)])
def test_sharing_within_a_domain_needs_names(mixture: Judged, names: int, *, known: bool) -> None:
    domain = mixture.row("parcel-tracing.info", "registered-domain")
    c = changed(mixture, domain, names=names)
    assert np.isnan(c["reused_share"]) is not known
    assert np.isnan(c["name_life_s"]) is not known


@pytest.mark.parametrize(("hours", "known"), [(5.9, False), (6.0, True)])
def test_a_short_log_knows_no_life_of_names(mixture: Judged, hours: float, *, known: bool) -> None:
    domain = mixture.row("parcel-tracing.info", "registered-domain")
    assert np.isnan(changed(mixture, domain, hours=hours)["name_life_s"]) is not known


@pytest.mark.parametrize(("share", "known"), [(0.05, True), (0.5, False)])
def test_without_networks_sharing_speaks_only_against(
    mixture: Judged, share: float, *, known: bool
) -> None:
    domain = mixture.row("parcel-tracing.info", "registered-domain")
    c = changed(mixture, domain, reused_share=share, asn_coverage=0.0)
    assert np.isnan(c["reused_share"]) is not known
    assert np.isnan(c["name_life_s"])


def test_without_networks_a_domain_is_not_judged_by_what_a_cdn_shows_too(mixture: Judged) -> None:
    given = {"asn_coverage": 0.0, "agreement": 1.0, "retention_1d": 0.5}
    domain = changed(mixture, mixture.row("parcel-tracing.info", "registered-domain"), **given)
    name = changed(mixture, mixture.row("pharma-deals24.com"), **given)
    for measure in ("agreement", "retention_1d"):
        assert np.isnan(domain[measure])
        assert name[measure] == given[measure]


def test_sharing_within_a_name_means_nothing(mixture: Judged, classic: int) -> None:
    c = changed(mixture, classic, names=50, reused_share=0.5, name_life_s=60)
    assert np.isnan(c["reused_share"])
    assert np.isnan(c["name_life_s"])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.9166666666666667, 0.9166666667),
        (0.9166666666666666, 0.9166666667),
        (0.29000000000000004, 0.29),
        (-9.68, -9.68),
        (0.0, 0.0),
        (1234567890123.0, 1234567890000.0),
        (np.inf, np.inf),
    ],
)
def test_measures_do_not_depend_on_the_order_of_sums(value: float, expected: float) -> None:
    assert settled(np.array([value]))[0] == expected


def test_what_is_unknown_stays_so() -> None:
    assert np.isnan(settled(np.array([np.nan]))[0])
