"""Against a server in this very program that says what it should not."""

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import closing

import dns.message
import dns.tsig
import pytest

from fluxhound.response.channel import Channel
from fluxhound.response.primary import Key, Primary
from fluxhound.response.refusals import PublishError, UnreachableError
from fluxhound.response.updates import question

SECRET = b"a key for tests, thirty-two long"
KEY = dns.tsig.Key("fluxhound.", SECRET)
Answer = Callable[[dns.message.Message], bytes]


class Server:
    """Answers each message on one connection with what it is told to."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = answers
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def primary(self, *, timeout_s: float = 5.0) -> Primary:
        return Primary(
            address="127.0.0.1", port=self.port, key=Key("fluxhound", SECRET), timeout_s=timeout_s
        )

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection, connection.makefile("rb") as file:
            queries = []
            for answer in self._answers:
                head = file.read(2)
                if len(head) == 2:
                    wire = file.read(struct.unpack("!H", head)[0])
                    queries.append(dns.message.from_wire(wire, keyring=KEY))
                octets = answer(queries[-1])
                if octets:
                    connection.sendall(struct.pack("!H", len(octets)) + octets)


def signed(query: dns.message.Message) -> bytes:
    return dns.message.make_response(query).to_wire()


def unsigned(query: dns.message.Message) -> bytes:
    response = dns.message.make_response(query)
    response.tsig = None
    return response.to_wire()


def forged(query: dns.message.Message) -> bytes:
    response = dns.message.make_response(query)
    response.use_tsig(dns.tsig.Key("fluxhound.", b"another secret of thirty-two octs"))
    return response.to_wire()


def changed(query: dns.message.Message) -> bytes:
    octets = bytearray(signed(query))
    octets[3] ^= 1
    return bytes(octets)


def other_number(query: dns.message.Message) -> bytes:
    octets = bytearray(signed(query))
    octets[0] ^= 0xFF
    return bytes(octets)


def ask(*answers: Answer, timeout_s: float = 5.0) -> int:
    with (
        closing(Server(*answers)) as server,
        closing(Channel(server.primary(timeout_s=timeout_s))) as made,
    ):
        return made.ask(question(7, "block.rpz", 6)).head.id


def test_a_signed_response_is_believed() -> None:
    assert ask(signed) == 7


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (unsigned, "without a signature"),
        (forged, "secret or its algorithm"),
        (changed, "secret or its algorithm"),
        (other_number, "damaged"),
        (lambda _: b"\0\7", "damaged"),
        (lambda _: b"", "hung up"),
        (lambda query: signed(query)[:-9], "damaged"),
    ],
)
def test_what_is_not_signed_by_the_primary_is_not_believed(answer: Answer, words: str) -> None:
    with pytest.raises(PublishError, match=words):
        ask(answer)


def test_silence_ends_after_a_while() -> None:
    wait = threading.Event()

    def silent(query: dns.message.Message) -> bytes:
        wait.wait(5)
        return b""

    with pytest.raises(UnreachableError, match="no answer in time"):
        ask(silent, timeout_s=0.1)
    wait.set()


def test_nobody_there_is_told() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    primary = Primary(address="127.0.0.1", port=port, key=Key("fluxhound", SECRET))
    with pytest.raises(UnreachableError, match="Connection refused"):
        Channel(primary)


def test_responses_may_come_in_another_order() -> None:
    class TwoAtOnce(Server):
        def _serve(self) -> None:
            connection, _ = self._listener.accept()
            with connection, connection.makefile("rb") as file:
                queries = []
                for _ in range(2):
                    wire = file.read(struct.unpack("!H", file.read(2))[0])
                    queries.append(dns.message.from_wire(wire, keyring=KEY))
                for query in reversed(queries):
                    octets = signed(query)
                    connection.sendall(struct.pack("!H", len(octets)) + octets)

    with closing(TwoAtOnce()) as server, closing(Channel(server.primary())) as made:
        messages = [question(number, "block.rpz", 6) for number in (1, 2)]
        assert [each.head.id for each in made.ask_ahead(messages, 2)] == [2, 1]
