"""The options that commands share, and the request that they make together with the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from fluxhound import config
from fluxhound.cli.help import Decorated, option
from fluxhound.cli.moments import parse_moment
from fluxhound.config import Settings
from fluxhound.errors import UsageError
from fluxhound.quantities import parse_size

READING = "Reading"
ENGINE = "Engine"
SCREEN = "Screen"

#: The columns of an observation. Told here, because the schema needs a library that is slow to
#: load and --help must not wait.
OUR_COLUMNS = (
    "time", "name", "type", "answers", "ttl", "client", "sensor", "time_last", "count",
)  # fmt: skip

_PATH = click.Path(path_type=Path)


class _Size(click.ParamType[int]):
    name = "SIZE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            size = value if isinstance(value, int) else parse_size(value)
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)
        if size < config.SMALLEST_MEMORY:
            self.fail(f"{value} is too little; give at least 64MiB.", param, ctx)
        return size


READING_OPTIONS = (
    option(READING, "--input-format", metavar="NAME", help="Format of every input [by content]."),
    option(READING, "--since", metavar="TIME", help="Only from then on: 2h, 7d ago, or ISO 8601."),
    option(READING, "--until", metavar="TIME", help="Only before then."),
    option(READING, "--sensor", metavar="NAME", help="Name of the vantage point."),
    option(
        READING,
        "--column",
        "columns",
        multiple=True,
        metavar="OURS=THEIRS",
        help="For tables: their column for ours, e.g. name=host. Repeatable.",
    ),
    option(
        READING,
        "--time-unit",
        type=click.Choice(config.TIME_UNITS),
        help="For tables: unit of numeric times [by size].",
    ),
)

ENGINE_OPTIONS = (
    option(ENGINE, "--store", type=_PATH, metavar="FILE", help="Keep the history here, add to it."),
    option(ENGINE, "--memory", type=_Size(), help="Memory to use; beyond it, disk [2GiB]."),
    option(ENGINE, "--threads", type=click.IntRange(1, 1024), help="Threads to use [all cores]."),
    option(ENGINE, "--asn-table", type=_PATH, metavar="FILE", help="Your ASN table (MMDB, CSV)."),
    option(ENGINE, "--country-table", type=_PATH, metavar="FILE", help="Your country table."),
    option(ENGINE, "--no-tables", is_flag=True, help="Judge without ASN and country."),
    option(ENGINE, "--config", type=_PATH, metavar="FILE", help="Settings [$FLUXHOUND_CONFIG]."),
)

SCREEN_OPTIONS = (
    option(
        SCREEN,
        "--defang/--no-defang",
        default=None,
        help="Make names unclickable in output for people [yes].",
    ),
    option(
        SCREEN,
        "--color",
        type=click.Choice(config.COLOR_CHOICES),
        help="Colour; NO_COLOR is honoured [auto].",
    ),
    option(
        SCREEN,
        "--progress/--no-progress",
        default=None,
        help="Show progress on standard error [long work].",
    ),
    option(SCREEN, "-q", "--quiet", is_flag=True, help="Results and errors only."),
    option(SCREEN, "-v", "--verbose", count=True, help="Show more; -vv shows all."),
)


def with_options(
    *options: Callable[[Decorated], Decorated],
) -> Callable[[Decorated], Decorated]:
    """Return a decorator that adds *options* in the order given."""

    def decorate(function: Decorated) -> Decorated:
        for each in reversed(options):
            function = each(function)
        return function

    return decorate


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What one command line asks for, settings included."""

    inputs: tuple[str, ...]
    input_format: str | None
    sensor: str | None
    columns: Mapping[str, str]
    time_unit: str | None
    since: datetime | None
    until: datetime | None
    store: Path | None
    memory: int
    threads: int | None
    temporary: Path | None
    asn_table: Path | None
    country_table: Path | None
    tables: bool
    defang: bool
    color: str
    progress: bool | None
    verbosity: int  # -1 quiet, 0, 1, 2
    config: Path | None
    settings: Settings


def make_request(given: Mapping[str, Any], *, now: datetime) -> Request:
    """Return the request: what the command line gives, else the settings.

    Raises:
        UsageError: if the times or columns given make no sense.
        ConfigurationError: if the settings cannot be loaded.
    """
    settings = config.load(given["config"])
    since, until = (_moment(given, name, now) for name in ("since", "until"))
    if since and until and since >= until:
        raise UsageError("--since is not before --until, so nothing is left to read.")
    return Request(
        inputs=given["inputs"],
        input_format=given["input_format"] or settings.input.format,
        sensor=given["sensor"] or settings.input.sensor,
        columns={**settings.input.columns, **_columns(given["columns"])},
        time_unit=given["time_unit"] or settings.input.time_unit,
        since=since,
        until=until,
        store=given["store"] or settings.engine.store,
        memory=given["memory"] or settings.engine.memory,
        threads=given["threads"] or settings.engine.threads,
        temporary=settings.engine.temporary,
        asn_table=given["asn_table"] or settings.tables.asn,
        country_table=given["country_table"] or settings.tables.country,
        tables=settings.tables.enabled and not given["no_tables"],
        defang=settings.output.defang if given["defang"] is None else given["defang"],
        color=given["color"] or settings.output.color,
        progress=given["progress"],
        verbosity=-1 if given["quiet"] else min(given["verbose"], 2),
        config=given["config"],
        settings=settings,
    )


def _moment(given: Mapping[str, Any], name: str, now: datetime) -> datetime | None:
    text = given[name]
    return parse_moment(text, now=now, option=f"--{name}") if text else None


def _columns(pairs: tuple[str, ...]) -> dict[str, str]:
    columns = {}
    for pair in pairs:
        ours, equals, theirs = pair.partition("=")
        if not (ours and equals and theirs):
            raise UsageError(f"--column {pair!r} is no pair; write OURS=THEIRS, e.g. name=host.")
        if ours not in OUR_COLUMNS:
            raise UsageError(
                f"--column {pair!r}: there is no column {ours!r}; ours are "
                f"{', '.join(OUR_COLUMNS)}."
            )
        columns[ours] = theirs
    return columns
