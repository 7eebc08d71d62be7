"""One judgement of a history, as findings: what analyses and the live service share."""

from __future__ import annotations

import dataclasses
import difflib
import functools
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.detection.baselines.evaluation import BASELINES
from fluxhound.detection.compared import baselines_of
from fluxhound.detection.findings import finding_at
from fluxhound.detection.folding import standing
from fluxhound.detection.judgement import Judgement, judge
from fluxhound.detection.reach import could_reach
from fluxhound.detection.screen import could_be_flux
from fluxhound.enrichment.domains import domain_table
from fluxhound.enrichment.facts import AddressTable
from fluxhound.errors import UnknownNameError
from fluxhound.history.store import interruptible
from fluxhound.intel.services import known_service, renamed
from fluxhound.intel.sinkholes import sinkholed_entities, taken_over
from fluxhound.profiles.lookups import look_at_answers
from fluxhound.profiles.membership import network_members
from fluxhound.profiles.profile import build_profiles, neighbours, profile_again
from fluxhound.profiles.timelines import timeline
from fluxhound.records import FLUX_VERDICTS, SEVERITIES, EntityKind, Finding, Timeline, VerdictKind

Numbers = NDArray[np.int64]

MOST_LOOK_ALIKES = 200
_UNNAMED = [
    VerdictKind.INSUFFICIENT_EVIDENCE,
    VerdictKind.STATIC,
    VerdictKind.ROUND_ROBIN,
    *FLUX_VERDICTS,
]


class Judged:
    """The entities of one history with their verdicts; the connection must stay as it was left."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        judgement: Judgement,
        *,
        tables: AddressTable,
        not_observable: tuple[str, ...] = (),
        narrowed: bool = False,
    ) -> None:
        """Take what ``judged`` made; not for calling."""
        self._narrowed = narrowed
        self._connection = connection
        self._judgement = judgement
        self._tables = tables
        self._not_observable = not_observable

    def __len__(self) -> int:
        """Return the number of entities, whether they needed a profile or not."""
        if self._narrowed:
            found = self._connection.execute("SELECT count(*) FROM entity").fetchall()
            return int(found[0][0])
        return len(self._judgement.flux)

    @functools.cached_property
    def findings(self) -> list[Finding]:
        """Return the findings that stand for themselves, ranked."""
        flagged = np.flatnonzero(standing(self._judgement))
        return [f for f in self._built(flagged) if f.finding]

    @property
    def numbers(self) -> Numbers:
        """Return the number of each entity, as the temporary tables have it."""
        numbers: Numbers = self._judgement.profiles.column("entity").to_numpy().astype(np.int64)
        return numbers

    @property
    def log_odds(self) -> NDArray[np.float64]:
        """Return the log-odds of flux of each entity."""
        return self._judgement.log_odds

    @property
    def flagged(self) -> NDArray[np.bool_]:
        """Tell which entities are findings, those that others stand for included."""
        return self._judgement.findings

    @interruptible()
    def told(self, rows: Numbers) -> list[Finding]:
        """Return what a service says of the entities in *rows* at once, ranked.

        Of a domain's many suspected names only the one that stands for them is a finding. The
        published rules are not asked: they cost as much as the judgement.
        """
        stands = standing(self._judgement)
        unasked: dict[str, bool | None] = dict.fromkeys(BASELINES)
        found = [renamed(self._finding(int(row), unasked)) for row in rows]
        hidden = self.flagged[rows] & ~stands[rows]
        return _ranked(
            dataclasses.replace(each, finding=False) if behind else each
            for each, behind in zip(found, hidden.tolist(), strict=True)
        )

    def rows_named(self, names: Collection[str], kind: EntityKind) -> Numbers:
        """Return the rows of the entities of one *kind* with these *names*."""
        listed = zip(self._column("name"), self._column("kind"), strict=True)
        rows = [row for row, (name, is_a) in enumerate(listed) if is_a == kind and name in names]
        return np.array(rows, dtype=np.int64)

    @functools.cached_property
    def entities(self) -> tuple[Finding, ...]:
        """Return every entity, findings first, ranked."""
        self._profile_all()
        return tuple(self._built(np.arange(len(self._judgement.flux))))

    @functools.cached_property
    def look_alikes(self) -> tuple[Finding, ...]:
        """Return what looks like flux and is not: named look-alikes, the most flux-like first.

        Only those that a person could take for flux: at least three addresses that changed.
        """
        self._profile_all()
        j = self._judgement
        names = self._column("name")
        listed = np.array([known_service(n) is not None for n in names], dtype=bool)
        named = ~np.isin(j.verdicts, _UNNAMED) & ~j.findings & (j.columns["units"] >= 3)  # noqa: PLR2004
        taken = np.isin(self.numbers, list(self._sinkholed))
        rows = np.flatnonzero(named | taken | (listed & (j.columns["units"] >= 3)))  # noqa: PLR2004
        rows = rows[np.argsort(-j.flux[rows], kind="stable")][:MOST_LOOK_ALIKES]
        found = [f for f in self._built(rows) if not f.finding]
        return tuple(sorted(found, key=lambda f: (-f.flux, f.name, f.entity.value)))

    @interruptible()
    def timeline(self, name: str, entity: EntityKind | None = None) -> Timeline:
        """Return the history of an entity: its raster of addresses and its refreshes.

        Raises:
            UnknownNameError: the name was not seen, or never showed enough to be profiled.
        """
        row = self._row(name, entity)
        number = self._judgement.profiles.column("entity")[row].as_py()
        return timeline(self._connection, number, name)

    def find(self, name: str, entity: EntityKind | None = None) -> Finding:
        """Return the judgement of one name, finding or not.

        Raises:
            UnknownNameError: as for ``timeline``; the message has the nearest names.
        """
        return self._built(np.array([self._row(name, entity)]))[0]

    def _column(self, name: str) -> list[str]:
        values: list[str] = self._judgement.profiles.column(name).to_pylist()
        return values

    @functools.cached_property
    def _rows_by_name(self) -> dict[str, list[tuple[int, str]]]:
        """Return name -> its rows with their kinds: time lines are asked for one after another."""
        found: dict[str, list[tuple[int, str]]] = {}
        for row, (name, kind) in enumerate(
            zip(self._column("name"), self._column("kind"), strict=True)
        ):
            found.setdefault(name, []).append((row, kind))
        return found

    def _row(self, name: str, entity: EntityKind | None) -> int:
        names = self._rows_by_name
        rows = [row for row, kind in names.get(name, []) if entity is None or kind == entity]
        if rows:  # a flux verdict of the registered domain says more than the apex's own
            return max(rows, key=lambda i: (bool(self._judgement.findings[i]), -i))
        if self._profile(name):
            return self._row(name, entity)
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.75)
        hint = f" Did you mean {', '.join(near)}?" if near else " Check its spelling."
        raise UnknownNameError(f"{name} was not seen with addresses in the input.{hint}")

    def _profile(self, name: str) -> bool:
        """Profile the entities with this name that had none so far; tell whether there were any."""
        return self._narrowed and self._widen("WHERE name = ?", [name])

    def _profile_all(self) -> None:
        """Profile what was ruled out by less than a profile, too."""
        if self._narrowed:
            self._widen("", [])
            self._narrowed = False

    def _widen(self, where: str, given: list[str]) -> bool:
        found = self._connection.execute(f"SELECT entity FROM entity {where}", given).fetchnumpy()
        more: Numbers = np.setdiff1d(np.asarray(found["entity"], dtype=np.int64), self.numbers)
        if not more.size:
            return False
        chosen = np.concatenate([self.numbers, more])
        profiles = profile_again(self._connection, chosen, facts=self._tables.lookup)
        self._judgement = judge(profiles)
        for made in ("_rows_by_name", "_members", "_networks", "_sinkholed"):
            self.__dict__.pop(made, None)
        return True

    @interruptible()
    def _built(self, rows: Numbers) -> list[Finding]:
        baselines = self._baselines(rows)
        return _ranked(
            renamed(self._finding(int(row), rules))
            for row, rules in zip(rows, baselines, strict=True)
        )

    def _finding(self, row: int, rules: dict[str, bool | None]) -> Finding:
        finding = finding_at(
            self._judgement, row, baselines=rules, not_observable=self._not_observable
        )
        number, network = (
            self._judgement.profiles.column(name)[row].as_py() for name in ("entity", "network")
        )
        whole = dataclasses.replace(
            finding,
            members=self._members.get(number, ()),
            network=self._networks.get(network, ""),
        )
        return taken_over(whole, self._sinkholed.get(number, ()))

    @functools.cached_property
    def _sinkholed(self) -> dict[int, tuple[str, ...]]:
        """Return whose sinkholes the entities are answered with, by their numbers."""
        return sinkholed_entities(self._connection)

    @functools.cached_property
    def _members(self) -> dict[int, tuple[str, ...]]:
        """Return the members of each network that are findings, too: others only share a host."""
        if EntityKind.NETWORK not in self._column("kind"):
            return {}
        domains = np.array(self._column("registered_domain"), dtype=object)
        found = set(domains[self._judgement.findings].tolist())
        listed = network_members(self._connection)
        return {n: tuple(d for d in all_ if d in found) for n, all_ in listed.items()}

    @functools.cached_property
    def _networks(self) -> dict[int, str]:
        """Return the names of networks by their numbers."""
        columns = zip(
            self._judgement.profiles.column("entity").to_pylist(),
            self._column("name"),
            self._column("kind"),
            strict=True,
        )
        return {number: name for number, name, kind in columns if kind == EntityKind.NETWORK}

    def _baselines(self, rows: Numbers) -> list[dict[str, bool | None]]:
        """Run the published rules; kinds apart, and with the neighbours that share addresses."""
        numbers = self._judgement.profiles.column("entity").to_numpy()
        kinds = np.array(self._column("kind"), dtype=object)
        result: dict[int, dict[str, bool | None]] = {}
        for kind in sorted(set(kinds[rows])):
            wanted = rows[kinds[rows] == kind]
            if kind == EntityKind.NETWORK:  # the rules were published for single names
                result.update({int(row): dict.fromkeys(BASELINES) for row in wanted})
                continue
            near = neighbours(self._connection, pa.array(numbers[wanted]), kind)
            chosen = np.flatnonzero(np.isin(numbers, near) & (kinds == kind))
            lookups, members = look_at_answers(self._connection, pa.array(numbers[chosen]))
            verdicts = baselines_of(
                self._judgement, chosen, lookups, members, asn_known=self._tables.knows_networks
            )
            by_row = dict(zip(chosen.tolist(), verdicts, strict=True))
            result.update({int(row): by_row[int(row)] for row in wanted})
        return [result[int(row)] for row in rows]


def _ranked(found: Iterable[Finding]) -> list[Finding]:
    return sorted(
        found, key=lambda f: (-SEVERITIES.index(f.severity), -f.flux, f.name, f.entity.value)
    )


def judged(
    connection: duckdb.DuckDBPyConnection,
    *,
    tables: AddressTable,
    not_observable: tuple[str, ...] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    wide: bool = False,
    wanted: Sequence[str] = (),
    narrowed: bool = False,
) -> Judged:
    """Judge every entity of the history on *connection*, as ``build_profiles`` finds them.

    With *narrowed*, only what could be a finding, and what findings are compared with, is profiled.

    The temporary tables that are built stay on the connection, for time lines.
    """
    profiles = build_profiles(
        connection,
        domains=domain_table().lookup,
        facts=tables.lookup,
        screen=could_be_flux,
        since=since,
        until=until,
        wide=wide,
        wanted=wanted,
        reach=could_reach if narrowed else None,
    )
    judgement = judge(profiles)
    if narrowed and not wide and judgement.findings.any():
        told = _company(connection, judgement, wanted)
        judgement = judge(profile_again(connection, told, facts=tables.lookup))
    return Judged(
        connection,
        judgement,
        tables=tables,
        not_observable=not_observable,
        narrowed=narrowed and not wide,
    )


def _company(
    connection: duckdb.DuckDBPyConnection, judgement: Judgement, wanted: Sequence[str]
) -> Numbers:
    """Return the findings, whom the published rules compare them with, and what is *wanted*."""
    profiles = judgement.profiles
    asked = np.isin(profiles.column("name").to_pylist(), list(wanted))
    told = profiles.filter(pa.array(judgement.findings | asked))
    kinds = np.array(told.column("kind").to_pylist(), dtype=object)
    numbers = told.column("entity").to_numpy()
    near = [
        neighbours(connection, pa.array(numbers[kinds == kind]), kind)
        for kind in sorted({*kinds} - {EntityKind.NETWORK.value})
    ]
    return np.unique(np.concatenate([numbers, *near])).astype(np.int64)
