from __future__ import annotations

from fluxhound.service.web.backend import Pulse


def test_a_pulse_without_trouble() -> None:
    pulse = Pulse()
    assert not any((pulse.behind, pulse.disk_full, pulse.stopping, pulse.inputs))
