from __future__ import annotations

import pyarrow as pa

from fluxhound.history.clients import Askers, pseudonym_text
from fluxhound.history.functions import client_pseudonym
from fluxhound.history.store import Store
from fluxhound.intel.pseudonyms import Pseudonyms

KEY = bytes(range(32))
ASK = "INSERT INTO asked SELECT 'www.evil.example', client_pseudonym('10.0.0.1'), 1"


def test_nothing_is_known_of_an_empty_store() -> None:
    with Store() as store:
        told = Pseudonyms(store.connection)
        assert told.asked("evil.example", "10.0.0.1") is None
        assert len(told.of("10.0.0.1")) == 16
        assert told.of("10.0.0.1") != told.of("10.0.0.2")


def test_clients_of_files_are_recognised() -> None:
    with Store() as store:
        store.connection.execute(ASK)
        told = Pseudonyms(store.connection)
        assert told.asked("evil.example", "10.0.0.1") is True
        assert told.asked("evil.example", "10.0.0.2") is False
        assert told.asked("vil.example", "10.0.0.1") is False
        client = store.connection.execute("SELECT client FROM asked").fetchall()[0][0]
        assert told.of("10.0.0.1") == pseudonym_text(client)


def test_live_clients_are_recognised_with_the_key() -> None:
    asked = pa.table({"name": ["evil.example"], "client": ["2001:DB8:0::1"], "time": [1.0]})
    with Store() as store:
        askers = Askers(store, key=KEY)
        with store.transaction():
            askers.add(asked, source=1)
        assert Pseudonyms(store.connection).asked("evil.example", "2001:db8::1") is None
        told = Pseudonyms(store.connection, KEY)
        assert told.asked("evil.example", "2001:db8::1") is True
        assert told.of("2001:db8::1") in told.every("2001:DB8:0::1")
        assert told.of("2001:db8::1") == pseudonym_text(client_pseudonym("2001:db8::1", KEY))
