"""What ``fluxhound lab generate`` does: a plan from the command line, its run, and a summary."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.cli.laboratory.counts import counts, overrides
from fluxhound.cli.moments import parse_moment
from fluxhound.cli.results import check_output
from fluxhound.errors import UsageError
from fluxhound.lab.parameters import parameters
from fluxhound.lab.setting import Setting
from fluxhound.lab.traffic import generate
from fluxhound.lab.vantage import Vantage
from fluxhound.lab.writing.formats import RecordFormat, Scene, format_named, format_of
from fluxhound.lab.writing.order import in_order, parts_for
from fluxhound.lab.writing.recording import Recording, record
from fluxhound.lab.writing.truth import truth_path
from fluxhound.quantities import format_size
from fluxhound.service.intake import Progress, Tell
from fluxhound.sharing.measures import amount

DAY = 86_400.0
#: Rows for each query, for cutting the work: the answer, a delegation, the addresses of servers.
_ROWS_PER_QUERY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to generate, and where to write it."""

    setting: Setting
    form: RecordFormat
    out: Path
    truth: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was written, and the truth of it."""

    recording: Recording
    domains: int
    flux: int

    @property
    def paths(self) -> list[Path]:
        """Return the files that were written."""
        return [path for path in (self.recording.path, self.recording.truth) if path]


def plan(given: Mapping[str, Any], *, now: datetime) -> Plan:
    """Return the plan that the options *given* stand for.

    Raises:
        UsageError: if they make no sense, or a file would be lost.
        ConfigurationError: if a number lies outside its bounds.
    """
    out: Path = given["out"]
    form = format_named(given["format"]) if given["format"] else format_of(out)
    if given["aggregated"] and not form.aggregates:
        raise UsageError(f"--aggregated goes with cof, parquet and csv, not with {form.name}.")
    truth = truth_path(out, columns=form.name == "parquet") if given["truth"] else None
    _check(out, truth, force=given["force"])
    setting = _setting(given, aggregated=given["aggregated"] or form.only_aggregates, now=now)
    return Plan(setting=setting, form=form, out=out, truth=given["truth"])


def _check(out: Path, truth: Path | None, *, force: bool) -> None:
    """Tell before the work, not after it, that a file would be lost or cannot be written."""
    check_output(out)
    there = next((path for path in (out, truth) if path and path.exists()), None)
    if there and not force:
        raise UsageError(f"{there} exists. Add --force to replace it.")


def _setting(given: Mapping[str, Any], *, aggregated: bool, now: datetime) -> Setting:
    known = parameters()
    start = parse_moment(given["start"], now=now, option="--start").timestamp()
    if start <= 0 or start % DAY:
        raise UsageError(f"--start {given['start']!r} is no day; write one, such as 2026-11-02.")
    same = ("resolvers", "places", "clients", "position", "servers", "loss", "min_ttl", "max_ttl")
    return Setting(
        seed=given["seed"],
        counts=counts(
            known, domains=given["domains"], flux=given["flux"], archetypes=given["archetypes"]
        ),
        days=given["days"],
        start=start,
        vantage=Vantage(
            **{name: given[name] for name in same},
            mixed_case_share=given["mixed_case"],
            aggregated=aggregated,
        ),
        overrides=overrides(given["changes"], known),
    )


def run(planned: Plan, tell: Tell) -> Done:
    """Generate, order and write, and *tell* how far the work is.

    Raises:
        ConfigurationError: if the setting asks for what the parameters do not have.
        UsageError: if a file cannot be written.
    """
    setting = planned.setting
    traffic = generate(setting)
    queries = pc.sum(traffic.truth.column("queries")).as_py() or 0
    rows = in_order(
        _told(traffic.batches(), _teller(tell, "generating", "")),
        first=setting.start,
        last=setting.start + setting.days * DAY,
        parts=parts_for(queries * _ROWS_PER_QUERY),
    )
    above = setting.vantage.position == "above"
    recording = record(
        rows,
        planned.out,
        form=planned.form,
        scene=Scene(above=above, aggregated=setting.vantage.aggregated),
        truth=traffic.truth if planned.truth else None,
        tell=_teller(tell, "writing", planned.out.name),
    )
    flux = pc.sum(traffic.truth.column("flux")).as_py() or 0
    return Done(recording=recording, domains=traffic.truth.num_rows, flux=flux)


def _teller(tell: Tell, stage: str, name: str) -> Callable[[int], None]:
    def told(rows: int) -> None:
        tell(Progress(stage=stage, input=name, bytes_read=0, bytes_total=None, records=rows))

    return told


def _told(
    batches: Iterable[pa.RecordBatch], tell: Callable[[int], None]
) -> Iterator[pa.RecordBatch]:
    rows = 0
    for batch in batches:
        rows += batch.num_rows
        tell(rows)
        yield batch


def summary(planned: Plan, done: Done) -> str:
    """Return what was written, in one line and one more for what could not be."""
    seen, seed = done.recording, planned.setting.seed
    records = f"{amount(seen.records, 'record')} ({planned.form.name})"
    domains = f"{amount(done.domains, 'registered domain')}, {done.flux:,} of them flux"
    lines = [f"{seen.path}: {records}, {format_size(seen.octets)}; {domains}; seed {seed}"]
    lines += [f"left out: {amount(n, 'response')} ({why})" for why, n in seen.left_out.items()]
    return "\n".join(lines)
