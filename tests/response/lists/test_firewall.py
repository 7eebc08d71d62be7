import shutil
from pathlib import Path

import pytest

from tests.response.lists.sample import MANY, checked
from tests.servers.namespace import Namespace, usable


@pytest.mark.skipif(not usable(), reason="needs root and network namespaces")
def test_sets_are_taken_by_nftables_twice(tmp_path: Path) -> None:
    if not shutil.which("nft"):
        pytest.skip("needs nft")
    checked(tmp_path, "nftables", MANY)
    with Namespace() as namespace:
        for _ in range(2):
            namespace.run("nft", "-f", str(tmp_path / "fluxhound.nft"))
        told = namespace.run("nft", "list", "ruleset")
    assert "198.51.100.0/28 timeout 1d" in told
    assert "198.51.100.7" not in told  # lies within
    assert "2001:db8:5::/48" in told
    assert told.count("/24 timeout") == 2000


@pytest.mark.skipif(not usable(), reason="needs root and network namespaces")
def test_sets_are_taken_by_ipset_twice(tmp_path: Path) -> None:
    if not shutil.which("ipset"):
        pytest.skip("needs ipset")
    checked(tmp_path, "ipset", MANY)
    with Namespace() as namespace:
        for _ in range(2):
            namespace.run("ipset", "restore", "-exist", "-file", str(tmp_path / "fluxhound.ipset"))
        told = namespace.run("ipset", "list")
    assert "198.51.100.0/28 timeout 86" in told
    assert told.count("/24 timeout") == 2000
