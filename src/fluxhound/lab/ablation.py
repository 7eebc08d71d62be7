"""What each group of features is worth: the same traffic judged without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import pyarrow as pa

from fluxhound.detection.model import Feature, Grid, Model, Steps
from fluxhound.lab.metrics import Share
from fluxhound.lab.rates import Shares, rates


def _measures(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Group -> what it is about, and the measures in it.
GROUPS: Mapping[str, tuple[str, frozenset[str]]] = MappingProxyType(
    {
        "A": (
            "growth and churn",
            _measures(
                "addresses ipv4 ipv6 units public_units answers refreshes most_changes changes "
                "interleaved new_rate new_rate_late heaps fluxiness set_size set_largest growth "
                "change_interval_s change_ratio epochs residence_s return_rate"
            ),
        ),
        "B": (
            "openness of the population",
            _measures("retention_1d retention_3d retention_7d pool_estimate coverage"),
        ),
        "C": (
            "dispersion",
            _measures(
                "prefixes subnets asns operators effective_operators countries prefix_spread "
                "entropy_prefix asn_spread asns_per_address set_operators mixed_sets "
                "prefixes_without_asn prefix_share subnet_density"
            ),
        ),
        "D": (
            "kind of host",
            _measures(
                "eyeball_share hosting_share cdn_share education_share unknown_share hosted_share "
                "unroutable_share asn_coverage"
            ),
        ),
        "E": ("agreement between places", frozenset({"agreement", "sensors"})),
        "F": (
            "sharing and networks",
            _measures(
                "domains_per_address pool_domains network network_domains network_share "
                "network_units network_support network_odds"
            ),
        ),
        "G": (
            "name servers",
            _measures(
                "ns_hosts ns_addresses ns_operators ns_prefixes ns_new_per_day ns_eyeball_share "
                "ns_refreshes ns_set_changes ns_self_hosted ns_ttl ns_address_ttl ns_hours"
            ),
        ),
        "H": (
            "context",
            _measures(
                "hours ttl_max clients names fixed_names asked_names name_life_s reused_share "
                "chained_share shared_suffix aggregated first_seen last_seen"
            ),
        ),
    }
)
#: The group of measures that are in none: new ones.
OTHER = "-"


def group_of(measure: str) -> str:
    """Return the letter of a measure's group."""
    found = (letter for letter, (_, measures) in GROUPS.items() if measure in measures)
    return next(found, "G" if measure.startswith("ns_") else OTHER)


def silenced(model: Model, group: str) -> Model:
    """Return the model with the measures of a group read as if they were missing.

    A pair of which one measure is in the group still tells what it tells of the other. The other
    points are not fitted anew, so this is what the group is worth to a model that relies on it;
    training without it (see ``ablated``) is what it is worth at all.
    """
    return replace(model, features=tuple(_silenced(feature, group) for feature in model.features))


def groups_of(model: Model) -> list[str]:
    """Return the groups that a model has features of, in order."""
    measures = {m for feature in model.features for m in (feature.measure, feature.by) if m}
    return sorted({group_of(measure) for measure in measures})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ablated:
    """What is found without one group of features (``""``: with all)."""

    group: str
    about: str
    #: At the alert line: false findings and recall.
    false: Share
    found: Share
    found_by_archetype: Shares
    #: With the line set anew for one false finding per million.
    found_at_budget: Share


def ablated(
    groups: list[str], judged_without: Callable[[str], pa.Table], *, budget: float = 1.0
) -> Iterator[Ablated]:
    """Yield what is found with everything (group ``""``) and without each group.

    *judged_without* returns the units of held-out runs, judged without the group it is given: by
    a model that was silenced or, better, trained without it.
    """
    for group in ("", *groups):
        found = rates(judged_without(group))
        about = GROUPS[group][0] if group in GROUPS else "everything" if not group else "others"
        yield Ablated(
            group=group,
            about=about,
            false=found.false,
            found=found.found,
            found_by_archetype=found.found_by_archetype,
            found_at_budget=found.at_budget[budget].found,
        )


def _silenced(feature: Feature, group: str) -> Feature:
    first = group_of(feature.measure) == group
    second = bool(feature.by) and group_of(feature.by) == group
    if not first and not second:
        return feature
    cards = {card: _silent(each, first, second) for card, each in feature.cards.items()}
    return replace(feature, cards=cards)


def _silent(points: Steps | Grid, first: bool, second: bool) -> Steps | Grid:
    """Return the points with one or both measures read as missing."""
    if isinstance(points, Steps):
        return replace(points, bounds=(), points=(points.missing,))
    rows, bounds, by_bounds = points.points, points.bounds, points.by_bounds
    if first:
        rows, bounds = (rows[-1], rows[-1]), ()
    if second:
        rows, by_bounds = tuple((row[-1], row[-1]) for row in rows), ()
    return Grid(bounds=bounds, by_bounds=by_bounds, points=rows)
