from __future__ import annotations

import os
import shutil
import signal
import socket
from pathlib import Path

import pytest

from fluxhound.errors import StoreError, UsageError
from fluxhound.response.sinkhole import sinkhole
from fluxhound.response.sinkhole.limits import Limits, Place, Setup
from fluxhound.response.sinkhole.sinkhole import Sinkhole
from fluxhound.response.sinkhole.visits import reading
from tests.response.sinkhole.running import Running, Served, everything, sealed
from tests.servers.namespace import usable

GET = b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"


def test_one_of_everything(tmp_path: Path) -> None:
    with Running(tmp_path / "x", "127.0.0.1:0", "[::1]:0", contact="Call 4711") as running:
        assert b"Call 4711" in running.ask(GET)
        with running.connect() as connection, sealed(connection, "evil.example") as talk:
            talk.sendall(GET)
            assert everything(talk)
        running.ask(b"bot\r\n")
        assert [each.address for each in running.sinkhole.places] == ["127.0.0.1", "::1"]
        assert running.sinkhole.certificates.made == 2
        running.stop()
        assert running.sinkhole.counts.protocols == {"http": 1, "https": 1, "other": 1}
        assert running.sinkhole.connections == 0
        assert running.sinkhole.written().visits == 3
    with reading(running.setup.store_path) as connection_:
        found = connection_.execute("SELECT name, protocol, count FROM visit ORDER BY protocol")
        assert found.fetchall() == [
            ("evil.example", "http", 1),
            ("evil.example", "https", 1),
            ("", "other", 1),
        ]


def test_whoever_is_connected_at_the_end_is_recorded(tmp_path: Path) -> None:
    running = Running(tmp_path / "x", limits=Limits())
    with running, running.connect() as connection:
        connection.sendall(GET[:10])
        with running.connect():  # is taken after the first
            pass
        visits = running.visits()
        assert everything(connection) == b""
    assert "stopped" in {each["end"] for each in visits}


def test_it_may_be_stopped_before_it_runs(tmp_path: Path) -> None:
    made = Sinkhole(Setup(places=(Place(address="127.0.0.1", port=0),), folder=tmp_path / "x"))
    made.stop()
    made.run()
    made.stop()


def test_what_cannot_be_used_is_told_before_anything_is_answered(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere to listen"):
        Sinkhole(Setup(places=(), folder=tmp_path / "x"))
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        Sinkhole(Setup(places=(Place(address="127.0.0.1", port=0),), folder=tmp_path / "file"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        place = Place(address="127.0.0.1", port=port)
        with pytest.raises(UsageError, match=f"127.0.0.1 port {port} cannot be listened at"):
            Sinkhole(Setup(places=(place,), folder=tmp_path / "x"))
    (tmp_path / "x" / "visits.jsonl").mkdir(parents=True)
    with pytest.raises(StoreError, match="log of visits"):
        Sinkhole(Setup(places=(Place(address="127.0.0.1", port=0),), folder=tmp_path / "x"))


def test_a_sinkhole_that_records_nothing_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(address="127.0.0.1", port=0)
    made = Sinkhole(Setup(places=(place,), folder=tmp_path / "x"))
    monkeypatch.setattr(sinkhole, "_LOOK_S", 0.05)
    monkeypatch.setattr(made._recorder, "start", lambda: None)
    with pytest.raises(StoreError, match="start the sinkhole again"):
        made.run()
    made._recorder._store.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_program_ends_cleanly_when_told(number: signal.Signals, tmp_path: Path) -> None:
    with Served(tmp_path / "x") as served:
        with socket.create_connection(served.place) as connection:
            connection.sendall(GET)
            assert everything(connection).startswith(b"HTTP/1.1 403")
        with socket.create_connection(served.place):
            status, messages = served.end(number)
    assert status == 0
    assert "Traceback" not in messages
    assert len((tmp_path / "x" / "visits.jsonl").read_text().splitlines()) == 2
    assert not (tmp_path / "x" / "sinkhole.sqlite-wal").exists()


def test_the_program_goes_on_with_a_new_log_after_sighup(tmp_path: Path) -> None:
    log = tmp_path / "x" / "visits.jsonl"
    with Served(tmp_path / "x") as served:
        log.rename(log.with_suffix(".1"))
        served.running.send_signal(signal.SIGHUP)
        with socket.create_connection(served.place) as connection:
            connection.sendall(GET)
            everything(connection)
        assert served.end()[0] == 0
    assert log.exists()


@pytest.mark.skipif(not (usable() and shutil.which("mount")), reason="no rights to mount a disk")
def test_a_full_disk_ends_nothing_and_the_counts_go_on(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    script = f'mount -t tmpfs -o size=400k disk {small} && exec "$@"'
    with Served(small / "x", before=("unshare", "--mount", "sh", "-c", script, "sh")) as served:
        disk = Path(f"/proc/{served.running.pid}/root{small}")
        with pytest.raises(OSError, match="No space"):
            (disk / "filler").write_bytes(b"x" * 500_000)
        for _ in range(30):
            with socket.create_connection(served.place) as connection:
                connection.sendall(GET)
                assert everything(connection).startswith(b"HTTP/1.1 403")
        assert served.running.stderr
        told = next(line for line in served.running.stderr if "visits cannot be written" in line)
        assert "what is counted meanwhile is kept" in told
        (disk / "filler").unlink()
        served.running.send_signal(signal.SIGTERM)
        kept = os.open(disk / "x", os.O_RDONLY)  # outlives the process that mounted it
        assert served.running.wait(20) == 0
    with os.fdopen(os.open("sinkhole.sqlite", os.O_RDONLY, dir_fd=kept), "rb") as file:
        (tmp_path / "copy").write_bytes(file.read())
    os.close(kept)
    with reading(tmp_path / "copy") as found:
        assert found.execute("SELECT name, count FROM visit").fetchall() == [("evil.example", 30)]
