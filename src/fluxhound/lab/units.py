"""The unit that is counted: a registered domain on a day, made of all its judged entities.

A registered domain alerts if any of its entities does: a name below it, itself, or a name server
whose host name lies in it. A network that alerts is counted as a network; it accuses none of its
members, who are judged themselves, with its word among the evidence. Domains that were never
profiled are units as well: they are what most of DNS is, and they were judged harmless.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fluxhound.records import EntityKind, VerdictKind

Reals = NDArray[np.float64]
Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: Columns that judging adds to a table of profiles: the verdict's word, the log-odds of flux, and
#: (may be missing) whether no score at all would make it an alert (a look-alike explains it).
VERDICT, LOG_ODDS, BARRED = "verdict", "log_odds", "barred"
#: Columns of the published rules begin with this, see ``fluxhound.lab.rivals``.
RIVAL = "baseline_"

ALERTS = (VerdictKind.SINGLE_FLUX, VerdictKind.DOUBLE_FLUX, VerdictKind.NAME_SERVER_FLUX)

#: Responses a domain was seen with, up to and including; and how the classes are called.
EVIDENCE = ((2, "1-2"), (9, "3-9"), (49, "10-49"), (None, "50+"))

#: Archetype whose answers and name servers both rotate.
DOUBLE = "double"


def domain_days(judged: pa.Table, truth: pa.Table) -> pa.Table:
    """Return *truth*, one row per registered domain, with what was judged of each.

    *judged* is one run: profiles of one setting up to one horizon, with verdicts. Columns added:
    ``entities`` (profiled ones), ``answers``, ``refreshes``, ``first_seen`` (NaN: never profiled),
    ``score`` (the highest log-odds of any entity, minus infinity without), ``alert``, ``suspect``
    (suspected, no alert), ``through_network`` (in a network that alerts, and no alert itself: a
    network accuses nobody who is not found himself), ``said_double``, ``servers_seen``,
    ``in_network``, and the highest of each column of a published rule.
    """
    place = _places(judged, truth)
    network = _words(judged, "kind") == EntityKind.NETWORK.value
    rows = np.flatnonzero((place >= 0) & ~network)
    at = place[rows]
    of = _Grouped(judged.take(pa.array(rows)), at, truth.num_rows)
    verdict = _words(judged, VERDICT)
    alerting = np.isin(verdict, ALERTS)
    suspected = verdict == VerdictKind.FLUX_SUSPECT.value
    member = _network_rows(judged, network)
    known = member[rows] >= 0
    through = of.any(known & alerting[member[rows]])
    alert = of.any(alerting[rows])
    suspect = of.any(suspected[rows])
    columns: dict[str, NDArray[np.generic]] = {
        "entities": np.bincount(at, minlength=truth.num_rows),
        "answers": np.nan_to_num(of.highest("answers")).astype(np.int64),
        "refreshes": of.highest("refreshes"),
        "first_seen": -of.highest("first_seen", sign=-1),
        "score": _scores(judged, rows, of),
        "alert": alert,
        "suspect": suspect & ~alert,
        "through_network": through & ~alert,
        "said_double": _said_double(verdict[rows], of),
        "servers_seen": of.highest("ns_addresses") > 0,
        "in_network": of.any(known),
    }
    rivals = [name for name in judged.column_names if name.startswith(RIVAL)]
    columns |= {name: of.highest(name) for name in rivals}
    taken = set(columns) & set(truth.column_names)
    return _joined(truth.drop_columns(sorted(taken)), columns)


def strays(judged: pa.Table, truth: pa.Table) -> pa.Table:
    """Return the alerting entities whose registered domain has no truth: to be looked at by hand.

    Networks are not among them; see ``network_days``.
    """
    alerting = np.isin(_words(judged, VERDICT), ALERTS)
    network = _words(judged, "kind") == EntityKind.NETWORK.value
    lost = alerting & ~network & (_places(judged, truth) < 0)
    shown = [c for c in ("kind", "name", "registered_domain", VERDICT) if c in judged.column_names]
    return judged.select(shown).filter(pa.array(lost))


def network_days(judged: pa.Table, truth: pa.Table) -> pa.Table:
    """Return one row per network: ``name``, ``alert``, ``domains`` and ``flux`` (domains in flux).

    Domains are counted by their profiled members; a network without any is left out.
    """
    network = _words(judged, "kind") == EntityKind.NETWORK.value
    alerting = np.isin(_words(judged, VERDICT), ALERTS)
    place = _places(judged, truth)
    member = _network_rows(judged, network)
    rows = np.flatnonzero((member >= 0) & (place >= 0) & ~network)
    pairs = np.unique(np.stack([member[rows], place[rows]], axis=1), axis=0)
    flux = _mask(truth, "flux")
    found, begins = np.unique(pairs[:, 0], return_index=True)
    ends = np.append(begins[1:], len(pairs))
    within = np.concatenate([[0], np.cumsum(flux[pairs[:, 1]])])
    return pa.table(
        {
            "name": judged.column("name").take(pa.array(found)),
            "alert": alerting[found],
            "domains": ends - begins,
            "flux": within[ends] - within[begins],
        }
    )


def evidence(units: pa.Table) -> NDArray[np.object_]:
    """Return the class of evidence of each unit: responses that were seen of it."""
    known = [c for c in ("responses", "queries", "answers") if c in units.column_names]
    seen = numbers(units, known[0])
    bounds = [most for most, _ in EVIDENCE if most is not None]
    labels = np.array([label for _, label in EVIDENCE], dtype=object)
    result: NDArray[np.object_] = labels[np.searchsorted(bounds, np.nan_to_num(seen))]
    return result


def numbers(units: pa.Table, column: str) -> Reals:
    """Return a column as real numbers, NaN where it is null."""
    values = pc.cast(units.column(column), pa.float64())
    return np.asarray(values.to_numpy(zero_copy_only=False), np.float64)


def masked(units: pa.Table, column: str) -> Mask:
    """Return a column of truths, false where it is null or the column is missing."""
    if column not in units.column_names:
        return np.zeros(units.num_rows, np.bool_)
    return _mask(units, column)


def words(units: pa.Table, column: str) -> NDArray[np.object_]:
    """Return a column of text as objects, for comparison; nulls are empty."""
    return _words(units, column)


class _Grouped:
    """Values of rows brought together by the unit they belong to."""

    def __init__(self, rows: pa.Table, at: Counts, units: int) -> None:
        self._rows, self._at, self._units = rows, at, units

    def any(self, hit: Mask) -> Mask:
        """Tell for each unit whether any of its rows is hit."""
        return np.bincount(self._at[hit], minlength=self._units) > 0

    def highest(self, column: str, *, sign: int = 1) -> Reals:
        """Return for each unit the highest known value (times *sign*), NaN without."""
        if column not in self._rows.column_names:
            return np.full(self._units, np.nan)
        return self.highest_of(sign * numbers(self._rows, column))

    def highest_of(self, values: Reals) -> Reals:
        """Return for each unit the highest of *values* that is known, NaN without."""
        best = np.full(self._units, -np.inf)
        known = ~np.isnan(values)
        np.maximum.at(best, self._at[known], values[known])
        return np.where(self.any(known), best, np.nan)


def _scores(judged: pa.Table, rows: Counts, of: _Grouped) -> Reals:
    """Return the highest log-odds of what may alert at all; minus infinity without."""
    odds = np.where(masked(judged, BARRED), -np.inf, numbers(judged, LOG_ODDS))
    return np.nan_to_num(of.highest_of(odds[rows]), nan=-np.inf, neginf=-np.inf, posinf=np.inf)


def _said_double(verdict: NDArray[np.object_], of: _Grouped) -> Mask:
    """Tell double flux as such, or single flux of names served by a name server in flux."""
    double = of.any(verdict == VerdictKind.DOUBLE_FLUX.value)
    servers = of.any(verdict == VerdictKind.NAME_SERVER_FLUX.value)
    return double | (servers & of.any(verdict == VerdictKind.SINGLE_FLUX.value))


def _network_rows(judged: pa.Table, network: Mask) -> Counts:
    """Return the row of the network each row is a member of, -1 without."""
    none = np.full(judged.num_rows, -1, np.int64)
    if "network" not in judged.column_names or not network.any():
        return none
    rows = np.flatnonzero(network)
    entity = numbers(judged, "entity")[rows]
    order = np.argsort(entity)
    wanted = numbers(judged, "network")
    at = np.minimum(np.searchsorted(entity[order], wanted), len(rows) - 1)
    found = rows[order[at]]
    return np.where(entity[order[at]] == wanted, found, none)


def _places(judged: pa.Table, truth: pa.Table) -> Counts:
    """Return the row of the truth for each judged row, -1 without."""
    known = truth.column("registered_domain").combine_chunks()
    at = pc.index_in(judged.column("registered_domain").cast(known.type), value_set=known)
    return np.asarray(pc.fill_null(at, -1).to_numpy(), np.int64)


def _joined(table: pa.Table, columns: dict[str, NDArray[np.generic]]) -> pa.Table:
    for name, values in columns.items():
        table = table.append_column(name, pa.array(values))
    return table


def _mask(table: pa.Table, column: str) -> Mask:
    values = pc.fill_null(pc.cast(table.column(column), pa.bool_()), False)
    return np.asarray(values.to_numpy(zero_copy_only=False), np.bool_)


def _words(table: pa.Table, column: str) -> NDArray[np.object_]:
    """Decode by dictionary, so that a word is held once and not once a row."""
    found = pc.cast(table.column(column), pa.string()).combine_chunks().dictionary_encode()
    known = np.array([*found.dictionary.to_pylist(), ""], dtype=object)
    place = pc.fill_null(found.indices, len(known) - 1).to_numpy(zero_copy_only=False)
    result: NDArray[np.object_] = known[place]
    return result
