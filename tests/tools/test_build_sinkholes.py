from __future__ import annotations

from pathlib import Path

from tools.build_sinkholes import HEAD, build, read_list

LIST = """# Copyright
# Reference: https://a.example

192.0.2.9
192.0.2.10:53   # a port
2001:DB8::1
Sinkhole.Example.org
a.example.com/path
192.0.2.999
"""


def test_one_list() -> None:
    addresses, names = read_list(LIST)
    assert addresses == {"192.0.2.9", "192.0.2.10", "2001:db8::1"}
    assert names == {"sinkhole.example.org"}


def test_the_table(tmp_path: Path) -> None:
    (tmp_path / "sinkhole_unknown.txt").write_text("192.0.2.1\n192.0.2.10")
    (tmp_path / "sinkhole_zeta.txt").write_text(LIST)
    (tmp_path / "other.txt").write_text("192.0.2.77")
    assert build(tmp_path) == HEAD + (
        "zeta\t192.0.2.9 192.0.2.10 2001:db8::1\tsinkhole.example.org\nunknown\t192.0.2.1\t\n"
    )
