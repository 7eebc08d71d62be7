"""Which traffic the model is trained on and measured on: vantage points, seeds and counts.

Training, choice of the line and evaluation use seeds of their own. A seed draws everything anew:
domains, pools, networks, victims; so the pools and campaigns of an evaluation are never those of
training.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from fluxhound.lab.parameters import Parameters, realistic
from fluxhound.lab.setting import Setting
from fluxhound.lab.vantage import Vantage

#: First seeds. Tests use seeds below; the gaps leave room.
TRAINING, EVALUATION = 1_000, 900_000

#: Names of the vantage points; ``no-tables`` sees what ``resolvers`` sees and knows no networks.
RESOLVERS, ONE, MANY, PASSIVE, UNTABLED = "resolvers", "one", "many", "passive", "no-tables"

#: What goes wrong everywhere: chosen, within the ranges of the literature (section 3.2).
_WORN = Vantage(loss=0.01, serve_stale_share=0.02, mixed_case_share=0.1, ecs_share=0.2)

VANTAGES: Mapping[str, Vantage] = MappingProxyType(
    {
        RESOLVERS: replace(_WORN, name=RESOLVERS, resolvers=4, places=3),
        ONE: replace(_WORN, name=ONE, resolvers=1, places=1, servers=False),
        MANY: replace(_WORN, name=MANY, resolvers=200, places=6, clients=200, position="above"),
        PASSIVE: replace(
            _WORN, name=PASSIVE, resolvers=20, places=6, position="above", aggregated=True
        ),
        UNTABLED: replace(_WORN, name=UNTABLED, resolvers=4, places=3),
    }
)

#: Registered domains of families that are rare and hard, beside their realistic share, in each
#: setting that trains, times what its stretch says: their weight says what they stand for.
HARD = MappingProxyType(
    {
        "ntp-pool": 40,
        "peer-seeds": 60,
        "relay": 120,
        "dynamic-apex": 40,
        "mirror-pool": 80,
        "sinkholed": 60,
        "cdn-inside": 300,
        "cdn-own": 300,
        "balancer": 300,
        "dynamic-host": 150,
    }
)

FLUX = (
    "classic", "double", "one-address", "regional", "slow", "low-count", "cloud", "bulletproof",
    "wildcard", "per-query", "dga",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Traffic of several seeds that is seen alike."""

    vantage: str
    seeds: int
    domains: int  # harmless registered domains in each, in their realistic shares
    flux: int  # registered domains of each flux archetype in each
    days: float = 1.0
    until: float | None = None  # seconds: an early look
    hard: float = 1.0  # so many times HARD beside
    alone: bool = False  # of each flux network one domain is seen, seldom two or three


#: What ``lab train`` makes: some fifteen minutes on two cores. Half of it is traffic in which flux
#: domains have no siblings, as a small network sees them.
TRAINING_PLAN = (
    Stretch(vantage=RESOLVERS, seeds=6, domains=150_000, flux=120),
    Stretch(vantage=RESOLVERS, seeds=2, domains=60_000, flux=120, until=1_800),
    Stretch(vantage=RESOLVERS, seeds=2, domains=60_000, flux=120, until=7_200),
    Stretch(vantage=ONE, seeds=2, domains=100_000, flux=120),
    Stretch(vantage=PASSIVE, seeds=2, domains=60_000, flux=100),
    Stretch(vantage=UNTABLED, seeds=2, domains=60_000, flux=100),
    Stretch(vantage=MANY, seeds=2, domains=40_000, flux=60),
    Stretch(vantage=RESOLVERS, seeds=2, domains=12_000, flux=40, days=7.0, hard=0.25),
    Stretch(vantage=RESOLVERS, seeds=4, domains=60_000, flux=150, alone=True),
    Stretch(vantage=ONE, seeds=3, domains=40_000, flux=150, alone=True),
    Stretch(vantage=RESOLVERS, seeds=1, domains=40_000, flux=120, until=1_800, alone=True),
    Stretch(vantage=RESOLVERS, seeds=2, domains=40_000, flux=120, until=7_200, alone=True),
    Stretch(vantage=PASSIVE, seeds=2, domains=30_000, flux=100, alone=True),
    Stretch(vantage=UNTABLED, seeds=2, domains=30_000, flux=120, alone=True),
    Stretch(vantage=RESOLVERS, seeds=1, domains=8_000, flux=40, days=7.0, hard=0.25, alone=True),
)

#: Domains that are seen of one flux network where they are seen alone. Chosen.
ALONE = {"low": 1, "high": 3, "log": True}


def settings(
    plan: tuple[Stretch, ...], first_seed: int, parameters: Parameters
) -> Iterator[Setting]:
    """Yield the settings of a plan, each with a seed of its own from *first_seed* on."""
    seed = first_seed
    for stretch in plan:
        for _ in range(stretch.seeds):
            yield setting_of(stretch, seed, parameters)
            seed += 1


def setting_of(stretch: Stretch, seed: int, parameters: Parameters) -> Setting:
    """Return one setting of a stretch."""
    counts = realistic(stretch.domains, parameters)
    for name, count in HARD.items():
        counts[name] = counts.get(name, 0) + round(count * stretch.hard)
    if stretch.flux:
        counts |= dict.fromkeys(FLUX, stretch.flux)
    return Setting(
        seed=seed,
        counts=counts,
        days=stretch.days,
        vantage=VANTAGES[stretch.vantage],
        until=stretch.until,
        overrides={name: {"domains_per_pool": ALONE} for name in FLUX} if stretch.alone else {},
    )
