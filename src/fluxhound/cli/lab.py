"""``fluxhound lab``: traffic with known truth, and what is measured on it."""

from __future__ import annotations

import click

from fluxhound.cli.groups import LazyGroup

#: Command -> its one line in ``fluxhound lab --help``. Their modules are in ``laboratory``.
COMMANDS = {
    "generate": "Write DNS traffic whose truth is known, in any format.",
    "archetypes": "List the kinds of names that traffic is made of.",
    "train": "Train the detector's model on simulated traffic.",
    "evaluate": "Measure the detector, and the published rules, on such traffic.",
}

EXAMPLES = """
$ fluxhound lab generate --out dns.log
$ fluxhound lab archetypes
$ fluxhound lab generate --help
"""


@click.group(cls=LazyGroup, lazy=COMMANDS, package="fluxhound.cli.laboratory", examples=EXAMPLES)
def command() -> None:
    """Make DNS traffic with known truth, to measure detectors on."""
