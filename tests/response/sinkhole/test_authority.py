from __future__ import annotations

import datetime as dt
import ipaddress
import stat
from pathlib import Path

import pytest
from cryptography import x509

from fluxhound.errors import StoreError
from fluxhound.response.sinkhole.authority import CERTIFICATE_FILE, KEY_FILE, load_authority

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)


def issued(folder: Path, name: str) -> x509.Certificate:
    pem = load_authority(folder, now=NOW).issue(name, now=NOW)
    return x509.load_pem_x509_certificates(pem)[0]


def test_it_is_made_once_and_its_key_is_private(tmp_path: Path) -> None:
    first = load_authority(tmp_path, now=NOW).certificate
    assert load_authority(tmp_path, now=NOW).certificate == first
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert sorted(each.name for each in tmp_path.iterdir()) == [KEY_FILE, CERTIFICATE_FILE]


def test_a_certificate_is_for_one_name_and_signed(tmp_path: Path) -> None:
    made = issued(tmp_path, "evil.example")
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["evil.example"]
    authority = load_authority(tmp_path, now=NOW).certificate
    made.verify_directly_issued_by(authority)
    assert made.not_valid_before_utc < NOW < made.not_valid_after_utc
    basic = made.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert not basic.ca
    basic = authority.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (basic.ca, basic.path_length) == (True, 0)


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
def test_an_address_is_named_as_one(address: str, tmp_path: Path) -> None:
    names = issued(tmp_path, address).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert names.value.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address(address)]


def test_a_long_name_is_no_common_name(tmp_path: Path) -> None:
    name = ".".join(["a" * 50] * 4)
    made = issued(tmp_path, name)
    assert made.subject.rfc4514_string() == "CN=sinkhole"


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    load_authority(tmp_path, now=NOW)
    (tmp_path / KEY_FILE).chmod(0o640)
    with pytest.raises(StoreError, match="chmod 600"):
        load_authority(tmp_path, now=NOW)


def test_what_is_damaged_is_told(tmp_path: Path) -> None:
    load_authority(tmp_path, now=NOW)
    (tmp_path / CERTIFICATE_FILE).write_text("no certificate")
    with pytest.raises(StoreError, match="is damaged"):
        load_authority(tmp_path, now=NOW)


def test_a_key_of_another_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    load_authority(tmp_path, now=NOW)
    load_authority(tmp_path / "other", now=NOW)
    (tmp_path / "other" / KEY_FILE).replace(tmp_path / KEY_FILE)
    with pytest.raises(StoreError, match="do not belong together"):
        load_authority(tmp_path, now=NOW)


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be used"):
        load_authority(tmp_path / "none", now=NOW)
