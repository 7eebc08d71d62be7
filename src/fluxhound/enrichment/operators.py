"""Who runs a network: several autonomous systems of one operator count as one."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from importlib.resources import files

from fluxhound.enrichment.holders import Patterns, words


@dataclass(frozen=True, slots=True)
class OperatorRules:
    """The rules of operators.toml, ready to apply."""

    numbers: Mapping[int, str]
    names: Patterns
    legal: frozenset[str]
    common: frozenset[str]

    def name(self, asn: int, holder: str) -> str:
        """Return a name that all networks of one operator share, "" for the network 0.

        The number decides first, then the words of the table, then the holder's name without its
        legal form; a network whose holder's name says too little stands for itself ("as64496").
        """
        if asn == 0:
            return ""
        if asn in self.numbers:
            return self.numbers[asn]
        name = words(holder)
        if known := self.names.labels(name):
            return min(known)
        rest = [word for word in name if word not in self.legal]
        telling = any(len(w) > 1 and w not in self.common and not w.isdigit() for w in rest)
        return " ".join(rest) if telling else f"as{asn}"

    def number(self, asn: int, holder: str) -> int:
        """Return the operator as a number: equal for equal operators, on every machine; 0 if none.

        The first 63 bits of BLAKE2b of the name, so that it fits a signed 64-bit column.
        """
        name = self.name(asn, holder)
        return (
            int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big") >> 1
            if name
            else 0
        )


@functools.cache
def operator_rules() -> OperatorRules:
    """Return the rules that the package brings (operators.toml)."""
    text = files("fluxhound.enrichment").joinpath("operators.toml").read_text("utf-8")
    document = tomllib.loads(text)
    operators = document["operator"]
    return OperatorRules(
        numbers={asn: o["name"] for o in operators for asn in o.get("asns", ())},
        names=Patterns((w, o["name"]) for o in operators for w in o.get("words", ())),
        legal=frozenset(document["legal"]),
        common=frozenset(document["common"]),
    )


def operator(asn: int, holder: str) -> int:
    """Return the number of the operator of network *asn*; 0 where the network is not known.

    >>> operator(16509, "Amazon.com, Inc.") == operator(14618, "Amazon.com, Inc.")
    True
    """
    return operator_rules().number(asn, holder)
