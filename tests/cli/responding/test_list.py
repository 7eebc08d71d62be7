from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fluxhound.response.documents import entry_document
from fluxhound.service.decisions import Decisions
from tests.cli.responding.registers import SINKHOLE, Fluxhound, listed
from tests.response.responses import entry
from tests.service.web.serving import RESPOND, Pipeline, served


def test_entries_are_listed_for_people_and_machines(fluxhound: Fluxhound, waiting: str) -> None:
    table = fluxhound("respond", "list", "--store", waiting, "--format", "table")[1].splitlines()
    heads = ["NAME", "BELOW", "MODE", "ANSWER", "STATE", "EXPIRES", "BY", "REASON"]
    assert table[0].split() == heads
    assert table[1].startswith("evil[.]lab  yes    sinkhole  address  waits")
    assert listed(fluxhound, waiting, "--waiting") == [("evil.lab", "waits")]
    fluxhound("respond", "approve", "evil.lab", "--store", waiting, *SINKHOLE)
    assert listed(fluxhound, waiting, "--waiting") == []


def test_nothing_is_said_to_be_nothing(fluxhound: Fluxhound, store: str) -> None:
    out = fluxhound("respond", "list", "--store", store, "--format", "table")[1]
    assert out == "There is no entry.\n"


class Waiting(Decisions):
    """A response in which one entry waits."""

    def __init__(self) -> None:
        pass

    def listed(self) -> dict[str, Any]:
        return {"in_force": [], "waiting": [entry_document(entry("evil.lab", approved_by=""))]}


def test_a_service_is_asked(fluxhound: Fluxhound, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(RESPOND)
    with served(Pipeline(decisions=Waiting())) as address:
        options = ("--url", address, "--token-file", str(token))
        out = fluxhound("respond", "list", *options, "--format", "table")[1]
        assert out.splitlines()[1].startswith("evil[.]lab")
        [row] = fluxhound("respond", "list", *options, "--format", "jsonl")[1].splitlines()
        assert json.loads(row)["subject"] == "evil.lab"
        assert fluxhound("respond", "list", "--url", address)[0] == 2
    assert fluxhound("respond", "list", "--token-file", str(token))[0] == 2


@pytest.mark.parametrize("body", [b"[]", b"x", b"{}", b'{"in_force": [{}], "waiting": []}'])
def test_something_else_answers(
    fluxhound: Fluxhound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    token = tmp_path / "token"
    token.write_text(RESPOND)
    monkeypatch.setattr("fluxhound.cli.remote.call", lambda *_, **__: body)
    err = fluxhound("respond", "list", "--url", "http://127.0.0.1:1", "--token-file", str(token))[2]
    assert "no answer of Fluxhound's service" in err
