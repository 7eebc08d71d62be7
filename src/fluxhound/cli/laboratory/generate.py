"""``fluxhound lab generate``: DNS traffic with known truth, in the format that was asked for."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.options import SCREEN_OPTIONS, with_options

OUTPUT, TRAFFIC, SENSOR = "Output", "Traffic", "Sensor"
FORMATS = ("zeek", "zeek-json", "eve", "pcap", "dnstap", "cof", "parquet", "csv")

EXAMPLES = """
$ fluxhound lab generate --out dns.log
$ fluxhound lab generate --out day.pcap --domains 10000 --flux classic=20 --flux double=5
$ fluxhound lab generate --out eve.json.gz --archetype ntp-pool=3 --archetype slow=10 --days 7
$ fluxhound lab generate --out pdns.cof --position above --resolvers 40 --seed 7
$ fluxhound lab generate --out evading.parquet --flux classic=50 --set classic.ttl=7200
"""

_SHARE = click.FloatRange(0, 1)


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@with_options(
    option(
        OUTPUT,
        "--out",
        type=click.Path(path_type=Path),
        metavar="FILE",
        required=True,
        help="Write the traffic here; .gz and .zst compress.",
    ),
    option(OUTPUT, "--format", type=click.Choice(FORMATS), help="Format [by the ending of --out]."),
    option(
        OUTPUT,
        "--truth/--no-truth",
        default=True,
        help="Write what each domain is to FILE.truth.jsonl, or .parquet [yes].",
    ),
    option(OUTPUT, "--force", is_flag=True, help="Replace files that exist."),
    option(
        TRAFFIC,
        "--seed",
        metavar="N",
        type=click.IntRange(0, 2**63 - 1),
        default=1,
        help="Seed [1].",
    ),
    option(
        TRAFFIC,
        "--domains",
        metavar="N",
        type=click.IntRange(1, 10_000_000),
        help="Benign registered domains, in realistic shares [1000].",
    ),
    option(
        TRAFFIC,
        "--flux",
        multiple=True,
        metavar="NAME=COUNT",
        help="Flux domains beside them; all=COUNT for each kind, or none [all=2]. Repeatable.",
    ),
    option(
        TRAFFIC,
        "--archetype",
        "archetypes",
        multiple=True,
        metavar="NAME=COUNT",
        help="Just so many of this kind; without --domains, of no other. Repeatable.",
    ),
    option(
        TRAFFIC,
        "--days",
        metavar="N",
        type=click.FloatRange(0, 366, min_open=True),
        default=1.0,
        help="Length in days [1].",
    ),
    option(
        TRAFFIC, "--start", metavar="DAY", default="2026-11-02", help="First day, UTC [2026-11-02]."
    ),
    option(
        TRAFFIC,
        "--set",
        "changes",
        multiple=True,
        metavar="NAME.KEY=VALUE",
        help="Another value of an archetype's parameter, as in docs/lab.md. Repeatable.",
    ),
    option(
        SENSOR,
        "--position",
        type=click.Choice(["below", "above"]),
        default="below",
        help="Where it stands: below resolvers, among clients, or above them [below].",
    ),
    option(
        SENSOR,
        "--resolvers",
        metavar="N",
        type=click.IntRange(1, 250),
        default=4,
        help="Resolvers [4].",
    ),
    option(
        SENSOR,
        "--places",
        metavar="N",
        type=click.IntRange(1, 12),
        default=3,
        help="Regions that the resolvers stand in [3].",
    ),
    option(
        SENSOR,
        "--clients",
        metavar="N",
        type=click.IntRange(1, 60_000),
        default=5_000,
        help="Clients of each resolver [5000].",
    ),
    option(
        SENSOR,
        "--servers/--no-servers",
        default=True,
        help="Whether name servers and their addresses are seen [yes].",
    ),
    option(
        SENSOR,
        "--aggregated",
        is_flag=True,
        help="Passive DNS: counts instead of responses (cof always; parquet, csv).",
    ),
    option(
        SENSOR,
        "--loss",
        metavar="SHARE",
        type=_SHARE,
        default=0.0,
        help="Share of records it misses [0].",
    ),
    option(
        SENSOR,
        "--min-ttl",
        metavar="N",
        type=click.IntRange(0),
        default=0,
        help="TTLs are raised to [0].",
    ),
    option(
        SENSOR,
        "--max-ttl",
        metavar="N",
        type=click.IntRange(0),
        default=604_800,
        help="TTLs are cut to [604800].",
    ),
    option(
        SENSOR,
        "--mixed-case",
        metavar="SHARE",
        type=_SHARE,
        default=0.0,
        help="Share of names in random case (0x20) [0].",
    ),
    *SCREEN_OPTIONS[1:],
)
def command(**given: Any) -> None:
    """Write DNS traffic whose truth is known, in any format.

    The same options always give the same traffic. It is made for measuring detectors: it holds no
    means to run flux. See fluxhound lab archetypes for the kinds of names.
    """
    # --help must not wait for the engine.
    from fluxhound.cli.laboratory import generation  # noqa: PLC0415
    from fluxhound.cli.progress import make_progress  # noqa: PLC0415
    from fluxhound.cli.screen import make_console  # noqa: PLC0415

    plan = generation.plan(given, now=datetime.now(UTC))
    console = make_console(sys.stderr, given["color"] or "auto")
    with make_progress(console, wanted=given["progress"], quiet=given["quiet"]) as progress:
        done = generation.run(plan, progress)
    if not given["quiet"]:
        console.print(generation.summary(plan, done), soft_wrap=True)
    for path in done.paths:
        click.echo(path)
