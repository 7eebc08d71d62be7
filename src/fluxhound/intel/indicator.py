"""The indicator: a name, address, network or URL that somebody says is bad (or good), in columns.

A million of them are one Arrow table; no Python object exists for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

import pyarrow as pa
import pyarrow.compute as pc


class Kind(IntEnum):
    """What an indicator's value is, and with it what it covers."""

    DOMAIN = 1  # a name and every name below it
    HOST = 2  # this name alone
    BELOW = 3  # every name below this one, not the name itself: "*.evil.example" in a zone
    ADDRESS = 4
    NETWORK = 5
    URL = 6  # its host may serve others: it is context for a name, never a reason to block it

    @property
    def word(self) -> str:
        """Return the kind as commands and documents write it."""
        return WORDS[self]


WORDS = {
    Kind.DOMAIN: "domain",
    Kind.HOST: "host",
    Kind.BELOW: "below",
    Kind.ADDRESS: "address",
    Kind.NETWORK: "network",
    Kind.URL: "url",
}
NAMES = frozenset({Kind.DOMAIN, Kind.HOST, Kind.BELOW})


class Role(IntEnum):
    """Where the value must be seen."""

    ANYWHERE = 0  # as a name that is asked for, or an address that is answered
    NAME_SERVER = 1  # as a name server, or as the address of one: RPZ's nsdname and nsip


class Tlp(IntEnum):
    """Who may see it: Traffic Light Protocol 2.0 (FIRST, 2022), from everybody to few."""

    UNMARKED = 0
    CLEAR = 1
    GREEN = 2
    AMBER = 3
    AMBER_STRICT = 4
    RED = 5

    @property
    def word(self) -> str:
        """Return the label as the standard writes it, "" for none."""
        return "" if self is Tlp.UNMARKED else self.name.lower().replace("_", "+")


#: TLP 1 called CLEAR "white"; MISP and STIX 2.0 still do.
_TLP_WORDS = {each.word: each for each in Tlp if each} | {"white": Tlp.CLEAR}


def tlp_named(text: str) -> Tlp:
    """Return the level that a label such as "tlp:amber+strict" names, else UNMARKED."""
    return _TLP_WORDS.get(text.strip().lower().removeprefix("tlp:"), Tlp.UNMARKED)


_TEXT = pa.dictionary(pa.int32(), pa.string())  # few distinct values: a source, a licence

#: One row for each indicator. Times are seconds since 1970-01-01 UTC, null where not told.
INDICATOR = pa.schema(
    [
        pa.field("kind", pa.int8(), nullable=False),  # Kind
        # Names in A-labels, lower case, no trailing dot; addresses and networks in canonical text;
        # URLs with scheme and host in lower case.
        pa.field("value", pa.string(), nullable=False),
        pa.field("allow", pa.bool_(), nullable=False),  # it says: this is good
        pa.field("role", pa.int8(), nullable=False),  # Role
        pa.field("first_seen", pa.float64()),
        pa.field("last_seen", pa.float64()),
        pa.field("valid_until", pa.float64()),
        pa.field("confidence", pa.uint8()),  # 0 to 100
        pa.field("label", pa.string(), nullable=False),  # malware or threat, "" where not told
        pa.field("comment", pa.string(), nullable=False),
        pa.field("tlp", pa.int8(), nullable=False),  # Tlp
        pa.field("source", _TEXT, nullable=False),
        pa.field("licence", _TEXT, nullable=False),
    ]
)

#: Longest label and comment that are kept, in characters. Chosen, not measured.
LABEL_LENGTH = 80
COMMENT_LENGTH = 200

_KEY = ["value", "kind", "allow", "role"]


def empty() -> pa.Table:
    """Return no indicators."""
    return INDICATOR.empty_table()


def joined(tables: Sequence[pa.Table]) -> pa.Table:
    """Return the indicators of all *tables*, in their order."""
    if not tables:
        return empty()
    return pa.concat_tables(tables).unify_dictionaries()


def tidied(table: pa.Table) -> pa.Table:
    """Return the indicators of one source, each value and kind once.

    A name and all names below it become one domain. Of repeats the widest span of time, the
    highest confidence, the strictest marking and the first text are kept; one that does not
    expire does not expire.
    """
    folded = _folded(table)
    if folded.num_rows < 2:  # noqa: PLR2004 - one alone repeats nothing
        return folded
    seen = pc.fill_null(folded["valid_until"], float("inf"))
    folded = folded.set_column(folded.schema.get_field_index("valid_until"), "valid_until", seen)
    # Without threads the order of rows stays, and "first" means the first.
    grouped = folded.group_by(_KEY, use_threads=False).aggregate(
        [
            ("first_seen", "min"),
            ("last_seen", "max"),
            ("valid_until", "max"),
            ("confidence", "max"),
            ("label", "first"),
            ("comment", "first"),
            ("tlp", "max"),
        ]
    )
    until = grouped["valid_until_max"]
    until = pc.if_else(pc.is_inf(until), pa.scalar(None, pa.float64()), until)
    columns = {name: grouped[name] for name in _KEY} | {
        "first_seen": grouped["first_seen_min"],
        "last_seen": grouped["last_seen_max"],
        "valid_until": until,
        "confidence": grouped["confidence_max"],
        "label": grouped["label_first"],
        "comment": grouped["comment_first"],
        "tlp": grouped["tlp_max"],
        "source": constant(folded["source"][0].as_py(), grouped.num_rows),
        "licence": constant(folded["licence"][0].as_py(), grouped.num_rows),
    }
    return pa.table([columns[name] for name in INDICATOR.names], schema=INDICATOR)


def constant(text: str, length: int) -> pa.DictionaryArray:
    """Return a column that says the same *length* times."""
    return pa.DictionaryArray.from_arrays(
        pa.repeat(pa.scalar(0, pa.int32()), length), pa.array([text], pa.string())
    )


def _folded(table: pa.Table) -> pa.Table:
    """Make a domain of a name that is listed both alone and with all below it."""
    hosts = table.filter(pc.equal(table["kind"], int(Kind.HOST)))
    below = table.filter(pc.equal(table["kind"], int(Kind.BELOW)))
    if not hosts.num_rows or not below.num_rows:
        return table
    both = _marked(hosts).filter(pc.is_in(_marked(hosts), _marked(below)))
    is_both = pc.is_in(_marked(table), pc.unique(both))
    is_host = pc.equal(table["kind"], int(Kind.HOST))
    is_below = pc.equal(table["kind"], int(Kind.BELOW))
    kind = pc.if_else(
        pc.and_(is_both, is_below), pa.scalar(int(Kind.DOMAIN), pa.int8()), table["kind"]
    )
    changed = table.set_column(0, INDICATOR.field("kind"), kind)
    return changed.filter(pc.invert(pc.and_(is_both, is_host)))


def _marked(table: pa.Table) -> pa.ChunkedArray:
    """Return values with what else must be the same: whether it allows, and where it is seen."""
    allow = pc.if_else(table["allow"], "+", "-")
    return pc.binary_join_element_wise(
        table["value"], allow, pc.cast(table["role"], pa.string()), " "
    )
