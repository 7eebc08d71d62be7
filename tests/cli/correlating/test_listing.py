from __future__ import annotations

import json

from fluxhound.cli.correlating.listing import (
    COLUMNS,
    SPREAD_WORDS,
    URL_COLUMNS,
    render_csv,
    render_jsonl,
    render_table,
)
from fluxhound.intel.contacts import Contact
from fluxhound.intel.involved import Involved
from fluxhound.intel.receipts import Receipt

CONTACT = Contact(
    name="evil.example", client="x", first=1.0, last=2.0, connections=1200, established=None,
    octets=None, addresses=tuple(f"192.0.2.{n}" for n in range(6)), shared=1, within=6,
)  # fmt: skip
RECEIPT = Receipt(
    name="evil.example", party="x", recipient=True, count=2, first=1.0, last=1.0,
    urls=("http://evil.example/\x1b",),
)  # fmt: skip
ROWS = (
    Involved(name="evil.example", client="00ff", recipient=False, asked=True, contact=CONTACT),
    Involved(name="evil.example", client="=1+1", recipient=True, asked=None, receipt=RECEIPT),
)


def test_the_table_escapes_and_remarks() -> None:
    table = render_table(ROWS, "Two.", defanged=True, urls=True, full=True)
    assert table.startswith("Two.\nNAME")
    assert "6 addresses in 10 minutes" in table
    assert "6 (1 shared)" in table
    assert "1,200" in table
    assert "\x1b" not in table
    assert SPREAD_WORDS == "5 addresses within 10 minutes"
    assert render_table((), "None.", defanged=True, urls=False, full=False) == "None.\n"


def test_csv_and_json_hold_the_same() -> None:
    lines = render_csv(ROWS, urls=True).splitlines()
    assert lines[0].split(",") == [*COLUMNS, *URL_COLUMNS]
    assert "'=1+1" in lines[2]
    assert render_csv(ROWS, urls=False).splitlines()[0].split(",") == list(COLUMNS)
    documents = [json.loads(line) for line in render_jsonl(ROWS)]
    assert documents[0]["spread"] is True
    assert set(documents[0]) == {*COLUMNS, *URL_COLUMNS}
