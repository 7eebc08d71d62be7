"""``fluxhound serve``: the judgement without end, with alerts and an HTTP interface."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Any

import click

from fluxhound import config
from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.options import with_options
from fluxhound.config import Settings
from fluxhound.errors import UnreadableInputError, UsageError

SERVICE = "Service"

EXAMPLES = """
$ fluxhound serve --config fluxhound.toml
$ fluxhound serve --config fluxhound.toml --check
$ systemctl reload fluxhound     # take the sensors as they are now
"""

_PATH = click.Path(path_type=Path)


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@with_options(
    option(SERVICE, "--config", type=_PATH, metavar="FILE", help="Settings [$FLUXHOUND_CONFIG]."),
    option(SERVICE, "--store", type=_PATH, metavar="FILE", help="Keep the history here."),
    option(SERVICE, "--listen", metavar="HOST:PORT", help="Where the HTTP interface listens."),
    option(SERVICE, "--once", is_flag=True, help="Read files to their end, judge, and stop."),
    option(SERVICE, "--check", is_flag=True, help="Check the configuration, and stop."),
    option(
        SERVICE,
        "--log-format",
        type=click.Choice(("text", "json")),
        help="How logs on standard error are written [text on a terminal, else json].",
    ),
    option(SERVICE, "-q", "--quiet", is_flag=True, help="Log errors only."),
    option(SERVICE, "-v", "--verbose", count=True, help="Log more; -vv logs all."),
)
def command(**given: Any) -> None:
    """Judge DNS traffic as it happens, and tell what is found.

    Inputs, destinations of alerts and how long things are kept stand in the configuration:
    see docs/live.md and docs/configuration.md. SIGTERM ends cleanly, SIGHUP reads the
    configuration again.
    """
    settings = _settings(given)

    # --help must not wait for the engine.
    from fluxhound.cli.logs import log_to  # noqa: PLC0415
    from fluxhound.cli.signals import told_by_signals  # noqa: PLC0415
    from fluxhound.service.destinations import alert_settings  # noqa: PLC0415
    from fluxhound.service.intelligence import known_from  # noqa: PLC0415
    from fluxhound.service.sensors import live_inputs  # noqa: PLC0415
    from fluxhound.service.serving import Service  # noqa: PLC0415

    form = given["log_format"] or ("text" if sys.stderr.isatty() else "json")
    log_to(sys.stderr, form=form, verbosity=-1 if given["quiet"] else min(given["verbose"], 2))
    if given["check"]:
        alert_settings(settings)
        known_from(settings)
        inputs = live_inputs(settings)
        click.echo(f"The configuration is right: {len(inputs)} sensors.")
        return
    service = Service(settings, until_end=given["once"])
    with told_by_signals(service.stop, lambda: service.reload(lambda: _settings(given))):
        service.run()
    inputs = service.gathering.inputs
    if given["once"] and inputs and all(each.health.state == "failing" for each in inputs):
        raise click.exceptions.Exit(UnreadableInputError.exit_status)


def _settings(given: dict[str, Any]) -> Settings:
    settings = config.load(given["config"])
    engine, service = settings.engine, settings.service
    if given["store"]:
        engine = dataclasses.replace(engine, store=given["store"])
    if given["listen"]:
        try:
            listen = config.values.listen(given["listen"])
        except ValueError as error:
            raise UsageError(f"--listen: {error}.") from error
        service = dataclasses.replace(service, listen=listen)
    if engine.store is None:
        raise UsageError(
            "A service keeps its history: give --store FILE, or store in [engine] of --config."
        )
    if not settings.sensor and service.listen == "none":
        raise UsageError("There is nothing to read: add a [[sensor]] to the configuration.")
    return dataclasses.replace(settings, engine=engine, service=service)
