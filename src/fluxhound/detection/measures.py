"""The measures that the model reads: profile columns as floats, and a few made of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.records import EntityKind

Reals = NDArray[np.float64]

#: Below this share of addresses with an AS number, kinds and operators say nothing.
ASN_COVERAGE_MIN = 0.5
#: Names of a domain from which it can be told how they share addresses.
NAMES_MIN = 5
#: Below this share of addresses with several names, each name has its own host.
OWN_HOSTS_SHARE = 0.1
#: In a log shorter than this every name seems to live briefly. Chosen, not measured.
LIFE_HOURS = 6

#: Significant digits of a measure: more than anything measures, fewer than rounding reaches.
DIGITS = 10


def measure_columns(profiles: pa.Table) -> Mapping[str, Reals]:
    """Return every numeric profile column as float64 (NaN: not observable), and derived ones."""
    columns: dict[str, Reals] = {
        name: _reals(profiles.column(name))
        for name in profiles.schema.names
        if not pa.types.is_string(profiles.schema.field(name).type)
    }
    kinds = np.array(profiles.column("kind").to_pylist(), dtype=object)
    # A network is judged as a domain is: by the answers of many names.
    is_domain = np.isin(kinds, [EntityKind.REGISTERED_DOMAIN.value, EntityKind.NETWORK.value])
    return {
        name: settled(values) for name, values in (columns | _derived(columns, is_domain)).items()
    }


def settled(values: Reals) -> Reals:
    """Return *values* rounded to ``DIGITS`` significant digits.

    Engines sum in parallel, in whatever order: the last bits of a measure differ from run to run,
    and a step of the model must not stand or fall with them.
    """
    size = np.abs(values)
    known = (size > 0) & np.isfinite(size)
    exponent = np.floor(np.log10(np.where(known, size, 1.0)))
    scale = np.power(10.0, DIGITS - 1 - exponent)
    result: Reals = np.where(known, np.round(values * scale) / scale, values)
    return result


def _derived(columns: Mapping[str, Reals], is_domain: NDArray[np.bool_]) -> dict[str, Reals]:
    covered = np.nan_to_num(columns["asn_coverage"]) >= ASN_COVERAGE_MIN
    named = np.nan_to_num(columns["names"]) >= NAMES_MIN
    # Names of a CDN share addresses, agree where they stay, and grow by being asked for: without
    # networks only their own hosts say something of a domain, and that is against flux.
    judged = covered | ~is_domain
    own_hosts = np.nan_to_num(columns["reused_share"]) < OWN_HOSTS_SHARE
    long_seen = columns["hours"] >= LIFE_HOURS

    def where_known(name: str, known: NDArray[np.bool_]) -> Reals:
        return np.where(known, columns[name], np.nan)

    hosted = columns["hosting_share"] + columns["cdn_share"]

    def where_covered(*names: str) -> dict[str, Reals]:
        return {name: where_known(name, covered) for name in names}

    return {
        # Of aggregates the order is not known: different answers less one are a lower bound.
        "changes": np.where(
            np.nan_to_num(columns["aggregated"]) > 0,
            columns["epochs"] - 1,
            columns["most_changes"],
        ),
        "coverage": np.minimum(columns["units"] / columns["pool_estimate"], 1.0),
        "subnet_density": columns["units"] / columns["subnets"],
        "prefix_share": columns["prefixes"] / columns["units"],
        "hosted_share": np.where(covered, hosted, np.nan),
        **where_covered(
            "operators",
            "effective_operators",
            "asn_spread",
            "eyeball_share",
            "hosting_share",
            "cdn_share",
            "education_share",
            "unknown_share",
            "set_operators",
            "mixed_sets",
        ),
        "agreement": where_known("agreement", judged),
        "retention_1d": where_known("retention_1d", judged),
        "prefixes_without_asn": np.where(covered, np.nan, columns["prefixes"]),
        "reused_share": where_known("reused_share", is_domain & named & (covered | own_hosts)),
        "name_life_s": where_known("name_life_s", is_domain & named & covered & long_seen),
    }


def _reals(column: pa.ChunkedArray) -> Reals:
    values = (
        column.cast(pa.float64())
        if not pa.types.is_boolean(column.type)
        else column.cast(pa.int8()).cast(pa.float64())
    )
    result: Reals = values.to_numpy(zero_copy_only=False).astype(np.float64)
    return result
