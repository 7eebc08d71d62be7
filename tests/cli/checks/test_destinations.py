from __future__ import annotations

from pathlib import Path

from fluxhound.cli.checks.check import Check, Level
from fluxhound.cli.checks.destinations import destination_checks
from fluxhound.config import DestinationSettings, Settings
from tests.cli.checks.listeners import closed_port, listener


def checked(*, probe: bool = False, **given: object) -> Check:
    destination = DestinationSettings(name="d", **given)  # type: ignore[arg-type]
    (check,) = destination_checks(Settings(destination=(destination,)), probe=probe)
    return check


def test_no_destination() -> None:
    (check,) = destination_checks(Settings(), probe=False)
    assert check.level is Level.WARN


def test_files(tmp_path: Path) -> None:
    assert checked(kind="file", path=tmp_path / "alerts.jsonl").level is Level.OK
    assert checked(kind="file", path=tmp_path / "none" / "alerts.jsonl").level is Level.FAIL
    assert checked(kind="stdout").value == "stdout"


def test_nothing_is_connected_to_unless_asked() -> None:
    check = checked(kind="syslog", address=f"tls://127.0.0.1:{closed_port()}")
    assert check.level is Level.OK
    assert "not tried" in check.value


def test_probing() -> None:
    check = checked(kind="syslog", address=f"tcp://127.0.0.1:{closed_port()}", probe=True)
    assert (check.level, "Connection refused" in check.advice) == (Level.FAIL, True)
    with listener() as port:
        check = checked(kind="syslog", address=f"tcp://127.0.0.1:{port}", probe=True)
        assert (check.level, check.value.endswith("it answers")) == (Level.WARN, True)
        check = checked(
            kind="mail", address=f"smtp://127.0.0.1:{port}", sender="a@example.org",
            recipients=("b@example.org",), probe=True,
        )  # fmt: skip
        assert check.level is Level.OK
        check = checked(kind="syslog", address=f"tls://127.0.0.1:{port}", probe=True)
        assert check.level is Level.FAIL


def test_webhooks(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x" * 40)
    check = checked(kind="webhook", url="https://soar.example/hook", secret_file=secret)
    assert check.value.startswith("webhook at https://soar.example:443")


def test_udp_is_warned_of() -> None:
    check = checked(kind="syslog", address="udp://127.0.0.1:514", probe=True)
    assert (check.level, "prefer tls://" in check.advice) == (Level.WARN, True)


def test_what_lacks_something() -> None:
    check = checked(kind="syslog")
    assert (check.level, "needs the key address" in check.advice) == (Level.FAIL, True)
