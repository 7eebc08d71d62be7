"""From findings to the zones of a real primary, whatever fails on the way."""

from __future__ import annotations

import base64
import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fluxhound.config import PublishSettings, ResponseSettings
from fluxhound.errors import ConfigurationError, FluxhoundError, UsageError
from fluxhound.history.store import Store
from fluxhound.records import Finding
from fluxhound.response.entries import Plan
from fluxhound.response.publishing import Publisher
from fluxhound.response.register import Register
from fluxhound.response.setups.options import Place, SetupOptions
from fluxhound.response.zone import Role, ZoneNames
from fluxhound.service import responding
from fluxhound.service.responding import Responder
from tests.history.askings import add_askings
from tests.response.responses import finding
from tests.servers.knot import Knot
from tests.servers.namespace import Namespace, usable
from tests.servers.organisation import SECRET, missing

real = pytest.mark.skipif(
    bool(not usable() or list(missing())), reason="needs root, network namespaces and name servers"
)
NAME = "evil.lab"
BLOCKED = {NAME, f"*.{NAME}"}
DAY = timedelta(days=1)


class Clock:
    """What time it is, as far as entries go."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.now


class Response:
    """A store, a clock, what is found, and the responder on this thread."""

    def __init__(self, store: Store, publish: PublishSettings | None = None, **given: Any) -> None:
        usual: dict[str, Any] = {
            "mode": "sinkhole", "sinkhole": ("192.0.2.66",), "auto": True, "auto_flux": 0.9,
            "auto_malice": 0.5,
        }  # fmt: skip
        self.store = store
        self.clock = Clock()
        self.found: list[Finding] = []
        self.responder = Responder(
            store.connection.cursor,
            ResponseSettings(**{**usual, **given}),
            publish or PublishSettings(),
            findings=lambda: self.found,
            clock=self.clock,
        )
        self.register = Register(store.connection.cursor())

    def find(self, *names: str) -> None:
        """Let *names* be found now, and only them."""
        self.found = [finding(name, last_seen=self.clock.now) for name in names]
        hour = int(self.clock.now.timestamp() // 3600)
        add_askings(self.store, [(hour, name, 11, 0.0, 3) for name in names])

    def step(self) -> None:
        self.responder.step(self.register)

    def subjects(self) -> set[str]:
        return {entry.subject for entry in self.register.entries(self.clock.now)}


class Published(Response):
    """The same with a real primary; it is used inside the namespace."""

    def __init__(self, store: Store, knot: Knot, key: Path, **given: Any) -> None:
        publish = PublishSettings(primary="127.0.0.1:5402", key_file=key)
        super().__init__(store, publish, **given)
        self.knot = knot

    def zone(self) -> set[str]:
        """Return what the primary says is blocked."""
        return set(map(str, self.knot.zone("block.rpz.fluxhound").nodes)) - {"@"}

    def again(self) -> None:
        """Try what failed without waiting for it."""
        self.responder._retry_at = float("-inf")
        self.step()


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as opened:
        yield opened


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return written(tmp_path / "tsig.key", SECRET)


def written(path: Path, secret: bytes) -> Path:
    path.touch(mode=0o600)
    path.write_text(base64.b64encode(secret).decode())
    return path


@pytest.fixture
def knot(tmp_path: Path) -> Iterator[Knot]:
    folder = tmp_path / "knot"
    options = SetupOptions(
        names=ZoneNames.below("rpz.fluxhound"),
        primary=Place("127.0.0.1", 5402),
        secret=SECRET,
        state=str(folder),
        folder=str(folder),
    )
    with Namespace() as namespace, Knot(folder, namespace, options) as server, namespace.entered():
        yield server


@pytest.fixture
def response(store: Store, knot: Knot, key: Path) -> Published:
    return Published(store, knot, key)


def test_a_finding_becomes_an_entry_and_a_person_can_ask_for_it(store: Store) -> None:
    response = Response(store)
    response.find(NAME)
    response.step()
    assert response.subjects() == {NAME}
    assert response.responder.state.entries == 1
    assert response.responder.state.waiting == 0


def test_what_needs_a_person_waits(store: Store) -> None:
    response = Response(store, auto=False)
    response.find(NAME)
    response.step()
    assert response.subjects() == set()
    assert response.responder.state.waiting == 1
    policy = response.responder.policy
    response.register.approve(NAME, "ann", response.clock.now, policy)
    response.step()
    assert response.subjects() == {NAME}
    assert response.responder.state.waiting == 0


@pytest.mark.parametrize("mode", ["observe", "alert"])
def test_a_mode_that_publishes_nothing_takes_back_what_was_in_force(
    store: Store, mode: str
) -> None:
    before = Response(store)
    before.find(NAME)
    before.step()
    after = Response(store, mode=mode)
    after.found = before.found
    after.step()
    assert after.subjects() == set()
    assert after.register.every() == ()


def test_entries_run_out_while_plans_fail(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    response = Response(store, expiry=DAY)
    response.find(NAME)
    response.step()
    response.clock.now += 2 * DAY

    def fails(*_: object) -> Plan:
        raise FluxhoundError("no plan today")

    monkeypatch.setattr(Register, "propose", fails)
    response.step()
    assert response.responder.state.entries == 0
    assert response.responder.state.error == "no plan today"


def test_the_thread_answers_and_outlives_what_fails(store: Store) -> None:
    response = Response(store)

    def broken() -> list[Finding]:
        raise RuntimeError("dictionary changed size during iteration")

    response.responder._findings = broken
    response.responder.start()
    try:
        assert response.responder.ask(lambda register, _: register.every()) == ()
        assert response.responder.ask(lambda _register, now: now) == response.clock.now
        with pytest.raises(UsageError, match="not so"):
            response.responder.ask(_refuses)
        with pytest.raises(FluxhoundError, match="invalid literal"):
            response.responder.ask(lambda _register, _now: int("none"))
    finally:
        response.responder.stop()


def _refuses(_register: Register, _now: datetime) -> None:
    raise UsageError("not so")


def test_who_asks_of_a_thread_that_ends_is_told(store: Store) -> None:
    responder = Response(store).responder
    responder.start()
    responder.stop()
    began = time.monotonic()
    with pytest.raises(FluxhoundError, match="ending"):
        responder.ask(lambda register, _: register.every())
    assert time.monotonic() - began < 5


def test_updates_need_a_key(store: Store) -> None:
    with pytest.raises(ConfigurationError, match="key_file"):
        Response(store, PublishSettings(primary="127.0.0.1:5402"))


@real
def test_the_zone_is_what_the_register_holds(response: Published) -> None:
    response.find(NAME)
    response.step()
    assert response.zone() == BLOCKED
    response.clock.now += 8 * DAY
    response.step()
    assert response.zone() == set()
    assert response.responder.state.error == ""


@real
def test_a_primary_that_comes_back_gets_what_was_missed(
    response: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fluxhound.response.publishing.PAUSES_S", ())
    response.find(NAME, "flux.pw")
    response.step()
    response.knot.kill()
    response.find("flux.pw", "third.lab")
    response.register.reject(
        NAME, "ann", response.clock.now, response.responder.policy, reason="ours"
    )
    response.step()
    assert "does not answer" in response.responder.state.error
    assert response.subjects() == {"flux.pw", "third.lab"}
    response.knot.start()
    response.again()
    assert response.zone() == {"flux.pw", "*.flux.pw", "third.lab", "*.third.lab"}
    assert response.responder.state.error == ""


@real
def test_a_primary_that_lost_all_is_filled_again(response: Published) -> None:
    response.find(NAME)
    response.step()
    response.knot.stop()
    for path in response.knot.folder.iterdir():
        if path.suffix == ".zone":
            path.unlink()
    for name in ("journal", "timers"):
        for path in sorted((response.knot.folder / name).glob("*")):
            path.unlink()
    response.knot.start()
    assert response.zone() == set()
    response.step()
    assert response.zone() == BLOCKED


@real
def test_after_a_kill_the_zone_is_made_equal_to_the_register(
    store: Store, knot: Knot, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Published(store, knot, key)
    first.find(NAME)
    first.step()
    # It dies between the commit and the publication of the next change.
    monkeypatch.setattr(Publisher, "reconcile", _dies)
    first.find("flux.pw")
    first.register.reject(NAME, "ann", first.clock.now, first.responder.policy, reason="ours")
    with pytest.raises(KeyboardInterrupt):
        first.step()
    monkeypatch.undo()
    assert first.zone() == BLOCKED
    second = Published(store, knot, key)
    second.step()
    assert second.zone() == {"flux.pw", "*.flux.pw"}


def _dies(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@real
def test_with_a_wrong_key_nothing_changes_and_it_is_said(
    store: Store, knot: Knot, key: Path, tmp_path: Path
) -> None:
    right = Published(store, knot, key)
    right.find(NAME)
    right.step()
    wrong = Published(store, knot, written(tmp_path / "wrong.key", b"x" * 32))
    wrong.find("flux.pw")
    wrong.step()
    assert "key" in wrong.responder.state.error
    assert wrong.zone() == BLOCKED
    again = Published(store, knot, key)
    again.step()
    assert again.zone() == BLOCKED | {"flux.pw", "*.flux.pw"}


@real
def test_what_others_write_into_the_zones_goes(store: Store, knot: Knot, key: Path) -> None:
    response = Published(store, knot, key)
    response.find(NAME)
    response.step()
    other = Publisher(knot.primary, ZoneNames.below("rpz.fluxhound"))
    other.reconcile({role: frozenset() for role in Role})
    assert response.zone() == set()
    response.step()
    assert response.zone() == BLOCKED


@real
@pytest.mark.parametrize("jump", [DAY * 400, -DAY * 400], ids=["on", "back"])
def test_a_clock_that_jumps_blocks_nothing_for_long(response: Published, jump: timedelta) -> None:
    response.find(NAME)
    response.step()
    response.clock.now += jump
    response.step()
    assert response.zone() == {owner for s in response.subjects() for owner in (s, f"*.{s}")}
    most = response.clock.now + response.responder.policy.expiry
    assert all(entry.expires <= most for entry in response.register.every())
    response.clock.now -= jump
    response.find(NAME)
    response.step()
    assert response.zone() == BLOCKED
    assert response.register.verify().problem == ""


@real
def test_the_thread_tries_a_primary_again_soon(
    response: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fluxhound.response.publishing.PAUSES_S", ())
    monkeypatch.setattr(responding, "TICK_S", 60.0)
    response.find(NAME)
    response.knot.stop()
    response.responder.start()
    try:
        response.responder.wake()
        _until(lambda: response.responder.state.error != "")
        response.knot.start()
        _until(lambda: response.responder.state.error == "")
        assert response.zone() == BLOCKED
    finally:
        response.responder.stop()


def _until(true: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(600):
        if true():
            return
        pause.wait(0.02)
    raise AssertionError("it never came true")


@real
def test_the_most_that_waits_is_counted(store: Store, knot: Knot, key: Path) -> None:
    response = Published(store, knot, key, auto_malice=0.99)
    response.find(NAME)
    response.found = [dataclasses.replace(each, malice=0.6) for each in response.found]
    response.step()
    assert response.zone() == set()
    assert response.responder.state.waiting == 1
