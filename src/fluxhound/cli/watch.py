"""``fluxhound watch``: findings of live inputs on a terminal, as they appear."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.options import (
    ENGINE_OPTIONS,
    SCREEN_OPTIONS,
    with_options,
)
from fluxhound.config import STARTS, SensorSettings, Settings, load
from fluxhound.errors import UnreadableInputError

if TYPE_CHECKING:
    from fluxhound.records import Alert
    from fluxhound.service.serving import Service

WATCHING = "Watching"
FORMATS = ("lines", "jsonl")
#: A terminal may be told of a sweep's findings sooner than a service does it.
SWEEP_EVERY = timedelta(minutes=2)

EXAMPLES = """
$ fluxhound watch /usr/local/zeek/logs/current/dns.log
$ fluxhound watch dnstap+unix:/run/fluxhound/dnstap.sock
$ fluxhound watch dnstap+tcp://127.0.0.1:6000 --format jsonl | jq .kind
$ fluxhound watch --once --start beginning dns.log
"""


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@with_options(
    option(
        WATCHING,
        "--format",
        type=click.Choice(FORMATS),
        help="One line for people, or JSON [lines; jsonl when piped].",
    ),
    option(
        WATCHING,
        "--start",
        type=click.Choice(STARTS),
        help="Where to begin in files and streams [end; beginning with --once].",
    ),
    option(WATCHING, "--once", is_flag=True, help="Read to the end of files, judge, and stop."),
    option(WATCHING, "--input-format", metavar="NAME", help="Format of every input [by content]."),
    *ENGINE_OPTIONS,
    *(each for each in SCREEN_OPTIONS),
)
def command(**given: Any) -> None:
    """Show findings as they appear, grow and end.

    INPUT is a log to follow, a pattern, dnstap+unix:PATH, dnstap+tcp://HOST:PORT, or a
    message broker: redis://, nats:// or kafka://, as in the [[sensor]] of docs/configuration.md.
    """
    settings = watch_settings(load(given["config"]), given)

    # --help must not wait for the engine.
    from fluxhound.cli.logs import log_to  # noqa: PLC0415
    from fluxhound.cli.signals import told_by_signals  # noqa: PLC0415
    from fluxhound.service.serving import Service  # noqa: PLC0415

    verbosity = -1 if given["quiet"] else min(given["verbose"], 2)
    log_to(sys.stderr, form="text", verbosity=verbosity or -1)
    form = given["format"] or ("lines" if sys.stdout.isatty() else "jsonl")
    show = _shower(form, sys.stdout, settings)
    service = Service(settings, on_alerts=show, until_end=given["once"])
    if verbosity >= 0:
        click.echo(f"watching {len(given['inputs'])} input(s); Ctrl-C ends.", err=True)
    with told_by_signals(service.stop, lambda: None) as told:
        service.run()
    if verbosity >= 0:
        click.echo(_summary(service), err=True)
    inputs = service.gathering.inputs
    if given["once"] and all(each.health.state == "failing" for each in inputs):
        raise click.exceptions.Exit(UnreadableInputError.exit_status)
    if told.interrupted:
        raise KeyboardInterrupt


def watch_settings(settings: Settings, given: dict[str, Any]) -> Settings:
    """Return the settings of a service that has the inputs of the command line and nothing else."""
    start = given["start"] or ("beginning" if given["once"] else "end")
    sensors = tuple(
        SensorSettings(name=text, input=text, format=given["input_format"], start=start)
        for text in dict.fromkeys(given["inputs"])
    )
    engine = dataclasses.replace(
        settings.engine,
        store=given["store"],
        memory=given["memory"] or settings.engine.memory,
        threads=given["threads"] or settings.engine.threads,
    )
    tables = dataclasses.replace(
        settings.tables,
        enabled=settings.tables.enabled and not given["no_tables"],
        asn=given["asn_table"] or settings.tables.asn,
        country=given["country_table"] or settings.tables.country,
    )
    output = dataclasses.replace(
        settings.output,
        defang=settings.output.defang if given["defang"] is None else given["defang"],
        color=given["color"] or settings.output.color,
    )
    return dataclasses.replace(
        settings,
        engine=engine,
        tables=tables,
        output=output,
        service=dataclasses.replace(settings.service, listen="none", sweep_every=SWEEP_EVERY),
        sensor=sensors,
        destination=(),
    )


def _shower(form: str, stream: IO[str], settings: Settings) -> Callable[[Sequence[Alert]], None]:
    """Return what writes alerts to *stream*."""
    from fluxhound.cli.screen import make_console  # noqa: PLC0415
    from fluxhound.sharing.alertjson import alert_document  # noqa: PLC0415
    from fluxhound.sharing.alertline import alert_line  # noqa: PLC0415
    from fluxhound.sharing.glyphs import writing  # noqa: PLC0415

    console = make_console(stream, settings.output.color)
    write = writing(console, defanged=settings.output.defang)

    def show(alerts: Sequence[Alert]) -> None:
        for alert in alerts:
            if form == "jsonl":
                stream.write(_dumps(alert_document(alert)) + "\n")
            else:
                console.print(alert_line(alert, write), soft_wrap=True)
        stream.flush()

    return show


def _dumps(document: object) -> str:
    import orjson  # noqa: PLC0415

    return orjson.dumps(document).decode()


def _summary(service: Service) -> str:
    measures = service.watch.measures()
    found = len(service.standing.findings())
    return (
        f"{measures.tracked_domains:,} registered domains seen, "
        f"{found:,} {'finding stands' if found == 1 else 'findings stand'}."
    )
