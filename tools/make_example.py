"""Make the example logs: an excerpt of a real one, answers from papers replayed, made-up traffic.

    .venv/bin/python tools/make_example.py PATH_TO_WRCCDC_2018_DNS_LOG_GZ

The same input gives the same files, byte for byte.
"""

from __future__ import annotations

import gzip
import random
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fluxhound.cli.main import group

EXAMPLES = Path(__file__).parent.parent / "examples"

#: Columns of the WRCCDC log, by their place.
TIME, CLIENT, QUERY, TYPE, ANSWERS = 0, 2, 9, 13, 21
#: A name that shows as many answers as this rotates: its rows are what the example is about.
ROTATING = 6
ROWS_ROTATING, ROWS_OTHER = 40, 2

#: The columns of the excerpt, so that both logs can be read as one.
HEADER = """\
#separator \\x09
#set_separator\t,
#empty_field\t(empty)
#unset_field\t-
#path\tdns
#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\ttrans_id\trtt\tquery\tqclass\t\
qclass_name\tqtype\tqtype_name\trcode\trcode_name\tAA\tTC\tRD\tRA\tZ\tanswers\tTTLs\trejected
"""

SEED = 8
#: Made up: no host of the competition network has them. The resolver is the network's own.
CLIENTS = tuple(f"10.47.200.{number}" for number in range(11, 17))
RESOLVER = "10.0.0.100"
#: Mean seconds between two questions of one client for one name. Chosen: some twenty an hour.
PAUSE = 150.0


#: Options of ``fluxhound lab generate`` for the traffic that is made up. The seed was chosen so
#: that every verdict occurs.
SIMULATED = (
    "--seed 17 --days 0.15 --start 2018-03-24 --domains 60 --flux none --archetype double=4 "
    "--archetype classic=2 --archetype slow=1 --archetype ntp-pool=1 --archetype cdn-inside=1 "
    "--clients 100 --resolvers 2 --places 1 --no-truth"
)


def write(path: Path, lines: Sequence[str]) -> None:
    """Write gzipped lines without a date or a file name in the header."""
    content = "".join(lines).encode()
    path.write_bytes(gzip.compress(content, compresslevel=9, mtime=0))


def excerpt(lines: Sequence[str]) -> Iterator[str]:
    """Yield the header, rows of rotating names, and the first few rows of every other name."""
    rows = [line.rstrip("\n").split("\t") for line in lines if not line.startswith("#")]
    variety: dict[str, set[str]] = {}
    for row in rows:
        variety.setdefault(row[QUERY].lower(), set()).update(row[ANSWERS].split(","))
    taken: Counter[tuple[str, str]] = Counter()
    for line in lines:
        if line.startswith("#"):
            yield line
            continue
        row = line.rstrip("\n").split("\t")
        name = row[QUERY].lower()
        key = (name, row[TYPE])
        taken[key] += 1
        if taken[key] <= (ROWS_ROTATING if len(variety[name]) >= ROTATING else ROWS_OTHER):
            yield line


def replayed(answers: Sequence[dict[str, Any]], start: float, end: float) -> Iterator[list[str]]:
    """Yield rows for the printed answers of one name, asked for from *start* to *end*.

    An answer stays until the next one that the paper prints; the last one stays to the end. The
    TTL counts down as below a cache and begins anew when it ran out.
    """
    rng = random.Random(f"{SEED} {answers[0]['name']}")  # noqa: S311 - a replay, no secret
    times = []
    for client in CLIENTS:
        time = start + rng.uniform(0, PAUSE)
        while time < end:
            times.append((time, client))
            time += rng.expovariate(1 / PAUSE)
    for number, (time, client) in enumerate(sorted(times)):
        current = [each for each in answers if each["offset"] <= time - start][-1]
        age = int(time - start - current["offset"])
        yield row_of(current, age, time, client, number, rng)


def row_of(
    answer: dict[str, Any], age: int, time: float, client: str, number: int, rng: random.Random
) -> list[str]:
    """Return one row in the columns of the WRCCDC log."""
    chain = answer.get("chain", [])
    ttls = [*answer.get("chain_ttls", []), *[answer.get("ttl")] * len(answer["addresses"])]
    left = [f"{ttl - age % ttl:.6f}" for ttl in ttls if ttl]
    uid = f"Creplay{abs(hash_of(answer['name'])) % 10_000:04d}{number:06d}"
    port, transaction = rng.randrange(32768, 61000), rng.randrange(65536)
    return [
        *(f"{time:.6f}", uid, client, str(port), RESOLVER, "53", "udp", str(transaction)),
        *("0.000900", answer["name"], "1", "C_INTERNET", "1", "A", "0", "NOERROR"),
        *("F", "F", "T", "T", "0", ",".join([*chain, *answer["addresses"]])),
        *(",".join(left) or "-", "F"),
    ]


def hash_of(name: str) -> int:
    """Return a number for *name* that is the same in every run."""
    return sum(ord(letter) * 31**place for place, letter in enumerate(name))


def main() -> None:
    """Write the example logs."""
    with gzip.open(sys.argv[1], "rt", encoding="utf-8") as file:
        lines = list(excerpt(file.readlines()))
    write(EXAMPLES / "wrccdc" / "dns.log.gz", lines)

    times = [float(line.split("\t")[TIME]) for line in lines if not line.startswith("#")]
    answers = tomllib.loads((EXAMPLES / "papers" / "answers.toml").read_text())["answer"]
    rows: list[list[str]] = []
    for name in dict.fromkeys(each["name"] for each in answers):
        ours = [each for each in answers if each["name"] == name]
        rows.extend(replayed(ours, min(times), max(times)))
    rows.sort(key=lambda row: float(row[TIME]))
    body = ["\t".join(row) + "\n" for row in rows]
    write(EXAMPLES / "papers" / "dns.log.gz", [HEADER, *body])
    sys.stderr.write(f"{len(times)} rows of the excerpt, {len(rows)} replayed\n")

    made_up = EXAMPLES / "simulated" / "dns.dnstap.gz"
    group(["lab", "generate", *SIMULATED.split(), "--force", "--out", str(made_up)])


if __name__ == "__main__":
    main()
