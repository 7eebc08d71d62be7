"""Against Knot and BIND themselves."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import dns.name
import dns.query
import dns.update
import pytest

from fluxhound.response.primary import Key
from fluxhound.response.publishing import Publisher, PublishError
from fluxhound.response.refusals import UnreachableError
from fluxhound.response.setups.options import Place, SetupOptions
from fluxhound.response.zone import Record, Role, Wanted, ZoneNames, wanted
from tests.response.rules import NOW, entry, logged, passing, sinkholed
from tests.servers.namespace import Namespace, usable
from tests.servers.organisation import PRIMARIES, SECRET, missing
from tests.servers.primary import HiddenPrimary

pytestmark = pytest.mark.skipif(
    bool(not usable() or list(missing())), reason="needs root, network namespaces and name servers"
)
NAMES = ZoneNames.below("rpz.fluxhound")
PLAN = wanted(
    [
        passing("corp.example"),
        entry("bad.example"),
        sinkholed("flux.example"),
        logged("odd.example"),
        entry(r"a\032b\046c.example", exact=True),
    ],
    NAMES,
    NOW,
)
NOTHING = wanted([], NAMES, NOW)


@pytest.fixture(params=list(PRIMARIES))
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[HiddenPrimary]:
    options = SetupOptions(
        names=NAMES,
        primary=Place("127.0.0.1", 5402),
        secret=SECRET,
        state=str(tmp_path / "primary"),
        folder=str(tmp_path / "primary"),
    )
    with (
        Namespace() as namespace,
        namespace.entered(),
        PRIMARIES[request.param](tmp_path / "primary", namespace, options) as started,
    ):
        yield started


def held(server: HiddenPrimary, role: Role) -> set[tuple[str, str, str]]:
    """Return what another library reads from a zone."""
    return {
        (name.to_text(), rdata.rdtype.name, rdata.to_text())
        for name, _, rdata in server.zone(NAMES.of(role)).iterate_rdatas()
        if name.to_text() != "@"
    }


def assert_holds(server: HiddenPrimary, plan: Wanted) -> None:
    for role in Role:
        expected = {
            (dns.name.from_text(each.owner, None).to_text(), each.type, each.value)
            for each in plan.records[role]
        }
        assert held(server, role) == expected


def somebody_else(server: HiddenPrimary, owner: str, kind: str, value: str, ttl: int = 60) -> None:
    update = dns.update.Update(f"{NAMES.block}.", keyring=server._key())
    update.replace(owner, ttl, kind, value)
    response = dns.query.tcp(update, server.address, port=server.port, timeout=5)
    assert response.rcode() == 0


def test_zones_become_what_is_wanted_and_nothing_again(server: HiddenPrimary) -> None:
    publisher = Publisher(server.primary, NAMES)
    first = publisher.reconcile(PLAN.records)
    assert (first.added, first.removed, first.foreign) == (11, 0, 0)
    assert_holds(server, PLAN)
    again = publisher.reconcile(PLAN.records)
    assert not again.changed
    assert again.serials == first.serials
    after_restart = Publisher(server.primary, NAMES).reconcile(PLAN.records)
    assert not after_restart.changed
    undone = publisher.reconcile(NOTHING.records)
    assert (undone.added, undone.removed) == (0, 11)
    assert_holds(server, NOTHING)


def test_an_answer_changes_in_one_message(server: HiddenPrimary) -> None:
    publisher = Publisher(server.primary, NAMES)
    publisher.reconcile(PLAN.records)
    other = wanted([entry("flux.example"), sinkholed("bad.example")], NAMES, NOW)
    done = publisher.reconcile(other.records)
    assert done.messages == 3  # for the block, the watch and the pass-through zone
    assert_holds(server, other)


def test_what_somebody_else_changed_is_told_and_undone(server: HiddenPrimary) -> None:
    publisher = Publisher(server.primary, NAMES)
    publisher.reconcile(PLAN.records)
    somebody_else(server, "victim.example", "CNAME", ".")
    somebody_else(server, "note.example", "TXT", '"a note"')
    done = publisher.reconcile(PLAN.records)
    assert (done.foreign, done.removed, done.added) == (2, 2, 0)
    assert "victim.example CNAME . in block.rpz.fluxhound" in done.foreign_examples
    assert_holds(server, PLAN)


def test_another_ttl_is_put_right_after_a_restart(server: HiddenPrimary) -> None:
    Publisher(server.primary, NAMES).reconcile(PLAN.records)
    somebody_else(server, "bad.example", "CNAME", ".", ttl=86400)
    Publisher(server.primary, NAMES).reconcile(PLAN.records)
    found = server.zone(NAMES.block).get_rdataset("bad.example", "CNAME")
    assert found
    assert found.ttl == 60


def test_a_killed_primary_comes_back_with_what_it_had(server: HiddenPrimary) -> None:
    publisher = Publisher(server.primary, NAMES, sleep=lambda _: None)
    before = publisher.reconcile(PLAN.records)
    server.kill()
    with pytest.raises(UnreachableError, match="does not answer"):
        publisher.reconcile(NOTHING.records)
    server.start()
    assert_holds(server, PLAN)
    assert publisher.reconcile(PLAN.records).serials == before.serials


def test_a_lost_primary_is_filled_again_with_newer_serials(server: HiddenPrimary) -> None:
    publisher = Publisher(server.primary, NAMES, sleep=lambda _: None)
    before = publisher.reconcile(PLAN.records)
    server.kill()
    for path in sorted(server.folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    server.start()
    assert server.serial(NAMES.block) == 1
    time.sleep(1)  # serials are seconds
    done = publisher.reconcile(PLAN.records)
    assert done.added == 11
    assert all(done.serials[role] > before.serials[role] for role in Role)
    assert_holds(server, PLAN)


def test_a_zone_that_was_lost_while_nothing_is_wanted_is_told_to_resolvers(
    server: HiddenPrimary,
) -> None:
    done = Publisher(server.primary, NAMES).reconcile(NOTHING.records)
    assert not done.changed
    assert all(serial > 1 for serial in done.serials.values())
    assert Publisher(server.primary, NAMES).reconcile(NOTHING.records).serials == done.serials


def test_half_a_batch_is_finished_by_the_next(server: HiddenPrimary) -> None:
    some = wanted([entry(f"n{number}.example") for number in range(40)], NAMES, NOW)
    publisher = Publisher(server.primary, NAMES)
    half = dict(some.records)
    half[Role.BLOCK] = frozenset(sorted(half[Role.BLOCK])[:33])
    publisher.reconcile(half)
    assert Publisher(server.primary, NAMES).reconcile(some.records).added == 47
    assert_holds(server, some)


def test_a_clock_that_goes_back_does_not_stop_the_serials(server: HiddenPrimary) -> None:
    now = time.time()
    before = Publisher(server.primary, NAMES).reconcile(PLAN.records)
    slow = Publisher(server.primary, NAMES, clock=lambda: now - 200)
    after = slow.reconcile(NOTHING.records)
    assert after.serials[Role.BLOCK] == before.serials[Role.BLOCK] + 1


def _with_key(server: HiddenPrimary, key: Key) -> Publisher:
    return Publisher(replace(server.primary, key=key), NAMES, sleep=lambda _: None)


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        (Key("fluxhound", b"another secret of thirty-two octs"), "its secret or its algorithm"),
        (Key("stranger", SECRET), "does not know the key stranger"),
        (Key("fluxhound", SECRET, "hmac-sha512"), "algorithm"),
    ],
)
def test_a_wrong_key_is_told_and_nothing_is_changed(
    server: HiddenPrimary, key: Key, sentence: str
) -> None:
    with pytest.raises(PublishError, match=sentence):
        _with_key(server, key).reconcile(PLAN.records)
    assert_holds(server, NOTHING)


@pytest.mark.parametrize("skew", [-4000, 4000])
def test_clocks_that_differ_are_told_with_their_difference(
    server: HiddenPrimary, skew: float
) -> None:
    publisher = Publisher(server.primary, NAMES, clock=lambda: time.time() + skew)
    which = "behind" if skew > 0 else "ahead of"
    with pytest.raises(PublishError, match=rf"(4000|3999|4001) s {which} ours.*NTP"):
        publisher.reconcile(PLAN.records)


def test_a_zone_that_is_not_there_is_told(server: HiddenPrimary) -> None:
    publisher = Publisher(server.primary, ZoneNames.below("other.zone"), sleep=lambda _: None)
    with pytest.raises(PublishError, match=r"pass\.other\.zone"):
        publisher.reconcile(PLAN.records)


def test_many_messages_follow_one_another(server: HiddenPrimary) -> None:
    plan = wanted([sinkholed(f"n{number}.example") for number in range(3000)], NAMES, NOW)
    done = Publisher(server.primary, NAMES).reconcile(plan.records)
    assert (done.added, done.messages) == (12000, 7 + 3)  # and serials of the others
    assert_holds(server, plan)
    assert not Publisher(server.primary, NAMES).reconcile(plan.records).changed


def test_records_at_the_apex_are_left_alone(server: HiddenPrimary) -> None:
    somebody_else(server, "@", "TXT", '"ours"')
    done = Publisher(server.primary, NAMES).reconcile(PLAN.records)
    assert done.removed == 0
    assert Record("bad.example", "CNAME", ".") in PLAN.records[Role.BLOCK]
