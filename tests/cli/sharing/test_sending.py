from __future__ import annotations

import pytest

from fluxhound.cli.sharing.sending import SHOWN, show
from fluxhound.sharing.outbound import Outbound
from tests.sharing import builders
from tests.sharing.exporting import offer


@pytest.mark.parametrize("defanged", [True, False])
def test_what_would_go_is_shown(capsys: pytest.CaptureFixture[str], *, defanged: bool) -> None:
    show(Outbound(offers=(offer(),)), defanged=defanged)
    name = "kx-delivery[.]example" if defanged else "kx-delivery.example"
    assert capsys.readouterr().out.split() == ["high", "single-flux", "TLP:AMBER", name]


def test_hostile_names_cannot_act(capsys: pytest.CaptureFixture[str]) -> None:
    show(Outbound(offers=(offer(builders.hostile()),)), defanged=True)
    assert "\x1b" not in capsys.readouterr().out


def test_the_rest_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    show(Outbound(offers=(offer(),) * (SHOWN + 3)), defanged=True)
    assert capsys.readouterr().out.endswith("and 3 more\n")
