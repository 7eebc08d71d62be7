"""Where the service keeps what belongs to its store: keys and tokens beside it, unless told."""

from __future__ import annotations

import shutil
from pathlib import Path

from fluxhound.config import Settings

#: The store's own journal, which holds what is not in the file yet.
JOURNAL = ".wal"


class Places:
    """The files of a service; all ``None`` where the store is in memory and none is named."""

    def __init__(self, settings: Settings) -> None:
        """Derive the places from the *settings*."""
        self.store = settings.engine.store
        self.client_key = settings.clients.key_file or self._beside(".clients.key")
        self.tokens = settings.service.token_file or self._beside(".tokens")

    def _beside(self, ending: str) -> Path | None:
        return self.store.with_name(self.store.name + ending) if self.store else None

    def store_bytes(self) -> int:
        """Return the size of the store on disk, its journal included."""
        if self.store is None:
            return 0
        return sum(
            path.stat().st_size
            for path in (self.store, self.store.with_name(self.store.name + JOURNAL))
            if path.exists()
        )

    def disk_free(self) -> int:
        """Return the free space where the store lies, in bytes."""
        folder = self.store.absolute().parent if self.store else Path.cwd()
        return shutil.disk_usage(folder).free
