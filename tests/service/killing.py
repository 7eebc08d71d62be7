"""A service that is killed again and again: a program for the test of that name.

Everything is imported once, then each life is a fork: a hundred of them take seconds.

Usage: python killing.py STORE LOG KILLS SEED
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from fluxhound.config import EngineSettings, SensorSettings, ServiceSettings, Settings
from fluxhound.enrichment.domains import domain_table
from fluxhound.enrichment.opening import open_tables
from fluxhound.service import serving

#: Rows of a commit: small, so that there are many moments between commits to be killed in.
ROWS = 200
#: Seconds after which a life ends at the latest: longer where nothing was committed, shorter where
#: the log was read to its end, however fast the machine is.
LONGEST_LIFE_S = 0.25


def settings(store: Path, log: Path) -> Settings:
    return Settings(
        engine=EngineSettings(store=store, memory=512 << 20, threads=1),
        service=ServiceSettings(listen="none"),
        sensor=(SensorSettings(name="zeek", input=str(log), start="beginning"),),
    )


#: What every life needs and none changes is made before the first, so that it costs nothing.
TABLES = open_tables(asn=None, country=None, embedded_tables=True)
domain_table()


def live(store: Path, log: Path, *, rows: int = ROWS) -> None:
    serving.MOST_ROWS = rows
    serving.COMMIT_EVERY_S = 0.0
    setattr(serving, "open_tables", lambda **_: TABLES)  # noqa: B010 - a stand-in for the import
    serving.Service(settings(store, log), until_end=True).run()


def main() -> None:
    store, log, kills, seed = Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:5])
    dice = random.Random(seed)  # noqa: S311 - moments, not secrets
    longest = LONGEST_LIFE_S
    ended = progressed = 0
    for _ in range(kills):
        before = written(store)
        child = os.fork()
        if not child:
            try:
                live(store, log)
            finally:
                os._exit(0)
        life = dice.uniform(0.0, longest)
        time.sleep(life)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        moved = written(store) != before
        ended += os.WIFEXITED(status)
        progressed += moved
        if os.WIFEXITED(status):
            longest *= 0.8
        elif not moved and life > longest / 2:
            longest *= 1.2
    sys.stdout.write(f"{ended} {progressed}\n")


def written(store: Path) -> tuple[int, ...]:
    """Return what changes when something is committed."""
    files = (store, store.with_name(store.name + ".wal"))
    return tuple(path.stat().st_mtime_ns for path in files if path.exists())


if __name__ == "__main__":
    main()
