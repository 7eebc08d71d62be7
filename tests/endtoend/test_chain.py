"""Flux appears, is found and sinkholed, the infected host is listed, and all ends with the flux."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fluxhound.response.setups.options import Consumer
from fluxhound.response.zone import Role
from tests.endtoend.callers import HEALTHY, INFECTED, Caller
from tests.endtoend.chain import SINKHOLE, Chain
from tests.endtoend.world import BENIGN, DOUBLE, FLUX, PARKED, TIME_POOL, Web
from tests.servers.daemon import until
from tests.servers.namespace import Namespace, usable
from tests.servers.organisation import missing

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(not usable() or list(missing())),
        reason="needs root, network namespaces and name servers",
    ),
]
#: Seconds that a machine under load may take. A quiet one takes a tenth of it.
PATIENCE_S = 120.0
#: Seconds that nothing may come back in after the end: a look, and a tick of the response.
QUIET_S = 6.0
#: Seconds between two looks at what the resolver answers.
PAUSE_S = 0.4


@pytest.fixture
def folder() -> Iterator[Path]:
    """Make a folder with a short name: sockets lie in it, and their paths are bounded."""
    with tempfile.TemporaryDirectory(prefix="chain") as name:
        yield Path(name)


@pytest.fixture
def namespace() -> Iterator[Namespace]:
    with Namespace() as made:
        yield made


@pytest.mark.parametrize("resolver", list(Consumer))
def test_from_flux_to_the_infected_host_and_back(
    resolver: Consumer, namespace: Namespace, folder: Path
) -> None:
    # PowerDNS does not tell who asks, so nothing is approved by itself: a person decides.
    response = {"expiry": "40s"} if resolver is Consumer.POWERDNS else {}
    with (
        Web(folder / "web", namespace) as web,
        Chain(folder / "c", namespace, web, resolver=resolver, response=response) as chain,
        Caller(namespace, HEALTHY, [*BENIGN, TIME_POOL]) as healthy,
        Caller(namespace, INFECTED, FLUX, calls=True) as infected,
    ):
        until(lambda: {each.name for each in infected.told} >= set(FLUX))
        assert {each.addresses for each in infected.told} == {(PARKED,)}
        web.begin(*FLUX)
        if resolver is Consumer.POWERDNS:
            _decide(chain)
        _soon(lambda: _sinkholed(chain), chain)

        assert chain.subjects() == set(FLUX)
        assert chain.zones() == {
            Role.PASS: {"plain.com", "*.plain.com"},
            Role.BLOCK: {owner for name in FLUX for owner in (name, f"*.{name}")},
            Role.SERVERS: frozenset(),
            Role.WATCH: frozenset(),
        }
        # Told to the client, not only to us: each domain in flux, and the one with its servers.
        until(lambda: all((SINKHOLE,) in infected.answers(name) for name in FLUX))
        until(lambda: set(_called(chain)) == set(FLUX), timeout_s=10, tell=chain.victims)
        victims = chain.victims()
        assert set(victims) == {INFECTED}
        # Who asked for five such names is a victim; without that it might be a scanner as well.
        seen = resolver is not Consumer.POWERDNS
        assert victims[INFECTED]["kind"] == ("victim" if seen else "unclear")
        assert DOUBLE in _called(chain)

        web.end(*FLUX)
        _soon(lambda: _answers(chain) == {(PARKED,)}, chain)
        freed = time.monotonic()
        time.sleep(QUIET_S)
        later = {each.addresses for each in infected.told if each.at > freed + 1}
        assert later == {(PARKED,)}, chain.service.log()
        assert chain.zones()[Role.BLOCK] == frozenset()
        _assert_untouched(healthy, web)
        chain.service.end()
        assert SINKHOLE not in chain.learned()
        chain.respond("verify")


def _decide(chain: Chain) -> None:
    """Approve all that is in flux as soon as it waits."""
    _soon(lambda: chain.subjects("waiting") == set(FLUX), chain)
    assert chain.zones()[Role.BLOCK] == frozenset()
    for name in FLUX:
        chain.decide("approve", name)


def _sinkholed(chain: Chain) -> bool:
    return _answers(chain) == _answers(chain, "any.thing.") == {(SINKHOLE,)}


def _soon(true: Callable[[], bool], chain: Chain) -> None:
    """Wait until it is *true*, without so many questions that they are a load themselves."""

    def now() -> bool:
        time.sleep(PAUSE_S)
        return true()

    until(now, timeout_s=PATIENCE_S, tell=chain.service.log)


def _answers(chain: Chain, below: str = "") -> set[tuple[str, ...]]:
    return {chain.answer(f"{below}{name}") for name in FLUX}


def _called(chain: Chain) -> list[str]:
    clients = chain.victims().values()
    return [called["name"] for each in clients for called in each["names"]]


def _assert_untouched(healthy: Caller, web: Web) -> None:
    for name, addresses in BENIGN.items():
        assert healthy.answers(name) == {tuple(sorted(addresses))}
    pool = healthy.answers(TIME_POOL)
    assert len(pool) > 1
    assert all(set(each) <= {*web.pool, PARKED} for each in pool)
