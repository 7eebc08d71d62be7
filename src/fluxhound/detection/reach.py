"""Which entities could reach a finding, knowing more and more of them: an admissible cascade.

The first sketch of an entity is what its addresses, times to live and companions say; the second
adds how its answers followed each other. What is known enters exactly or as a range, and every
measure that is not known is given the most that it can give, so that nothing that could become a
finding is left out.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.detection.bounds import (
    SEEN,
    UNSEEN,
    Mask,
    Range,
    Reals,
    between,
    exactly,
    most_of_card,
    within,
)
from fluxhound.detection.judgement import FINDING_SCORE, LINES_MIN, NETWORK_SHARE_MIN, NEVER
from fluxhound.detection.measures import ASN_COVERAGE_MIN, NAMES_MIN
from fluxhound.detection.model import CARDS, Model, model
from fluxhound.detection.screen import SLACK
from fluxhound.records import EntityKind

Rows = NDArray[np.int64]
Words = NDArray[np.object_]


def could_reach(sketch: pa.Table, *, using: Model | None = None) -> Mask:
    """Return which rows of *sketch* (see ``profiles.sketch``) could be findings.

    Networks whose word counts for an entity that could be one are needed as well.
    """
    rules = using or model()
    odd = _flags(sketch, "odd")
    is_network = np.equal(_words(sketch, "kind"), EntityKind.NETWORK.value)
    known = _Known(sketch)
    lines = known.of("eyeball_share")
    on_lines = (lines.state == UNSEEN) | ~(lines.high < LINES_MIN)
    bound = np.where(odd, np.inf, NEVER)
    networks = np.flatnonzero(is_network & ~odd)
    none = np.full(len(networks), np.nan)
    bound[networks] = _most(rules, known, networks, on_lines, odds=none, in_company=True)
    supported = _supported(sketch)
    members = np.flatnonzero(~is_network & ~odd & ((supported >= 0) | on_lines))
    odds = np.where(supported[members] >= 0, bound[supported[members]], np.nan)
    bound[members] = _most(rules, known, members, on_lines, odds=odds, in_company=False)
    could: Mask = bound >= FINDING_LINE - SLACK
    speaking = supported[could & ~is_network]
    could[speaking[speaking >= 0]] = True
    return could


#: Units without which neither retention nor the size of the pool is estimated (profiles.openness).
RETAINED_MIN = 20
RECAPTURED_MIN = 7

FINDING_LINE = float(np.log(FINDING_SCORE / (1 - FINDING_SCORE)))


def _most(
    rules: Model, known: _Known, rows: Rows, on_lines: Mask, *, odds: Reals, in_company: bool
) -> Reals:
    """Return the most that *rows* can reach, where networks speak with *odds* at the most.

    Networks have their company in themselves; others need one that speaks (``judgement``).
    """
    speaks = ~np.isnan(odds)
    least = np.full(len(rows), -np.inf)
    word = Range(low=least, high=odds, state=np.where(speaks, SEEN, UNSEEN))

    def ranges(measure: str) -> Range:
        return word if measure == "network_odds" else known.of(measure).at(rows)

    in_force = {"lines": on_lines[rows], "rented": speaks | in_company}
    found: list[Reals] = []
    for card in CARDS["flux"]:
        most = np.full(len(rows), NEVER)
        if in_force[card].any():
            most = np.where(in_force[card], most_of_card(rules, card, ranges, len(rows)), NEVER)
        found.append(most)
    result: Reals = np.maximum(*found)
    return result


def _supported(sketch: pa.Table) -> Rows:
    """Return the row of the network that speaks for each entity, -1 where none does."""
    network = _reals(sketch, "network")
    speaks = np.nan_to_num(_reals(sketch, "network_share")) >= NETWORK_SHARE_MIN - SLACK
    number = sketch.column("entity").to_numpy()
    row = np.minimum(np.searchsorted(number, np.nan_to_num(network)), len(number) - 1)
    result: Rows = np.where(speaks & (number[row] == network), row, -1)
    return result


class _Known:
    """What is known of the measures of each row."""

    def __init__(self, sketch: pa.Table) -> None:
        self._sketch = sketch
        self._found: dict[str, Range] = {}
        rows = sketch.num_rows
        self._least, self._none = np.full(rows, -np.inf), np.zeros(rows)
        self._any, self._all = np.full(rows, np.inf), np.ones(rows)
        covered = np.nan_to_num(_reals(sketch, "asn_coverage")) >= ASN_COVERAGE_MIN
        kinds = _words(sketch, "kind")
        is_domain = np.isin(kinds, [EntityKind.REGISTERED_DOMAIN, EntityKind.NETWORK])
        units = _reals(sketch, "units")
        named = is_domain & ~(_reals(sketch, "most_names") < NAMES_MIN)
        self._conditions = {
            "covered": covered,
            "is_domain": is_domain,
            "named": named,
            "served": _flags(sketch, "served"),
            "several_sensors": _flags(sketch, "several_sensors"),
            "kept": _flags(sketch, "several_days") & ~(units < RETAINED_MIN),
            "recaptured": ~(units < RECAPTURED_MIN),
        }
        self._made = self._derived(covered, kinds)

    def of(self, measure: str) -> Range:
        """Return what is known of one measure."""
        if measure not in self._found:
            found = self._range(measure)
            needs = "served" if measure.startswith("ns_") else _NEEDS.get(measure)
            self._found[measure] = found if needs is None else found.where(self._conditions[needs])
        return self._found[measure]

    def _range(self, measure: str) -> Range:
        if measure in self._made:
            return self._made[measure]
        if measure in EXACT:
            return exactly(_reals(self._sketch, measure), SLACK)
        if measure in _SHARES:
            return between(self._none, self._all)
        return between(self._least, self._any)

    def _derived(self, covered: Mask, kinds: Words) -> dict[str, Range]:
        of = self._sketch
        units, prefixes = _reals(of, "units"), _reals(of, "prefixes")
        hosted = _reals(of, "hosting_share") + _reals(of, "cdn_share")
        is_network = kinds == EntityKind.NETWORK
        pool = between(self._none, np.where(_reals(of, "poolable") > 0, np.inf, 0.0))
        made = {
            "prefix_share": exactly(prefixes / units, SLACK),
            "prefixes_without_asn": exactly(np.where(covered, np.nan, prefixes), SLACK),
            "subnet_density": exactly(units / _reals(of, "subnets"), SLACK),
            "hosted_share": exactly(hosted, SLACK),
            "chained_share": self._chained(),
            "pool_domains": pool.where(~is_network),
        }
        return made | (self._followed() if "epochs" in of.schema.names else self._sets())

    def _chained(self) -> Range:
        """Return which share of an entity's answers has chains (``sharing``).

        What it was seen in as a name of a chain may be among what has its own name, too.
        """
        own, own_chained, via = (_reals(self._sketch, n) for n in ("own", "own_chained", "via"))
        with np.errstate(invalid="ignore", divide="ignore"):
            least = np.where(own > 0, own_chained / own, 1.0)
            return within(least - SLACK, (own_chained + via) / (own + via) + SLACK)

    def _sets(self) -> dict[str, Range]:
        """Return what answers can be, by the largest of them and by what they mix."""
        mixed = _flags(self._sketch, "any_mixed")
        return {
            "set_size": within(self._all, _reals(self._sketch, "set_most")),
            "set_operators": within(self._none, np.where(mixed, np.inf, 1.0)),
            "mixed_sets": between(self._none, mixed.astype(np.float64)),
        }

    def _followed(self) -> dict[str, Range]:
        """Return what is known of how answers followed each other (``measures``)."""
        of = self._sketch
        aggregated = np.nan_to_num(_reals(of, "aggregated")) > 0
        interval = np.where(aggregated, np.nan, _reals(of, "change_interval_s"))
        ttl = _reals(of, "ttl_max")
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = np.where(ttl > 0, interval / ttl, np.nan)
        changes = np.where(aggregated, _reals(of, "epochs") - 1, _reals(of, "most_changes"))
        return {
            "set_size": exactly(_reals(of, "set_size"), SLACK),
            "set_operators": exactly(_reals(of, "set_operators"), SLACK),
            "mixed_sets": exactly(_reals(of, "mixed_sets"), SLACK),
            "change_interval_s": exactly(interval, SLACK),
            "change_ratio": exactly(ratio, SLACK),
            "changes": exactly(changes, SLACK),
        }


#: Measures that a sketch has as they are.
EXACT = frozenset({
    "public_units", "unroutable_share", "operators", "effective_operators", "asn_spread",
    "eyeball_share", "hosting_share", "cdn_share", "education_share", "unknown_share", "countries",
    "prefix_spread", "domains_per_address", "ttl_max", "network_domains", "network_share",
    "network_support",
})  # fmt: skip
#: Measures that are shares and not known.
_SHARES = frozenset({
    "new_rate", "new_rate_late", "interleaved", "return_rate", "coverage", "reused_share",
    "fixed_names", "agreement", "retention_1d", "retention_3d", "ns_self_hosted",
})  # fmt: skip
#: What a measure needs to be measured at all.
_NEEDS = {
    "fixed_names": "is_domain", "reused_share": "named", "name_life_s": "named",
    "agreement": "several_sensors", "retention_1d": "kept", "retention_3d": "kept",
    "retention_7d": "kept", "coverage": "recaptured", "pool_estimate": "recaptured",
} | dict.fromkeys(
    ("operators", "effective_operators", "asn_spread", "eyeball_share", "hosting_share",
     "cdn_share", "education_share", "unknown_share", "hosted_share", "set_operators",
     "mixed_sets"), "covered",
)  # fmt: skip


def _reals(table: pa.Table, name: str) -> Reals:
    column = table.column(name)
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    found: Reals = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return found


def _flags(table: pa.Table, name: str) -> Mask:
    flags: Mask = table.column(name).fill_null(False).to_numpy(zero_copy_only=False)
    return flags.astype(bool)


def _words(table: pa.Table, name: str) -> Words:
    return np.array(table.column(name).to_pylist(), dtype=object)
