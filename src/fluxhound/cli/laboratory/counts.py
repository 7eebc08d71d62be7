"""How many domains of which archetype, and changed parameters, as the command line gives them."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping

from fluxhound.errors import UsageError
from fluxhound.lab.parameters import Parameters, realistic

#: Registered domains that look alike or are ordinary, where none are asked for.
DOMAINS = 1_000
#: Flux domains of each kind, where none are asked for.
FLUX = 2
ALL, NONE = "all", "none"


def counts(
    given: Parameters,
    *,
    domains: int | None,
    flux: Iterable[str],
    archetypes: Iterable[str],
) -> dict[str, int]:
    """Return archetype -> registered domains.

    Archetypes that are named take the place of a realistic mixture, or of their part in it.

    Raises:
        UsageError: if something is no NAME=COUNT, or there is no such archetype.
    """
    flux, archetypes = tuple(flux), tuple(archetypes)
    named = _pairs(archetypes, given, "--archetype")
    wanted = _flux(flux, given, default=not archetypes)
    if named and domains is None:
        return {**wanted, **named}
    return {**realistic(DOMAINS if domains is None else domains, given, flux=wanted), **named}


def _flux(texts: tuple[str, ...], given: Parameters, *, default: bool) -> dict[str, int]:
    kinds = [name for name, each in given.archetypes.items() if each.flux]
    if texts == (NONE,) or not (texts or default):
        return {}
    found: dict[str, int] = {} if texts else dict.fromkeys(kinds, FLUX)
    for text in texts:
        name, count = _pair(text, "--flux")
        if name == ALL:
            found |= dict.fromkeys(kinds, count)
        else:
            found[_known(name, kinds, "--flux", "flux archetype")] = count
    return found


def _pairs(texts: Iterable[str], given: Parameters, option: str) -> dict[str, int]:
    pairs = (_pair(text, option) for text in texts)
    return {_known(name, given.archetypes, option, "archetype"): count for name, count in pairs}


def _pair(text: str, option: str) -> tuple[str, int]:
    name, _, count = text.partition("=")
    if not (name and count.isascii() and count.isdigit() and len(count) < 10):  # noqa: PLR2004 - digits
        raise UsageError(f"{option} {text!r} is no pair; write NAME=COUNT, e.g. classic=10.")
    return name, int(count)


def _known(name: str, known: Iterable[str], option: str, what: str) -> str:
    names = list(known)
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, 1)
    hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(names)}."
    raise UsageError(f"{option} {name!r}: there is no such {what}. {hint}")


def overrides(texts: Iterable[str], given: Parameters) -> Mapping[str, Mapping[str, object]]:
    """Return archetype -> parameter -> value, from texts such as ``classic.ttl=3600``.

    Raises:
        UsageError: if a text is none such, or its value is no TOML.
    """
    found: dict[str, dict[str, object]] = {}
    for text in texts:
        place, equals, value = text.partition("=")
        name, dot, parameter = place.partition(".")
        if not (equals and dot and parameter):
            raise UsageError(
                f"--set {text!r} is not ARCHETYPE.PARAMETER=VALUE, e.g. classic.ttl=3600."
            )
        _known(name, given.archetypes, "--set", "archetype")
        try:
            parsed = tomllib.loads(f"value = {value}")
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"--set {text!r}: the value is no TOML ({error}).") from error
        found.setdefault(name, {})[parameter] = parsed["value"]
    return found
