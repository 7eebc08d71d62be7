from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from fluxhound.response.sinkhole.authority import Authority, load_authority
from fluxhound.response.sinkhole.certificates import Certificates
from fluxhound.response.sinkhole.limits import Limits


class Clock:
    """A time that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def authority(tmp_path: Path, clock: Clock) -> Authority:
    return load_authority(tmp_path, now=dt.datetime.fromtimestamp(clock(), dt.UTC))


def test_one_name_is_signed_once(authority: Authority, clock: Clock) -> None:
    certificates = Certificates(authority, Limits(), clock=clock)
    first, own = certificates.context("evil.example")
    assert own
    assert certificates.context("evil.example") == (first, True)
    assert certificates.made == 2  # with the fallback


def test_no_more_are_kept_than_may_be(authority: Authority, clock: Clock) -> None:
    certificates = Certificates(authority, Limits(certificates=3), clock=clock)
    first, _ = certificates.context("a0.example")
    for at in range(1, 3):
        certificates.context(f"a{at}.example")
    assert certificates.context("a0.example")[0] is first  # the latest used stays
    for at in range(3, 5):
        certificates.context(f"a{at}.example")
    assert len(certificates) == 3
    assert certificates.context("a0.example")[0] is first


def test_strangers_cannot_make_it_sign_without_end(authority: Authority, clock: Clock) -> None:
    limits = Limits(certificates_at_once=5, certificates_per_s=2)
    certificates = Certificates(authority, limits, clock=clock)
    owned = [certificates.context(f"a{at}.example")[1] for at in range(9)]
    assert owned == [True] * 5 + [False] * 4
    assert certificates.refused == 4
    assert certificates.context("a0.example")[1]  # what is kept is not counted
    clock.now += 1
    assert [certificates.context(f"b{at}.example")[1] for at in range(3)] == [True, True, False]
    clock.now -= 1_000  # a clock that is set back gives nothing and breaks nothing
    assert not certificates.context("c.example")[1]


@pytest.mark.parametrize("name", ["", "ü.example"])
def test_what_is_no_name_gets_the_fallback(name: str, authority: Authority, clock: Clock) -> None:
    certificates = Certificates(authority, Limits(), clock=clock)
    assert certificates.context(name) == (certificates.context("")[0], False)


def test_certificates_are_made_anew_before_they_expire(authority: Authority, clock: Clock) -> None:
    certificates = Certificates(authority, Limits(), clock=clock)
    first, _ = certificates.context("evil.example")
    fallback, _ = certificates.context("")
    clock.now += 2 * 86_400
    assert certificates.context("evil.example")[0] is not first
    assert certificates.context("")[0] is not fallback
