"""Checks of the places where alerts go; a connection is made only if it was asked for."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from fluxhound.cli.checks.check import Check, fail, good, warn
from fluxhound.cli.checks.reach import unreachable
from fluxhound.config import DestinationSettings, Settings
from fluxhound.errors import FluxhoundError
from fluxhound.service.alerts.settings import Endpoint
from fluxhound.service.destinations import alert_settings

#: Transports that begin with TLS; others have none, or ask for it later.
ENCRYPTED = frozenset({"tls", "smtps", "https"})


def destination_checks(settings: Settings, *, probe: bool) -> Iterator[Check]:
    """Yield the checks of every destination; with *probe*, connect to each."""
    for each in settings.destination:
        topic = f"destination {each.name}"
        try:
            alert_settings(dataclasses.replace(settings, destination=(each,)))
            yield _destination(topic, each, probe=probe)
        except FluxhoundError as error:
            yield fail(topic, each.kind, str(error))
    if not settings.destination:
        yield warn("destinations", "none", "Alerts go nowhere: add a [[destination]].")


def _destination(topic: str, given: DestinationSettings, *, probe: bool) -> Check:
    if given.path:
        return file_check(topic, given.path)
    place = _place(given)
    if place is None:
        return good(topic, given.kind)
    value = f"{given.kind} at {place.transport}://{place.host}:{place.port}"
    if place.transport == "udp":
        advice = "UDP loses messages without a word, and others can read them: prefer tls://."
        return warn(topic, value, advice)
    if not probe:
        return _told(topic, f"{value}, not tried (--probe does)", place)
    tls = place.transport in ENCRYPTED
    failure = unreachable(place.host, place.port, tls=tls, ca_file=given.ca_file)
    if failure is not None:
        return fail(topic, value, f"It cannot be reached ({failure}).")
    return _told(topic, f"{value}, it answers", place)


def _told(topic: str, value: str, place: Endpoint) -> Check:
    if place.transport in {"tcp", "http"}:
        return warn(topic, value, "Others can read what crosses the network: prefer TLS.")
    return good(topic, value)


def _place(given: DestinationSettings) -> Endpoint | None:
    if given.address:
        return Endpoint.parse(given.address)
    if not given.url:
        return None
    parts = urlsplit(given.url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return Endpoint(transport=parts.scheme, host=parts.hostname or "", port=port)


def file_check(topic: str, path: Path) -> Check:
    """Return the check of a file that alerts are appended to."""
    folder = path.absolute().parent
    if path.exists() and not os.access(path, os.W_OK):
        return fail(topic, str(path), "It is not writable by you.")
    if not path.exists() and not os.access(folder, os.W_OK):
        return fail(topic, str(path), f"Its folder {folder} is not there, or not writable by you.")
    return good(topic, str(path))
