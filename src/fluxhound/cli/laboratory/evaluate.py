"""``fluxhound lab evaluate``: how good a model is, on simulated traffic that it never saw."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.options import SCREEN_OPTIONS, with_options

if TYPE_CHECKING:  # --help must not wait for the engine
    from fluxhound.lab.program import Sizes

OUTPUT, SIZE, MODEL = "Output", "Size", "Model"

EXAMPLES = """
$ fluxhound lab evaluate --small
$ fluxhound lab evaluate --model model.toml -o evaluation.md
"""

#: What ``--small`` makes of the usual sizes: enough to see that it works.
SMALL = {
    "runs": 1,
    "domains": 3_000,
    "flux": 6,
    "ruled": 1,
    "looked": 0,
    "kept": 1,
    "week": 0,
    "views": 0,
    "evaders": 0,
}

_PATH = click.Path(path_type=Path)


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@with_options(
    option(
        OUTPUT,
        "-o",
        "--output",
        type=_PATH,
        metavar="FILE",
        help="Write the Markdown here [standard output].",
    ),
    option(SIZE, "--small", is_flag=True, help="A few minutes; says nothing about rare errors."),
    option(SIZE, "--runs", metavar="N", type=click.IntRange(1, 1000), help="Runs of one day."),
    option(
        SIZE,
        "--domains",
        metavar="N",
        type=click.IntRange(1, 10_000_000),
        help="Benign registered domains in each run.",
    ),
    option(
        SIZE,
        "--flux",
        metavar="N",
        type=click.IntRange(1, 100_000),
        help="Flux domains of each kind in each run.",
    ),
    option(MODEL, "--model", type=_PATH, metavar="FILE", help="Model to judge by [our own]."),
    *SCREEN_OPTIONS[3:],
)
def command(**given: Any) -> None:
    """Measure the detector, and the published rules, on such traffic.

    The traffic is of seeds that fluxhound lab train does not use. The whole takes an hour or more.
    """
    # --help must not wait for the engine.
    from fluxhound.cli.results import check_output, write_file  # noqa: PLC0415

    if given["output"]:
        check_output(given["output"])
    text = _evaluated(given)
    if given["output"]:
        write_file(given["output"], [text.encode()])
        click.echo(given["output"])
    else:
        sys.stdout.write(text)


def _evaluated(given: dict[str, Any]) -> str:
    """Return the measured sections as Markdown."""
    from fluxhound.detection.model import model  # noqa: PLC0415
    from fluxhound.enrichment.opening import open_tables  # noqa: PLC0415
    from fluxhound.lab.modelfile import open_model  # noqa: PLC0415
    from fluxhound.lab.parameters import parameters  # noqa: PLC0415
    from fluxhound.lab.program import Program, Sizes  # noqa: PLC0415
    from fluxhound.lab.report import render  # noqa: PLC0415
    from fluxhound.lab.trial import Ground  # noqa: PLC0415
    from fluxhound.lab.world import World  # noqa: PLC0415

    def say(text: str) -> None:
        if not given["quiet"]:
            click.echo(text, err=True)

    judge = open_model(given["model"]) if given["model"] else model()
    program = Program(
        ground=Ground(tables=open_tables(), world=World.open(), given=parameters(), model=judge),
        sizes=sizes(Sizes(), given),
        say=say,
    )
    found = program.run()
    told = f"Model {judge.version}; simulated traffic from seed {program.first_seed:,} on."
    return render(found, run=[told]) + "\n"


def sizes(usual: Sizes, given: dict[str, Any]) -> Sizes:
    """Return the sizes asked for: the usual or small ones, changed by single options."""
    chosen = replace(usual, **SMALL) if given["small"] else usual
    single = {name: given[name] for name in ("runs", "domains", "flux")}
    return replace(chosen, **{name: value for name, value in single.items() if value})
