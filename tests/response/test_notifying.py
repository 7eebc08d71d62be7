"""Resolvers hear of a change from us, even where the primary tells them nothing."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import dns.message
import dns.opcode
import dns.rcode
import dns.rdatatype
import dns.tsig
import pytest

from fluxhound.errors import UsageError
from fluxhound.response.notifying import Notifier, notification
from fluxhound.response.primary import Key
from fluxhound.response.publishing import Publisher
from fluxhound.response.setups.options import Consumer, Place, Resolver
from fluxhound.response.zone import wanted
from tests.response.rules import NOW, sinkholed
from tests.servers.daemon import until
from tests.servers.knot import Knot
from tests.servers.namespace import Namespace, usable
from tests.servers.organisation import SECRET, Organisation, missing

KEY = Key("fluxhound", SECRET)
RING = dns.tsig.Key("fluxhound.", SECRET)
ZONES = ("block.rpz.fluxhound", "pass.rpz.fluxhound")
#: Less than the refresh of the zones (60 s): only a NOTIFY brings a change so soon.
SOON_S = 25
Answer = Callable[[dns.message.Message], bytes | None]


@contextmanager
def listening(answer: Answer) -> Iterator[tuple[int, list[dns.message.Message]]]:
    """Listen as a resolver with faults; give its port and what it was told."""
    told: list[dns.message.Message] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        way.bind(("127.0.0.1", 0))
        way.settimeout(0.1)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    octets, sender = way.recvfrom(4096)
                except TimeoutError:
                    continue
                message = dns.message.from_wire(octets, keyring=RING)
                told.append(message)
                response = answer(message)
                if response is not None:
                    way.sendto(response, sender)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield way.getsockname()[1], told
        over.set()
        thread.join(6)


def says(rcode: dns.rcode.Rcode) -> Answer:
    def answer(message: dns.message.Message) -> bytes:
        response = dns.message.make_response(message)
        response.set_rcode(rcode)
        return response.to_wire()

    return answer


def notifier(kind: Consumer, port: int) -> Notifier:
    return Notifier([Resolver(kind, Place("127.0.0.1", port))], KEY)


def test_the_message_is_what_another_library_reads() -> None:
    message = dns.message.from_wire(notification(7, ZONES[0]))
    assert message.id == 7
    assert message.opcode() == dns.opcode.NOTIFY
    assert message.flags & dns.flags.AA
    (question,) = message.question
    assert (question.name.to_text(), question.rdtype) == (f"{ZONES[0]}.", dns.rdatatype.SOA)


@pytest.mark.parametrize(("kind", "signed"), [(Consumer.BIND, True), (Consumer.UNBOUND, False)])
def test_each_zone_is_told_and_bind_sees_the_key(kind: Consumer, signed: bool) -> None:
    with listening(says(dns.rcode.NOERROR)) as (port, told):
        assert notifier(kind, port).tell(ZONES) == 1
        assert {m.question[0].name.to_text() for m in told} == {f"{zone}." for zone in ZONES}
        assert {m.had_tsig for m in told} == {signed}


def test_a_refusal_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    with listening(says(dns.rcode.REFUSED)) as (port, _), caplog.at_level(logging.WARNING):
        one = notifier(Consumer.UNBOUND, port)
        assert one.tell(ZONES) == 0
        assert one.tell(ZONES) == 0
    assert [r.getMessage() for r in caplog.records if "does not take our NOTIFY" in r.getMessage()]
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda _: None, id="silence"),
        pytest.param(lambda _: b"\0", id="no-message"),
        pytest.param(lambda m: m.to_wire(), id="our-own-message"),
    ],
)
def test_what_is_no_answer_stops_nothing(answer: Answer) -> None:
    with listening(answer) as (port, told):
        assert notifier(Consumer.UNBOUND, port).tell(ZONES[:1]) == 0
        assert told


def test_nobody_there_stops_nothing() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        way.bind(("127.0.0.1", 0))
        port = way.getsockname()[1]
    assert notifier(Consumer.UNBOUND, port).tell(ZONES) == 0
    assert notifier(Consumer.UNBOUND, port).tell([]) == 0
    assert Notifier([], KEY).tell(ZONES) == 0


def test_powerdns_is_not_told() -> None:
    with pytest.raises(UsageError, match="asks every second"):
        notifier(Consumer.POWERDNS, 53)


class SilentKnot(Knot):
    """A primary that tells nobody."""

    def start_command(self) -> Sequence[str]:
        path = self.folder / "knot.conf"
        lines = [line for line in path.read_text().splitlines() if "notify:" not in line]
        path.write_text("\n".join(lines) + "\n")
        return super().start_command()


@pytest.mark.skipif(
    bool(not usable() or list(missing())), reason="needs root, network namespaces and name servers"
)
def test_bind_and_unbound_take_a_change_that_only_we_tell_of(tmp_path: Path) -> None:
    kinds = (Consumer.BIND, Consumer.UNBOUND)
    zones = {"flux.test.": "www A 127.0.3.1\n"}
    with Namespace() as namespace:
        organisation = Organisation(tmp_path, namespace, zones=zones, resolvers=kinds)
        organisation.primary = SilentKnot(
            tmp_path / "primary", namespace, organisation.primary.options
        )
        with organisation:
            until(lambda: answers(organisation) == {("127.0.3.1",)}, timeout_s=30)
            told = Notifier(organisation.options.resolvers, KEY)
            primary, names = organisation.primary.primary, organisation.options.names
            publisher = Publisher(primary, names, notifier=told)
            publisher.reconcile(wanted([sinkholed("flux.test")], names, NOW).records)
            until(
                lambda: answers(organisation) == {("127.0.9.9",)},
                timeout_s=SOON_S,
                tell=lambda: str(answers(organisation)),
            )


def answers(organisation: Organisation) -> set[tuple[str, ...]]:
    return {organisation.answer(kind, "www.flux.test") for kind in organisation.resolvers}
