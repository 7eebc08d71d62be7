"""Posts to a service that is killed again and again are counted once each."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
import httpx
import pytest

from tests.cli.checks.listeners import closed_port
from tests.service.web.serving import bearer, observation

TOKEN = "posting-token-" + "x" * 32
ROWS = 300
START = int(time.time()) - 7200  # within what is retained
POSTS = 4

PROGRAM = [sys.executable, "-c", "from fluxhound.cli.main import main; main()", "serve"]


@contextmanager
def serving(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a service until the block ends, if it was not killed before."""
    command = [*PROGRAM, "--config", str(folder / "flux.toml"), "--listen", f"127.0.0.1:{port}"]
    with (folder / "log").open("ab") as log, subprocess.Popen(command, stderr=log) as service:
        try:
            until = time.monotonic() + 30
            while time.monotonic() < until:
                with suppress(httpx.TransportError):
                    httpx.get(f"http://127.0.0.1:{port}/healthz")
                    break
                assert service.poll() is None, (folder / "log").read_text()
                threading.Event().wait(0.02)
            yield service
        finally:
            service.terminate()


def body(number: int) -> bytes:
    return b"".join(observation(number * ROWS + i, start=START) for i in range(ROWS))


def post(port: int, number: int) -> httpx.Response:
    return httpx.post(
        f"http://127.0.0.1:{port}/api/v1/observations",
        content=body(number),
        headers={"Content-Type": "text/plain", "Idempotency-Key": f"post-{number}"} | bearer(TOKEN),
        timeout=30,
    )


def post_until_done(port: int, number: int) -> httpx.Response:
    until = time.monotonic() + 30
    while True:
        answer = post(port, number)
        if answer.status_code == 202:
            return answer
        assert answer.status_code in (409, 503), answer.text
        assert time.monotonic() < until
        threading.Event().wait(0.05)


def attempt(port: int, number: int) -> None:
    with suppress(httpx.TransportError):
        post(port, number)


@pytest.mark.slow
def test_every_post_is_counted_once_whenever_the_service_is_killed(tmp_path: Path) -> None:
    tokens = tmp_path / "tokens.toml"
    tokens.write_text(f'[sensor]\ntoken = "{TOKEN}"\nscopes = ["observe"]\n')
    tokens.chmod(0o600)
    (tmp_path / "flux.toml").write_text(
        f'[engine]\nstore = "{tmp_path / "flux.duckdb"}"\nmemory = "512MiB"\n'
        f'[service]\ntoken_file = "{tokens}"\n'
    )
    port = closed_port()
    chance = random.Random(5)  # noqa: S311 - moments to kill at, no secret
    for number in range(POSTS):
        with serving(tmp_path, port) as service:
            if number:
                post_until_done(port, number - 1)
            caller = threading.Thread(target=attempt, args=(port, number))
            caller.start()
            threading.Event().wait(chance.uniform(0.0, 0.5))
            service.kill()
            caller.join()
    with serving(tmp_path, port):
        answers = [post_until_done(port, number) for number in range(POSTS)]
    replayed = [answer.headers.get("idempotency-replayed") for answer in answers]
    assert replayed[:-1] == ["true"] * (POSTS - 1)
    assert {answer.json()["accepted"] for answer in answers} == {ROWS}
    with duckdb.connect(str(tmp_path / "flux.duckdb"), read_only=True) as store:
        counted = store.execute("SELECT sum(count), count(DISTINCT name) FROM history").fetchall()
    assert counted == [(ROWS * POSTS, ROWS * POSTS)]
