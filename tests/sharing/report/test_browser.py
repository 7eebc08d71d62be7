"""The report in a real browser: drawn whole, without an error and without a request."""

from __future__ import annotations

import os
import re
import shutil
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from fluxhound.sharing.report.page import render_html
from tests.sharing import builders

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def browser() -> str:
    if BROWSER is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium here: make setup installs it")
        pytest.skip("no Chromium here: make setup installs it")
    return BROWSER


@pytest.fixture(scope="module")
def requests() -> Iterator[tuple[int, list[str]]]:
    """Serve the report, and note every request; any host name leads here as well."""
    page = render_html(
        builders.everything(), builders.totals(), builders.timelines(), now=builders.NOW
    ).encode()
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(f"{self.headers['Host']}{self.path}")
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page)

        def do_CONNECT(self) -> None:
            seen.append(self.path)
            self.send_error(403)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1], seen
        server.shutdown()
        thread.join()


def opened(browser: str, profile: Path, address: str, *options: str) -> tuple[str, str]:
    """Return the document as drawn, and what the browser said."""
    run = subprocess.run(
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-extensions", "--disable-dev-shm-usage",
            f"--user-data-dir={profile}", "--enable-logging=stderr", "--v=0",
            "--virtual-time-budget=2000", *options, "--dump-dom", address,
        ],
        capture_output=True, text=True, timeout=60, check=True, encoding="utf-8",
    )  # fmt: skip
    return run.stdout, run.stderr


def test_the_report_is_drawn_without_error_or_request(
    browser: str, requests: tuple[int, list[str]], tmp_path: Path
) -> None:
    port, seen = requests
    page = "report.example/report.html"
    document, said = opened(browser, tmp_path, f"http://{page}", f"--proxy-server=127.0.0.1:{port}")
    assert [line for line in said.splitlines() if "CONSOLE" in line] == []
    ours = [request for request in seen if request.startswith("report.example")]
    assert ours == [f"report.examplehttp://{page}"]
    named = [r for r in seen if "mitre" in r or "cisa" in r or "evil" in r or "mail-gate" in r]
    assert named == []
    rows = [int(rows) for rows in re.findall(r'<svg[^>]*data-rows="(\d+)"', document)]
    assert rows == [143, 58, 40, 9, 6, 30, 12]
    assert document.count('class="row ') == sum(rows)
    assert "<script>" not in document


def test_the_check_would_notice_an_error(browser: str, tmp_path: Path) -> None:
    policy = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
    page = tmp_path / "bad.html"
    page.write_text(f"<!doctype html>{policy}<img src='http://127.0.0.1:9/x.png'>")
    _, said = opened(browser, tmp_path / "profile", page.as_uri())
    assert "CONSOLE" in said
