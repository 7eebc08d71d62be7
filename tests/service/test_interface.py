from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest

from fluxhound.config import SharingSettings
from fluxhound.history.store import Store
from fluxhound.intel.indicator import Tlp
from fluxhound.service.interface import Interface


class Inputs:
    """Stands for the gathering: it gives an outlet for what is posted."""

    inputs = ()

    def outlet(self, _: object) -> Any:
        return self


class Standing:
    def findings(self) -> tuple[()]:
        return ()


@pytest.fixture
def interface() -> Iterator[Interface]:
    with Store(None) as store:
        store.connection.execute(
            "INSERT INTO history VALUES "
            "(0, 'r', 'www.kx.example', 'A', '192.0.2.1', 1, 2, 3, 9, 9, 0)"
        )
        nothing = cast("Any", None)
        yield Interface(
            store=store,
            watch=nothing,
            standing=cast("Any", Standing()),
            gathering=cast("Any", Inputs()),
            line=nothing,
            meters=nothing,
            responder=nothing,
            intelligence=nothing,
            sharing=SharingSettings(tlp="green", producer="Example CERT"),
            condition=lambda: (0.0, False),
        )


def test_what_names_answered_is_told(interface: Interface) -> None:
    backend = interface.backend("https://flux.example")
    (found,) = backend.rrsets("www.kx.example", False)
    assert (found.rdata, found.count) == (("192.0.2.1",), 3)
    assert backend.rrsets("kx.example", False) == ()
    assert len(backend.rrsets("kx.example", True)) == 1


def test_findings_are_shared_under_our_own_address(interface: Interface) -> None:
    assert interface.backend("https://flux.example").terms().link == "https://flux.example"
    assert interface.backend().terms().link == ""


def test_a_position_that_nobody_has(interface: Interface) -> None:
    assert interface.position("r") is None


def test_findings_are_shared_on_the_terms_of_the_configuration(interface: Interface) -> None:
    terms = interface.backend().terms()
    assert (terms.tlp, terms.producer) == (Tlp.GREEN, "Example CERT")
