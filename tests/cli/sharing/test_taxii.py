from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.intel.medallion_server import PASSWORD, USER, content, medallion

Fluxhound = Callable[..., tuple[int, str, str]]


def test_objects_are_pushed_to_the_reference_server(
    fluxhound: Fluxhound, saved: str, tmp_path: Path
) -> None:
    held = content([], [])
    held["root"]["collections"][0]["can_write"] = True
    Path("key").write_text(f"{USER}:{PASSWORD}\n")
    with medallion(tmp_path, held) as url:
        seen = fluxhound("share", "taxii", url, "--from", saved)
        sent = fluxhound("share", "taxii", url, "--from", saved, "--secret-file", "key", "--send")
    assert seen[0] == 0
    assert "evil[.]example" in seen[1]
    assert "would go" in seen[2]
    assert sent[0] == 0, sent[2]
    assert "taken, 0 not taken, 0 pending." in sent[1]


def test_a_refusal_is_an_error(fluxhound: Fluxhound, saved: str, tmp_path: Path) -> None:
    with medallion(tmp_path, content([], [])) as url:
        args = ("share", "taxii", url, "--from", saved, "--secret-file", "key", "--send")
        status, out, err = fluxhound(*args)
    assert (status, out) == (2, "")
    assert "cannot be read (status 401" in err
