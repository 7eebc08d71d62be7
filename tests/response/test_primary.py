import base64
from pathlib import Path

import pytest

from fluxhound.errors import ConfigurationError
from fluxhound.response.primary import Key, Primary, read_key

SECRET = bytes(range(32))


def written(tmp_path: Path, text: bytes, mode: int = 0o600) -> Path:
    path = tmp_path / "key"
    path.write_bytes(text)
    path.chmod(mode)
    return path


def test_a_key_is_read_and_not_shown(tmp_path: Path) -> None:
    path = written(tmp_path, base64.b64encode(SECRET) + b"\n")
    key = read_key(path, "fluxhound")
    assert key == Key("fluxhound", SECRET)
    assert "secret" not in repr(key)
    assert "secret" not in repr(Primary(address="192.0.2.1", key=key))


@pytest.mark.parametrize("mode", [0o604, 0o660, 0o644])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(ConfigurationError, match="chmod 600"):
        read_key(written(tmp_path, base64.b64encode(SECRET), mode), "fluxhound")


@pytest.mark.parametrize(
    ("text", "words"), [(b"not base64!", "base64"), (b"", "empty"), (b"key: abc=\n", "base64")]
)
def test_a_file_without_a_key_is_told(tmp_path: Path, text: bytes, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        read_key(written(tmp_path, text), "fluxhound")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_key(tmp_path / "none", "fluxhound")


def test_an_algorithm_has_to_be_known() -> None:
    with pytest.raises(ConfigurationError, match="hmac-sha256"):
        Key("fluxhound", SECRET, "hmac-md5")


def test_a_primary_says_where_it_is() -> None:
    primary = Primary(address="192.0.2.1", port=5402, key=Key("k", SECRET))
    assert primary.where == "The primary at 192.0.2.1 port 5402"
