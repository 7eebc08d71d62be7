from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from fluxhound.service.web.backend import Pulse
from fluxhound.service.web.health import faults
from fluxhound.sources.live import ENDED, FAILING, RUNNING, SILENT, STARTING, Health
from tests.service.web.serving import Pipeline, get, served

RUNS = {"r-1": Health(state=RUNNING), "archive": Health(state=ENDED)}


@pytest.mark.parametrize(
    ("pulse", "said"),
    [
        (Pulse(inputs=RUNS, lag_s=2), []),
        (Pulse(inputs=RUNS, lag_s=75.2), ["Records wait 75 s for their commit."]),
        (Pulse(inputs=RUNS, behind=True), ["The service is behind its inputs."]),
        (
            Pulse(inputs=RUNS, disk_full=True),
            ["The disk of the store is full; nothing is taken until there is room."],
        ),
        (Pulse(inputs=RUNS, stopping=True), ["The service is stopping."]),
        (Pulse(inputs={"r-1": Health(state=STARTING)}), ["Input r-1 is starting."]),
        (
            Pulse(inputs={"r-1": Health(state=SILENT, error="nothing for 10 minutes")}),
            ["Input r-1 is silent: nothing for 10 minutes."],
        ),
        (
            Pulse(inputs={"a\x1b": Health(state=FAILING, error="\x1b[31m")}),
            ["Input a\\x1b is failing: \\x1b[31m."],
        ),
    ],
)
def test_faults(pulse: Pulse, said: list[str]) -> None:
    assert list(faults(pulse)) == said


def test_ready() -> None:
    pipeline = Pipeline()
    with served(pipeline) as address:
        found = get(address, "/readyz")
        assert found.status_code == 200
        assert found.json() == {
            "ready": True, "reasons": [], "lag_s": 0.0, "inputs": {"r-1": "running"},
        }  # fmt: skip
        pipeline.now = Pulse(inputs={"r-1": Health(state=FAILING, error="no such file")})
        found = get(address, "/readyz")
        assert found.status_code == 503
        assert found.json()["reasons"] == ["Input r-1 is failing: no such file."]
        assert get(address, "/healthz").text == "ok\n"


def test_metrics(address: str) -> None:
    found = get(address, "/metrics")
    assert found.headers["content-type"].startswith("text/plain; version=0.0.4")
    names = {family.name for family in text_string_to_metric_families(found.text)}
    assert "fluxhound_build_info" in names
