from __future__ import annotations

import pytest

from fluxhound.errors import ConfigurationError
from fluxhound.lab.setting import START, Setting


@pytest.mark.parametrize(
    "fields",
    [
        {"days": 0},
        {"days": 400},
        {"start": 100.0},
        {"start": START + 1},
        {"start": float("nan")},
        {"until": 0},
        {"counts": {"ordinary": -1}},
        {"counts": {"ordinary": 1 << 40}},
    ],
    ids=str,
)
def test_what_cannot_be_is_told(fields: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        Setting(**{"seed": 1, "counts": {}, **fields})  # type: ignore[arg-type]
