from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.enrichment import csvtable
from fluxhound.enrichment.addresses import keys
from fluxhound.enrichment.csvtable import UserTable, read_csv_table
from fluxhound.enrichment.tables import country_letters
from fluxhound.errors import TableError


def read(tmp_path: Path, text: str | bytes) -> UserTable:
    path = tmp_path / "mine.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_csv_table(path)


def row(found: UserTable, address: str) -> tuple[int, str, str]:
    codes, holders = found.table.networks(keys([address]))
    country = found.table.countries(keys([address]))
    return (
        int(holders.asn[codes[0]]),
        holders.name[int(codes[0])].as_py(),
        country_letters(int(country[0])),
    )


ENDS = (
    "192.0.2.0,192.0.2.255,64500,Acme,DE\n"
    "2001:db8::,2001:db8:ffff:ffff:ffff:ffff:ffff:ffff,64501,Beta,FR\n"
)
NUMBERS = (
    "3221225984,3221226239,64500,Acme,DE\n"
    "42540766411282592856903984951653826560,42540766490510755371168322545197776895,64501,Beta,FR\n"
)
#: Columns in any order and case, others between them, byte order mark, CRLF, empty lines.
UNTIDY = (
    "\ufeffCountry_Code,x,AS_Name,ASN,Network\r\nDE,1,Acme,AS64500,192.0.2.0/24\r\n\r\n"
    "FR,2,Beta,as64501,2001:db8::/32\r\n"
)
GEOLITE = (
    "network,autonomous_system_number,autonomous_system_organization,country\n"
    "192.0.2.0/24,64500,Acme,DE\n2001:db8::/32,64501,Beta,FR\n"
)
IPINFO = (
    "network,country,country_code,continent,asn,as_name,as_domain\n"
    "192.0.2.0/24,Germany,DE,Europe,AS64500,Acme,a.example\n"
    "2001:db8::/32,France,FR,Europe,AS64501,Beta,b.example\n"
)
PLAIN = "network,asn,holder,country\n192.0.2.0/24,64500,Acme,DE\n2001:db8::/32,AS64501,Beta,fr"
WHOLE = {
    "network": PLAIN,
    "ends": "start,end,asn,holder,country\n" + ENDS,
    "untidy": UNTIDY,
    "geolite": GEOLITE,
    "ipinfo": IPINFO,
    "headless": ENDS,
    "numbers": NUMBERS,
}


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)
def test_every_form_gives_the_same_table(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text)
    assert found.has_networks
    assert found.has_countries
    assert row(found, "192.0.2.0") == row(found, "192.0.2.255") == (64500, "Acme", "DE")
    assert row(found, "2001:db8:1::1") == (64501, "Beta", "FR")
    assert row(found, "192.0.3.0") == row(found, "2001:db9::") == (0, "", "")


def test_the_more_specific_network_wins(tmp_path: Path) -> None:
    found = read(tmp_path, "network,asn\n10.0.0.0/8,1\n10.1.0.0/16,2\n10.1.2.0/24,3\n")
    asns = [row(found, a)[0] for a in ("10.0.0.1", "10.1.0.1", "10.1.2.1", "10.1.3.1", "10.2.0.1")]
    assert asns == [1, 2, 3, 2, 1]


def test_a_table_may_hold_networks_or_countries_only(tmp_path: Path) -> None:
    networks = read(tmp_path, "network,asn\n192.0.2.0/24,1\n")
    assert (networks.has_networks, networks.has_countries) == (True, False)
    countries = read(tmp_path, "network,country\n192.0.2.0/24,DE\n")
    assert (countries.has_networks, countries.has_countries) == (False, True)
    assert row(countries, "192.0.2.9") == (0, "", "DE")


def test_empty_cells_say_nothing(tmp_path: Path) -> None:
    found = read(tmp_path, "network,asn,holder,country\n192.0.2.0/24,,,\n198.51.100.0/24,0,None,\n")
    assert row(found, "192.0.2.1") == row(found, "198.51.100.1") == (0, "", "")


def test_the_date_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("network,asn\n192.0.2.0/24,1\n")
    os.utime(path, (1_767_225_600, 1_767_225_600))
    assert read_csv_table(path).date == "2026-01-01"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "needs the columns"),
        ("a,b\n1,2\n", "its header has: a, b"),
        ("network,holder\n192.0.2.0/24,x\n", "asn or country"),
        ("start,asn\n192.0.2.0,1\n", "start and end"),
        ("network,asn\n192.0.2.0/33,1\n", r"mine\.csv:2"),
        ("network,asn\n192.0.2.0/24,1\nnonsense,1\n", r"mine\.csv:3"),
        ("network,asn\n192.0.2.0/24,many\n", "no AS number"),
        ("network,asn\n192.0.2.0/24,4294967296\n", "no AS number"),
        ("network,asn\n192.0.2.0/24,99999999999999999999\n", "no AS number"),
        ("network,country\n192.0.2.0/24,Germany\n", "no country code"),
        ("start,end,asn\n192.0.2.9,192.0.2.1,1\n", "start is after its end"),
        ("start,end,asn\nx,192.0.2.1,1\n", "no address"),
        ("asn,network\n1\n", r"mine\.csv:2"),
        (b"network,asn\n\xff\xfe,1\n", "cannot be read as CSV"),
        ('network,asn\n"' + "x" * 200_000 + '",1\n', "cannot be read as CSV"),
    ],
)
def test_what_is_no_table_is_one_clear_sentence(
    tmp_path: Path, text: str | bytes, says: str
) -> None:
    with pytest.raises(TableError, match=says) as raised:
        read(tmp_path, text)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 600


def test_a_missing_file_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="cannot be read"):
        read_csv_table(tmp_path / "none.csv")


def test_the_number_of_lines_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csvtable, "MOST_ROWS", 3)
    with pytest.raises(TableError, match="more than 3 lines"):
        read(tmp_path, "network,asn\n" + "192.0.2.0/24,1\n" * 3)


CELLS = st.sampled_from(
    ["network", "asn", "country", "start", "end", "192.0.2.0/24", "1", "DE", "::/0", "::1", '"', ""]
)


@given(
    text=st.binary(max_size=200)
    | st.lists(st.lists(CELLS, max_size=5).map(",".join), max_size=6).map("\n".join).map(str.encode)
)
def test_any_file_is_a_table_or_a_table_error(
    tmp_path_factory: pytest.TempPathFactory, text: bytes
) -> None:
    path = tmp_path_factory.mktemp("csv") / "mine.csv"
    path.write_bytes(text)
    with suppress(TableError):
        row(read_csv_table(path), "192.0.2.1")
