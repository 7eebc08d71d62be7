"""Whatever dies comes back to what the plan says, and nothing else is blocked meanwhile."""

from __future__ import annotations

import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fluxhound.response.setups.options import Consumer
from fluxhound.response.zone import Role
from tests.endtoend.callers import HEALTHY, INFECTED, Caller
from tests.endtoend.chain import SINKHOLE, Chain
from tests.endtoend.world import BENIGN, FLUX, Web
from tests.servers.daemon import until
from tests.servers.namespace import Namespace, usable
from tests.servers.organisation import SECRET, missing

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(not usable() or list(missing())),
        reason="needs root, network namespaces and name servers",
    ),
]
PATIENCE_S = 120.0
PAUSE_S = 0.4


@pytest.fixture
def folder() -> Iterator[Path]:
    """Make a folder with a short name: sockets lie in it, and their paths are bounded."""
    with tempfile.TemporaryDirectory(prefix="chain") as name:
        yield Path(name)


@pytest.fixture
def chain(folder: Path) -> Iterator[Chain]:
    response = {"expiry": "1h", "continuing": "1h"}
    with (
        Namespace() as namespace,
        Web(folder / "web", namespace) as web,
        Chain(
            folder / "c", namespace, web,
            resolver=Consumer.UNBOUND, response=response, sinkhole=False,
        ) as made,
        Caller(namespace, INFECTED, FLUX),
        Caller(namespace, HEALTHY, [*BENIGN]) as healthy,
    ):  # fmt: skip
        web.begin(*FLUX)
        yield made
        for name, addresses in BENIGN.items():
            assert healthy.answers(name) == {tuple(sorted(addresses))}


def test_everything_dies_once(chain: Chain) -> None:
    left = set(FLUX)
    _converged(chain, left)

    # The primary: the resolver goes on with what it has, and hears later of what changed.
    chain.primary.kill()
    assert _blocked(chain) == left
    left.discard(FLUX[0])
    chain.decide("reject", FLUX[0])
    until(lambda: "does not answer" in chain.response()["error"], timeout_s=PATIENCE_S)
    chain.primary.start()
    _converged(chain, left)

    chain.resolver.kill()
    chain.resolver.start()
    _converged(chain, left)

    # Ourselves, in the middle of it: nothing is let go, and nothing forgotten.
    chain.service.end(signal.SIGKILL)
    assert _blocked(chain) == left
    chain.service.start()
    chain.await_service()
    _converged(chain, left)

    # Another key: nothing changes on the primary, it is said, and mended with the right one.
    chain.service.end()
    chain.write_key(b"somebody else's key of 32 octets")
    chain.service.start()
    chain.await_service()
    chain.decide("reject", FLUX[1])
    until(lambda: "key" in chain.response()["error"], timeout_s=PATIENCE_S)
    assert _blocked(chain) == left
    left.discard(FLUX[1])
    chain.service.end()
    chain.write_key(SECRET)
    chain.service.start()
    chain.await_service()
    _converged(chain, left)
    chain.service.end()
    chain.respond("verify")


def _blocked(chain: Chain) -> set[str]:
    return {name for name in FLUX if chain.answer(name) == (SINKHOLE,)}


def _converged(chain: Chain, names: set[str]) -> None:
    """Wait until register, primary and resolver hold *names*, and nothing else."""
    rules = {owner for name in names for owner in (name, f"*.{name}")}

    def there() -> bool:
        time.sleep(PAUSE_S)
        return chain.subjects() == names == _blocked(chain)

    until(there, timeout_s=PATIENCE_S, tell=lambda: (chain.response(), chain.service.log()))
    assert chain.zones()[Role.BLOCK] == rules
