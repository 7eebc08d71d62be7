"""Lives of hosts in slots: which host stands in a slot at a time, by a Poisson process."""

from __future__ import annotations

import numpy as np

from fluxhound.lab.dice import U64, Ints, Reals, exponential, then

_DAY = 86_400.0

#: A slot's history is cut into windows of this many mean lives, so that the present host is found
#: by looking at a few renewals only (chosen for speed; the law of the process is the same).
_WINDOW = 2.0
#: Renewals told apart in one window; more in two mean lives have a probability below 1e-60.
_RENEWALS = 64
#: Windows looked back through; no renewal in any of them has the probability e^-60.
_LOOK_BACK = 30
#: The largest turnover a day: a host then lives five hours in the mean.
_MOST = 0.99


def rates(turnover: Reals) -> Reals:
    """Return renewals a second, so that a share of 1 - *turnover* of hosts stays for a day."""
    return np.asarray(-np.log1p(-np.minimum(turnover, _MOST)) / _DAY)


def generation(site: U64, rate: Reals, age: Reals) -> U64:
    """Return a number for the host that stands in each slot, 0 for the first of all.

    *site* is the hash of the slot, *rate* its renewals a second, *age* the seconds since the first
    host was there (below 0 counts as 0). Lives are exponential: as nothing is remembered, a slot is
    in its steady state from the beginning.
    """
    shape = np.broadcast_shapes(site.shape, rate.shape, age.shape)
    lives = np.broadcast_to(rate * np.maximum(age, 0.0), shape).ravel()
    found = np.zeros(lives.shape, dtype=np.int64)
    (alive,) = np.nonzero(lives > 0)
    if len(alive):
        slots = np.broadcast_to(site, shape).ravel()[alive]
        found[alive] = _generation(slots, lives[alive])
    return found.view(np.uint64).reshape(shape)


def _generation(site: U64, lives: Reals) -> Ints:
    window = np.floor(lives / _WINDOW)
    until = lives - window * _WINDOW
    window, first = _last_window(site, window.astype(np.int64), until)
    return _count(site, window, first, until)


def _last_window(site: U64, window: Ints, until: Reals) -> tuple[Ints, Reals]:
    """Return the last window with a renewal, and when its first renewal is.

    Changes *until* to the whole window where that is an earlier one.
    """
    first = exponential(then(site, window * _RENEWALS), 1.0)
    rest = np.flatnonzero((first > until) & (window > 0))
    for _ in range(_LOOK_BACK):
        if not len(rest):
            break
        window[rest] -= 1
        until[rest] = _WINDOW
        first[rest] = exponential(then(site[rest], window[rest] * _RENEWALS), 1.0)
        rest = rest[(first[rest] > _WINDOW) & (window[rest] > 0)]
    return window, first


def _count(site: U64, window: Ints, first: Reals, until: Reals) -> Ints:
    """Return a number of window and of renewals in it up to a time."""
    number = window * _RENEWALS
    rest = np.flatnonzero(first <= until)
    at = first[rest]
    for _ in range(_RENEWALS - 1):
        if not len(rest):
            break
        number[rest] += 1
        at = at + exponential(then(site[rest], number[rest]), 1.0)
        soon = at <= until[rest]
        rest, at = rest[soon], at[soon]
    return number
