from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fluxhound.cli.contacts import found_names
from fluxhound.history.audit import first_broken
from fluxhound.history.clientkey import load_key
from fluxhound.history.clients import pseudonym_text
from fluxhound.history.functions import client_pseudonym

Fluxhound = Callable[..., tuple[int, str, str]]

DNS = (
    "time,name,type,answers,ttl,client\n"
    '1700000000,evil.example,A,"192.0.2.1,192.0.2.2",300,10.0.0.1\n'
    "1700000000,good.example,A,192.0.2.2,300,10.0.0.2\n"
)
CONN = (
    "#path\tconn\n#fields\tts\tid.orig_h\tid.resp_h\tid.resp_p\tproto\tconn_state\torig_ip_bytes"
    "\tresp_ip_bytes\n"
    "1700000010\t10.0.0.1\t192.0.2.1\t443\ttcp\tSF\t1000\t234\n"
    "1700000011\t10.0.0.2\t192.0.2.2\t443\ttcp\tSF\t10\t20\n"
    "1700000012\t10.0.0.3\t203.0.113.9\t443\ttcp\tSF\t10\t20\n"
)
MAILS = "recipient,url\nann@corp.example,http://evil.example/invoice\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder with DNS, flows, mails, and a key."""
    for name, text in (("dns.csv", DNS), ("conn.log", CONN), ("mails.csv", MAILS)):
        (tmp_path / name).write_text(text)
    load_key(tmp_path / "key")
    return tmp_path


def given(folder: Path, *more: str, names: tuple[str, ...] = ("evil[.]example",)) -> list[str]:
    return [
        "contacts", *names, "--flows", str(folder / "conn.log"), "--dns", str(folder / "dns.csv"),
        *more,
    ]  # fmt: skip


def documents(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_who_connected(fluxhound: Fluxhound, folder: Path) -> None:
    status, out, _ = fluxhound(*given(folder))
    assert status == 0
    one, two = documents(out)
    assert (one["name"], one["connections"], one["octets"]) == ("evil.example", 1, 1234)
    assert (one["asked"], one["weak"], one["addresses"]) == (True, False, ["192.0.2.1"])
    assert (two["asked"], two["weak"], two["shared"]) == (False, True, 1)
    assert "10.0.0." not in out


def test_for_people_and_for_spreadsheets(fluxhound: Fluxhound, folder: Path) -> None:
    mails = ("--urls", str(folder / "mails.csv"))
    table = fluxhound(*given(folder, *mails, "--format", "table"))[1]
    assert table.startswith("2 clients connected to answers of 1 name, 1 of them without doubt")
    assert "evil[.]example" in table
    assert "weak: other names, too" in table
    assert "recipient of mail" in table
    rows = list(
        csv.DictReader(io.StringIO(fluxhound(*given(folder, *mails, "--format", "csv"))[1]))
    )
    assert len(rows) == 3
    assert rows[-1]["urls"] == "http://evil.example/invoice"
    assert "ann@" not in table


def test_a_store_stands_for_its_inputs(fluxhound: Fluxhound, folder: Path) -> None:
    store = str(folder / "flux.duckdb")
    first = fluxhound(*given(folder, "--store", store))[1]
    again = fluxhound(
        "contacts", "evil.example", "--store", store, "--flows", str(folder / "conn.log")
    )  # fmt: skip
    assert again[0] == 0
    assert documents(again[1]) == documents(first)


def test_askers_that_did_no_more(fluxhound: Fluxhound, folder: Path) -> None:
    more = "1700000001,evil.example,A,192.0.2.1,300,10.0.0.9\n"
    (folder / "dns.csv").write_text(DNS + more)
    table = fluxhound(*given(folder, "--askers", "--format", "table"))[1]
    assert table.count("asked only") == 1
    rows = documents(fluxhound(*given(folder, "--askers"))[1])
    assert [(row["asked"], row["connections"]) for row in rows] == [
        (True, 1),
        (False, 1),
        (True, 0),
    ]


def test_with_the_key_clients_have_its_pseudonyms_or_are_identified(
    fluxhound: Fluxhound, folder: Path
) -> None:
    key = ("--key", str(folder / "key"))
    pseudonym = pseudonym_text(client_pseudonym("10.0.0.1", load_key(folder / "key")))
    store = ("--store", str(folder / "flux.duckdb"))
    out = fluxhound(*given(folder, *store, "--identify", *key, "--reason", "case 7"))[1]
    assert [each["client"] for each in documents(out)] == ["10.0.0.1", "10.0.0.2"]
    log = folder / "flux.duckdb.audit.jsonl"
    assert first_broken(log) is None
    assert "case 7" in log.read_text()
    status, out, _ = fluxhound(*given(folder, *key, "--identify"))
    assert (status, out) == (2, "")
    clients = documents(fluxhound(*given(folder, *store), "--config", _settings(folder))[1])
    assert clients[0]["client"] == pseudonym


def _settings(folder: Path) -> str:
    path = folder / "settings.toml"
    path.write_text(f'[clients]\nkey_file = "{folder / "key"}"\n')
    return str(path)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--identify",), "only with the key"),
        (("--identify", "--key", "KEY"), "Say why"),
        (("--key", "KEY", "--reason", "x"), ""),
    ],
)
def test_identifying_needs_a_key_and_a_reason(
    fluxhound: Fluxhound, folder: Path, more: tuple[str, ...], says: str
) -> None:
    words = [str(folder / "key") if word == "KEY" else word for word in more]
    status, _, err = fluxhound(*given(folder, *words))
    assert status == (2 if says else 0)
    assert says in err


def test_what_is_missing_is_said(fluxhound: Fluxhound, folder: Path) -> None:
    status, _, err = fluxhound("contacts", "evil.example", "--dns", str(folder / "dns.csv"))
    assert (status, "--flows" in err) == (2, True)
    status, _, err = fluxhound("contacts", "evil.example", "--flows", str(folder / "conn.log"))
    assert (status, "--store" in err) == (2, True)
    status, _, err = fluxhound(
        "contacts", "x.example", "--flows", str(folder / "none"), "--dns", str(folder / "dns.csv")
    )  # fmt: skip
    assert (status, "cannot be read" in err) == (3, True)


def test_names_come_from_the_findings(fluxhound: Fluxhound, folder: Path) -> None:
    status, out, _ = fluxhound(*given(folder, names=()))
    assert (status, out) == (0, "")
    assert found_names([]) == []
