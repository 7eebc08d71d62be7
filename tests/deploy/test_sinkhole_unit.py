"""The sinkhole's systemd unit is sound, shut in, and starts what exists."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from fluxhound.cli.sinkholing.serve import command

FOLDER = Path(__file__).parents[2] / "deploy" / "systemd"
UNIT = FOLDER / "fluxhound-sinkhole.service"
ANALYZE = shutil.which("systemd-analyze")
#: Of ten, in tenths; its capability and its being reached from the network cost it 0.5 or so.
MOST_EXPOSED = 20


def setting(name: str) -> list[str]:
    return re.findall(rf"(?m)^{name}=(.*)$", UNIT.read_text(encoding="utf-8"))


@pytest.mark.skipif(ANALYZE is None, reason="no systemd-analyze here")
@pytest.mark.parametrize(
    "words",
    [("verify", "--man=no"), ("security", "--offline=yes", f"--threshold={MOST_EXPOSED}")],
    ids=["verify", "security"],
)
def test_systemd_takes_it(words: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8")
    path.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", text))
    run = subprocess.run(
        [str(ANALYZE), *words, str(path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_it_starts_a_command_that_exists() -> None:
    variables = dict(shlex.split(each)[0].split("=", 1) for each in setting("Environment"))
    (start,) = setting("ExecStart")
    words = shlex.split(start.replace("${CONTACT}", "''").replace("$LISTEN", variables["LISTEN"]))
    assert words[1:3] == ["sinkhole", "serve"]
    context = command.make_context("serve", words[3:])
    assert context.params["listen"] == ("192.0.2.1:80", "192.0.2.1:443")
    assert context.params["contact"] == ""


def test_its_user_is_made() -> None:
    made = (FOLDER / "fluxhound-sinkhole.sysusers").read_text(encoding="utf-8").splitlines()
    users = [line.split()[:2] for line in made if not line.startswith("#")]
    assert users == [["u", "fluxhound-sinkhole"]]
    assert setting("User") == ["fluxhound-sinkhole"]
