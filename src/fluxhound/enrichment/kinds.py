"""What sort of network an address is in: people's access lines, hosting, a CDN, a university ..."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

from fluxhound.enrichment.holders import Patterns, words


class NetworkKind(StrEnum):
    """Sorts of networks. docs/tables.md says what each means and how well it is known."""

    UNKNOWN = "unknown"
    ACCESS = "access"
    MOBILE = "mobile"
    HOSTING = "hosting"
    CLOUD = "cloud"
    CDN = "cdn"
    EDUCATION = "education"
    GOVERNMENT = "government"
    ENTERPRISE = "enterprise"
    TRANSIT = "transit"


#: Kinds by number, as the tables hold them. Append only: the number is the place.
KINDS = tuple(NetworkKind)


@dataclass(frozen=True, slots=True)
class KindRules:
    """The rules of kinds.toml, ready to apply."""

    numbers: Mapping[int, NetworkKind]
    #: Labels are the rank and the kind: "3 access". The lowest rank decides.
    names: Patterns
    both: Mapping[frozenset[str], NetworkKind]

    def kind(self, asn: int, holder: str) -> NetworkKind:
        """Return the kind of the network *asn* of *holder*; UNKNOWN where the rules cannot tell.

        The number decides first, then the first rank of words in which any pattern matches. Words
        that contradict each other tell nothing.
        """
        if asn in self.numbers:
            return self.numbers[asn]
        labels = self.names.labels(words(holder))
        if not labels:
            return NetworkKind.UNKNOWN
        best, _ = min(labels).split(" ")
        found = {kind for rank, kind in (label.split(" ") for label in labels) if rank == best}
        if len(found) == 1:
            return NetworkKind(found.pop())
        return self.both.get(frozenset(found), NetworkKind.UNKNOWN)


@functools.cache
def kind_rules() -> KindRules:
    """Return the rules that the package brings (kinds.toml)."""
    text = files("fluxhound.enrichment").joinpath("kinds.toml").read_text("utf-8")
    return read_rules(text)


def read_rules(text: str) -> KindRules:
    """Return rules from TOML *text* in the form that kinds.toml explains.

    Raises:
        ValueError: a kind, pattern or number is not one, or a number stands in two rules.
    """
    document = tomllib.loads(text)
    numbers: dict[int, NetworkKind] = {}
    labelled: list[tuple[str, str]] = []
    for rule in document["rule"]:
        kind = NetworkKind(rule["kind"])
        for number in rule.get("asns", ()):
            if numbers.setdefault(number, kind) is not kind:
                raise ValueError(f"AS{number} stands in two rules")
        labelled += [
            (pattern, f"{_rank(rule['rank'])} {kind}") for pattern in rule.get("words", ())
        ]
    return KindRules(
        numbers=numbers,
        names=Patterns(labelled),
        both={frozenset(pair["kinds"]): NetworkKind(pair["gives"]) for pair in document["both"]},
    )


def _rank(rank: int) -> int:
    if not 1 <= rank <= 9:  # noqa: PLR2004 - one digit, so that labels sort by rank
        raise ValueError(f"the rank {rank} is not from 1 to 9")
    return rank
