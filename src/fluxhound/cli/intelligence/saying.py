"""What ``fluxhound intel allow`` and ``deny`` have in common."""

from __future__ import annotations

import getpass
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
    with opened(given, make=True) as desk:
        entry = desk.say(
            given["name"],
            allow=allow,
            reason=given["reason"],
            owner=given["owner"] or _login(),
            seconds=_length(given["expires"]),
            alone=given["alone"],
        )
    covers = " and all below it" if entry["kind"] == "domain" else ""
    until = f" for {given['expires']}" if given["expires"] else ""
    message(f"{entry['says']}: {entry['value']}{covers}{until}.")


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such user, as in containers
        return ""


def _length(text: str | None) -> float | None:
    if not text:
        return None
    try:
        return parse_duration(text).total_seconds()
    except ValueError as error:
        raise UsageError(f"--expires: {error}.") from error
