from __future__ import annotations

import contextlib
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.errors import ConfigurationError
from fluxhound.intel.indicator import Tlp
from fluxhound.service.web.tokens import FIRST, LARGEST_FILE, Scope, Tokens

GOOD = "x" * 40


def test_the_first_start_makes_tokens(tmp_path: Path) -> None:
    path = tmp_path / "tokens.toml"
    tokens = Tokens.open(path)
    assert path.stat().st_mode & 0o777 == 0o600
    written = tomllib.loads(path.read_text())
    assert set(written) == set(FIRST)
    for name, section in written.items():
        assert tokens.allowed(section["token"]) == set(FIRST[name])
    assert len({section["token"] for section in written.values()}) == len(FIRST)
    assert [each.name for each in tmp_path.iterdir()] == ["tokens.toml"]


def test_the_second_start_keeps_them(tmp_path: Path) -> None:
    path = tmp_path / "tokens.toml"
    first = Tokens.open(path)
    assert Tokens.open(path) == first
    assert Tokens.open(tmp_path / "other.toml") != first


@pytest.mark.parametrize("token", ["", "x", GOOD + "y", "fh_" + "A" * 43, "\udcff", "x" * 10_000])
def test_other_tokens_allow_nothing(token: str) -> None:
    tokens = Tokens.parse(f'[a]\ntoken = "{GOOD}"\nscopes = ["read"]\n'.encode(), where="t")
    assert tokens.allowed(GOOD) == {Scope.READ}
    assert not tokens.allowed(token)
    assert not Tokens().allowed(token)


def test_others_must_not_read_it(tmp_path: Path) -> None:
    path = tmp_path / "tokens.toml"
    Tokens.open(path)
    path.chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        Tokens.open(path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="token_file"):
        Tokens.open(tmp_path / "none" / "tokens.toml")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[a]\n", "needs token and scopes"),
        (f'[a]\ntoken = "{GOOD}"\nscopes = ["read"]\nx = 1\n', "nothing else"),
        ('[a]\ntoken = "short"\nscopes = ["read"]\n', "characters"),
        ('[a]\ntoken = ""\nscopes = ["read"]\n', "characters"),
        (f'[a]\ntoken = "{GOOD}"\nscopes = ["root"]\n', "are a list of read"),
        (f'[a]\ntoken = "{GOOD}"\nscopes = 3\n', "are a list of read"),
        (f'[a]\ntoken = "{GOOD}"\nscopes = ["share"]\n', "up to which tlp"),
        (f'[a]\ntoken = "{GOOD}"\nscopes = ["share"]\ntlp = "pink"\n', "One of clear, green"),
        (f'[a]\ntoken = "{GOOD}"\nscopes = ["share"]\ntlp = 3\n', "up to which tlp"),
        ("a = 1\n", "needs token"),
        ("not toml", "no TOML"),
        ("#" * (LARGEST_FILE + 1), "too large"),
    ],
)
def test_what_is_no_token_file(content: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        Tokens.parse(content.encode(), where="t")
    assert GOOD not in str(caught.value)


@given(octets=st.binary(max_size=200))
def test_any_content_is_tokens_or_one_sentence(octets: bytes) -> None:
    with contextlib.suppress(ConfigurationError):
        Tokens.parse(octets, where="t")


def test_tokens_are_not_shown() -> None:
    tokens = Tokens.parse(f'[a]\ntoken = "{GOOD}"\nscopes = ["read"]\n'.encode(), where="t")
    assert "scopes" not in repr(tokens)


def test_a_receiver_has_a_ceiling() -> None:
    section = f'[a]\ntoken = "{GOOD}"\nscopes = ["share"]\ntlp = "amber+strict"\n'
    tokens = Tokens.parse(section.encode(), where="t")
    assert tokens.ceiling(GOOD) is Tlp.AMBER_STRICT
    assert tokens.ceiling("y" * 40) is Tlp.UNMARKED
    assert tokens.allowed(GOOD) == {Scope.SHARE}
