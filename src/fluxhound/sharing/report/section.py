"""One finding in full: sentence, what to do, picture, evidence for and against, and the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fluxhound.records import Change, Finding, Timeline
from fluxhound.sharing import measures
from fluxhound.sharing.defang import defang
from fluxhound.sharing.points import ledger
from fluxhound.sharing.ranking import Fold
from fluxhound.sharing.report.figure import Style, figure
from fluxhound.sharing.report.ledgers import ledger_part
from fluxhound.sharing.report.markup import Markup, Part, element, trusted
from fluxhound.sharing.report.parts import badge, bullets, folded, pairs, table, titled
from fluxhound.sharing.sentences import (
    BASELINE_WORDS,
    ENTITY_WORDS,
    SCORE_QUESTIONS,
    VICTIMS,
    action_sentence,
    measured_sentence,
    network_sentence,
    unseen_words,
    verdict_sentence,
)

CHANGES_SHOWN = 60
RAW_SHOWN = 400
ADDRESSES_IN_CHANGE = 8
FOLDED_SHOWN = 200


def section(
    item: Fold,
    place: int,
    timeline: Timeline | None,
    servers: Timeline | None,
    style: Style,
    *,
    most: int,
) -> Markup:
    """Return the section of the finding that leads *item*; *place* counts from one."""
    finding = item.lead
    name = written(finding.name, style)
    picture = figure(timeline, servers, style, most=most) if timeline else None
    return element(
        "section",
        element("div", badge(finding), " ", finding.verdict.value),
        element("h2", element("span", name, class_="name")),
        element("p", _kind(finding, style), class_="muted"),
        element("p", verdict_sentence(finding, name), class_="verdict"),
        element("p", measured_sentence(finding)),
        _network(finding),
        element("p", element("b", "What to do next. "), action_sentence(finding), class_="todo"),
        picture or element("p", "The history was not saved, so there is no picture."),
        *(ledger_part(ledger(finding, score)) for score in SCORE_QUESTIONS),
        _facts(finding),
        _members(finding, style),
        _folded_names(item, style),
        _changes(timeline, style) if timeline else None,
        _machine_block(finding, timeline),
        class_="finding",
        id=anchor(place),
    )


def anchor(place: int) -> str:
    """Return the anchor of the finding at *place*."""
    return f"finding-{place}"


def written(name: str, style: Style) -> str:
    """Return *name* as people get to see it."""
    return defang(name) if style.defanged else name


def _kind(finding: Finding, style: Style) -> str:
    kind = ENTITY_WORDS[finding.entity].capitalize()
    span = f"seen {finding.first_seen:%Y-%m-%d %H:%M:%S}Z to {finding.last_seen:%Y-%m-%d %H:%M:%S}Z"
    if finding.registered_domain in {"", finding.name}:
        return f"{kind}, {span}"
    return f"{kind} under {written(finding.registered_domain, style)}, {span}"


def _network(finding: Finding) -> Markup | None:
    said = network_sentence(finding)
    return element("p", said) if said else None


def _members(finding: Finding, style: Style) -> Markup | None:
    if not finding.members:
        return None
    named = bullets([written(domain, style) for domain in finding.members])
    return folded(f"Registered domains of the network ({len(finding.members):,})", named)


def _facts(finding: Finding) -> Markup:
    keys = [*measures.BY_KEY, *measures.others(finding.measures)]
    counted = pairs(
        (measures.title(key), measures.written(key, finding.measures.get(key))) for key in keys
    )
    parts: list[Part] = [titled("Measures", counted)]
    if finding.baselines:
        rules = ((rule, BASELINE_WORDS[fires]) for rule, fires in finding.baselines.items())
        note = element("p", "For comparison; they do not count here.", class_="muted")
        parts.append(titled("Published rules", pairs(rules), note))
    if finding.look_alikes:
        weighed = sorted(finding.look_alikes, key=lambda item: -item.fit)
        texts = [f"{i.verdict}, fits {measures.share(i.fit)}: {i.reason}" for i in weighed]
        parts.append(titled("Look-alikes considered", bullets(texts)))
    if finding.counterfactuals:
        parts.append(titled("What would change the verdict", bullets(finding.counterfactuals)))
    if finding.not_observable:
        note = element("p", "Unknown, not absent.", class_="muted")
        parts.append(titled("Not observable", bullets(unseen_words(finding)), note))
    return element("div", *parts, class_="facts")


def _folded_names(item: Fold, style: Style) -> Markup | None:
    if not item.folded:
        return None
    rows = (
        (
            element("span", written(one.name, style), class_="name"),
            one.verdict.value,
            one.severity.value,
            f"{one.flux:.2f}",
        )
        for one in item.folded[:FOLDED_SHOWN]
    )
    listed = table(("Name", "Verdict", "Severity", "Flux"), rows, numbers=(3,))
    left_out = len(item.folded) - FOLDED_SHOWN
    more = element("p", f"And {left_out:,} more.") if left_out > 0 else None
    title = f"{len(item.folded):,} more of the same registered domain"
    return folded(title, listed, more)


def _changes(timeline: Timeline, style: Style) -> Markup | None:
    shown = timeline.changes[:CHANGES_SHOWN]
    if not shown:
        return None
    left_out = timeline.changes_left_out + len(timeline.changes) - len(shown)
    headings = ("Time (UTC)", "Type", "New", "TTL", "Addresses")
    listed = table(headings, (_change(change, style) for change in shown), numbers=(2, 3))
    counted = measures.amount(left_out, "later answer set")
    more = element("p", f"Not listed: {counted}.") if left_out else None
    title = f"Answer sets, from the first to the last ({len(shown) + left_out:,})"
    return folded(title, listed, more)


def _change(change: Change, style: Style) -> Sequence[Part]:
    named = " ".join(written(one, style) for one in change.addresses[:ADDRESSES_IN_CHANGE])
    left_out = len(change.addresses) - ADDRESSES_IN_CHANGE
    return (
        f"{change.time:%Y-%m-%d %H:%M:%S}",
        change.type,
        f"{change.new:,} of {len(change.addresses):,}",
        measures.UNSEEN if change.ttl is None else f"{change.ttl:,} s",
        element("span", f"{named} +{left_out:,}" if left_out > 0 else named, class_="mono"),
    )


def _machine_block(finding: Finding, timeline: Timeline | None) -> Markup:
    addresses = [row.facts.address for row in timeline.rows[:RAW_SHOWN]] if timeline else []
    note = element("p", VICTIMS, class_="muted")
    return folded(
        "Indicators for machines (not defanged)",
        _raw("name", finding.members or (finding.name,)),
        note if addresses else None,
        _raw("address", addresses) if addresses else None,
    )


def _raw(kind: str, lines: Iterable[str]) -> Markup:
    # Escaped one by one: a name that holds a line end must not become two lines.
    parts = [part for line in lines for part in (line, trusted("\n"))]
    return element("pre", element("code", *parts, data_indicator=kind))
