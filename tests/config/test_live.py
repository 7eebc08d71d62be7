from __future__ import annotations

from fluxhound.config import ALERT_FORMATS, DESTINATION_KINDS, SEVERITIES
from fluxhound.config.live import DestinationSettings, SensorSettings, ServiceSettings


def test_nothing_listens_beyond_this_machine_unless_told() -> None:
    assert ServiceSettings().listen.startswith("127.0.0.1:")


def test_a_sensor_starts_at_the_end_and_a_destination_takes_json() -> None:
    assert SensorSettings(name="a", input="b").start == "end"
    chosen = DestinationSettings(name="a", kind="file")
    assert chosen.format in ALERT_FORMATS
    assert chosen.kind in DESTINATION_KINDS
    assert chosen.minimum is None or chosen.minimum in SEVERITIES
