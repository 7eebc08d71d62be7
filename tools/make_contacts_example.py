"""Make ``examples/papers/conn.log``: connections to the answers of the replayed names, made up.

    .venv/bin/python tools/make_contacts_example.py

The same input gives the same file, byte for byte.
"""

from __future__ import annotations

import gzip
from pathlib import Path

PAPERS = Path(__file__).parent.parent / "examples" / "papers"
FIELDS = (
    "ts", "uid", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto", "service",
    "duration", "orig_bytes", "resp_bytes", "conn_state", "orig_pkts", "orig_ip_bytes",
    "resp_pkts", "resp_ip_bytes",
)  # fmt: skip
#: One that goes through the pool, one that connects once, one that only tries, and one that visits
#: a site on a content network.
BOT, VISITOR, TRYING, READER = (f"10.47.200.{number}" for number in (11, 13, 15, 12))
#: Client -> (name, seconds after the first answer, how many of the answers, state).
VISITS = (
    (BOT, "thearmynext.info", 30.0, 8, "SF"),
    (BOT, "ohthisyear.com", 90.0, 3, "SF"),
    (VISITOR, "thearmynext.info", 45.0, 1, "SF"),
    (TRYING, "f07b42b93.com", 60.0, 2, "S0"),
    (READER, "images.pcworld.com", 20.0, 1, "SF"),
)
NAME, TIME, ANSWERS = 9, 0, 21


def first_answers() -> dict[str, tuple[float, list[str]]]:
    """Return when each name was first answered, and with which addresses."""
    found: dict[str, tuple[float, list[str]]] = {}
    for line in gzip.decompress((PAPERS / "dns.log.gz").read_bytes()).decode().splitlines():
        cells = line.split("\t")
        if not line.startswith("#") and cells[NAME] not in found:
            addresses = [part for part in cells[ANSWERS].split(",") if part[-1:].isdigit()]
            found[cells[NAME]] = (float(cells[TIME]), addresses)
    return found


def lines() -> list[str]:
    """Return the rows, in order of time."""
    answers = first_answers()
    rows: list[str] = []
    for client, name, after, count, state in VISITS:
        begin, addresses = answers[name]
        for number, address in enumerate(addresses[:count]):
            held = state == "SF"
            cells = (
                f"{begin + after + 15 * number:.6f}", f"Cmade{len(rows):04d}", client,
                str(40_000 + len(rows)), address, "80", "tcp", "http" if held else "-",
                "2.500000" if held else "-", "420", "18000" if held else "0", state,
                "9" if held else "1", "800" if held else "60", "15" if held else "0",
                "18800" if held else "0",
            )  # fmt: skip
            rows.append("\t".join(cells))
    return sorted(rows)


def main() -> None:
    """Write the log."""
    header = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n"
    header += "#path\tconn\n#fields\t" + "\t".join(FIELDS) + "\n"
    (PAPERS / "conn.log").write_text(header + "\n".join(lines()) + "\n")


if __name__ == "__main__":
    main()
