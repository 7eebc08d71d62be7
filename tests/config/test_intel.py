from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from fluxhound import config
from fluxhound.config.intel import CLIENTS, KINDS, LARGEST_FEED, PURPOSES
from fluxhound.errors import ConfigurationError
from fluxhound.intel.indicator import WORDS
from fluxhound.intel.source import LIMIT_BYTES, REFRESH, TRUST, Purpose, Source


def load(tmp_path: Path, text: str) -> config.Settings:
    path = tmp_path / "fluxhound.toml"
    path.write_text(text)
    return config.load(path, environment={})


def test_words_and_defaults_are_those_of_sources(tmp_path: Path) -> None:
    assert set(KINDS) == set(WORDS.values())
    assert set(PURPOSES) == set(Purpose)
    assert "http" in CLIENTS
    [source] = load(tmp_path, '[[intel]]\nname = "a"\nlocation = "x"\n').intel
    assert (source.every, source.trust, source.limit) == (REFRESH, TRUST, LIMIT_BYTES)
    assert LARGEST_FEED == LIMIT_BYTES
    assert Source(name="a", location="x").purpose == source.purpose


def test_a_source_is_read_whole(tmp_path: Path) -> None:
    [source] = load(
        tmp_path,
        '[[intel]]\nname = "a"\nlocation = "https://x.example/"\nkind = "taxii"\nevery = "1h"\n'
        'trust = 80\nhalf_life = { address = "3d" }\nlimit = "1MiB"\nsecret_file = "key"\n'
        'licence = "CC0-1.0"\ntlp = "green"\nown = ["example.org"]\npurpose = "allow"\n',
    ).intel
    assert source.every == timedelta(hours=1)
    assert source.half_life == {"address": timedelta(days=3)}
    assert (source.limit, source.secret_file) == (1 << 20, Path("key"))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("evry = 3", "no key 'evry' in [intel] (did you mean every?)"),
        ('kind = "taxi"', "did you mean taxii?"),
        ('purpose = "bloc"', "did you mean block?"),
        ("trust = 101", "a whole number from 0 to 100"),
        ('half_life = { adress = "3d" }', "no kind 'adress' (did you mean address?)"),
        ("half_life = 3", "give a table"),
        ('limit = "2GiB"', "give a size up to 512MiB"),
        ('every = "soon"', "is not a duration"),
        ('tlp = "pink"', "give one of clear"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, f'[[intel]]\nname = "a"\nlocation = "x"\n{line}\n')
    assert told in str(caught.value)
    assert "fluxhound.toml:4:" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[intel]]\nname = "a"\n', "needs the key location"),
        ('[[intel]]\nname = "A b"\nlocation = "x"\n', "is no name for a source"),
        ('[[intl]]\nname = "a"\n', "did you mean intel?"),
        ('[intel]\nname = "a"\n', r"write [[intel]]"),
        ('[[intel]]\nname = "a"\nlocation = "x"\n' * 2, "two [[intel]] with the name 'a'"),
        ("[brands]\npopulr = true\n", "did you mean popular?"),
    ],
)
def test_sources_that_are_none(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text)
    assert told in str(caught.value)
