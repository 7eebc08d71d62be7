"""The parts of the page that set one thing beside another: rules, families, groups, evasions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fluxhound.lab.evaluation import Evaluation, View
from fluxhound.lab.markdown import table
from fluxhound.lab.metrics import BUDGETS
from fluxhound.lab.price import Price, Tried
from fluxhound.lab.reliability import Reliability
from fluxhound.lab.rivals import Rival
from fluxhound.lab.wording import millionths, percent, recall


def rivals_part(view: View, *, short: bool = False) -> list[str]:
    """Return ours beside every published rule; *short*: without each kind of flux."""
    rows = [
        (
            rival.name,
            recall(rival.found),
            millionths(rival.false),
            percent(rival.at_ours.value),
            percent(rival.at_budget[BUDGETS[-1]].value),
            f"{rival.partial_area:.3f}",
            _against(rival),
            percent(rival.unknown.value),
        )
        for rival in view.rivals.values()
    ]
    head = (
        "", "recall", "false per million", "recall at our false findings",
        f"recall at {BUDGETS[-1]:g} per million", "partial area below 1e-4",
        "ours minus its recall, over pools", "not computable",
    )  # fmt: skip
    if short:
        return [table(head, rows)]
    names = list(view.rivals)
    kinds = list(view.rates.found_by_archetype)
    by_kind = (
        (k, *(percent(view.rivals[n].at_ours_by_archetype[k].value) for n in names)) for k in kinds
    )
    return [table(head, rows), table(("recall at our false findings", *names), by_kind)]


def _against(rival: Rival) -> str:
    if rival.against is None:
        return ""
    low, high = rival.against.bounds
    return f"{percent(rival.against.difference)} ({percent(low)} to {percent(high)})"


def families_part(found: Evaluation) -> str:
    """Return what happens when a benign family is left out of training."""
    rows = (
        (f.family, millionths(f.false_of_family), f"{f.added_per_million:.2g}",
         millionths(f.false), recall(f.found))
        for f in found.families
    )  # fmt: skip
    head = (
        "family left out", "false per million of the family", "per million of all, from it",
        "per million, from all", "recall",
    )  # fmt: skip
    return table(head, rows)


def ablation_part(found: Evaluation) -> str:
    """Return what is found without each group of features."""
    rows = (
        (f"{a.group} {a.about}".strip(), recall(a.found), millionths(a.false),
         recall(a.found_at_budget))
        for a in found.ablated
    )  # fmt: skip
    head = ("without", "recall", "false per million", "recall at 1 per million")
    return table(head, rows)


def calibration_part(found: Mapping[str, Reliability]) -> str:
    """Return promised and observed shares of flux, bin by bin."""
    rows = [
        (
            name,
            f"{b.low:g} to {b.high:g}",
            f"{b.flux:,}",
            f"{b.benign:,}",
            f"{b.promised:.3g}",
            f"{b.observed:.3g} ({b.bounds[0]:.2g} to {b.bounds[1]:.2g})",
        )
        for name, reliability in found.items()
        for b in reliability.bins
        if name == "all"
    ]
    errors = ", ".join(
        f"{name}: {r.brier:.2g} and {r.calibration_error:.2g}" for name, r in found.items()
    )
    head = ("refreshes", "score", "flux", "benign", "promised", "observed at the prior")
    told = f"Brier score and calibration error, by refreshes seen: {errors}."
    return f"{table(head, rows)}\n\n{told}" if rows else ""


def prices_part(prices: Sequence[Price]) -> list[str]:
    """Return what unseen evaders keep, and every point that was tried."""
    rows = [
        (p.evasion.name, p.evasion.breaks, _kept(p.unseen), _kept(p.unsuspected),
         _kept(p.most, seen=True), p.evasion.price)
        for p in prices
    ]  # fmt: skip
    head = (
        "evasion", "meant to break", "kept without an alert", "kept without suspicion",
        "most that was tried", "what it costs besides",
    )  # fmt: skip
    points = [
        (p.evasion.name, t.label, f"{t.addresses_per_day:,.0f}", _every(t), recall(t.found),
         percent(t.found_or_suspected.value))
        for p in prices
        for t in p.tried
    ]  # fmt: skip
    columns = ("evasion", "how", "addresses a day", "rotation", "alert", "alert or suspected")
    return [table(head, rows), table(columns, points)]


def _kept(point: Tried | None, *, seen: bool = False) -> str:
    if point is None:
        return "nothing that was tried"
    found = f", found {percent(point.found.value)}" if seen else ""
    return f"{point.addresses_per_day:,.0f} addresses a day, {_every(point)} ({point.label}){found}"


def _every(point: Tried) -> str:
    return f"every {point.rotation_s:,.0f} s" if point.rotation_s > 0 else "each query"
