from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fluxhound.config import ResponseSettings
from fluxhound.errors import ConfigurationError
from fluxhound.response import settings
from fluxhound.response.entries import Answer, Mode
from fluxhound.response.policy import Policy
from fluxhound.response.settings import policy_of, read_names


def keys(**given: Any) -> ResponseSettings:
    values = {
        "mode": "block", "answer": "nodata", "sinkhole": ("192.0.2.1",), "own": ("Corp.lab.",),
        "ceiling_per_hour": 2, "auto": True, "auto_clients": 3, "nsdname": True,
    }  # fmt: skip
    return ResponseSettings(**{**values, **given})


def test_by_default_the_settings_are_the_policy() -> None:
    assert policy_of(ResponseSettings()) == Policy()


def test_a_section_becomes_a_policy(tmp_path: Path) -> None:
    (tmp_path / "never").write_text("# partners\nPartner.lab\n*.other.lab # all\n")
    policy = policy_of(keys(never_file=tmp_path / "never", sinkhole_name="Trap.lab."))
    assert (policy.mode, policy.answer) == (Mode.BLOCK, Answer.NODATA)
    assert policy.never == ("other.lab", "partner.lab")
    assert policy.own == ("corp.lab",)
    assert policy.sinkhole_name == "trap.lab"
    assert (policy.approval.automatic, policy.approval.clients) == (True, 3)
    assert (policy.nsdname, policy.nsip, policy.ceiling_per_hour) == (True, False, 2)


def test_a_list_that_cannot_be_read_stops_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "never"
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_names(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="no text"):
        read_names(path)
    path.write_text("a.lab\nb.lab c.lab\n")
    with pytest.raises(ConfigurationError, match="line 2"):
        read_names(path)
    monkeypatch.setattr(settings, "LARGEST_LIST", 3)
    with pytest.raises(ConfigurationError, match="larger"):
        read_names(path)
