"""What every row tells: which names show something new, and whose rows the bench wants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fluxhound.profiles.sightings import Facts
from fluxhound.service.arrivals import Arrived, Pieces, Reader
from fluxhound.service.attention import Fill, State
from fluxhound.service.breadth import Breadth
from fluxhound.service.novelty import Novelty, mixed

Keys = NDArray[np.uint64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: names -> a table with (registered_domain), one row for each name.
Domains = Callable[[pa.Array], pa.Table]

#: Answers that are remembered for each name, on average, and addresses of findings. Chosen.
ANSWERS_PER_NAME = 4
LINES = pa.array(["access", "mobile"])
#: Addresses of one hearing that are asked whether they are access lines: some milliseconds. Chosen.
MOST_LOOKED_UP = 5_000
MOST_HOT = 500_000
MOST_FOLLOWED = 500_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Heard:
    """What the bench is to hold of some rows."""

    rows: pa.Table  # the history's columns, and the keys ``domain`` and ``text``
    #: Chains that lead into another domain: the key of the text, of who was asked, of the domain.
    aliases: pa.Table
    #: Which domain showed which address, each for the first time.
    addresses: pa.Table


class Tracking:
    """Keeps what is known of all names, in a few dozen bytes for each."""

    def __init__(
        self,
        domains: Domains,
        *,
        most_names: int,
        facts: Facts | None = None,
        reader: Reader | None = None,
    ) -> None:
        """Find registered domains by *domains*; follow at most *most_names* names.

        Whose new addresses are access lines by *facts*, is looked at before others.
        """
        self._domains = domains
        self._facts = facts
        self.reader = reader or Reader()
        self.breadth = Breadth(most_names)
        self.novelty = Novelty(ANSWERS_PER_NAME * most_names)
        self.hot = Novelty(MOST_HOT)
        self.followed = Novelty(MOST_FOLLOWED)

    @property
    def octets(self) -> int:
        """Return the memory of all that is tracked in bytes."""
        kept = (self.breadth, self.novelty, self.hot, self.followed)
        return sum(each.octets for each in kept)

    def hear(self, rows: pa.Table, *, old: bool = False, at: float = 0.0) -> Heard:
        """Take *rows*, which came *at* this time, and return what the bench is to hold of them.

        Of *old* rows nothing: they are in the store, which will be asked for them.
        """
        self.breadth.trim()
        arrived = self.reader.keys(rows)
        names = self.breadth.names_at(arrived.name)
        fresh = self.novelty.fresh(arrived.pair)
        unseen = np.flatnonzero(fresh | (names < 0))
        self.breadth.asked(names[names >= 0])
        aliases, addresses = self._learn(rows, arrived, unseen, fresh[unseen], at=at)
        names[unseen] = self.breadth.names_at(arrived.name[unseen])
        domain = self.breadth.domain_of(names)
        of = self.breadth.domains
        if old:
            led_to = self.breadth.domains_at(aliases.column("domain").to_numpy())
            stored = np.concatenate([domain, led_to])
            fill = of["fill"][stored]
            of["fill"][stored] = np.where(fill == Fill.NOT_NEEDED, Fill.FIRST, fill)
            kept = np.zeros(len(domain), dtype=bool)
        else:
            of["heard"][domain] = True
            state = of["state"][domain]
            kept = (fresh & (state != State.RULED_OUT)) | (state >= State.OPEN)
            kept |= self.followed.holds(arrived.text)
        place = np.flatnonzero(kept)
        key = of["key"][domain[place]]
        return _heard(rows, place, key, arrived.text[place], aliases, addresses)

    def describe(self, rows: pa.Table) -> Heard:
        """Return *rows* of known names as the bench is to hold them, and learn nothing."""
        arrived = self.reader.keys(rows)
        names = self.breadth.names_at(arrived.name)
        place = np.flatnonzero(names >= 0)
        first = place[np.unique(arrived.pair[place], return_index=True)[1]]
        pieces = self.reader.pieces(rows.take(pa.array(first)))
        aliases, addresses = self._links(pieces, arrived.name[first], arrived.text[first])
        domain = self.breadth.domain_of(names[place])
        return _heard(rows, place, self.breadth.domains["key"][domain], arrived.text[place],
                      aliases, addresses)  # fmt: skip

    def _learn(
        self, rows: pa.Table, arrived: Arrived, unseen: Ints, fresh: Mask, *, at: float
    ) -> tuple[pa.Table, pa.Table]:
        """Count what rows show that are new, and return their chains and their addresses."""
        if not unseen.size:
            return NO_ALIASES, NO_ADDRESSES
        some = rows.take(pa.array(unseen))
        pieces = self.reader.pieces(some)
        own, text = arrived.name[unseen], arrived.text[unseen]
        self._name(
            np.concatenate([own, pieces.chain_name]),
            pa.concat_arrays([some.column("name").combine_chunks(), pieces.chain_text]),
        )
        owner = self.breadth.names_at(own)
        linked = self.breadth.names_at(pieces.chain_name)
        follows = self.novelty.fresh(mixed(pieces.chain_name, text[pieces.chain_row]))
        names = np.concatenate([owner[fresh], linked[follows]])
        places = np.concatenate([np.flatnonzero(fresh), pieces.chain_row[follows]])
        four, six = (
            np.bincount(pieces.address_row[pieces.ipv6 == v], minlength=len(unseen))
            for v in (False, True)
        )
        self.breadth.widen(names, four[places], six[places], at=at)
        shown, shower = _each_address(pieces, names, places)
        self.breadth.spread(shower, pieces.network[shown])
        self.breadth.pass_gate(np.unique(np.concatenate([names, owner])))
        self._count_lines(pieces, self.breadth.domain_of(owner[pieces.address_row]))
        hot = pieces.address_row[self.hot.holds(pieces.address)]
        self.breadth.domains["hot"][self.breadth.domain_of(owner[hot])] = True
        return self._links(pieces, own, text)

    def _count_lines(self, pieces: Pieces, domains: Ints) -> None:
        """Count addresses on access lines, of domains that were not ruled out.

        Of more than ``MOST_LOOKED_UP`` only those whose domains passed the gate.
        """
        of = self.breadth.domains
        wanted = of["state"][domains] != State.RULED_OUT
        if np.count_nonzero(wanted) > MOST_LOOKED_UP:
            wanted &= of["passed"][domains]
        place = np.flatnonzero(wanted)
        if self._facts is None or not place.size:
            return
        kinds = self._facts(pieces.address_text.take(pa.array(place))).column("kind")
        lines = pc.is_in(kinds, LINES).to_numpy().astype(bool)
        np.add.at(of["lines"], domains[place[lines]], np.uint32(1))

    def _links(self, pieces: Pieces, own: Keys, text: Keys) -> tuple[pa.Table, pa.Table]:
        """Return the chains into other domains, and the addresses, of rows with these keys."""
        key = self.breadth.domains["key"]
        domain = self.breadth.domain_of(self.breadth.names_at(own))
        linked = self.breadth.names_at(pieces.chain_name)
        into = np.where(linked >= 0, self.breadth.domain_of(linked), domain[pieces.chain_row])
        foreign = np.flatnonzero(into != domain[pieces.chain_row])
        by = pieces.chain_row[foreign]
        aliases = pa.table({"text": text[by], "name": own[by], "domain": key[into[foreign]]})
        addresses = pa.table({
            "address": pieces.address, "domain": key[domain[pieces.address_row]],
        })  # fmt: skip
        return aliases, addresses

    def _name(self, keys: Keys, texts: pa.Array) -> None:
        """Add the names that are not known, with their registered domains."""
        distinct, first = np.unique(keys, return_index=True)
        new = self.breadth.names_at(distinct) < 0
        if not new.any():
            return
        named = texts.take(pa.array(first[new]))
        domains = self._domains(named).column("registered_domain").combine_chunks()
        self.breadth.add(distinct[new], self.reader.domain_keys(domains))


def _heard(
    rows: pa.Table, place: Ints, domain: Keys, text: Keys, aliases: pa.Table, addresses: pa.Table
) -> Heard:
    keyed = rows.take(pa.array(place)).append_column("domain", pa.array(domain))
    return Heard(
        rows=keyed.append_column("text", pa.array(text)), aliases=aliases, addresses=addresses
    )


NO_ALIASES = pa.table({
    "text": pa.array([], pa.uint64()), "name": pa.array([], pa.uint64()),
    "domain": pa.array([], pa.uint64()),
})  # fmt: skip
NO_ADDRESSES = pa.table({"address": pa.array([], pa.uint64()), "domain": pa.array([], pa.uint64())})


def _each_address(pieces: Pieces, names: Ints, places: Ints) -> tuple[Ints, Ints]:
    """Return (place among the addresses, name) for every address that each of *names* showed.

    Name i showed all addresses of row *places*[i].
    """
    order = np.argsort(pieces.address_row, kind="stable")
    ordered = pieces.address_row[order]
    start = np.searchsorted(ordered, places, side="left")
    count = np.searchsorted(ordered, places, side="right") - start
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return order[np.repeat(start, count) + within], np.repeat(names, count)
