"""Names walked together: where they end, and what may be pointed to."""

import numpy as np

from fluxhound.sources.labels import LABELS, Labels, padded

MESSAGE = bytes(12)


def walk(*names: bytes) -> tuple[list[int], list[int], list[bool]]:
    """Walk names, each behind a header of its own; return stops, targets and soundness."""
    labels = Labels(padded(b"".join(MESSAGE + name for name in names)))
    size = np.array([12 + len(name) for name in names])
    end = np.cumsum(size)
    found = labels.walk(end - size + 12, end - size, end)
    targets = np.where(found.suffix < 0, -1, found.suffix - (end - size))
    return (found.stop - (end - size)).tolist(), targets.tolist(), found.sound.tolist()


def test_labels_end_at_the_root_or_at_a_pointer() -> None:
    assert walk(b"\1a\0", b"\0", b"\1a\2bc\xc0\x0c") == (
        [14, 12, 17],
        [-1, -1, 12],
        [True, True, False],
    )


def test_pointer_leads_back_to_a_label_alone() -> None:
    labels = Labels(padded(MESSAGE + b"\3www\1a\0" + b"\1b\xc0\x10" * 3))
    base, end = np.array([0]), np.array([31])
    assert labels.walk(np.array([12]), base, end).sound.all()
    for target, sound in ((16, True), (12, True), (13, False), (18, False), (20, False)):
        labels.octets.flags.writeable = False
        changed = Labels(
            padded(MESSAGE + b"\3www\1a\0" + b"\1b" + bytes([0xC0, target]) + b"\1b\xc0\x10")
        )
        changed.walk(np.array([12]), base, end)
        found = changed.walk(np.array([19]), base, end)
        assert (found.sound[0], found.behind[0]) == (sound, 23)


def test_damage_is_told() -> None:
    long = b"\1a" * (LABELS + 1) + b"\0"
    assert walk(b"\1a", b"\5a\0", b"\x80a\0", b"\x40a\0", b"\xc0", long, b"")[2] == [False] * 7
    assert walk(b"\1a" * LABELS + b"\0")[2] == [True]


def test_dots_stand_for_lengths_and_none_for_dots() -> None:
    labels = Labels(padded(MESSAGE + b"\3a.b\1c\0"))
    labels.walk(np.array([12]), np.array([0]), np.array([19]))
    assert labels.dotted[12:19].tobytes() == b".a\0b.c\0"


def test_nothing_is_noted_beyond_the_end() -> None:
    labels = Labels(padded(MESSAGE + b"\1a\0"))
    assert not labels.walk(np.array([12]), np.array([0]), np.array([12])).sound[0]
    assert labels.dotted[12] == 1
