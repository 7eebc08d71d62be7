from pathlib import Path

from tests.response.lists.sample import checked


def test_domains_hosts_and_exceptions(tmp_path: Path) -> None:
    rules = checked(tmp_path, "adblock")["adblock.txt"].splitlines()
    assert "||bad.example^" in rules
    assert "|host.shared.example^" in rules
    assert "@@||good.bad.example^" in rules
    assert not any("corp.example" in line for line in rules)
    assert "! Left out, as this kind of file cannot say them: 7." in rules
