from __future__ import annotations

import logging
from pathlib import Path

import pytest

from fluxhound.errors import StoreError
from fluxhound.history.store import Store
from fluxhound.history.upkeep import Retention, Step, Upkeep
from fluxhound.service.housekeeping import PAUSE_S, TOLD_AFTER_S, Housekeeping
from fluxhound.service.meters import Meters


class Failing(Upkeep):
    """Upkeep that cannot be done."""

    tried = 0

    def step(self, *, now: float) -> Step | None:
        self.tried += 1
        raise StoreError("the checkpoint has to wait")


def test_what_cannot_be_done_is_put_off_and_told_when_it_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    at = [0.0]
    retention = Retention(hourly_s=1e9, daily_s=1e9, clients_s=1e9, disk_bytes=None)
    with Store(tmp_path / "flux.duckdb", live=True) as store, caplog.at_level(logging.WARNING):
        upkeep = Failing(store, retention)
        house = Housekeeping(store, upkeep, Meters(version="1"), clock=lambda: at[0])
        for _ in range(10):
            house.step(0.0, more=lambda: True)
        assert upkeep.tried == 1
        at[0] = PAUSE_S
        house.step(0.0, more=lambda: True)
        assert upkeep.tried == 2
        assert caplog.records == []
        at[0] = TOLD_AFTER_S + 1
        house.step(0.0, more=lambda: True)
        assert "has to wait" in caplog.text


def test_pieces_are_done_while_there_is_time(tmp_path: Path) -> None:
    retention = Retention(hourly_s=1e9, daily_s=1e9, clients_s=1e9, disk_bytes=None)
    with Store(tmp_path / "flux.duckdb", live=True) as store:
        house = Housekeeping(store, Upkeep(store, retention), Meters(version="1"))
        house.step(0.0, more=lambda: False)
