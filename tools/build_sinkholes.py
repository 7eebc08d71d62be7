"""Build the embedded table of known sinkholes from Maltrail's lists. See docs/sinkhole.md.

The tool reads a folder with the files sinkhole_OPERATOR.txt, downloaded before, and fetches
nothing. The same files give the same bytes.
"""

from __future__ import annotations

import argparse
import re
from ipaddress import ip_address
from pathlib import Path

TARGET = Path("src/fluxhound/intel/sinkholes.tsv")
PREFIX = "sinkhole_"

_NAME = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{1,62}")
_WITH_PORT = re.compile(r"([0-9.]+):[0-9]+")

HEAD = """\
# Addresses of sinkholes, and names of their name servers and hosts, by who runs them or by what
# they took over. Made by tools/build_sinkholes.py from the sinkhole lists of Maltrail,
# https://github.com/stamparm/maltrail, MIT License, copyright (c) 2014-2026 Maltrail developers.
# operator<TAB>addresses<TAB>names
"""


def read_list(text: str) -> tuple[set[str], set[str]]:
    """Return the addresses and the names in one list; what is neither is left out."""
    addresses: set[str] = set()
    names: set[str] = set()
    for line in text.splitlines():
        entry = _WITH_PORT.sub(r"\1", line.partition("#")[0].strip().lower())
        try:
            addresses.add(str(ip_address(entry)))
        except ValueError:
            if _NAME.fullmatch(entry):
                names.add(entry)
    return addresses, names


def build(folder: Path) -> str:
    """Return the table of all lists in *folder*, in order of operator, address and name.

    Of an address in several lists, one that names nobody ("unknown") gives way.
    """
    lists = {
        path.stem.removeprefix(PREFIX): read_list(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob(f"{PREFIX}*.txt"))
    }
    taken: set[str] = set()
    rows = []
    for operator in sorted(lists, key=lambda each: (each == "unknown", each)):
        addresses, names = lists[operator]
        left = sorted(
            addresses - taken, key=lambda each: (ip_address(each).version, ip_address(each).packed)
        )
        taken |= addresses
        rows.append(f"{operator}\t{' '.join(left)}\t{' '.join(sorted(names))}\n")
    return HEAD + "".join(rows)


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with the lists")
    parser.add_argument("--target", type=Path, default=TARGET)
    given = parser.parse_args()
    given.target.write_text(build(given.folder), encoding="utf-8")


if __name__ == "__main__":
    main()
