from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from fluxhound.response.sinkhole.destination import destination, read_ipv4, read_ipv6
from fluxhound.response.sinkhole.firewall import render_rules
from fluxhound.response.sinkhole.limits import parse_place
from tests.response.sinkhole.running import Running, everything
from tests.servers.namespace import Namespace, usable


def test_without_a_rule_it_is_our_own_place() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.create_connection(listening.getsockname()[:2]),
    ):
        taken, _ = listening.accept()
        assert destination(taken) == ("127.0.0.1", listening.getsockname()[1])
        taken.close()
        assert destination(taken) == ("", 0)


def test_what_the_system_answers() -> None:
    assert read_ipv4(bytes.fromhex("0200 1a0b c0000201") + bytes(8)) == ("192.0.2.1", 6667)
    ipv6 = bytes.fromhex("0a00 01bb 00000000 20010db8000000000000000000000001") + bytes(4)
    assert read_ipv6(ipv6) == ("2001:db8::1", 443)
    assert read_ipv4(b"") is None
    assert read_ipv6(b"") is None


@contextlib.contextmanager
def two_networks() -> Iterator[tuple[Namespace, Namespace]]:
    """Yield a client's and a sinkhole's network with a cable between them."""
    with Namespace() as client, Namespace() as sinkhole:
        ends = [str(each._holder.pid) for each in (client, sinkhole) if each._holder]
        link = f"link add fh0 netns {ends[0]} type veth peer name fh0 netns {ends[1]}"
        subprocess.run(["ip", *link.split()], check=True, capture_output=True)
        for each, last in ((client, 7), (sinkhole, 1)):
            each.run("ip", "address", "add", f"198.51.100.{last}/24", "dev", "fh0")
            each.run("ip", "address", "add", f"2001:db8::{last}/64", "dev", "fh0", "nodad")
            each.run("ip", "link", "set", "fh0", "up")
        yield client, sinkhole


@pytest.mark.skipif(not (shutil.which("nft") and usable()), reason="no nftables here, or no rights")
def test_with_the_rule_any_port_is_heard_and_known(tmp_path: Path) -> None:
    places = ("198.51.100.1:80", "[2001:db8::1]:443")
    rules = tmp_path / "rules"
    rules.write_text(render_rules([parse_place(each) for each in places]))
    with two_networks() as (client, host):
        host.run("nft", "--file", str(rules))
        with host.entered():
            running = Running(tmp_path / "x", *places)
        with running:
            for address in ("198.51.100.1", "2001:db8::1"):
                for port in (6667, 80, 443, 65_535):
                    with client.entered(), socket.create_connection((address, port), 5) as talk:
                        talk.sendall(b"NICK bot\r\n")
                        assert everything(talk) == b""
            with client.entered(), pytest.raises(ConnectionRefusedError):
                socket.create_connection(("198.51.100.1", 22), 5)
            visits = running.visits()
    called = {(each["client"], each["address"], each["port"]) for each in visits}
    assert called == {
        (client_, address, port)
        for client_, address in (("198.51.100.7", "198.51.100.1"), ("2001:db8::7", "2001:db8::1"))
        for port in (6667, 80, 443, 65_535)
    }
