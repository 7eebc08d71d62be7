"""Checks of files that hold keys, tokens and passwords: there, readable, and closed to others."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from fluxhound.cli.checks.check import Check, fail, good
from fluxhound.config import Settings
from fluxhound.service.places import Places

MADE = "made at the first start"


def secrecy_checks(settings: Settings) -> Iterator[Check]:
    """Yield a check for each file that holds a secret."""
    places = Places(settings)
    if places.tokens and settings.service.listen != "none":
        yield file_check("tokens", places.tokens, made=True)
    if places.client_key and settings.clients.record and settings.clients.pseudonymise:
        yield file_check("client key", places.client_key, made=True)
    for sensor in settings.sensor:
        if sensor.password_file:
            yield file_check(f"password {sensor.name}", sensor.password_file)
    for destination in settings.destination:
        if destination.secret_file:
            yield file_check(f"secret {destination.name}", destination.secret_file)


def file_check(topic: str, path: Path, *, made: bool = False) -> Check:
    """Return the check of one file; *made* ones appear by themselves."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return _missing(topic, path, made=made)
    except OSError as error:
        return fail(topic, str(path), f"It cannot be looked at ({error.strerror}).")
    value = f"{path}, {stat.filemode(mode)}"
    if not os.access(path, os.R_OK):
        return fail(topic, value, "It may not be read by you: run this as the service's user.")
    if mode & 0o077:
        return fail(topic, value, f"Others may use it: chmod 600 {path}")
    return good(topic, value)


def _missing(topic: str, path: Path, *, made: bool) -> Check:
    if not made:
        return fail(topic, str(path), "It is not there: make it, or name another.")
    if not os.access(path.absolute().parent, os.W_OK):
        return fail(topic, f"{path}, {MADE}", "Its folder is not writable by you.")
    return good(topic, f"{path}, {MADE}")
