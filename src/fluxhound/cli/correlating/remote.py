"""What names answered, asked of a running service, as a file that is read like any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fluxhound.cli.remote import call, read_token
from fluxhound.errors import UsageError

PATH = "/pdns/query/"
#: Lines for one name: what the service answers with at the most.
MOST_LINES = 10_000
NAME = "answers.cof"


def answers(given: Mapping[str, Any], names: Sequence[str], folder: Path) -> Path:
    """Write into *folder* what the service knows of *names* (passive DNS), and return the file.

    Raises:
        UsageError: there is no token, or nothing to ask for.
        StoreError: the service cannot be reached, or refuses.
    """
    if given["store"] or given["inputs"] or not given["token_file"]:
        raise UsageError("Give --url with --token-file, without --store and --dns.")
    if not names:
        raise UsageError("With --url, name what to ask the service for: fluxhound contacts NAME.")
    token = read_token(given["token_file"])
    target = folder / NAME
    with target.open("wb") as file:
        for name in names:
            path = f"{PATH}{quote(name, safe='')}?limit={MOST_LINES}"
            file.write(call(given["url"], token, path, accept="application/x-ndjson"))
    if not target.stat().st_size:
        raise UsageError(f"The service knows no answers of {', '.join(names)}.")
    return target
