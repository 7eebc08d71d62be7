"""From the configuration to the live inputs: what stands in ``input`` tells which kind it is."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, cast

from fluxhound.config import SensorSettings, Settings
from fluxhound.errors import ConfigurationError
from fluxhound.sources.brokerinput import broker_input
from fluxhound.sources.brokers import is_broker_url
from fluxhound.sources.follow import FollowedFile
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.live import LiveInput
from fluxhound.sources.sniff import format_named
from fluxhound.sources.sockets import address_of
from fluxhound.sources.tapapart import DnstapApart

UNIX, TCP = "dnstap+unix:", "dnstap+tcp://"


def live_inputs(
    settings: Settings, *, follow: bool = True, only: Collection[str] | None = None
) -> tuple[LiveInput, ...]:
    """Return the inputs of all sensors, or of *only* some; without *follow* files end.

    Raises:
        ConfigurationError: an input cannot be understood, or lacks something.
    """
    options = ReadOptions(columns=settings.input.columns, time_unit=settings.input.time_unit)
    return tuple(
        _live_input(sensor, options, follow=follow)
        for sensor in settings.sensor
        if only is None or sensor.name in only
    )


def _live_input(sensor: SensorSettings, options: ReadOptions, *, follow: bool) -> LiveInput:
    try:
        return _made(sensor, options, follow=follow)
    except ConfigurationError as error:
        raise ConfigurationError(f"[[sensor]] {sensor.name}: {error}") from error


def _made(sensor: SensorSettings, options: ReadOptions, *, follow: bool) -> LiveInput:
    where = sensor.input
    if sensor.format:
        format_named(sensor.format)  # raises with the nearest name
    if where.startswith((UNIX, TCP)):
        return DnstapApart(
            name=sensor.name,
            sensor=sensor.vantage,
            address=address_of(where.removeprefix("dnstap+")),
            silent_after=sensor.silent_after.total_seconds(),
        )
    if is_broker_url(where):
        return broker_input(
            where,
            name=sensor.name,
            sensor=sensor.vantage,
            format=sensor.format or "",
            start=sensor.start,
            silent_after=sensor.silent_after.total_seconds(),
            password_file=sensor.password_file,
            ca_file=sensor.ca_file,
            options=options,
        )
    if "://" in where or where.startswith("dnstap+"):
        raise ConfigurationError(
            f"{where!r} is no input. Write a path, {UNIX}PATH, {TCP}HOST:PORT, redis://, nats:// "
            "or kafka://."
        )
    return FollowedFile(
        where,
        name=sensor.name,
        sensor=sensor.vantage,
        format=sensor.format or "",
        options=options,
        start=cast("Literal['end', 'beginning']", sensor.start),
        silent_after=sensor.silent_after.total_seconds(),
        follow=follow,
    )
