"""``fluxhound respond plan``: what would change, and what it would touch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.options import with_options
from fluxhound.cli.responding.choices import POLICY_OPTIONS, SCREEN_OPTIONS, STORE, STORE_OPTIONS

EXAMPLES = """
$ fluxhound respond plan --store flux.duckdb --mode block
$ fluxhound respond plan --store flux.duckdb --findings found.jsonl --format jsonl
"""

FINDINGS = option(
    STORE,
    "--findings",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Findings as analyze wrote them (json, jsonl) [the store is judged].",
)


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@with_options(*STORE_OPTIONS, FINDINGS, *POLICY_OPTIONS, *SCREEN_OPTIONS)
def command(**given: Any) -> None:
    """Show what would change, and what it would touch.

    Nothing is changed and nothing is published.
    """
    from fluxhound.cli.responding.opened import findings_of, opened  # noqa: PLC0415 - --help first

    findings = findings_of(given)
    with opened(given) as there:
        plan = there.register.propose(findings, there.now, there.policy)
        tell_ended(findings, there.now, there.policy)
        write(plan, given, defang=there.settings.output.defang)


def tell_ended(findings: Any, now: Any, policy: Any) -> None:
    """Say on standard error how many findings ask for nothing, since they have ended."""
    ended = sum(now - finding.last_seen > policy.continuing for finding in findings)
    if ended:
        click.echo(
            f"fluxhound: {ended:,} of {len(findings):,} findings have ended: what was not seen "
            "lately asks for nothing.",
            err=True,
        )


def write(plan: Any, given: dict[str, Any], *, defang: bool) -> None:
    """Write a plan in the format that was asked for."""
    from fluxhound.cli.responding import rendering  # noqa: PLC0415 - --help must not wait

    defanged = defang if given["defang"] is None else given["defang"]
    if rendering.chosen(given["format"]) == "table":
        click.echo(rendering.plan_text(plan, defanged=defanged), nl=False)
    else:
        rendering.write_lines(rendering.plan_documents(plan))
