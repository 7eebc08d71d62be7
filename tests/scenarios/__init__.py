"""Small, deterministic traffic of known kinds, flux and benign, for tests."""

from tests.scenarios.addresses import addresses_by_kind, asn_of
from tests.scenarios.catalogue import BENIGN, FLUX, SCENARIOS, Scenario, mixed
from tests.scenarios.traffic import DAY, START, Setting

__all__ = [
    "BENIGN",
    "DAY",
    "FLUX",
    "SCENARIOS",
    "START",
    "Scenario",
    "Setting",
    "addresses_by_kind",
    "asn_of",
    "mixed",
]
