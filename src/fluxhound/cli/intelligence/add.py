"""``fluxhound intel add``: declare a source, and fetch it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.intelligence.opened import RESULT_OPTIONS, opened, shelf_options
from fluxhound.config.intel import feed_size
from fluxhound.errors import UsageError
from fluxhound.quantities import parse_duration

if TYPE_CHECKING:
    from fluxhound.intel.indicator import Kind, Tlp
    from fluxhound.intel.source import Source

FETCHING = "Fetching"
READING = "Reading"
WEIGHING = "Weighing"

CLIENTS = ("file", "http", "taxii", "misp")
PURPOSES = ("block", "allow", "context")
LEVELS = ("clear", "green", "amber", "amber+strict", "red")

EXAMPLES = """
$ fluxhound intel add urlhaus https://feeds.example/u --store flux.duckdb
$ fluxhound intel add sinkholes lists/ --purpose context --store flux.duckdb
$ fluxhound intel add cert https://t.example/api/collections/ID --client taxii
$ fluxhound intel add misp https://misp.example --client misp
"""

_PATH = click.Path(path_type=Path)


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@click.argument("name")
@click.argument("location")
@shelf_options(
    option(FETCHING, "--client", type=click.Choice(CLIENTS), help="Who fetches it [by LOCATION]."),
    option(FETCHING, "--refresh", metavar="DURATION", help="How often it is asked [6h]."),
    option(FETCHING, "--secret-file", type=_PATH, metavar="FILE", help="Token, key or USER:PASS."),
    option(FETCHING, "--proxy", metavar="URL", help="Proxy, e.g. http://proxy.example:3128."),
    option(FETCHING, "--ca-file", type=_PATH, metavar="FILE", help="Authorities to trust."),
    option(FETCHING, "--limit", metavar="SIZE", help="A larger feed is refused [512MiB]."),
    option(FETCHING, "--private", is_flag=True, help="It may be at a private address."),
    option(FETCHING, "--later", is_flag=True, help="Declare it only; refresh fetches it."),
    option(READING, "--form", metavar="NAME", help="Format: json, csv, text ... [by content]."),
    option(
        READING,
        "--column",
        "columns",
        multiple=True,
        metavar="OURS=THEIRS",
        help="For tables: value, type, label ... and their column or number. Repeatable.",
    ),
    option(
        READING,
        "--subnames/--no-subnames",
        default=None,
        help="Whether names cover the names below them [as the format says].",
    ),
    option(READING, "--any-attribute", is_flag=True, help="For MISP: also without to_ids."),
    option(
        READING,
        "--own",
        multiple=True,
        metavar="NAME|NETWORK",
        help="Yours; it must never be listed. Repeatable.",
    ),
    option(WEIGHING, "--purpose", type=click.Choice(PURPOSES), help="What it lists [block]."),
    option(WEIGHING, "--trust", type=int, help="How far it is believed, 0 to 100 [60]."),
    option(
        WEIGHING,
        "--half-life",
        "half_lives",
        multiple=True,
        metavar="KIND=DURATION",
        help="When half its weight is gone, e.g. address=3d. Repeatable.",
    ),
    option(WEIGHING, "--licence", default="", metavar="TEXT", help="Its licence, to be told."),
    option(WEIGHING, "--tlp", type=click.Choice(LEVELS), help="Marking where it has none."),
    *RESULT_OPTIONS,
)
def command(**given: Any) -> None:
    """Declare a source of indicators, and fetch it.

    LOCATION is a file, a folder (of lists, or a MISP feed), an address of a feed, a TAXII 2.1
    collection or a MISP server. The format is told by the content. Declaring a source again
    changes it. Sources of a service stand better in its configuration, as [[intel]].
    """
    # --help must not wait for the engine.
    from fluxhound.cli.intelligence.standings import (  # noqa: PLC0415
        print_standings,
        status_of,
        tell,
    )

    source = make_source(given)
    with opened(given, make=True) as desk:
        added = desk.add(source, later=given["later"])
        if not given["later"]:
            tell(added, given)
        print_standings([added], given)
    if not given["later"] and (status := status_of([added])):
        raise click.exceptions.Exit(status)


def make_source(given: Mapping[str, Any]) -> Source:
    """Return the source that the command line declares.

    Raises:
        UsageError: an option makes no sense.
    """
    from fluxhound.intel.fetching import client_of, file_location  # noqa: PLC0415
    from fluxhound.intel.reading.recognition import form_named  # noqa: PLC0415
    from fluxhound.intel.refusing import own  # noqa: PLC0415
    from fluxhound.intel.source import (  # noqa: PLC0415
        HALF_LIVES,
        LIMIT_BYTES,
        REFRESH,
        TRUST,
        Purpose,
        Source,
    )

    own(given["own"])
    if given["form"]:
        form_named(given["form"])
    location = given["location"]
    client = given["client"] or client_of(location)
    return Source(
        name=given["name"],
        location=file_location(location) if client == "file" else location,
        client=client,
        form=given["form"] or "",
        purpose=Purpose(given["purpose"] or "block"),
        trust=TRUST if given["trust"] is None else given["trust"],
        licence=given["licence"],
        tlp=_level(given["tlp"]),
        half_lives=dict(HALF_LIVES) | _lives(given["half_lives"]),
        refresh=_duration(given["refresh"], "--refresh") if given["refresh"] else REFRESH,
        columns=dict(_pair(text, "--column") for text in given["columns"]),
        subnames=given["subnames"],
        to_ids=not given["any_attribute"],
        own=tuple(given["own"]),
        secret_file=_file(given["secret_file"]),
        proxy=given["proxy"] or "",
        ca_file=_file(given["ca_file"]),
        private=given["private"],
        limit=_limit(given["limit"]) if given["limit"] else LIMIT_BYTES,
    )


def _limit(text: str) -> int:
    try:
        return feed_size(text)
    except ValueError as error:
        raise UsageError(f"--limit: {error}.") from error


def _file(path: Path | None) -> str:
    return str(path.absolute()) if path else ""


def _level(text: str | None) -> Tlp:
    from fluxhound.intel.indicator import tlp_named  # noqa: PLC0415

    return tlp_named(text or "")


def _lives(pairs: tuple[str, ...]) -> dict[Kind, timedelta]:
    from fluxhound.intel.indicator import WORDS  # noqa: PLC0415

    kinds = {word: kind for kind, word in WORDS.items()}
    lives = {}
    for text in pairs:
        word, duration = _pair(text, "--half-life")
        if word not in kinds:
            raise UsageError(
                f"--half-life {text!r}: there is no kind {word!r}: {', '.join(kinds)}."
            )
        lives[kinds[word]] = _duration(duration, "--half-life")
    return lives


def _pair(text: str, name: str) -> tuple[str, str]:
    ours, equals, theirs = text.partition("=")
    if not (ours and equals and theirs):
        raise UsageError(f"{name} {text!r} is no pair; write it with an equals sign.")
    return ours, theirs


def _duration(text: str, name: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError(f"{name}: {error}.") from error
