"""What Unbound and dnsmasq answer by their files, in a small Internet."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import dns.rcode
import pytest

from fluxhound.response.entries import Answer
from fluxhound.response.lists.choice import render
from fluxhound.response.lists.writing import write
from tests.response.lists.sample import NAMES
from tests.response.rules import NOW, entry, passing, sinkholed
from tests.servers.daemon import Daemon
from tests.servers.namespace import Namespace, usable
from tests.servers.nsd import Internet
from tests.servers.unbound import Unbound

pytestmark = pytest.mark.skipif(
    not usable() or not all(map(shutil.which, ("unbound", "nsd", "dnsmasq"))),
    reason="needs root, network namespaces, unbound, nsd and dnsmasq",
)
ENTRIES = [
    entry("bad.test"),
    passing("good.bad.test"),
    entry("host.shared.test", exact=True),
    sinkholed("flux.test"),
    sinkholed("one.shared.test", exact=True),
    entry("nodata.test", answer=Answer.NODATA),
]
HOSTS = "@ A 127.0.3.1\n* A 127.0.3.1\n"
BELOW = "*.good A 127.0.3.2\ngood A 127.0.3.2\n*.host A 127.0.3.3\n*.one A 127.0.3.3\n"
ZONES = {f"{name}.test.": HOSTS + BELOW for name in ("bad", "shared", "flux", "nodata")}
EXPECTED = {
    "bad.test": "NXDOMAIN",
    "x.bad.test": "NXDOMAIN",
    "good.bad.test": "127.0.3.2",
    "y.good.bad.test": "127.0.3.2",
    "host.shared.test": "0.0.0.0",  # noqa: S104 - an answer
    "a.host.shared.test": "127.0.3.3",
    "other.shared.test": "127.0.3.1",
    "flux.test": "127.0.9.9",
    "x.flux.test": "127.0.9.9",
    "one.shared.test": "127.0.9.9",
    "a.one.shared.test": "127.0.3.3",
}


class Dnsmasq(Daemon):
    """One dnsmasq that asks an Unbound."""

    def command(self) -> Sequence[str]:
        return [
            "dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts", "--user=root",
            "--server=127.0.0.1#5312", f"--port={self.port}", f"--listen-address={self.address}",
            "--bind-interfaces", "--pid-file", f"--conf-file={self.folder}/dnsmasq.conf",
        ]  # fmt: skip


def answers(server: Daemon, name: str, kind: str = "A") -> str:
    response = server.ask(name, kind)
    found = [each.to_text() for rrset in response.answer for each in rrset]
    return ",".join(found) or dns.rcode.to_text(response.rcode())


def test_names_are_blocked_and_no_others(tmp_path: Path) -> None:
    for form in ("unbound", "dnsmasq"):
        write(tmp_path / form, render(form, ENTRIES, NAMES, NOW))
    clause = f'include: "{tmp_path}/unbound/unbound.conf"\n'
    with (
        Namespace() as namespace,
        Internet(tmp_path / "net", namespace, ZONES) as net,
        Unbound(tmp_path / "plain", namespace, hints=net.hints),
        Unbound(
            tmp_path / "listed", namespace, hints=net.hints, port=5320, clauses=clause
        ) as unbound,
        Dnsmasq(tmp_path / "dnsmasq", namespace, port=5330) as dnsmasq,
    ):
        for server in (unbound, dnsmasq):
            assert {name: answers(server, name) for name in EXPECTED} == EXPECTED
            assert answers(server, "x.flux.test", "AAAA") == "2001:db8::9"
        assert answers(unbound, "x.nodata.test") == "NOERROR"
        assert answers(dnsmasq, "x.nodata.test") == "NXDOMAIN"
