from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pymisp

Fluxhound = Callable[..., tuple[int, str, str]]


def test_without_send_nothing_is_written(fluxhound: Fluxhound, saved: str) -> None:
    status, out, err = fluxhound("share", "feed", "feed", "--from", saved, "--no-defang")
    assert status == 0
    assert "evil.example" in out
    assert "would go to feed" in err
    assert not Path("feed").exists()


def test_the_folder_holds_what_stands_now(fluxhound: Fluxhound, saved: str) -> None:
    Path("feed").mkdir()
    Path("feed/index.html").write_text("ours")
    assert fluxhound("share", "feed", "feed", "--from", saved, "--send")[0] == 0
    assert len(list(Path("feed").glob("*.json"))) == 3
    again = fluxhound("share", "feed", "feed", "--from", saved, "--minimum", "high", "--send")
    assert again[0] == 0
    (uuid,) = json.loads(Path("feed/manifest.json").read_text())
    assert {each.name for each in Path("feed").iterdir()} == {
        f"{uuid}.json", "manifest.json", "hashes.csv", "index.html",
    }  # fmt: skip
    judged = pymisp.MISPEvent()
    judged.load_file(f"feed/{uuid}.json")
    assert judged.attributes[0].value == "evil.example"


def test_a_hostile_manifest_removes_nothing_else(fluxhound: Fluxhound, saved: str) -> None:
    Path("feed").mkdir()
    Path("precious.json").write_text("{}")
    Path("feed/manifest.json").write_text(json.dumps({"../precious": {}, "x" * 99: {}}))
    assert fluxhound("share", "feed", "feed", "--from", saved, "--send")[0] == 0
    assert Path("precious.json").exists()


def test_a_file_is_no_folder(fluxhound: Fluxhound, saved: str) -> None:
    status, _, err = fluxhound("share", "feed", saved, "--from", saved)
    assert status == 2
    assert "this is no folder" in err
