"""Rows of a judgement to findings: evidence in words, measures, what would change the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np

from fluxhound.detection.judgement import Judgement
from fluxhound.detection.look_alikes import EXPLANATIONS
from fluxhound.detection.measures import settled
from fluxhound.detection.model import Feature
from fluxhound.detection.turns import turns
from fluxhound.detection.wording import in_words
from fluxhound.records import (
    EntityKind,
    Evidence,
    Finding,
    LookAlike,
    Severity,
    VerdictKind,
)

#: Look-alikes that fit less than this are not worth a line.
SHOWN_FIT = 0.2
#: Sentences about what would change the verdict, at the most.
COUNTERFACTUALS = 4

#: Profile columns that become measures of a finding: the required ones first. Whole numbers.
COUNTS = (
    "addresses", "ipv4", "ipv6", "prefixes", "asns", "countries", "ttl_max", "answers",
    "refreshes", "clients", "ns_hosts", "ns_addresses", "operators", "subnets", "sensors",
    "names", "asked_names", "pool_domains", "ns_refreshes", "ns_set_changes", "ns_ttl",
    "ns_address_ttl", "set_largest",
)  # fmt: skip
REALS = (
    "new_rate", "new_rate_late", "heaps", "fluxiness", "growth", "set_size", "mixed_sets",
    "prefix_spread", "asn_spread", "eyeball_share", "hosting_share", "cdn_share",
    "education_share", "unknown_share", "unroutable_share", "residence_s", "return_rate",
    "change_interval_s", "change_ratio", "retention_1d", "retention_3d", "retention_7d",
    "pool_estimate", "agreement", "domains_per_address", "reused_share", "name_life_s",
    "ns_new_per_day", "ns_eyeball_share", "ns_self_hosted",
)  # fmt: skip
#: Measures that only a table of AS numbers can give.
_NEED_ASN = ("asns", "operators", "asn_spread", "eyeball_share", "hosting_share", "cdn_share",
             "education_share", "unknown_share", "mixed_sets")  # fmt: skip


def finding_at(
    judgement: Judgement,
    row: int,
    *,
    baselines: Mapping[str, bool | None],
    not_observable: tuple[str, ...] = (),
) -> Finding:
    """Return the finding for one row; *not_observable* is what the inputs could not show."""
    facts = {n: judgement.profiles.column(n)[row].as_py() for n in _IDENTITY}
    measures = _measures(judgement, row)
    return Finding(
        name=facts["name"],
        entity=EntityKind(facts["kind"]),
        registered_domain=facts["registered_domain"],
        verdict=VerdictKind(judgement.verdicts[row]),
        finding=bool(judgement.findings[row]),
        flux=float(judgement.flux[row]),
        malice=float(judgement.malice[row]),
        severity=Severity(judgement.severities[row]),
        first_seen=datetime.fromtimestamp(facts["first_seen"], UTC),
        last_seen=datetime.fromtimestamp(facts["last_seen"], UTC),
        evidence=(*evidence(judgement, row, "flux"), *evidence(judgement, row, "malice")),
        measures=measures,
        baselines=baselines,
        not_observable=_unseen(measures, not_observable),
        look_alikes=_look_alikes(judgement, row),
        counterfactuals=tuple(str(turn) for turn in turns(judgement, row)[:COUNTERFACTUALS]),
    )


_IDENTITY = ("name", "kind", "registered_domain", "first_seen", "last_seen")


def evidence(judgement: Judgement, row: int, score: str) -> tuple[Evidence, ...]:
    """Return the evidence of one score, strongest first, and the prior; the points add up."""
    card = judgement.card(row, score)
    points = judgement.points[card][row]
    features = judgement.model.of(card)
    said = [
        _piece(feature, _values(judgement, feature, row), float(worth), score)
        for feature, worth in zip(features, points, strict=True)
        if worth
    ]
    said.sort(key=lambda e: (-abs(e.points), e.id))
    prior = judgement.model.bias[card]
    if score == "flux" and not judgement.in_force[card][row]:
        said.insert(0, _no_card(float(judgement.log_odds[row]) - prior - float(points.sum())))
    return (*said, _prior(score, prior))


def _values(judgement: Judgement, feature: Feature, row: int) -> tuple[float, ...]:
    return tuple(float(judgement.columns[measure][row]) for measure in feature.measures)


def _piece(feature: Feature, values: tuple[float, ...], points: float, score: str) -> Evidence:
    text = feature.text.replace("{value}", in_words(values[0], feature.unit))
    if feature.by:
        text = text.replace("{by}", in_words(values[1], feature.by_unit))
    return Evidence(
        id=feature.id,
        points=points,
        text=text,
        value=None if np.isnan(values[0]) else values[0],
        unit=feature.unit,
        normal=feature.normal,
        score=score,
    )


def _no_card(points: float) -> Evidence:
    """Return what outweighs the points of cards that do not apply."""
    return Evidence(
        id="nothing-to-hijack",
        points=points,
        text="hardly any people's access lines, and no servers that other domains show, too",
        value=None,
        unit="",
        normal="so it is for most names: they are not what fast flux is made of",
        score="flux",
    )


def _prior(score: str, bias: float) -> Evidence:
    return Evidence(
        id="prior",
        points=bias,
        text="before any evidence: most names that change are harmless",
        value=None,
        unit="",
        normal="the same for every name",
        score=score,
    )


def _measures(judgement: Judgement, row: int) -> dict[str, float | int | None]:
    profiles = judgement.profiles
    no_asn = not judgement.columns["asn_coverage"][row] > 0
    found: dict[str, float | int | None] = {}
    for name in (*COUNTS[:9], "new_rate", *COUNTS[9:], *REALS[1:]):
        value = profiles.column(name)[row].as_py()
        if value is None or (no_asn and name in _NEED_ASN):
            found[name] = None
        else:
            found[name] = int(value) if name in COUNTS else float(settled(np.array([value]))[0])
    return found


#: What a measure that is missing says could not be observed.
_UNSEEN_BY = {
    "ttl_max": "ttl",
    "clients": "clients",
    "ns_hosts": "name-servers",
    "asns": "asn",
    "refreshes": "refreshes",
}


def _unseen(
    measures: Mapping[str, float | int | None], of_inputs: tuple[str, ...]
) -> tuple[str, ...]:
    missing = {what for name, what in _UNSEEN_BY.items() if measures[name] is None}
    # What one input cannot show, another may have shown.
    seen = {what for name, what in _UNSEEN_BY.items() if measures[name] is not None}
    return tuple(sorted(missing | (set(of_inputs) - seen)))


def _look_alikes(judgement: Judgement, row: int) -> tuple[LookAlike, ...]:
    fits = judgement.fits[row]
    chosen = [
        LookAlike(
            verdict=explanation.verdict,
            fit=float(fit),
            reason=_filled(explanation.reason, judgement, row),
        )
        for explanation, fit in zip(EXPLANATIONS, fits, strict=True)
        if fit >= SHOWN_FIT
    ]
    return tuple(sorted(chosen, key=lambda look_alike: -look_alike.fit))


def _filled(reason: str, judgement: Judgement, row: int) -> str:
    for name in ("units", "set_largest", "operators"):
        if "{" + name + "}" in reason:
            value = float(judgement.columns[name][row])
            reason = reason.replace("{" + name + "}", in_words(value, ""))
    return reason
