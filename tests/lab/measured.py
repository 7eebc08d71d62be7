"""A small evaluation whose numbers are known by hand, for goals and the report."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from fluxhound.lab.ablation import Ablated
from fluxhound.lab.evaluation import Evaluation, evaluated
from fluxhound.lab.evasion import Evasion, Point
from fluxhound.lab.families import LeftOut
from fluxhound.lab.looks import looks
from fluxhound.lab.metrics import Share
from fluxhound.lab.price import Price, Tried
from fluxhound.lab.units import domain_days
from tests.lab.tables import entity, judged, truth

KINDS = ("classic", "double", "regional", "slow", "cloud")
FLUX = [(f"{kind}{i}.test", kind) for kind in KINDS for i in range(10)]
BENIGN = [(f"cdn{i}.test", "-cdn") for i in range(40)]
KNOWN = truth(
    [*FLUX, *BENIGN],
    rotation_s=[300.0] * 90,
    responses=[20] * 90,
)
NETWORKS = pa.table({"alert": [True, True, False], "domains": [5, 4, 3], "flux": [5, 0, 0]})


def units(missed: int = 0, false: int = 0, **more: Any) -> pa.Table:
    """Find all flux but the first *missed* of each kind; *false* benign ones alert as well."""
    rows = []
    for domain, kind in FLUX:
        silent = int(domain.removesuffix(".test").removeprefix(kind)) < missed
        verdict = "double-flux" if kind == "double" else "single-flux"
        rows.append(
            entity(
                domain,
                "flux-suspect" if silent else verdict,
                0.0 if silent else 6.0,
                ns_addresses=3,
            )
            | more
        )
    rows += [entity(domain, "single-flux", 4.0) for domain, _ in BENIGN[:false]]
    table = judged(rows)
    table = table.append_column("baseline_holz_24h", pa.array([1] * len(rows), pa.int8()))
    scores = [200.0 + i for i in range(len(rows))]  # benign ones last: highest
    return domain_days(table.append_column("baseline_holz_24h_score", pa.array(scores)), KNOWN)


def price() -> Price:
    found = Tried(
        label="2 live hosts", found=Share(1, 9), found_or_suspected=Share(8, 9),
        addresses_per_day=3.0, rotation_s=1800.0,
    )  # fmt: skip
    evasion = Evasion(
        name="few addresses", archetype="slow", breaks="counts", price="soon listed",
        points=(Point(label="2 live hosts", changes={"live": 2}),),
    )  # fmt: skip
    return Price(evasion=evasion, tried=(found,))


def evaluation(missed: int = 0, false: int = 0) -> Evaluation:
    """Return an evaluation with every part."""
    left = LeftOut(
        family="cdn", false_of_family=Share(1, 40), false=Share(1, 20_000), found=Share(9, 10),
        found_by_archetype={},
    )  # fmt: skip
    silenced = Ablated(
        group="A", about="growth and churn", false=Share(0, 9), found=Share(1, 4),
        found_by_archetype={}, found_at_budget=Share(1, 2),
    )  # fmt: skip
    day = units(missed, false)
    return evaluated(
        day,
        networks=NETWORKS,
        strays=2,
        week=units(missed),
        looks=looks({10: units(10), 30: units(5), 60: day}),
        views={"one": units(missed)},
        families=[left],
        ablations=[silenced],
        prices=[price()],
        notes=["something was left out", "something was left out"],
    )
