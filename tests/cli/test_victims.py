from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

from fluxhound.cli import remote
from fluxhound.cli.victims import command
from fluxhound.errors import FluxhoundError
from fluxhound.history.audit import first_broken
from fluxhound.history.clientkey import load_key
from fluxhound.history.clients import Askers
from fluxhound.history.store import Store
from fluxhound.history.whoasked import Asker, WhoAsked
from tests.cli.calling import call
from tests.response.sinkhole.making import NOW, asking, stored


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """A sinkhole's folder, and beside it a history with its key."""
    (tmp_path / "sinkhole").mkdir()
    stored(
        tmp_path / "sinkhole" / "sinkhole.sqlite",
        asking("evil.example", "10.0.0.7"),
        asking("evil.example", "10.0.0.8", at=60),
        asking("evil.example", "8.8.8.8", at=60),
    )
    asked = {"name": ["evil.example"], "client": ["10.0.0.7"], "time": [NOW - 3.0]}
    with Store(tmp_path / "flux.duckdb") as store:
        askers = Askers(store, key=load_key(tmp_path / "key"))
        with store.transaction():
            askers.add(pa.table(asked), source=1)
        row = ("abcd1234", "192.0.2.1", "evil.example", NOW)
        store.connection.execute("INSERT INTO network_unit VALUES (?, ?, ?, ?)", row)
    return str(tmp_path / "sinkhole")


def documents(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


def test_who_is_infected(folder: str) -> None:
    status, out = call(command, "--folder", folder)
    assert status == 0
    assert [each["client"] for each in documents(out)] == ["10.0.0.8", "10.0.0.7"]
    everybody = call(command, "--folder", folder, "--all")[1]
    assert [each["kind"] for each in documents(everybody)] == ["victim", "victim", "outside"]


def test_with_the_history(folder: str, tmp_path: Path) -> None:
    where = ("--store", str(tmp_path / "flux.duckdb"), "--key", str(tmp_path / "key"))
    found = {
        str(each["client"]): each
        for each in documents(call(command, "--folder", folder, *where)[1])
    }
    assert found["10.0.0.7"]["networks"] == ["abcd1234"]
    assert "it asked our DNS for evil.example" in str(found["10.0.0.7"]["reasons"])
    assert found["10.0.0.8"]["kind"] == "unclear"
    audit = tmp_path / "flux.duckdb.audit.jsonl"
    assert first_broken(audit) is None
    (line,) = documents(audit.read_text())
    assert (line["identified"], line["tried"]) == (1, "clients of the sinkhole")


def test_without_the_key_nobody_is_recognised(folder: str, tmp_path: Path) -> None:
    out = call(command, "--folder", folder, "--store", str(tmp_path / "flux.duckdb"))[1]
    assert [each["asked"] for each in documents(out)] == [[], []]
    assert not (tmp_path / "flux.duckdb.audit.jsonl").exists()


def test_with_a_service(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(url: str, token: str, name: str, *, since: object) -> WhoAsked:
        assert (url, token, since) == ("http://127.0.0.1:1", "secret", None)
        asker = Asker(client="10.0.0.7", first=NOW - 3, last=NOW, count=1, names=(name,))
        return WhoAsked(name=name, clients=(asker,), capped=False, count=1)

    monkeypatch.setattr(remote, "ask_service", ask)
    (tmp_path / "token").write_text("secret\n")
    where = ("--url", "http://127.0.0.1:1", "--token-file", str(tmp_path / "token"))
    out = call(command, "--folder", folder, *where)[1]
    assert "it asked our DNS" in out


def test_stix_names_no_client_unless_told(folder: str) -> None:
    out = call(command, "--folder", folder, "--format", "stix")[1]
    assert "10.0.0." not in out
    assert [each["type"] for each in json.loads(out)["objects"]] == ["indicator", "sighting"]
    out = call(command, "--folder", folder, "--format", "stix", "--with-clients")[1]
    assert "10.0.0.7" in out
    assert "8.8.8.8" not in out


@pytest.mark.parametrize("kind", ["table", "csv", "jsonl"])
def test_every_format(folder: str, kind: str) -> None:
    status, out = call(command, "--folder", folder, "--format", kind, "--own", "10.0.0.0/8")
    assert status == 0
    assert "10.0.0.7" in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--own", "10.0.0.0/99"), "is no network"),
        (("--since", "soon"), "--since 'soon' is not a time"),
        (("--with-clients",), "--with-clients is for --format stix"),
        (("--store", "none.duckdb"), "there is no store"),
        (("--store", "a", "--url", "b"), "not both"),
        (("--url", "http://127.0.0.1:1"), "--token-file"),
        (("--key", "key"), "say where to look"),
    ],
)
def test_what_makes_no_sense_is_told(folder: str, words: tuple[str, ...], message: str) -> None:
    with pytest.raises(FluxhoundError, match=message):
        call(command, "--folder", folder, *words)


def test_a_key_of_another_history_is_refused(folder: str, tmp_path: Path) -> None:
    load_key(tmp_path / "other")
    where = ("--store", str(tmp_path / "flux.duckdb"), "--key", str(tmp_path / "other"))
    with pytest.raises(FluxhoundError, match="not hashed with this key"):
        call(command, "--folder", folder, *where)


def test_a_folder_without_a_sinkhole(tmp_path: Path) -> None:
    with pytest.raises(FluxhoundError, match="no sinkhole has written here"):
        call(command, "--folder", str(tmp_path))


def test_since(folder: str) -> None:
    assert call(command, "--folder", folder, "--since", "2027-01-15T08:00:30")[1].count("\n") == 1
