from __future__ import annotations

import io

from hypothesis import given, settings
from hypothesis import strategies as st

from fluxhound.sources.flows.exports import exports, is_export
from fluxhound.sources.stream import Stream
from fluxhound.sources.tally import Tally
from tests.flowing import FIELDS_9, flow_set, ipfix, record_9, template, version_5, version_9

KINDS = (
    version_5(("10.0.0.1", "192.0.2.7", 443, 650, 2)),
    version_9(template(256, FIELDS_9, kind=0)),
    version_9(flow_set(256, record_9("10.0.0.1", "192.0.2.8", 53, 90)), flow_set(256)),
    ipfix(template(256, FIELDS_9, kind=2)),
)


def cut(content: bytes) -> list[bytes]:
    stream = Stream(io.BytesIO(content), name="input")
    tally = Tally()
    found = [each.octets for each in exports(stream, tally)]
    stream.close()
    assert not tally.bad
    return found


@settings(max_examples=40)
@given(st.lists(st.sampled_from(KINDS), min_size=1, max_size=12))
def test_messages_are_cut_where_they_end(messages: list[bytes]) -> None:
    assert all(map(is_export, messages))
    assert cut(b"".join(messages)) == messages


def test_of_nothing_comes_nothing() -> None:
    assert cut(b"") == []
