"""Findings, timelines and totals as an analysis of real traffic would give them, without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from fluxhound.records import (
    AddressFacts,
    AddressRow,
    AddressSpan,
    Change,
    EntityKind,
    Evidence,
    Finding,
    InputReport,
    LookAlike,
    Severity,
    Timeline,
    Totals,
    VerdictKind,
)

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)
HOSTILE_NAME = 'a\x1b[31m\u202e"<script>alert(1)</script>|`b`.evil.example'

_ACCESS = (
    (64496, "Telefonia Ejemplo, S.A.", "ES"),
    (64497, "Beispiel Kabel GmbH", "DE"),
    (64498, "Example Cable Communications", "US"),
    (64499, "Exemple Haut Débit", "FR"),
    (64500, "Przyklad Sieci", "PL"),
    (64501, "Primer Telekom", "RS"),
    (64502, "Örnek İnternet", "TR"),
    (64503, "Exemplo Banda Larga", "BR"),
)


def facts(address: str, asn: int | None, holder: str = "", country: str = "") -> AddressFacts:
    return AddressFacts(
        address=address, asn=asn, holder=holder, country=country, kind="access" if asn else ""
    )


def access_facts(place: int, asns: int = 25, base: int = 0) -> AddressFacts:
    """Return one of many addresses in *asns* networks (documentation ranges only)."""
    number = place % asns
    _, holder, country = _ACCESS[number % len(_ACCESS)]
    nets = ("192.0.2", "198.51.100", "203.0.113")
    address = f"{nets[(place + base) % 3]}.{(place * 7 + base) % 254 + 1}"
    return facts(address, 64496 + number, f"{holder} {number // len(_ACCESS) + 1}", country)


def staircase(
    name: str,
    count: int,
    *,
    asns: int = 25,
    per_answer: int = 4,
    every: timedelta = timedelta(minutes=10),
    ttl: int | None = 300,
    base: int = 0,
) -> Timeline:
    """Return flux: each refresh brings one new address, which stays for *per_answer* refreshes."""
    rows = tuple(
        AddressRow(
            facts=access_facts(place, asns, base),
            spans=(
                AddressSpan(
                    first=START + every * max(place - per_answer + 1, 0),
                    last=START + every * (place + 1),
                    count=per_answer,
                ),
            ),
        )
        for place in range(count)
    )
    changes = tuple(
        Change(
            time=START + every * step,
            sensor="192.0.2.53",
            type="A",
            addresses=tuple(row.facts.address for row in rows[step : step + per_answer]),
            new=per_answer if step == 0 else 1,
            ttl=ttl,
        )
        for step in range(count - per_answer + 1)
    )
    return Timeline(name=name, rows=rows, changes=changes)


def stripes(name: str, count: int, *, pool: Sequence[AddressFacts], ttl: int = 20) -> Timeline:
    """Return a closed pool: the same addresses come back all the time."""
    every = timedelta(minutes=20)
    rounds = 24
    rows = tuple(
        AddressRow(
            facts=pool[place],
            spans=tuple(
                AddressSpan(
                    first=START + every * turn,
                    last=START + every * turn + timedelta(minutes=19),
                    count=3,
                )
                for turn in range(rounds)
                if (turn + place) % 3 == 0
            ),
        )
        for place in range(count)
    )
    changes = tuple(
        Change(
            time=START + every * turn,
            sensor="192.0.2.53",
            type="A",
            addresses=tuple(
                pool[place].address for place in range(count) if (turn + place) % 3 == 0
            ),
            new=count // 3 if turn < 3 else 0,
            ttl=ttl,
        )
        for turn in range(rounds)
    )
    return Timeline(name=name, rows=rows, changes=changes)


def measures(**given: float | None) -> dict[str, float | int | None]:
    usual: dict[str, float | int | None] = {
        "addresses": 40,
        "ipv4": 40,
        "ipv6": 0,
        "prefixes": 38,
        "asns": 25,
        "countries": 8,
        "ttl_max": 300,
        "answers": 412,
        "refreshes": 36,
        "new_rate": 0.96,
        "clients": 9,
        "ns_hosts": 2,
        "ns_addresses": 2,
    }
    return {**usual, **given}


def evidence(
    id: str,  # noqa: A002 - the record's field
    points: float,
    text: str,
    value: float | None,
    unit: str,
    normal: str,
    score: str = "flux",
) -> Evidence:
    return Evidence(
        id=id, points=points, text=text, value=value, unit=unit, normal=normal, score=score
    )


FLUX_EVIDENCE = (
    evidence("prior", -4.6, "Most names that change are not flux", None, "", "always counted"),
    evidence(
        "new-rate", 3.125, "Almost every refresh brings addresses never seen before", 0.96,
        "share", "below 10% once a pool is known",
    ),
    evidence(
        "asn-spread", 2.4, "The addresses lie in many networks of unrelated holders", 25,
        "ASNs", "1 to 3 for a CDN or cloud",
    ),
    evidence(
        "access-share", 1.85, "Most of the addresses are in access networks, where people live",
        0.92, "share", "below 5% for hosted services",
    ),
    evidence("heaps", 1.204, "The pool shows no end", 0.93, "", "below 0.4 for a closed pool"),
    evidence("ttl", 0.4, "The TTL is short", 300, "s", "300 to 3,600 s"),
    evidence("answer-size", -0.35, "Answers are small", 4, "addresses", "5 and more in flux"),
    evidence("return-rate", 0.0, "Too short to see addresses return", None, "share", "above 80%"),
)  # fmt: skip
MALICE_EVIDENCE = (
    evidence("prior-malice", -2.2, "Most names are harmless", None, "", "always", "malice"),
    evidence(
        "feed-match", 3.9, "Listed by a feed of malware sites", 1, "feeds", "0", "malice"
    ),
)  # fmt: skip
BASELINES = {
    "holz_24h": True,
    "holz_two_lookups": False,
    "zeek_script": True,
    "stalmans_modified_holz": False,
    "fluxbuster_tree": None,
    "five_addresses": True,
}


def finding(name: str = "kx-delivery.example", **given: object) -> Finding:
    usual: dict[str, object] = {
        "name": name,
        "entity": EntityKind.NAME,
        "registered_domain": ".".join(name.split(".")[-2:]),
        "verdict": VerdictKind.SINGLE_FLUX,
        "finding": True,
        "flux": 0.9825,
        "malice": 0.8455,
        "severity": Severity.HIGH,
        "first_seen": START,
        "last_seen": START + timedelta(hours=6, minutes=40),
        "evidence": (*FLUX_EVIDENCE, *MALICE_EVIDENCE),
        "measures": measures(),
        "baselines": BASELINES,
        "not_observable": (),
        "look_alikes": (
            LookAlike(
                verdict=VerdictKind.CDN,
                fit=0.03,
                reason="25 ASNs of unrelated holders; a CDN has one operator",
            ),
            LookAlike(
                verdict=VerdictKind.VOLUNTEER_POOL,
                fit=0.12,
                reason="no address came back; volunteer pools repeat theirs within hours",
            ),
        ),
        "counterfactuals": (
            "If half of the addresses came back within 6 hours, it would be a volunteer pool.",
            "If all addresses were in 3 ASNs or fewer, it would be no finding.",
        ),
    }
    return Finding(**{**usual, **given})  # type: ignore[arg-type]


def single_flux() -> Finding:
    return finding()


def double_flux() -> Finding:
    return finding(
        "mail-gate7.example",
        entity=EntityKind.REGISTERED_DOMAIN,
        verdict=VerdictKind.DOUBLE_FLUX,
        severity=Severity.CRITICAL,
        measures=measures(
            addresses=143, ipv4=131, ipv6=12, prefixes=120, asns=61, countries=22, ttl_max=120,
            ns_hosts=4, ns_addresses=58, ns_new_per_day=201.4, eyeball_share=0.93,
        ),
        network="network-1f0c3a9e",
    )  # fmt: skip


def network(domains: int = 30) -> Finding:
    return finding(
        "network-1f0c3a9e",
        entity=EntityKind.NETWORK,
        registered_domain="",
        verdict=VerdictKind.SINGLE_FLUX,
        baselines=dict.fromkeys(BASELINES),
        members=("mail-gate7.example", *(f"pool{i:02d}.example" for i in range(domains - 1))),
    )


def folded_names(count: int = 3) -> list[Finding]:
    return [
        finding(f"v{place:03d}.mail-gate7.example", flux=round(0.95 - place / 100, 4))
        for place in range(count)
    ]


def suspect() -> Finding:
    return finding(
        "slow.rotator.example",
        registered_domain="rotator.example",
        verdict=VerdictKind.FLUX_SUSPECT,
        severity=Severity.MEDIUM,
        flux=0.5927,
        malice=0.1,
        measures=measures(addresses=9, ipv4=9, prefixes=9, asns=7, countries=5, ttl_max=None,
                          new_rate=0.8, clients=None, ns_hosts=None, ns_addresses=None),
        not_observable=("ttl", "clients", "name-servers"),
        evidence=(*FLUX_EVIDENCE[:2], FLUX_EVIDENCE[3]),
    )  # fmt: skip


def hostile() -> Finding:
    return finding(
        HOSTILE_NAME,
        registered_domain="evil.example",
        severity=Severity.LOW,
        flux=0.55,
        evidence=(
            evidence(
                "new\x07-rate", 1.0, "=cmd|' /C calc'!A0 </style><b>\u202e", 1.0, "<i>", "]]>"
            ),
        ),
        not_observable=("\x9b31mttl",),
        counterfactuals=("<img src=x onerror=alert(1)>",),
    )


def ntp_pool() -> Finding:
    return finding(
        "2.pool.ntp.example",
        registered_domain="ntp.example",
        verdict=VerdictKind.VOLUNTEER_POOL,
        finding=False,
        flux=0.0082,
        malice=0.02,
        severity=Severity.INFO,
        evidence=(
            FLUX_EVIDENCE[0],
            FLUX_EVIDENCE[2],
            evidence(
                "return-rate", -2.6, "The same addresses come back within hours", 0.97, "share",
                "below 10% in flux",
            ),
        ),
        measures=measures(addresses=30, ipv4=24, ipv6=6, asns=22, countries=4, ttl_max=150,
                          new_rate=0.04),
        look_alikes=(
            LookAlike(
                verdict=VerdictKind.VOLUNTEER_POOL,
                fit=0.94,
                reason="97% of the addresses come back within hours, and it only answers as NTP",
            ),
        ),
        counterfactuals=("If new addresses kept coming after a day, it would be a finding.",),
    )  # fmt: skip


def cdn() -> Finding:
    return finding(
        "media.shop.example",
        registered_domain="shop.example",
        verdict=VerdictKind.CDN,
        finding=False,
        flux=0.0011,
        malice=0.0,
        severity=Severity.INFO,
        evidence=(
            FLUX_EVIDENCE[0],
            evidence("operator", -2.2, "One operator holds every address", 1, "operators", "many"),
        ),
        measures=measures(addresses=12, ipv4=12, prefixes=3, asns=2, countries=1, ttl_max=20,
                          new_rate=0.02, ns_hosts=4, ns_addresses=8),
        look_alikes=(
            LookAlike(
                verdict=VerdictKind.CDN, fit=0.97, reason="every address is in published CDN ranges"
            ),
        ),
        counterfactuals=(),
    )  # fmt: skip


def insufficient() -> Finding:
    return finding(
        "once.seen.example",
        registered_domain="seen.example",
        verdict=VerdictKind.INSUFFICIENT_EVIDENCE,
        finding=False,
        flux=0.2,
        malice=0.0,
        severity=Severity.INFO,
        first_seen=START,
        last_seen=START,
        evidence=(),
        measures=dict.fromkeys(measures(), None),
        baselines={},
        not_observable=("ttl", "asn", "name-servers"),
        look_alikes=(),
        counterfactuals=(),
    )


def everything() -> list[Finding]:
    return [
        cdn(), single_flux(), insufficient(), hostile(), *folded_names(), ntp_pool(), suspect(),
        double_flux(),
    ]  # fmt: skip


def timelines() -> Mapping[tuple[EntityKind, str], Timeline]:
    volunteers = [access_facts(place, 22, 90) for place in range(30)]
    edge = [
        facts(f"203.0.113.{place + 1}", 64540 + place % 2, "Example Edge Network", "US")
        for place in range(12)
    ]
    made = [
        (EntityKind.NAME, staircase("kx-delivery.example", 40)),
        (
            EntityKind.REGISTERED_DOMAIN,
            staircase(
                "mail-gate7.example", 143, asns=61, every=timedelta(minutes=3), ttl=120, base=11
            ),
        ),
        (
            EntityKind.NAME_SERVER,
            staircase(
                "mail-gate7.example", 58, asns=30, per_answer=2, every=timedelta(minutes=7), base=5
            ),
        ),
        (
            EntityKind.NAME,
            staircase(
                "slow.rotator.example", 9, asns=7, per_answer=1, ttl=None,
                every=timedelta(minutes=40),
            ),
        ),
        (EntityKind.NAME, staircase(HOSTILE_NAME, 6, asns=6)),
        (EntityKind.NAME, stripes("2.pool.ntp.example", 30, pool=volunteers, ttl=150)),
        (EntityKind.NAME, stripes("media.shop.example", 12, pool=edge)),
    ]  # fmt: skip
    return {(kind, timeline.name): timeline for kind, timeline in made}


def totals(**given: object) -> Totals:
    usual: dict[str, object] = {
        "inputs": (
            InputReport(
                name="logs/dns.log.gz",
                format="zeek",
                records=4_812_331,
                observations=3_900_120,
                passed_over={"other record type": 700_000, "no answer": 212_194},
                bad={"line too short": 14, "time out of range": 3},
                samples={"line too short": ("1\\x1b[31m", "2"), "time out of range": ("-5\tC1",)},
            ),
            InputReport(
                name="logs/second day.log",
                format="suricata",
                records=120,
                observations=80,
                passed_over={},
                bad={},
                samples={},
            ),
        ),
        "responses": 3_900_200,
        "names": 88_410,
        "registered_domains": 61_204,
        "candidates": 2_310,
        "findings": 7,
        "first": START,
        "last": START + timedelta(hours=24),
        "seconds": 12.4,
        "tables": {"asn": "2026-06-17", "country": "2026-06-17", "suffixes": "2026-06-01"},
    }
    return Totals(**{**usual, **given})  # type: ignore[arg-type]


def no_input() -> Totals:
    report = InputReport(
        name="empty.log", format="zeek", records=0, observations=0, passed_over={}, bad={},
        samples={},
    )  # fmt: skip
    return totals(
        inputs=(report,), responses=0, names=0, registered_domains=0, candidates=0, findings=0,
        first=None, last=None,
    )  # fmt: skip
