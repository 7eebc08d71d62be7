from __future__ import annotations

import json
from collections.abc import Callable

from fluxhound.lab.parameters import parameters

Fluxhound = Callable[..., tuple[int, str, str]]


def test_every_archetype_has_its_line(fluxhound: Fluxhound) -> None:
    status, out, err = fluxhound("lab", "archetypes")
    assert (status, err) == (0, "")
    head, *lines = out.splitlines()
    assert head.split()[0] == "NAME"
    assert [line.split()[0] for line in lines] == list(parameters().archetypes)
    assert all(line.endswith(".") for line in lines)


def test_for_machines(fluxhound: Fluxhound) -> None:
    _, out, _ = fluxhound("lab", "archetypes", "--json")
    rows = json.loads(out)["archetypes"]
    assert rows[0]["name"] == "classic"
    assert rows[0]["flux"] is True
    assert {row["name"] for row in rows} == set(parameters().archetypes)
