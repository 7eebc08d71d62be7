"""The example configurations are right: they load, and each input and destination can be made."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from fluxhound import config
from fluxhound.config import Settings
from fluxhound.service.destinations import alert_settings
from fluxhound.service.places import Places
from fluxhound.service.sensors import live_inputs

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "deploy" / "examples").glob("*.toml"))
UNIT = (ROOT / "deploy" / "systemd" / "fluxhound.service").read_text(encoding="utf-8")


def loaded(path: Path, secret: Path) -> Settings:
    """Load an example, with secrets that are there and the system's certificates."""
    secret.write_text("x" * 40)
    settings = config.load(path, environment={})
    destinations = tuple(
        dataclasses.replace(each, secret_file=secret) if each.secret_file else each
        for each in settings.destination
    )
    sensors = tuple(dataclasses.replace(each, ca_file=None) for each in settings.sensor)
    return dataclasses.replace(settings, destination=destinations, sensor=sensors)


def test_there_is_one_for_each_kind_of_user() -> None:
    assert [path.stem for path in EXAMPLES] == ["cert", "isp-resolver", "zeek-sensor"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_can_be_used(path: Path, tmp_path: Path) -> None:
    settings = loaded(path, tmp_path / "secret")
    assert [each.name for each in live_inputs(settings)] == [s.name for s in settings.sensor]
    made = alert_settings(settings)
    assert [each.name for each in made.destinations] == [d.name for d in settings.destination]
    assert made.link == settings.service.link


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_unit_lets_it_write_where_it_must(path: Path) -> None:
    settings = config.load(path, environment={})
    places = Places(settings)
    written = [places.store, settings.engine.temporary]
    written += [each.path for each in settings.destination if each.path]
    for each in filter(None, written):
        assert str(each).startswith(
            ("/var/lib/fluxhound", "/var/cache/fluxhound", "/var/log/fluxhound/")
        ), each
    for folder in ("State", "Cache", "Logs", "Runtime"):
        assert f"{folder}Directory=fluxhound\n" in UNIT


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_listens_on_this_machine_only(path: Path) -> None:
    assert config.load(path, environment={}).service.listen.startswith("127.0.0.1:")
