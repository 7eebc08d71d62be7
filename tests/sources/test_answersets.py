"""RRsets found together, and the numbers of names by their places."""

import numpy as np

from fluxhound.sources import answersets
from fluxhound.sources.answersets import Places, find
from fluxhound.sources.labels import Labels
from fluxhound.sources.sections import Reader
from tests.sources.manyreading import joined, written


def test_names_are_found_by_their_places_and_forgotten() -> None:
    places = Places()
    assert places.find(np.array([0])).tolist() == [-1]
    places.keep(np.array([5, 20]), 30)
    assert places.find(np.array([20, 5, 6, 0])).tolist() == [1, 0, -1, -1]
    places.keep(np.array([20]), 30)
    assert places.find(np.array([20, 5])).tolist() == [0, -1]
    places.keep(np.array([], np.int64), 30)
    assert places.find(np.array([20])).tolist() == [-1]


def test_rrsets_with_their_aliases_and_largest_ttl() -> None:
    answers = [
        ("a.test.", ("CNAME", ""), "b.test.", 900),
        ("b.test.", ("A", "192.0.2.1"), "", 30),
        ("b.test.", ("A", "192.0.2.2"), "", 2**31 + 5),
        ("b.test.", ("A", "192.0.2.3"), "", 40),
    ]
    servers = [("test.", ("NS", ""), "ns.test.", 7)]
    message = written("a.test.", "A", 0x8180, [answers, servers])
    octets, start, end = joined([message, written("a.test.", "A", 0x8180, [])])
    labels = Labels(octets)
    read = Reader(labels, start, end).read()
    found, reason = find(labels, read, start, end, Places())
    assert read.odd.tolist() == [False, False]
    assert [answersets.REASONS[each] for each in reason] == ["", "no addresses"]
    assert found.texts.take(found.name).to_pylist() == ["a.test", "test"]
    assert found.ttl.tolist() == [40, 7]
    assert (found.size.tolist(), found.aliases.tolist()) == ([3, 1], [1, 0])
    assert [answersets.TYPES[each] for each in found.type] == ["A", "NS"]
