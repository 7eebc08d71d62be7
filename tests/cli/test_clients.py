from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from fluxhound.cli import remote
from fluxhound.errors import StoreError
from fluxhound.history.audit import first_broken
from fluxhound.history.clientkey import load_key
from fluxhound.history.clients import Askers
from fluxhound.history.store import Store
from fluxhound.history.whoasked import WhoAsked, who_asked

Fluxhound = Callable[..., tuple[int, str, str]]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Make a store of three clients in three names, and the key beside it."""
    path = tmp_path / "flux.duckdb"
    rows = [
        ("evil.example", "10.1.2.3", 1000.0),
        ("www.evil.example", "10.1.2.3", 2000.0),
        ("evil.example", "2001:db8::7", 3000.0),
        ("good.example", "10.1.2.4", 3000.0),
    ]
    columns = zip(*rows, strict=True)
    asked = {n: pa.array(c) for n, c in zip(("name", "client", "time"), columns, strict=True)}
    with Store(path) as opened:
        askers = Askers(opened, key=load_key(tmp_path / "key"))
        with opened.transaction():
            askers.add(pa.table(asked), source=1)
    return path


def clients(out: str) -> list[str]:
    return [json.loads(line)["client"] for line in out.splitlines()]


def identifying(store: Path, *tried: str) -> list[str]:
    options = [part for each in tried for part in ("--identify", each)]
    return [
        "clients", "evil.example", "--store", str(store), "--key", str(store.parent / "key"),
        "--reason", "case 4711", *options,
    ]  # fmt: skip


def audit(store: Path) -> list[dict[str, object]]:
    path = store.with_name("flux.duckdb.audit.jsonl")
    assert not path.exists() or first_broken(path) is None
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_who_asked_is_told_without_addresses(fluxhound: Fluxhound, store: Path) -> None:
    status, out, err = fluxhound("clients", "hxxp://Evil[.]example/a", "--store", str(store))
    assert (status, err) == (0, "")
    assert len(clients(out)) == 2
    assert all(len(client) == 16 for client in clients(out))
    assert "10.1.2.3" not in out
    assert audit(store) == []


def test_for_people_and_for_spreadsheets(fluxhound: Fluxhound, store: Path) -> None:
    given = ("clients", "evil.example", "--store", str(store), "--format")
    table = fluxhound(*given, "table")[1]
    assert table.startswith("evil[.]example: 2 clients asked 3 times.\nCLIENT")
    assert "evil.example" in fluxhound(*given, "table", "--no-defang")[1]
    rows = list(csv.reader(io.StringIO(fluxhound(*given, "csv")[1])))
    assert rows[0] == ["client", "first", "last", "count", "names"]
    assert len(rows) == 3


def test_names_are_compared_in_their_one_form(fluxhound: Fluxhound, store: Path) -> None:
    out = fluxhound("clients", "bücher.example", "--store", str(store), "--format", "table")[1]
    assert out.startswith("xn--bcher-kva[.]example: no client")


def test_since(fluxhound: Fluxhound, store: Path) -> None:
    given = ("clients", "evil.example", "--store", str(store), "--since")
    assert len(clients(fluxhound(*given, "1970-01-01T00:40:00")[1])) == 1
    assert clients(fluxhound(*given, "7d")[1]) == []
    assert fluxhound(*given, "yesterdayish")[0] == 2


def test_clients_are_identified_with_the_key_and_it_is_written_down(
    fluxhound: Fluxhound, store: Path, tmp_path: Path
) -> None:
    (tmp_path / "hosts").write_text("2001:db8::7\n")
    status, out, _ = fluxhound(*identifying(store, "10.1.0.0/16", str(tmp_path / "hosts")))
    assert status == 0
    assert sorted(clients(out)) == ["10.1.2.3", "2001:db8::7"]
    (line,) = audit(store)
    told = {key: line[key] for key in ("name", "clients", "identified", "reason")}
    assert told == {"name": "evil.example", "clients": 2, "identified": 2, "reason": "case 4711"}
    assert line["user"]
    assert line["host"]
    fluxhound(*identifying(store, "192.0.2.0/24"))
    assert [each["identified"] for each in audit(store)] == [2, 0]


def test_without_the_audit_log_nobody_is_identified(fluxhound: Fluxhound, store: Path) -> None:
    store.with_name("flux.duckdb.audit.jsonl").mkdir()
    status, out, err = fluxhound(*identifying(store, "10.1.0.0/16"))
    assert (status, out) == (2, "")
    assert "no client is identified" in err


def test_another_key_is_told_and_none_is_made(
    fluxhound: Fluxhound, store: Path, tmp_path: Path
) -> None:
    given = identifying(store, "10.1.0.0/16")
    load_key(tmp_path / "other")
    at = given.index("--key") + 1
    status, out, err = fluxhound(*given[:at], str(tmp_path / "other"), *given[at + 1 :])
    assert (status, out) == (2, "")
    assert "not hashed with this key" in err
    status, _, err = fluxhound(*given[:at], str(tmp_path / "missing"), *given[at + 1 :])
    assert (status, "No such file" in err) == (2, True)
    assert not (tmp_path / "missing").exists()
    assert audit(store) == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "a --store that exists"),
        (("--store", "missing"), "a --store that exists"),
        (("--key", "k"), "--key and --reason are for --identify"),
        (("--identify", "10.0.0.0/8", "--reason", "x"), "add --key"),
        (("--identify", "10.0.0.0/8", "--key", "k"), "add --reason"),
        (("--identify", "10.0.0.0/8", "--key", "k", "--reason", " "), "add --reason"),
        (("--url", "http://127.0.0.1:1"), "--token-file"),
        (("--url", "http://127.0.0.1:1", "--token-file", "t", "--store", "s"), "not both"),
        (("--url", "http://127.0.0.1:1", "--token-file", "missing"), "token cannot be read"),
    ],
)
def test_what_is_missing_is_told(fluxhound: Fluxhound, options: tuple[str, ...], told: str) -> None:
    status, out, err = fluxhound("clients", "evil.example", *options)
    assert (status, out) == (2, "")
    assert told in err
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize(
    ("tried", "told"), [("10.0.0.0/7", "too many addresses"), ("nonsense", "no network")]
)
def test_wrong_addresses_are_told_before_anything_is_written(
    fluxhound: Fluxhound, store: Path, tried: str, told: str
) -> None:
    status, out, err = fluxhound(*identifying(store, "10.1.0.0/16", tried))
    assert (status, out) == (2, "")
    assert told in err
    assert audit(store) == []


def test_a_store_in_use_points_to_the_service(fluxhound: Fluxhound, store: Path) -> None:
    code = """
import pathlib, sys
from fluxhound.history.store import Store
with Store(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
    holder = subprocess.Popen(
        [sys.executable, "-c", code, store], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    try:
        status, _, err = fluxhound("clients", "evil.example", "--store", str(store))
    finally:
        holder.communicate()
    assert status == 2
    assert "in use by another process" in err
    assert "--url URL" in err


def test_a_running_service_is_asked_and_its_clients_are_identified_here(
    fluxhound: Fluxhound, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(store) as opened:
        found = who_asked(opened.connection, "evil.example")
    asked: list[tuple[str, str, str]] = []

    def stand_in(url: str, token: str, name: str, *, since: object) -> WhoAsked:
        asked.append((url, token, name))
        return found

    monkeypatch.setattr(remote, "ask_service", stand_in)
    (tmp_path / "token").write_text("secret\n")
    given = (
        "clients", "evil.example", "--url", "http://127.0.0.1:1", "--token-file", "token",
        "--identify", "10.1.0.0/16", "--key", "key", "--reason", "case 4711",
    )  # fmt: skip
    status, out, _ = fluxhound(*given)
    assert status == 0
    assert asked == [("http://127.0.0.1:1", "secret", "evil.example")]
    assert "10.1.2.3" in clients(out)
    assert first_broken(tmp_path / "key.audit.jsonl") is None


def test_what_a_service_refuses_is_told(
    fluxhound: Fluxhound, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object, **__: object) -> WhoAsked:
        raise StoreError("refused \x1b[31m")

    monkeypatch.setattr(remote, "ask_service", refuses)
    (tmp_path / "token").write_text("secret\n")
    status, _, err = fluxhound("clients", "a", "--url", "http://[::1]", "--token-file", "token")
    assert status == 2
    assert "\x1b" not in err


def test_the_account_behind_sudo_is_written_down(
    fluxhound: Fluxhound, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "SUDO_USER", "ana")
    fluxhound(*identifying(store, "10.1.0.0/16"))
    assert "(sudo: ana)" in str(audit(store)[0]["user"])
