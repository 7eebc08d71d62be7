"""Resolve the locked versions with their hashes, for every Python from 3.11 on.

Run it through ``make lock``. The files name no package index, so that they install from any.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCKS = {"requirements.lock": [], "requirements-dev.lock": ["--group", "dev"]}
OPTIONS = (
    "--all-extras",
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--upgrade",
    "--no-emit-index-url",
    "--no-header",
    "--no-annotate",
    "--quiet",
)


def main() -> None:
    """Write both lock files."""
    uv = Path(sys.executable).with_name("uv")
    for name, groups in LOCKS.items():
        command: list[str | Path] = [uv, "pip", "compile", "pyproject.toml", *groups, *OPTIONS]
        result = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
        (ROOT / name).write_bytes(result.stdout)


if __name__ == "__main__":
    main()
