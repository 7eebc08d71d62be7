"""Times as feeds write them, in seconds since 1970."""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

#: Times outside are broken clocks or "never" and "always" (9999-12-31): nothing is known then.
EARLIEST, LATEST = 315_532_800.0, 4_102_444_800.0  # 1980-01-01, 2100-01-01; chosen

_ISO = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)"
    r"(?:[T ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?)?"
    r"\s?(Z|UTC|GMT|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d{9,10}(?:\.\d{1,9})?")
_LONGEST = 40


@functools.lru_cache(maxsize=65_536)
def moment(text: str) -> float | None:
    """Return the time that *text* tells, None where it tells none; without a zone it is UTC.

    Read are ISO 8601 with or without its hyphens and colons, and seconds since 1970.

    >>> moment("2024-01-23"), moment("2024-01-23 10:00:00 UTC"), moment("1705960800"), moment("-")
    (1705968000.0, 1706004000.0, 1705960800.0, None)
    """
    plain = text.strip().strip("\"'")
    if not plain or len(plain) > _LONGEST:
        return None
    if _NUMBER.fullmatch(plain):
        return _in_range(float(plain))
    match = _ISO.fullmatch(plain)
    return _in_range(_of(match)) if match else None


def _of(match: re.Match[str]) -> float | None:
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    try:
        when = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:  # the 31st of June
        return None
    fraction = float(f"0.{match[7]}") if match[7] else 0.0
    return when.timestamp() + fraction - _offset(match[8] or "")


def _offset(zone: str) -> float:
    if zone[:1] not in {"+", "-"}:
        return 0.0
    digits = zone[1:].replace(":", "")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return float(-seconds if zone[0] == "-" else seconds)


def _in_range(seconds: float | None) -> float | None:
    return seconds if seconds is not None and EARLIEST <= seconds < LATEST else None


def moments(texts: pa.Array) -> pa.Array:
    """Return the time of each text as float64, null where there is none."""
    coded = pc.dictionary_encode(texts)
    told = [None if text is None else moment(text) for text in coded.dictionary.to_pylist()]
    times = np.array([np.nan if t is None else t for t in [*told, None]], dtype=np.float64)
    places = pc.fill_null(coded.indices, len(told)).to_numpy(zero_copy_only=False)
    found = times[places]
    return pa.array(found, mask=np.isnan(found))
