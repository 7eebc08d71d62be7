from datetime import timedelta

import dns.name
import dns.rdata
import dns.zone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.errors import ConfigurationError
from fluxhound.response import zone
from fluxhound.response.entries import Answer, Entry, Mode, Trigger
from fluxhound.response.zone import Record, Role, ZoneNames, ordered, wanted
from tests.response.rules import NOW, entry, logged, passing, sinkholed
from tests.response.test_triggers import NETWORKS, wire

NAMES = ZoneNames.below("rpz.fluxhound")
LABELS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=30)
SUBJECTS = st.lists(LABELS, min_size=2, max_size=9).map(".".join)


def records(*entries: Entry) -> dict[Role, list[tuple[str, str, str]]]:
    found = wanted(entries, NAMES, NOW)
    assert not found.refused
    return {role: [each[:3] for each in ordered(found.records[role])] for role in Role}


@pytest.mark.parametrize(
    ("made", "role", "expected"),
    [
        (entry("b.example", exact=True), Role.BLOCK, [("b.example", "CNAME", ".")]),
        (
            entry("b.example", answer=Answer.NODATA),
            Role.BLOCK,
            [("b.example", "CNAME", "*."), ("*.b.example", "CNAME", "*.")],
        ),
        (
            sinkholed("b.example", exact=True),
            Role.BLOCK,
            [("b.example", "A", "127.0.9.9"), ("b.example", "AAAA", "2001:db8::9")],
        ),
        (
            entry(
                "b.example",
                exact=True,
                mode=Mode.SINKHOLE,
                answer=Answer.CNAME,
                target=("Sink.corp.example",),
            ),
            Role.BLOCK,
            [("b.example", "CNAME", "sink.corp.example.")],
        ),
        (
            entry("192.0.2.0/24", trigger=Trigger.NSIP),
            Role.SERVERS,
            [("24.0.2.0.192.rpz-nsip", "CNAME", ".")],
        ),
        (
            entry("192.0.2.0/24", trigger=Trigger.ADDRESS),
            Role.BLOCK,
            [("24.0.2.0.192.rpz-ip", "CNAME", ".")],
        ),
        (
            passing("corp.example"),
            Role.PASS,
            [
                ("corp.example", "CNAME", "rpz-passthru."),
                ("*.corp.example", "CNAME", "rpz-passthru."),
            ],
        ),
        (
            logged("192.0.2.0/24", trigger=Trigger.NSIP),
            Role.WATCH,
            [("24.0.2.0.192.rpz-nsip", "CNAME", "rpz-passthru.")],
        ),
    ],
)
def test_an_entry_becomes_records_of_one_zone(
    made: Entry, role: Role, expected: list[tuple[str, str, str]]
) -> None:
    found = records(made)
    assert found == {each: expected if each is role else [] for each in Role}


@pytest.mark.parametrize(
    "made",
    [
        entry("b.example", hours=-0.01),
        entry("b.example", mode=Mode.ALERT),
        entry("b.example", mode=Mode.OBSERVE),
        entry("b.example", answer=Answer.PASS),  # block by letting through is a contradiction
    ],
)
def test_what_is_not_in_force_is_not_published(made: Entry) -> None:
    assert records(made) == {role: [] for role in Role}


def test_what_waits_for_approval_is_not_published() -> None:
    waiting = Entry(
        subject="b.example",
        exact=False,
        mode=Mode.BLOCK,
        answer=Answer.NXDOMAIN,
        finding="b.example",
        reason="it fluxes",
        owner="policy",
        added=NOW,
        expires=NOW + timedelta(days=7),
    )
    assert records(waiting) == {role: [] for role in Role}


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        (Answer.ADDRESS, ()),
        (Answer.ADDRESS, ("no address",)),
        (Answer.CNAME, ()),
        (Answer.CNAME, ("*.example",)),
        (Answer.CNAME, ("rpz-drop",)),
        (Answer.CNAME, (".",)),
    ],
)
def test_a_target_that_cannot_be_answered_is_refused(
    answer: Answer, target: tuple[str, ...]
) -> None:
    made = entry("b.example", mode=Mode.SINKHOLE, answer=answer, target=target)
    found = wanted([made], NAMES, NOW)
    assert not any(found.records.values())
    assert [each.entry for each in found.refused] == [made]


def test_two_answers_for_one_query_are_not_published() -> None:
    one, other = entry("b.example"), sinkholed("b.example", exact=True)
    found = wanted([one, other], NAMES, NOW)
    assert [(each.entry, each.reason) for each in found.refused] == [(other, zone.CONFLICT)]
    assert {each.value for each in found.records[Role.BLOCK]} == {"."}


def test_the_order_of_a_zone_file_does_not_depend_on_that_of_entries() -> None:
    entries = [entry("b.example"), sinkholed("a.example"), entry("www.b.example", exact=True)]
    assert records(*entries) == records(*entries[::-1])


@given(
    st.lists(
        st.one_of(
            SUBJECTS.map(entry),
            SUBJECTS.map(sinkholed),
            SUBJECTS.map(lambda name: entry(name, trigger=Trigger.NSDNAME, exact=True)),
            SUBJECTS.map(logged),
            SUBJECTS.map(passing),
            NETWORKS.map(lambda each: entry(str(each), trigger=Trigger.NSIP)),
        ),
        max_size=20,
    )
)
def test_every_record_is_one_to_another_library(entries: list[Entry]) -> None:
    found = wanted(entries, NAMES, NOW)
    for role in Role:
        origin = dns.name.from_text(NAMES.of(role))
        for each in found.records[role]:
            name = dns.name.from_text(each.owner, origin)
            assert len(wire(name)) <= 255
            assert name.relativize(origin).to_text() == each.owner
            parsed = dns.rdata.from_text("IN", each.type, each.value)
            assert parsed.to_text() == each.value
    owners = [(role, each.owner) for role in Role for each in found.records[role]]
    for role, owner in owners:
        kinds = {each.type for each in found.records[role] if each.owner == owner}
        assert kinds == {"CNAME"} or "CNAME" not in kinds


@pytest.mark.parametrize(
    "suffix", ["", "a b", "x" * 64, ".".join(["x" * 40] * 3), "*.example", "a..b"]
)
def test_zones_need_names(suffix: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be the name of a policy zone"):
        ZoneNames.below(suffix)


def test_zones_need_different_names() -> None:
    with pytest.raises(ConfigurationError, match="different names"):
        ZoneNames("a.example", "b.example", "c.example", "a.example")


def test_names_of_zones_are_plain() -> None:
    assert ZoneNames.below("RPZ.Fluxhound.") == NAMES
    assert [NAMES.of(role) for role in zone.ROLES] == [
        "pass.rpz.fluxhound",
        "block.rpz.fluxhound",
        "servers.rpz.fluxhound",
        "watch.rpz.fluxhound",
    ]


def test_records_are_plain_rows() -> None:
    assert Record("a.example", "CNAME", ".") == ("a.example", "CNAME", ".", 60)
