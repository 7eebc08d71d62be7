"""The published rules, run on the same entities as our judgement."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from fluxhound.detection.baselines.evaluation import evaluate
from fluxhound.detection.baselines.inputs import UNKNOWN, BaselineInputs, Counts, Reals, as_bool
from fluxhound.detection.judgement import Judgement

#: Columns of ``look_at_answers`` that are counts; the others are real numbers.
_COUNTS = (
    "n_a", "n_asn", "n_24", "n_16", "n_country", "answers", "largest_set", "largest_asn",
    "largest_24", "largest_country", "first_two_n_a", "first_two_n_asn", "stretch_n_a",
    "stretch_n_asn",
)  # fmt: skip
_REALS = ("h16", "ttl_max", "ttl_mean", "mean_set", "largest_h16")
_NEED_ASN = ("n_asn", "largest_asn", "first_two_n_asn", "stretch_n_asn")
#: Without an IPv4 answer there is nothing, and that is known.
_ZERO_WHERE_MISSING = ("n_a", "n_24", "n_16", "answers", "largest_set", "largest_24")


def baselines_of(
    judgement: Judgement, rows: Counts, lookups: pa.Table, members: pa.Table, *, asn_known: bool
) -> list[dict[str, bool | None]]:
    """Return, for each of *rows* of the judgement, what each published rule says of it.

    *lookups* and *members* are what ``look_at_answers`` gives for the entities of *rows*.
    """
    servers = judgement.columns["ns_hosts"][rows]
    inputs = inputs_of(servers, lookups, members, asn_known=asn_known)
    verdicts = evaluate(inputs)
    return [
        {name: as_bool(int(column[i])) for name, column in verdicts.items()}
        for i in range(len(rows))
    ]


def inputs_of(
    servers: Reals, lookups: pa.Table, members: pa.Table, *, asn_known: bool
) -> BaselineInputs:
    """Return what the published rules read of entities in the order of *lookups*.

    *servers* are name servers of each entity's zone, NaN where none was seen.
    """
    columns: dict[str, Counts | Reals] = {}
    for name in _COUNTS:
        missing = 0 if name in _ZERO_WHERE_MISSING else UNKNOWN
        known = lookups.column(name).fill_null(missing).cast(pa.int64())
        values: Counts = known.to_numpy().copy()
        if name in _NEED_ASN and not asn_known:
            values[:] = UNKNOWN
        elif name in _NEED_ASN or name in ("n_country", "largest_country"):
            values[(values == UNKNOWN) & (columns["n_a"] == 0)] = 0
        columns[name] = values
    for name in _REALS:
        columns[name] = lookups.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False)
    entity = lookups.column("entity").to_numpy()
    pair = np.searchsorted(entity, members.column("entity").to_numpy())
    return BaselineInputs(
        **columns,  # type: ignore[arg-type]
        n_ns=np.where(np.isnan(servers), UNKNOWN, np.nan_to_num(servers)).astype(np.int64),
        pair_entity=pair.astype(np.int64),
        pair_address=members.column("address").to_numpy().astype(np.int64),
    )
