import dataclasses

import pytest

from fluxhound.errors import UsageError
from fluxhound.response.setups.options import FOLDERS, Place, first_zone, secret
from tests.response.setups.sample import OPTIONS, SECRET


def test_the_secret_is_not_shown() -> None:
    assert "secret" not in repr(OPTIONS)
    assert OPTIONS.secret_text == SECRET


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("key_name", 'a"; include "/etc/passwd'),
        ("key_name", ""),
        ("folder", "relative"),
        ("folder", '/etc/"x'),
        ("state", "/var/lib/a b"),
        ("state", "/x\n"),
        ("algorithm", "hmac-md5"),
        ("secret", b"short"),
    ],
)
def test_what_would_be_read_as_configuration_is_refused(field: str, value: object) -> None:
    with pytest.raises(UsageError):
        dataclasses.replace(OPTIONS, **{field: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(("address", "port"), [("host", 53), ("192.0.2.1", 0), ("::1", 65536)])
def test_a_place_is_an_address_and_a_port(address: str, port: int) -> None:
    with pytest.raises(UsageError):
        Place(address, port)


def test_files_with_the_secret_are_known_by_name() -> None:
    assert secret("fluxhound.key.conf")
    assert secret("fluxhound.key")
    assert not secret("knot.conf")


def test_the_first_zone_has_the_least_serial() -> None:
    assert " 1 60 10 2592000 60" in first_zone()
    assert set(FOLDERS) == {"knot", "bind-primary", "bind", "unbound", "powerdns"}
