"""Measure the detector on simulated traffic, beside the published rules, and write the page.

    python tools/evaluate.py                      # everything, the page's figures
    python tools/evaluate.py --small              # a few minutes, to see that it works
    python tools/evaluate.py --write              # and put it into docs/evaluation.md
    python tools/evaluate.py --without models     # with models that lack a family or a group
    python tools/evaluate.py --seed 2000000       # other traffic, once these seeds were learnt from

The traffic is of seeds that neither training nor any test uses. With ``--without`` a folder is
given in which ``family-<name>.toml`` and ``group-<letter>.toml`` are models that were trained
without that family of harmless names, or without that group of features. The other options say how
much is made of each part; 0 leaves a part out. docs/evaluation.md lists them all.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path

from fluxhound import __version__
from fluxhound.detection.model import Model, model, read_model
from fluxhound.enrichment.opening import open_tables
from fluxhound.lab.evaluation import Evaluation, figures
from fluxhound.lab.figures import write
from fluxhound.lab.parameters import parameters
from fluxhound.lab.plan import EVALUATION
from fluxhound.lab.program import Program, Sizes
from fluxhound.lab.report import render, replaced
from fluxhound.lab.trial import Ground
from fluxhound.lab.world import World

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
SMALL = Sizes(runs=1, domains=3_000, flux=6, ruled=1, looked=0, kept=1, week=0, views=0, evaders=0)


def models(folder: Path | None, sort: str) -> Mapping[str, Model]:
    """Return the models of a folder that were trained without something: its name -> the model."""
    paths = sorted(folder.glob(f"{sort}-*.toml")) if folder else []
    return {
        path.stem.removeprefix(f"{sort}-"): read_model(path.read_text(encoding="utf-8"))
        for path in paths
    }


def chosen_sizes(given: argparse.Namespace) -> Sizes:
    """Return the sizes: those of the page, or small ones, changed by single options."""
    base = SMALL if given.small else Sizes()
    values = {f.name: getattr(given, f.name) for f in fields(Sizes)}
    return replace(base, **{name: value for name, value in values.items() if value is not None})


def sentences(program: Program, seconds: float) -> list[str]:
    """Return what the page says about the run."""
    sizes, judge = program.sizes, program.ground.model or model()
    version = f"Version {__version__}, model {judge.version}"
    runs = f"{sizes.runs} runs of one day with {sizes.domains:,} harmless registered domains"
    return [
        f"{version}; simulated traffic from seed {program.first_seed:,} on, unseen in training.",
        f"{runs} and {sizes.flux} of each kind of flux; published rules on {sizes.ruled} of them.",
        f"{program.responses:,} responses in all, {seconds / 60:.0f} minutes.",
    ]


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--small", action="store_true", help="a few minutes instead of an hour or more"
    )
    parser.add_argument("--write", action="store_true", help="write docs/evaluation.md and figures")
    parser.add_argument("--docs", type=Path, default=DOCS, help="the folder to write to")
    parser.add_argument("--model", type=Path, help="judge by this model file, not by our own")
    parser.add_argument("--without", type=Path, help="folder of models that lack something")
    parser.add_argument("--seed", type=_seed, default=EVALUATION, help=f"first seed [{EVALUATION}]")
    for f in fields(Sizes):
        parser.add_argument(f"--{f.name}", type=int, help=f"[{f.default}; small {_small(f.name)}]")
    return parser.parse_args(arguments)


def _seed(text: str) -> int:
    seed = int(text)
    if seed < EVALUATION:
        raise argparse.ArgumentTypeError(f"give {EVALUATION} or more: lower ones are for training")
    return seed


def _small(name: str) -> int:
    return int(getattr(SMALL, name))


def run(given: argparse.Namespace) -> tuple[Evaluation, list[str]]:
    """Run the program that the options ask for; return what was found and what the page says."""
    started = time.monotonic()
    judge = read_model(given.model.read_text(encoding="utf-8")) if given.model else None
    ground = Ground(tables=open_tables(), world=World.open(), given=parameters(), model=judge)
    program = Program(
        ground=ground,
        sizes=chosen_sizes(given),
        without_family=models(given.without, "family"),
        without_group=models(given.without, "group"),
        first_seed=given.seed,
        say=lambda text: print(text, file=sys.stderr, flush=True),
    )
    found = program.run()
    return found, sentences(program, time.monotonic() - started)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the measured sections, or write them to the page."""
    given = parsed(arguments)
    found, said = run(given)
    text = render(found, run=said)
    if not given.write:
        print(text)
        return
    page = given.docs / "evaluation.md"
    page.write_text(replaced(page.read_text(encoding="utf-8"), text), encoding="utf-8")
    for path in [page, *write(figures(found), given.docs / "figures")]:
        print(path)


if __name__ == "__main__":
    main()
