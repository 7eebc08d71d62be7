from pathlib import Path

from tests.response.lists.sample import checked, run


def test_local_zones_are_taken_by_unbound(tmp_path: Path) -> None:
    checked(tmp_path, "unbound")
    run("unbound-checkconf", str(tmp_path / "unbound.conf"))
