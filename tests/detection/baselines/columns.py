"""Columns for the baselines from plain answers, slow and plain: what ``BaselineInputs`` means."""

from __future__ import annotations

import ipaddress
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from fluxhound.detection.baselines import BaselineInputs, zeekscript
from fluxhound.detection.baselines.inputs import UNKNOWN

REALS = {"h16", "ttl_max", "ttl_mean", "mean_set", "largest_h16"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    time: float
    addresses: Sequence[str]
    ttl: int | None = 300


AsnOf = Callable[[str], int | None]


def columns(**given: Iterable[float]) -> BaselineInputs:
    """Fill every column that is not given with "unknown"."""
    rows = len(list(next(iter(given.values())))) if given else 0
    filled: dict[str, NDArray[np.generic]] = {}
    for f in fields(BaselineInputs):
        real = f.name in REALS
        default: list[float] = (
            [] if f.name.startswith("pair_") else [np.nan if real else UNKNOWN] * rows
        )
        values = list(given.get(f.name, default))
        filled[f.name] = np.array(values, np.float64 if real else np.int64)
    return BaselineInputs(**filled)  # type: ignore[arg-type]


def measured(
    entities: Sequence[Sequence[Answer]],
    asn_of: AsnOf,
    *,
    country_of: Mapping[str, str] | None = None,
) -> BaselineInputs:
    """Measure each entity's answers (of one sensor, in order of time)."""
    rows = [_row(answers, asn_of, country_of) for answers in entities]
    pairs = [
        (row, int(ipaddress.IPv4Address(address)))
        for row, answers in enumerate(entities)
        for address in sorted({a for answer in answers for a in answer.addresses})
    ]
    return columns(
        **{name: [row[name] for row in rows] for name in rows[0]},
        pair_entity=[row for row, _ in pairs],
        pair_address=[number for _, number in pairs],
    )


def _row(
    answers: Sequence[Answer], asn_of: AsnOf, country_of: Mapping[str, str] | None
) -> dict[str, float]:
    everything = {a for answer in answers for a in answer.addresses}
    ttls = [answer.ttl for answer in answers if answer.ttl is not None]
    largest = max((set(answer.addresses) for answer in answers), key=len)
    two = _first_two(answers, max(ttls)) if ttls else None
    stretch = _stretch(answers, asn_of) if ttls else (UNKNOWN, UNKNOWN)
    return {
        "n_a": len(everything),
        "n_asn": _asns(everything, asn_of),
        "n_24": len(_prefixes(everything, 3)),
        "n_16": len(_prefixes(everything, 2)),
        "h16": _entropy16(everything),
        "n_country": _countries(everything, country_of),
        "ttl_max": max(ttls, default=np.nan),
        "ttl_mean": float(np.mean(ttls)) if ttls else np.nan,
        "answers": len(answers),
        "largest_set": len(largest),
        "mean_set": float(np.mean([len(set(a.addresses)) for a in answers])),
        "largest_asn": _asns(largest, asn_of),
        "largest_24": len(_prefixes(largest, 3)),
        "largest_country": _countries(largest, country_of),
        "largest_h16": _entropy16(largest),
        "first_two_n_a": len(two) if two else UNKNOWN,
        "first_two_n_asn": _asns(two, asn_of) if two else UNKNOWN,
        "stretch_n_a": stretch[0],
        "stretch_n_asn": stretch[1],
    }


def _asns(addresses: Iterable[str], asn_of: AsnOf) -> int:
    return len({asn for a in addresses if (asn := asn_of(a))})


def _countries(addresses: Iterable[str], country_of: Mapping[str, str] | None) -> int:
    return UNKNOWN if country_of is None else len({country_of[a] for a in addresses})


def _prefixes(addresses: Iterable[str], octets: int) -> Counter[str]:
    return Counter(".".join(a.split(".")[:octets]) for a in addresses)


def _entropy16(addresses: set[str]) -> float:
    shares = [n / len(addresses) for n in _prefixes(addresses, 2).values()]
    return -sum(p * math.log2(p) for p in shares)


def _first_two(answers: Sequence[Answer], ttl: int) -> set[str] | None:
    first = answers[0]
    later = next((a for a in answers[1:] if a.time >= first.time + ttl), None)
    return {*first.addresses, *later.addresses} if later else None


def _stretch(answers: Sequence[Answer], asn_of: AsnOf) -> tuple[int, int]:
    best, state, last = (0, 0), set[str](), -math.inf
    for answer in answers:
        if answer.ttl is None or answer.ttl > zeekscript.LARGEST_TTL:
            continue
        if answer.time - last > zeekscript.LONGEST_PAUSE:
            state = set()
        last = answer.time
        state.update(answer.addresses)
        best = max(best, (len(state), _asns(state, asn_of)), key=_score)
    return best


def _score(counts: tuple[int, int]) -> float:
    return float(zeekscript.score(np.array([counts[0]]), np.array([counts[1]]))[0])
