"""Serial numbers of zones, which go round at 2^32 (RFC 1982)."""

from __future__ import annotations

MODULUS = 1 << 32
#: The most that may be added at once (RFC 1982 section 3.1).
MOST_ADDED = (1 << 31) - 1


def added(serial: int, amount: int) -> int:
    """Return *serial* plus *amount*, 0 to 2^31 - 1 (RFC 1982 section 3.1).

    Raises:
        ValueError: more than may be added at once.

    >>> added(4294967295, 1)
    0
    """
    if not 0 <= amount <= MOST_ADDED:
        raise ValueError(f"{amount} cannot be added to a serial number")
    return (serial + amount) % MODULUS


def newer(one: int, other: int) -> bool:
    """Tell whether *one* comes after *other* (RFC 1982 section 3.2); half way round, neither does.

    >>> newer(0, 4294967295), newer(1, 2147483649)
    (True, False)
    """
    return 0 < (one - other) % MODULUS < MODULUS // 2


def following(serial: int, now: float) -> int:
    """Return the serial after *serial*: the time in seconds if that is newer, otherwise one more.

    A primary that was lost and set up anew starts from its first serial. With the time, it is
    at once ahead of what the resolvers hold, so that they take the zone; a clock that went back
    only makes the numbers go up by one. Time as a serial: RFC 1912 section 2.2 leaves the choice.

    >>> following(1, 1_800_000_000.5), following(1_800_000_007, 1_800_000_000)
    (1800000000, 1800000008)
    """
    moment = int(now) % MODULUS
    return moment if newer(moment, serial) else added(serial, 1)
