"""Checks of the store: can it be opened, is there room, and do its times agree with the clock."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from fluxhound.cli.checks.check import Check, fail, good, judged, warn
from fluxhound.quantities import format_size

#: A clock before this is wrong: Fluxhound is younger.
FIRST_DAY = date(2026, 1, 1)
LAST_DAY = date(2100, 1, 1)
#: Records that are this much ahead of the clock show that one of the two is wrong. Chosen.
AHEAD = timedelta(minutes=2)
_HOLDER = re.compile(r"PID (\d+)")
_SYNCHRONISED = Path("/run/systemd/timesync/synchronized")


def store_checks(path: Path, *, keep: int, now: datetime) -> Iterator[Check]:
    """Yield the checks of a store that may grow to *keep* bytes."""
    yield from _opened(path, now)
    yield room_check(path, keep)


def _opened(path: Path, now: datetime) -> Iterator[Check]:
    try:
        size = path.stat().st_size
    except OSError:
        yield from _absent(path)
        return
    value = f"{path}, {format_size(size)}"
    if not os.access(path, os.R_OK | os.W_OK):
        advice = "It may not be read and written by you: check its permissions, or run as its user."
        yield fail("store", value, advice)
        return
    try:
        with duckdb.connect(str(path), read_only=True) as store:
            newest = store.execute("SELECT max(last) FROM history").fetchall()[0][0]
    except duckdb.Error as error:
        yield unopened(value, str(error))
        return
    yield good("store", value)
    if newest is not None:
        yield skew_check(newest, now)


def _absent(path: Path) -> Iterator[Check]:
    folder = path.absolute().parent
    if os.access(folder, os.W_OK):
        yield Check(topic="store", value=f"{path}, not there yet", advice="It is made when needed.")
    else:
        yield fail("store", f"{path}, not there yet", f"Its folder {folder} is not writable.")


def unopened(value: str, said: str) -> Check:
    """Return the check of a store that the engine did not open, for the reason *said*."""
    holder = _HOLDER.search(said)
    if "lock" in said and holder:
        return good("store", f"{value}, in use by process {holder[1]}")
    advice = "It is no store of this version. Restore a copy, or name a new file."
    return fail("store", value, advice)


def room_check(path: Path, keep: int) -> Check:
    """Return the check of the disk: is there room for what the store may grow to."""
    folder = path.absolute().parent
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return fail("disk", str(folder), f"It cannot be used ({error.strerror}).")
    size = path.stat().st_size if path.exists() else 0
    value = f"{format_size(free)} free for a store of up to {format_size(keep)}"
    advice = "There is less room than it may take: lower disk in [retention]."
    return judged("disk", value, advice if free + size < keep else "")


def skew_check(newest: float, now: datetime) -> Check:
    """Return the check of the newest record's time (epoch seconds) against the clock."""
    ahead = timedelta(seconds=newest) - (now - datetime.fromtimestamp(0, UTC))
    if ahead > AHEAD:
        advice = (
            "Records come from the future: the clock of a sensor, or of this machine, is wrong."
        )
        return warn("newest record", f"{span(ahead)} ahead of the clock", advice)
    return good("newest record", f"{span(max(-ahead, timedelta()))} ago")


def clock_check(now: datetime) -> Check:
    """Return the check of the system's clock."""
    value = f"{now:%Y-%m-%d %H:%M:%S}Z"
    if not FIRST_DAY <= now.date() < LAST_DAY:
        return fail("clock", value, "It is wrong: set it, and let NTP keep it.")
    kept = ", kept by NTP" if _SYNCHRONISED.exists() else ""
    return good("clock", f"{value}{kept}, up {span(timedelta(seconds=time.monotonic()))}")


def span(length: timedelta) -> str:
    """Return a length of time in its largest unit.

    >>> span(timedelta(seconds=7261)), span(timedelta(days=3))
    ('2 h', '3 d')
    """
    seconds = int(length.total_seconds())
    for unit, worth in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= worth:
            return f"{seconds // worth} {unit}"
    return f"{seconds} s"
