from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fluxhound.cli import clustered
from fluxhound.cli.clustered import named
from tests.cli.stand_in import StandIn

Fluxhound = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["dns.log", "--store", "x.duckdb"], "keeps no --store"),
        (["-"], "standard input"),
        ([], "Name what the cluster"),
        (["dns.log", "--new"], "--new is for a --store"),
    ],
)
def test_what_needs_the_embedded_engine_is_refused(
    fluxhound: Fluxhound, args: list[str], told: str
) -> None:
    status, _, err = fluxhound("analyze", "--engine", "spark", *args)
    assert status == 2
    assert told in " ".join(err.split())


def test_a_master_without_its_engine_is_a_mistake(fluxhound: Fluxhound) -> None:
    status, _, err = fluxhound("analyze", "dns.log", "--master", "local[2]")
    assert (status, "--engine spark" in err) == (2, True)


def test_the_cluster_is_asked_for_the_same(
    fluxhound: Fluxhound, engine: StandIn, log: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    def stand_in(inputs: list[str], *, master: str, options: Any, progress: Any) -> Any:
        asked.update(inputs=inputs, master=master, wide=options.wide)
        return engine(inputs, options=options, progress=progress)

    monkeypatch.setattr(clustered, "analyze_on_cluster", stand_in)
    words = ["analyze", "--engine", "spark", log, "s3a://logs/dns/", "--all"]
    status, out, _ = fluxhound(*words, "--threads", "3")
    assert (status, "evil.example" in out) == (0, True)
    assert asked == {"inputs": [log, "s3a://logs/dns/"], "master": "local[3]", "wide": True}
    fluxhound(*words, "--master", "yarn")
    assert asked["master"] == "yarn"


def test_folders_are_taken_apart_here_and_storage_there(tmp_path: Path) -> None:
    for name in ("b.log", "a.log", ".hidden"):
        (tmp_path / name).touch()
    got = named((str(tmp_path), "hdfs://n/x[1]", str(tmp_path / "a.log")))
    assert got == [str(tmp_path / "a.log"), str(tmp_path / "b.log"), "hdfs://n/x[1]"]
