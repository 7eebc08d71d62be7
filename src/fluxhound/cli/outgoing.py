"""What export and share have in common: which findings, on which terms, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fluxhound import config
from fluxhound.cli.help import option
from fluxhound.cli.options import Request
from fluxhound.errors import UsageError
from fluxhound.quantities import parse_duration

if TYPE_CHECKING:
    from fluxhound.history.recall import RRset
    from fluxhound.records import EntityKind, Finding, Timeline
    from fluxhound.service.analysis import Analysis
    from fluxhound.sharing.exports import Exported, Material
    from fluxhound.sharing.outbound import Terms

WHICH = "Which findings"
TERMS = "Terms"
TLPS = ("clear", "green", "amber", "amber+strict", "red")
#: Adds an option to a command.
Option = Callable[[Any], Any]

#: Findings whose history is looked up for one export, the most severe. Chosen: each takes some
#: tenths of a second in a large store.
LOOKED_BACK = 200


def selection_options(*, ceiling: str = "red") -> tuple[Option, ...]:
    """Return the options that choose findings; what is above *ceiling* is left out by default."""
    return (
        option(
            WHICH,
            "--from",
            "saved",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="A saved result (--format jsonl or json) in place of logs.",
        ),
        option(
            WHICH,
            "--name",
            "names",
            multiple=True,
            metavar="NAME",
            help="Only this name, and what is below it. Repeatable.",
        ),
        option(
            WHICH,
            "--minimum",
            type=click.Choice(config.SEVERITIES),
            default="info",
            help="Only findings this severe or more [info].",
        ),
        option(
            TERMS, "--tlp", type=click.Choice(TLPS), default="amber", help="Mark them so [amber]."
        ),
        option(
            TERMS,
            "--mark",
            "marks",
            multiple=True,
            metavar="NAME=TLP",
            help="Mark a name or registered domain otherwise. Repeatable.",
        ),
        option(
            TERMS,
            "--tlp-max",
            type=click.Choice(TLPS),
            default=ceiling,
            help=f"Leave out what is marked more restrictively [{ceiling}].",
        ),
        option(
            TERMS, "--expiry", default="14d", metavar="TIME", help="Valid so long after last seen."
        ),
        option(TERMS, "--producer", metavar="NAME", help="Who tells it [Fluxhound]."),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The findings that were asked for, and what stands behind them."""

    findings: tuple[Finding, ...]
    material: Material
    without_history: int = 0


def terms_of(given: Mapping[str, Any], *, now: datetime, link: str = "") -> Terms:
    """Return the terms that the command line gives.

    Raises:
        UsageError: one of them makes no sense.
    """
    from fluxhound.cli.wanted import plain_name  # noqa: PLC0415 - --help must not wait
    from fluxhound.intel.indicator import tlp_named  # noqa: PLC0415
    from fluxhound.records import Severity  # noqa: PLC0415
    from fluxhound.sharing.outbound import PRODUCER, Terms  # noqa: PLC0415

    marks = {}
    for pair in given["marks"]:
        name, equals, level = pair.rpartition("=")
        if not (name and equals and tlp_named(level)):
            raise UsageError(f"--mark {pair!r}: write NAME=TLP, TLP one of {', '.join(TLPS)}.")
        marks[plain_name(name)] = tlp_named(level)
    return Terms(
        now=now,
        tlp=tlp_named(given["tlp"]),
        marks=marks,
        ceiling=tlp_named(given["tlp_max"]),
        minimum=Severity(given["minimum"]),
        expiry=_expiry(given["expiry"]),
        producer=given["producer"] or PRODUCER,
        link=link,
    )


def _expiry(text: str) -> timedelta:
    try:
        expiry = parse_duration(text)
    except ValueError as error:
        raise UsageError(f"--expiry: {error}.") from error
    if not expiry:
        raise UsageError("--expiry 0: what is no longer valid would be of no use to anybody.")
    return expiry


@contextmanager
def selected(request: Request, given: Mapping[str, Any], *, back: bool) -> Iterator[Selection]:
    """Yield the findings of a saved result, or of an analysis, with their history for *back*.

    Raises:
        UsageError: there is nothing to take them from, or two things.
        FluxhoundError: whatever reading or judging cannot go on with.
    """
    from fluxhound.cli.session import session  # noqa: PLC0415 - --help must not wait
    from fluxhound.cli.wanted import plain_name, saved_findings  # noqa: PLC0415
    from fluxhound.sharing.exports import Material  # noqa: PLC0415

    names = tuple(plain_name(name) for name in given["names"])
    if given["saved"]:
        if given["inputs"]:
            raise UsageError("Give either logs or --from, not both.")
        found = _named(saved_findings(given["saved"]), names)
        yield Selection(findings=found, material=Material(), without_history=len(found))
        return
    with session(request, wanted=names) as analysis:
        found = _named(tuple(analysis), names)
        if not back:
            yield Selection(findings=found, material=Material())
            return
        yield _remembered(analysis, found)


def _named(findings: tuple[Finding, ...], names: tuple[str, ...]) -> tuple[Finding, ...]:
    if not names:
        return findings
    endings = tuple(f".{name}" for name in names)
    return tuple(f for f in findings if f.name in names or f.name.endswith(endings))


def _remembered(analysis: Analysis, findings: tuple[Finding, ...]) -> Selection:
    from fluxhound.records import EntityKind  # noqa: PLC0415
    from fluxhound.sharing.exports import Material  # noqa: PLC0415

    asked = [f for f in findings if f.entity is not EntityKind.NETWORK][:LOOKED_BACK]
    timelines: dict[tuple[EntityKind, str], Timeline] = {
        (f.entity, f.name): analysis.timeline(f.name, f.entity) for f in asked
    }

    def rrsets(finding: Finding) -> tuple[RRset, ...]:
        if (finding.entity, finding.name) not in timelines:
            return ()
        below = finding.entity is EntityKind.REGISTERED_DOMAIN
        return analysis.rrsets(finding.name, below=below)

    networks = sum(f.entity is EntityKind.NETWORK for f in findings)
    return Selection(
        findings=findings,
        material=Material(timelines=timelines, rrsets=rrsets),
        without_history=len(findings) - networks - len(asked),
    )


def summary(made: Exported, *, verb: str = "exported", without_history: int = 0) -> str:
    """Return what was done, in one sentence, and what was left out for which reason."""
    marked = ", ".join(f"TLP:{word.upper()}" for word in made.tlps)
    counted = "1 finding" if made.findings == 1 else f"{made.findings:,} findings"
    said = f"{counted} {verb}" + (f" ({marked})" if marked else "")
    left = [f"{count:,} {reason}" for reason, count in sorted(made.left_out.items())]
    if left:
        said += f"; left out: {', '.join(left)}"
    if without_history:
        said += f"; {without_history:,} without their history"
    return said + "."
