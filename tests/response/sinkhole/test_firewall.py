from __future__ import annotations

import shutil
import subprocess

import pytest

from fluxhound.errors import UsageError
from fluxhound.response.sinkhole.firewall import render_rules
from fluxhound.response.sinkhole.limits import parse_place
from tests.servers.namespace import usable


def rules(*places: str, spared: tuple[int, ...] = (22,)) -> str:
    return render_rules([parse_place(each) for each in places], spared=spared)


def test_every_other_port_of_each_address_is_led_to_the_sinkhole() -> None:
    text = rules("192.0.2.1:80", "192.0.2.1:443", "[2001:db8::1]:443", spared=(22, 8053))
    assert "ip daddr 192.0.2.1 tcp dport != { 22, 80, 443, 8053 } dnat ip to 192.0.2.1:80\n" in text
    assert (
        "ip6 daddr 2001:db8::1 tcp dport != { 22, 443, 8053 } dnat ip6 to [2001:db8::1]:443\n"
        in text
    )
    assert text.count("dnat") == 2


@pytest.mark.parametrize("place", ["0.0.0.0:80", "[::]:80"])
def test_not_all_addresses_of_the_machine(place: str) -> None:
    with pytest.raises(UsageError, match="the sinkhole's own"):
        rules(place)


@pytest.mark.skipif(not (shutil.which("nft") and usable()), reason="no nftables here, or no rights")
def test_nft_takes_them() -> None:
    text = rules("192.0.2.1:80", "[2001:db8::1]:443")
    words = ["unshare", "--net", "nft", "--check", "--file", "-"]
    done = subprocess.run(words, input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
