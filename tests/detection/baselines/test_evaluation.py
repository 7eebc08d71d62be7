"""All baselines on the answers that papers print, with today's AS numbers and countries."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson

from fluxhound.detection.baselines import BASELINES, evaluate
from tests.detection.baselines.columns import Answer, columns, measured

PAPERS = Path(__file__).parents[2] / "papers.jsonl"

#: Facts about the printed addresses in June 2026 (many have moved since 2007): AS number, country.
FACTS = {
    "69.183.26.53": (7018, "US"),
    "76.205.234.131": (7018, "US"),
    "85.177.96.105": (6805, "DE"),
    "217.129.178.138": (13156, "PT"),
    "24.98.252.230": (7922, "US"),
    "213.47.148.82": (8412, "AT"),
    "213.91.251.16": (8866, "BG"),
    "69.183.207.99": (7018, "US"),
    "91.148.168.92": (57344, "BG"),
    "195.38.60.79": (12389, "RU"),
    "216.178.38.116": (33739, "US"),
    "216.178.38.121": (33739, "US"),
    "216.178.38.104": (33739, "US"),
    "212.201.100.135": (680, "DE"),
    "212.201.100.141": (680, "DE"),
    "68.45.212.84": (7922, "US"),
    "68.174.233.245": (12271, "US"),
    "87.89.53.176": (5410, "FR"),
    "99.35.9.172": (7018, "US"),
    "116.206.183.29": (38229, "LK"),
    "174.57.27.8": (7922, "US"),
    "200.49.146.20": (7303, "AR"),
    "204.198.77.248": (3356, "US"),
    "207.112.105.241": (6407, "CA"),
    "209.42.186.67": (None, "US"),
    "64.188.129.99": (26801, "US"),
    "69.76.238.227": (11427, "US"),
    "69.225.51.55": (7018, "US"),
    "76.10.12.224": (23473, "US"),
    "76.106.49.207": (7922, "US"),
    "76.127.120.38": (7922, "US"),
    "76.193.216.140": (7018, "US"),
    "69.146.38.156": (33588, "US"),
    "75.45.165.219": (16509, "GR"),
    "75.54.92.139": (7018, "US"),
    "76.176.179.150": (20001, "US"),
    "125.141.88.141": (4766, "KR"),
    "210.96.195.64": (3786, "KR"),
    "211.173.169.253": (38091, "KR"),
    "62.245.114.120": (16019, "CZ"),
}

#: Name -> verdict of each baseline, in the order of BASELINES.
EXPECTED = {
    #                       24h two zeek | Stalmans 1 2 3 | FluxBuster filter, tree | five, short
    "thearmynext.info": (1, 1, 0, 1, 1, 1, 1, 1, 1, 0),
    "myspace.com": (0, 0, 0, 0, 0, 1, 0, 0, 0, 0),
    "images.pcworld.com": (0, -1, 0, 0, 0, 1, 0, 0, 0, 0),
    "f07b42b93.com": (1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
    "ohthisyear.com": (1, -1, -1, -1, -1, 1, -1, -1, -1, -1),  # its TTL is not printed
}


def printed() -> dict[str, list[Answer]]:
    names: dict[str, list[Answer]] = {}
    for line in PAPERS.read_bytes().splitlines():
        row = orjson.loads(line)
        answer = Answer(time=row["t"], addresses=row["A"], ttl=row.get("ttl"))
        names.setdefault(row["domain"], []).append(answer)
    # The paper calls it round robin: the same set comes again.
    first = names["myspace.com"][0]
    names["myspace.com"].append(Answer(time=3_600, addresses=first.addresses, ttl=first.ttl))
    return names


def test_the_answers_that_papers_print() -> None:
    names = printed()
    inputs = measured(
        list(names.values()),
        lambda a: FACTS[a][0],
        country_of={a: country for a, (_, country) in FACTS.items()},
    )
    found = evaluate(inputs)
    table = {
        name: tuple(int(found[rule][row]) for rule in BASELINES) for row, name in enumerate(names)
    }
    assert table == EXPECTED


def test_nothing_known_means_nothing_computable() -> None:
    found = evaluate(columns(n_a=[-1, -1]))
    assert set(found) == set(BASELINES)
    assert all(v.tolist() == [-1, -1] for v in found.values())


def test_no_entities() -> None:
    assert all(v.tolist() == [] and v.dtype == np.int8 for v in evaluate(columns()).values())
