from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from fluxhound.cli import main
from fluxhound.history.store import Store
from fluxhound.records import Severity, VerdictKind
from fluxhound.sharing.document import to_document
from tests.cli.responding.registers import SINKHOLE, Fluxhound
from tests.cli.stand_in import finding


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program know the command, whatever else it has."""
    monkeypatch.setitem(main.COMMANDS, "respond", "Answer for found names on your own resolvers.")


@pytest.fixture
def store(tmp_path: Path) -> str:
    with Store(tmp_path / "flux.duckdb"):
        return str(tmp_path / "flux.duckdb")


@pytest.fixture
def found(tmp_path: Path) -> str:
    """Save findings: flux, a domain of our own, and the pool of time servers."""
    hostile = dataclasses.replace(
        finding("evil.lab", Severity.CRITICAL),
        verdict=VerdictKind.DOUBLE_FLUX, flux=0.999, malice=0.97, last_seen=datetime.now(UTC),
    )  # fmt: skip
    saved = [
        orjson.dumps(to_document(dataclasses.replace(hostile, name=n, registered_domain=n)))
        for n in ("evil.lab", "vpn.corp.lab", "0.pool.ntp.org")
    ]
    (tmp_path / "found.jsonl").write_bytes(b"\n".join(saved))
    return str(tmp_path / "found.jsonl")


@pytest.fixture
def plan(store: str, found: str) -> tuple[str, ...]:
    """Return the options of a plan that asks for one entry and is refused two."""
    return ("--store", store, "--findings", found, "--own", "corp.lab", *SINKHOLE)


@pytest.fixture
def waiting(fluxhound: Fluxhound, store: str, plan: tuple[str, ...]) -> str:
    """Return a store in which an entry for ``evil.lab`` waits: that was action 1."""
    assert fluxhound("respond", "apply", *plan, "--yes")[0] == 0
    return store
