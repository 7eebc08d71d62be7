"""``fluxhound doctor``: what this installation has, how old its tables are, what it may use."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from importlib import metadata
from pathlib import Path

import click

from fluxhound import __version__, config
from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.options import SCREEN
from fluxhound.quantities import format_size

#: Tables older than this are told to be renewed: networks change hands. Chosen, not measured.
OLD_TABLE_DAYS = 365
#: Less free disk than this is told: ten million distinct rows spill some gigabytes. Chosen.
LITTLE_DISK = 5 << 30

EXAMPLES = """
$ fluxhound doctor
$ fluxhound doctor --store flux.duckdb
$ fluxhound doctor --json
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of the report; *advice* is what to do, where something is not as it should be."""

    topic: str
    value: str
    advice: str = ""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@option("What", "--store", type=click.Path(path_type=Path), metavar="FILE", help="Look at it too.")
@option(
    "What", "--config", type=click.Path(path_type=Path), metavar="FILE", help="Settings to use."
)
@option(SCREEN, "--json", "as_json", is_flag=True, help="For machines.")
def command(store: Path | None, config: Path | None, *, as_json: bool) -> None:
    """Check the installation: versions, tables, memory, disk."""
    from fluxhound.enrichment.tables import table_dates  # noqa: PLC0415 - --help must not wait

    checks = list(examine(config, store, table_dates(), today=date.today()))  # noqa: DTZ011 - ages in days
    if as_json:
        click.echo(json.dumps({"checks": [asdict(check) for check in checks]}, indent=2))
        return
    width = max(len(check.topic) for check in checks)
    for check in checks:
        click.echo(f"{check.topic:<{width}}  {check.value}")
        if check.advice:
            click.echo(f"{'':<{width}}  ! {check.advice}")


def examine(
    configuration: Path | None,
    store: Path | None,
    tables: Mapping[str, str],
    *,
    today: date,
) -> Iterator[Check]:
    """Yield the checks in the order in which they are shown.

    Raises:
        ConfigurationError: if the settings cannot be loaded.
    """
    settings = config.load(configuration)
    yield Check(topic="fluxhound", value=__version__)
    yield Check(topic="python", value=f"{platform.python_version()} on {platform.platform()}")
    yield from libraries()
    for name, text in (dict(tables) | own_tables(settings.tables)).items():
        yield table_check(name, text, today)
    yield Check(
        topic="memory",
        value=f"{format_size(settings.engine.memory)} to use of {format_size(machine_memory())}",
        advice=""
        if settings.engine.memory <= machine_memory()
        else "The engine may use more than there is: lower --memory.",
    )
    cores = len(os.sched_getaffinity(0))
    yield Check(
        topic="threads", value=f"{settings.engine.threads or cores} to use of {cores} cores"
    )
    yield disk_check(settings.engine.temporary or Path(tempfile.gettempdir()))
    path = store or settings.engine.store
    if path:
        yield store_check(path)


def libraries() -> Iterator[Check]:
    """Yield a check for each library that the package needs, extras included."""
    for requirement in metadata.requires("fluxhound") or ():
        name = re.split(r"[^A-Za-z0-9._-]", requirement)[0]
        extra = "extra ==" in requirement
        try:
            yield Check(topic=name, value=metadata.version(name))
        except metadata.PackageNotFoundError:
            advice = "Install it: pip install " + (
                "'fluxhound[mmdb]' (only for MMDB tables)." if extra else f"{name}."
            )
            yield Check(topic=name, value="not installed", advice=advice)


def own_tables(settings: config.TablesSettings) -> dict[str, str]:
    """Return what the settings put in place of the embedded tables."""
    if not settings.enabled:
        return dict.fromkeys(("asn", "country", "kind"), "not used, as set in [tables]")
    paths = {"asn": settings.asn, "country": settings.country}
    return {name: f"{path}, yours" for name, path in paths.items() if path}


def table_check(name: str, text: str, today: date) -> Check:
    """Return the check of one table, with its age in days."""
    try:
        age = (today - date.fromisoformat(text[:10])).days
    except ValueError:
        return Check(topic=f"table {name}", value=text)
    advice = (
        f"It is over {OLD_TABLE_DAYS} days old: see docs/tables.md." if age > OLD_TABLE_DAYS else ""
    )
    return Check(topic=f"table {name}", value=f"{text}, {age} days old", advice=advice)


def machine_memory() -> int:
    """Return the machine's memory in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def disk_check(folder: Path) -> Check:
    """Return the check of the folder that the engine spills to."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        advice = f"It cannot be used ({error.strerror}): set temporary in [engine]."
        return Check(topic="temporary", value=str(folder), advice=advice)
    advice = "That is little: large logs may not fit." if free < LITTLE_DISK else ""
    if not os.access(folder, os.W_OK):
        advice = "It is not writable: set temporary in [engine]."
    return Check(topic="temporary", value=f"{folder}, {format_size(free)} free", advice=advice)


def store_check(path: Path) -> Check:
    """Return the check of a store: whether it is there and may be written."""
    try:
        size = path.stat().st_size
    except OSError:
        return Check(topic="store", value=f"{path}, not there yet", advice="analyze makes it.")
    writable = os.access(path, os.R_OK | os.W_OK)
    advice = "" if writable else "It may not be read and written by you: check its permissions."
    return Check(topic="store", value=f"{path}, {format_size(size)}", advice=advice)
