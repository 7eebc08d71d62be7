"""The register of a store, opened for one command, and findings to plan from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fluxhound.cli.responding.choices import load, policy_from, store_path, user
from fluxhound.config import Settings
from fluxhound.errors import StoreError, UnreadableInputError
from fluxhound.history.store import Store
from fluxhound.records import Finding
from fluxhound.response.policy import Policy
from fluxhound.response.register import Register
from fluxhound.service.analysis import AnalysisOptions, analyze
from fluxhound.sharing.saved import SAVED_BYTES, read_saved


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a command works with."""

    register: Register
    settings: Settings
    policy: Policy
    now: datetime
    who: str


@contextmanager
def opened(given: Mapping[str, Any]) -> Iterator[Opened]:
    """Open the register of the store that is meant.

    Raises:
        StoreError: a running service uses the store.
    """
    settings = load(given)
    policy = policy_from({**_NOTHING, **given}, settings)
    path = store_path(given, settings)
    try:
        store = Store(path)
    except StoreError as error:
        if "in use" not in str(error):
            raise
        raise StoreError(
            f"{path}: a running service uses the store, and plans and applies by itself. Stop it "
            "first, or ask it over HTTP."
        ) from error
    with store:
        yield Opened(
            register=Register(store.connection.cursor()),
            settings=settings,
            policy=policy,
            now=datetime.now(UTC),
            who=user(),
        )


_NOTHING: Mapping[str, Any] = {
    "mode": None, "sinkhole": (), "own": (), "never_file": None, "auto": False,
}  # fmt: skip


def findings_of(given: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Return the findings of a saved result, or those of judging the store anew.

    Raises:
        UnreadableInputError: the saved result cannot be read.
    """
    saved: Path | None = given["findings"]
    if saved is not None:
        return _saved(saved)
    settings = load(given)
    options = AnalysisOptions(
        store=store_path(given, settings),
        memory_bytes=settings.engine.memory,
        threads=settings.engine.threads,
        temporary=settings.engine.temporary,
        asn_table=settings.tables.asn,
        country_table=settings.tables.country,
        tables=settings.tables.enabled,
    )
    with analyze((), options=options) as analysis:
        return tuple(analysis)


def _saved(path: Path) -> tuple[Finding, ...]:
    try:
        with path.open("rb") as file:
            return read_saved(file.read(SAVED_BYTES + 1))
    except OSError as error:
        raise UnreadableInputError(f"{path}: cannot be read ({error.strerror}).") from error
    except UnreadableInputError as error:
        raise UnreadableInputError(f"{path}: {error}") from error
