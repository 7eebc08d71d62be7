from __future__ import annotations

from fluxhound.cli.intelligence.standings import row
from fluxhound.intel.source import Source, Standing


def test_a_source_never_shows_its_secret() -> None:
    source = Source(name="a", location="https://feeds.example/", secret_file="file")  # noqa: S106 - made up
    written = row(source, Standing())
    assert "secret_file" not in written
    assert (written["state"], written["fetched"], written["trust"]) == ("new", None, 60)
