import dns.message
import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.update
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.response import wire
from fluxhound.response.updates import MOST_CHANGES, Soa, Step, message, question, steps
from fluxhound.response.zone import Record

ZONE = "block.rpz.fluxhound"
SOA = Soa(60, wire.name("localhost") + wire.name("Host.localhost") + bytes(3) + b"\7" + bytes(16))
RECORDS = st.builds(
    Record,
    st.from_regex(r"(\*\.)?[a-z0-9]{1,20}\.example", fullmatch=True),
    st.just("CNAME"),
    st.sampled_from([".", "*.", "rpz-passthru.", "sink.example."]),
)


def parsed(octets: bytes) -> dns.update.UpdateMessage:
    found = dns.message.from_wire(octets)
    assert isinstance(found, dns.update.UpdateMessage)
    return found


def test_the_serial_is_read_and_replaced() -> None:
    assert SOA.serial == 7
    after = SOA.renumbered(0xFFFFFFFF)
    assert after.serial == 0xFFFFFFFF
    assert after.renumbered(7) == SOA


def test_a_message_is_what_another_library_understands() -> None:
    step = Step(
        (Record("bad.example", "CNAME", "."), Record("note.example", "TYPE16", "")),
        (Record("bad.example", "A", "127.0.9.9"), Record("*.bad.example", "AAAA", "2001:db8::9")),
    )
    found = parsed(message(5, ZONE, SOA, SOA.renumbered(8), step))
    assert found.id == 5
    assert found.zone[0].name == dns.name.from_text(ZONE)
    (condition,) = found.prerequisite
    assert condition.rdtype == dns.rdatatype.SOA
    assert condition[0].serial == 7
    told = [
        (each.name.relativize(found.zone[0].name).to_text(), each.rdtype.name, each.deleting)
        for each in found.update
    ]
    assert told == [
        ("bad.example", "CNAME", dns.rdataclass.NONE),
        ("note.example", "TXT", dns.rdataclass.ANY),
        ("bad.example", "A", None),
        ("*.bad.example", "AAAA", None),
        ("@", "SOA", None),
    ]
    assert found.update[-1][0].serial == 8


@given(st.frozensets(RECORDS, max_size=30), st.frozensets(RECORDS, max_size=30))
def test_steps_make_all_changes_and_each_once(
    before: frozenset[Record], after: frozenset[Record]
) -> None:
    made = list(steps(before - after, after - before, ZONE))
    changes = [each for step in made for each in (*step.removed, *step.added)]
    assert len(changes) == len(before ^ after)
    assert {each for step in made for each in step.removed} == before - after
    assert {each for step in made for each in step.added} == after - before


def test_messages_are_bounded_and_what_is_at_one_name_stays_together() -> None:
    long = "x" * 60
    removed = [Record(f"n{n}.{long}.{long}.example", "CNAME", ".") for n in range(5000)]
    added = [Record(each.owner, "A", "127.0.9.9") for each in removed[::2]]
    made = list(steps(removed, added, ZONE))
    assert len(made) > 2
    place = {each.owner: number for number, step in enumerate(made) for each in step.removed}
    for number, step in enumerate(made):
        assert len(step.removed) + len(step.added) <= MOST_CHANGES
        assert len(message(1, ZONE, SOA, SOA, step)) < 65_000
        assert all(place[each.owner] == number for each in step.added)
    lone = {each.owner for each in removed[1::2]}
    first = [each.owner for step in made for each in step.removed]
    assert set(first[: len(lone)]) == lone


@pytest.mark.parametrize("kind", [wire.SOA, wire.AXFR])
def test_a_question_is_one(kind: int) -> None:
    found = dns.message.from_wire(question(9, ZONE, kind))
    assert found.question[0].rdtype == kind
