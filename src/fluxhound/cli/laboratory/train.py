"""``fluxhound lab train``: from simulated traffic to a model file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.options import SCREEN_OPTIONS, with_options
from fluxhound.errors import UsageError

if TYPE_CHECKING:  # --help must not wait for the engine
    from fluxhound.lab.plan import Stretch

OUTPUT, CORPUS, MODEL = "Output", "Corpus", "Model"

EXAMPLES = """
$ fluxhound lab train --out model.toml
$ fluxhound lab train --out model.toml --corpus profiles/ --scale 0.1
$ fluxhound lab train --out without.toml --corpus profiles/ --without volunteer-pool
"""

_PATH = click.Path(path_type=Path)


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@with_options(
    option(
        OUTPUT, "--out", type=_PATH, metavar="FILE", required=True, help="Write the model here."
    ),
    option(OUTPUT, "--force", is_flag=True, help="Replace a file that exists."),
    option(
        CORPUS,
        "--corpus",
        type=_PATH,
        metavar="FOLDER",
        help="Profiles to train on; made there if it is empty [made, not kept].",
    ),
    option(
        CORPUS,
        "--scale",
        metavar="X",
        type=click.FloatRange(0, 10, min_open=True),
        default=1.0,
        help="Make so many times the usual traffic [1].",
    ),
    option(CORPUS, "--seed", metavar="N", type=click.IntRange(0, 2**62), help="First seed."),
    option(
        MODEL,
        "--template",
        type=_PATH,
        metavar="FILE",
        help="Features, trends and texts; only points are learnt [our own candidates].",
    ),
    option(
        MODEL,
        "--without",
        multiple=True,
        metavar="FAMILY",
        help="Learn nothing from this family, to see what it is worth. Repeatable.",
    ),
    *SCREEN_OPTIONS[3:],
)
def command(**given: Any) -> None:
    """Train the detector's model on simulated traffic.

    The whole takes about an hour. Judge the result with fluxhound lab evaluate, on seeds that it
    never saw.
    """
    # --help must not wait for the engine.
    from fluxhound.cli.results import check_output  # noqa: PLC0415

    out: Path = given["out"]
    check_output(out)
    if out.exists() and not given["force"]:
        raise UsageError(f"{out} exists. Add --force to replace it.")
    with TemporaryDirectory(prefix="fluxhound-") as temporary:
        corpus = given["corpus"] or Path(temporary)
        report = _trained(corpus, given)
    if not given["quiet"]:
        click.echo(report, err=True)
    click.echo(out)


def _trained(corpus: Path, given: dict[str, Any]) -> str:
    """Make the corpus if there is none, train on it, and return what is to be told."""
    from fluxhound.lab import collection, plan, training  # noqa: PLC0415

    def say(text: str) -> None:
        if not given["quiet"]:
            click.echo(text, err=True)

    if not any(corpus.glob("*.parquet")):
        seed = plan.TRAINING if given["seed"] is None else given["seed"]
        stretches = [scaled(each, given["scale"]) for each in plan.TRAINING_PLAN]
        collection.collect(corpus, stretches, first_seed=seed, say=say)
    template = given["template"] or our_template()
    trained = training.train_files(
        corpus, template, given["out"], without=given["without"], say=say
    )
    return trained.report


def scaled(stretch: Stretch, factor: float) -> Stretch:
    """Return a stretch with *factor* times its domains, at least one of each kind."""
    return replace(
        stretch,
        domains=max(1, round(stretch.domains * factor)),
        flux=max(1, round(stretch.flux * factor)),
        hard=stretch.hard * factor,
    )


def our_template() -> Path:
    """Return where the features stand that the package's model is chosen from."""
    from fluxhound import lab  # noqa: PLC0415 - --help must not wait

    return Path(lab.__file__).parent / "template.toml"
