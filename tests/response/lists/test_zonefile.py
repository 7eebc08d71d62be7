from pathlib import Path

import dns.zone
import pytest

from tests.response.lists.sample import checked, run
from tests.response.rules import NOW


@pytest.mark.parametrize("zone", ["pass", "block", "servers", "watch"])
def test_policy_zones_are_zones_to_bind(tmp_path: Path, zone: str) -> None:
    name = f"{zone}.rpz.fluxhound"
    files = checked(tmp_path, "rpz")
    told = run("named-checkzone", "-k", "ignore", name, str(tmp_path / f"{name}.zone"))
    assert f"loaded serial {int(NOW.timestamp())}" in told
    assert dns.zone.from_text(files[f"{name}.zone"], f"{name}.")
