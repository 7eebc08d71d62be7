from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from fluxhound.cli.export import FOLDERS, FORMATS
from fluxhound.records import Severity
from fluxhound.sharing import exports
from fluxhound.sharing.document import render_jsonl
from tests.cli.stand_in import finding

Fluxhound = Callable[..., tuple[int, str, str]]
LOG = Path(__file__).parent.parent.parent / "examples" / "papers" / "dns.log.gz"


@pytest.fixture
def saved() -> str:
    findings = [
        finding(),
        finding("b.example", Severity.LOW),
        finding("cdn.example", Severity.INFO),
    ]
    Path("saved.jsonl").write_bytes(b"".join(render_jsonl(findings)))
    return "saved.jsonl"


def test_the_formats_are_those_there_are() -> None:
    assert set(FORMATS) == set(exports.FORMATS)
    assert {name for name, each in exports.FORMATS.items() if each.folder} == FOLDERS


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in FOLDERS])
def test_every_format_is_written(fluxhound: Fluxhound, saved: str, name: str) -> None:
    status, out, err = fluxhound("export", "--format", name, "--from", saved)
    assert status == 0
    assert "evil.example" in out.replace("[.]", ".") or name == "cof"
    assert "2 findings exported (TLP:AMBER); left out: 1 no finding" in err


def test_logs_are_exported_with_their_history(fluxhound: Fluxhound) -> None:
    status, out, err = fluxhound("export", "--format", "stix", str(LOG), "--producer", "A CERT")
    objects = orjson.loads(out)["objects"]
    assert status == 0
    assert {"indicator", "ipv4-addr", "autonomous-system"} <= {each["type"] for each in objects}
    assert "A CERT" in {each.get("name") for each in objects}
    assert err.strip().endswith("2 findings exported (TLP:AMBER).")


def test_a_feed_is_a_folder(fluxhound: Fluxhound, saved: str) -> None:
    status, out, _ = fluxhound("export", "--format", "misp-feed", "--from", saved, "-o", "a/feed")
    assert (status, out) == (0, "")
    assert len(list(Path("a/feed").glob("*.json"))) == 3
    assert Path("a/feed/hashes.csv").stat().st_size


def test_one_name_is_picked(fluxhound: Fluxhound, saved: str) -> None:
    _, out, _ = fluxhound(
        "export", "--format", "intelmq", "--from", saved, "--name", "Evil[.]Example", "-q"
    )
    assert [orjson.loads(line)["source.fqdn"] for line in out.splitlines()] == ["evil.example"]


def test_what_is_too_restricted_is_left_out(fluxhound: Fluxhound, saved: str) -> None:
    args = ("--mark", "b.example=red", "--tlp", "green", "--tlp-max", "amber", "-o", "x.yml")
    status, _, err = fluxhound("export", "--format", "sigma", "--from", saved, *args)
    assert status == 0
    assert "1 finding exported (TLP:GREEN)" in err
    assert "1 TLP above what the receiver may see" in err
    assert "b.example" not in Path("x.yml").read_text()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "Missing option '--format'"),
        (("--format", "stix"), "Name a log to read"),
        (("--format", "stix", "a.log", "--from", "b.jsonl"), "either logs or --from"),
        (("--format", "misp-feed", "a.log"), "say where with -o DIR"),
        (("--format", "misp-feed", "a.log", "-o", "saved.jsonl"), "this is no folder"),
        (("--format", "stix", "a.log", "-o", "none/x.json"), "there is no folder"),
        (("--format", "stix", "a.log", "--mark", "x"), "write NAME=TLP"),
        (("--format", "stix", "a.log", "--mark", "x=pink"), "write NAME=TLP"),
        (("--format", "stix", "a.log", "--expiry", "soon"), "is not a duration"),
        (("--format", "stix", "a.log", "--expiry", "0d"), "of no use"),
    ],
)
def test_what_is_wrong_is_told(
    fluxhound: Fluxhound, saved: str, args: tuple[str, ...], message: str
) -> None:
    status, out, err = fluxhound("export", *args)
    assert (status, out) == (2, "")
    assert message in err
