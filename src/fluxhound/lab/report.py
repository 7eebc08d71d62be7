"""The measured sections of the evaluation's page, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fluxhound.lab.evaluation import Evaluation, View, figures
from fluxhound.lab.figures import Figure
from fluxhound.lab.goals import goals
from fluxhound.lab.looks import Looks
from fluxhound.lab.metrics import BUDGETS, Share
from fluxhound.lab.price import Price, Tried
from fluxhound.lab.rates import Rates
from fluxhound.lab.reliability import Reliability
from fluxhound.lab.rivals import Rival
from fluxhound.lab.units import EVIDENCE
from fluxhound.lab.wording import duration, millionths, percent, recall

#: Everything between the two is replaced when the page is made anew.
BEGIN = "<!-- measured: begin (written by make evaluate) -->"
END = "<!-- measured: end -->"


def render(found: Evaluation, *, run: Sequence[str] = ()) -> str:
    """Return all measured sections; *run* are sentences about the run itself."""
    sections = [
        _section("What was measured", [_sentences(run), _strays(found)]),
        _section("Goals", [_goals(found)]),
        _section("False findings", _false(found)),
        _section("Recall", _recall(found.day.rates)),
        _section("Delay and repeated looks", _looks(found)),
        _section("Single or double flux", [_confusion(found.day)]),
        _section("Beside the published rules", _rivals(found.day)),
        *(_section(f"Seen from: {n}", _rivals(v, short=True)) for n, v in found.views.items()),
        _section("Benign families left out", [_families(found)]),
        _section("What each group of features is worth", [_ablation(found)]),
        _section("Calibration", [_calibration(found.calibration)]),
        _section("The cost of evasion", _prices(found.prices)),
    ]
    drawn = {figure.name: figure for figure in figures(found)}
    text = "\n\n".join(section for section in sections if section)
    return _illustrated(text, drawn) + "\n"


def replaced(page: str, measured: str) -> str:
    """Return *page* with what stands between the marks replaced.

    Raises:
        ValueError: the page lacks the marks.
    """
    if BEGIN not in page or END not in page:
        raise ValueError(f"The page lacks {BEGIN} or {END}.")
    head, tail = page.split(BEGIN, maxsplit=1)[0], page.rsplit(END, maxsplit=1)[-1]
    return f"{head}{BEGIN}\n\n{measured.strip()}\n\n{END}{tail}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; an empty one is nothing."""
    found = [list(row) for row in rows]
    if not found:
        return ""
    lines = [list(head), ["---"] * len(head), *found]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in lines)


def _section(title: str, parts: Sequence[str]) -> str:
    text = "\n\n".join(part for part in parts if part)
    return f"## {title}\n\n{text}" if text else ""


def _illustrated(text: str, drawn: Mapping[str, Figure]) -> str:
    """Put each figure below the heading that it belongs to."""
    for heading, names in _FIGURES.items():
        images = [f"![{drawn[name].text}](figures/{name}.svg)" for name in names if name in drawn]
        if images:
            text = text.replace(f"## {heading}\n", f"## {heading}\n\n" + "\n\n".join(images) + "\n")
    return text


_FIGURES = {
    "Delay and repeated looks": ("delay-minutes", "delay-refreshes"),
    "Beside the published rules": ("recall",),
    "What each group of features is worth": ("ablation",),
    "Calibration": ("calibration",),
}


def _sentences(run: Sequence[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in run)


def _strays(found: Evaluation) -> str:
    n = found.networks
    notes = [f"- {note}." for note in found.notes]
    notes.append(
        f"- Networks that alerted: {n.alerting:,}; without any domain in flux {n.false:,}, "
        f"with some of both {n.mixed:,}. Alerts on domains without truth: {found.strays:,}."
    )
    return "\n".join(notes)


def _goals(found: Evaluation) -> str:
    head = ("", "goal", "measured (simulated)", "")
    return table(head, ((g.what, g.goal, g.measured, f"**{g.verdict}**") for g in goals(found)))


def _false(found: Evaluation) -> list[str]:
    rates = found.day.rates
    rows = [("all", rates.false, rates.suspected)]
    rows += [
        (kind, share, rates.suspected_by_archetype[kind])
        for kind, share in _most(rates.false_by_archetype)
    ]
    by_kind = table(
        ("archetype", "domain-days", "alerts", "alerts per million", "only suspected"),
        ((name, f"{a.n:,}", str(a.k), millionths(a), str(s.k)) for name, a, s in rows),
    )
    families = table(
        ("family", "domain-days", "alerts", "alerts per million"),
        ((n, f"{s.n:,}", str(s.k), millionths(s)) for n, s in _most(rates.false_by_family)),
    )
    return [by_kind, families]


def _most(shares: Mapping[str, Share]) -> list[tuple[str, Share]]:
    return sorted(shares.items(), key=lambda pair: (-pair[1].k, pair[0]))


def _recall(rates: Rates) -> list[str]:
    budgets = [f"{budget:g} per million" for budget in BUDGETS]
    rows = [
        (kind, recall(share), recall(rates.found_or_suspected[kind]),
         *(percent(rates.at_budget[b].found_by_archetype[kind].value) for b in BUDGETS))
        for kind, share in rates.found_by_archetype.items()
    ]  # fmt: skip
    rows.append(
        (
            "all",
            recall(rates.found),
            "",
            *(percent(rates.at_budget[b].found.value) for b in BUDGETS),
        )
    )
    seen = [label for _, label in EVIDENCE]
    evidence = [
        (kind, *(_of(shares[label]) if label in shares else "-" for label in seen))
        for kind, shares in rates.found_by_kind_and_evidence.items()
    ]
    return [
        table(("flux", "alert", "alert or suspected", *budgets), rows),
        f"Partial area under the ROC below 1e-4: {rates.partial_area:.3f}.",
        table(("flux, by responses seen", *seen), evidence),
    ]


def _of(share: Share) -> str:
    return f"{percent(share.value)} of {share.n:,}"


def _looks(found: Evaluation) -> list[str]:
    looks = found.looks
    if looks is None:
        return []
    rows = []
    for kind, (minutes, refreshes) in looks.by_archetype().items():
        by = [percent(minutes.at(m)) for m in looks.minutes]
        rows.append((kind, duration(minutes.median), duration(refreshes.median), *by))
    head = ("flux", "median minutes", "median refreshes", *(f"{m:g} min" for m in looks.minutes))
    return [table(head, rows), _fast(found), _repeated(looks)]


def _fast(found: Evaluation) -> str:
    rows = []
    for what, closely in (("all", False), ("asked for in every rotation", True)):
        both = found.fast(closely=closely)
        if both is not None:
            rows.append((what, *(duration(s.median) for s in both)))
    return table(("classic flux at about 5 minutes", "median minutes", "median refreshes"), rows)


def _repeated(looks: Looks) -> str:
    times = len(looks.minutes)
    return (
        f"False findings in any of {times} looks at one day: {looks.false.k} of "
        f"{looks.false.n:,}, {millionths(looks.false)} per million."
    )


def _confusion(view: View) -> str:
    c = view.confusion
    rows = (("double", recall(c.double)), ("single", recall(c.single)), ("both", recall(c.right)))
    return table(("flux that alerted, name servers seen", "told right"), rows)


def _rivals(view: View, *, short: bool = False) -> list[str]:
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


def _families(found: Evaluation) -> str:
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


def _ablation(found: Evaluation) -> str:
    rows = (
        (f"{a.group} {a.about}".strip(), recall(a.found), millionths(a.false),
         recall(a.found_at_budget))
        for a in found.ablated
    )  # fmt: skip
    head = ("without", "recall", "false per million", "recall at 1 per million")
    return table(head, rows)


def _calibration(found: Mapping[str, Reliability]) -> str:
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


def _prices(prices: Sequence[Price]) -> list[str]:
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
