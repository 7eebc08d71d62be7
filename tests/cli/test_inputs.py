from __future__ import annotations

import os
from pathlib import Path

import pytest

from fluxhound.cli import inputs
from fluxhound.cli.inputs import expand
from fluxhound.errors import UnreadableInputError


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (
        "logs/b.log",
        "logs/a.log",
        "logs/.hidden.log",
        "logs/README.md",
        "logs/LICENSE",
        "logs/sub/c.pcap",
        "logs/.git/config.log",
        "other.log",
        "odd[1].log",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["logs"], ["logs/a.log", "logs/b.log", "logs/sub/c.pcap"]),
        (["logs/"], ["logs/a.log", "logs/b.log", "logs/sub/c.pcap"]),
        (["logs/b.log", "logs"], ["logs/b.log", "logs/a.log", "logs/sub/c.pcap"]),
        (["logs/*.log"], ["logs/a.log", "logs/b.log"]),
        (["**/*.pcap"], ["logs/sub/c.pcap"]),
        (["*"], ["logs/a.log", "logs/b.log", "logs/sub/c.pcap", "odd[1].log", "other.log"]),
        (["odd[1].log"], ["odd[1].log"]),
        (["other.log", "./other.log", "logs/../other.log"], ["other.log"]),
        (["logs/README.md"], ["logs/README.md"]),
        (["logs/.hidden.log"], ["logs/.hidden.log"]),
        (["-", "other.log", "-"], ["-", "other.log"]),
        (["none.log", "other.log"], ["none.log", "other.log"]),
        ([], []),
    ],
)
@pytest.mark.usefixtures("logs")
def test_what_is_read(given: list[str], expected: list[str]) -> None:
    assert expand(given) == expected


def test_links_are_the_file_they_lead_to(logs: Path) -> None:
    Path("current").symlink_to("logs")
    Path("link.log").symlink_to("other.log")
    Path("broken.log").symlink_to("nowhere")
    os.link("other.log", "hard.log")
    assert expand(["link.log", "other.log", "hard.log"]) == ["link.log"]
    assert expand(["current"]) == ["current/a.log", "current/b.log", "current/sub/c.pcap"]
    assert expand(["broken.log"]) == ["broken.log"]


def test_a_link_that_leads_round_in_circles_ends(logs: Path) -> None:
    Path("logs/sub/up").symlink_to("..")
    assert expand(["logs"]) == ["logs/a.log", "logs/b.log", "logs/sub/c.pcap"]


def test_pipes_are_read_when_named_and_left_alone_in_folders(logs: Path) -> None:
    os.mkfifo("logs/sub/pipe")
    assert expand(["logs/sub"]) == ["logs/sub/c.pcap"]
    assert expand(["logs/sub/pipe"]) == ["logs/sub/pipe"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("empty", "this folder holds no file to read"),
        ("*.nothing", "no file matches this pattern"),
    ],
)
def test_nothing_to_read(logs: Path, given: str, message: str) -> None:
    Path("empty").mkdir()
    with pytest.raises(UnreadableInputError, match=message):
        expand([given])


def test_a_whole_disk_is_taken_for_a_mistake(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "MOST_FILES", 2)
    with pytest.raises(UnreadableInputError, match="more than 2 files"):
        expand(["logs"])
