"""An authority and a certificate for this machine, made anew for each run of the tests."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificate:
    """Paths of PEM files."""

    authority: Path
    certificate: Path
    key: Path


def certificate(folder: Path, name: str = "localhost", address: str = "127.0.0.1") -> Certificate:
    """Return a certificate for *name* and *address*, signed by an authority of its own."""
    authority, authority_key = folder / f"{name}-ca.pem", folder / f"{name}-ca.key"
    made = Certificate(authority, folder / f"{name}.pem", folder / f"{name}.key")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    _openssl(
        "req", "-x509", *curve, "-subj", "/CN=test authority",
        "-addext", "basicConstraints=critical,CA:TRUE",
        "-addext", "keyUsage=critical,keyCertSign",
        "-keyout", authority_key, "-out", authority,
    )  # fmt: skip
    _openssl(
        "req", "-x509", *curve, "-subj", f"/CN={name}",
        "-addext", f"subjectAltName=DNS:{name},IP:{address}",
        "-addext", "basicConstraints=critical,CA:FALSE",
        "-CA", authority, "-CAkey", authority_key,
        "-keyout", made.key, "-out", made.certificate,
    )  # fmt: skip
    return made


def _openssl(*words: str | Path) -> None:
    done = subprocess.run(["openssl", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
