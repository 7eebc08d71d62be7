from __future__ import annotations

from tests.profiles.building import HOUR, build, profile, row, stored


def test_equal_sets_are_one_whatever_their_order_and_form() -> None:
    rows = [
        row(0, "80.0.0.1,80.0.0.2"),
        row(60, "80.0.0.2,80.0.0.1"),
        row(120, "80.0.0.2,80.0.0.1,80.0.0.1"),
    ]
    p = profile(rows)
    assert (p["refreshes"], p["epochs"], p["addresses"], p["answers"]) == (0, 1, 2, 3)


def test_ipv6_has_one_form() -> None:
    rows = [row(0, "2A50:0DB8:0:0::1"), row(60, "2a50:db8::1"), row(120, "2a50:db8:0:0:0:0:0:1")]
    p = profile(rows)
    assert (p["refreshes"], p["addresses"], p["ipv6"]) == (0, 1, 1)


def test_a_name_is_one_track_whichever_alias_led_to_it() -> None:
    rows = [row(i * 60, f"edge{i % 2}.cdn.net,80.0.0.1", name="www.shop.com") for i in range(10)]
    assert profile(rows, "www.shop.com")["refreshes"] == 0


def test_two_names_of_a_domain_are_two_tracks() -> None:
    rows = [row(i * 60, f"80.0.0.{i % 2 + 1}", name=f"x{i % 2}.wild.com") for i in range(20)] + [
        row(0, f"81.{i}.0.1", name=f"y{i}.wild.com") for i in range(6)
    ]
    with stored(rows) as connection:
        table = build(connection).to_pylist()
    (domain,) = [p for p in table if p["kind"] == "registered-domain"]
    assert domain["refreshes"] == 0
    assert domain["epochs"] == 8


def test_a_set_that_is_seen_for_hours_is_counted_in_each_and_is_one() -> None:
    rows = [row(i * HOUR, "80.0.0.1,80.1.0.1,80.2.0.1", sensor="r") for i in range(5)]
    p = profile(rows)
    assert (p["answers"], p["epochs"], p["hours"]) == (5, 1, 4)


def test_case_and_trailing_dots_do_not_make_names() -> None:
    rows = [row(i, f"80.0.0.{i + 1}", name=n) for i, n in enumerate(("A.one.com", "a.One.com."))]
    assert profile(rows, "a.one.com")["addresses"] == 2
