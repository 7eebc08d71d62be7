from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound import config, records
from fluxhound.config import Key, Settings, keys, load
from fluxhound.errors import ConfigurationError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "fluxhound.toml"


def test_without_file_and_environment_the_defaults_hold() -> None:
    assert load(environment={}) == Settings()
    assert load(environment={}).engine.memory == 2 << 30


def test_a_whole_file(file: Path) -> None:
    file.write_text("""
        [input]
        format = "table"
        sensor = "branch"
        columns = { name = "host", time = "seen" }
        time_unit = "ms"
        [engine]
        memory = "512 MiB"
        threads = 2
        store = "flux.duckdb"
        [tables]
        enabled = false
        asn = "asn.csv"
        [detection]
        fail_on = "high"
        [output]
        format = "csv"
        defang = false
        color = "never"
    """)
    settings = load(file, environment={})
    assert settings.input.columns == {"name": "host", "time": "seen"}
    assert settings.engine.memory == 512 << 20
    assert settings.engine.store == Path("flux.duckdb")
    assert not settings.tables.enabled
    assert settings.detection.fail_on == "high"
    assert not settings.output.defang


def test_sensors_and_destinations_are_lists(file: Path) -> None:
    file.write_text("""
        [[sensor]]
        name = "resolver"
        input = "dnstap+unix:/run/x.sock"
        silent_after = "1m"
        [[sensor]]
        name = "zeek"
        input = "dns.log"
        start = "beginning"
        [[destination]]
        name = "siem"
        kind = "syslog"
        format = "cef"
        address = "tls://siem.example:6514"
        [alerts]
        quiet = [{ days = "sat,sun", from = "22:00", until = "06:00" }]
    """)
    settings = load(file, environment={})
    assert [each.name for each in settings.sensor] == ["resolver", "zeek"]
    assert [each.start for each in settings.sensor] == ["end", "beginning"]
    assert settings.sensor[0].silent_after.total_seconds() == 60
    assert settings.destination[0].format == "cef"
    assert settings.alerts.quiet[0]["from"] == "22:00"


def test_the_environment_wins_over_the_file(file: Path) -> None:
    file.write_text('[engine]\nmemory = "1GiB"\nthreads = 1\n')
    settings = load(
        file, environment={"FLUXHOUND_MEMORY": "3GiB", "FLUXHOUND_COLUMNS": "name=q,time=t"}
    )
    assert settings.engine.memory == 3 << 30
    assert settings.engine.threads == 1
    assert settings.input.columns == {"name": "q", "time": "t"}


def test_the_environment_names_the_file(file: Path) -> None:
    file.write_text("[engine]\nthreads = 7\n")
    assert load(environment={"FLUXHOUND_CONFIG": str(file)}).engine.threads == 7


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[engine]\n\nmemroy = '1GiB'\n",
            ":3: there is no key 'memroy' in [engine] (did you mean memory?)",
        ),
        ("[engin]\n", ":1: there is no section [engin] (did you mean engine?)"),
        ("\nmemory = '1GiB'\n", ":2: there is no section [memory]"),
        ("engine = 3\n", ":1: engine is a section; write [engine]"),
        ("[engine]\nthreads = 0\n", ":2: threads: give a whole number from 1 to 1024"),
        ("[engine]\nthreads = true\n", "give a whole number"),
        ("[engine]\nmemory = 'lots'\n", ":2: memory: 'lots' is not a size; write for example 2GiB"),
        ("[engine]\nmemory = '1MB'\n", "give at least 64MiB"),
        ("[output]\nformat = 'jsnl'\n", "(did you mean jsonl?)"),
        ("[output]\ndefang = 'maybe'\n", "give true or false"),
        ("[input]\ncolumns = 'name'\n", "write pairs such as name=qname"),
        ("[input]\ncolumns = { name = 3 }\n", "give a table such as"),
        ("[input]\nformat = 3\n", "give a text in quotes"),
        ("[engine\n", "not a TOML file"),
        ("[sensor]\nname = 'a'\n", ":1: sensor is a list; write [[sensor]]"),
        ("sensor = 3\n", ":1: sensor is a list; write [[sensor]]"),
        ("sensor = [3]\n", ":1: sensor is a list; write [[sensor]]"),
        ("[[sensor]]\nname = 'a'\n", ":1: [[sensor]] needs the key input, for example input ="),
        (
            "[[sensor]]\nname='a'\ninput='x'\n[[sensor]]\nname='b'\ninptu='x'\n",
            ":6: there is no key 'inptu' in [sensor] (did you mean input?)",
        ),
        (
            "[[sensor]]\nname='a'\ninput='x'\n[[sensor]]\nname='a'\ninput='y'\n",
            ":5: there are two [[sensor]] with the name 'a'",
        ),
        (
            "[[destination]]\nname='a'\nkind='file'\n[[destination]]\nname='b'\nkind='fyle'\n",
            ":6: kind: give one of stdout, file, syslog, webhook, mail (did you mean file?)",
        ),
        ("[[engine]]\nthreads = 1\n", "engine is a section; write [engine]"),
        ("a = " + "[" * 5000, "not a TOML file"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(file: Path, text: str, message: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load(file, environment={})
    assert message in str(caught.value)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be read .*Check --config"):
        load(tmp_path / "none.toml", environment={})


def test_a_file_that_is_too_large(file: Path) -> None:
    file.write_bytes(b"#" * (config.LARGEST_FILE + 1))
    with pytest.raises(ConfigurationError, match="too large"):
        load(file, environment={})


def test_a_file_that_is_not_text(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="not a TOML file"):
        load(file, environment={})


def test_a_misspelt_variable_is_refused() -> None:
    with pytest.raises(
        ConfigurationError, match=r"FLUXHOUND_MEMROY is not known \(did you mean FLUXHOUND_MEMORY"
    ):
        load(environment={"FLUXHOUND_MEMROY": "1GiB"})


@pytest.mark.parametrize(
    "name", ["FLUXHOUND_SERVICE_HOST", "FLUXHOUND_PORT_80_TCP_ADDR", "FLUXHOUND_PORT"]
)
def test_variables_that_container_platforms_set_are_left_alone(name: str) -> None:
    assert load(environment={name: "10.0.0.1"}) == Settings()


def test_a_wrong_variable_is_named() -> None:
    with pytest.raises(ConfigurationError, match="FLUXHOUND_THREADS: give a whole number"):
        load(environment={"FLUXHOUND_THREADS": "many"})


@pytest.mark.parametrize("key", list(keys()), ids=lambda key: f"{key.section}.{key.name}")
def test_every_key_is_documented_and_its_example_is_right(file: Path, key: Key) -> None:
    assert key.doc.endswith(".")
    if key.section in config.LISTS:
        others = [each for each in keys() if each.section == key.section and each.required]
        lines = {each.name: each.example for each in (*others, key)}
        text = "".join(f"{name} = {example}\n" for name, example in lines.items())
        file.write_text(f"[[{key.section}]]\n{text}")
        [member] = getattr(load(file, environment={}), key.section)
        assert getattr(member, key.name) is not None
        return
    file.write_text(f"[{key.section}]\n{key.name} = {key.example}\n")
    section = getattr(load(file, environment={}), key.section)
    assert getattr(section, key.name) is not None
    if not key.env:
        return
    example = tomllib.loads(f"x = {key.example}")["x"]
    text = (
        ",".join(f"{k}={v}" for k, v in example.items())
        if isinstance(example, dict)
        else ",".join(example)
        if isinstance(example, list)
        else str(example).lower()
        if isinstance(example, bool)
        else str(example)
    )
    assert load(environment={key.env: text}) == load(file, environment={})


def test_variables_are_unique_and_sections_frozen() -> None:
    names = [key.env for key in keys() if key.env]
    assert len(names) == len(set(names))
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().engine.threads = 3  # type: ignore[misc]


def test_choices_are_those_of_the_records() -> None:
    assert tuple(records.SEVERITIES) == config.SEVERITIES


TOML_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(st.sampled_from(list(keys())), TOML_VALUES)
def test_any_value_is_read_or_refused(key: Key, value: object) -> None:
    try:
        key.parse(value)
    except ValueError as error:
        assert str(error)  # noqa: PT017 - either outcome is right
