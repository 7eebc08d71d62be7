from __future__ import annotations

import pytest

from fluxhound.errors import UnknownFormatError
from fluxhound.sources.urls.sniff import recognise


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"#path\thttp\n#fields\tts\thost\n", "zeek-http"),
        (b"#path\tsmtp\n#fields\tts\trcptto\n", "zeek-smtp"),
        (b'{"ts":1,"id.orig_h":"10.0.0.1","host":"a","uri":"/"}\n', "zeek-http-json"),
        (b"recipient,url\n", "url-csv"),
        (b"see http://evil.example/\n", "url-text"),
        (b"see hxxps://evil[.]example/\n", "url-text"),
    ],
)
def test_each_is_told_by_its_content(head: bytes, name: str) -> None:
    assert recognise(head, "input").name == name


@pytest.mark.parametrize("head", [b"", b"nothing", b"#path\tconn\n#fields\tts\n"])
def test_what_is_none_is_refused_with_a_sentence(head: bytes) -> None:
    with pytest.raises(UnknownFormatError, match="no URLs are found"):
        recognise(head, "input")
