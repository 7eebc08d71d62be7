"""Sources that stand in the configuration file, and the shelf made to agree with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fluxhound.config import IntelSettings
from fluxhound.errors import ConfigurationError, UsageError
from fluxhound.intel.fetching import client_of, file_location
from fluxhound.intel.indicator import WORDS, tlp_named
from fluxhound.intel.reading.recognition import form_named
from fluxhound.intel.refusing import own
from fluxhound.intel.shelf import Shelf, declaration
from fluxhound.intel.source import HALF_LIVES, Purpose, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What was changed on a shelf so that it agrees with the configuration."""

    declared: tuple[str, ...] = ()  # new, or otherwise declared
    removed: tuple[str, ...] = ()  # they stood in the configuration and do no longer


def sources_of(settings: Iterable[IntelSettings]) -> tuple[Source, ...]:
    """Return the sources that the configuration declares.

    Raises:
        ConfigurationError: one of them makes no sense.
    """
    return tuple(_source(each) for each in settings)


def _source(each: IntelSettings) -> Source:
    kinds = {word: kind for kind, word in WORDS.items()}
    try:
        client = each.kind or client_of(each.location)
        own(each.own)
        if each.form:
            form_named(each.form)
        return Source(
            name=each.name,
            location=file_location(each.location) if client == "file" else each.location,
            client=client,
            form=each.form or "",
            purpose=Purpose(each.purpose),
            trust=each.trust,
            licence=each.licence or "",
            tlp=tlp_named(each.tlp or ""),
            half_lives=dict(HALF_LIVES) | {kinds[k]: v for k, v in each.half_life.items()},
            refresh=each.every,
            columns=dict(each.columns),
            subnames=each.subnames,
            to_ids=not each.any_attribute,
            own=each.own,
            secret_file=_file(each.secret_file),
            proxy=each.proxy or "",
            ca_file=_file(each.ca_file),
            private=each.private,
            limit=each.limit,
            configured=True,
        )
    except UsageError as error:
        raise ConfigurationError(f"[[intel]] {each.name}: {error}") from error


def _file(path: Path | None) -> str:
    return str(path.expanduser().absolute()) if path else ""


def agree(shelf: Shelf, wanted: Sequence[Source], *, whole: bool = True) -> Agreed:
    """Make *shelf* agree with the sources *wanted* by the configuration.

    Sources that were added by command stay; one of the same name becomes the configuration's, with
    what it said. With *whole*, those that stood in the configuration and do no longer are removed
    with all that they said.
    """
    there = {source.name: source for source in shelf.sources()}
    declared = []
    for source in wanted:
        known = there.get(source.name)
        if known is None or _differ(known, source):
            shelf.add(source, anew=known is None or _fetched_otherwise(known, source))
            declared.append(source.name)
    names = {source.name for source in wanted}
    gone = [name for name, each in there.items() if each.configured and name not in names]
    for name in gone if whole else ():
        shelf.remove(name)
    return Agreed(declared=tuple(declared), removed=tuple(gone) if whole else ())


def _differ(known: Source, source: Source) -> bool:
    return declaration(known) != declaration(source)


def _fetched_otherwise(known: Source, source: Source) -> bool:
    """Tell whether the same answer of the server would be read otherwise, or comes from elsewhere.

    Trust, age and schedule only weigh what was read.
    """
    weighing = ("trust", "half_lives", "refresh", "licence", "configured", "proxy", "private")
    same = {name: getattr(known, name) for name in weighing}
    return declaration(dataclasses.replace(source, **same)) != declaration(known)
