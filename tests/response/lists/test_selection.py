from hypothesis import given
from hypothesis import strategies as st

from fluxhound.response.entries import Trigger
from fluxhound.response.lists.selection import above, addresses, seconds_left, select, stamp
from tests.response.lists.sample import ENTRIES, NAMES
from tests.response.rules import NOW, entry, passing, sinkholed

SUBJECTS = st.lists(st.sampled_from(["a", "b", "c"]), min_size=2, max_size=4).map(".".join)


@given(st.lists(SUBJECTS, max_size=6), st.lists(SUBJECTS, max_size=6))
def test_what_must_never_be_blocked_is_in_no_file(blocked: list[str], passed: list[str]) -> None:
    found = select([*map(entry, blocked), *map(passing, passed)], NAMES, NOW)
    for each in found.blocked:
        assert not set(passed) & set(above(each.subject))
    suffixes = {each.subject for each in found.blocked}
    for name in passed:
        covered = bool(suffixes & set(above(name)))
        assert covered == any(each.subject == name for each in found.exceptions)


def test_expired_entries_are_left_out() -> None:
    assert not select([entry("a.example", hours=-1)], NAMES, NOW).blocked


def test_the_larger_of_two_networks_is_kept() -> None:
    networks = select(ENTRIES, NAMES, NOW).networks
    assert [str(each) for each in networks] == ["198.51.100.0/28", "2001:db8:5::/48"]


def test_addresses_of_names_are_never_networks() -> None:
    nsip = entry("192.0.2.0/24", trigger=Trigger.NSIP)
    assert not select([sinkholed("a.example"), nsip], NAMES, NOW).networks


def test_an_entry_knows_its_addresses_and_its_time() -> None:
    made = sinkholed("a.example")
    assert addresses(made, 4) == ["127.0.9.9"]
    assert addresses(made, 6) == ["2001:db8::9"]
    assert addresses(entry("a.example"), 4) == []
    assert seconds_left(made, NOW, 10**9) == 86400
    assert seconds_left(made, NOW, 60) == 60
    assert seconds_left(entry("a.example", hours=0), NOW, 60) == 1
    assert stamp(NOW) == "2026-11-24T12:00:00Z"
