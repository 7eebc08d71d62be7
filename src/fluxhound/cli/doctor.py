"""``fluxhound doctor``: is everything here that is needed and, with a service, is it well."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from fluxhound import config
from fluxhound.cli.checks.check import Check, Level
from fluxhound.cli.checks.installation import (
    disk_check,
    memory_check,
    own_tables,
    table_check,
    threads_check,
    versions,
)
from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.options import SCREEN
from fluxhound.config import Settings

#: Exit status when something does not work.
FAILED = 1

EXAMPLES = """
$ fluxhound doctor
$ fluxhound doctor --store flux.duckdb
$ fluxhound doctor --config fluxhound.toml --probe
$ fluxhound doctor --json
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@option("What", "--store", type=click.Path(path_type=Path), metavar="FILE", help="Look at it too.")
@option(
    "What",
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Settings to use; those of a service are looked at too [$FLUXHOUND_CONFIG].",
)
@option("What", "--probe", is_flag=True, help="Connect to where alerts go; nothing is sent.")
@option(SCREEN, "--json", "as_json", is_flag=True, help="For machines.")
@click.pass_context
def command(
    context: click.Context, store: Path | None, config: Path | None, *, probe: bool, as_json: bool
) -> None:
    """Check the installation and the service: tables, disk, inputs.

    The exit status is 1 if something does not work.
    """
    from fluxhound.enrichment.tables import table_dates  # noqa: PLC0415 - --help must not wait

    checks = list(examine(config, store, table_dates(), now=datetime.now(UTC), probe=probe))
    if as_json:
        click.echo(json.dumps({"checks": [asdict(check) for check in checks]}, indent=2))
    else:
        show(checks)
    if any(check.level is Level.FAIL for check in checks):
        context.exit(FAILED)


def show(checks: Iterable[Check]) -> None:
    """Print the checks, one line each, and the advice below."""
    listed = list(checks)
    width = max(len(check.topic) for check in listed)
    for check in listed:
        click.echo(printed(f"{check.level:<4}  {check.topic:<{width}}  {check.value}"))
        if check.advice:
            click.echo(printed(f"{'':<{width + 6}}  ! {check.advice}"))


def printed(line: str) -> str:
    """Return a line with what a name of a file could smuggle in escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)


def examine(
    configuration: Path | None,
    store: Path | None,
    tables: Mapping[str, str],
    *,
    now: datetime,
    probe: bool = False,
) -> Iterator[Check]:
    """Yield the checks in the order in which they are shown.

    Raises:
        ConfigurationError: if the settings cannot be loaded.
    """
    from fluxhound.cli.checks.history import clock_check, store_checks  # noqa: PLC0415 - see above

    settings = config.load(configuration)
    yield from versions()
    for name, text in (dict(tables) | own_tables(settings.tables)).items():
        yield table_check(name, text, now.date())
    yield memory_check(settings.engine.memory)
    yield threads_check(settings.engine.threads)
    yield disk_check(settings.engine.temporary or Path(tempfile.gettempdir()))
    yield clock_check(now)
    path = store or settings.engine.store
    if path:
        yield from store_checks(path, keep=settings.retention.disk, now=now)
    if settings.sensor or settings.destination:
        yield from _service(settings, now, probe=probe)


def _service(settings: Settings, now: datetime, *, probe: bool) -> Iterator[Check]:
    from fluxhound.cli.checks.destinations import destination_checks  # noqa: PLC0415 - see above
    from fluxhound.cli.checks.inputs import input_checks  # noqa: PLC0415 - see above
    from fluxhound.cli.checks.interface import interface_checks  # noqa: PLC0415 - see above
    from fluxhound.cli.checks.secrecy import secrecy_checks  # noqa: PLC0415 - see above

    yield from input_checks(settings, now=now)
    yield from interface_checks(settings)
    yield from secrecy_checks(settings)
    yield from destination_checks(settings, probe=probe)
