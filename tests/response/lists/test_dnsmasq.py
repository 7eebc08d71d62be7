from pathlib import Path

from tests.response.lists.sample import checked, run


def test_lines_are_taken_by_dnsmasq(tmp_path: Path) -> None:
    checked(tmp_path, "dnsmasq")
    assert "syntax check OK" in run("dnsmasq", "--test", f"--conf-file={tmp_path}/dnsmasq.conf")
