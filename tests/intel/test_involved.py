from __future__ import annotations

from fluxhound.history.store import Store
from fluxhound.history.whoasked import Asker, WhoAsked
from fluxhound.intel.contacts import Contact
from fluxhound.intel.involved import involved
from fluxhound.intel.pseudonyms import Pseudonyms
from fluxhound.intel.receipts import Receipt

CONTACT = Contact(
    name="evil.example", client="10.0.0.1", first=1.0, last=2.0, connections=3, established=3,
    octets=9, addresses=("192.0.2.1",), shared=0, within=1,
)  # fmt: skip
FETCHED = Receipt(
    name="evil.example", party="10.0.0.1", recipient=False, count=2, first=1.0, last=2.0,
    urls=("http://evil.example/",),
)  # fmt: skip
SENT = Receipt(
    name="evil.example", party="a@corp.example", recipient=True, count=1, first=None, last=None,
    urls=(),
)  # fmt: skip


def test_a_client_stands_in_one_row_and_a_recipient_in_another() -> None:
    with Store() as store:
        told = Pseudonyms(store.connection)
        one, two = involved([CONTACT], [FETCHED, SENT], told, identified=True)
        assert (one.client, one.contact, one.receipt) == ("10.0.0.1", CONTACT, FETCHED)
        assert (two.client, two.contact, two.recipient) == ("a@corp.example", None, True)
        assert two.document()["received_first"] is None
        assert one.document()["first"] == "1970-01-01T00:00:01Z"


def test_nobody_is_named_by_default() -> None:
    with Store() as store:
        rows = involved([CONTACT], [FETCHED, SENT], Pseudonyms(store.connection), identified=False)
        text = str([row.document() for row in rows])
        assert "10.0.0.1" not in text
        assert "corp.example" not in text


def test_who_asked_and_did_no_more_follows() -> None:
    def asker(client: str) -> Asker:
        return Asker(client=client, first=None, last=None, count=None, names=())

    with Store() as store:
        told = Pseudonyms(store.connection)
        clients = (told.of("10.0.0.1"), told.of("10.0.0.2"), "10.0.0.3")
        found = WhoAsked(
            name="evil.example", clients=tuple(map(asker, clients)), capped=False, count=3
        )
        rows = involved([CONTACT], [], told, identified=False, askers=[found])
        assert [row.client for row in rows] == [*clients[:2], told.of("10.0.0.3")]
        assert [row.asked for row in rows[1:]] == [True, True]
