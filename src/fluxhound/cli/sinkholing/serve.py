"""``fluxhound sinkhole serve``: listen, record, answer with one page."""

from __future__ import annotations

import dataclasses
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.options import with_options
from fluxhound.errors import UsageError
from fluxhound.quantities import parse_duration

if TYPE_CHECKING:
    from fluxhound.response.sinkhole.limits import Place, Setup

WHERE = "Where"
BOUNDS = "Bounds"
MESSAGES = "Messages"

EXAMPLES = """
$ fluxhound sinkhole serve --listen 192.0.2.1:80 --folder sinkhole
$ fluxhound sinkhole serve --listen '[2001:db8::1]:443' --folder sinkhole
$ fluxhound sinkhole serve --listen 192.0.2.1:80 --folder sinkhole --keep 7d
"""

_PATH = click.Path(path_type=Path)
#: An answer that is kept longer would be of people who left long ago. Chosen.
LONGEST_KEPT = timedelta(days=3_650)


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@with_options(
    option(
        WHERE,
        "--listen",
        "listen",
        multiple=True,
        required=True,
        metavar="ADDRESS:PORT",
        help="Listen here; IPv6 in brackets. Repeatable.",
    ),
    option(
        WHERE,
        "--folder",
        type=_PATH,
        required=True,
        metavar="DIR",
        help="Keep store, log and certificate authority here.",
    ),
    option(WHERE, "--contact", default="", metavar="TEXT", help="Whom to ask; shown on the page."),
    option(WHERE, "--no-log", is_flag=True, help="No line for each visit, only the store."),
    option(
        BOUNDS,
        "--keep",
        default="30d",
        metavar="TIME",
        help="How long the store keeps visits [30d].",
    ),
    option(
        BOUNDS,
        "--connections",
        type=click.IntRange(16, 100_000),
        help="At once; the oldest unfinished goes [2048].",
    ),
    option(
        BOUNDS,
        "--per-network",
        type=click.IntRange(1, 100_000),
        help="At once of one /24 or /64 [512].",
    ),
    option(
        BOUNDS,
        "--per-client",
        type=click.IntRange(1, 100_000),
        help="At once of one address [64].",
    ),
    option(
        MESSAGES,
        "--log-format",
        type=click.Choice(("text", "json")),
        help="How logs on standard error are written [text on a terminal, else json].",
    ),
    option(MESSAGES, "-q", "--quiet", is_flag=True, help="Log errors only."),
    option(MESSAGES, "-v", "--verbose", count=True, help="Log more; -vv logs all."),
)
def command(**given: Any) -> None:
    """Listen, record who calls, answer with a page that says why.

    Any protocol is heard on any port. HTTP and HTTPS are answered with a page that says why,
    everything else with silence. Nothing is forwarded. Clients' addresses are recorded, to clean
    them up. SIGTERM ends cleanly, SIGHUP opens the log anew. See docs/sinkhole.md.
    """
    setup = make_setup(given)

    # --help must not wait for the libraries.
    from fluxhound.cli.logs import log_to  # noqa: PLC0415
    from fluxhound.cli.signals import told_by_signals  # noqa: PLC0415
    from fluxhound.response.sinkhole.sinkhole import Sinkhole  # noqa: PLC0415

    form = given["log_format"] or ("text" if sys.stderr.isatty() else "json")
    verbosity = -1 if given["quiet"] else min(given["verbose"] + 1, 2)
    log_to(sys.stderr, form=form, verbosity=verbosity)
    sinkhole = Sinkhole(setup)
    with told_by_signals(sinkhole.stop, sinkhole.reload):
        sinkhole.run()


def make_setup(given: dict[str, Any]) -> Setup:
    """Return what the command line asks for.

    Raises:
        UsageError: a place or a duration is none.
    """
    from fluxhound.response.sinkhole.limits import Limits, Setup  # noqa: PLC0415

    names = ("connections", "per_network", "per_client")
    bounds = {name: given[name] for name in names if given[name] is not None}
    return Setup(
        places=places(given["listen"]),
        folder=given["folder"],
        contact=given["contact"],
        keep=_kept(given["keep"]),
        limits=dataclasses.replace(Limits(), **bounds),
        log=not given["no_log"],
    )


def places(texts: tuple[str, ...]) -> tuple[Place, ...]:
    """Return the places that *texts* name.

    Raises:
        UsageError: one is none.
    """
    from fluxhound.response.sinkhole.limits import parse_place  # noqa: PLC0415

    try:
        return tuple(parse_place(each) for each in texts)
    except ValueError as error:
        raise UsageError(f"--listen: {error}.") from error


def _kept(text: str) -> timedelta:
    try:
        kept = parse_duration(text)
    except ValueError as error:
        raise UsageError(f"--keep: {error}.") from error
    if not timedelta(hours=1) <= kept <= LONGEST_KEPT:
        raise UsageError("--keep: give an hour at least and ten years at most, for example 30d.")
    return kept
