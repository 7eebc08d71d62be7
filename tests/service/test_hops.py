from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from fluxhound.service.hops import Hops, tell_noted
from tests.sharing.builders import finding

HOPS = Hops(
    domains=np.array([7, 8], np.uint64),
    taken=np.array([1.0, 2.0]),
    free=2.5,
    began=3.0,
    judged=3.25,
)


def keys_of(names: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return np.array([{"a.test": 7, "b.test": 9}[name] for name in names.to_pylist()], np.uint64)


def test_the_way_of_each_finding_is_told_to_those_who_ask(caplog: pytest.LogCaptureFixture) -> None:
    found = [
        replace(finding(name), registered_domain=domain, finding=is_one)
        for name, domain, is_one in (
            ("www.a.test", "a.test", True),
            ("a.test", "a.test", True),
            ("b.test", "b.test", True),
            ("c.test", "c.test", False),
            ("network", "", True),
        )
    ]
    HOPS.tell(found, keys_of)
    assert not caplog.records
    with caplog.at_level(logging.DEBUG, logger="fluxhound.service.hops"):
        HOPS.tell(found, keys_of)
        tell_noted(["a.test", "evil\n.test"], 4.0)
    assert [record.getMessage() for record in caplog.records] == [
        "told a.test: taken 1.000 free 2.500 began 3.000 judged 3.250",
        "told b.test: taken 3.000 free 2.500 began 3.000 judged 3.250",
        "noted a.test: 4.000",
        r"noted evil\n.test: 4.000",
    ]
