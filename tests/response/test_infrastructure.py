from __future__ import annotations

import ipaddress
import re

import pytest

from fluxhound.intel.services import services
from fluxhound.response.infrastructure import (
    SPECIAL_USE,
    groups,
    infrastructure,
    infrastructure_addresses,
    special_use,
)

NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]+")


def test_each_group_has_a_reason_that_reads_after_which() -> None:
    assert len({group["id"] for group in groups()}) == len(groups())
    for group in groups():
        assert set(group) <= {"id", "reason", "names", "addresses", "below"}
        assert group["reason"].split()[0] in {
            "sets", "serves", "is", "brings", "issues", "carries", "signs", "runs",
        }  # fmt: skip


def test_names_are_names_and_stand_once() -> None:
    names = [name for group in groups() for name in group["names"]]
    assert [name for name in names if not NAME.fullmatch(name)] == []
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "name",
    [
        "0.de.pool.ntp.org", "time.windows.com", "ctldl.windowsupdate.com", "ocsp.digicert.com",
        "r3.o.lencr.org", "dns.google", "a.root-servers.net", "a.gtld-servers.net",
        "deb.debian.org", "security.ubuntu.com", "files.pythonhosted.org", "registry.npmjs.org",
        "login.microsoftonline.com", "mx.google.com", "database.clamav.net", "ghcr.io",
        "safebrowsing.googleapis.com", "zen.spamhaus.org", "aus5.mozilla.org",
    ],
)  # fmt: skip
def test_what_must_never_be_blocked(name: str) -> None:
    assert infrastructure().touched(name)


def test_what_lies_below_a_shared_platform_belongs_to_customers() -> None:
    for name in ("github.io", "cloudfront.net", "duckdns.org"):
        assert infrastructure().touched(name)
        assert infrastructure().touched(f"tenant.{name}") is None


def test_known_services_are_among_them() -> None:
    assert all(infrastructure().touched(suffix) for suffix in services())


def test_the_addresses_are_public() -> None:
    found = infrastructure_addresses()
    assert len(found) > 40
    assert all(address.is_global for address in found)
    assert ipaddress.ip_address("198.41.0.4") in found


def test_special_names() -> None:
    assert {"test", "localhost", "invalid", "example", "local", "onion", "arpa"} <= set(SPECIAL_USE)
    assert special_use().touched("www.example.com")
