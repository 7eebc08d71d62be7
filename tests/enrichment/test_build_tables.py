from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from fluxhound.enrichment.kinds import KINDS

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "build_tables.py"
SAMPLES = Path(__file__).parent / "samples"

CDNCHECK = {
    "waf": {"acme-waf": ["192.0.2.0/26"]},
    "cdn": {"acme": ["192.0.2.64/26", "2001:db8:1::/48"], "google": ["198.51.100.0/24"]},
    "cloud": {"acme": ["192.0.2.0/24", "2001:db8::/32"]},
}
MALTRAIL = """# Copyright

# Reference: https://www.cloudflare.com/ips-v4

203.0.113.0/25

# Reference: https://old.example/ranges

203.0.113.128/25
"""


def build(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run the tool on the samples; return the folder with the tables."""
    folder.mkdir()
    (folder / "cdncheck.json").write_text(json.dumps(CDNCHECK))
    (folder / "maltrail.txt").write_text(MALTRAIL)
    arguments = ["--cdncheck", folder / "cdncheck.json", "--maltrail", folder / "maltrail.txt"]
    for name in ("asn-ipv4", "asn-ipv6", "country-ipv4", "country-ipv6"):
        lines = (SAMPLES / f"{name}.csv").read_text("utf-8").split("\n\n")
        path = folder / f"{name}.csv"
        path.write_text("\n".join(lines), "utf-8")
        arguments += [f"--{name}", path]
    arguments += ["--version", "1", "--date", "2026-01-01", "--kind-date", "2026-01-02"]
    output = folder / "tables"
    monkeypatch.setattr(sys, "argv", ["x", *map(str, arguments), "--output", str(output)])
    spec = importlib.util.spec_from_file_location("build_tables", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "build_tables", module)
    spec.loader.exec_module(module)
    module.main()
    return output


def test_the_same_files_give_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = build(tmp_path / "one", monkeypatch)
    two = build(tmp_path / "two", monkeypatch)
    names = sorted(path.name for path in one.iterdir())
    assert names == sorted(path.name for path in two.iterdir())
    assert len(names) == 8
    for name in names:
        assert (one / name).read_bytes() == (two / name).read_bytes()


def test_kinds_come_from_the_more_specific_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = build(tmp_path / "one", monkeypatch)
    columns = pq.read_table(output / "kind-ipv4.parquet")
    starts = np.cumsum(columns["gap"].to_numpy())
    kinds = [str(KINDS[code]) for code in columns["code"].to_pylist()]
    base = (192 << 24) + (2 << 8)
    last = (203 << 24) + (113 << 8)
    assert list(zip(starts.tolist(), kinds, strict=True)) == [
        (0, "unknown"),
        (base, "cdn"),
        (base + 128, "cloud"),
        (base + 256, "unknown"),
        (last, "cdn"),
        (last + 128, "unknown"),
    ]


def test_the_manifest_states_what_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = build(tmp_path / "one", monkeypatch)
    stated = json.loads((output / "tables.json").read_text())
    assert stated["tables"]["asn"]["date"] == "2026-01-01"
    assert stated["tables"]["kind"]["date"] == "2026-01-02"
    assert len(stated["tables"]["country"]["inputs"]) == 2
    assert stated["files"]["holders.parquet"]["rows"] > 100
