"""Names above and below each other, and sets of names that must not be touched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field


def upwards(name: str) -> Iterator[str]:
    """Yield *name* and all names above it, the root left out.

    >>> list(upwards("a.b.example"))
    ['a.b.example', 'b.example', 'example']
    """
    while name:
        yield name
        name = name.partition(".")[2]


def within(name: str, parent: str) -> bool:
    """Tell whether *name* is *parent* or lies below it.

    >>> within("a.example", "example"), within("counterexample", "example")
    (True, False)
    """
    return name == parent or name.endswith(f".{parent}")


@dataclass(frozen=True, slots=True)
class Guard:
    """Names that must not be touched, each with the reason why.

    ``whole`` names stand for all below them as well; ``alone`` names do not: what lies below them
    belongs to others.
    """

    whole: Mapping[str, str] = field(default_factory=dict)
    alone: Mapping[str, str] = field(default_factory=dict)
    #: Name above a guarded one -> the guarded one.
    above: Mapping[str, str] = field(default_factory=dict)

    def touched(self, subject: str) -> tuple[str, str] | None:
        """Return the guarded name that *subject* is or lies below, and the reason."""
        for name in upwards(subject):
            if name in self.whole:
                return name, self.whole[name]
        return (subject, self.alone[subject]) if subject in self.alone else None

    def covered(self, subject: str) -> tuple[str, str] | None:
        """Return a guarded name that lies below *subject*, and the reason."""
        name = self.above.get(subject)
        if name is None:
            return None
        return name, self.whole.get(name) or self.alone[name]


def guard(whole: Mapping[str, str], alone: Mapping[str, str] | None = None) -> Guard:
    """Return a guard of these names (lower case, no trailing dot)."""
    others = alone or {}
    return Guard(whole, others, above=_above((*whole, *others)))


def same_reason(names: Iterable[str], reason: str) -> Guard:
    """Return a guard of *names* with all below them, for one reason."""
    return guard(dict.fromkeys(names, reason))


def _above(names: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        for parent in upwards(name.partition(".")[2]):
            found.setdefault(parent, name)
    return found
