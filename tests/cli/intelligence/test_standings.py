from __future__ import annotations

import json

import pytest

from fluxhound.cli.intelligence.standings import print_standings, status_of, tell
from fluxhound.intel.documents import source_document
from fluxhound.intel.source import Source, Standing

GIVEN = {"config": None, "format": "jsonl"}
SOURCE = Source(name="a", location="https://feeds.example/", secret_file="file")  # noqa: S106 - made up
FETCHED = source_document(SOURCE, Standing(tried=1_706_004_000.0)) | {
    "notes": ["a: 2 refused: no indicator"],
    "sightings": [{"seen": "b.example", "sentence": "b.example was seen"}],
    "more_sightings": 4,
}


def test_what_fetching_brought_is_told_apart(capfd: pytest.CaptureFixture[str]) -> None:
    print_standings([FETCHED], GIVEN)
    tell(FETCHED, GIVEN)
    out, err = capfd.readouterr()
    assert "notes" not in json.loads(out)
    assert err.splitlines() == [
        "a: 2 refused: no indicator",
        "a: b[.]example was seen.",
        "a: 4 more were seen before.",
    ]
    tell(FETCHED, GIVEN | {"quiet": True})
    assert "refused" not in capfd.readouterr().err


def test_the_next_fetch_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    print_standings([FETCHED, source_document(SOURCE, Standing())], GIVEN | {"format": "table"})
    lines = capsys.readouterr().out.splitlines()
    assert "2024-01-23T16:00:00Z" in lines[1]
    assert lines[2].split()[4:6] == ["never", "now"]


@pytest.mark.parametrize(("state", "status"), [("failing", 3), ("good", 0), ("held", 0)])
def test_a_failure_has_its_status(state: str, status: int) -> None:
    assert status_of([FETCHED | {"state": state}]) == status
