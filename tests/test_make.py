"""What a developer and CI type."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def dry_run(command: list[str], folder: Path) -> str:
    """Return what *command* would run, by make's own -n."""
    environment = {**os.environ, "MAKEFLAGS": "n", "MAKELEVEL": "0"}
    result = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout


@pytest.mark.parametrize("step", ["ruff format --check", "ruff check", "mypy", "pytest -n 3"])
def test_make_test_runs_every_check(step: str) -> None:
    assert step in dry_run(["make", "test"], ROOT)


def test_ci_runs_make_test_from_anywhere_without_input(tmp_path: Path) -> None:
    assert "pytest -n 3" in dry_run(["bash", str(ROOT / ".ci" / "run")], tmp_path)
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_make_alone_lists_the_targets() -> None:
    listed = subprocess.run(["make", "-s"], cwd=ROOT, check=True, capture_output=True, text=True)
    for target in ("setup", "demo", "test", "bench", "evaluate", "fix", "docs", "fuzz"):
        assert f"make {target}" in listed.stdout


@pytest.mark.parametrize(("variables", "status"), [({}, 0), ({"CI": "true"}, 1)])
def test_a_skipped_test_fails_in_ci_only(
    tmp_path: Path, variables: dict[str, str], status: int
) -> None:
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_skip.py").write_text(
        "import pytest\n\ndef test_one():\n    pytest.skip('no browser')\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
    result = subprocess.run(
        [*command, str(tmp_path)],
        cwd=tmp_path,
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == status
    assert ("skipped, which CI does not allow: Skipped: no browser" in result.stdout) is bool(
        status
    )
