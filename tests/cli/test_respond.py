from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import duckdb
import orjson
import pytest

from fluxhound.cli import main
from fluxhound.cli.help import GroupedCommand
from fluxhound.cli.respond import COMMANDS, command
from fluxhound.history.store import Store
from fluxhound.records import Severity, VerdictKind
from fluxhound.sharing.document import to_document
from tests.cli.stand_in import finding

Fluxhound = Callable[..., tuple[int, str, str]]
SINKHOLE = ("--mode", "sinkhole", "--sinkhole", "192.0.2.66")


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(main.COMMANDS, "respond", "Answer for found names on your own resolvers.")


@pytest.fixture
def store(tmp_path: Path) -> str:
    with Store(tmp_path / "flux.duckdb"):
        return str(tmp_path / "flux.duckdb")


@pytest.fixture
def found(tmp_path: Path) -> str:
    """Save findings: flux, a domain of our own, and the pool of time servers."""
    hostile = dataclasses.replace(
        finding("evil.lab", Severity.CRITICAL),
        verdict=VerdictKind.DOUBLE_FLUX, flux=0.999, malice=0.97, last_seen=datetime.now(UTC),
    )  # fmt: skip
    names = ("evil.lab", "vpn.corp.lab", "0.pool.ntp.org")
    saved = [
        orjson.dumps(to_document(dataclasses.replace(hostile, name=n, registered_domain=n)))
        for n in names
    ]
    (tmp_path / "found.jsonl").write_bytes(b"\n".join(saved))
    return str(tmp_path / "found.jsonl")


def lines(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


def test_the_group_lists_its_commands(fluxhound: Fluxhound) -> None:
    status, out, _ = fluxhound("respond", "--help")
    assert status == 0
    assert all(f"  {name}" in out and line in out for name, line in COMMANDS.items())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_line_and_examples(name: str) -> None:
    assert isinstance(command, click.Group)
    one = command.get_command(click.Context(command), name)
    assert isinstance(one, GroupedCommand)
    assert one.get_short_help_str(200) == COMMANDS[name]
    assert all(line.startswith(f"$ fluxhound respond {name}") for line in one.examples)
    context = click.Context(
        one, info_name=f"fluxhound respond {name}", terminal_width=80, **one.context_settings
    )
    told = one.get_help(context).splitlines()
    assert max(len(line) for line in told if not line.startswith("  $")) <= 80


def test_help_imports_nothing_heavy() -> None:
    program = "from fluxhound.cli.responding import plan, apply, approve, override; import sys"
    check = f"{program}; print(*(n for n in ('pyarrow', 'duckdb', 'rich') if n in sys.modules))"
    done = subprocess.run([sys.executable, "-c", check], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""


def test_from_plan_to_undo(fluxhound: Fluxhound, store: str, found: str) -> None:
    plan = ("--store", store, "--findings", found, "--own", "corp.lab", *SINKHOLE)
    status, out, err = fluxhound("respond", "plan", *plan)
    assert (status, err) == (0, "")
    shown = lines(out)
    assert [(each["change"], each["waits"], each["refused"]) for each in shown] == [
        ("add", True, False),
        ("add", False, True),
        ("add", False, True),
    ]
    assert {b["id"] for each in shown for b in each["brakes"]} >= {"own-domain", "infrastructure"}  # type: ignore[attr-defined]
    assert fluxhound("respond", "list", "--store", store) == (0, "", "")
    status, _, err = fluxhound("respond", "apply", *plan)
    assert (status, "add --yes" in err) == (2, True)
    digest = str(shown[0]["digest"])
    assert fluxhound("respond", "apply", *plan, "--yes", "--digest", "0" * 64)[0] == 2
    assert fluxhound("respond", "apply", *plan, "--yes", "--digest", digest[:6])[0] == 2
    status, _, err = fluxhound("respond", "apply", *plan, "--yes", "--digest", digest[:12])
    assert status == 0
    assert err.startswith("Action 1: 1 changes. No primary is configured")
    status, out, _ = fluxhound("respond", "list", "--store", store, "--waiting")
    assert [(each["subject"], each["state"]) for each in lines(out)] == [("evil.lab", "waits")]
    approve = ("respond", "approve", "evil[.]lab", "--store", store, "--reason", "case 4711")
    status, _, err = fluxhound(*approve)
    assert (status, err) == (1, "fluxhound: The policy does no more than alert. (policy-mode)\n")
    assert fluxhound(*approve, *SINKHOLE, "--own", "evil.lab")[0] == 1
    assert fluxhound(*approve, *SINKHOLE)[0] == 0
    assert lines(fluxhound("respond", "list", "--store", store)[1])[0]["state"] == "in force"
    assert fluxhound("respond", "undo", "2", "--store", store)[0] == 0
    assert lines(fluxhound("respond", "list", "--store", store)[1])[0]["state"] == "waits"
    told = lines(fluxhound("respond", "explain", "evil[.]lab", "--store", store)[1])
    assert [(each["action"], each["kind"]) for each in told] == [
        (1, "apply"),
        (2, "approve"),
        (3, "undo"),
    ]
    assert fluxhound("respond", "verify", "--store", store)[1].startswith("3 actions, last hash ")


def test_for_people_names_are_unclickable_and_nothing_is_hidden(
    fluxhound: Fluxhound, store: str, found: str
) -> None:
    plan = ("--store", store, "--findings", found, "--own", "corp.lab", *SINKHOLE)
    out = fluxhound("respond", "plan", *plan, "--format", "table")[1]
    assert out.startswith("1 wait for approval, 2 refused. Plan ")
    assert "waits    evil[.]lab and all below: sinkhole (address 192.0.2[.]66), until " in out
    assert "own-domain: corp[.]lab is one of our own domains." in out
    assert "evil.lab" in fluxhound("respond", "plan", *plan, "--format", "table", "--no-defang")[1]
    fluxhound("respond", "apply", *plan, "--yes")
    table = fluxhound("respond", "list", "--store", store, "--format", "table")[1].splitlines()
    assert table[0].split() == [
        *("NAME", "BELOW", "MODE", "ANSWER", "STATE", "EXPIRES", "BY", "REASON")
    ]
    assert table[1].startswith("evil[.]lab  yes    sinkhole  address  waits")
    told = ("respond", "explain", "evil.lab", "--store", store, "--format", "table")
    assert "nothing -> sinkhole (address 192.0.2[.]66)" in fluxhound(*told)[1]
    assert "nothing was ever done" in fluxhound(*told[:2], "other.lab", *told[3:])[1]


def test_reject_override_and_expire(fluxhound: Fluxhound, store: str, found: str) -> None:
    plan = ("--store", store, "--findings", found, *SINKHOLE)
    fluxhound("respond", "apply", *plan, "--yes")
    reject = ("respond", "reject", "evil.lab", "--store", store)
    assert fluxhound(*reject)[0] == 2  # a reason is asked for
    assert fluxhound(*reject, "--reason", "ours")[0] == 0
    assert fluxhound(*reject, "--reason", "ours")[0] == 2
    lift = ("respond", "override", "0.pool.ntp.org", "--store", store, "--reason", "x")
    assert fluxhound(*lift, "public-suffix")[0] == 1
    assert fluxhound(*lift, "infrastructure", "--for", "soon")[0] == 2
    status, _, err = fluxhound(*lift, "infrastructure", "--for", "1h")
    assert (status, "Plan again" in err) == (0, True)
    assert fluxhound("respond", "expire", "--store", store)[2].startswith("Nothing changed.")


def test_tampering_is_an_alarm(fluxhound: Fluxhound, store: str, found: str) -> None:
    fluxhound("respond", "apply", "--store", store, "--findings", found, *SINKHOLE, "--yes")
    with duckdb.connect(store) as connection:
        connection.execute("UPDATE response_log SET who = 'eve'")
    status, _, err = fluxhound("respond", "verify", "--store", store)
    assert status == 1
    assert "action 1 does not follow" in err


def test_without_findings_the_store_is_judged(fluxhound: Fluxhound, store: str) -> None:
    assert fluxhound("respond", "plan", "--store", store, *SINKHOLE) == (0, "", "")


def test_a_store_in_use_is_said_to_be(store: str, found: str) -> None:
    with Store(Path(store)):
        known_too = "; COMMANDS['respond'] = ''; main()"
        code = "from fluxhound.cli.main import COMMANDS, main" + known_too
        program = [sys.executable, "-c", code]
        done = subprocess.run(
            [*program, "respond", "list", "--store", store],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert "a running service uses the store" in done.stderr


def test_a_store_is_needed(fluxhound: Fluxhound) -> None:
    status, _, err = fluxhound("respond", "list")
    assert (status, "--store that exists" in err) == (2, True)
    assert fluxhound("respond", "list", "--store", "none.duckdb")[0] == 2


def test_what_cannot_be_read_is_said(fluxhound: Fluxhound, store: str, tmp_path: Path) -> None:
    assert fluxhound("respond", "plan", "--store", store, "--findings", "none.jsonl")[0] == 3
    never = ("respond", "plan", "--store", store, "--never-file")
    assert fluxhound(*never, "none.txt")[0] == 2
    (tmp_path / "never.txt").write_text("partner.lab # a partner\n\n*.other.lab\n")
    assert fluxhound(*never, str(tmp_path / "never.txt"))[0] == 0


def test_on_a_terminal_one_is_asked(
    fluxhound: Fluxhound, store: str, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    answers: list[str] = []

    def ask(question: str, **_: object) -> None:
        answers.append(question)
        raise click.Abort

    monkeypatch.setattr(click, "confirm", ask)
    apply = ("respond", "apply", "--store", store, "--findings", found, *SINKHOLE)
    assert fluxhound(*apply)[0] == 130
    assert answers[0].startswith("Apply ")
    assert fluxhound("respond", "list", "--store", store)[1] == ""


def test_what_ended_long_ago_asks_for_nothing(
    fluxhound: Fluxhound, store: str, tmp_path: Path
) -> None:
    old = dataclasses.replace(
        finding("evil.lab"), last_seen=datetime.now(UTC) - timedelta(days=9), malice=0.9
    )
    (tmp_path / "old.jsonl").write_bytes(orjson.dumps(to_document(old)))
    given = ("--store", store, "--findings", str(tmp_path / "old.jsonl"), *SINKHOLE)
    assert fluxhound("respond", "plan", *given)[1] == ""
