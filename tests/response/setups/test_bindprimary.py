import dataclasses
import shutil
import subprocess
from pathlib import Path

import pytest

from fluxhound.response.setups.bindprimary import setup
from fluxhound.response.setups.options import Place
from tests.response.setups.sample import OPTIONS


def test_signed_where_it_can_be_and_by_address_where_not() -> None:
    text = setup(OPTIONS)["named.conf"]
    assert 'allow-transfer { key "fluxhound"; 192.0.2.2; };' in text
    assert 'allow-update { key "fluxhound"; };' in text
    assert 'also-notify { 192.0.2.1 port 53 key "fluxhound"; 192.0.2.2 port 5353; };' in text
    assert "server 192.0.2.2 { provide-ixfr no; };" in text
    assert "notify-delay 0;" in text


@pytest.mark.skipif(not shutil.which("named-checkconf"), reason="needs named-checkconf")
@pytest.mark.parametrize("address", ["192.0.2.53", "2001:db8::53"])
def test_bind_takes_it(tmp_path: Path, address: str) -> None:
    options = dataclasses.replace(
        OPTIONS, primary=Place(address, 5402), folder=str(tmp_path), state=str(tmp_path)
    )
    for name, text in setup(options).items():
        (tmp_path / name).write_text(text)
    words = ["named-checkconf", "-z", str(tmp_path / "named.conf")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "zone block.rpz.fluxhound/IN: loaded serial 1" in done.stdout
