from __future__ import annotations

from collections.abc import Iterator

import pytest

from fluxhound.history.store import Store
from fluxhound.intel.decay import DAY_S
from fluxhound.intel.deciding import Decider, Opinion, Reason, Stand, together
from fluxhound.intel.entries import make_entry, put_entry
from fluxhound.intel.indicator import Kind, Tlp
from fluxhound.intel.matching import How
from fluxhound.intel.shelf import Shelf
from fluxhound.intel.source import Purpose, Source
from tests.intel.readers import read

NOW = 1_780_000_000.0

FEED = """\
indicator,type,last_seen,malware,tlp
evil.example,domain,2026-05-20,Evil,amber
old.example,domain,2020-01-01,Old,
http://shared.example/x,url,2026-05-20,Evil,
8.8.8.8,ip,2026-05-25,,
both.example,domain,2026-05-20,,
"""
SECOND = "both.example\n"
PASSES = "@@||good.evil.example^\n||other.example^\n"
SINKHOLES = "sinkhole.example\n9.9.9.0/24\n"


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    with Store() as store:
        found = Shelf(store)
        for name, content, purpose in (
            ("feed", FEED, Purpose.BLOCK),
            ("second", SECOND, Purpose.BLOCK),
            ("passes", PASSES, Purpose.BLOCK),
            ("sinkholes", SINKHOLES, Purpose.CONTEXT),
            ("top-sites", "top.example\nevil.top.example\n", Purpose.ALLOW),
        ):
            found.add(Source(name=name, location=name, purpose=purpose))
            found.put(name, read(content), now=NOW)
        yield found


def say(shelf: Shelf, text: str, *, allow: bool, expires: float | None = None) -> None:
    entry = make_entry(text, allow=allow, reason="seen", owner="me", created=NOW, expires=expires)
    put_entry(shelf, entry)


def decided(shelf: Shelf, name: str, now: float = NOW) -> Opinion:
    return Decider(shelf, now=now).verdict_on(name)


@pytest.mark.parametrize(
    ("name", "stand", "text"),
    [
        ("Evil.Example.", Stand.LISTED, "feed lists it as Evil"),
        ("www.evil.example", Stand.LISTED, "feed lists evil.example and all below it as Evil"),
        (
            "good.evil.example",
            Stand.ALLOWED,
            "passes lists it, to be let pass",
        ),
        ("old.example", Stand.EXPIRED, "feed lists it as Old, too long ago to act on"),
        (
            "shared.example",
            Stand.CONTEXT,
            "feed lists a URL on it, http://shared.example/x as Evil, which decides nothing",
        ),
        ("8.8.8.8", Stand.LISTED, "feed lists it"),
        ("9.9.9.9", Stand.CONTEXT, "sinkholes lists the network 9.9.9.0/24, which decides nothing"),
        ("top.example", Stand.ALLOWED, "top-sites lists it, to be let pass"),
        ("0.pool.ntp.org", Stand.CONTEXT, "it is a known volunteer-pool"),
    ],
)
def test_the_first_reason_decides(shelf: Shelf, name: str, stand: Stand, text: str) -> None:
    found = decided(shelf, name)
    assert found.stand is stand
    assert found.reasons[0].text.startswith(text)
    assert found.blocks is (stand is Stand.LISTED)


def test_what_nobody_knows_is_unknown(shelf: Shelf) -> None:
    found = decided(shelf, "nobody.example")
    assert (found.stand, found.reasons, found.weight) == (Stand.UNKNOWN, (), 0.0)


def test_an_analyst_comes_before_any_source(shelf: Shelf) -> None:
    say(shelf, "evil.example", allow=True)
    say(shelf, "bad.evil.example", allow=False)
    assert decided(shelf, "www.evil.example").stand is Stand.ALLOWED
    most_specific = decided(shelf, "a.bad.evil.example")
    assert most_specific.stand is Stand.DENIED
    assert most_specific.reasons[0].text == "me says deny (bad.evil.example and all below it): seen"
    assert [reason.source for reason in most_specific.reasons] == ["analyst", "analyst", "feed"]


def test_the_word_of_an_analyst_ends(shelf: Shelf) -> None:
    say(shelf, "evil.example", allow=True, expires=NOW + 10)
    assert decided(shelf, "evil.example").stand is Stand.ALLOWED
    assert decided(shelf, "evil.example", now=NOW + 10).stand is Stand.LISTED


def test_indicators_grow_old(shelf: Shelf) -> None:
    assert decided(shelf, "8.8.8.8").blocks
    assert decided(shelf, "8.8.8.8", now=NOW + 40 * DAY_S).stand is Stand.EXPIRED
    later = decided(shelf, "evil.example", now=NOW + 90 * DAY_S).weight
    assert later == pytest.approx(decided(shelf, "evil.example").weight / 2)


def test_sources_that_agree_weigh_more(shelf: Shelf) -> None:
    alone, both = decided(shelf, "evil.example"), decided(shelf, "both.example")
    assert 0 < alone.weight < both.weight < 1
    assert {reason.source for reason in both.reasons} == {"feed", "second"}
    assert alone.reasons[0].tlp is Tlp.AMBER


def test_each_source_counts_once() -> None:
    def reason(source: str, weight: float, stand: Stand = Stand.LISTED) -> Reason:
        return Reason(
            stand=stand, source=source, value="a", kind=Kind.HOST, how=How.EXACT, weight=weight
        )

    found = [reason("a", 0.5), reason("a", 0.4), reason("b", 0.5), reason("c", 0.9, Stand.EXPIRED)]
    assert together(found) == pytest.approx(0.75)
    assert together([]) == 0.0


def test_what_is_held_counts_for_nothing(shelf: Shelf) -> None:
    many = "\n".join(f"h{number}.example" for number in range(500))
    shelf.put("second", read(many), now=NOW)
    assert decided(shelf, "h1.example").stand is Stand.UNKNOWN
    assert decided(shelf, "both.example").stand is Stand.LISTED


def test_an_empty_shelf_knows_nothing_but_services() -> None:
    with Store() as store:
        decider = Decider(Shelf(store), now=NOW)
        assert [o.stand for o in decider.verdicts_on(["a.example", "8.8.8.8"])] == [
            Stand.UNKNOWN,
            Stand.UNKNOWN,
        ]
        assert decider.verdicts_on([]) == []
