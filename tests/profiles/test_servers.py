from __future__ import annotations

import pytest

from tests.profiles.building import DAY, HOUR, Row, profile, profiles, row

NAME = "www.zone.com"
HOSTS = [f"ns{i}.zone.com" for i in range(1, 5)]


def asked(times: range = range(0, 6 * HOUR, 600)) -> list[Row]:
    """Return the name itself, which changes enough to be profiled."""
    return [row(t, f"80.0.0.{t // 600 % 200 + 1}", name=NAME) for t in times]


def served(
    time: float, glue: dict[str, str], *, ttl: int = 600, zone: str = "zone.com"
) -> list[Row]:
    """Return the name servers of a zone and their addresses, as one response shows them."""
    rows = [row(time, ",".join(glue), name=zone, ttl=ttl)]
    return rows + [row(time, a, name=h, ttl=ttl // 2) for h, a in glue.items() if a]


def fixed(third: int = 0) -> dict[str, str]:
    return {host: f"82.{i}.{third}.1" for i, host in enumerate(HOSTS)}


def test_without_name_servers_nothing_is_said_of_them() -> None:
    p = profile(asked(), NAME)
    assert {k: v for k, v in p.items() if k.startswith("ns_") and v is not None} == {}


def test_name_servers_that_stay() -> None:
    rows = asked() + [r for t in range(0, 6 * HOUR, 900) for r in served(t, fixed())]
    p = profile(rows, NAME)
    assert (p["ns_hosts"], p["ns_addresses"], p["ns_operators"], p["ns_prefixes"]) == (4, 4, 2, 4)
    assert (p["ns_new_per_day"], p["ns_refreshes"], p["ns_set_changes"]) == (0, 0, 0)
    assert (p["ns_eyeball_share"], p["ns_self_hosted"]) == (0, 1)
    assert (p["ns_ttl"], p["ns_address_ttl"]) == (600, 300)


def test_glue_that_comes_later_is_not_new() -> None:
    """A response with room for one address shows the others another time."""
    rows = asked()
    for i, host in enumerate(HOSTS):
        shown = {h: (fixed()[h] if h == host else "") for h in HOSTS}
        rows += served(i * 300, shown)
    p = profile(rows, NAME)
    assert (p["ns_addresses"], p["ns_new_per_day"]) == (4, 0)


def test_ipv6_glue_that_comes_later_is_not_new() -> None:
    rows = asked() + served(0, fixed())
    rows += [row(900, f"2a00:db8::{i}", name=host) for i, host in enumerate(HOSTS)]
    assert profile(rows, NAME)["ns_new_per_day"] == 0


def test_addresses_that_rotate_are_new() -> None:
    rows = asked()
    for turn in range(6):
        rows += served(turn * HOUR, {h: f"80.{turn}.{i}.9" for i, h in enumerate(HOSTS)})
    p = profile(rows, NAME)
    assert p["ns_addresses"] == 24
    assert p["ns_new_per_day"] == 20  # of six hours, not extrapolated to 80
    assert p["ns_refreshes"] == 20
    assert p["ns_set_changes"] == 0
    assert p["ns_eyeball_share"] == 1


def test_hosts_that_join_bring_new_addresses() -> None:
    rows = asked()
    for turn in range(3):
        glue = {f"ns{turn * 2 + i}.zone.com": f"80.{turn}.{i}.9" for i in range(2)}
        rows += served(turn * HOUR, glue)
    p = profile(rows, NAME)
    assert (p["ns_hosts"], p["ns_set_changes"], p["ns_new_per_day"]) == (6, 2, 4)


def test_a_rate_is_per_day() -> None:
    rows = asked()
    for turn in range(5):
        rows += served(turn * DAY, {"ns1.zone.com": f"80.0.{turn}.9"})
    assert profile(rows, NAME)["ns_new_per_day"] == pytest.approx(1.0)


def test_the_order_of_the_records_is_no_change() -> None:
    rows = asked() + served(0, fixed()) + served(HOUR, dict(reversed(fixed().items())))
    assert profile(rows, NAME)["ns_set_changes"] == 0


def test_a_zone_served_from_elsewhere_is_not_self_hosted() -> None:
    rows = asked() + served(0, {"ns1.zone.com": "82.0.0.1", "ns.provider.net": "82.0.0.2"})
    assert profile(rows, NAME)["ns_self_hosted"] == 0.5


def test_name_servers_are_entities_of_their_own() -> None:
    rows = asked()
    for turn in range(8):
        rows += served(turn * HOUR, {"ns1.zone.com": f"80.{turn % 6}.{turn}.9"})
    assert ("name-server", "ns1.zone.com") in profiles(rows)
