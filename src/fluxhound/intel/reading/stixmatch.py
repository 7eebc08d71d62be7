"""What of a STIX pattern a DNS name, address or URL alone can fulfil, and why the rest cannot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from fluxhound.intel.indicator import Kind
from fluxhound.intel.reading.stixpattern import Comparison, Expression, Joined, Qualified

OTHER_OBJECT = "a pattern on another kind of object"
SEVERAL = "a pattern that asks for several things at once"
NEGATED = "a negated comparison"
WILDCARD = "a wildcard that is no name with all below it"
EXPRESSION = "a regular expression that is no single name"
OTHER_OPERATOR = "an operator that names nothing"
QUALIFIED = "a pattern that counts, or is limited in time"

#: A kind and its text, or ``None`` and the reason.
Term: TypeAlias = tuple[Kind | None, str]

NAME_PATH, URL_PATH = "domain-name:value", "url:value"
ADDRESS_PATHS = frozenset({"ipv4-addr:value", "ipv6-addr:value"})
#: Either end of a connection, as MISP writes addresses into STIX: an address, or a name.
TRAFFIC_PATHS = frozenset({"network-traffic:dst_ref.value", "network-traffic:src_ref.value"})
#: Comparisons that only say what a name resolved to, or what sort of object an end of a connection
#: is; they do not change the subject.
_NARROWING = re.compile(
    r"domain-name:resolves_to_refs(?:\[(?:\*|\d+)\])?\.(?:value|type)"
    r"|network-traffic:(?:dst|src)_ref\.type"
)
_OURS = frozenset({NAME_PATH, URL_PATH}) | ADDRESS_PATHS | TRAFFIC_PATHS

#: Beginnings of expressions around a name, and what they make of it.
_BEGINNINGS: tuple[tuple[str, Kind], ...] = (
    (r"^(.*\.)?", Kind.DOMAIN),
    (r"^(.+\.)?", Kind.DOMAIN),
    (r"^(?:.*\.)?", Kind.DOMAIN),
    (r"^(?:.+\.)?", Kind.DOMAIN),
    (r"(^|\.)", Kind.DOMAIN),
    (r"(?:^|\.)", Kind.DOMAIN),
    (r"^.*\.", Kind.BELOW),
    (r"^.+\.", Kind.BELOW),
    (r"\.", Kind.BELOW),
    ("^", Kind.HOST),
)
#: An unescaped dot is taken for itself: the expression covers that name, and little more.
_SPELT_OUT = re.compile(r"(?:[A-Za-z0-9_-]|\\?\.|\\-)+")


def terms(expression: Expression) -> Iterator[Term]:
    """Yield what each part of *expression* comes to."""
    if isinstance(expression, Comparison):
        yield from _compared(expression)
    elif isinstance(expression, Qualified):
        # One observation is within any time; what counts or begins and ends is more than a name.
        yield from terms(expression.part) if expression.word == "WITHIN" else [(None, QUALIFIED)]
    elif expression.word == "OR":
        for part in expression.parts:
            yield from terms(part)
    else:
        yield from _conjunction(expression)


def _conjunction(joined: Joined) -> Iterator[Term]:
    subject = [part for part in joined.parts if not _narrows(part)]
    if joined.word == "AND" and len(subject) == 1 and _is_subject(subject[0]):
        yield from terms(subject[0])
    elif all(_is_other(part) for part in joined.parts):
        yield None, OTHER_OBJECT
    else:
        yield None, SEVERAL


def _narrows(part: Expression) -> bool:
    return (
        isinstance(part, Comparison) and not part.negated and bool(_NARROWING.fullmatch(part.path))
    )


def _is_subject(part: Expression) -> bool:
    return isinstance(part, Comparison) and part.path in {NAME_PATH, *TRAFFIC_PATHS}


def _is_other(part: Expression) -> bool:
    return isinstance(part, Comparison) and part.path not in _OURS


def _compared(comparison: Comparison) -> Iterator[Term]:
    path, operator = comparison.path, comparison.operator
    if path not in _OURS:
        yield None, OTHER_OBJECT
    elif comparison.negated:
        yield None, NEGATED
    elif operator in {"=", "==", "IN"}:
        for value in comparison.values:
            yield _equal(path, value), value
    elif operator == "ISSUBSET" and path in ADDRESS_PATHS:
        yield Kind.NETWORK, comparison.values[0]
    elif operator == "LIKE":
        yield _like(path, comparison.values[0])
    elif operator == "MATCHES" and path == NAME_PATH:
        yield _spelt_out(comparison.values[0])
    else:
        yield None, EXPRESSION if operator == "MATCHES" else OTHER_OPERATOR


def _equal(path: str, value: str) -> Kind:
    if path == NAME_PATH or path in TRAFFIC_PATHS:  # of the latter the value tells what it is
        return Kind.HOST
    if path == URL_PATH:
        return Kind.URL
    return Kind.NETWORK if "/" in value else Kind.ADDRESS


def _like(path: str, value: str) -> Term:
    """Return what LIKE means: "%" is any text, "_" any one letter, as in SQL."""
    if "%" not in value and "_" not in value:
        return _equal(path, value), value
    rest = value.removeprefix("%.")
    if path == NAME_PATH and rest != value and "%" not in rest and "_" not in rest:
        return Kind.BELOW, rest
    return None, WILDCARD


def _spelt_out(expression: str) -> Term:
    """Return the name that a regular expression spells out; it is compared, never run."""
    for beginning, kind in _BEGINNINGS:
        if expression.startswith(beginning) and expression.endswith("$"):
            rest = expression[len(beginning) : -1]
            if _SPELT_OUT.fullmatch(rest):
                return kind, rest.replace("\\", "")
    return None, EXPRESSION
