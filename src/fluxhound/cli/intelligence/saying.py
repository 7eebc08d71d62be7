"""What ``fluxhound intel allow`` and ``deny`` have in common."""

from __future__ import annotations

import getpass
import time
from collections.abc import Mapping
from typing import Any

from fluxhound.cli.help import option
from fluxhound.cli.intelligence.opened import message, opened
from fluxhound.errors import UsageError
from fluxhound.quantities import parse_duration

SAYING = "Saying"

SAYING_OPTIONS = (
    option(SAYING, "--reason", required=True, metavar="TEXT", help="Why; it is kept and shown."),
    option(SAYING, "--expires", metavar="DURATION", help="How long it holds [for good]."),
    option(SAYING, "--alone", is_flag=True, help="Only this name, not those below it."),
    option(SAYING, "--owner", metavar="TEXT", help="Whose word it is [your login]."),
)


def say(given: Mapping[str, Any], *, allow: bool) -> None:
    """Write down what an analyst says.

    Raises:
        UsageError: it cannot be said, or lacks a reason.
    """
    # --help must not wait for the engine.
    from fluxhound.intel.entries import make_entry, put_entry  # noqa: PLC0415

    now = time.time()
    entry = make_entry(
        given["name"],
        allow=allow,
        reason=given["reason"],
        owner=given["owner"] or _login(),
        created=now,
        expires=_end(given["expires"], now),
        alone=given["alone"],
    )
    with opened(given, make=True) as shelf:
        put_entry(shelf, entry)
    covers = " and all below it" if entry.kind.word == "domain" else ""
    until = f" for {given['expires']}" if given["expires"] else ""
    message(f"{entry.word}: {entry.value}{covers}{until}.")


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such user, as in containers
        return ""


def _end(text: str | None, now: float) -> float | None:
    if not text:
        return None
    try:
        return now + parse_duration(text).total_seconds()
    except ValueError as error:
        raise UsageError(f"--expires: {error}.") from error
