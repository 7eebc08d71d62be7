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
from fluxhound.service import serving

#: Rows of a commit: small, so that there are many moments between commits to be killed in.
ROWS = 200
#: Seconds after which a life ends at the latest, so that the log lasts for all of them.
LONGEST_LIFE_S = 0.25


def settings(store: Path, log: Path) -> Settings:
    return Settings(
        engine=EngineSettings(store=store, memory=512 << 20, threads=1),
        service=ServiceSettings(listen="none"),
        sensor=(SensorSettings(name="zeek", input=str(log), start="beginning"),),
    )


def live(store: Path, log: Path, *, rows: int = ROWS) -> None:
    serving.MOST_ROWS = rows
    serving.COMMIT_EVERY_S = 0.0
    serving.Service(settings(store, log), until_end=True).run()


def main() -> None:
    store, log, kills, seed = Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:5])
    dice = random.Random(seed)  # noqa: S311 - moments, not secrets
    ended = 0
    for _ in range(kills):
        child = os.fork()
        if not child:
            try:
                live(store, log)
            finally:
                os._exit(0)
        time.sleep(dice.uniform(0.0, LONGEST_LIFE_S))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        ended += os.WIFEXITED(status)
    sys.stdout.write(f"{ended}\n")


if __name__ == "__main__":
    main()
