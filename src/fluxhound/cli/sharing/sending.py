"""What the commands of ``fluxhound share`` have in common: what would go is shown, or sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fluxhound.cli.help import option
from fluxhound.cli.options import (
    ENGINE_OPTIONS,
    READING_OPTIONS,
    SCREEN_OPTIONS,
    Request,
    make_request,
)
from fluxhound.cli.outgoing import Selection, selected, selection_options, summary, terms_of
from fluxhound.errors import UsageError

if TYPE_CHECKING:
    from fluxhound.sharing.exports import Exported
    from fluxhound.sharing.outbound import Outbound, Terms
    from fluxhound.sharing.peers.web import Receiver

RECEIVER = "Receiver"
#: Names that are shown of what would go; the rest is counted.
SHOWN = 50

LONGEST_SECRET = 4096

SEND = option(RECEIVER, "--send", is_flag=True, help="Do it; else what would go is shown.")
SERVER_OPTIONS = (
    option(
        RECEIVER,
        "--secret-file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="File with the key, token, or user:password.",
    ),
    option(
        RECEIVER,
        "--ca-file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Authorities to trust, PEM [the system's].",
    ),
    SEND,
)
#: Others than ourselves: what is stricter than AMBER stays unless it is asked for.
SHARED_OPTIONS = (
    *selection_options(ceiling="amber"),
    *READING_OPTIONS,
    *ENGINE_OPTIONS,
    *SCREEN_OPTIONS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """What is about to leave."""

    request: Request
    selection: Selection
    terms: Terms
    outbound: Outbound


@contextmanager
def shipment(given: dict[str, Any]) -> Iterator[Shipment]:
    """Yield what is about to leave, and show it unless it is sent.

    Raises:
        UsageError: the command line makes no sense.
        FluxhoundError: whatever reading or judging cannot go on with.
    """
    now = datetime.now(UTC)
    request = make_request(given, now=now)

    from fluxhound.sharing.exports import told_outbound  # noqa: PLC0415 - --help must not wait

    terms = terms_of(given, now=now)
    with selected(request, given, back=True) as selection:
        outbound = told_outbound("misp", selection.findings, terms)
        if not given["send"]:
            show(outbound, defanged=request.defang)
        yield Shipment(request=request, selection=selection, terms=terms, outbound=outbound)


def show(outbound: Outbound, *, defanged: bool) -> None:
    """Write what would go, one line for each finding."""
    from fluxhound.sharing.defang import defang  # noqa: PLC0415
    from fluxhound.sharing.escape import printable  # noqa: PLC0415

    for offer in outbound.offers[:SHOWN]:
        finding = offer.finding
        name = printable(defang(finding.name) if defanged else finding.name)
        level = f"TLP:{offer.tlp.word.upper()}"
        click.echo(f"{finding.severity.value:<8}  {finding.verdict.value:<16}  {level:<16}  {name}")
    if len(outbound.offers) > SHOWN:
        click.echo(f"and {len(outbound.offers) - SHOWN:,} more")


def tell(made: Exported, request: Request, *, sent: bool, where: str) -> None:
    """Say in one sentence what went where, or would go."""
    if request.verbosity >= 0:
        verb = f"sent to {where}" if sent else f"would go to {where}"
        more = "" if sent else " Add --send to do it."
        click.echo(summary(made, verb=verb) + more, err=True)


def receiver_of(url: str, given: dict[str, Any], headers: dict[str, str]) -> Receiver:
    """Return the server at *url*.

    Raises:
        UsageError: the address makes no sense.
    """
    from fluxhound.sharing.peers.web import Receiver, checked  # noqa: PLC0415

    checked(url)
    return Receiver(url=url, headers=headers, ca_file=str(given["ca_file"] or ""))


def secret_of(given: dict[str, Any]) -> str:
    """Return the secret in the file that was given, its first line; "" where there is none.

    Raises:
        UsageError: it cannot be read, or holds none.
    """
    path = given["secret_file"]
    if path is None:
        return ""
    try:
        with path.open("rb") as file:
            lines = file.read(LONGEST_SECRET).decode("ascii").splitlines()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UsageError(f"{path}: the secret cannot be read ({reason}).") from error
    secret = lines[0].strip() if lines else ""
    if not secret or not secret.isprintable():
        raise UsageError(f"{path}: the file holds no secret in its first line.")
    return secret
