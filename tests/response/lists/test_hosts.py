from pathlib import Path

from tests.response.lists.sample import checked


def test_names_get_our_addresses_or_none(tmp_path: Path) -> None:
    hosts = checked(tmp_path, "hosts")["hosts"].splitlines()
    assert "0.0.0.0 bad.example" in hosts
    assert ":: host.shared.example" in hosts
    assert "127.0.9.9 flux.example" in hosts
    assert "2001:db8::9 flux.example" in hosts
    assert not any("corp.example" in line for line in hosts)
