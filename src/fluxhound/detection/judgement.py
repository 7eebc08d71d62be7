"""From profiles to verdicts, for all entities at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fluxhound.detection.look_alikes import EXPLANATIONS, weigh
from fluxhound.detection.measures import measure_columns
from fluxhound.detection.model import CARDS, EVERY_CARD, Model, logistic, model
from fluxhound.records import EntityKind, Severity, VerdictKind

Reals = NDArray[np.float64]
Mask = NDArray[np.bool_]
Words = NDArray[np.object_]

#: A flux score from here on is a finding: some twenty false ones per million registered domains and
#: day in simulated traffic (docs/evaluation.md).
FINDING_SCORE = 0.2
#: From here on, with enough seen, the finding is called flux and not only suspected: about one
#: false one per million.
FLUX_SCORE = 0.9
FLUX_CHANGES = 3
#: A look-alike names what is no finding from this fit on.
NAMED_FIT = 0.5
#: Name servers are in flux when this many of their changes and addresses were seen.
SERVER_CHANGES = 2
SERVER_ADDRESSES = 4
SERVER_LINES = 0.3
SERVER_OPERATORS = 3
#: Share of access lines among the addresses from which on there can be talk of hijacked lines.
#: Chosen, not measured: flux of bots has most of them there, and a service has none.
LINES_MIN = 0.2
#: Log-odds where a card does not apply. Finite, so that sums and figures stay numbers.
NEVER = -50.0
#: Of an entity's addresses, the share that others of its network must have shown for the network
#: to speak for it. Chosen, not measured.
NETWORK_SHARE_MIN = 0.5
#: Malice from here on raises the severity by one.
MALICE_SCORE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judgement:
    """Scores, verdicts and what they are made of; one row for each row of ``profiles``."""

    profiles: pa.Table
    columns: Mapping[str, Reals]
    model: Model
    #: Card -> points as (entities, features of the card).
    points: Mapping[str, Reals]
    #: Flux card -> whether it applies to each entity.
    in_force: Mapping[str, Mask]
    #: The flux card that decides for each entity.
    cards: Words
    log_odds: Reals  # of flux, by that card
    flux: Reals
    malice: Reals
    fits: Reals  # (entities, explanations)
    verdicts: Words  # VerdictKind
    severities: Words  # Severity
    findings: Mask

    def card(self, row: int, score: str) -> str:
        """Return the card that decides one score of one entity."""
        return str(self.cards[row]) if score == "flux" else score


def judge(profiles: pa.Table, *, using: Model | None = None) -> Judgement:
    """Judge every entity of *profiles* (as ``build_profiles`` returns them)."""
    rules = using or model()
    columns = with_network_odds(profiles, measure_columns(profiles), rules)
    points = {card: rules.contributions(card, columns) for card in EVERY_CARD}
    kinds = np.array(profiles.column("kind").to_pylist(), dtype=object)
    of_network = kinds == _NETWORK
    in_force = cards_in_force(columns, in_company=of_network | in_network(columns))
    odds = flux_odds(rules, points, in_force)
    log_odds: Reals = odds.max(axis=1)
    flux = logistic(log_odds)
    malice = logistic(rules.log_odds("malice", points["malice"]))
    fits = weigh(columns)
    verdicts = _verdicts(columns, kinds, flux, fits)
    return Judgement(
        profiles=profiles,
        columns=columns,
        model=rules,
        points=points,
        in_force=in_force,
        cards=np.array(CARDS["flux"], dtype=object)[odds.argmax(axis=1)],
        log_odds=log_odds,
        flux=flux,
        malice=malice,
        fits=fits,
        verdicts=verdicts,
        severities=severities(verdicts, flux, malice),
        findings=np.isin(verdicts, _FLUX),
    )


def cards_in_force(c: Mapping[str, Reals], *, in_company: Mask) -> Mapping[str, Mask]:
    """Tell which flux cards apply to each entity.

    A card speaks only of what it is about. Hijacked lines are lines: where networks are known, some
    of the addresses must be. And a service on rented servers that moves is what half of the web is:
    it is flux only where other domains show its addresses, too (*in_company*).
    """
    # Where networks are not known, nobody can tell.
    return {"lines": ~(c["eyeball_share"] < LINES_MIN), "rented": in_company}


def flux_odds(rules: Model, points: Mapping[str, Reals], in_force: Mapping[str, Mask]) -> Reals:
    """Return the log-odds of each entity by the flux cards, as (entities, cards)."""
    return np.stack(
        [
            np.where(in_force[card], rules.log_odds(card, points[card]), NEVER)
            for card in CARDS["flux"]
        ],
        axis=1,
    )


def in_network(c: Mapping[str, Reals]) -> Mask:
    """Tell where an entity's network speaks for it."""
    result: Mask = ~np.isnan(c["network_odds"])
    return result


def with_network_odds(
    profiles: pa.Table, columns: Mapping[str, Reals], rules: Model
) -> Mapping[str, Reals]:
    """Return *columns* with ``network_odds``: of each member, the flux log-odds of its network.

    Networks are judged first, as entities of their own. A member takes their word only where the
    others of the network showed half of its addresses.
    """
    unknown = np.full(profiles.num_rows, np.nan)
    first = {**columns, "network_odds": unknown}
    if "network" not in columns or np.isnan(columns["network"]).all():
        return first
    number = profiles.column("entity").to_numpy()
    networks = np.flatnonzero(np.array(profiles.column("kind").to_pylist()) == _NETWORK)
    rows = {name: values[networks] for name, values in first.items()}
    points = {card: rules.contributions(card, rows) for card in CARDS["flux"]}
    company = np.ones(len(networks), dtype=bool)
    odds = flux_odds(rules, points, cards_in_force(rows, in_company=company)).max(axis=1)
    order = np.argsort(number[networks])
    known = number[networks][order]
    wanted = np.nan_to_num(columns["network"], nan=-1).astype(np.int64)
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    supported = (known[place] == wanted) & (
        np.nan_to_num(columns["network_share"]) >= NETWORK_SHARE_MIN
    )
    return {**columns, "network_odds": np.where(supported, odds[order][place], np.nan)}


_NETWORK = EntityKind.NETWORK.value

_FLUX = [
    VerdictKind.SINGLE_FLUX,
    VerdictKind.DOUBLE_FLUX,
    VerdictKind.NAME_SERVER_FLUX,
    VerdictKind.FLUX_SUSPECT,
]


def _verdicts(c: Mapping[str, Reals], kinds: Words, flux: Reals, fits: Reals) -> Words:
    names = np.array([explanation.verdict for explanation in EXPLANATIONS], dtype=object)
    best = fits.argmax(axis=1)
    best_fit = fits.max(axis=1)
    explained = np.where(best_fit >= NAMED_FIT, names[best], VerdictKind.INSUFFICIENT_EVIDENCE)
    sure = (flux >= FLUX_SCORE) & enough(c)
    called = np.where(sure, VerdictKind.SINGLE_FLUX, VerdictKind.FLUX_SUSPECT)
    called = np.where(sure & servers_in_flux(c), VerdictKind.DOUBLE_FLUX, called)
    called = np.where(
        sure & (kinds == EntityKind.NAME_SERVER.value), VerdictKind.NAME_SERVER_FLUX, called
    )
    result: Words = np.where(flux >= FINDING_SCORE, called, explained)
    return result


def enough(c: Mapping[str, Reals]) -> Mask:
    """Tell where enough was seen for more than a suspicion: changes, or a network in flux.

    A name on a network that is known to be flux is judged at its first answer.
    """
    known = np.nan_to_num(c["network_odds"], nan=-np.inf) >= np.log(FLUX_SCORE / (1 - FLUX_SCORE))
    result: Mask = (np.nan_to_num(c["changes"]) >= FLUX_CHANGES) | known
    return result


def servers_in_flux(c: Mapping[str, Reals]) -> Mask:
    """Tell where the name servers' addresses were seen to rotate, too (double flux)."""
    changed = np.nan_to_num(c["ns_refreshes"]) + np.nan_to_num(c["ns_set_changes"])
    spread = (np.nan_to_num(c["ns_eyeball_share"]) >= SERVER_LINES) | (
        np.nan_to_num(c["ns_operators"]) >= SERVER_OPERATORS
    )
    result: Mask = (
        (changed >= SERVER_CHANGES)
        & (np.nan_to_num(c["ns_addresses"]) >= SERVER_ADDRESSES)
        & (np.nan_to_num(c["ns_new_per_day"]) > 0)
        & spread
    )
    return result


def severities(verdicts: Words, flux: Reals, malice: Reals) -> Words:
    """Return the severity of each verdict; malice raises it by one step."""
    base = np.full(len(verdicts), 0)
    base[verdicts == VerdictKind.FLUX_SUSPECT] = 1
    base[(verdicts == VerdictKind.SINGLE_FLUX) | (verdicts == VerdictKind.NAME_SERVER_FLUX)] = 2
    base[verdicts == VerdictKind.DOUBLE_FLUX] = 3
    surest = np.isin(verdicts, _FLUX[:3]) & (flux >= 0.99)  # noqa: PLR2004 - odds of 99 to 1
    raised = base + (surest & (base == 2)) + ((base > 0) & (malice >= MALICE_SCORE))  # noqa: PLR2004
    levels = np.array(list(Severity), dtype=object)
    result: Words = levels[np.minimum(raised, len(levels) - 1)]
    return result
