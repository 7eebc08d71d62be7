from __future__ import annotations

import json
from datetime import UTC, datetime

from fluxhound.intel.deciding import Opinion, Reason, Stand
from fluxhound.intel.documents import (
    entry_document,
    iso,
    opinion_document,
    sighting_document,
    source_document,
)
from fluxhound.intel.entries import make_entry
from fluxhound.intel.hindsight import Sighting
from fluxhound.intel.indicator import Kind
from fluxhound.intel.matching import How
from fluxhound.intel.source import Source, Standing

NOW = 1_706_004_000.0


def test_times_are_written_in_utc() -> None:
    assert iso(NOW) == "2024-01-23T10:00:00Z"
    assert iso(None) is None


def test_a_source_tells_its_next_fetch_and_never_its_secret() -> None:
    source = Source(name="a", location="https://feeds.example/", secret_file="file")  # noqa: S106 - made up
    new = source_document(source, Standing())
    assert "secret_file" not in new
    assert (new["state"], new["fetched"], new["next"], new["trust"]) == ("new", None, None, 60)
    assert source_document(source, Standing(tried=NOW))["next"] == "2024-01-23T16:00:00Z"


def test_an_entry_tells_whether_it_is_over() -> None:
    entry = make_entry(
        "a.example", allow=True, reason="x", owner="me", created=NOW, expires=NOW + 5
    )
    assert not entry_document(entry, now=NOW)["expired"]
    assert entry_document(entry, now=NOW + 5)["expired"]


def test_everything_is_json() -> None:
    reason = Reason(
        stand=Stand.LISTED, source="feed", value="a.example", kind=Kind.DOMAIN, how=How.EXACT
    )
    opinion = Opinion(name="a.example", stand=Stand.LISTED, reasons=(reason,), weight=0.123456)
    seen = Sighting(
        seen="a.example",
        where="name",
        indicator="a.example",
        kind=Kind.DOMAIN,
        how=How.EXACT,
        source="feed",
        days=1,
        responses=2,
        first=datetime.fromtimestamp(NOW, UTC),
        last=datetime.fromtimestamp(NOW, UTC),
        clients=None,
    )
    told = json.loads(json.dumps([opinion_document(opinion), sighting_document(seen)]))
    assert (told[0]["stand"], told[0]["blocks"], told[0]["weight"]) == ("listed", True, 0.1235)
    assert told[1]["sentence"] == "a.example was seen on 1 day before it was known"
