from __future__ import annotations

import pyarrow as pa
import pytest

from fluxhound.history.store import Store
from fluxhound.intel import receipts
from fluxhound.intel.receipts import Receipt, Receipts
from fluxhound.sources.urls.link import LINK


def row(host: str, *, client: str | None = None, to: str | None = None) -> dict[str, object]:
    return {
        "time": 5.0, "client": client, "recipient": to, "host": host, "url": f"http://{host}/",
    }  # fmt: skip


def found(*rows: dict[str, object]) -> tuple[Receipt, ...]:
    with Store() as store:
        taken = Receipts(store.connection, ["evil.example", "xn--bcher-kva.example"])
        taken.take_all([pa.RecordBatch.from_pylist([each], schema=LINK) for each in rows])
        return taken.finish()


def test_who_received_what() -> None:
    one, two = found(
        row("www.evil.example", to="a@corp.example"),
        row("evil.example", to="a@corp.example"),
        row("evil.example", client="10.0.0.1"),
        row("notevil.example", client="10.0.0.1"),
        row("evil.example"),
    )
    assert (one.party, one.recipient, one.count, one.first) == ("a@corp.example", True, 2, 5.0)
    assert one.urls == ("http://evil.example/", "http://www.evil.example/")
    assert (two.party, two.recipient, two.count) == ("10.0.0.1", False, 1)


def test_hosts_are_compared_in_their_one_form() -> None:
    (one,) = found(row("WWW.b\u00fccher.example", client="10.0.0.1"))
    assert one.name == "xn--bcher-kva.example"


def test_rows_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "MOST_KEPT", 2)
    (one,) = found(*[row("evil.example", client="10.0.0.1")] * 5)
    assert one.count == 2
