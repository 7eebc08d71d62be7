"""The measured sections of the evaluation's page, in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fluxhound.lab.comparisons import (
    ablation_part,
    calibration_part,
    families_part,
    prices_part,
    rivals_part,
)
from fluxhound.lab.evaluation import Evaluation, View, figures
from fluxhound.lab.figures import Figure
from fluxhound.lab.goals import goals
from fluxhound.lab.looks import Looks
from fluxhound.lab.markdown import section, table
from fluxhound.lab.metrics import BUDGETS, Share
from fluxhound.lab.rates import Rates
from fluxhound.lab.units import EVIDENCE
from fluxhound.lab.wording import duration, millionths, percent, recall

#: Everything between the two is replaced when the page is made anew.
BEGIN = "<!-- measured: begin (written by make evaluate) -->"
END = "<!-- measured: end -->"


def render(found: Evaluation, *, run: Sequence[str] = ()) -> str:
    """Return all measured sections; *run* are sentences about the run itself."""
    sections = [
        section("What was measured", [_sentences(run), _strays(found)]),
        section("Goals", [_goals(found)]),
        section("False findings", _false(found)),
        section("Recall", [*_recall(found.day.rates), _over_pools(found.day)]),
        section("Delay and repeated looks", _looks(found)),
        section("Single or double flux", [_confusion(found.day)]),
        section("Beside the published rules", rivals_part(found.day)),
        *(section(f"Seen from: {n}", rivals_part(v, short=True)) for n, v in found.views.items()),
        section("Benign families left out", [families_part(found)]),
        section("What each group of features is worth", [ablation_part(found)]),
        section("Calibration", [calibration_part(found.calibration)]),
        section("The cost of evasion", prices_part(found.prices)),
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


def _over_pools(view: View) -> str:
    """Say how far recall may be off, since domains of a pool are found or missed together."""
    known = [rival.against for rival in view.rivals.values() if rival.against is not None]
    if not known:
        return ""
    low, high = known[0].first_bounds
    return (
        "The intervals above hold for domains that are found independently, which those of one "
        f"pool are not. Drawing whole pools ({known[0].pools:,}, in the runs with published "
        f"rules), recall of all flux lies between {percent(low)} and {percent(high)}."
    )


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
            rows.append((what, f"{both[0].units:,}", *(duration(s.median) for s in both)))
    head = ("classic flux at about 5 minutes", "domains", "median minutes", "median refreshes")
    return table(head, rows)


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
