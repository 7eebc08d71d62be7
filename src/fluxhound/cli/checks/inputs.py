"""Checks of the service's inputs: can each be read, and does anything come."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from fluxhound.cli.checks.check import Check, fail, good, judged, warn
from fluxhound.cli.checks.history import span
from fluxhound.cli.checks.reach import answers_at, reason, said, unreachable
from fluxhound.config import SensorSettings, Settings
from fluxhound.errors import FluxhoundError
from fluxhound.service.sensors import live_inputs
from fluxhound.sources.brokers import BrokerUrl, is_broker_url, parse_url
from fluxhound.sources.format import Format
from fluxhound.sources.sniff import format_named, recognise
from fluxhound.sources.sockets import TcpAddress, UnixAddress, address_of
from fluxhound.sources.stream import Stream
from fluxhound.sources.watched import Watched

#: Files of a pattern that are looked at. Chosen, not measured.
MOST_FILES = 20
#: Longest path of a socket (``sun_path`` of Linux's sockaddr_un, less its end).
LONGEST_SOCKET = 107
DNSTAP = "dnstap+"


def input_checks(settings: Settings, *, now: datetime) -> Iterator[Check]:
    """Yield the checks of every sensor."""
    for sensor in settings.sensor:
        topic = f"sensor {sensor.name}"
        try:
            live_inputs(settings, only={sensor.name})
            yield from _input(topic, sensor, now)
        except FluxhoundError as error:
            yield fail(topic, sensor.input, str(error))
    if not settings.sensor and settings.service.listen != "none":
        yield good("sensors", "none; observations come over HTTP only")


def _input(topic: str, sensor: SensorSettings, now: datetime) -> Iterator[Check]:
    if sensor.input.startswith(DNSTAP):
        address = address_of(sensor.input.removeprefix(DNSTAP))
        if isinstance(address, UnixAddress):
            yield socket_check(topic, address.path)
        else:
            yield port_check(topic, address)
    elif is_broker_url(sensor.input):
        yield broker_check(topic, sensor)
    else:
        yield from _files(topic, sensor, now)


def socket_check(topic: str, path: Path) -> Check:
    """Return the check of a socket that name servers write to."""
    value = f"dnstap on {path}"
    folder = path.parent
    if len(os.fsencode(path)) > LONGEST_SOCKET:
        return fail(topic, value, f"The path has over {LONGEST_SOCKET} octets: name a shorter one.")
    if not folder.is_dir():
        return fail(topic, value, f"There is no folder {folder}: make it.")
    if path.exists() and not stat.S_ISSOCK(path.stat().st_mode):
        return fail(topic, value, "There is a file that is no socket: remove it.")
    if not os.access(folder, os.W_OK | os.X_OK):
        return fail(topic, value, f"The folder {folder} is not writable by you.")
    if path.exists() and answers_at(path):
        return good(topic, f"{value}, a program listens (the service, if it runs)")
    return good(topic, f"{value}, free")


def port_check(topic: str, address: TcpAddress) -> Check:
    """Return the check of a port that name servers write to."""
    value = f"dnstap on {address}"
    if unreachable(address.host, address.port) is None:
        return good(topic, f"{value}, a program listens (the service, if it runs)")
    return good(topic, f"{value}, free")


def broker_check(topic: str, sensor: SensorSettings) -> Check:
    """Return the check of a broker: does it answer as its kind does."""
    url = parse_url(sensor.input)
    value = f"{url.broker} at {url.text}"
    failures = [_failure(url, host, port) for host, port in url.hosts]
    advice = " ".join(failure for failure in failures if failure)
    if all(failures):
        return fail(topic, value, advice)
    return judged(topic, f"{value}, it answers", advice)


def _failure(url: BrokerUrl, host: str, port: int) -> str:
    why = unreachable(host, port)
    if why is not None:
        return f"{host} cannot be reached ({why})."
    if not url.tls and not _speaks(url.broker, host, port):
        return f"What listens at {host} is no {url.broker}."
    return ""


def _speaks(broker: str, host: str, port: int) -> bool:
    """Ask for a sign of life; Kafka's protocol has none without a session."""
    if broker == "redis":  # also without a sign-in: "-NOAUTH"
        return said(host, port, b"PING\r\n").startswith((b"+PONG", b"-"))
    if broker == "nats":
        return said(host, port, b"").startswith(b"INFO ")
    return True


def _files(topic: str, sensor: SensorSettings, now: datetime) -> Iterator[Check]:
    paths = Watched(sensor.input).paths((), packed=False)
    if not paths:
        yield warn(topic, sensor.input, "No file matches yet; it is waited for.")
    for path in paths[-MOST_FILES:]:
        yield file_check(topic, path, sensor, now)


def file_check(topic: str, path: Path, sensor: SensorSettings, now: datetime) -> Check:
    """Return the check of one log: readable, of a known format, and written to lately."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for its writer
            return fail(topic, str(path), "It is no file that could be followed.")
        with path.open("rb") as file, closing(Stream(file, name=str(path))) as stream:
            head = stream.head
        format_ = _format(head, path, sensor) if head else None
    except FileNotFoundError:
        return warn(topic, str(path), "It is not there yet; it is waited for.")
    except OSError as error:
        return fail(topic, str(path), f"It cannot be read ({reason(error)}).")
    except FluxhoundError as error:
        return fail(topic, str(path), str(error))
    written = datetime.fromtimestamp(status.st_mtime, now.tzinfo)
    age = max(now - written, timedelta())
    value = f"{path}, {format_.title if format_ else 'empty'}, written to {span(age)} ago"
    if age > sensor.silent_after:
        return warn(topic, value, "It is silent: is its writer running?")
    return good(topic, value)


def _format(head: bytes, path: Path, sensor: SensorSettings) -> Format:
    return format_named(sensor.format) if sensor.format else recognise(head, str(path))
