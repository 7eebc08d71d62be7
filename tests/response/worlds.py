"""Random worlds for a response: findings, policies, entries, histories, clocks, overrides."""

from __future__ import annotations

import dataclasses
import functools
import random
from datetime import datetime, timedelta
from typing import Any

from fluxhound.records import EntityKind, Finding, Severity, VerdictKind
from fluxhound.response.brakes import RULES as BRAKES
from fluxhound.response.circumstances import Circumstances
from fluxhound.response.entries import Answer, Blast, Entry, Mode, Neighbours, Trigger
from fluxhound.response.policy import RULES, Approval, Policy, Rule
from fluxhound.response.protection import protection_of
from fluxhound.response.wishes import Key, Servers, subject_of
from tests.response.responses import NOW, SINKHOLE

EVIL = ("evil.lab", "www.evil.lab", "mail.evil.lab", "flux.pw", "a.flux.pw", "bot.co.uk",
        "x.bot.co.uk", "slow.xyz")  # fmt: skip
SHARED = ("bot.duckdns.org", "x.bot.duckdns.org", "bad.github.io", "d1.cloudfront.net")
GUARDED = (
    "corp.lab", "vpn.corp.lab", "lab", "partner.lab", "a.partner.lab", "pool.ntp.org",
    "0.pool.ntp.org", "ntp.org", "windowsupdate.com", "ocsp.digicert.com", "com", "co.uk",
    "duckdns.org", "github.io", "evil.test", "printer.local", "localmachine", "shop.lab",
    "www.shop.lab", "trap.lab", "gnome.org", "gnome.org", "gnome.org",
    "amazonaws.com", "bad\\.name.lab", "",
)  # fmt: skip
NAMES = EVIL * 3 + SHARED + GUARDED
TOP = ("www.shop.lab", "intranet.lab")
ADDRESSES = ("9.10.11.12", "8.8.8.8", "192.0.2.66", "10.1.2.3", "2a00:1450::1", "45.1.1.1")
VERDICTS = (VerdictKind.DOUBLE_FLUX, VerdictKind.SINGLE_FLUX, VerdictKind.NAME_SERVER_FLUX,
            VerdictKind.FLUX_SUSPECT, VerdictKind.CDN, VerdictKind.INSUFFICIENT_EVIDENCE,
            VerdictKind.VOLUNTEER_POOL)  # fmt: skip
SCORES = (0.0, 0.05, 0.2, 0.45, 0.6, 0.9, 0.95, 0.995, 1.0, float("nan"))
HIGH = (0.9, 0.95, 0.995, 1.0)
ENTITIES = (EntityKind.REGISTERED_DOMAIN, EntityKind.NAME, EntityKind.NAME_SERVER,
            EntityKind.NETWORK)  # fmt: skip
MODES = (Mode.SINKHOLE,) * 4 + tuple(Mode)


@functools.cache
def _policy(choice: int) -> Policy:
    """Return one of some hundred policies; made once, since none of them changes."""
    draw = random.Random(choice)  # noqa: S311 - no secret
    rules = RULES if draw.random() < 0.5 else tuple(
        Rule(mode=draw.choice(MODES), flux=draw.choice((0.0, 0.9)), malice=draw.choice((0.0, 0.5)))
        for _ in range(draw.randint(1, 3))
    )  # fmt: skip
    return Policy(
        mode=draw.choice(MODES),
        rules=rules,
        answer=draw.choice((Answer.NXDOMAIN, Answer.NODATA)),
        sinkhole=draw.choice((SINKHOLE, SINKHOLE, ("192.0.2.67",), ())),
        sinkhole_name=draw.choice(("", "", "trap.lab")),
        least_flux=draw.choice((0.0, 0.5, 0.9)),
        least_malice=draw.choice((0.0, 0.3, 0.8)),
        expiry=draw.choice((timedelta(days=7), timedelta(hours=2))),
        own=draw.choice((("corp.lab",), (), ("corp.lab", "evil.lab"))),
        never=draw.choice((("partner.lab",), (), ("www.evil.lab", "partner.lab"))),
        resolvers=draw.choice((("9.10.11.12",), ())),
        ceiling=draw.choice((0, 1, 2, 5, 1000, 1000, 1000)),
        ceiling_per_hour=draw.choice((0, 1, 4, 1000, 1000, 1000)),
        nsdname=draw.random() < 0.5,
        nsip=draw.random() < 0.5,
        approval=Approval(
            automatic=draw.random() < 0.7,
            flux=draw.choice((0.0, 0.9)),
            malice=draw.choice((0.0, 0.6)),
            clients=draw.choice((0, 5, 100)),
            unseen_clients=draw.random() < 0.5,
            logging=draw.random() < 0.7,
        ),
        remove_ended=draw.random() < 0.2,
    )


def policy(draw: random.Random) -> Policy:
    """Return a random policy."""
    return _policy(draw.randrange(300))


def finding(draw: random.Random, now: datetime) -> Finding:
    """Return a random judgement, of flux more often than not."""
    name = draw.choice(NAMES)
    certain = draw.random() < 0.6
    verdict = draw.choice(VERDICTS[:3] if certain else VERDICTS)
    return Finding(
        name=name,
        entity=draw.choice(ENTITIES),
        registered_domain=".".join(name.split(".")[-2:]),
        verdict=verdict,
        finding=certain or draw.random() < 0.5,
        flux=draw.choice(HIGH if certain else SCORES),
        malice=draw.choice(HIGH if certain else SCORES),
        severity=draw.choice(tuple(Severity)[2:] if certain else tuple(Severity)),
        first_seen=now - timedelta(days=1),
        last_seen=now - draw.choice((0, 0, 0, 3600, 90_000, -3600)) * timedelta(seconds=1),
        evidence=(), measures={}, baselines={}, not_observable=(),
    )  # fmt: skip


def entry(draw: random.Random, now: datetime) -> Entry:
    """Return an entry such as another policy may have left, or a hostile hand."""
    name = draw.choice(NAMES)
    subject, exact = subject_of(name) if draw.random() < 0.8 else (name, draw.random() < 0.5)
    trigger, mode = Trigger.NAME, draw.choice(MODES)
    if draw.random() < 0.15:
        trigger = draw.choice(tuple(Trigger))
        subject = draw.choice(ADDRESSES) if trigger in (Trigger.NSIP, Trigger.ADDRESS) else subject
    return Entry(
        trigger=trigger, subject=subject, exact=exact, mode=mode,
        answer=draw.choice(tuple(Answer)), target=draw.choice((SINKHOLE, (), ("trap.lab",))),
        finding=name, reason="a reason", owner="policy",
        added=now - timedelta(days=1),
        expires=now + draw.choice((-1, 0, 1, 24, 100, 10_000)) * timedelta(hours=1),
        approved_by=draw.choice(("policy", "ann", "")),
    )  # fmt: skip


_FLUX_ONLY = Neighbours(count=1, names=("evil.lab",))


def blast(draw: random.Random, subject: str) -> Blast:
    """Return a random blast radius."""
    near = tuple(draw.sample(("evil.lab", "flux.pw", "good.lab", "shop.lab"), draw.randint(0, 4)))
    some = Neighbours(count=len(near) + draw.choice((0, 0, 5)), names=near)
    return Blast(
        subject=subject, asked=draw.randint(0, 999), names=1,
        clients=draw.choice((None, 0, 3, 50)), rank=draw.choice((None, 1, 900)), ranked=1000,
        aliased=some if draw.random() < 0.2 else Neighbours(),
        servers=draw.choice((some, _FLUX_ONLY, _FLUX_ONLY, Neighbours())),
    )  # fmt: skip


def servers(draw: random.Random) -> Servers:
    """Return random name servers behind some domains."""
    hosts = {
        f"ns{n}.{draw.choice(NAMES) or 'lab'}": tuple(draw.sample(ADDRESSES, draw.randint(0, 2)))
        for n in range(draw.randint(0, 2))
    }
    return dict.fromkeys(("evil.lab", "flux.pw"), hosts)


@dataclasses.dataclass(frozen=True, kw_only=True)
class World:
    """All that one plan is made from."""

    findings: tuple[Finding, ...]
    circumstances: Circumstances
    policy: Policy
    servers: Servers
    now: datetime


def clock(draw: random.Random) -> datetime:
    """Return a time, mostly around now, seldom far off."""
    return NOW + timedelta(seconds=draw.choice((0, 0, 60, 5000, -86_400, 864_000, 10**9)))


def world(seed: int) -> World:
    """Return the world of a *seed*."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    now = clock(draw)
    chosen = policy(draw)
    entries = {
        each.slot: each for each in (entry(draw, now) for _ in range(draw.choice((0, 0, 1, 2, 4))))
    }
    made_of = tuple(finding(draw, now) for _ in range(draw.choice((0, 1, 2, 3, 6))))
    behind = servers(draw)
    return World(
        findings=made_of,
        circumstances=Circumstances(
            protection=protection_of(chosen, TOP),
            entries=tuple(entries.values()),
            holds=dict.fromkeys(_keys(draw, 1), "held."),
            lifted={key: _lifted(draw) for key in _keys(draw, 2)},
            spent=draw.choice((0, 0, 0, 1, 3)),
            blasts=_blasts(draw, behind),
        ),
        policy=chosen,
        servers=behind,
        now=now,
    )


def _blasts(draw: random.Random, behind: Servers) -> dict[Key, Blast]:
    subjects: list[Key] = [(Trigger.NAME, subject) for subject in _SUBJECTS]
    for host, addresses in behind["evil.lab"].items():
        subjects += [(Trigger.NSDNAME, host), *((Trigger.NSIP, a) for a in addresses)]
    return {key: blast(draw, key[1]) for key in subjects if draw.random() < 0.97}


_SUBJECTS = tuple(sorted({subject_of(name)[0] for name in NAMES}))


def _keys(draw: random.Random, most: int) -> list[Key]:
    return [(Trigger.NAME, draw.choice(_SUBJECTS)) for _ in range(draw.randint(0, most))]


def _lifted(draw: random.Random) -> frozenset[str]:
    every: Any = [rule.id for rule in BRAKES]
    return frozenset(draw.sample(every, draw.choice((1, 2, len(every)))))
