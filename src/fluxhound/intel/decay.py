"""How much an indicator still weighs: trust, confidence, and age by its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.intel.indicator import Kind

#: Below this share of its first weight an indicator is expired: after 3.3 half-lives. Chosen.
EXPIRED_BELOW = 0.1
#: Confidence, from 0 to 100, where a feed tells none. Chosen.
USUAL_CONFIDENCE = 75
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Weights:
    """One element for each indicator."""

    weight: npt.NDArray[np.float64]  # 0 to 1
    expired: npt.NDArray[np.bool_]  # enriches, but must not block


def weights(
    indicators: pa.Table,
    *,
    trust: int,
    half_lives: Mapping[Kind, timedelta],
    fetched: float,
    now: float,
) -> Weights:
    """Return what the *indicators* of one source weigh at *now* (seconds since 1970).

    weight = trust * confidence * 2^(-age / half-life), where the age counts from the last time
    the source says it saw it, else from the first, else from when it was *fetched*: a list
    without times asserts all of itself each time. What has a time to end ends then.
    """
    kind = indicators["kind"].to_numpy()
    told = pc.coalesce(indicators["last_seen"], indicators["first_seen"], pa.scalar(fetched))
    age = np.maximum(now - told.to_numpy(), 0.0)
    longest = max((int(each) for each in Kind), default=0) + 1
    lives = np.full(longest, np.inf)
    for each, life in half_lives.items():
        lives[int(each)] = max(life.total_seconds(), 1.0)
    share = np.exp2(-age / lives[kind])
    confidence = pc.fill_null(indicators["confidence"], USUAL_CONFIDENCE).to_numpy() / 100
    until = pc.fill_null(indicators["valid_until"], np.inf).to_numpy()
    expired = (share < EXPIRED_BELOW) | (until <= now)
    return Weights(trust / 100 * confidence * share, expired)
