"""The shelf of one command line: in a store, or in a running service; and how it is shown."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fluxhound import config
from fluxhound.cli.help import Decorated, option
from fluxhound.cli.options import SCREEN, with_options
from fluxhound.config import Settings
from fluxhound.errors import StoreError, UsageError

if TYPE_CHECKING:
    from fluxhound.cli.intelligence.remote import RemoteDesk
    from fluxhound.history.store import Store
    from fluxhound.intel.desk import Desk

STORE = "Store"
FORMATS = ("table", "jsonl")
_PATH = click.Path(path_type=Path)

STORE_OPTIONS = (
    option(STORE, "--store", type=_PATH, metavar="FILE", help="The store that keeps the shelf."),
    option(STORE, "--config", type=_PATH, metavar="FILE", help="Settings [$FLUXHOUND_CONFIG]."),
    option(STORE, "--url", metavar="URL", help="A service that uses the store; ask it instead."),
    option(STORE, "--token-file", type=_PATH, metavar="FILE", help="File with its token."),
)
RESULT_OPTIONS = (
    option(
        SCREEN,
        "--format",
        type=click.Choice(FORMATS),
        help="Format of the result [table on a terminal, else jsonl].",
    ),
    option(
        SCREEN,
        "--defang/--no-defang",
        default=None,
        help="Make names unclickable in output for people [yes].",
    ),
)


def shelf_options(*more: Callable[[Decorated], Decorated]) -> Callable[[Decorated], Decorated]:
    """Return a decorator that adds *more*, then the options about the store."""
    return with_options(*more, *STORE_OPTIONS)


@contextmanager
def opened(given: Mapping[str, Any], *, make: bool = False) -> Iterator[Desk | RemoteDesk]:
    """Open the shelf in the store that the command line or the settings name, or of a service.

    Sources of the settings are declared in the store.

    Raises:
        UsageError: no store is named, or it does not exist and must not be made.
        StoreError: a running service uses the store.
    """
    # --help must not wait for the engine.
    from fluxhound.cli.intelligence.remote import RemoteDesk  # noqa: PLC0415
    from fluxhound.cli.remote import read_token  # noqa: PLC0415

    settings = config.load(given["config"])
    if given["url"]:
        if given["store"] or not given["token_file"]:
            raise UsageError("Give --url with --token-file, or --store, not both.")
        yield RemoteDesk(given["url"], read_token(given["token_file"]))
        return
    if given["token_file"]:
        raise UsageError("--token-file is for --url: say which service to ask.")
    from fluxhound.intel.declared import agree, sources_of  # noqa: PLC0415
    from fluxhound.intel.desk import Desk  # noqa: PLC0415
    from fluxhound.intel.shelf import Shelf  # noqa: PLC0415

    declared = sources_of(settings.intel)
    with _store(given, settings, make=make or bool(declared)) as store:
        shelf = Shelf(store)
        if declared:
            agree(shelf, declared)
        yield Desk(shelf, now=time.time())


def _store(given: Mapping[str, Any], settings: Settings, *, make: bool) -> Store:
    from fluxhound.history.store import Store  # noqa: PLC0415

    path = given["store"] or settings.engine.store
    if path is None:
        raise UsageError("Say where the indicators are kept: --store FILE.")
    if not make and not path.exists():
        raise UsageError(f"{path}: there is no such store yet: fluxhound intel add makes one.")
    engine = settings.engine
    try:
        return Store(path, memory_bytes=engine.memory, threads=engine.threads)
    except StoreError as error:
        if "in use" not in str(error):
            raise
        raise StoreError(
            f"{error} Or ask the service that uses it: --url URL --token-file FILE."
        ) from error


def is_table(given: Mapping[str, Any]) -> bool:
    """Tell whether the result is for people."""
    chosen = given.get("format")
    return chosen == "table" if chosen else sys.stdout.isatty()


def shown(text: str, given: Mapping[str, Any]) -> str:
    """Return a name, address or URL for people: harmless, and unclickable unless told not to."""
    from fluxhound.sharing.defang import defang  # noqa: PLC0415
    from fluxhound.sharing.escape import printable  # noqa: PLC0415

    settings = config.load(given["config"])
    wanted = settings.output.defang if given.get("defang") is None else given["defang"]
    return printable(defang(text) if wanted else text)


def harmless(text: str) -> str:
    """Return text of a feed so that a terminal only shows it."""
    from fluxhound.sharing.escape import printable  # noqa: PLC0415

    return printable(text)


def print_rows(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print one JSON object a line."""
    import orjson  # noqa: PLC0415

    for row in rows:
        sys.stdout.buffer.write(orjson.dumps(row) + b"\n")
    sys.stdout.buffer.flush()


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table for people, its columns as wide as they must be."""
    widths = [max(len(line[at]) for line in (header, *rows)) for at in range(len(header))]
    for line in (header, *rows):
        cells = [f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())


def message(text: str) -> None:
    """Print one line to standard error."""
    click.echo(harmless(text), err=True)
