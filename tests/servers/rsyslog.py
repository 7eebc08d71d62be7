"""A real rsyslogd of this machine, which writes what it gets to a file as JSON lines."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from tests.servers.certificates import Certificate

PROGRAM = "/usr/sbin/rsyslogd"
AVAILABLE = shutil.which(PROGRAM) is not None

CONFIGURATION = """
global(workDirectory="{folder}" maxMessageSize="64k"{tls})
module(load="imudp")
module(load="imtcp"{driver})
input(type="imudp" address="127.0.0.1" port="{udp}")
input(type="imtcp" address="127.0.0.1" port="{tcp}")
template(name="line" type="list") {{
  constant(value="{{")
  property(outname="pri" name="pri" format="jsonf")
  constant(value=",")
  property(outname="host" name="hostname" format="jsonf")
  constant(value=",")
  property(outname="app" name="app-name" format="jsonf")
  constant(value=",")
  property(outname="kind" name="msgid" format="jsonf")
  constant(value=",")
  property(outname="time" name="timereported" dateFormat="rfc3339" format="jsonf")
  constant(value=",")
  property(outname="structured" name="structured-data" format="jsonf")
  constant(value=",")
  property(outname="message" name="msg" format="jsonf")
  constant(value="}}\\n")
}}
action(type="omfile" file="{folder}/messages" template="line")
"""
TLS = (
    ' defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="{0.authority}"'
    ' defaultNetstreamDriverCertFile="{0.certificate}" defaultNetstreamDriverKeyFile="{0.key}"'
)
DRIVER = ' streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon"'


@dataclass(frozen=True)
class Rsyslog:
    folder: Path
    udp: int
    tcp: int

    def messages(self) -> list[dict[str, str]]:
        """Return what was received so far."""
        path = self.folder / "messages"
        text = path.read_bytes() if path.exists() else b""
        return [orjson.loads(line) for line in text.splitlines()]


@contextmanager
def rsyslog(folder: Path, certificate: Certificate | None = None) -> Iterator[Rsyslog]:
    """Run rsyslogd on two free ports of the loopback address; TCP is TLS with a *certificate*."""
    server = Rsyslog(folder, _free(socket.SOCK_DGRAM), _free(socket.SOCK_STREAM))
    text = CONFIGURATION.format(
        folder=folder,
        udp=server.udp,
        tcp=server.tcp,
        tls=TLS.format(certificate) if certificate else "",
        driver=DRIVER if certificate else "",
    )
    path = folder / "rsyslog.conf"
    path.write_text(text, encoding="utf-8")
    with (folder / "errors").open("wb") as errors:
        program = subprocess.Popen(
            [PROGRAM, "-n", "-f", path, "-i", folder / "pid"],
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
    try:
        _await(server.tcp, program, folder / "errors")
        yield server
    finally:
        program.terminate()
        program.wait(10)


def _free(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _await(port: int, program: subprocess.Popen[bytes], errors: Path) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end and program.poll() is None:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(errors.read_text(encoding="utf-8", errors="replace"))
