from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from fluxhound.sharing.document import to_document
from tests.cli.responding.registers import SINKHOLE, Fluxhound, lines
from tests.cli.stand_in import finding


def test_what_would_change_and_what_is_refused(
    fluxhound: Fluxhound, store: str, plan: tuple[str, ...]
) -> None:
    status, out, err = fluxhound("respond", "plan", *plan)
    assert (status, err) == (0, "")
    shown = lines(out)
    assert [(each["change"], each["waits"], each["refused"]) for each in shown] == [
        ("add", True, False),
        ("add", False, True),
        ("add", False, True),
    ]
    refused = {brake["id"] for each in shown for brake in each["brakes"]}
    assert refused >= {"own-domain", "infrastructure"}
    assert fluxhound("respond", "list", "--store", store) == (0, "", "")


def test_for_people_names_are_unclickable_unless_wanted(
    fluxhound: Fluxhound, plan: tuple[str, ...]
) -> None:
    table = ("respond", "plan", *plan, "--format", "table")
    out = fluxhound(*table)[1]
    assert out.startswith("1 wait for approval, 2 refused. Plan ")
    assert "waits    evil[.]lab and all below: sinkhole (address 192.0.2[.]66), until " in out
    assert "own-domain: corp[.]lab is one of our own domains." in out
    assert "evil.lab" in fluxhound(*table, "--no-defang")[1]


def test_without_findings_the_store_is_judged(fluxhound: Fluxhound, store: str) -> None:
    assert fluxhound("respond", "plan", "--store", store, *SINKHOLE) == (0, "", "")


def test_what_ended_long_ago_asks_for_nothing(
    fluxhound: Fluxhound, store: str, tmp_path: Path
) -> None:
    old = dataclasses.replace(
        finding("evil.lab"), last_seen=datetime.now(UTC) - timedelta(days=9), malice=0.9
    )
    (tmp_path / "old.jsonl").write_bytes(orjson.dumps(to_document(old)))
    given = ("--store", store, "--findings", str(tmp_path / "old.jsonl"), *SINKHOLE)
    status, out, err = fluxhound("respond", "plan", *given)
    assert (status, out) == (0, "")
    assert "1 of 1 findings have ended" in err
