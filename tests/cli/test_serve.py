from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Fluxhound = Callable[..., tuple[int, str, str]]

SETTINGS = """
[engine]
store = "flux.duckdb"
[service]
listen = "none"
[[sensor]]
name = "zeek"
input = "dns.log"
start = "beginning"
"""
TAP = '[[sensor]]\nname = "b"\ninput = "dnstap+unix:b.sock"\n'


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    file = tmp_path / "fluxhound.toml"
    file.write_text(SETTINGS)
    return file


def test_a_configuration_is_checked_without_running(
    fluxhound: Fluxhound, configuration: Path
) -> None:
    status, out, _ = fluxhound("serve", "--config", str(configuration), "--check")
    assert (status, out) == (0, "The configuration is right: 1 sensors.\n")


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("", (), "A service keeps its history: give --store FILE"),
        ("", ("--store", "s", "--listen", "none"), "There is nothing to read"),
        ("", ("--store", "s", "--listen", "8053"), "--listen: '8053' is no place to listen at"),
        (SETTINGS + 'inptu = "x"\n', (), "no key 'inptu' in [sensor] (did you mean input?)"),
        (
            SETTINGS + '[[destination]]\nname = "a"\nkind = "file"\n',
            (),
            "a file needs the key path",
        ),
        (SETTINGS.replace("dns.log", "amqp://x"), (), "[[sensor]] zeek: 'amqp://x' is no input"),
    ],
)
def test_what_is_wrong_is_said_at_once(
    fluxhound: Fluxhound, configuration: Path, text: str, options: tuple[str, ...], message: str
) -> None:
    configuration.write_text(text)
    status, out, err = fluxhound("serve", "--config", str(configuration), "--check", *options)
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_signals_reload_and_end_a_service_cleanly(tmp_path: Path, configuration: Path) -> None:
    fluxhound = str(Path(sys.executable).with_name("fluxhound"))
    program = [fluxhound, "serve", "--config", str(configuration)]
    with subprocess.Popen(
        [*program, "--log-format", "json"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    ) as service:
        assert service.stderr
        said = []
        for line in service.stderr:
            said.append(json.loads(line)["message"])
            if said[-1].startswith("serving"):
                configuration.write_text(SETTINGS.replace("[service]", "[service]\nlistne = 1"))
                service.send_signal(signal.SIGHUP)
            elif "listne" in said[-1]:
                configuration.write_text(SETTINGS + TAP)
                service.send_signal(signal.SIGHUP)
            elif said[-1].startswith("new settings"):
                service.send_signal(signal.SIGTERM)
        assert service.wait(30) == 0
    assert any("2 inputs" in each for each in said)
    assert (tmp_path / "flux.duckdb").exists()
    assert not (tmp_path / "b.sock").exists()


def test_once_with_nothing_to_read_tells_so_by_its_status(
    fluxhound: Fluxhound, configuration: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    status, _, err = fluxhound("serve", "--config", str(configuration), "--once")
    assert status == 3
    assert "dns.log" in err
