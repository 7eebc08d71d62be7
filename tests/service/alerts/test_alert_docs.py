"""What the page about alerts shows works as it is written there."""

from __future__ import annotations

import http.client
import http.server
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from fluxhound.config import load
from fluxhound.records import Severity
from fluxhound.service.alerts.courier import LONGEST_PAUSE_S
from fluxhound.service.alerts.desk import opened
from fluxhound.service.alerts.settings import AlertSettings, MessageFormat, WebhookSettings
from fluxhound.service.alerts.syslog import LIMITS
from fluxhound.service.alerts.syslogline import SEVERITIES as SYSLOG
from fluxhound.service.alerts.webhook import Webhook
from fluxhound.service.destinations import alert_settings
from fluxhound.sharing.ecs import SEVERITY_NUMBERS
from fluxhound.sharing.headline import TENTHS
from fluxhound.sharing.ocsf import SEVERITY_IDS
from tests.service.alerts.letters import letter
from tests.service.alerts.test_webhook import SECRET

PAGE = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def shown() -> dict[str, Any]:
    """Return what the page's Python defines."""
    cells: dict[str, Any] = {}
    for block in blocks("python"):
        exec(compile(block, "alerts.md", "exec"), cells)  # noqa: S102 - our own docs
    return cells


def test_the_verification_that_is_shown_verifies(shown: dict[str, Any]) -> None:
    genuine: Callable[..., bool] = shown["genuine"]
    hook = Webhook(WebhookSettings(name="x", url="https://h/", secret=SECRET))
    headers = hook._headers("an-id", b"{}", 1_800_000_000.0)
    assert genuine(headers, b"{}", SECRET, now=1_800_000_000)
    assert not genuine(headers, b"{ }", SECRET, now=1_800_000_000)
    assert not genuine(headers, b"{}", SECRET[::-1], now=1_800_000_000)
    assert not genuine(headers, b"{}", SECRET, now=1_800_000_301)
    assert not genuine({**headers, "webhook-id": "other"}, b"{}", SECRET, now=1_800_000_000)
    assert not genuine({}, b"{}", SECRET)


@contextmanager
def serving(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[int]:
    handler.log_message = lambda *_: None  # type: ignore[method-assign]
    with http.server.HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join(10)


def test_the_relay_that_is_shown_relays(shown: dict[str, Any]) -> None:
    notes: list[dict[str, str]] = []

    class Chat(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            notes.append(orjson.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

    with serving(Chat) as chat, serving(shown["relay"](SECRET, f"http://127.0.0.1:{chat}/")) as at:
        settings = WebhookSettings(
            name="chat",
            url=f"http://127.0.0.1:{at}/",
            secret=SECRET,
            format=MessageFormat.JSON,
        )
        Webhook(settings).deliver([letter(0)], now=shown["time"].time())
        forger = http.client.HTTPConnection("127.0.0.1", at, timeout=5)
        forger.request("POST", "/", body=b"{}")
        assert forger.getresponse().status == 401
        forger.close()
    assert notes == [{"text": "high: single-flux appeared: d0[.]example"}]


@pytest.mark.parametrize("block", blocks("toml"))
def test_the_configuration_that_is_shown_is_taken(block: str, tmp_path: Path) -> None:
    (tmp_path / "hook.secret").write_bytes(SECRET)
    (tmp_path / "mail.secret").write_text("hush")
    path = tmp_path / "fluxhound.toml"
    path.write_text(block.replace("/etc/fluxhound/", f"{tmp_path}/"), encoding="utf-8")
    settings = alert_settings(load(path))
    for each in settings.destinations:
        if "ca_file" not in block:
            opened(each).close()


def test_the_scales_are_those_of_the_code() -> None:
    for severity in Severity:
        cells = (SEVERITY_NUMBERS, SEVERITY_IDS, TENTHS, SYSLOG)
        expected = " | ".join(str(scale[severity]) for scale in cells)
        assert f"| {severity.value} | {expected} " in PAGE


def test_the_figures_are_those_of_the_code() -> None:
    usual = AlertSettings()
    assert f"lengths are bounded: 64 KiB in files and webhooks, {LIMITS['tls']:,} octets" in (
        PAGE.replace("Lengths", "lengths")
    )
    assert f"{LIMITS['udp']:,} over\nUDP" in PAGE
    assert f"More than {usual.outbox_limit:,} alerts" in PAGE
    assert (usual.give_up_s, usual.give_up_critical_s) == (3 * 86400, 30 * 86400)
    assert (usual.settle_s, usual.repeat_after_s, usual.end_after_s) == (1800, 3600, 86400)
    assert LONGEST_PAUSE_S == 300
