from __future__ import annotations

import gzip
import io

import pytest

from fluxhound.errors import UnknownFormatError
from fluxhound.sources.flows.sniff import FORMATS, recognise
from fluxhound.sources.stream import Stream
from tests.flowing import version_5


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (version_5(("10.0.0.1", "192.0.2.7", 443, 650, 2)), "netflow"),
        (b"#separator \\x09\n#path\tconn\n#fields\tts\tid.orig_h\n", "zeek-conn"),
        (b'{"timestamp":"x","event_type":"flow"}\n', "suricata-flow"),
        (b'{"ts":1,"id.orig_h":"10.0.0.1","conn_state":"SF"}\n', "zeek-conn-json"),
        (b"ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt\n", "nfdump"),
    ],
)
def test_each_is_told_by_its_content_plain_or_compressed(head: bytes, name: str) -> None:
    for content in (head, gzip.compress(head)):
        stream = Stream(io.BytesIO(content), name="input")
        assert recognise(stream.head, stream.name).name == name
        stream.close()


def test_names_are_unique() -> None:
    assert len({each.name for each in FORMATS}) == len(FORMATS)


@pytest.mark.parametrize("head", [b"", b"#path\tdns\n#fields\tts\tquery\n", b"<html>", b"\0" * 100])
def test_what_is_none_is_refused_with_a_sentence(head: bytes) -> None:
    with pytest.raises(UnknownFormatError, match="no flow records that can be read"):
        recognise(head, "input")
