"""How the same inputs are named again, so that a suggested command can be copied as it is."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from fluxhound.cli.inputs import STDIN
from fluxhound.cli.options import Request
from fluxhound.sharing.overview import safe_to_type

#: Inputs that are spelled out; more would bury the command.
INPUTS_SPELLED = 3
UNSPELLED = "INPUT..."


def again(request: Request) -> str:
    """Return the inputs and the options that bear on the result, as they would be typed.

    A store holds its inputs, so it stands for them. What the settings give is not repeated.
    """
    inputs = [] if request.store else _typed(request.inputs)
    words = [*inputs, *(word for pair in _options(request) for word in pair)]
    return " ".join(shlex.quote(word) if word != UNSPELLED else word for word in words)


def _typed(inputs: tuple[str, ...]) -> list[str]:
    spelled = len(inputs) <= INPUTS_SPELLED and STDIN not in inputs
    return list(inputs) if spelled and all(map(safe_to_type, inputs)) else [UNSPELLED]


def _options(request: Request) -> Iterator[tuple[str, ...]]:
    settings = request.settings
    given = (
        ("--config", request.config, None),
        ("--store", request.store, settings.engine.store),
        ("--input-format", request.input_format, settings.input.format),
        ("--sensor", request.sensor, settings.input.sensor),
        ("--time-unit", request.time_unit, settings.input.time_unit),
        ("--asn-table", request.asn_table, settings.tables.asn),
        ("--country-table", request.country_table, settings.tables.country),
    )
    for flag, value, usual in given:
        if value is not None and value != usual and safe_to_type(str(value)):
            yield flag, str(value)
    for ours, theirs in request.columns.items():
        if settings.input.columns.get(ours) != theirs and safe_to_type(f"{ours}={theirs}"):
            yield "--column", f"{ours}={theirs}"
    for flag, moment in (("--since", request.since), ("--until", request.until)):
        if moment:
            yield flag, moment.replace(tzinfo=None).isoformat() + "Z"
    if settings.tables.enabled and not request.tables:
        yield ("--no-tables",)
