"""Every scenario, what the detector may say of it, and whether it must be a finding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pyarrow as pa

from fluxhound.records import EntityKind, VerdictKind
from tests.scenarios import benign, flux
from tests.scenarios.addresses import addresses_by_kind
from tests.scenarios.traffic import DAY, START, AddressSource, Setting

V = VerdictKind
#: A lone name is seldom more than suspected: its network is what makes an alert.
SINGLE = frozenset({V.SINGLE_FLUX, V.FLUX_SUSPECT})
DOUBLE = frozenset({V.DOUBLE_FLUX, V.FLUX_SUSPECT})
QUIET = frozenset({V.STATIC, V.ROUND_ROBIN, V.INSUFFICIENT_EVIDENCE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Traffic of one kind, and what is true of it.

    ``judged`` is the entity that the verdict is about: the name that was asked, or a registered
    domain whose names each show little. Its verdict must be one of ``verdicts``; where flux is
    missed, the test says so. ``finding`` is the truth: whether it is flux.
    """

    build: Callable[[str, Setting], pa.Table]
    name: str  # what ``build`` is given: a registered domain
    judged: str
    verdicts: frozenset[VerdictKind]
    finding: bool
    entity: EntityKind = EntityKind.NAME
    days: float = 1
    queries_per_day: float = 2_000
    sensors: int = 1

    def table(
        self,
        *,
        seed: int = 1,
        duration_s: float | None = None,
        start: float = START,
        sensors: Sequence[str] | None = None,
        clients: int = 200,
        source: AddressSource = addresses_by_kind,
    ) -> pa.Table:
        """Return the observations, in the schema ``OBSERVATION`` and in order of time."""
        setting = Setting(
            rng=np.random.default_rng(seed),
            duration_s=self.days * DAY if duration_s is None else duration_s,
            start=start,
            sensors=sensors or [f"10.0.{i}.53" for i in range(self.sensors)],
            clients=clients,
            queries_per_day=self.queries_per_day,
            source=source,
        )
        return self.build(self.name, setting)


def _single(
    build: Callable[[str, Setting], pa.Table],
    name: str,
    *,
    days: float = 1,
    queries_per_day: float = 2_000,
) -> Scenario:
    return Scenario(
        build=build,
        name=name,
        judged=name,
        verdicts=SINGLE,
        finding=True,
        days=days,
        queries_per_day=queries_per_day,
    )


FLUX = {
    "classic": _single(flux.rotation(flux.CLASSIC), "pharma-deals24.com"),
    "one-address": _single(flux.rotation(flux.ONE_ADDRESS), "secure-logon.net"),
    "ttl-zero": _single(flux.ttl_zero, "stormy-cards.com"),
    "ttl-1800": _single(flux.rotation(flux.TTL_LONG), "quiet-harbor.org"),
    "slow": _single(flux.rotation(flux.SLOW), "patient-offers.com", days=4, queries_per_day=1_000),
    "regional": _single(flux.rotation(flux.REGIONAL), "dumps-market.info"),
    "ipv6": _single(flux.rotation(flux.IPV6), "six-ways-home.net"),
    "wildcard": Scenario(
        build=flux.wildcard,
        name="parcel-tracing.info",
        judged="parcel-tracing.info",
        verdicts=SINGLE,
        finding=True,
        entity=EntityKind.REGISTERED_DOMAIN,
    ),
    "double": Scenario(
        build=flux.double,
        name="bank-verify-id.com",
        judged="www.bank-verify-id.com",
        verdicts=DOUBLE,
        finding=True,
    ),
    "double-by-glue": Scenario(
        build=flux.double_by_glue,
        name="account-renewal.biz",
        judged="www.account-renewal.biz",
        verdicts=DOUBLE,
        finding=True,
    ),
}

BENIGN = {
    "volunteer-pool": Scenario(
        build=benign.volunteer_pool,
        name="pool.time-of-day.org",
        judged="pool.time-of-day.org",
        verdicts=frozenset({V.VOLUNTEER_POOL}),
        finding=False,
        sensors=4,
    ),
    "peer-seeds": Scenario(
        build=benign.peer_seeds,
        name="seed.coinmint.org",
        judged="seed.coinmint.org",
        verdicts=frozenset({V.VOLUNTEER_POOL}),
        finding=False,
    ),
    "cdn-in-networks": Scenario(
        build=benign.cdn_in_networks,
        name="images.dailyherald.com",
        judged="images.dailyherald.com",
        verdicts=frozenset({V.CDN}),
        finding=False,
        sensors=4,
        queries_per_day=8_000,
    ),
    "cdn-own-network": Scenario(
        build=benign.cdn_own_network,
        name="static.shopfront.com",
        judged="static.shopfront.com",
        verdicts=frozenset({V.CDN, V.CLOUD_BALANCER}),
        finding=False,
        sensors=4,
    ),
    "balancer": Scenario(
        build=benign.balancer,
        name="api.ticketoffice.com",
        judged="api.ticketoffice.com",
        verdicts=frozenset({V.CLOUD_BALANCER}),
        finding=False,
    ),
    "round-robin": Scenario(
        build=benign.round_robin,
        name="irc.talkers.net",
        judged="irc.talkers.net",
        verdicts=frozenset({V.ROUND_ROBIN}),
        finding=False,
    ),
    "anycast": Scenario(
        build=benign.anycast,
        name="www.weathermap.com",
        judged="www.weathermap.com",
        verdicts=QUIET | {V.CDN},
        finding=False,
        sensors=4,
    ),
    "dynamic-host": Scenario(
        build=benign.dynamic_host,
        name="camera1.homehost.net",
        judged="camera1.homehost.net",
        verdicts=QUIET | {V.DYNAMIC_DNS},
        finding=False,
        days=4,
        queries_per_day=500,
    ),
    "dynamic-apex": Scenario(
        build=benign.dynamic_apex,
        name="my-dynamic-hosts.net",
        judged="my-dynamic-hosts.net",
        verdicts=frozenset({V.DYNAMIC_DNS}),
        finding=False,
        entity=EntityKind.REGISTERED_DOMAIN,
        days=2,
    ),
    "parked": Scenario(
        build=benign.parked,
        name="expired-names.com",
        judged="expired-names.com",
        verdicts=QUIET | {V.CLOUD_BALANCER},
        finding=False,
        entity=EntityKind.REGISTERED_DOMAIN,
    ),
    "ordinary": Scenario(
        build=benign.ordinary,
        name="townlibrary.org",
        judged="townlibrary.org",
        verdicts=QUIET,
        finding=False,
    ),
}

#: Name of a scenario -> the scenario; flux first.
SCENARIOS = MappingProxyType({**FLUX, **BENIGN})


def mixed(*, seed: int = 1, scenarios: Sequence[str] = tuple(SCENARIOS)) -> pa.Table:
    """Return several scenarios as one network would see them, in order of time."""
    tables = [SCENARIOS[name].table(seed=seed * 1_000 + i) for i, name in enumerate(scenarios)]
    return pa.concat_tables(tables).sort_by("time")
