"""One frame opened; how frames of every kind come out is tested with the format."""

from fluxhound.sources.tally import Tally
from fluxhound.sources.tapresponse import NO_MESSAGE, NOT_DNSTAP, client, name_of, place, response
from tests.sources.tapping import CLIENT, RESOLVER, frame


def test_response_is_opened() -> None:
    found = response(frame(CLIENT, b"m", identity=b"ns", asker=4), Tally())
    assert found == (CLIENT, b"ns", b"m", 100.0, b"\x0a\0\0\4", b"\xc0\0\2\x35", False)
    assert (client(found), place(found)) == ("10.0.0.4", "ns")


def test_resolver_that_asked_is_no_client() -> None:
    found = response(frame(RESOLVER, b"m"), Tally())
    assert found
    assert (client(found), place(found)) == (None, "10.0.0.1")


def test_what_is_none_is_counted() -> None:
    tally = Tally()
    assert response(b"\xff", tally) is response(frame(RESOLVER, b""), tally) is None
    assert tally.bad == {NOT_DNSTAP: 1, NO_MESSAGE: 1}
    assert tally.records == 2


def test_name_of_a_server_is_escaped() -> None:
    assert name_of(b"a\n\xff") == "a\\010\\xff"
    assert name_of(b"") is None
