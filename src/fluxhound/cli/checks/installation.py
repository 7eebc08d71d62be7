"""Checks of the installation: versions, tables, memory, disk."""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Iterator
from datetime import date
from importlib import metadata
from pathlib import Path

from fluxhound import __version__, config
from fluxhound.cli.checks.check import Check, fail, good, judged, warn
from fluxhound.quantities import format_size

#: Tables older than this are told to be renewed: networks change hands. Chosen, not measured.
OLD_TABLE_DAYS = 365
#: Less free disk than this is told: ten million distinct rows spill some gigabytes. Chosen.
LITTLE_DISK = 5 << 30

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_EXTRA = re.compile(r"""extra\s*==\s*["']([\w-]+)["']""")


def versions() -> Iterator[Check]:
    """Yield what runs here."""
    yield good("fluxhound", __version__)
    yield good("python", f"{platform.python_version()} on {platform.platform()}")
    yield from libraries()


def libraries() -> Iterator[Check]:
    """Yield a check for each library that the package needs, extras included."""
    for requirement in metadata.requires("fluxhound") or ():
        named, extra = _NAME.match(requirement), _EXTRA.search(requirement)
        name = named[0] if named else requirement
        try:
            yield good(name, metadata.version(name))
        except metadata.PackageNotFoundError:
            if extra:
                advice = f"Install it if you need it: pip install 'fluxhound[{extra[1]}]'."
                yield Check(topic=name, value="not installed", advice=advice)
            else:
                yield fail(name, "not installed", f"Install it: pip install {name}.")


def own_tables(settings: config.TablesSettings) -> dict[str, str]:
    """Return what the settings put in place of the embedded tables."""
    if not settings.enabled:
        return dict.fromkeys(("asn", "country", "kind"), "not used, as set in [tables]")
    paths = {"asn": settings.asn, "country": settings.country}
    return {name: f"{path}, yours" for name, path in paths.items() if path}


def table_check(name: str, text: str, today: date) -> Check:
    """Return the check of one table, with its age in days."""
    topic = f"table {name}"
    try:
        age = (today - date.fromisoformat(text[:10])).days
    except ValueError:
        return good(topic, text)
    advice = (
        f"It is over {OLD_TABLE_DAYS} days old: see docs/tables.md." if age > OLD_TABLE_DAYS else ""
    )
    return judged(topic, f"{text}, {age} days old", advice)


def machine_memory() -> int:
    """Return the machine's memory in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def memory_check(wanted: int) -> Check:
    """Return the check of the memory that the engine may use."""
    advice = (
        ""
        if wanted <= machine_memory()
        else "The engine may use more than there is: lower --memory."
    )
    value = f"{format_size(wanted)} to use of {format_size(machine_memory())}"
    return judged("memory", value, advice)


def threads_check(wanted: int | None) -> Check:
    """Return the check of the threads that the engine may use."""
    cores = len(os.sched_getaffinity(0))
    return good("threads", f"{wanted or cores} to use of {cores} cores")


def disk_check(folder: Path) -> Check:
    """Return the check of the folder that the engine spills to."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        advice = f"It cannot be used ({error.strerror}): set temporary in [engine]."
        return fail("temporary", str(folder), advice)
    value = f"{folder}, {format_size(free)} free"
    if not os.access(folder, os.W_OK):
        return fail("temporary", value, "It is not writable: set temporary in [engine].")
    if free < LITTLE_DISK:
        return warn("temporary", value, "That is little: large logs may not fit.")
    return good("temporary", value)
