"""Sketches: what is known of every entity without its history, as numbers and ranges.

Counts and entropies are those of ``dispersion``, over ``context_unit``; they are made with sorted
integers, since there are many more entities than get a profile.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.profiles.sharing import COMMON_UNITS, HUB_DOMAINS

Reals = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: Units handled at a time, to bound memory.
PORTION = 2_000_000

_PLACES = """
SELECT p.number, prefix, subnet, asn, operator, country, kind, routable,
       coalesce(domains, 0) AS domains
FROM unit_place p LEFT JOIN unit_domains d ON d.number = p.number ORDER BY p.number
"""

_UNITS = "SELECT entity, number FROM context_unit WHERE entity % $parts = $part"

_REST = """
WITH told AS (
    SELECT entity, max(ttl_max) AS ttl_max, max(size) AS set_most, sum(own) AS own,
           coalesce(sum(own_chained), 0) AS own_chained, sum(via) AS via,
           count(*) + sum(via) AS most_names, bool_or(odd) AS odd
    FROM belongs b JOIN owner_text t ON t.owner = hash(b.owner) GROUP BY entity),
mixed AS (
    SELECT DISTINCT entity FROM belongs b SEMI JOIN (
        SELECT owner FROM shows SEMI JOIN mixed_text USING (text_key)) o ON o.owner = hash(b.owner))
SELECT e.entity, kind, strict, network, network_domains, network_share, network_support,
       ttl_max, set_most, own, own_chained, via, most_names, coalesce(odd, true) AS odd,
       mixed.entity IS NOT NULL AS any_mixed,
       domain_key IS NOT NULL AS served, several_sensors, several_days
FROM entity e LEFT JOIN told USING (entity) LEFT JOIN mixed USING (entity)
LEFT JOIN network_measure USING (entity)
LEFT JOIN zone ON domain_key = hash('=' || registered_domain), circumstance
ORDER BY e.entity
"""


def sketches(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Return one row for each entity, in the order of their numbers, which begin with 0."""
    rest = connection.sql(_REST).to_arrow_table()
    places = connection.execute(_PLACES).fetchnumpy()
    codes = {
        name: np.unique(np.asarray(places[name]), return_inverse=True)[1].astype(np.uint64)
        for name in ("prefix", "subnet", "operator", "asn", "country")
    }
    size = rest.num_rows
    found = {name: np.full(size, np.nan) for name in _COLUMNS}
    units = connection.execute("SELECT count(*) FROM context_unit").fetchall()[0][0]
    parts = int(units) // PORTION + 1
    for part in range(parts):
        rows = connection.execute(_UNITS, {"parts": parts, "part": part}).fetchnumpy()
        entity, number = np.asarray(rows["entity"], np.int64), np.asarray(rows["number"], np.int64)
        present = np.bincount(entity, minlength=size) > 0
        measured = _measured(entity, number, places, codes, size)
        for name, values in measured.items():
            found[name][present] = values[present]
    for name, values in found.items():
        rest = rest.append_column(name, pa.array(values))
    return rest


_COLUMNS = (
    "units", "public_units", "unroutable_share", "eyeball_share", "hosting_share", "cdn_share",
    "education_share", "unknown_share", "asn_coverage", "prefixes", "subnets", "operators",
    "countries", "prefix_spread", "asn_spread", "effective_operators", "domains_per_address",
    "poolable",
)  # fmt: skip

_KINDS = {
    "eyeball_share": ("access", "mobile"),
    "hosting_share": ("hosting", "cloud"),
    "cdn_share": ("cdn",),
    "education_share": ("education", "government"),
    "unknown_share": ("unknown",),
}


def _measured(
    entity: Ints,
    number: Ints,
    places: Mapping[str, NDArray[np.generic]],
    codes: Mapping[str, NDArray[np.uint64]],
    size: int,
) -> dict[str, Reals]:
    """Return the measures of the entities, as dispersion and sharing define them."""
    routable = np.asarray(places["routable"], bool)
    asn = np.asarray(places["asn"], np.int64) > 0
    kinds = np.asarray(places["kind"], object)
    countries = np.asarray(places["country"], object) != ""
    units = np.bincount(entity, minlength=size).astype(np.float64)
    public = np.bincount(entity[routable[number]], minlength=size).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = {
            "units": units,
            "public_units": public,
            "unroutable_share": (units - public) / units,
            "asn_coverage": _count(entity, number, routable & asn, size) / public,
        }
        for name, of in _KINDS.items():
            found[name] = _count(entity, number, routable & np.isin(kinds, of), size) / public
        found["prefixes"], entropy = _spread(entity, codes["prefix"][number], size)
        found["prefix_spread"] = np.where(units >= 2, entropy / np.log2(units), np.nan)  # noqa: PLR2004
        found["subnets"], _ = _spread(entity, codes["subnet"][number], size)
        known = asn[number]
        _, entropy = _spread(entity[known], codes["asn"][number[known]], size)
        found["asn_spread"] = np.where(units >= 2, entropy / np.log2(units), np.nan)  # noqa: PLR2004
        found["operators"], entropy = _spread(entity[known], codes["operator"][number[known]], size)
        found["effective_operators"] = np.exp2(entropy)
        told = countries[number]
        found["countries"], _ = _spread(entity[told], codes["country"][number[told]], size)
    domains = np.asarray(places["domains"], np.int64)
    found["domains_per_address"] = _medians(entity, domains[number], size)
    linking = (domains >= 2) & (domains <= HUB_DOMAINS)  # noqa: PLR2004
    linked = _count(entity, number, linking, size)
    found["poolable"] = (linked >= COMMON_UNITS).astype(np.float64)
    return found


def _count(entity: Ints, number: Ints, of: Mask, size: int) -> Reals:
    return np.bincount(entity[of[number]], minlength=size).astype(np.float64)


def _spread(entity: Ints, code: NDArray[np.uint64], size: int) -> tuple[Reals, Reals]:
    """Return the distinct codes of each entity and their entropy in bits; NaN where it has none."""
    keys = (entity.astype(np.uint64) << np.uint64(32)) | code
    keys.sort()
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])) if len(keys) else keys
    counts = np.diff(np.append(first.astype(np.int64), len(keys))).astype(np.float64)
    of = (keys[first.astype(np.int64)] >> np.uint64(32)).astype(np.int64)
    distinct = np.bincount(of, minlength=size).astype(np.float64)
    total = np.bincount(of, weights=counts, minlength=size)
    weighed = np.bincount(of, weights=counts * np.log2(counts), minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        entropy = np.maximum(np.log2(total) - weighed / total, 0.0)
    none = distinct == 0
    return np.where(none, np.nan, distinct), np.where(none, np.nan, entropy)


def _medians(entity: Ints, values: Ints, size: int) -> Reals:
    """Return the median of each entity's positive *values*, NaN where it has none."""
    some = values > 0
    keys = (entity[some].astype(np.uint64) << np.uint64(32)) | values[some].astype(np.uint64)
    keys.sort()
    counts = np.bincount((keys >> np.uint64(32)).astype(np.int64), minlength=size)
    start = np.cumsum(counts) - counts
    there = np.flatnonzero(counts)
    value = (keys & np.uint64(0xFFFF_FFFF)).astype(np.float64)
    low = value[start[there] + (counts[there] - 1) // 2]
    high = value[start[there] + counts[there] // 2]
    result = np.full(size, np.nan)
    result[there] = (low + high) / 2
    return result
