"""Listening: addresses as text, sockets in the file system, ports, and what is in the way."""

import socket
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.errors import ConfigurationError, UnreadableInputError
from fluxhound.sources.sockets import InUseError, TcpAddress, UnixAddress, address_of, listening


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("unix:/run/x.sock", UnixAddress(Path("/run/x.sock"))),
        ("unix:///run/x.sock", UnixAddress(Path("/run/x.sock"))),
        ("tcp://127.0.0.1:6000", TcpAddress("127.0.0.1", 6000)),
        ("tcp://[::1]:6000", TcpAddress("::1", 6000)),
        ("tcp://localhost:0", TcpAddress("localhost", 0)),
    ],
)
def test_addresses_are_read(text: str, address: UnixAddress | TcpAddress) -> None:
    assert address_of(text) == address
    assert address_of(str(address)) == address


@pytest.mark.parametrize(
    "text",
    ["", "unix:", "/run/x", "tcp://:1", "tcp://a", "tcp://a:70000", "tcp://a:x", "udp://a:1"],
)
def test_other_text_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"unix:/run/fluxhound/dnstap\.sock"):
        address_of(text)


@given(st.text())
def test_any_text_is_an_address_or_refused(text: str) -> None:
    for kind in ("", "unix:", "tcp://"):
        try:
            address_of(kind + text)
        except ConfigurationError:
            continue


def test_socket_has_its_mode_and_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "s"
    for mode in (0o660, 0o600):
        with listening(UnixAddress(path, mode)):
            assert stat.S_IMODE(path.stat().st_mode) == mode
            with socket.socket(socket.AF_UNIX) as caller:
                caller.connect(str(path))
        assert not path.exists()


def test_stale_socket_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with listening(UnixAddress(path)), socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(path))


def test_socket_that_somebody_listens_on_is_left(tmp_path: Path) -> None:
    address = UnixAddress(tmp_path / "s")
    with listening(address):
        with pytest.raises(InUseError, match="another program"), listening(address):
            pass
        assert address.path.exists()


def test_socket_of_another_is_not_removed(tmp_path: Path) -> None:
    address = UnixAddress(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as other:
        with listening(address):
            address.path.unlink()
            other.bind(str(address.path))
        assert address.path.exists()


def test_file_that_is_no_socket_is_left(tmp_path: Path) -> None:
    path = tmp_path / "s"
    path.write_text("precious")
    with pytest.raises(UnreadableInputError, match="no socket"), listening(UnixAddress(path)):
        pass
    assert path.read_text() == "precious"


def test_missing_folder_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(UnreadableInputError, match="folder exists"),
        listening(UnixAddress(tmp_path / "a" / "s")),
    ):
        pass


def test_path_too_long_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError), listening(UnixAddress(tmp_path / ("x" * 200))):
        pass


def test_port_that_is_taken_may_come_free() -> None:
    with listening(TcpAddress("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        with pytest.raises(InUseError), listening(TcpAddress("127.0.0.1", port)):
            pass
    with listening(TcpAddress("127.0.0.1", port)):
        pass


def test_host_that_is_no_address_is_told() -> None:
    with pytest.raises(UnreadableInputError), listening(TcpAddress("no.such.host.invalid", 1)):
        pass
