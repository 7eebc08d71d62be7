"""All baselines at once, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from fluxhound.detection.baselines import fluxbuster, holz, recipes, stalmans, zeekscript
from fluxhound.detection.baselines.inputs import (
    NOT_COMPUTABLE,
    BaselineInputs,
    Reals,
    Verdicts,
    scored,
)

#: Name of a baseline, as in a finding's document -> the rule.
BASELINES: Mapping[str, Callable[[BaselineInputs], Verdicts]] = MappingProxyType(
    {
        "holz_24h": holz.all_addresses,
        "holz_two_lookups": holz.two_lookups,
        "zeek_script": zeekscript.evaluate,
        "stalmans_holz": stalmans.modified_holz,
        "stalmans_jp": stalmans.jaroslaw_patrycja,
        "stalmans_rule": stalmans.boolean,
        "fluxbuster_filter": fluxbuster.message_filter,
        "fluxbuster": fluxbuster.evaluate,
        "five_addresses": recipes.five_addresses,
        "five_addresses_short_ttl": recipes.five_addresses_short,
    }
)


def evaluate(inputs: BaselineInputs) -> dict[str, Verdicts]:
    """Return, for each baseline, 1 (flux), 0 (not) or -1 (not computable) for each entity."""
    return {name: rule(inputs) for name, rule in BASELINES.items()}


def scores(inputs: BaselineInputs) -> dict[str, Reals]:
    """Return a score for each entity by every baseline: the higher, the more like flux.

    NaN is not computable. Rules without a sum of their own score 1 (flux) or 0.
    """
    return {name: score(inputs) for name, score in SCORES.items()}


def decided(name: str, values: Reals) -> Verdicts:
    """Return the verdicts that a baseline's scores stand for."""
    flux = values >= LINES[name]
    return np.where(np.isnan(values), NOT_COMPUTABLE, flux).astype(np.int8)


def _plain(rule: Callable[[BaselineInputs], Verdicts]) -> Callable[[BaselineInputs], Reals]:
    """Return the score of a rule that only says yes or no."""

    def score(inputs: BaselineInputs) -> Reals:
        said = rule(inputs)
        return scored(said.astype(np.float64), known=said != NOT_COMPUTABLE)

    return score


#: Name of a baseline -> its score, and the least score that its rule calls flux.
SCORES: Mapping[str, Callable[[BaselineInputs], Reals]] = MappingProxyType(
    {
        "holz_24h": holz.all_addresses_score,
        "holz_two_lookups": holz.two_lookups_score,
        "zeek_script": zeekscript.scores,
        "stalmans_holz": stalmans.modified_holz_score,
        "stalmans_jp": stalmans.jaroslaw_patrycja_score,
        "stalmans_rule": _plain(stalmans.boolean),
        "fluxbuster_filter": _plain(fluxbuster.message_filter),
        "fluxbuster": fluxbuster.scores,
        "five_addresses": recipes.five_addresses_score,
        "five_addresses_short_ttl": recipes.five_addresses_short_score,
    }
)
_ABOVE_HOLZ = float(np.nextafter(holz.THRESHOLD, np.inf))
LINES: Mapping[str, float] = MappingProxyType(
    {
        "holz_24h": _ABOVE_HOLZ,
        "holz_two_lookups": _ABOVE_HOLZ,
        "zeek_script": _ABOVE_HOLZ,
        "stalmans_holz": float(np.nextafter(0.0, 1.0)),
        "stalmans_jp": stalmans.JP_THRESHOLD,
        "stalmans_rule": 1.0,
        "fluxbuster_filter": 1.0,
        "fluxbuster": 1.0,
        "five_addresses": recipes.LEAST_ADDRESSES,
        "five_addresses_short_ttl": recipes.LEAST_ADDRESSES,
    }
)
