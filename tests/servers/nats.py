"""A real nats-server with JetStream for tests, on a free port of 127.0.0.1."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.servers.redis import free_port, wait_for_port

NATS = shutil.which("nats-server")
needs_nats = pytest.mark.skipif(NATS is None, reason="nats-server is not installed")


class NatsServer:
    """One server, which keeps its streams across a restart."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.port = free_port()
        listen = ["-a", "127.0.0.1", "-p", str(self.port)]
        self.command = [NATS or "", *listen, "-js", "-sd", str(folder), *options]
        #: How those who make streams sign in, where not everybody may.
        self.sign_in: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return where it listens, without the parameters."""
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> NatsServer:
        """Start it, and wait until it listens."""
        self.folder.mkdir(exist_ok=True)
        self._process = subprocess.Popen(
            self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for_port(self.port, self._process)
        return self

    def stop(self) -> None:
        """Stop it, if it runs."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None
