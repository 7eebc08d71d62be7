"""All baselines at once, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from fluxhound.detection.baselines import fluxbuster, holz, recipes, stalmans, zeekscript
from fluxhound.detection.baselines.inputs import BaselineInputs, Verdicts

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
